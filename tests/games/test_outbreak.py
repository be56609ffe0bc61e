"""The outbreak and the habits: rules by hand, exact tables against sampling, known optima."""

import numpy as np
import pytest

from course_lib import games
from course_lib.games import Outbreak, OutbreakOptions, chain


def test_luck_of_a_host_by_hand():
    """Host 1 of a line of three has two infected neighbours, one of which is cleaned just now."""
    options = chain(3, outside=(0.1, 0.2, 0.3), spread=0.5)
    infected = np.array([[True, False, True]])
    cleaned = np.array([[True, False, False]])
    chance = games.infection_chance(options, infected, cleaned)
    assert np.allclose(chance, [[0.0, 1 - 0.8 * 0.5, 1.0]])


def test_tables_agree_with_sampling():
    options = chain(3, importance=(1.0, 2.0, 4.0))
    transitions, rewards = games.outbreak_tables(options)
    assert transitions.shape == (8, 4, 8)
    assert np.allclose(transitions.sum(axis=2), 1)
    rng = np.random.default_rng(0)
    state = np.repeat(games.all_states(3)[5:6], 20_000, axis=0)
    after, paid = games.outbreak_step(options, state, np.full(20_000, 2), rng)
    share = np.bincount(games.state_number(after), minlength=8) / 20_000
    assert np.abs(share - transitions[5, 2]).max() < 0.02
    assert abs(paid.mean() - rewards[5, 2]) < 0.05


def test_the_optimum_beats_the_rule_and_the_rule_beats_chance():
    solution = games.solve_outbreak()
    rule = games.clean_dearest(solution.options, games.all_states(8))
    best = solution.worth(solution.best())
    assert round(best, 1) == -47.4
    assert round(solution.worth(rule), 1) == -113.8
    assert best > solution.worth(rule) > solution.random_worth()


def test_episodes_have_their_length_and_repeat_themselves():
    env = Outbreak(3, chain(2, ticks=4, detection=0.5, false_alarm=0.1))
    seen = []
    for _ in range(2):
        obs, _ = env.reset(seed=7)
        seen.append([obs])
        for tick in range(4):
            obs, reward, terminated, truncated, _ = env.step(np.array([0, 1, 2]))
            seen[-1] += [obs, reward]
            assert truncated.all() == (tick == 3)
            assert not terminated.any()
    assert all((one == other).all() for one, other in zip(*seen, strict=True))
    obs, reward, _, truncated, _ = env.step(np.zeros(3, int))
    assert not obs.any()
    assert not truncated.any()


def test_alarms_come_as_often_as_said():
    env = Outbreak(4000, chain(2, detection=0.3, false_alarm=0.1, outside=(1.0, 0.0), spread=0.0))
    env.reset(seed=1)
    obs, *_ = env.step(np.full(4000, 2))
    assert np.abs(obs.mean(axis=0) - [0.3, 0.1]).max() < 0.03


def test_nonsense_is_refused():
    for change in ({"spread": 1.5}, {"importance": (1.0,)}, {"links": ((0, 9),)}, {"ticks": 0}):
        with pytest.raises(ValueError):
            OutbreakOptions(**change)
    env = Outbreak(2)
    with pytest.raises(ValueError, match="reset"):
        env.step(np.zeros(2, int))
    env.reset(seed=0)
    with pytest.raises(ValueError, match="0 to 8"):
        env.step(np.array([0, 9]))


def test_a_habit_and_its_best_guard():
    """With a certain round trip nothing is lost; without habit all but the dearest host's share."""
    importance = np.array([1.0, 2.0, 5.0])
    assert games.best_loss(games.habit_matrix(3, 1.0, seed=0), importance) < 1e-9
    assert np.isclose(games.best_loss(games.habit_matrix(3, 0.0, seed=0), importance), 3 / 3)
    struck = games.strikes([games.habit_matrix(3, 1.0, 0), games.habit_matrix(3, 0.0, 0)], 90, 1)
    assert len(set(struck[:45:3])) == 1
    assert len(set(struck[45::3])) > 1
    assert games.losses(np.array([2, 2]), np.array([2, 0]), importance).tolist() == [0.0, 5.0]
