"""Measure the range or the hierarchy and print a report. Reports:

  speed        steps per second of the range, its memory and compile time, beside the simulator's
  fidelity     how like the public simulator the range is: scores, events and rates of several
               defenders on both
  hierarchy    units per second of a team, beside a loop over environments, and where time goes
  training     steps per second of training, and the limit that the networks set
  study        train every arm of the study of lesson 13b, and score each
  generalisation  the trained teams under conditions that they were not trained for
  recipes      train the strong and the taught teams of lessons 12 and 13, and score each
  lesson-runs  the recorded runs of the lessons: experiments too long for a notebook cell
  two-engines  trained teams on the range beside the same teams on the public simulator
  trainers     other people's trainers on the range: lines, speed, scores
  workers      steps per second of training with rollouts in Ray workers
  explorer     how quickly the message attention explorer answers, with 64 children
  recordings   episodes of the trained teams, from which lessons open at once
  notebooks    run every notebook once, and write the table of run times
  picture      draw the picture of the README anew

bench REPORT --help tells the options of a report and what it writes."""

from __future__ import annotations

import importlib
import json
import pathlib
import sys

from .. import parser

REPORTS = (
    "speed",
    "fidelity",
    "hierarchy",
    "training",
    "study",
    "recipes",
    "generalisation",
    "lesson-runs",
    "two-engines",
    "trainers",
    "workers",
    "explorer",
    "recordings",
    "notebooks",
    "picture",
)


def run(arguments: list[str]) -> int:
    """Run one report."""
    made = parser(__name__)
    made.add_argument("report", metavar="REPORT", help=", ".join(REPORTS))
    name = made.parse_args(arguments[:1]).report
    if name not in REPORTS:
        raise ValueError(f"there is no report {name!r}; the reports are: {', '.join(REPORTS)}")
    module = name.replace("-", "_")
    return importlib.import_module(f"course_lib.commands.bench.{module}").run(arguments[1:])


def progress(text: str) -> None:
    """Tell on standard error what is measured next."""
    print(f"measuring: {text}", file=sys.stderr)


def write(folder: str, name: str, text: str, figures: dict, of: str = "range") -> None:
    """Write a report into ``folder``: the text as ``name``.md and the figures behind it as
    ``name``.json."""
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{name}.md").write_text(
        f"# {name.capitalize()} of the {of}\n\n{text}", encoding="utf-8"
    )
    (target / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
