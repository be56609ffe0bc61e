"""A file of finished episodes, so that a long evaluation goes on after a stop.

The file is JSON, one line each: first what was evaluated (policy, engine, options and a fingerprint
of everything that decides a score), then one line an episode. Lines are only ever added. A last
line that a kill cut off is dropped; a file that is not ours is never touched.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import storage, validate

from ..engine.counters import STATISTICS
from .report import plain

FORMAT, VERSION = "course_lib evaluation episodes", 1
MAX_BYTES = 2_000_000_000
"""Largest file that is read: a million episodes."""
SIGNED = ("score", "phase_reward")
"""Statistics in points, zero or below; all others count something."""


class EpisodeLog:
    """Finished episodes by seed; kept in a file too, if one is named.

    Args:
        path: of the file, or None.
        question: what is evaluated, name -> value; an episode counts only for the same question.
        steps: nominal length of the episodes.

    Raises:
        ValueError: one line, for a file that is damaged or belongs to something else.
    """

    def __init__(
        self,
        path: str | Path | None,
        question: Mapping[str, Any],
        steps: int,
    ) -> None:
        self.done: dict[int, np.record] = {}
        self._path = None if path is None else Path(path)
        self._ticks = steps - 1
        header = {"format": FORMAT, "version": VERSION}
        self._header = header | {name: repr(value) for name, value in question.items()}
        if self._path is not None:
            self._open(self._path)

    def add(self, seed: int, statistics: np.record) -> None:
        """Keep one episode, in the file too."""
        self.done[seed] = statistics
        if self._path is not None:
            entry = {
                "seed": int(seed),
                "score": float(statistics["score"]),
                "statistics": to_table(statistics),
            }
            with self._path.open("a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps(entry) + "\n")

    def _open(self, path: Path) -> None:
        """Take up the episodes of the file, or begin it."""
        text = storage.read_text(path, MAX_BYTES) if path.exists() else ""
        *lines, cut_off = text.replace("\r\n", "\n").split("\n")
        if lines:
            self._read(lines, path)
        elif cut_off and not self._is_cut_off_header(cut_off):
            raise ValueError(
                f"{path} is not a file of finished episodes and was left as it is; "
                "name another file to resume from"
            )
        lines = lines or [json.dumps(self._header)]
        whole = "".join(line + "\n" for line in lines)
        # Only what a kill or another program left unfinished is written anew.
        if not path.exists() or path.read_bytes() != whole.encode():
            storage.write_atomically(path, whole)

    def _is_cut_off_header(self, text: str) -> bool:
        """Whether a kill may have stopped the writing of a first line here."""
        ours = json.dumps(self._header)
        beginning = json.dumps({"format": FORMAT, "version": VERSION}).removesuffix("}")
        return ours.startswith(text) or text.startswith(beginning)

    def _read(self, lines: list[str], path: Path) -> None:
        try:
            header = json.loads(lines[0])
            foreign = not isinstance(header, dict) or header.get("format") != FORMAT
        except (ValueError, RecursionError):
            foreign = True
        if foreign:
            raise ValueError(
                f"{path} is damaged or not a file of finished episodes, and was left as it is; "
                "name another file to resume from"
            )
        for name in [*self._header, *header]:
            found, wanted = header.get(name), self._header.get(name)
            if found != wanted:
                raise ValueError(_another(path, name, found, wanted))
        self.done = dict(read_episodes(lines[1:], str(path), self._ticks))


def _another(path: Path, name: str, found: object, wanted: object) -> str:
    """The message about a file of another evaluation."""
    if name == "fingerprint":
        return (
            f"{path} belongs to another policy of that name: its weights, doctrine, tree, options "
            "or code differ; name another file to resume from, or delete it"
        )
    difference = f"{name} is {validate.shown(found)}, wanted {validate.shown(wanted)}"
    return f"{path} belongs to another evaluation: {difference}"


def read_episodes(
    lines: Iterable[str], where: str, ticks: int | None = None
) -> list[tuple[int, np.record]]:
    """(seed, STATISTICS) of each line of a file of finished episodes, its header left out.

    Raises:
        ValueError: one line that names ``where``, if a line is damaged, or an episode impossible:
            a count below zero, points above it, or not ``ticks`` long.
    """
    episodes = []
    for line in lines:
        entry = storage.read_json(line, where)
        try:
            seed = validate.seed(entry["seed"])
            statistics = from_table(entry["statistics"])
        except (ValueError, KeyError, TypeError, IndexError, OverflowError):
            raise ValueError(f"{where} is damaged; delete it to start again") from None
        if ticks is not None and statistics["steps"] != ticks:
            raise ValueError(f"{where} is damaged: episode {seed} has not {ticks} ticks")
        episodes.append((seed, statistics))
    return episodes


def to_table(statistics: np.record) -> dict[str, Any]:
    """One STATISTICS record as a table of plain numbers and nested lists."""
    return {name: plain(np.asarray(statistics[name]).tolist()) for name in field_names()}


def from_table(table: Mapping[str, Any]) -> np.record:
    """The STATISTICS record that ``to_table`` wrote.

    KeyError if a field is missing, ValueError if it is misshapen or impossible.
    """
    record = np.zeros(1, STATISTICS)
    for name in field_names():
        field = STATISTICS[name]
        value = np.asarray(table[name])
        if value.shape != field.shape or value.dtype.kind not in "if":
            raise ValueError(f"{name} is misshapen")
        possible = value <= 0 if name in SIGNED else value >= 0
        if not (np.isfinite(value) & possible).all():
            raise ValueError(f"{name} is impossible")
        record[name][0] = value
        if not np.array_equal(record[name][0], value):
            raise ValueError(f"{name} is too large")
    return record[0]


def field_names() -> tuple[str, ...]:
    """Names of the counts of an episode."""
    return STATISTICS.names or ()
