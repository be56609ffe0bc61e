"""A commander through the whole record: what the rows over time are made of, each asked once."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from course_lib.hierarchy.attention.influence import influence, influence_over_time
from course_lib.hierarchy.attention.provenance import ComesFrom, comes_from
from course_lib.hierarchy.attention.record import (
    AttentionRecord,
    attention_change,
    attention_entropy,
)

MOST_ROWS = 8
"""Children with a row of their own."""
ROW_MESSAGES = 12_000
"""Messages that go through phi, about, where eight new rows of influence are asked at once."""


@dataclass(frozen=True)
class Series:
    """One commander through the whole record."""

    attention: np.ndarray
    """(T, H, N, N) 16-bit floats."""
    entropy: np.ndarray
    """(T, H)."""
    change: np.ndarray
    """(T, 1 + H) since the tick before: of the mean of heads first, then of each."""


@lru_cache(maxsize=8)
def series(record: AttentionRecord, unit: str) -> Series:
    """A commander's `Series`, remembered."""
    attention = record.attention(unit)
    of_each = attention_change(attention)
    of_mean = attention_change(attention.mean(axis=1, keepdims=True))
    return Series(
        attention=attention.astype(np.float16),
        entropy=attention_entropy(attention, record.child_mask(unit)),
        change=np.concatenate([of_mean, of_each], axis=1),
    )


@lru_cache(maxsize=64)
def influences(record: AttentionRecord, tick: int, unit: str) -> np.ndarray:
    """`influence`, remembered."""
    return influence(record, tick, unit)


class InfluenceRows:
    """Influence of a unit's children through the record, asked child by child as rows are shown.

    Where many children speak in many ticks, every few ticks are asked and hold until the next.
    """

    def __init__(self, record: AttentionRecord, unit: str) -> None:
        self.record = record
        self.unit = unit
        self.known: dict[str, np.ndarray] = {}

    def of(self, children: list[str]) -> np.ndarray:
        """(T, n) of some children; those not asked before go through the team together."""
        missing = [child for child in children if child not in self.known]
        if missing:
            stride = influence_stride(self.record, self.unit)
            asked = list(range(0, self.record.ticks, stride))
            found = influence_over_time(self.record, self.unit, missing, asked)
            held = np.repeat(found, stride, axis=0)[: self.record.ticks]
            self.known.update(zip(missing, held.T, strict=True))
        return np.stack([self.known[child] for child in children], axis=1)


@lru_cache(maxsize=8)
def influence_rows(record: AttentionRecord, unit: str) -> InfluenceRows:
    """A commander's `InfluenceRows`, remembered."""
    return InfluenceRows(record, unit)


@lru_cache(maxsize=8)
def sources(record: AttentionRecord, unit: str) -> ComesFrom:
    """`comes_from`, remembered."""
    return comes_from(record, unit)


@lru_cache(maxsize=8)
def mixed_series(record: AttentionRecord, unit: str) -> np.ndarray:
    """(T, N) weights after mixing through the whole record, remembered."""
    return record.mixed_weights(unit)


def influence_stride(record: AttentionRecord, unit: str) -> int:
    """Ticks from one that is asked for its influence to the next; 1 for a team as the course's.

    Up to eight children all have a row, and are asked once. Of more, others come with each tick.
    """
    children = len(record.children(unit))
    if children <= MOST_ROWS:
        return 1
    messages = record.ticks * children * (1 + MOST_ROWS)  # with all, and without each of the rows
    return 1 + messages // ROW_MESSAGES
