"""Trained policies go on in a fork as they would have: commands that hold, notes, and chances."""

import numpy as np
import pytest

from course_lib.cyber_range import REMOVE, VectorRange
from course_lib.cyber_range.policy import ForkablePolicy
from course_lib.training import load_policy


def step(env, policy, obs, info):
    """One tick; what was done and what was then seen."""
    actions = policy.act_batch(obs, info)
    obs, reward, _, _, info = env.step(actions)
    return actions, reward, obs, info


@pytest.mark.parametrize("name", ["three-layer", "three-layer-strong", "flat"])
def test_the_team_goes_on_in_its_fork(name):
    env, policy = VectorRange(2, seed=6, observation="message"), load_policy(name)
    assert isinstance(policy, ForkablePolicy)
    policy.reset(6)
    obs, info = env.reset()
    for _ in range(13):  # commands of THREE_LAYER hold for some ticks: fork between two of them
        _, _, obs, info = step(env, policy, obs, info)
    forked, beside = env.fork([1, 0], futures="own"), policy.fork([1, 0], futures="own")
    untouched = env.fork([1, 0], copies=3, seed=1), policy.fork([1, 0], copies=3, seed=1)
    there = forked.current()
    elsewhere = untouched[0].current()
    same = []
    for _ in range(12):
        actions, reward, obs, info = step(env, policy, obs, info)
        again, rewards, *there = step(forked, beside, *there)
        assert (again == actions[::-1]).all()
        assert (rewards == reward[::-1]).all()
        fresh, _, *elsewhere = step(*untouched, *elsewhere)
        same.append((fresh[:3] == fresh[0]).all())
    assert not np.all(same)  # copies with fresh futures draw for themselves


def test_notes_are_not_shared_and_can_be_overruled():
    env, policy = VectorRange(1, seed=6, observation="message"), load_policy("three-layer-strong")
    policy.reset(6)
    obs, info = env.reset()
    for _ in range(10):
        _, _, obs, info = step(env, policy, obs, info)
    forked = policy.fork(0, copies=2)
    before = policy.notes.table.host.copy()
    actions = np.repeat(policy.sleeping(1), 2, axis=0)
    where = np.zeros(actions.shape, bool)
    where[1, 0] = True
    actions[1, 0] = policy.layout.offset[REMOVE, policy.layout.zones[0][0]] + 2
    forked.overrule(actions, where)
    assert forked.notes.table.host[1, 0] == 2
    assert forked.notes.table.host[0, 0] == before[0, 0]
    assert (policy.notes.table.host == before).all()
