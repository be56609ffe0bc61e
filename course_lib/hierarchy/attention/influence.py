"""Influence through time: how far each child's message moves its commander's command, tick by tick.

Weight says how much a unit listens; influence leaves a message out and looks what that changes. All
ticks and all messages left out go through the team as one batch, for one at a time would take
longer than the episode itself.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from course_lib import validate

from ..team import Team
from ..team_observation import TeamObservation, observe_team
from .expected import expected
from .record import AttentionRecord

TOKENS = 32_768
"""Children's messages that are passed together; more would only need more memory."""


def influence(
    record: AttentionRecord,
    tick: int,
    unit: str | None = None,
) -> np.ndarray:
    """(N,) how much of a commander's class probabilities each child's message moves, 0 to 1.

    That is the total variation between its class probabilities with all messages and without that
    one; 0 for an absent child. Compare it with attention and pooling.
    """
    validate.instance("record", record, AttentionRecord, "record_attention makes one")
    check_tick(record, tick)
    return influence_over_time(record, unit, ticks=[tick])[0]


def influence_over_time(
    record: AttentionRecord,
    unit: str | None = None,
    children: Sequence[str] | None = None,
    ticks: Sequence[int] | None = None,
) -> np.ndarray:
    """(K, N) `influence` in many ticks at once.

    Args:
        record: of a team.
        unit: a commander; by default the root.
        children: N of its children; by default all, in the record's order.
        ticks: K ticks; by default all.

    Raises:
        ValueError: for an unknown unit, child or tick.
    """
    unit = record.units[-1] if unit is None else validate.word("unit", unit)
    known = record.children(unit)
    wanted = []
    for child in known if children is None else children:
        if child not in known:
            raise ValueError(f"{unit!r} has no child {child!r}; it has {', '.join(known)}")
        wanted.append(known.index(child))
    moments = np.arange(record.ticks) if ticks is None else np.asarray(ticks)
    for tick in moments:
        check_tick(record, tick)
    chunk = max(1, TOKENS // ((1 + len(wanted)) * len(known)))
    parts = [np.zeros((0, len(wanted)))]
    for start in range(0, len(moments), chunk):
        some = moments[start : start + chunk]
        parts.append(_moved(record, unit, wanted, some))
    return np.concatenate(parts)


def check_tick(record: AttentionRecord, tick: int | np.integer) -> None:
    """ValueError for a tick that the record does not have."""
    validate.whole_number("tick", tick, 0, record.ticks - 1)


def observed(
    record: AttentionRecord, ticks: np.ndarray, alive: np.ndarray | None = None
) -> TeamObservation:
    """What the zones showed in some ticks (R,); ``alive`` (R, U) in place of who was there."""
    return observe_team(
        record.team,
        record.doctrine,
        raw=record.raw[ticks],
        exists=record.exists.astype(bool),
        alive=record.alive[ticks].astype(bool) if alive is None else alive,
        notes=None if record.notes is None else record.notes[ticks],
    )


@torch.no_grad()
def _moved(
    record: AttentionRecord,
    unit: str,
    wanted: Sequence[int],
    ticks: np.ndarray,
) -> np.ndarray:
    """(R, N) total variation of the unit's class probabilities, in R ticks."""
    team, number = record.team, record.wiring.number(unit)
    observation = observed(record, ticks)
    up = team.up(observation.messages, observation.alive)
    variants = 1 + len(wanted)
    # Tick by tick: first with all messages, then without each of the wanted ones.
    rows = np.repeat(np.arange(len(ticks)), variants)
    repeated = _rows(observation, rows)
    messages = up.messages[torch.as_tensor(rows)]
    left_out = np.tile(np.array([-1, *wanted]), len(ticks))
    messages = _upward(team, number, messages, repeated.alive, left_out)
    superiors = set(record.wiring.path(number))
    chances, _ = expected(team, repeated, messages, only=superiors)
    own = chances[:, number].view(len(ticks), variants, -1)
    with_all, without_one = own[:, :1], own[:, 1:]
    moved = (without_one - with_all).abs().sum(dim=2) / 2  # total variation
    there = record.child_mask(unit)[ticks][:, wanted]
    return moved.numpy() * there


def _rows(observation: TeamObservation, rows: np.ndarray) -> TeamObservation:
    """The same observation with its rows repeated or chosen."""
    notes = observation.notes
    return replace(
        observation,
        raw=observation.raw[rows],
        messages=observation.messages[torch.as_tensor(rows)],
        alive=observation.alive[rows],
        allowed=observation.allowed[rows],
        doctrine=observation.doctrine[rows],
        rule=observation.rule[rows],
        own_ioc=observation.own_ioc[rows],
        ioc=observation.ioc[torch.as_tensor(rows)],
        notes=None if notes is None else notes[torch.as_tensor(rows)],
    )


def _upward(
    team: Team,
    number: int,
    messages: Tensor,
    alive: np.ndarray,
    left_out: np.ndarray,
) -> Tensor:
    """Messages (R, U, 76) with those on the way from a unit to the root computed anew.

    ``left_out`` (R,) is the place of the child whose message does not arrive, -1 for none.
    """
    withheld = np.flatnonzero(left_out >= 0)
    for step, member in enumerate(team.wiring.path(number)):
        level, place = team.wiring.position(member)
        everything, mask = team.children_of(level, messages, alive)
        child_mask = mask[:, place].clone()
        if step == 0:
            child_mask[withheld, left_out[withheld]] = False
        computed = team.unit_at(level, place).aggregate(everything[:, place], child_mask)
        messages[:, member] = computed.message
    return messages
