"""Grade a class: the defender of every reader on hidden episodes.

FOLDER holds a saved policy for each reader: anna.pt, or the only .pt or .json in anna/. The
episodes and one surprise (another attacker, larger zones, more phishing) come from a secret PHRASE:
the same phrase gives the same grades, so a grade can be checked. 0 points are a team that sleeps,
100 the scripted expert. A policy that cannot be played is listed with the reason, and the others go
on.

The brief for readers, the rubric and the reflection sheet: exercises/final-project.md.

Prints the table of the class; writes nothing but the CSV file named with --csv."""

from __future__ import annotations

import argparse
import csv
import io
import pathlib
from typing import TYPE_CHECKING

from . import natural, parser, venv

if TYPE_CHECKING:
    from course_lib.experiments.grading import Grade

COLUMNS = ("reader", "points", "low", "high", "official", "surprise", "problem")


def run(arguments: list[str]) -> int:
    """Grade and print."""
    options = parsed(arguments)
    venv.enter_if_ready(["grade", *arguments])
    import torch
    from tqdm import tqdm

    from course_lib.experiments import grading
    from course_lib.storage import write_atomically

    torch.set_num_threads(1)
    test = grading.hidden_test(options.phrase, options.episodes)
    readers = grading.submissions(options.folder)
    if options.csv is not None and options.csv.exists() and not is_ours(options.csv):
        raise ValueError(f"{options.csv} is something else: name a new file")
    found = list(tqdm(grading.grades(readers, test), total=len(readers), disable=None))
    print(table(found, test.surprise))
    if options.csv is not None:
        write_atomically(options.csv, as_csv(found, test.surprise))
    return 0


def table(found: list[Grade], surprise: str) -> str:
    """Markdown, best first."""
    from course_lib import markdown

    rows = []
    for grade in sorted(found, key=lambda one: (bool(one.problem), -one.points)):
        if grade.problem:
            rows.append([grade.reader, "none", grade.problem, ""])
            continue
        interval = f"{grade.points:.0f} ({grade.low:.0f} to {grade.high:.0f})"
        means = [f"{grade.means[world]:.0f}" for world in ("official", surprise)]
        rows.append([grade.reader, interval, *means])
    return "\n".join(markdown.table(["reader", "points", "official", surprise], rows))


def as_csv(found: list[Grade], surprise: str) -> str:
    """The same for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for grade in found:
        numbers = [grade.points, grade.low, grade.high]
        numbers += [grade.means.get(world, float("nan")) for world in ("official", surprise)]
        shown = ["" if number != number else f"{number:.1f}" for number in numbers]
        writer.writerow([grade.reader, *shown, grade.problem])
    return text.getvalue()


def is_ours(path: pathlib.Path) -> bool:
    """Whether a file is a table of grades, which may be replaced."""
    first = path.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]
    return first == ",".join(COLUMNS)


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``grade``."""
    options = parser(__name__)
    add = options.add_argument
    add("folder", type=pathlib.Path, metavar="FOLDER", help="a policy file for each reader")
    add("--phrase", required=True, help="secret, at least 8 characters")
    add("--episodes", type=natural, default=50, metavar="N", help="in each world (default: 50)")
    add("--csv", type=pathlib.Path, metavar="FILE", help="write the table there as well")
    return options.parse_args(arguments)
