"""Run every notebook of the course once, one after the other, in a kernel of its own, and measure
how long each takes. The notebooks themselves are not changed.

Writes the table of run times in course_lib/data/reports/run-times.md, between its two marks; with
numbers of lessons, only their rows. Ends with status 1 where a notebook takes more than one and a
half times its budget."""

from __future__ import annotations

import pathlib
import re

from .. import parser, venv
from .report_files import RUN_TIMES, rewrite

BUDGETS = {"notebooks": 75, "exercises": 15, "solutions": 45}
"""Seconds a notebook of each folder may take on two cores."""
OWN_BUDGETS = {"12-shaping-the-reward.ipynb": 240, "13-training-the-hierarchy.ipynb": 240}
"""Seconds of the lessons in which whole teams are trained."""
SLACK = 1.5
"""A machine may be busy: a notebook fails only above this multiple of its budget."""
MARKS = ("<!-- run times: begin -->", "<!-- run times: end -->")
ROW = re.compile(r"^\| `(\w+)/([^`]+)` \| (\d+) \| (\d+) \|$", re.MULTILINE)


def run(arguments: list[str]) -> int:
    """Measure, and write the table."""
    command = parser(__name__)
    command.add_argument(
        "lessons", nargs="*", metavar="NN", help="only these lessons, such as 04 or 10b"
    )
    options = command.parse_args(arguments)
    venv.enter_if_ready(["bench", "notebooks", *arguments])
    from course_lib.workbook.notebooks import read

    from ..exercises import execute

    rows = []
    for path in chosen(options.lessons):
        seconds = execute(read(path), path)
        rows.append((path.parent.name, path.name, seconds))
        print(f"{path.parent.name}/{path.name}: {seconds:.0f} s", flush=True)
    rewrite(RUN_TIMES, lambda text: with_table(text, beside_others(text, rows)))
    slow = [
        f"{folder}/{name} took {seconds:.0f} s"
        for folder, name, seconds in rows
        if too_slow(folder, seconds, name)
    ]
    if slow:
        raise ValueError(f"over one and a half times the budget: {'; '.join(slow)}")
    return 0


def chosen(lessons: list[str]) -> list[pathlib.Path]:
    """The notebooks of these lessons, or all; ValueError for a lesson that has none."""
    everything = [path for folder in BUDGETS for path in (venv.ROOT / folder).glob("*.ipynb")]
    numbers = {path.name.partition("-")[0] for path in everything}
    for number in lessons:
        if number not in numbers:
            raise ValueError(
                f"there is no lesson {number!r}; there are {', '.join(sorted(numbers))}"
            )
    wanted = set(lessons) or numbers
    return sorted((path for path in everything if path.name.partition("-")[0] in wanted), key=place)


def place(path: pathlib.Path) -> tuple[int, str]:
    """Where a notebook stands in the table."""
    return list(BUDGETS).index(path.parent.name), path.name


def beside_others(text: str, rows: list) -> list[tuple[str, str, float]]:
    """The new rows and those of the report's table that were not measured again, in its order.

    A row whose notebook is gone goes too.
    """
    seconds = {(folder, name): took for folder, name, took in [*read_table(text), *rows]}
    there = [(path.parent.name, path.name) for path in chosen([])]
    return [(*key, seconds[key]) for key in there if key in seconds]


def budget(folder: str, name: str = "") -> int:
    """Seconds that a notebook may take."""
    own = OWN_BUDGETS.get(name) if folder == "notebooks" else None
    return own or BUDGETS[folder]


def too_slow(folder: str, seconds: float, name: str = "") -> bool:
    """True above one and a half times the budget of the notebook."""
    return seconds > SLACK * budget(folder, name)


def with_table(text: str, rows: list) -> str:
    """The report with a new table between its marks. ValueError where a mark is missing."""
    from course_lib import markdown

    cells = []
    for folder, name, seconds in rows:
        cells.append([f"`{folder}/{name}`", f"{seconds:.0f}", budget(folder, name)])
    table = markdown.table(["notebook", "seconds", "budget"], cells)
    return markdown.between(text, MARKS, "\n".join(table), RUN_TIMES.name)


def read_table(text: str) -> list[tuple[str, str, int]]:
    """(folder, notebook, seconds) of each row of the report's table."""
    return [(folder, name, int(seconds)) for folder, name, seconds, _ in ROW.findall(text)]
