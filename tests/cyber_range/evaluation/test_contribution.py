"""Contributions by replay: what the same chances show."""

import numpy as np
import pytest

from course_lib.cyber_range import make_policy
from course_lib.cyber_range.constants import SLEEP
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.evaluation.contribution import coalition_worths, replayed_differences


def playing(name, ticks=60, seed=5):
    """A range and a policy in the middle of an episode."""
    env, policy = VectorRange(1, seed=seed, observation="message"), make_policy(name)
    policy.reset(seed)
    obs, info = env.reset()
    for _ in range(ticks):
        obs, *_, info = env.step(policy.act_batch(obs, info))
    return env, policy, obs, info


def test_who_sleeps_anyway_contributes_nothing():
    """Difference rewards and worths of a sleeping team are all the same, in every future."""
    env, policy, _, _ = playing("sleep")
    assert (replayed_differences(env, policy, 0, futures=3, horizon=20) == 0).all()
    worths = coalition_worths(
        env, policy, 0, [frozenset(), frozenset({0, 4})], futures=3, horizon=20
    )
    assert (worths[0] == worths[1]).all() and worths[0].min() < 0


def test_a_difference_reward_is_the_gain_of_the_action_over_sleep():
    """Every busy defender's is zero, and a blind Restore costs its point at once."""
    env, policy, obs, info = playing("blind-restore")
    gains = replayed_differences(env, policy, 0, futures=4, horizon=1)
    free = info["busy"][0] == 0
    assert gains.shape == (5, 4) and free.any()
    assert (gains[free] == -1).all() and (gains[~free] == 0).all()


def test_a_busy_defender_has_no_choice_and_no_difference():
    """The expert's busy ones, over a horizon in which a false memory would show."""
    env, policy, obs, info = playing("expert", 200, seed=61)
    busy = info["busy"][0] > 0
    gains = replayed_differences(env, policy, 0, futures=8, horizon=30)
    assert busy.any() and (gains[busy] == 0).all()


def test_worths_of_everybody_and_nobody():
    """The full coalition plays as the policy does; the empty one as a team that sleeps."""
    env, policy, _, _ = playing("expert")
    found = coalition_worths(
        env, policy, 0, [frozenset(), frozenset(range(5))], futures=4, horizon=80
    )
    for worth, everybody in zip(found, (False, True), strict=True):
        copies = env.fork(0, 4, "common", 0)
        player = policy.fork(0, 4, "common", 0)
        total = np.zeros(4)
        obs, info = copies.current()
        for _ in range(80):
            actions = player.act_batch(obs, info)
            actions = actions if everybody else np.tile(env.layout.single(SLEEP), (4, 1))
            obs, reward, _, _, info = copies.step(actions)
            total += reward
        assert np.allclose(total, worth)
    assert found[1].mean() > found[0].mean()


def test_nonsense_is_refused():
    env, policy, _, _ = playing("sleep", 1)
    with pytest.raises(ValueError, match="defender=5"):
        coalition_worths(env, policy, 0, [frozenset({5})])
    with pytest.raises(ValueError, match="coalitions is empty"):
        coalition_worths(env, policy, 0, [])
    with pytest.raises(ValueError, match="row=1"):
        replayed_differences(env, policy, 1)
