"""Games for learners of teams: their tables, the batch that plays them, and the probes' answers."""

import numpy as np
import pytest
from support import game_solvers

from course_lib.games import (
    TEAM_PROBES,
    TeamBatch,
    additive_fit,
    climbing,
    coverage,
    factoring,
    one_shot,
    optimal_values,
    team_optima,
    two_step,
)
from course_lib.games.team_probes import hidden_state


def test_the_factoring_matrix_satisfies_igm_and_is_not_additive():
    game = factoring()
    assert team_optima(game) == [(0, 0)]
    fit = additive_fit(game)
    corner, side, rest = -56 / 9, -44 / 9, -32 / 9
    expected = [[corner, side, side], [side, rest, rest], [side, rest, rest]]
    assert fit == pytest.approx(np.array(expected))


def test_the_two_step_game_is_worth_going_into_the_joint_state():
    values = optimal_values(two_step())
    assert values[0] == pytest.approx(0.99 * 8) and values[1:3].tolist() == [7, 8]


def test_a_matrix_game_of_one_step_is_worth_its_best_payoff():
    assert optimal_values(one_shot(climbing()))[0] == 11


def test_a_batch_plays_the_table():
    world = TeamBatch(two_step(), num_envs=2)
    obs, state = world.reset(0)
    assert obs.shape == (2, 2, 4) and state.tolist() == [[1, 0, 0, 0]] * 2
    obs, state, reward, terminated, truncated, info = world.step(np.array([[0, 1], [1, 0]]))
    assert state.argmax(axis=1).tolist() == [1, 2] and not (terminated | truncated).any()
    assert (reward == 0).all()
    obs, state, reward, terminated, _, info = world.step(np.array([[1, 1], [1, 1]]))
    assert reward.tolist() == [[7, 7], [8, 8]] and terminated.all()
    assert info["final_state"].argmax(axis=1).tolist() == [3, 3]
    assert state.argmax(axis=1).tolist() == [0, 0]  # a new episode has begun


def test_agents_may_see_less_than_the_state():
    world = TeamBatch(hidden_state(), 50, np.ones((3, 2, 1)))
    obs, state = world.reset(1)
    assert (obs == 1).all() and 10 < state[:, 0].sum() < 40
    reward = world.step(np.zeros((50, 2), int))[2]
    assert (reward[:, 0] == np.where(state[:, 0] == 1, 1, -1)).all()


def test_the_same_seed_begins_the_same_episodes():
    world = TeamBatch(hidden_state(), 20)
    first, second = world.reset(7)[1], world.reset(7)[1]
    assert (first == second).all() and (world.reset(8)[1] != first).any()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="not cooperative|share no payoff"):
        one_shot(game_solvers.inspection())
    world = TeamBatch(one_shot(coverage()), 3)
    world.reset(0)
    with pytest.raises(ValueError, match="one per agent"):
        world.step(np.zeros((3, 3), int))
    with pytest.raises(ValueError, match="0 to 1"):
        world.step(np.full((3, 2), 2))
    with pytest.raises(ValueError, match="states and agents"):
        TeamBatch(one_shot(coverage()), 3, np.ones((1, 2, 1)))


@pytest.mark.parametrize("name", list(TEAM_PROBES))
def test_a_probe_is_a_small_game_with_a_method_and_a_mistake(name):
    probe = TEAM_PROBES[name]
    world = probe.env(4)
    obs, state = world.reset(0)
    assert obs.shape == (4, 2, world.obs_size) and state.shape == (4, world.state_size)
    assert len(probe.mistake) > 20 and probe.method
    assert probe.blind == bool((obs == 1).all() and world.obs_size == 1)
