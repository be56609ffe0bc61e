"""What units are paid: each term against records made by hand, and the score that no term can
change."""

import numpy as np
import pytest
import torch

from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.actions import action_layout
from course_lib.cyber_range.constants import (
    ALLOW,
    ANALYSE,
    BLOCK,
    DECOY,
    MONITOR,
    OFF,
    OZA,
    PAZ,
    REMOVE,
    RESTORE,
    RZA,
    SLEEP,
    SLOTS,
    AnalyseResult,
)
from course_lib.cyber_range.engine.state import ENV
from course_lib.cyber_range.engine.visible import VISIBLE
from course_lib.hierarchy import (
    THREE_LAYER,
    TWO_LAYER,
    HierarchicalDefender,
    PolicyConfig,
    Team,
    TeamConfig,
    Tree,
    UnitConfig,
)
from course_lib.hierarchy.spaces import CONNECTION, PRIORITY, PROCESS
from course_lib.hierarchy.wiring import Wiring
from course_lib.training.config import TrainConfig
from course_lib.training.rewards import (
    RewardConfig,
    RewardDesign,
    finished_actions,
    penalties_by_zone,
    potential,
    restores_by_zone,
    signs,
)
from course_lib.training.trainer import FIRST_SEED, Trainer, sibling_mixing

torch.set_num_threads(1)
PARTS = {
    "process": (PROCESS, 1),
    "connection": (CONNECTION, 1),
    "decoy": (PRIORITY, 3),
    "root": (PRIORITY, 1),
}
NOTHING = np.zeros((1, 7, 76), np.int8)
SMALL = TrainConfig(
    num_envs=3, num_steps=30, iterations=1, minibatch_size=64, epochs=1, precision="float32"
)


def shown(*marks, envs=1):
    """Raw messages (E, 7, 76) with marks (zone, slot, name of a part), in environment 0."""
    messages = np.zeros((envs, 7, 76), np.int8)
    for zone, slot, name in marks:
        part, value = PARTS[name]
        messages[0, zone, part.start + slot] = value
    return messages


def design(discount=0.99, custom=None, first=NOTHING, **config):
    """A RewardDesign after a reset, by default without any term."""
    switched_off = {"scale": 0.0, "local": 0.0, "staged": 0.0}
    made = RewardDesign(RewardConfig(**{**switched_off, **config}), discount, custom)
    made.begin(first)
    return made


def paid(
    made,
    before=NOTHING,
    after=NOTHING,
    reward=0.0,
    finished=(),
    cost=None,
    ended=False,
    restores=None,
):
    """RewardTerms of one tick of one environment: zones (7,) and the terms."""
    done = np.zeros((1, 7, 8), bool)
    for zone, kind in finished:
        done[0, zone, kind] = True
    penalties = np.zeros((1, 8)) if cost is None else np.asarray(cost, float)[None]
    began = None if restores is None else np.asarray(restores)[None]
    pay = made.compute(
        before, after, np.array([reward], np.float32), done, penalties, np.array([ended]), began
    )
    assert {"global", "local", "staged", "potential"} <= set(pay.terms)
    np.testing.assert_allclose(pay.total, sum(pay.terms.values()), atol=1e-6)
    assert pay.total.dtype == np.float32 and pay.total.shape == (1, 7)
    return pay.total[0], {name: term[0] for name, term in pay.terms.items()}


def zones(**amounts):
    """(7,) zeros but for the zones named."""
    made = np.zeros(7)
    for name, amount in amounts.items():
        made[("RZA", "OZA", "RZB", "OZB", "ADM", "OFF", "PAZ").index(name)] = amount
    return made


# the global and the local term


def test_the_team_reward_goes_to_everybody_scaled():
    pay, terms = paid(design(scale=0.1), reward=-30)
    np.testing.assert_allclose(pay, -3, rtol=1e-6)
    np.testing.assert_allclose(terms["global"], -3, rtol=1e-6)


def test_local_pay_for_analyse_remove_and_decoy_alone_and_to_their_zone():
    every_class = [(RZA, k) for k in (RESTORE, ALLOW, BLOCK, MONITOR, SLEEP)]
    pay, _ = paid(
        design(local=0.2), finished=[*every_class, (OZA, ANALYSE), (OFF, REMOVE), (PAZ, DECOY)]
    )
    np.testing.assert_allclose(pay, zones(OZA=0.2, OFF=0.2, PAZ=0.2), atol=1e-6)


@pytest.mark.parametrize(
    ("agent", "kind", "target", "analysed", "cleaned", "expected"),
    [
        (0, ANALYSE, 16 * RZA + 3, AnalyseResult.NO_FILES, 0, (RZA, ANALYSE)),
        (0, ANALYSE, 16 * RZA + 3, AnalyseResult.USER_FILE, 0, (RZA, ANALYSE)),
        (
            0,
            ANALYSE,
            16 * RZA + 3,
            0,
            1,
            None,
        ),  # the result is missing; that the host was cleaned is another matter
        (4, REMOVE, 16 * OFF + 15, 0, 1, (OFF, REMOVE)),
        (4, REMOVE, 16 * OFF + 15, AnalyseResult.NO_FILES, 0, None),
        (4, RESTORE, 16 * PAZ, 0, 1, (PAZ, RESTORE)),
        (1, DECOY, 16 * OZA + 6, 0, 0, (OZA, DECOY)),
        (
            1,
            BLOCK,
            9 * OZA + 3,
            AnalyseResult.NO_FILES,
            1,
            None,
        ),  # a traffic action's target is no host
        (1, SLEEP, 16 * OZA + 6, AnalyseResult.NO_FILES, 1, None),
    ],
)
def test_an_action_counts_when_it_ended_and_worked(
    agent, kind, target, analysed, cleaned, expected
):
    state, visible = np.zeros(2, ENV), np.zeros(2, VISIBLE)
    state["blue_finished"] = SLEEP
    state["blue_finished"][1, agent], state["blue_target"][1, agent] = kind, target
    zone, slot = divmod(target, SLOTS)
    visible["analysed"][1, zone, slot], visible["cleaned"][1, zone, slot] = analysed, cleaned
    done = finished_actions(state, visible)
    assert done.shape == (2, 7, 8)
    wanted = np.zeros_like(done)
    if expected is not None:
        wanted[(1, *expected)] = True
    np.testing.assert_array_equal(done, wanted)


def test_on_the_range_it_is_the_tick_of_the_effect_and_the_own_zone():
    world = VectorRange(1, seed=5, observation="message")
    layout = action_layout("official")
    world.reset()
    slot = {zone: int(np.flatnonzero(world.visible["exists"][0, zone])[0]) for zone in (RZA, OFF)}
    begun = np.array([layout.single(SLEEP)])
    begun[0, 0] = layout.offset[DECOY, RZA] + slot[RZA]  # takes 2 ticks
    begun[0, 4] = layout.offset[REMOVE, OFF] + slot[OFF]  # takes 3
    seen = []
    for _ in range(4):
        world.step(begun)
        seen.append(np.argwhere(finished_actions(world.state, world.visible)[0]).tolist())
        begun = np.array([layout.single(SLEEP)])
    assert seen == [[], [[RZA, DECOY]], [[OFF, REMOVE]], []]


# the staged term


@pytest.mark.parametrize("sign", ["process", "connection", "decoy"])
def test_a_first_sign_is_paid_once_an_episode_whatever_happens_to_it(sign):
    made, seen = design(staged=0.5), shown((OZA, 4, sign))
    steps = [
        (NOTHING, seen, 0.5),
        (seen, seen, 0),
        (seen, NOTHING, 0),
        (NOTHING, seen, 0),
    ]  # cleared, and back again
    for before, after, amount in steps:
        np.testing.assert_allclose(paid(made, before, after)[0], zones(OZA=amount), atol=1e-6)


def test_staged_pay_counts_hosts_and_kinds():
    made = design(staged=0.5)
    two_kinds = shown(
        (RZA, 0, "process"), (RZA, 0, "connection"), (RZA, 9, "process"), (PAZ, 0, "decoy")
    )
    pay, _ = paid(made, NOTHING, two_kinds)
    np.testing.assert_allclose(
        pay, zones(RZA=1.0, PAZ=0.5), atol=1e-6
    )  # two kinds at once on one host: one discovery
    third = shown((RZA, 0, "process"), (RZA, 0, "connection"), (RZA, 0, "decoy"))
    np.testing.assert_allclose(paid(made, two_kinds, third)[0], zones(RZA=0.5), atol=1e-6)


def test_what_an_analyse_finds_and_what_stands_at_the_beginning_is_no_discovery():
    np.testing.assert_allclose(paid(design(staged=0.5), NOTHING, shown((RZA, 0, "root")))[0], 0)
    seen = shown((RZA, 0, "process"))
    np.testing.assert_allclose(paid(design(staged=0.5, first=seen), seen, seen)[0], 0)


def test_every_episode_begins_anew():
    made, seen = design(staged=0.5), shown((OZA, 4, "process"))
    paid(made, NOTHING, seen, ended=True)
    made.restart(np.array([True]), NOTHING)
    np.testing.assert_allclose(paid(made, NOTHING, seen)[0], zones(OZA=0.5), atol=1e-6)
    paid(made, seen, seen, ended=True)
    made.restart(np.array([True]), seen)  # the next episode shows it from the start
    np.testing.assert_allclose(paid(made, seen, seen)[0], 0)


def test_the_loophole_pays_every_time_a_sign_comes_back():
    made, seen = design(staged=0.5, staged_again=True), shown((OZA, 4, "process"))
    farmed = [
        paid(made, before, after)[0][OZA]
        for before, after in ((NOTHING, seen), (seen, NOTHING)) * 3
    ]
    np.testing.assert_allclose(farmed, [0.5, 0] * 3)
    np.testing.assert_allclose(paid(made, seen, seen)[0], 0)  # a sign that merely stays is not paid


def test_signs_are_the_three_kinds():
    found = signs(
        shown((RZA, 1, "process"), (OZA, 2, "connection"), (PAZ, 3, "decoy"), (PAZ, 4, "root"))
    )
    assert np.argwhere(found[0]).tolist() == [[RZA, 1, 0], [OZA, 2, 1], [PAZ, 3, 2]]


# the potential


def test_the_potential_is_minus_the_severity_of_what_is_known():
    seen = shown(
        (RZA, 0, "root"),
        (RZA, 1, "process"),
        (OZA, 1, "process"),
        (OZA, 1, "connection"),
        (PAZ, 2, "decoy"),
    )
    np.testing.assert_allclose(
        potential(seen)[0], zones(RZA=-4 / 3, OZA=-2 / 3, PAZ=-1 / 3), atol=1e-6
    )


def test_shaping_takes_back_what_it_gave():
    """The discounted sum over an episode is minus the first potential, whatever happened on the
    way."""
    rng, discount, weight = np.random.default_rng(0), 0.9, 0.5
    steps = [rng.integers(0, 2, (1, 7, 76)).astype(np.int8) for _ in range(12)]
    made = design(discount, first=steps[0], potential=weight)
    total = np.zeros(7)
    for tick, (before, after) in enumerate(zip(steps[:-1], steps[1:], strict=True)):
        last = tick == len(steps) - 2
        total += discount**tick * paid(made, before, after, ended=last)[0]
    np.testing.assert_allclose(total, -weight * potential(steps[0])[0], rtol=1e-4)
    assert np.ptp(total) > 0  # zones differ, so it is not a constant that came out right


def test_a_cleaned_host_is_paid_and_an_alarm_costs():
    alarm = shown((RZA, 0, "root"))
    assert paid(design(1.0, potential=1.0), NOTHING, alarm)[0].tolist() == zones(RZA=-1).tolist()
    assert (
        paid(design(1.0, potential=1.0, first=alarm), alarm, NOTHING)[0].tolist()
        == zones(RZA=1).tolist()
    )


# the sum, the own zone, a custom term


def test_all_terms_together_and_apart():
    def custom(before, after, finished, team):
        return np.full((1, 7), 100.0) * finished[:, :, RESTORE] + team[:, None]

    made = design(1.0, custom, scale=2.0, local=0.2, staged=0.5, potential=1.0)
    alarm = shown((RZA, 0, "process"))
    pay, terms = paid(made, NOTHING, alarm, -1, [(RZA, ANALYSE), (PAZ, RESTORE)])
    wanted = {"global": -2, "local": 0.2, "staged": 0.5, "potential": -1 / 3, "custom": -1}
    for name, amount in wanted.items():
        assert terms[name][RZA] == pytest.approx(amount), name
    assert pay[RZA] == pytest.approx(sum(wanted.values())) and pay[PAZ] == pytest.approx(
        100 - 2 - 1
    )


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_the_share_of_the_own_zone_charges_a_restore_to_the_zone_that_began_it(share):
    made = design(scale=1.0, zone_share=share)
    cost = np.array([-10, 0, -3, 0, 0, 0, 0, -5.0])  # 18 points, and one Restore, in OZA
    restores = zones(OZA=1)
    pay, _ = paid(made, reward=-19, cost=cost, restores=restores)
    own = 7 * (cost[:7] - restores)
    np.testing.assert_allclose(pay, (1 - share) * -19 + share * own, rtol=1e-5)
    assert own.mean() == -14  # the team reward but for the contractor zone, which nobody can change
    pay, _ = paid(
        made, reward=-1, cost=cost + zones8(OZA=-1)
    )  # only what is new counts in the next tick
    np.testing.assert_allclose(pay, (1 - share) * -1 + share * zones(OZA=-7), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("defenders", ["official", "per-zone"])
def test_restores_are_counted_where_they_begin(defenders):
    layout = action_layout(defenders)
    actions = np.tile(layout.single(SLEEP), (2, 1))
    for env, zone in ((0, RZA), (0, PAZ), (1, 5)):
        actions[env, layout.owner[zone]] = layout.offset[RESTORE, zone] + 15
    actions[1, 1] = layout.offset[REMOVE, 1] + 3
    wanted = [zones(RZA=1, PAZ=1), zones(OFF=1)]
    np.testing.assert_array_equal(restores_by_zone(actions, layout), wanted)


def test_a_remove_can_be_paid_for_a_kill_alone():
    state, facts = np.zeros(2, ENV), np.zeros(2, VISIBLE)
    state["blue_finished"], state["blue_target"] = -1, 0
    state["blue_finished"][:, 0], state["blue_target"][:, 0] = REMOVE, 7
    facts["cleaned"][:, RZA, 7] = 1
    before = np.zeros_like(state["host_sessions"])
    before[1, 7] = 1  # red was there, and is gone
    assert finished_actions(state, facts)[:, RZA, REMOVE].tolist() == [True, True]
    assert finished_actions(state, facts, before)[:, RZA, REMOVE].tolist() == [False, True]


def zones8(**amounts):
    return np.append(zones(**amounts), 0.0)


def test_on_the_range_penalties_by_zone_and_restores_are_the_whole_reward():
    """Over two episodes and their ends; so that `zone_share` changes nothing on average there
    either."""
    world = VectorRange(3, seed=50, observation="message", steps=40)
    policy = HierarchicalDefender(Team(TWO_LAYER))
    policy.reset(50)
    obs, info = world.reset()
    spent = np.zeros(3)
    for tick in range(78):
        obs, reward, _, truncated, info = world.step(policy.act_batch(obs, info))
        counts = info["final_statistics"] if truncated.all() else world.statistics
        total = penalties_by_zone(counts).sum(axis=1) - counts["restore_cost"]
        np.testing.assert_allclose(reward, total - spent, atol=1e-5, err_msg=f"tick {tick}")
        spent = np.where(truncated, 0, total)
    assert penalties_by_zone(world.statistics).shape == (3, 8)


@pytest.mark.parametrize(
    "bad", [{"own_share": 1.1}, {"zone_share": -0.1}, {"potential": -1}, {"scale": -1}]
)
def test_nonsense_is_refused(bad):
    with pytest.raises(ValueError, match="from 0 to"):
        RewardConfig(**bad)


# who gets what


def test_siblings_share_and_nothing_is_lost():
    mixing = sibling_mixing(Wiring.of(THREE_LAYER), 0.7)
    names = Wiring.of(THREE_LAYER).names[:7]
    row = dict(zip(names, mixing[names.index("RZA")], strict=True))
    assert row["RZA"] == pytest.approx(0.7) and row["RZB"] == pytest.approx(0.3)
    assert sum(row.values()) == pytest.approx(1)  # and nothing from other groups
    row = dict(zip(names, mixing[names.index("OFF")], strict=True))
    assert [row[n] for n in ("ADM", "OFF", "PAZ")] == pytest.approx([0.15, 0.7, 0.15])
    np.testing.assert_allclose(
        mixing.sum(axis=0), 1, rtol=1e-6
    )  # what a unit gives away, others get
    np.testing.assert_allclose(sibling_mixing(Wiring.of(THREE_LAYER), 1.0), np.eye(7))
    alone = Wiring.of(Tree.from_description({"commander": {"a": ["RZA"], "b": ["OZA", "OFF"]}}))
    assert sibling_mixing(alone, 0.7)[0].tolist() == [1, 0, 0]


def test_a_superior_is_paid_its_childrens_mean_and_nothing_on_top():
    own_share = 0.7
    trainer = tiny_trainer(RewardConfig(own_share=own_share))
    names = trainer.defender.team.wiring.names
    amounts = zones(RZA=1, RZB=3, OZA=10, OZB=20, ADM=3, OFF=6, PAZ=0)
    got = dict(zip(names, trainer._unit_rewards(amounts[None].astype(np.float32))[0], strict=True))
    assert got["RZA"] == pytest.approx(0.7 * 1 + 0.3 * 3) and got["OFF"] == pytest.approx(
        0.7 * 6 + 0.3 * 1.5
    )
    groups = {
        "restricted": 2,
        "operational": 15,
        "headquarters": 3,
    }  # sharing among siblings keeps their mean
    assert {name: round(float(got[name]), 4) for name in groups} == groups
    assert got["commander"] == pytest.approx(sum(groups.values()) / 3)


# the reported score


def tiny_trainer(rewards, custom=None, **options):
    small = TeamConfig(UnitConfig(policy=PolicyConfig(hidden=32)))
    return Trainer(
        HierarchicalDefender(Team(THREE_LAYER, small)),
        rewards,
        SMALL,
        0,
        custom,
        steps=30,
        **options,
    )


def test_the_score_is_official_whatever_is_paid():
    """Same weights, seeds and actions, five ways of paying: one score, and that of a plain
    range."""
    designs = {
        "paper": tiny_trainer(RewardConfig()),
        "nothing": tiny_trainer(RewardConfig(scale=0, local=0, staged=0)),
        "much": tiny_trainer(RewardConfig(scale=10, local=50, staged=50, staged_again=True)),
        "potential": tiny_trainer(RewardConfig(potential=2, zone_share=1)),
        "custom": tiny_trainer(
            RewardConfig(), lambda before, after, finished, team: np.full((len(team), 7), 1e3)
        ),
    }
    records = {name: trainer.step() for name, trainer in designs.items()}
    world = VectorRange(SMALL.num_envs, seed=FIRST_SEED, observation="message", steps=30)
    policy = HierarchicalDefender(
        Team(THREE_LAYER, TeamConfig(UnitConfig(policy=PolicyConfig(hidden=32))))
    )
    policy.reset(FIRST_SEED)
    obs, info = world.reset()
    rewards = []
    for _ in range(29):
        obs, reward, *_, info = world.step(policy.act_batch(obs, info))
        rewards.append(reward)
    official = np.sum(
        rewards[:-1], axis=0
    )  # an episode is steps - 1 ticks, and the last reward is left out
    assert official.min() < 0
    for name, record in records.items():
        assert record.scores.tolist() == official.tolist(), name
        assert record.score == pytest.approx(official.mean())
    pays = {name: sum(record.terms.values()) for name, record in records.items()}
    assert len({round(pay, 3) for pay in pays.values()}) == len(pays) and pays["nothing"] == 0
    assert records["paper"].terms["local"] > 0 and records["paper"].terms["staged"] > 0
    assert records["custom"].terms["custom"] == pytest.approx(1e3)


def test_a_weight_that_is_no_number_is_one_clear_line():
    with pytest.raises(ValueError, match="local='abc' is not a finite number"):
        RewardConfig(local="abc")
