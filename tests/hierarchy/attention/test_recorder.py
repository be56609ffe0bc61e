"""The attention record: every number comes from a pass that the team really made.

All teams here are untrained and seeded; those whose messages must matter have their last layers
enlarged.
"""

import dataclasses

import numpy as np
import pytest
import torch
from support.teams import opinionated, record_messages, some_messages

from course_lib import hierarchy
from course_lib.cyber_range import record_episode
from course_lib.cyber_range.constants import ACTION_CLASSES, REMOVE
from course_lib.hierarchy import (
    NONE,
    THREE_LAYER,
    TWO_LAYER,
    UTILITY,
    HierarchicalDefender,
    Team,
    Tree,
    UnitConfig,
    attention_entropy,
    influence,
    influence_over_time,
    record_attention,
    what_if,
)
from course_lib.hierarchy.attention.counterfactual import QUIET
from course_lib.hierarchy.attention.record import (
    EPISODE_FIELDS,
    EVENTS,
    TeamEpisode,
    attention_change,
    weight_after_mixing,
)
from course_lib.hierarchy.attention.recorder import all_probabilities, recompute, replay
from course_lib.hierarchy.spaces import ACTION_CLASS, message_names, normalised
from course_lib.hierarchy.team_observation import observe_team
from course_lib.hierarchy.unit import one_hot_command

STEPS, SEED = 60, 3


@pytest.fixture(scope="module")
def played():
    """A three-layer team on the range that loses OFF at tick 30, and what its own recorder saw."""
    defender = HierarchicalDefender(opinionated(THREE_LAYER))
    record = record_attention(
        defender, seed=SEED, steps=STEPS, changes={30: lambda d: d.lose("OFF")}
    )
    seen = []
    defender.recorder = lambda d, tick, scene, done: (
        seen.append(done) or (d.lose("OFF") if len(seen) == 30 else None)
    )
    episode = record_episode(defender, seed=SEED, steps=STEPS)
    return record, seen, episode


@pytest.fixture(scope="module")
def record(played):
    return played[0]


def test_the_record_repeats_what_the_team_decided(played):
    record, seen, episode = played
    assert record.ticks == len(seen) == STEPS - 1 and (record.reward == episode.reward).all()
    for tick, done in enumerate(seen):
        leaves = done.leaves.leaf_idx
        assert np.flatnonzero(record.chosen[tick] >= 0).tolist() == sorted(leaves)
        assert (record.chosen[tick, leaves] == done.leaves.chosen).all()
        assert np.allclose(record.probabilities[tick, leaves], done.leaves.probabilities, atol=1e-3)
        for choice in done.choices:
            chances = record.turn[tick, choice.arbiter.leaves].astype(float)
            assert np.log(chances[choice.chosen[0]]) == pytest.approx(
                float(choice.log_prob[0]), abs=2e-3
            )


def test_the_record_repeats_the_passes_that_were_due(played):
    record, seen, _ = played
    due = [(tick, done.commands) for tick, done in enumerate(seen) if done.commands]
    assert [tick for tick, _ in due] == [0, 10, 20, 30, 40, 50]
    for tick, made in due:
        assert np.allclose(record.messages(tick), made.up.messages[0], atol=2e-3)
        assert (record.commands[tick] == made.down.commands[0].numpy()).all()
        assert (record.drawn[tick] == made.down.drawn[0, 7:].numpy()).all()
        top = made.up.record(2)
        assert np.allclose(record.attention("commander")[tick], top.attention[0, 0], atol=1e-3)
        assert np.allclose(record.pooling("commander")[tick], top.pooling[0, 0], atol=1e-3)
    held = record.commands.reshape(record.ticks, -1)
    assert (held[10] == held[19]).all()


def test_every_tick_has_a_pass_of_its_own(record):
    assert (np.abs(np.diff(record.inner.astype(float), axis=0)).max(axis=(1, 2)) > 0).mean() > 0.5


def test_attention_rows_and_pooling_sum_to_one_and_a_lost_child_has_no_weight(record):
    for unit in record.commanders:
        there = record.child_mask(unit)
        assert np.allclose(record.attention(unit).sum(axis=-1), there[:, None], atol=3e-3)
        assert np.allclose(record.pooling(unit).sum(axis=-1), 1, atol=3e-3)
    off = record.children("headquarters").index("OFF")
    assert (
        record.pooling("headquarters")[:30, off].min()
        > 0
        == record.pooling("headquarters")[30:, off].max()
    )
    assert record.attention("headquarters")[30:, :, :, off].max() == 0
    leaf = record.leaves.index("OFF")
    assert (record.chosen[30:, leaf] == -1).all() and (record.turn[30:, leaf] == 0).all()


def test_names_levels_and_parents_are_those_of_the_tree(record):
    assert record.commanders == ("restricted", "operational", "headquarters", "commander")
    assert record.children("headquarters") == ("ADM", "OFF", "PAZ")
    assert record.tree.parent_of("OFF") == "headquarters"
    with pytest.raises(ValueError, match="'RZA' commands nobody"):
        record.attention("RZA")


def test_messages_of_leaves_are_exact_and_iocs_are_merged(record):
    assert (record.messages(7)[:7] == normalised(record.raw[7])).all()
    root, zones = record.ioc[:30, -1], record.ioc[:30, :7]
    assert (root == zones.max(axis=1)).all()


def test_events_tell_what_happened_in_the_tick_before(played):
    record, _, episode = played
    assert not record.events[0].any()
    alerts = (episode.process | episode.connection).reshape(episode.ticks, 8, 16).sum(axis=2)
    columns = [
        ("RZA", "OZA", "RZB", "OZB", "ADM", "OFF", "PAZ").index(leaf) for leaf in record.leaves
    ]
    assert (record.events[1:, :, EVENTS.index("alert")] == alerts[:-1, columns]).all()
    removed = ((episode.blue_class == REMOVE) & (episode.blue_host >= 0))[:-1].sum()
    assert record.events[:, :, EVENTS.index("remove")].sum() == removed > 0
    assert (
        record.events[:, :, EVENTS.index("scan")].sum()
        > 0
        < record.events[:, :, EVENTS.index("exploit")].sum()
    )


def test_recording_leaves_the_defender_alone(record):
    defender = HierarchicalDefender(opinionated(THREE_LAYER))
    defender.recorder = marker = object()
    before = {name: weight.clone() for name, weight in defender.team.state_dict().items()}
    made = record_attention(defender, seed=1, steps=20, changes={5: lambda d: d.lose("RZA")})
    assert defender.recorder is marker and not defender.lost and made.team is not defender.team
    assert all(
        (defender.team.state_dict()[name] == weight).all() for name, weight in before.items()
    )


def test_another_tree_in_mid_episode_is_refused():
    defender = HierarchicalDefender(Team(TWO_LAYER))
    with pytest.raises(ValueError, match="use defender.lose"):
        record_attention(
            defender, steps=20, changes={5: lambda d: d.rewire(TWO_LAYER.without("OFF"))}
        )


def test_a_team_off_the_range_is_recorded_too():
    made = record_messages(opinionated(UTILITY), some_messages(25, 11), seed=4)
    assert (
        made.ticks == 25
        and len(made.leaves) == 11
        and made.defenders == ""
        and (made.chosen == -1).all()
    )
    assert made.attention("substations").shape == (25, 4, 5, 5)
    assert (made.commands[10:20] == made.commands[10]).all() and (made.drawn >= 0).all()


def test_a_single_unit_has_nothing_to_record():
    with pytest.raises(ValueError, match="one unit only"):
        record_messages(Team(Tree("RZA")), some_messages(2, 1))


def test_a_record_with_impossible_values_or_shapes_is_refused(record):
    raw = record.raw.copy()
    raw[0, 0, 0] = 7
    with pytest.raises(ValueError, match="raw holds values outside"):
        dataclasses.replace(record, raw=raw)
    with pytest.raises(ValueError, match="attention record: reward has shape"):
        dataclasses.replace(record, reward=record.reward[1:])


# Measures


def test_entropy_is_one_for_uniform_and_zero_for_a_single_sender():
    everybody = np.ones((2, 4), bool)
    uniform, single = np.full((4, 4), 0.25), np.eye(4)[[1, 1, 1, 1]]
    found = attention_entropy(np.stack([[uniform, single], [uniform, single]]), everybody)
    assert np.allclose(found, [[1, 0], [1, 0]])
    half = np.zeros((1, 1, 4, 4))
    half[..., :2, :2] = 0.5
    assert attention_entropy(half, np.array([[True, True, False, False]])) == pytest.approx(1)
    assert attention_entropy(half / 2 + 0.125, everybody[:1]) < 1
    assert np.isnan(attention_entropy(np.ones((1, 1, 1, 1)), np.ones((1, 1), bool))).all()


def test_change_is_the_share_of_attention_that_moved():
    still = np.full((1, 2, 2), 0.5)
    moved = np.array([[[1.0, 0.0], [0.5, 0.5]]])
    assert attention_change(np.stack([still, still, moved])).ravel().tolist() == [0, 0, 0.25]


def test_mixed_weights_follow_what_attention_passed_on():
    """One child pools all, and hears half of the other: three quarters are its own message."""
    attention = np.array([[[[0.5, 0.5], [0.0, 1.0]]]])
    assert weight_after_mixing(attention, np.array([[1.0, 0.0]])).tolist() == [[0.75, 0.25]]
    assert weight_after_mixing(np.zeros((1, 4, 2, 2)), np.array([[0.3, 0.7]])) == pytest.approx(
        np.array([[0.3, 0.7]])
    ), "without an encoder nothing is mixed"


def test_mixed_weights_of_a_record_sum_to_one_and_are_zero_for_a_lost_child(record):
    mixed = record.mixed_weights("headquarters")
    assert mixed.sum(axis=1) == pytest.approx(1, abs=5e-3)
    off = record.children("headquarters").index("OFF")
    assert mixed[:30, off].min() > 0 == mixed[30:, off].max()
    assert np.abs(mixed - record.pooling("headquarters")).max() > 0.01


def test_only_a_leafs_entries_have_names_of_the_range(record):
    assert record.entry_names("PAZ") == message_names()
    names = record.entry_names("headquarters")
    assert (
        len(set(names)) == 76 and names[1] == "latent 1" and not set(names) & set(message_names())
    )


# What if


def test_without_changes_nothing_changes(record):
    same = what_if(record, 12, "headquarters")
    assert same.message_change == 0 and not same.class_change.any() and not same.action_change.any()
    assert np.allclose(
        same.before.message, record.messages(12)[record.units.index("headquarters")], atol=2e-3
    )
    assert np.allclose(same.before.pooling, record.pooling("headquarters")[12], atol=1e-3)
    assert np.allclose(
        same.before.class_probabilities[-1], record.class_probabilities[12, -1], atol=1e-3
    )  # the root has no superior
    assert np.allclose(same.before.turn, record.turn[12], atol=1e-3)


@pytest.mark.parametrize(
    "config", [{}, {"unit": UnitConfig(command_from="shares")}, {"share": "unit"}]
)
def test_the_expectation_over_commands_is_that_of_the_policy_itself(config):
    """Played by hand: draw for the root, then for the groups, and average over all 8 x 8 draws of a
    leaf's line."""
    team = opinionated(THREE_LAYER, **config)
    made = record_messages(team, some_messages(3, 7))
    found, leaf = what_if(made, 2).before, made.leaves.index("PAZ")
    alive, exists = np.ones((1, 11), bool), made.exists > 0
    seen = observe_team(team, made.doctrine, raw=made.raw[[2]], exists=exists, alive=alive)
    messages, commands = team.up(seen.messages, alive).messages, torch.ones(1, 11, 8)

    def shares_of(unit):
        decided = all_probabilities(team, seen, messages, commands).detach()
        chances = decided[0, made.units.index(unit)].numpy()
        return np.bincount(ACTION_CLASS, chances, minlength=8)

    def commands_of(unit):  # the commands a unit may send now, each with its probability
        shares = shares_of(unit)
        if config.get("unit"):
            return [(1.0, torch.as_tensor(shares / shares.max(), dtype=torch.float32))]
        return [
            (share, one_hot_command(torch.tensor([c]), 0.3)[0]) for c, share in enumerate(shares)
        ]

    expected_shares, expected_actions = np.zeros(8), np.zeros(82)
    with torch.no_grad():
        for first, command in commands_of("commander"):
            commands[0, made.units.index("headquarters")] = command
            expected_shares += first * shares_of("headquarters")
            for second, order in commands_of("headquarters"):
                commands[0, leaf] = order
                expected_actions += (
                    first
                    * second
                    * all_probabilities(team, seen, messages, commands)[0, leaf].numpy()
                )
    assert np.allclose(
        found.class_probabilities[made.units.index("headquarters")], expected_shares, atol=1e-5
    )
    assert np.allclose(found.probabilities[leaf], expected_actions, atol=1e-5)


def test_a_dropped_message_is_as_if_the_child_were_not_there(record):
    found = what_if(record, 12, drop=["restricted"])
    team, heard = record.team, torch.as_tensor(found.before.child_messages[1:])[None]
    alone = team.unit_at(2, 0).aggregate(heard, torch.ones(1, 2, dtype=torch.bool))
    assert np.allclose(found.after.message, alone.message[0].detach(), atol=1e-5)
    assert found.after.pooling[0] == 0 and found.after.pooling.sum() == pytest.approx(1, abs=1e-5)
    assert found.before.pooling[0] > 0 and not found.after.attention[:, :, 0].any()
    assert np.allclose(found.after.attention[:, 1:].sum(axis=-1), 1, atol=1e-5)


def test_a_change_below_reaches_the_root_and_every_leaf(record):
    found = what_if(record, 12, "headquarters", drop=["PAZ"])
    assert found.message_change > 0.1
    moved = dict(zip(record.units, found.class_change, strict=True))
    assert min(moved[unit] for unit in record.commanders) > 1e-5 and not any(
        moved[leaf] for leaf in record.leaves
    )
    assert (found.action_change > 0).all()


def test_what_is_dropped_loses_its_turn_and_the_others_gain_it(record):
    episode = {name: getattr(record, name) for name in EPISODE_FIELDS}
    free = recompute(record.team, TeamEpisode(**{**episode, "doctrine": NONE}))
    found = what_if(free, 12, "headquarters", drop=["PAZ"])
    hq = [record.leaves.index(zone) for zone in ("ADM", "OFF", "PAZ")]
    weight = record.team.unit_at(1, 2).policy_function.config.doctrine_weight
    assert 0 < weight < 1 and found.after.turn[hq[2]] == 0 < found.before.turn[hq[2]]
    assert found.after.turn[hq].sum() == pytest.approx(1, abs=1e-5)


def test_a_copy_gets_the_weight_of_its_original_and_a_quiet_zone_says_the_phase_only(record):
    found = what_if(record, 12, "headquarters", add=["ADM", QUIET, "ADM"])
    assert found.children == ("ADM", "OFF", "PAZ", "copy of ADM", QUIET, "copy of ADM 2")
    assert found.after.pooling[3] == pytest.approx(found.after.pooling[0], abs=1e-6)
    said = found.after.child_messages
    assert said[4, 1:].max() == 0 and said[4, 0] == said[0, 0]
    assert not found.before.child_mask[3:].any() and found.before.pooling[3:].max() == 0
    assert found.after.attention.shape == (4, 6, 6)
    assert (
        what_if(record, 12, "headquarters", add=[QUIET], drop=["ADM", "OFF", "PAZ"]).after.pooling[
            3
        ]
        == 1
    )


def test_poison_changes_what_is_heard_and_not_what_the_zone_knows(record):
    found = what_if(
        record, 12, "headquarters", poison={"PAZ": {"host priority: server_host_1": 0.9, 28: 0.5}}
    )
    assert (
        found.after.child_messages[2, 61] == pytest.approx(0.9)
        and found.after.child_messages[2, 28] == 0.5
    )
    changed = np.argwhere(found.after.child_messages != found.before.child_messages)
    assert {tuple(c) for c in changed.tolist()} <= {(2, 61), (2, 28)} and len(changed)
    assert found.message_change > 0.01
    same = what_if(
        record, 12, "headquarters", poison={"PAZ": {61: float(found.before.child_messages[2, 61])}}
    )
    assert same.message_change == 0


def test_a_lie_of_a_zone_further_below_comes_up_through_its_commander(record):
    lie = {"PAZ": {"host priority: server_host_1": 0.9, 28: 0.5}}
    above = what_if(record, 12, "commander", poison=lie)
    at_home = what_if(record, 12, "headquarters", poison=lie)
    place = record.children("commander").index("headquarters")
    assert np.allclose(above.after.child_messages[place], at_home.after.message, atol=1e-6)
    others = [row for row in range(3) if row != place]
    same = above.after.child_messages[others] == above.before.child_messages[others]
    assert same.all() and above.message_change > 1e-3
    assert np.allclose(above.class_change, at_home.class_change, atol=1e-6)


@pytest.mark.parametrize(
    "wrong, says",
    [
        (dict(tick=500), "from 0 to 58"),
        (dict(unit="RZA"), "commands nobody"),
        (dict(drop=["OFF"]), "'commander' has no child 'OFF'"),
        (dict(add=["OFF"]), "no child 'OFF'"),
        (dict(poison={"copy of OFF": {}}), "no child 'copy of OFF'"),
        (dict(poison={"OFF": {"colour": 1}}), "no entry 'colour' in the message of OFF"),
        (dict(unit="restricted", poison={"OFF": {}}), "'restricted' has no child 'OFF'"),
        (dict(poison={"restricted": {"colour": 1}}), "no entry 'colour'"),
        (dict(poison={"restricted": {"this is zone PAZ": 1}}), "of restricted; .* 'latent 75'"),
        (dict(tick=2.5), "tick=2.5 is not a whole number"),
        (dict(poison={"restricted": {76: 1}}), "no entry 76"),
        (dict(poison={"restricted": {0: float("nan")}}), "=nan is not a finite number"),
    ],
)
def test_nonsense_is_refused(record, wrong, says):
    with pytest.raises(ValueError, match=says):
        what_if(record, **{"tick": 12, **wrong})


def test_influence_is_what_dropping_the_message_moves(record):
    for unit in ("commander", "headquarters"):
        number = record.units.index(unit)
        each = [
            what_if(record, 12, unit, drop=[child]).class_change[number]
            for child in record.children(unit)
        ]
        assert np.allclose(influence(record, 12, unit), each, atol=1e-5) and max(each) > 1e-3
    assert (
        influence(record, 40, "headquarters")[record.children("headquarters").index("OFF")] == 0
    )  # lost at 30


def test_influence_over_time_is_that_of_each_tick_in_a_few_passes(record, monkeypatch):
    passes = []
    up = Team.up
    monkeypatch.setattr(Team, "up", lambda *given: (passes.append(1), up(*given))[1])
    found = influence_over_time(record, "headquarters")
    assert len(passes) == 1, "as many passes as there are ticks"
    hq = record.units.index("headquarters")
    for tick in (0, 12, 29, 30, 58):  # OFF is lost at 30
        each = [
            what_if(record, tick, "headquarters", drop=[child]).class_change[hq]
            for child in record.children("headquarters")
        ]
        assert np.allclose(found[tick], each, atol=1e-5)
    some = influence_over_time(record, "headquarters", children=["PAZ"], ticks=[12, 40])
    assert np.allclose(some[:, 0], found[[12, 40], 2], atol=1e-6)
    with pytest.raises(ValueError, match="no child 'RZA'"):
        influence_over_time(record, "headquarters", children=["RZA"])


def test_a_silenced_commander_is_heard_by_nobody_and_commands_nobody(record):
    found = what_if(record, 12, "commander", silence="headquarters")
    place = record.children("commander").index("headquarters")
    assert not found.after.child_mask[place] and found.after.pooling[place] == 0
    leaf = record.leaves.index("PAZ")
    below = found.action_change[leaf]
    assert below > 0 and found.message_change > 0.01
    alone = what_if(record, 12, "headquarters", silence="headquarters")
    assert alone.action_change[leaf] == pytest.approx(below, abs=1e-6) and not alone.message_change
    with pytest.raises(ValueError, match="commands nobody"):
        what_if(record, 12, "commander", silence="PAZ")


def test_another_trainings_messages_are_heard(record):
    other = replay(record, opinionated(THREE_LAYER, seed=5), "other")
    found = what_if(record, 12, "commander", other=other)
    theirs = other.messages(12)[[record.units.index(c) for c in record.children("commander")]]
    assert np.allclose(found.after.child_messages, theirs, atol=1e-6) and found.message_change > 0
    leaves = what_if(record, 12, "headquarters", other=other)
    assert leaves.message_change < 1e-5, "what zones say is the range's"
    with pytest.raises(ValueError, match="another tree or length"):
        what_if(record, 1, other=record_messages(opinionated(TWO_LAYER), some_messages(5, 7)))


def test_weight_is_not_influence():
    """Equal weights, and yet one message of three moves the command most: a team that pools with a
    plain mean."""
    team = opinionated(THREE_LAYER)
    with torch.no_grad():
        for unit in team.units.values():
            unit.message_function.score.weight.zero_()
    made = record_messages(team, some_messages(5, 7))
    power = influence(made, 3, "headquarters")
    assert (
        np.allclose(made.pooling("headquarters")[3], 1 / 3, atol=1e-3)
        and power.max() > 1.2 * power.min()
    )


def test_a_replay_hears_the_same_and_thinks_otherwise(record):
    other = replay(record, opinionated(THREE_LAYER, seed=5), "other")
    assert (
        (other.raw == record.raw).all()
        and (other.commands == record.commands).all()
        and other.policy == "other"
    )
    assert np.abs(other.attention("commander") - record.attention("commander")).max() > 0.01
    with pytest.raises(ValueError, match="the trees differ"):
        replay(record, Team(TWO_LAYER))


def test_the_public_names_are_there():
    assert {
        "record_attention",
        "AttentionRecord",
        "weight_after_mixing",
        "what_if",
        "influence",
        "attention_entropy",
    } <= set(dir(hierarchy))
    assert hierarchy.what_if is what_if and len(ACTION_CLASSES) == 8
