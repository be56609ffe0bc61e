"""The value of an action, and the planner: exact cases, untouched originals, clear errors."""

import numpy as np
import pytest

from course_lib.cyber_range import VectorRange, make_policy
from course_lib.cyber_range.constants import MONITOR, RESTORE, SLEEP
from course_lib.cyber_range.envs.vector import SAVED
from course_lib.cyber_range.evaluation.forks import Trial, action_values, play_trials
from course_lib.cyber_range.evaluation.planner import (
    PlannerConfig,
    RolloutPlanner,
    candidates,
    class_options,
    play_planned,
)


def played(ticks, num_envs=2, policy="expert", seed=4):
    """A range and its policy after so many ticks."""
    env = VectorRange(num_envs, seed=seed, observation="message")
    defender = make_policy(policy)
    defender.reset(seed)
    obs, info = env.reset()
    for _ in range(ticks):
        obs, _, _, _, info = env.step(defender.act_batch(obs, info))
    return env, defender


def restore_of(env, defender, agent, row=0):
    """Restore on the first host of the agent's first zone."""
    zone = env.layout.zones[agent][0]
    slot = int(env.visible["exists"][row, zone].argmax())
    return int(env.layout.offset[RESTORE, zone] + slot)


def test_what_changes_nothing_is_worth_nothing_exactly():
    """A Monitor runs by itself in each tick, so to submit it is to sleep: no future differs."""
    env, defender = played(3, policy="sleep")
    agent = 1
    monitor = int(env.layout.single(MONITOR)[agent])
    sleep = int(env.layout.single(SLEEP)[agent])
    values = action_values(env, defender, 0, agent, [monitor, sleep], futures=8, horizon=30)
    assert not values.gains.any()
    assert values.returns.std() > 0
    assert [interval.mean for interval in values.intervals()] == [0, 0]


def test_a_needless_restore_costs_its_point_in_every_future():
    """On the first tick nobody has anything; the price of a Restore is exactly 1."""
    env, defender = played(1, policy="sleep")
    restore = restore_of(env, defender, agent=2)
    values = action_values(env, defender, 0, 2, [restore], futures=8, horizon=1)
    assert (values.gains == -1).all()
    assert values.labels[0].startswith("Restore RZB")


def test_pairs_say_more_than_the_same_numbers_unpaired():
    env, defender = played(150, seed=11)
    agent = int(np.flatnonzero(env.current()[1]["busy"][0] == 0)[0])
    values = action_values(env, defender, 0, agent, [restore_of(env, defender, agent)], horizon=20)
    paired, unpaired = values.intervals()[0], values.unpaired()[0]
    assert paired.mean == pytest.approx(unpaired.difference)
    assert paired.half_width < (unpaired.high - unpaired.low) / 2 / 3


def test_neither_range_nor_policy_moves():
    env, defender = played(40)
    again, other = played(40)
    free = int(np.flatnonzero(env.current()[1]["busy"][1] == 0)[0])
    action_values(env, defender, 1, free, [0, 5, 80], futures=4, horizon=10)
    assert all((getattr(env, name) == getattr(again, name)).all() for name in SAVED)
    actions = defender.act_batch(*env.current())
    assert (actions == other.act_batch(*again.current())).all()


def test_rewards_end_with_the_episode():
    env = VectorRange(1, seed=1, observation="message", steps=30)
    defender = make_policy("sleep")
    defender.reset(1)
    obs, info = env.reset()
    for _ in range(25):
        obs, _, _, _, info = env.step(defender.act_batch(obs, info))
    short, long = (
        play_trials(env, defender, [Trial(0, -1, 0)], futures=6, horizon=horizon)
        for horizon in (4, 40)
    )
    assert (short == long).all()


def test_nonsense_is_refused_in_one_line():
    env, defender = played(20)
    busy = np.argwhere(env.current()[1]["busy"] > 0)
    row, agent = (int(number) for number in busy[0])
    with pytest.raises(ValueError, match="busy for"):
        action_values(env, defender, row, agent, [0])
    for arguments, message in (
        ((9, 0, [0]), "row=9"),
        ((0, 5, [0]), "defender=5"),
        ((0, 0, [82]), "action=82"),
    ):
        with pytest.raises(ValueError, match=message):
            action_values(env, defender, *arguments)
    with pytest.raises(ValueError, match="futures=1"):
        action_values(env, defender, 0, 0, [0], futures=1)
    with pytest.raises(ValueError, match="caution"):
        PlannerConfig(caution=-1.0)


def test_the_options_of_a_tick_are_one_valid_action_of_each_class():
    env, defender = played(60)
    obs, info = env.current()
    own = defender.act_batch(obs, info)
    options = class_options(defender, obs, info)
    classes = [defender.layout.targets(options[:, :, kind])[0] for kind in range(8)]
    for kind, found in enumerate(classes):
        assert np.isin(found, (kind, SLEEP)).all()
    for row, agent in np.ndindex(own.shape):
        for action in options[row, agent]:
            assert info["action_mask"][row, agent, action]
    trials = candidates(own, options, info["busy"])
    assert [trial.row for trial in trials] == sorted(trial.row for trial in trials)
    for trial in trials:
        if trial.defender >= 0:
            assert info["busy"][trial.row, trial.defender] == 0
            assert trial.action != own[trial.row, trial.defender]


def test_a_planner_without_doubt_enough_plays_as_its_base():
    config = PlannerConfig(futures=2, horizon=2, caution=1e9)
    planned = play_planned(2, 7, config, steps=25)
    env, defender = VectorRange(2, seed=7, observation="message", steps=25), make_policy("expert")
    defender.reset(7)
    obs, info = env.reset()
    truncated = np.zeros(2, bool)
    while not truncated.any():
        obs, _, _, truncated, info = env.step(defender.act_batch(obs, info))
    assert planned.scores.tolist() == info["final_statistics"]["score"].tolist()
    assert not planned.departures.any()
    assert planned.trials > 0
    assert planned.ticks == 2 * 24


def test_a_planner_spares_needless_restores():
    """Blind Restores cost a point each from the first ticks on, when red holds next to nothing."""
    config = PlannerConfig(futures=4, horizon=8)
    planned = play_planned(2, 7, config, base=make_policy("blind-restore"), steps=20)
    env = VectorRange(2, seed=7, observation="message", steps=20)
    defender = make_policy("blind-restore")
    defender.reset(7)
    obs, info = env.reset()
    truncated = np.zeros(2, bool)
    while not truncated.any():
        obs, _, _, truncated, info = env.step(defender.act_batch(obs, info))
    base = info["final_statistics"]["score"]
    assert (planned.scores > base + 3).all()


def test_the_planner_takes_what_is_surely_better():
    """Two candidates of one defender: one gains 1 in each future, one 2."""
    planner = RolloutPlanner(config=PlannerConfig(caution=1.0))
    own = np.array([[80, 81]])
    trials = [Trial(0, -1, 0), Trial(0, 0, 3), Trial(0, 0, 4), Trial(0, 1, 5)]
    returns = np.array([[0.0, 5.0], [1.0, 6.0], [2.0, 7.0], [-9.0, 15.0]])
    assert planner._improved(own, trials, returns).tolist() == [[4, 81]]
