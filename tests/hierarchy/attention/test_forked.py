"""A changed message is played on: both sides meet the same chances, only the message differs."""

import numpy as np
import pytest
import torch
from support.teams import opinionated, record_messages, some_messages

from course_lib.hierarchy import THREE_LAYER, HierarchicalDefender, MessageChanges, record_attention
from course_lib.hierarchy.attention.counterfactual import QUIET, what_if
from course_lib.hierarchy.attention.forked import _EditedTeam, score_what_if


@pytest.fixture(scope="module")
def record():
    losing = {12: lambda defender: defender.lose("OFF")}
    defender = HierarchicalDefender(opinionated(THREE_LAYER))
    return record_attention(defender, seed=3, steps=40, changes=losing)


@pytest.mark.parametrize(
    "changes",
    [
        dict(unit="headquarters", drop=("PAZ",)),
        dict(unit="headquarters", poison={"PAZ": {61: 0.9}, "copy of ADM": {3: 1.0}}, add=("ADM",)),
        dict(unit="commander", drop=("operational",), add=(QUIET,)),
        dict(unit="commander", poison={"PAZ": {61: 0.9}, "restricted": {3: 1.0}}),
        dict(unit="restricted", add=(QUIET, "RZA")),
    ],
)
def test_the_edited_team_hears_what_the_what_if_hears(record, changes):
    tick = 9
    edited = _EditedTeam(record.team, MessageChanges(**changes))
    leaves = torch.as_tensor(record.messages(tick)[None, : len(record.leaves)])
    with torch.no_grad():
        heard = edited.up(leaves, record.alive[[tick]] > 0).messages
    number = record.units.index(changes["unit"])
    expected = what_if(record, tick, **changes).after.message
    assert np.allclose(heard[0, number], expected, atol=1e-5)
    assert not np.allclose(expected, record.messages(tick)[number], atol=1e-3)


def test_no_change_makes_no_difference_and_silence_does(record):
    same = score_what_if(record, 9, MessageChanges("headquarters"), copies=4, ticks=20)
    assert same.ticks == 20 and (same.recorded == same.changed).all()
    assert len(set(same.recorded)) > 1, "the copies meet different futures"
    silent = score_what_if(record, 9, MessageChanges("headquarters", silence="headquarters"), 4, 20)
    assert (silent.recorded == same.recorded).all() and (silent.changed != same.recorded).any()
    assert silent.difference.low <= silent.difference.difference <= silent.difference.high


def test_the_past_is_played_as_recorded_also_where_a_unit_was_lost(record):
    late = score_what_if(
        record, 20, MessageChanges("headquarters", drop=("PAZ",)), copies=2, ticks=500
    )
    assert late.ticks == record.ticks - 20


def test_another_training_is_heard_where_its_messages_differ(record):
    other = opinionated(THREE_LAYER, seed=5)
    edited = _EditedTeam(record.team, MessageChanges("commander", other=other))
    leaves = torch.as_tensor(record.messages(9)[None, : len(record.leaves)])
    alive = record.alive[[9]] > 0
    with torch.no_grad():
        theirs = other.up(leaves, alive).messages[:, 7:10]
        own = record.team.up(leaves, alive).messages
        level, place = record.wiring.position(record.wiring.number("commander"))
        heard, _ = edited.children_of(level, own, alive)
    assert torch.allclose(heard[:, place], theirs, atol=1e-5)


def test_what_cannot_be_played_on_is_refused(record):
    with pytest.raises(ValueError, match="from tick 1 on"):
        score_what_if(record, 0, MessageChanges("headquarters"))
    elsewhere = record_messages(opinionated(THREE_LAYER), some_messages(5, 7))
    with pytest.raises(ValueError, match="not played on the range"):
        score_what_if(elsewhere, 2, MessageChanges("headquarters"))
    other = record_attention(HierarchicalDefender(record.team), seed=3, steps=40, red="discovery")
    with pytest.raises(ValueError, match="default options"):
        score_what_if(other, 30, MessageChanges("headquarters"))
