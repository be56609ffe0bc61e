"""Make the recorded runs of the lessons: experiments over several seeds that are too long for a
notebook cell.

A seed that is recorded is not run again, a stopped run goes on with the next seed. --list says what
there is, how long it takes and what is recorded. Writes NAME.csv and NAME.json into
course_lib/data/lesson_runs (--results), after each seed."""

from __future__ import annotations

import argparse
import pathlib

from .. import parser, venv


def run(arguments: list[str]) -> int:
    """Make the runs that were asked for, or list them."""
    options = parsed(arguments)
    venv.enter_if_ready(["bench", "lesson-runs", *arguments])
    from course_lib.experiments import lesson_runs
    from course_lib.experiments.lesson_runs.record import RUNS_FOLDER

    folder = options.results or RUNS_FOLDER
    names = options.names or list(lesson_runs.RUNS)
    for name in names:
        if name not in lesson_runs.RUNS:
            known = ", ".join(lesson_runs.RUNS)
            raise ValueError(f"there is no recorded run {name!r}; there are: {known}")
    if options.list:
        print("\n".join(described(name, folder) for name in names))
        return 0
    import torch

    torch.set_num_threads(1)
    for name in names:
        lesson_runs.record_run(name, lesson_runs.RUNS[name], folder, print)
    return 0


def described(name: str, folder: pathlib.Path) -> str:
    """One line about a run: its seeds, its minutes and its question."""
    from course_lib.experiments import lesson_runs

    run = lesson_runs.RUNS[name]
    done = len(lesson_runs.recorded_seeds(name, run, folder))
    return (
        f"{name}: {done} of {run.seeds} seeds recorded, {run.minutes:g} minutes each. "
        f"{run.question}"
    )


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of the report."""
    made = parser(__name__)
    made.prog = "python -m course_lib bench lesson-runs"
    made.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
    made.add_argument("--list", action="store_true", help="say what there is")
    made.add_argument(
        "--results", type=pathlib.Path, metavar="FOLDER", help="where results are kept"
    )
    return made.parse_args(arguments)
