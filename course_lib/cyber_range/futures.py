"""Which future a forked copy of an episode meets.

A fork copies what has happened. What is still to come is chance, and there are three ways to deal
with it:

* ``"fresh"``: every copy has a stream of its own, so the copies are independent samples;
* ``"common"``: copy k meets future k whatever it came from. Two forks with the same seed, or two
  rows of one fork, see the same random numbers in copy k, so the difference of two actions can be
  measured pair by pair (*common random numbers*). Every tick starts its own stream: after two
  copies have parted, they still meet the same numbers at the begin of the next tick;
* ``"own"``: every copy goes on with the stream of the row it came from, as if nothing had happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_lib import validate

FUTURES = ("fresh", "common", "own")
MOST_COPIES = 10_000_000
# The constants of SplitMix64.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_A = np.uint64(0xBF58476D1CE4E5B9)
MIX_B = np.uint64(0x94D049BB133111EB)

Rows = int | Sequence[int] | np.ndarray
"""One row of a batch, or several."""


def mix(x: np.ndarray) -> np.ndarray:
    """One round of the SplitMix64 finaliser (Steele, Lea and Flood 2014), on uint64."""
    with np.errstate(over="ignore"):  # the products are meant to wrap
        x = x + GOLDEN
        x = _xor_shift(x, 30) * MIX_A
        x = _xor_shift(x, 27) * MIX_B
    return _xor_shift(x, 31)


def _xor_shift(x: np.ndarray, bits: int) -> np.ndarray:
    return x ^ (x >> np.uint64(bits))


@dataclass(frozen=True)
class Fork:
    """The copies of one fork, C = rows x copies: all of the first row, then all of the next."""

    rows: np.ndarray
    """(C,) row that each copy comes from."""
    copy: np.ndarray
    """(C,) number of each copy among those of its row."""
    futures: str
    """"fresh", "common" or "own"."""
    seed: int

    @property
    def size(self) -> int:
        """Number of copies C."""
        return len(self.rows)

    def streams(self, before: np.ndarray, purpose: int) -> np.ndarray:
        """(C,) uint64, the number that each copy's random numbers begin from; not for "own".

        Args:
            before: (C,) uint64, where the copies' generators stand now: two fresh forks of one seed
                share no future unless they start from the same moment of the same episode.
            purpose: whoever draws takes another number, so that no two share their chances.
        """
        seed = np.array([self.seed], np.uint64)
        base = mix(mix(seed) ^ np.uint64(purpose))
        copy = self.copy.astype(np.uint64)
        streams = mix(base ^ copy)
        if self.futures == "fresh":
            place = np.arange(self.size, dtype=np.uint64)
            streams = mix(streams ^ before)
            streams = mix(streams ^ place)
        return streams


def plan_fork(
    rows: Rows,
    copies: int,
    futures: str,
    seed: int,
    num_envs: int,
) -> Fork:
    """The arguments of a fork, checked.

    Args:
        rows: one row, or several, of 0 .. num_envs - 1; a row may come up more than once.
        copies: copies of each, at least 1.
        futures: "fresh", "common" or "own".
        seed: what the futures are drawn from.
        num_envs: rows that there are.

    Raises:
        ValueError: for nonsense, in one line.
    """
    wanted = [rows] if np.ndim(rows) == 0 else list(rows)  # type: ignore[arg-type]
    if not wanted:
        raise ValueError("rows is empty: name at least one row to fork")
    numbers = []
    for row in wanted:
        number = validate.whole_number("row", row, 0, num_envs - 1)
        numbers.append(number)
    copies = validate.whole_number("copies", copies, 1, MOST_COPIES)
    validate.choice("futures", futures, FUTURES)
    return Fork(
        rows=np.repeat(np.array(numbers), copies),
        copy=np.tile(np.arange(copies), len(numbers)),
        futures=futures,
        seed=validate.seed(seed),
    )


@dataclass(frozen=True)
class Course:
    """How the rows of a forked batch go on: E rows."""

    first_seeds: np.ndarray
    """(E,) uint64; the k-th next episode of a row has this seed + k * ``stride``."""
    stride: int
    ticks: np.ndarray | None = None
    """(E,) uint64, what every tick's stream is made of; None for one stream a row."""

    @classmethod
    def plain(cls, seed: int, num_envs: int, stride: int | None = None) -> "Course":
        """The course of a range that was not forked: row e begins with seed + e; by default the
        stride is ``num_envs``."""
        row = np.arange(num_envs, dtype=np.uint64)
        return cls(np.uint64(seed) + row, stride or num_envs)

    @classmethod
    def drawn(cls, plan: Fork, streams: np.ndarray) -> "Course":
        """That of fresh or common futures, from the (C,) numbers of `Fork.streams`."""
        first_seeds = streams >> np.uint64(2)  # far from the largest seed
        ticks = streams if plan.futures == "common" else None
        return cls(first_seeds, 1, ticks)

    def of(self, rows: np.ndarray) -> "Course":
        """The same course for copies (C,) of rows."""
        ticks = None if self.ticks is None else self.ticks[rows]
        first_seeds = self.first_seeds[rows]
        return Course(first_seeds, self.stride, ticks)

    def seeds(self, episode: np.ndarray) -> np.ndarray:
        """(E,) uint64 seeds of the episodes with these numbers (E,) uint64."""
        return self.first_seeds + episode * np.uint64(self.stride)

    def key(self, tick: np.ndarray) -> np.ndarray:
        """(E,) uint64 keys of the generators in these ticks (E,); for common futures alone."""
        assert self.ticks is not None
        number = tick.astype(np.uint64)
        return mix(self.ticks ^ mix(number))
