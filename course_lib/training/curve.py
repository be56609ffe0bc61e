"""The learning curve of a run as CSV, one line an iteration."""

import csv
import io
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from course_lib import storage, validate
from course_lib.storage import write_atomically

from .strong_record import StrongRecord
from .train_record import TrainRecord

COLUMNS = ("steps", "score")
"""Columns that every curve has."""


class Curve:
    """A curve that is written anew, whole, after each iteration.

    Args:
        path: of the file.
        done: iterations that a checkpoint has; their lines are kept, later ones are dropped.

    Raises:
        ValueError: if the file lacks one of those lines, or is something else than a curve.
    """

    def __init__(self, path: Path, done: int):
        self._path = path
        self._started = time.perf_counter()
        self._rows = _read_rows(path)[:done]
        if len(self._rows) < done or not all(row.get("wall_seconds") for row in self._rows):
            raise ValueError(
                f"{path} lacks some of the {done} iterations done; put it back, or take another "
                "folder"
            )
        self._before = float(self._rows[-1]["wall_seconds"]) if self._rows else 0.0
        self._write()

    def add(self, record: TrainRecord | StrongRecord) -> None:
        """Append one iteration."""
        seconds = self._before + time.perf_counter() - self._started
        self._rows.append({**_row(record), "wall_seconds": round(seconds, 1)})
        self._write()

    def _write(self) -> None:
        # Names in the order of their first appearance: a group may decide late for the first time.
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self._rows)
        write_atomically(self._path, text.getvalue())


def read_curve(path: str | Path) -> dict[str, np.ndarray]:
    """Columns of a curve.csv as float arrays; empty entries are nan.

    Raises:
        ValueError: for a file that is none.
    """
    file = storage.path_of(path)
    rows = _read_rows(file) if file.is_file() else []
    path = validate.printable(str(path))
    if not rows:
        raise ValueError(f"{path} is no learning curve")
    try:
        columns = {}
        for name in rows[0]:
            columns[name] = np.array([float(row[name] or "nan") for row in rows])
        return columns
    except (TypeError, ValueError):
        raise ValueError(
            f"{path} is no learning curve: it holds something else than numbers"
        ) from None


def _read_rows(path: Path) -> list[dict]:
    """The lines of a curve; none if there is no file, or an empty one."""
    if not path.exists() or not path.stat().st_size:
        return []
    try:
        reader = csv.DictReader(io.StringIO(storage.read_text(path), newline=""))
        rows = list(reader)
    except (csv.Error, ValueError):
        rows, reader = [], None
    empty = reader is not None and not rows and not "".join(reader.fieldnames or ())
    if not empty and (reader is None or not set(COLUMNS) <= set(reader.fieldnames or ())):
        raise ValueError(
            f"{path} is no learning curve, or it is damaged; move it away, or take another folder"
        )
    return rows


def _row(record: TrainRecord | StrongRecord) -> dict[str, float | str]:
    several = len(record.scores) > 1
    row: dict[str, float | str] = {
        "iteration": record.iteration,
        "steps": record.steps,
        "episodes": len(record.scores),
        "score": _rounded(record.score),
        "score_std": _rounded(float(np.std(record.scores, ddof=1))) if several else "",
        "decisions": record.decisions,
    }
    row |= {f"reward {name}": _rounded(value) for name, value in record.terms.items()}
    row |= {f"seconds {name}": round(value, 2) for name, value in record.seconds.items()}
    for group, diagnostics in record.groups.items():
        for name, value in asdict(diagnostics).items():
            row[f"{group}: {name}"] = _rounded(value)
    return row


def _rounded(value: float) -> float | str:
    """Five digits; an empty entry for nan."""
    return "" if np.isnan(value) else float(f"{value:.5g}")
