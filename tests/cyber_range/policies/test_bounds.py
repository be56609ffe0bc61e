"""No output of any policy breaks the bounds."""

import numpy as np
import pytest

from course_lib.cyber_range import constants as n
from course_lib.cyber_range import evaluate, make_policy
from course_lib.cyber_range.actions import action_layout
from course_lib.cyber_range.constants import HOST_NUMBER, LARGE_ACTIONS
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.policies.bounds import BoundedPolicy, Bounds

CRITICAL = ("operational_zone_a_subnet_server_host_0", "operational_zone_b_subnet_server_host_0")


class Anything(TickPolicy):
    """Any index of any list, in every tick, with a taste for one class of action."""

    def __init__(self, favourite, seed):
        super().__init__("official")
        self.rng = np.random.default_rng(seed)
        self.classes = self.layout.classes == favourite

    def decide(self, tick):
        actions = self.rng.integers(0, LARGE_ACTIONS, (tick.size, 5))
        for d in range(5):
            liked = np.flatnonzero(self.classes[d])
            eager = self.rng.random(tick.size) < 0.5
            actions[eager, d] = self.rng.choice(liked, eager.sum())
        return actions


def permitted_everywhere(bounds, steps, played):
    """Check a whole episode's actions (T, E, D) against the bounds, counted in another way."""
    layout = action_layout("official")
    targets = [layout.targets(actions) for actions in played]
    classes = np.stack([found[0] for found in targets])
    hosts = np.stack([found[1] for found in targets])
    restores = classes == n.RESTORE
    assert (restores.sum(axis=(0, 2)) <= bounds.restores).all()
    repairs = (restores | (classes == n.REMOVE)).sum(axis=2)
    for start in range(len(played)):
        assert (repairs[start : start + bounds.window].sum(axis=0) <= bounds.repairs).all()
    numbers = [HOST_NUMBER[name] for name in bounds.critical]
    on_mission = np.arange(len(played)) > steps // 3 + 1
    assert not (restores & np.isin(hosts, numbers))[on_mission].any()
    if not bounds.blocks:
        assert not (classes == n.BLOCK).any()
    return classes


@pytest.mark.parametrize("seed", range(12))
def test_no_output_of_a_policy_breaks_the_bounds(seed):
    """Policies that do anything, bounds drawn at random, whole episodes."""
    rng = np.random.default_rng(seed)
    favourite = [n.RESTORE, n.REMOVE, n.BLOCK, n.ANALYSE][seed % 4]
    bounds = Bounds(
        critical=CRITICAL[: seed % 3],
        blocks=bool(seed % 2),
        restores=int(rng.integers(0, 30)),
        repairs=int(rng.integers(0, 6)),
        window=int(rng.integers(1, 20)),
    )
    steps = 90
    env = VectorRange(4, seed=seed, observation="message", steps=steps)
    policy = BoundedPolicy(Anything(favourite, seed), bounds)
    policy.reset(seed)
    obs, info = env.reset()
    played = []
    for _ in range(steps - 1):
        actions = policy.act_batch(obs, info)
        played.append(actions)
        obs, _, _, _, info = env.step(actions)
    permitted_everywhere(bounds, steps, played)
    assert sum(policy.refused.values()) > 0


def test_the_check_itself_sees_a_broken_bound():
    """The same policy without the screen does break them."""
    env = VectorRange(1, observation="message", steps=60)
    policy = Anything(n.RESTORE, 0)
    obs, info = env.reset()
    played = []
    for _ in range(59):
        actions = policy.act_batch(obs, info)
        played.append(actions)
        obs, _, _, _, info = env.step(actions)
    with pytest.raises(AssertionError):
        permitted_everywhere(Bounds(restores=5), 60, played)


def test_wide_bounds_change_nothing():
    """The expert within bounds that it does not reach scores as without."""
    plain = evaluate("expert", episodes=3, seed=2)
    bounded = evaluate(BoundedPolicy(make_policy("expert"), Bounds()), episodes=3, seed=2)
    assert plain.scores.tolist() == bounded.scores.tolist()


def test_the_policy_is_told_what_did_not_happen():
    """An expert without any Restore goes on cleaning in the ways that are left."""
    bounded = BoundedPolicy(make_policy("expert"), Bounds(restores=0))
    report = evaluate(bounded, episodes=2, seed=3)
    actions = report.statistics["blue_actions"].sum(axis=(0, 1))
    assert actions[n.RESTORE] == 0 and actions[n.REMOVE] > 20
    assert bounded.refused["downtime spent"] > 0


def test_a_block_needs_somebody_who_approves():
    """Nobody, somebody who says yes to some, and the permission in writing."""

    def blocks(bounds, approve=None):
        policy = BoundedPolicy(make_policy("firewall"), bounds, approve)
        return evaluate(policy, episodes=1).statistics["blue_actions"][0, :, n.BLOCK].sum()

    written = blocks(Bounds(blocks=True))
    assert blocks(Bounds()) == 0 < written
    assert blocks(Bounds(), lambda tick, action: True) == written
    asked = []
    assert blocks(Bounds(), lambda tick, action: bool(asked.append((tick, action)))) == 0
    assert len(asked) >= written


@pytest.mark.parametrize(
    ("field", "value"),
    [("critical", ("no_host",)), ("restores", -1), ("repairs", 1.5), ("window", 0)],
)
def test_bounds_that_say_nothing_are_refused(field, value):
    with pytest.raises(ValueError, match=field):
        Bounds(**{field: value})
