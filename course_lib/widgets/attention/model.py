"""What the message attention explorer shows: a record and a few choices go in, numbers come out.

Nothing here draws. `look` gathers one tick of one commander; `words` says it in sentences.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from course_lib.hierarchy.attention.counterfactual import (
    QUIET,
    WhatIf,
    added_names,
    what_if,
)
from course_lib.hierarchy.attention.record import (
    EVENTS,
    AttentionRecord,
    attention_entropy,
    latent_names,
    weight_after_mixing,
)
from course_lib.hierarchy.spaces import message_names

from .over_time import influence_rows, influences, mixed_series, series

MEAN = "mean of heads"
NOTHING = "nothing"
RECORDED = "as recorded"
MOST_ADDED = 8
MOST_JUMPS = 10
"""Changes that are jumped to, the largest first, before it starts again."""
GROUPS = {
    "all host priorities": slice(60, 76),
    "all process events": slice(28, 44),
    "all connection events": slice(44, 60),
}
"""Entries of a leaf's message that can be poisoned together; besides them, each by its name."""
ALL_ENTRIES = "all 76 entries"
WEIGHT = "weight"
MIXED = "weight after mixing"
INFLUENCE = "influence"
ROWS = (WEIGHT, MIXED, INFLUENCE)
"""What the rows over time can show."""


OWN_EVENTS = "its zones"
"""Events of the zones below the selected unit stand out in the strip."""


@dataclass(frozen=True)
class Choices:
    """What the reader has chosen."""

    tick: int
    unit: str
    head: str = MEAN
    compare: str = NOTHING
    sender: str = ""
    receiver: str = ""
    value_entry: int = 0
    rows: str = WEIGHT
    events: str = OWN_EVENTS
    drop: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    poison: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    silence: str = ""
    theirs: bool = False

    @property
    def edited(self) -> bool:
        """Whether any message differs from the recorded ones."""
        return bool(self.drop or self.add or self.poison or self.silence or self.theirs)


@dataclass(frozen=True)
class Look:
    """One tick of one commander with N children, those added by the reader included."""

    children: tuple[str, ...]
    child_mask: np.ndarray
    """(N,) bool, which children are present, as shown."""
    head_names: tuple[str, ...]
    """What can be chosen: the mean, and each head."""
    by_head: np.ndarray
    """(1 + H, N, N) attention of the mean and of each head, or differences; receiver x sender."""
    weights: np.ndarray
    """(N, N) the chosen one of ``by_head``."""
    versus: str
    """What ``by_head`` was compared with; "" for plain weights."""
    entropy: np.ndarray
    """(H,) of every head, as shown; nan with fewer than two children."""
    pooling: np.ndarray
    """(N,) as shown."""
    mixed: np.ndarray
    """(N,) weight after mixing, as shown."""
    influence: np.ndarray
    """(recorded children,) how far each message moves the command."""
    changes: WhatIf
    """The tick before and after the reader's changes."""


def heads(record: AttentionRecord) -> tuple[str, ...]:
    """What the head can be chosen from."""
    return (MEAN, *(f"head {number + 1}" for number in range(record.heads)))


def comparisons(record: AttentionRecord, other: AttentionRecord | None) -> tuple[str, ...]:
    """What the shown attention can be compared with; another record by the name of its team."""
    beside = (other_name(other),) if other else ()
    return (NOTHING, *beside, *heads(record), RECORDED)


def other_name(other: AttentionRecord) -> str:
    """Name of the other team in the menu; never one that means something else there."""
    taken = other.policy in (NOTHING, RECORDED, MEAN) or other.policy.startswith("head ")
    return f"team {other.policy}" if taken else other.policy


def value_entries(record: AttentionRecord) -> int:
    """How many numbers one head makes of a message, and passes on to each receiver."""
    return record.inner.shape[-1] // record.heads


def of_head(attention: np.ndarray, head: str) -> np.ndarray:
    """(..., H, N, N) -> (..., N, N) of "head k" or of their mean."""
    if head == MEAN:
        return attention.mean(axis=-3)
    number = int(head.split()[1]) - 1
    return attention[..., number, :, :]


def look(record: AttentionRecord, choices: Choices, other: AttentionRecord | None = None) -> Look:
    """Everything to show of one tick."""
    changes = what_if(
        record,
        choices.tick,
        choices.unit,
        choices.drop,
        choices.add,
        choices.poison,
        choices.silence,
        other if choices.theirs else None,
    )
    return look_at(record, choices, changes, other)


def look_at(
    record: AttentionRecord,
    choices: Choices,
    changes: WhatIf,
    other: AttentionRecord | None = None,
) -> Look:
    """`look`, where it is known what the reader's changes do."""
    tick = choices.tick
    unit = choices.unit
    children = record.children(unit)
    recorded = series(record, unit).attention[tick].astype(np.float32)
    shown = recorded
    child_mask = record.child_mask(unit)[tick]
    pooling = record.pooling(unit)[tick]
    if choices.edited:
        children = changes.children
        child_mask = changes.after.child_mask
        pooling = changes.after.pooling
        shown = changes.after.attention
        recorded = _padded(recorded, len(children))
    names = heads(record)
    by_head = np.stack([of_head(shown, name) for name in names])  # (1 + H, N, N)
    versus = ""
    if choices.compare != NOTHING:
        versus = choices.compare
        by_head = by_head - _compared(record, choices, shown, recorded, other)
    return Look(
        children=children,
        child_mask=child_mask,
        head_names=names,
        by_head=by_head,
        weights=by_head[names.index(choices.head)],
        versus=versus,
        entropy=attention_entropy(shown, child_mask),
        pooling=pooling,
        mixed=weight_after_mixing(shown, pooling),
        influence=influences(record, tick, unit),
        changes=changes,
    )


def _compared(
    record: AttentionRecord,
    choices: Choices,
    shown: np.ndarray,
    recorded: np.ndarray,
    other: AttentionRecord | None,
) -> np.ndarray:
    """What is subtracted: (1 + H, N, N), or (1, N, N) where every head has the same beside it."""
    names = heads(record)
    if choices.compare in names:
        return of_head(shown, choices.compare)[None]
    beside = recorded
    if choices.compare != RECORDED:
        theirs = series(other, choices.unit).attention[choices.tick].astype(np.float32)
        beside = _padded(theirs, shown.shape[-1])
    return np.stack([of_head(beside, name) for name in names])


def _padded(attention: np.ndarray, size: int) -> np.ndarray:
    """(H, N, N) -> (H, size, size), with zeros for the children that were added."""
    more = size - attention.shape[-1]
    return np.pad(attention, ((0, 0), (0, more), (0, more)))


def rows_over_time(record: AttentionRecord, choices: Choices, shown: list[str]) -> np.ndarray:
    """(T, n) what the rows of these children show."""
    unit = choices.unit
    if choices.rows == INFLUENCE:
        return influence_rows(record, unit).of(shown)
    every = mixed_series(record, unit) if choices.rows == MIXED else record.pooling(unit)
    children = record.children(unit)
    return every[:, [children.index(child) for child in shown]]


def heaviest(record: AttentionRecord, choices: Choices) -> list[str]:
    """The unit's children, the one of which the rows show most in this tick first."""
    children = record.children(choices.unit)
    if choices.rows == INFLUENCE:
        weights = influences(record, choices.tick, choices.unit)
    elif choices.rows == MIXED:
        weights = mixed_series(record, choices.unit)[choices.tick]
    else:
        weights = record.pooling(choices.unit)[choices.tick]
    order = np.argsort(-weights, kind="stable")
    return [children[place] for place in order]


def change_of(record: AttentionRecord, choices: Choices) -> np.ndarray:
    """(T,) how much the chosen head's attention moved since the tick before."""
    head = heads(record).index(choices.head)
    return series(record, choices.unit).change[:, head]


def next_change(record: AttentionRecord, choices: Choices) -> int:
    """The tick with the largest change; from there the second largest, and so on round."""
    order = list(np.argsort(-change_of(record, choices), kind="stable")[:MOST_JUMPS])
    place = order.index(choices.tick) + 1 if choices.tick in order else 0
    return int(order[place % len(order)])


def watched_zones(record: AttentionRecord, choices: Choices) -> np.ndarray:
    """(L,) bool, whose events stand out: one zone's, or those below the selected unit."""
    if choices.events in record.leaves:
        return np.array([leaf == choices.events for leaf in record.leaves])
    unit = choices.sender if choices.sender in record.units else choices.unit
    below = leaves_below(record, unit)
    return np.array([leaf in below for leaf in record.leaves])


def next_event(record: AttentionRecord, choices: Choices, kind: str) -> int:
    """The next tick with an event of that kind in a watched zone, after the last one the first;
    else the same tick.

    An alert is what defenders see, and may be false. An exploit is what attackers did, seen or not.
    """
    events = record.events[:, watched_zones(record, choices), EVENTS.index(kind)]
    ticks = np.flatnonzero(events.any(axis=1))
    if not len(ticks):
        return choices.tick
    later = ticks[ticks > choices.tick]
    return int(later[0] if len(later) else ticks[0])


def entry_names(record: AttentionRecord, choices: Choices, child: str) -> tuple[str, ...]:
    """Names of the 76 entries of a child's message, also of one that the reader added.

    Those of a fused message are "latent": after phi the names of the range no longer hold.
    """
    if child in labels(choices):
        original = choices.add[labels(choices).index(child)]
        child = record.leaves[0] if original == QUIET else original
    return record.entry_names(child)


def is_latent(names: tuple[str, ...]) -> bool:
    """Whether a message with these entry names has been fused by a commander."""
    return names[0].startswith("latent")


def source_names(record: AttentionRecord, unit: str) -> tuple[str, ...]:
    """What the 76 entries are called in the messages of a commander's children, where alike."""
    kinds = {record.entry_names(child) for child in record.children(unit)}
    return kinds.pop() if len(kinds) == 1 else latent_names()


def leaves_below(record: AttentionRecord, unit: str) -> tuple[str, ...]:
    """The zones whose messages are in a unit's message: itself, or those below a commander."""
    return tuple(leaf.name for leaf in record.tree.find(unit).leaves)


def poison_zones(record: AttentionRecord, choices: Choices) -> tuple[str, ...]:
    """Whose message can be poisoned: a zone's, for only there the entries have names.

    Below a commander that is one of its zones; of an added zone it is the copy.
    """
    original = choices.sender
    if original in labels(choices):
        original = choices.add[labels(choices).index(original)]
    if original == QUIET or original in record.leaves:
        return (choices.sender,)
    return leaves_below(record, original)


def poison_entries() -> tuple[str, ...]:
    """What can be poisoned in a zone's message: groups of entries, and each by its name."""
    return (*GROUPS, ALL_ENTRIES, *message_names())


def poisoned(choices: Choices, zone: str, entry: str, value: float) -> Mapping[str, Mapping]:
    """The reader's poison, with an entry or group of a zone's message set to a value."""
    names = message_names()
    numbers = range(len(names))
    if entry in GROUPS:
        numbers = numbers[GROUPS[entry]]
    elif entry != ALL_ENTRIES:
        place = names.index(entry)
        numbers = range(place, place + 1)
    mine = dict(choices.poison.get(zone, {}))
    mine.update(dict.fromkeys(numbers, float(value)))
    return {**choices.poison, zone: mine}


def to_silence(record: AttentionRecord, choices: Choices) -> str:
    """The commander that can be silenced: the selected one, else the one that listens."""
    return choices.sender if choices.sender in record.commanders else choices.unit


def labels(choices: Choices) -> tuple[str, ...]:
    """Names under which the added children appear."""
    return tuple(added_names(choices.add))


def additions(record: AttentionRecord, choices: Choices, name: str) -> tuple[str, ...]:
    """The reader's added children with one more: `QUIET`, or a copy of a child; at most eight."""
    known = name == QUIET or name in record.children(choices.unit)
    return (*choices.add, name)[:MOST_ADDED] if known else choices.add


def moved_command(record: AttentionRecord, choices: Choices, seen: Look) -> float:
    """How far the reader's changes moved the unit's command shares, 0 to 1."""
    return float(seen.changes.class_change[record.units.index(choices.unit)])
