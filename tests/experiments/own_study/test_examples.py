"""The three example studies: their worlds are what they say, their records are theirs."""

import numpy as np
import pytest

from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.constants import ALLOW, BLOCK, RESTORE, ZONES
from course_lib.experiments.own_study import EXAMPLES, RESULTS_FOLDER, judge, recorded
from course_lib.experiments.own_study.examples import heterogeneous, owners, scale
from course_lib.experiments.own_study.report import REPORT_FILE, report_text
from course_lib.games import OwnersGame


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_report_is_what_the_records_say(name):
    plan, _ = EXAMPLES[name]
    folder = RESULTS_FOLDER / name
    judged, results = judge(plan, folder), recorded(plan, folder)
    text = report_text(plan, judged, results, f"python -m course_lib study {name}")
    assert (folder / REPORT_FILE).read_text(encoding="utf-8") == text
    assert (folder / "report.png").is_file() and len(results) == plan.runs
    assert sum(one.seconds for one in results.values()) < 60 * plan.minutes


def test_a_recorded_result_is_made_again():
    plan, measure = EXAMPLES["scale"]
    kept = recorded(plan, RESULTS_FOLDER / "scale")["own-7", 3]
    assert np.allclose(measure("own-7", 3).values, kept.values, atol=1e-5)


# scale


class Luck:
    """A generator that draws one and the same number."""

    def __init__(self, drawn):
        self.drawn = drawn

    def random(self, shape):
        return np.full(shape, self.drawn)


def test_a_zone_lives_by_its_rules():
    state = np.array([[scale.CLEAN, scale.FOOTHOLD, scale.ROOT, scale.ROOT]])
    action = np.array([[scale.WAIT, scale.REMOVE, scale.REMOVE, scale.RESTORE]])
    after, points = scale.zone_tick(state, action, Luck(0.99))
    assert after.tolist() == [[scale.CLEAN, scale.CLEAN, scale.ROOT, scale.CLEAN]]
    assert points.tolist() == [[0.0, -1.2, -3.2, -4.5]]
    # Just above the chance from outside: only zones beside a root are entered.
    after, _ = scale.zone_tick(state, action, Luck(scale.INTRUSION + 0.01))
    assert after.tolist() == [[scale.CLEAN, scale.FOOTHOLD, scale.ROOT, scale.FOOTHOLD]]
    after, _ = scale.zone_tick(np.array([[scale.FOOTHOLD]]), np.array([[scale.WAIT]]), Luck(0.2))
    assert after.tolist() == [[scale.ROOT]]


def test_the_best_a_zone_alone_can_do_is_known():
    """Remove at every foothold: one comes in a tenth of the ticks, and costs 1 + 0.2."""
    always = np.tile([scale.WAIT, scale.REMOVE, scale.RESTORE], (12, 7, 1))
    lost = scale.points_lost(always, seed=0, ticks=3000)
    assert lost.mean() == pytest.approx(0.12, abs=0.005)


def test_pay_decides_whose_points_are_heard():
    own = scale.points_lost(scale.learned(28, "own", 5, ticks=2500), 5)
    team = scale.points_lost(scale.learned(28, "team", 5, ticks=2500), 5)
    assert own.mean() < 0.2 < 0.5 < team.mean()


def test_a_hierarchy_is_counted_and_not_estimated():
    for zones, groups in ((7, 1), (28, 4), (70, 10)):
        found = scale.growth(zones)
        assert found.messages == zones + groups
        assert found.decisions == pytest.approx(zones + (groups + 1) / 10)
        assert found.weights_grouped == groups * 49 + groups**2
        assert found.weights_flat == zones**2
    assert scale.growth(70).shared == scale.growth(7).shared < scale.growth(7).own


# owners


@pytest.mark.parametrize("arm", owners.ARMS)
def test_owners_are_paid_as_their_arm_says(arm):
    options, pay = owners.ARMS[arm]
    world = owners.OwnersWorld(OwnersGame(options), pay)
    states, joint = np.full(4000, 4), np.zeros(4000, int)  # the first owner is infected and waits
    step = world.step(states, joint, 0, np.random.default_rng(0))
    points = world.game.rewards[4, 0]
    expected = points if pay == "own" else np.full(3, points.mean())
    assert np.allclose(step.rewards, expected) and np.allclose(step.payoff, points.mean())
    shares = np.bincount(step.next_states, minlength=8) / 4000
    assert np.allclose(shares, world.game.transitions[4, 0], atol=0.03)


def test_selfish_owners_end_worse_than_owners_who_share():
    costs = {}
    for arm in ("selfish", "liable"):
        options, pay = owners.ARMS[arm]
        game = OwnersGame(options)
        policies = owners.learned(owners.OwnersWorld(game, pay), seed=50, ticks=8000)
        costs[arm] = np.mean([game.cost_per_tick(policy) for policy in policies])
    assert costs["liable"] + 1 < costs["selfish"]


# heterogeneous


def begun(policy, ticks=70):
    """Zones in which each class of action was asked for: a set of (class, zone)."""
    env = VectorRange(8, seed=41, observation="message", red="aggressive")
    obs, info = env.reset()
    policy.reset(41)
    found = set()
    for _ in range(ticks):
        actions = policy.act_batch(obs, info)
        classes, hosts = env.layout.targets(np.asarray(actions))
        on_host = hosts >= 0
        zones = hosts[on_host] // 16
        found |= {
            (int(c), ZONES[z]) for c, z in zip(classes[on_host], zones, strict=True)
        }  # fmt: skip
        found |= {(int(c), "-") for c in classes[~on_host]}
        obs, *_, info = env.step(actions)
    return found


@pytest.mark.parametrize("arm", ["told", "refused", "rules-told"])
def test_restricted_units_never_restore_and_the_others_do(arm):
    restored = {zone for kind, zone in begun(heterogeneous.make_team(arm)) if kind == RESTORE}
    assert restored and not restored & set(heterogeneous.RESTRICTED)


def test_a_team_that_lacks_nothing_is_the_team_itself():
    whole = heterogeneous.make_team("alike")
    assert not whole.closed.any()
    told = heterogeneous.make_team("told")
    names = [ZONES[zone] for zone in told.zones]
    assert {names[row] for row in np.flatnonzero(told.closed.any(axis=1))} == {"OZA", "OZB"}
    assert told.closed.sum() == 2 * 16


def test_units_without_traffic_lack_nothing_else():
    closed = heterogeneous.make_team("no-traffic").closed.any(axis=0)
    assert set(heterogeneous.ACTION_CLASS[closed]) == {BLOCK, ALLOW}
    assert closed.sum() == np.isin(heterogeneous.ACTION_CLASS, (BLOCK, ALLOW)).sum()
