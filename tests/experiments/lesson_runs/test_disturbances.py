"""What lies between a defender and its range: sensors, orders and wires, each disturbed alone."""

import dataclasses

import numpy as np
import pytest

from course_lib.cyber_range import VectorRange, evaluate, make_policy
from course_lib.cyber_range.constants import SLEEP
from course_lib.cyber_range.observations import CONNECTION, PRIORITY, PROCESS
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.experiments.lesson_runs import l14_disturbed
from course_lib.experiments.lesson_runs.disturbances import (
    Delay,
    LateOrders,
    LateSensors,
    SilentSensors,
    TamperedSensors,
)
from course_lib.experiments.lesson_runs.disturbed_team import DisturbedTeam, Wires
from course_lib.experiments.lesson_runs.l14_disturbed import TREES, WIRES, defender

STEPS = 120


class Watching(TickPolicy):
    """Sleeps, and keeps what it is shown."""

    name = "watching"

    def __init__(self):
        super().__init__("official")
        self.seen = []

    def decide(self, tick):
        self.seen.append(np.array(tick.obs))
        return self.sleeping(tick.size)

    def start(self, size):
        pass

    def forget(self, rows):
        pass

    def keep(self, rows):
        pass


def shown_by(around, episodes=3, steps=STEPS):
    """(T, E, 7, 76) what there was to see, and what the policy inside was shown of it."""
    inside = Watching()
    policy = around(inside)
    env = VectorRange(episodes, observation="message", seed=11, steps=steps)
    policy.reset(11)
    obs, info = env.reset()
    there = []
    for _ in range(steps - 1):
        there.append(np.array(obs))
        obs, _, _, _, info = env.step(policy.act_batch(obs, info))
    return np.array(there), np.array(inside.seen)


def test_a_delay_gives_the_first_until_the_first_is_due():
    delay = Delay(np.zeros((2, 1)), 3)
    arrived = []
    for step in range(6):
        now = np.array([[10.0 + step], [20.0 + step]])
        arrived.append(delay.through(np.full(2, step), now)[:, 0].tolist())
    assert arrived == [[10, 20]] * 4 + [[11, 21], [12, 22]]


def test_silent_sensors_hide_the_events_of_some_hosts_and_nothing_else():
    there, seen = shown_by(lambda inside: SilentSensors(inside, 0.25))
    hidden = there != seen
    events = np.zeros(76, bool)
    events[PROCESS] = events[CONNECTION] = True
    assert hidden.any() and not hidden[..., ~events].any()
    silent = hidden[..., PROCESS].any(axis=0) | hidden[..., CONNECTION].any(axis=0)
    # Whoever is silent once is silent always.
    for entries in (PROCESS, CONNECTION):
        assert (seen[..., entries][:, silent] == 0).all()
    _, nothing = shown_by(lambda inside: SilentSensors(inside, 1.0))
    assert not nothing[..., PROCESS].any() and not nothing[..., CONNECTION].any()


def test_tampered_sensors_turn_the_expected_share_of_entries_of_real_hosts():
    there, seen = shown_by(lambda inside: TamperedSensors(inside, 0.1))
    turned = there != seen
    share = turned[..., PROCESS].mean()
    assert 0.04 < share < 0.1  # a third of the slots have no host
    assert not turned[..., PRIORITY].any() and set(np.unique(seen[..., PROCESS])) == {0, 1}
    assert (turned[1:] != turned[:-1]).any()  # other entries in each tick


def test_late_sensors_show_what_was_there():
    there, seen = shown_by(lambda inside: LateSensors(inside, 3))
    assert np.array_equal(seen[3:], there[:-3])
    assert np.array_equal(seen[:3], np.repeat(there[:1], 3, axis=0))


@pytest.mark.parametrize("ticks", [1, 3])
def test_late_orders_arrive_late_and_one_at_a_time(ticks):
    """Everything is ordered by a defender that is free, and every order arrives once."""
    policy = LateOrders(make_policy("expert"), ticks)
    env = VectorRange(2, observation="message", seed=11, steps=STEPS)
    policy.reset(11)
    obs, info = env.reset()
    began = []
    for _ in range(STEPS - 1):
        tick = policy.open_tick(obs, info)
        actions = policy.decide(tick)
        classes, _ = policy.layout.targets(actions)
        began.append(classes != SLEEP)
        assert tick.free[began[-1]].all()  # nothing is thrown away
        obs, _, _, _, info = env.step(actions)
    began = np.array(began)
    assert not began[:ticks].any() and began[ticks].any()


def test_late_orders_cost_points():
    plain = evaluate("expert", episodes=4, seed=30)
    late = evaluate(LateOrders(make_policy("expert"), 3), episodes=4, seed=30)
    assert late.scores.mean() < plain.scores.mean()


@pytest.fixture(scope="module")
def teams():
    return {name: defender(name) for name in TREES}


@pytest.fixture(scope="module")
def plain(teams):
    """What teams do whose wires nobody touches."""
    return {name: decided(team, None)[0] for name, team in teams.items()}


def decided(team, wires, episodes=2, steps=61):
    """(T, E, D) actions of a team with these wires, and (E, L, 8) the commands that arrived last.

    Without wires it is the team itself.
    """
    policy = team if wires is None else DisturbedTeam(team, wires)
    env = VectorRange(episodes, observation="message", seed=12, steps=steps)
    policy.reset(12)
    obs, info = env.reset()
    actions = []
    for _ in range(steps - 1):
        actions.append(policy.act_batch(obs, info))
        obs, _, _, _, info = env.step(actions[-1])
    return np.array(actions), getattr(policy, "_arrived", None)


@pytest.mark.parametrize("name", TREES)
def test_whole_wires_change_nothing(teams, plain, name):
    through, _ = decided(teams[name], Wires())
    assert np.array_equal(plain[name], through)


@pytest.mark.parametrize("what", WIRES)
def test_rules_that_obey_nobody_notice_no_disturbance(teams, plain, what):
    """The control: five rules in the same tree."""
    disturbed, _ = decided(teams["five rules"], WIRES[what])
    assert np.array_equal(plain["five rules"], disturbed)


@pytest.mark.parametrize("what", ["commands cut", "commands forged: sleep", "messages cut"])
def test_a_team_that_draws_under_commands_notices(teams, plain, what):
    disturbed, _ = decided(teams["three-layer"], WIRES[what])
    assert not np.array_equal(plain["three-layer"], disturbed)


def test_commands_arrive_as_the_wires_say(teams):
    """Cut: none. Forged: sleep before all. Late: those of two periods ago."""
    _, cut = decided(teams["reward"], WIRES["commands cut"])
    assert (cut == 1).all()
    _, forged = decided(teams["reward"], WIRES["commands forged: sleep"])
    assert (forged[:, :, SLEEP] == 1).all() and np.allclose(np.delete(forged, SLEEP, 2), 0.7)
    # An official episode's phases depend on its length, so both are as long; the late one is asked
    # 20 ticks later than the other.
    actions, sent = decided(teams["reward"], Wires(), steps=61)
    assert len(actions) == 60 and (sent < 1).any()
    at_first = decided(teams["reward"], WIRES["commands 20 ticks late"], steps=20)[1]
    assert np.array_equal(at_first, decided(teams["reward"], Wires(), steps=3)[1])


def test_a_table_has_a_row_for_each_disturbance_defender_and_episode(monkeypatch):
    monkeypatch.setattr(l14_disturbed, "EPISODES", 2)
    monkeypatch.setattr(l14_disturbed, "DEFENDERS", ("expert", "five rules"))
    short = dict.fromkeys(("messages cut",), Wires(up="cut"))
    monkeypatch.setattr(l14_disturbed, "WIRES", short)
    one = {what: l14_disturbed.AROUND[what] for what in ("sensors 3 ticks late",)}
    monkeypatch.setattr(l14_disturbed, "AROUND", one)
    monkeypatch.setattr(l14_disturbed, "AT_ONCE", tuple(one))
    rows = l14_disturbed.disturbed(0)
    counts = {}
    for row in rows:
        key = row["defender"], row["disturbance"]
        counts[key] = counts.get(key, 0) + 1
    ranges = [(name, what) for name in ("expert", "five rules") for what in l14_disturbed.RANGES]
    both = [
        (name, what)
        for name in ("expert", "five rules")
        for what in ("nothing", "a bad night", *one)
    ]
    assert counts == dict.fromkeys([*ranges, *both, ("five rules", "messages cut")], 2)
    assert dataclasses.is_dataclass(Wires)


def test_an_agent_reads_nothing_of_other_agents_zones():
    """Why the expert has no wire that could be cut."""
    other = VectorRange(1, observation="message", seed=3, steps=STEPS)
    obs, info = other.reset()
    policy, blind = make_policy("expert"), make_policy("expert")
    for one in (policy, blind):
        one.reset(3)
    for _ in range(STEPS - 1):
        elsewhere = np.array(obs)
        elsewhere[:, 0, 1:] = 0  # the zone of the first agent
        actions = policy.act_batch(obs, info)
        assert np.array_equal(actions[:, 1:], blind.act_batch(elsewhere, info)[:, 1:])
        obs, _, _, _, info = other.step(actions)
