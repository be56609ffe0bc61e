"""Making, keeping and reading the recorded runs of the lessons.

A run NAME has two files in `RUNS_FOLDER`: NAME.csv, the figures, one line for each row that its
function returned, with the seed in front; and NAME.json, what made them: configuration, seconds a
seed, versions, and the command. Both are written anew after each seed, so a stopped run goes on
with the next seed.
"""

import csv
import io
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.storage import read, read_text, write, write_atomically
from course_lib.training.runs import versions

RUNS_FOLDER = Path(__file__).resolve().parents[2] / "data" / "lesson_runs"
FORMAT, VERSION = "course_lib lesson run", 1

Row = dict[str, Any]
"""One line of figures: numbers and short texts by the name of their column."""


@dataclass(frozen=True)
class LessonRun:
    """One experiment that is run once for each seed."""

    make: Callable[[int], list[Row]]
    """From a seed to the rows of figures. Rows of one run share their columns."""
    seeds: int
    """Seeds 0 to ``seeds - 1`` are run."""
    question: str
    """What is asked, and the primary contrast: written before the first run."""
    minutes: float
    """About how long one seed takes on one core, in minutes."""
    config: dict[str, Any] = field(default_factory=dict)
    """Settings on which the figures depend, as JSON values. Figures made with other settings are
    not mixed with new ones."""


def episode_rows(episodes: range, about: Row, **columns: np.ndarray) -> list[Row]:
    """One row an episode: what all of them share, the episode's seed, and a number a column.

    Each column is (N,) for N episodes, in their order.
    """
    rows = []
    for number, episode in enumerate(episodes):
        row = {**about, "episode": episode}
        for name, values in columns.items():
            row[name] = float(values[number])
        rows.append(row)
    return rows


def record_run(
    name: str,
    run: LessonRun,
    folder: Path = RUNS_FOLDER,
    report: Callable[[str], None] = lambda line: None,
) -> None:
    """Run the seeds that are not recorded yet, one after the other, and keep each at once.

    Args:
        name: of the run and its files.
        run: what is run.
        folder: where the two files are kept.
        report: called with one line when a seed is done.

    Raises:
        ValueError: one line, if the folder holds the same name with another configuration, or a
            file that is something else.
    """
    done = recorded_seeds(name, run, folder)
    seconds = _recorded_seconds(name, folder) if done else {}
    rows = _read_rows(_csv_path(name, folder)) if done else []
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(run.seeds):
        if seed in done:
            continue
        started = time.perf_counter()
        made = run.make(seed)
        seconds[str(seed)] = round(time.perf_counter() - started, 1)
        rows += [{"seed": seed, **row} for row in made]
        write_atomically(_csv_path(name, folder), _as_csv(rows))
        write(_json_path(name, folder), FORMAT, VERSION, _provenance(name, run, seconds))
        report(f"{name} seed {seed}: {len(made)} rows in {seconds[str(seed)]:.0f} s")


def recorded_seeds(name: str, run: LessonRun, folder: Path = RUNS_FOLDER) -> list[int]:
    """Seeds of a run whose figures are kept, in order.

    Raises:
        ValueError: one line, if they were made with another configuration.
    """
    path = _json_path(name, folder)
    if not path.exists():
        return []
    content = read(path, FORMAT, VERSION)
    if content.get("config") != run.config:
        raise ValueError(
            f"{path} was made with another configuration; delete {name}.json and {name}.csv to run "
            "it anew"
        )
    return sorted(int(seed) for seed in _recorded_seconds(name, folder))


def read_run(name: str, folder: Path = RUNS_FOLDER) -> dict[str, np.ndarray]:
    """The figures of a recorded run.

    Returns:
        An array for each column, all of one length: float64 where every entry is a number or empty
        (empty is nan), else texts. The column ``seed`` is there always.

    Raises:
        ValueError: one line, if the run is not recorded or its file is something else.
    """
    rows = _read_rows(_csv_path(name, folder))
    columns = rows[0].keys()
    return {column: _as_array([row[column] for row in rows]) for column in columns}


def _provenance(name: str, run: LessonRun, seconds: dict[str, float]) -> dict[str, Any]:
    return {
        "question": run.question,
        "command": f"python -m course_lib bench lesson-runs {name}",
        "config": run.config,
        "seconds": seconds,
        "versions": versions(),
    }


def _recorded_seconds(name: str, folder: Path) -> dict[str, float]:
    """Seconds that each kept seed took, by the seed as text."""
    path = _json_path(name, folder)
    seconds = read(path, FORMAT, VERSION).get("seconds")
    if not isinstance(seconds, dict) or not all(seed.isdecimal() for seed in seconds):
        raise ValueError(f"{path} is damaged: its entry 'seconds' names no seeds")
    return seconds


def _read_rows(path: Path) -> list[dict[str, str]]:
    rows = list(csv.DictReader(io.StringIO(read_text(path))))
    complete = all(None not in row and None not in row.values() for row in rows)
    if not rows or "seed" not in rows[0] or not complete:
        raise ValueError(f"{path} is no recorded run: it needs a column 'seed' and full lines")
    return rows


def _as_csv(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _as_array(entries: list[str]) -> np.ndarray:
    try:
        return np.array([float(entry) if entry else math.nan for entry in entries])
    except ValueError:
        return np.array(entries)


def _csv_path(name: str, folder: Path) -> Path:
    return folder / f"{name}.csv"


def _json_path(name: str, folder: Path) -> Path:
    return folder / f"{name}.json"
