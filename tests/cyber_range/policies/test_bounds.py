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
from course_lib.cyber_range.policies.expert import Expert
from course_lib.training import load_policy

CRITICAL = ("operational_zone_a_subnet_server_host_0", "operational_zone_b_subnet_server_host_0")


class Anything(TickPolicy):
    """Any index of any list, in every tick, with a taste for one class of action; it likes whatever
    it likes second best as well, also what does not exist."""

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

    def ranking(self, size):
        return self.rng.normal(size=(size, 5, LARGE_ACTIONS)) + 3 * self.classes


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


class OneWish(TickPolicy):
    """Every defender wants its first Restore, then the Removes of one host, then Sleep."""

    def decide(self, tick):
        return np.tile(self.layout.offset[n.RESTORE, self.first_zones()], (tick.size, 1))

    def first_zones(self):
        return np.array([zones[0] for zones in self.layout.zones])

    def ranking(self, size):
        scores = super().ranking(size)
        restore = self.layout.offset[n.RESTORE, self.first_zones()]
        remove = self.layout.offset[n.REMOVE, self.first_zones()]
        block = self.layout.offset[n.BLOCK, self.first_zones()]
        everybody = np.arange(5)
        scores[:, everybody, restore] = 9.0
        scores[:, everybody, block] = 8.0
        scores[:, everybody, remove] = 5.0
        return scores


@pytest.mark.parametrize(
    ("bounds", "classes"),
    [
        (Bounds(restores=1), [n.RESTORE] + 4 * [n.REMOVE]),
        (Bounds(restores=1, blocks=True), [n.RESTORE] + 4 * [n.BLOCK]),
        (Bounds(restores=2, repairs=3), 2 * [n.RESTORE] + [n.REMOVE] + 2 * [n.SLEEP]),
        (Bounds(repairs=0), 5 * [n.SLEEP]),
    ],
)
def test_what_is_refused_becomes_the_next_best_that_is_permitted(bounds, classes):
    """One budget after the other is used up, defender by defender; nobody is asked about a Block
    that was only a second choice."""
    asked = []
    policy = BoundedPolicy(OneWish(), bounds, lambda *block: bool(asked.append(block)))
    policy.reset(0)
    env = VectorRange(2, observation="message")
    obs, info = env.reset()
    found, _ = policy.layout.targets(policy.act_batch(obs, info))
    assert found.tolist() == [classes, classes]
    assert not asked


def test_a_busy_defender_gets_no_second_choice():
    """What it submits is thrown away: Sleep."""
    policy = BoundedPolicy(OneWish(), Bounds(restores=0))
    policy.reset(0)
    env = VectorRange(1, observation="message")
    obs, info = env.reset()
    info["busy"] = np.array([[2, 0, 0, 0, 0]])
    found, _ = policy.layout.targets(policy.act_batch(obs, info))
    assert found.tolist() == [[n.SLEEP] + 4 * [n.REMOVE]]


@pytest.mark.parametrize("name", ["expert", "decoy-roundrobin", "three-layer-taught"])
def test_policies_rank_what_they_choose_first(name):
    """What a policy does stands highest of all valid actions, and is not its only wish."""
    policy = load_policy(name)
    if name == "three-layer-taught":
        policy.greedy = True
    policy.reset(3)
    env = VectorRange(3, observation="message", seed=3)
    obs, info = env.reset()
    second_choices = 0
    for _ in range(40):
        actions = policy.act_batch(obs, info)
        free = info["busy"] == 0
        ranking = np.where(info["action_mask"], policy.ranking(3), -np.inf)
        assert (ranking.argmax(axis=2)[free] == actions[free]).all()
        second_choices += int((np.isfinite(ranking).sum(axis=2)[free] > 1).sum())
        obs, _, _, _, info = env.step(actions)
    assert second_choices > 40


def test_a_second_choice_saves_what_sleep_loses(monkeypatch):
    """The same expert, the same five Restores, the same episodes."""
    bounded = BoundedPolicy(make_policy("expert"), Bounds(blocks=True, restores=5))
    with_second = evaluate(bounded, episodes=6, seed=12).defended_scores
    monkeypatch.setattr(Expert, "ranking", TickPolicy.ranking)
    asleep = evaluate(bounded, episodes=6, seed=12).defended_scores
    assert with_second.mean() > asleep.mean() + 100


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
