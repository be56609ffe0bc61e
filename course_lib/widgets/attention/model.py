"""What the message attention explorer shows: a record and a few choices go in, numbers with names
come out.

Nothing here draws. `look` gathers one tick of one commander, `summary` says it in words,
`tasks_done` tells which small tasks are fulfilled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from course_lib.hierarchy.attention.counterfactual import (
    QUIET,
    WhatIf,
    added_names,
    influence,
    what_if,
)
from course_lib.hierarchy.attention.record import (
    EVENTS,
    AttentionRecord,
    attention_change,
    attention_entropy,
)
from course_lib.hierarchy.spaces import ACTION_CLASSES

UNIFORM = 0.98
"""From this entropy on, attention is called nearly uniform."""
MEAN, NOTHING, RECORDED, OTHER = "mean of heads", "nothing", "as recorded", "the other team"
GROUPS = {
    "all host priorities": slice(60, 76),
    "all process events": slice(28, 44),
    "all connection events": slice(44, 60),
}
"""Entries of a leaf's message that can be poisoned together; besides them, each by its name."""
ALL_ENTRIES = "all 76 entries"
TASKS = {
    "jump": "Go to the tick in which this unit's attention changes most.",
    "drop": "Drop a message, and check that each row that is left still sums to 1.",
    "influence": "Select the message with the largest influence on the command. Has it the largest weight, too?",
    "poison": "Poison one message so that the command moves further than if that message were dropped.",
    "heads": "Compare two heads.",
}


@dataclass(frozen=True)
class Choices:
    """What the reader has chosen."""

    tick: int
    unit: str
    head: str = MEAN
    compare: str = NOTHING
    sender: str = ""
    drop: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    poison: Mapping[str, Mapping[int, float]] = field(default_factory=dict)

    @property
    def edited(self) -> bool:
        """Whether any message differs from the recorded ones."""
        return bool(self.drop or self.add or self.poison)


@dataclass(frozen=True)
class Look:
    """One tick of one commander with N children, those added by the reader included."""

    children: tuple[str, ...]
    child_mask: np.ndarray
    """(N,) bool which children are present, as shown."""
    weights: np.ndarray
    """(N, N) attention of the chosen head, or a difference; receiver x sender."""
    versus: str
    """What ``weights`` was compared with; "" for plain weights."""
    entropy: np.ndarray
    """(H,) of every head, as shown; nan with fewer than two children."""
    pooling: np.ndarray
    """(N,) as shown."""
    influence: np.ndarray
    """(recorded children,) how far each message moves the command."""
    changes: WhatIf
    """The tick before and after the reader's changes."""


def heads(record: AttentionRecord) -> tuple[str, ...]:
    """What the head can be chosen from."""
    return (MEAN, *(f"head {h + 1}" for h in range(record.heads)))


def comparisons(record: AttentionRecord, other: AttentionRecord | None) -> tuple[str, ...]:
    """What the shown attention can be compared with."""
    return (NOTHING, *heads(record), RECORDED, *([OTHER] if other else []))


def of_head(attention: np.ndarray, head: str) -> np.ndarray:
    """(..., H, N, N) -> (..., N, N) of "head k" or of their mean."""
    return (
        attention.mean(axis=-3) if head == MEAN else attention[..., int(head.split()[1]) - 1, :, :]
    )


def look(record: AttentionRecord, choices: Choices, other: AttentionRecord | None = None) -> Look:
    """Everything to show of one tick."""
    tick, unit, children = choices.tick, choices.unit, record.children(choices.unit)
    recorded = series(record, unit)[0][tick].astype(np.float32)
    child_mask, pooling = record.child_mask(unit)[tick], record.pooling(unit)[tick]
    shown = recorded
    changes = what_if(record, tick, unit, choices.drop, choices.add, choices.poison)
    if choices.edited:
        children, after = changes.children, changes.after
        child_mask, pooling = after.child_mask, after.pooling
        shown, recorded = after.attention, _padded(recorded, len(children))
    weights, versus = of_head(shown, choices.head), ""
    if choices.compare != NOTHING:
        weights, versus = weights - _compared(choices, shown, recorded, other), choices.compare
    return Look(
        children=children,
        child_mask=child_mask,
        weights=weights,
        versus=versus,
        entropy=attention_entropy(shown, child_mask),
        pooling=pooling,
        influence=influences(record, tick, unit),
        changes=changes,
    )


def _compared(
    choices: Choices, shown: np.ndarray, recorded: np.ndarray, other: AttentionRecord | None
) -> np.ndarray:
    if choices.compare == RECORDED:
        return of_head(recorded, choices.head)
    if choices.compare == OTHER:
        theirs = series(other, choices.unit)[0][choices.tick].astype(np.float32)
        return of_head(_padded(theirs, shown.shape[-1]), choices.head)
    return of_head(shown, choices.compare)


def _padded(attention: np.ndarray, size: int) -> np.ndarray:
    more = size - attention.shape[-1]
    return np.pad(attention, ((0, 0), (0, more), (0, more)))


@lru_cache(maxsize=8)
def series(record: AttentionRecord, unit: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Through the whole record: attention (T, H, N, N), its entropy (T, H), and its change since
    the tick before (T, 1 + H), that of the mean of heads first.
    """
    attention = record.attention(unit)
    change, entropy = (
        attention_change(attention),
        attention_entropy(attention, record.child_mask(unit)),
    )
    mean = attention_change(attention.mean(axis=1, keepdims=True))
    return attention.astype(np.float16), entropy, np.concatenate([mean, change], axis=1)


@lru_cache(maxsize=64)
def influences(record: AttentionRecord, tick: int, unit: str) -> np.ndarray:
    """`influence`, remembered."""
    return influence(record, tick, unit)


def change_of(record: AttentionRecord, choices: Choices) -> np.ndarray:
    """(T,) how much the chosen head's attention moved since the tick before."""
    return series(record, choices.unit)[2][:, heads(record).index(choices.head)]


def next_change(record: AttentionRecord, choices: Choices) -> int:
    """The tick with the largest change; from there the second largest, and so on, then the largest
    again."""
    order = list(np.argsort(-change_of(record, choices), kind="stable")[:10])
    place = order.index(choices.tick) + 1 if choices.tick in order else 0
    return int(order[place % len(order)])


def entry_names(record: AttentionRecord, choices: Choices, child: str) -> tuple[str, ...]:
    """Names of the 76 entries of a child's message, also of one that the reader added.

    Those of a fused message are "latent": after phi the names of the range no longer hold.
    """
    if child in labels(choices):
        original = choices.add[labels(choices).index(child)]
        child = record.leaves[0] if original == QUIET else original
    return record.entry_names(child)


def poison_entries(record: AttentionRecord, choices: Choices) -> tuple[str, ...]:
    """What can be poisoned in the selected message: groups of entries, and each by its name."""
    names = entry_names(record, choices, choices.sender)
    groups = () if names[0].startswith("latent") else tuple(GROUPS)
    return (*groups, ALL_ENTRIES, *names)


def poisoned(
    record: AttentionRecord, choices: Choices, entry: str, value: float
) -> dict[str, dict[int, float]]:
    """The reader's poison with one more entry, or group of entries, of the selected message set to
    a value."""
    if entry == ALL_ENTRIES:
        numbers = range(76)
    elif entry in GROUPS:
        numbers = range(76)[GROUPS[entry]]
    else:
        place = entry_names(record, choices, choices.sender).index(entry)
        numbers = range(place, place + 1)
    mine = {**choices.poison.get(choices.sender, {}), **dict.fromkeys(numbers, float(value))}
    return {**choices.poison, choices.sender: mine}


def labels(choices: Choices) -> tuple[str, ...]:
    """Names under which the added children appear."""
    return tuple(added_names(choices.add))


def hover(record: AttentionRecord, choices: Choices, seen: Look) -> list[str]:
    """For each child what it says, in words, for a tooltip: the entries that are not zero, by
    name."""
    spoken = []
    for child, message in zip(seen.children, seen.changes.after.child_messages, strict=True):
        spoken.append(_spoken(entry_names(record, choices, child), message))
    return spoken


def _spoken(names: tuple[str, ...], message: np.ndarray) -> str:
    listed = [f"{name} {v:.2f}" for name, v in zip(names, message, strict=True) if abs(v) > 5e-3]
    rest = len(listed) - 10
    return (
        "says: "
        + ("; ".join(listed[:10]) or "nothing")
        + (f"; and {rest} more" if rest > 0 else "")
    )


def additions(record: AttentionRecord, choices: Choices, name: str) -> tuple[str, ...]:
    """The reader's added children with one more: `QUIET`, or a copy of a child; at most eight."""
    known = name == QUIET or name in record.children(choices.unit)
    return (*choices.add, name)[:8] if known else choices.add


def tasks_done(record: AttentionRecord, choices: Choices, seen: Look, moved: str) -> set[str]:
    """The tasks that the reader has just fulfilled by changing ``moved``, the name of a choice."""
    done = set()
    if moved == "tick" and choices.tick == int(change_of(record, choices).argmax()):
        done.add("jump")
    if (
        moved == "compare"
        and choices.compare.startswith("head")
        and choices.compare != choices.head != MEAN
    ):
        done.add("heads")
    if moved == "drop" and choices.drop and seen.child_mask.any():
        done.add("drop")
    if len(seen.influence) > 1:
        place = seen.children.index(choices.sender)
        most = place < len(seen.influence) and seen.influence[place] == seen.influence.max() > 0
        done |= {"influence"} if moved == "sender" and most else set()
        alone = not choices.drop and not choices.add and list(choices.poison) == [choices.sender]
        further = alone and moved_command(record, choices, seen) > seen.influence[place]
        done |= {"poison"} if moved == "poison" and further else set()
    return done


def moved_command(record: AttentionRecord, choices: Choices, seen: Look) -> float:
    """How far the reader's changes moved the unit's command shares, 0 to 1."""
    return float(seen.changes.class_change[record.units.index(choices.unit)])


def just_happened(record: AttentionRecord, tick: int) -> str:
    """The events before this decision, in words."""
    counts = record.events[tick]
    parts = []
    for kind, name in enumerate(EVENTS):
        zones = [
            f"{record.leaves[z]}{f' ×{n}' if n > 1 else ''}"
            for z, n in enumerate(counts[:, kind])
            if n
        ]
        parts += [f"{name} {', '.join(zones)}"] if zones else []
    return "; ".join(parts) or "nothing"


def summary(record: AttentionRecord, choices: Choices, seen: Look) -> str:
    """What is shown, in a few sentences."""
    there = int(seen.child_mask.sum())
    told = f"Tick {choices.tick} of {record.ticks - 1}. {choices.unit} hears {there} of {len(seen.children)} children. "
    told += f"{entropy_words(seen, there)} "
    if there:
        most = int(seen.pooling.argmax())
        told += (
            f"Largest weight in its fused message: {seen.children[most]} {seen.pooling[most]:.2f}. "
        )
    return told + f"Just before: {just_happened(record, choices.tick)}."


def entropy_words(seen: Look, there: int) -> str:
    """Entropy of each head, and plainly whether the heads choose at all."""
    if there < 2:
        return "With fewer than two messages there is nothing to choose."
    if not np.nansum(seen.entropy) and seen.versus == "" and not seen.weights.any():
        return "This team's message function has no attention."
    listed = ", ".join(f"{value:.2f}" for value in seen.entropy)
    lowest = float(seen.entropy.min())
    if lowest >= UNIFORM:
        return f"Entropy per head {listed} of 1: attention is nearly uniform, no head prefers any message."
    sharp = int(seen.entropy.argmin()) + 1
    return f"Entropy per head {listed} of 1 (1 = listens to all alike): head {sharp} chooses most."


def class_words(shares: np.ndarray) -> str:
    """The class that a commander would most probably draw."""
    return f"{ACTION_CLASSES[int(shares.argmax())]} {percent(shares.max())}"


def percent(share: float) -> str:
    """A share as percent with two or three digits, small ones too: 0.0000123 -> "0.0012 %"."""
    value = 100 * float(share)
    if abs(value) < 1e-6:
        return "0 %"
    return (
        f"{value:.0f} %"
        if abs(value) >= 99.5
        else f"{value:.{max(0, 1 - int(np.floor(np.log10(abs(value)))))}f} %"
    )
