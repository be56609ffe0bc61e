"""Print which exercises are solved.

Without FOLDER: your own, from my-work/progress.json (or the file COURSE_PROGRESS). With one or
more FOLDERs: one line for each progress file in them, for a teacher. A file is named after its
reader: anna.json, or anna/progress.json. --watch 30 looks again every 30 seconds, until Ctrl-C.

Writes: nothing."""

from __future__ import annotations

import pathlib
import time
from typing import TYPE_CHECKING

from course_lib.validate import printable

from . import natural, parser, venv

if TYPE_CHECKING:
    from course_lib.workbook.exercise import Lesson

SIGNS = {"correct": "✓", "wrong": "✗", "not attempted": "○"}
PRIORITIES = ("must", "should", "bonus")


def run(arguments: list[str]) -> int:
    """Print the table."""
    command = parser(__name__)
    command.add_argument(
        "folder",
        nargs="*",
        type=pathlib.Path,
        metavar="FOLDER",
        help="where a teacher has the files",
    )
    command.add_argument(
        "--watch", type=natural, metavar="SECONDS", help="show the class again and again"
    )
    options = command.parse_args(arguments)
    if options.watch and not options.folder:
        raise ValueError("--watch belongs to FOLDER, where a teacher has the files")
    venv.enter_if_ready(["progress", *arguments])
    from course_lib.workbook import progress
    from course_lib.workbook.exercise import lesson, lesson_numbers

    lessons = [lesson(number) for number in lesson_numbers()]
    own = progress.progress_file() or venv.ROOT / "my-work" / "progress.json"
    while True:
        lines = of_class(options.folder, lessons) if options.folder else of_reader(own, lessons)
        print("\n".join(map(printable, lines)))
        if not options.watch:
            return 0
        time.sleep(options.watch)
        print()


def of_reader(path: pathlib.Path, lessons: list[Lesson]) -> list[str]:
    """One line per exercise: verdict, attempts, hints. Raises ValueError if the file is damaged."""
    from course_lib.workbook import progress

    notes = progress.read(path)["exercises"] if path.exists() else {}
    lines = []
    for lesson in lessons:
        solved, of = solved_of(notes, [lesson], "must")
        lines.append(f"Lesson {lesson.number}: {solved} of {of} must")
        for exercise in lesson.exercises.values():
            entry = notes.get(exercise.key, {})
            outcome = "correct" if "solved" in entry else entry.get("outcome", "not attempted")
            columns = f"{SIGNS[outcome]} {exercise.name:<28} {exercise.label:<28} {details(entry)}"
            lines.append(f"  {columns}".rstrip())
    return lines


def details(entry: dict) -> str:
    """Attempts and help used, as far as there were any."""
    parts = []
    if entry.get("attempts", 0) > 1:
        parts.append(f"{entry['attempts']} attempts")
    if entry.get("hints"):
        parts.append(f"hints {entry['hints']}")
    if entry.get("solution"):
        parts.append("solution seen")
    return ", ".join(parts)


def solved_of(notes: dict, lessons: list[Lesson], priority: str) -> tuple[int, int]:
    """How many exercises of one priority are solved, and how many there are."""
    exercises = [exercise for lesson in lessons for exercise in lesson.exercises.values()]
    keys = [exercise.key for exercise in exercises if exercise.priority == priority]
    return sum("solved" in notes.get(key, {}) for key in keys), len(keys)


def of_class(folders: list[pathlib.Path], lessons: list[Lesson]) -> list[str]:
    """One line per reader, with one column for each lesson's must exercises.

    Unreadable files are named at the end. ValueError if no file can be read.
    """
    from course_lib.workbook import progress

    rows: list[list[str]] = []
    left_out: list[str] = []
    for folder in folders:
        for path in progress_files(folder):
            try:
                notes = progress.read(path)["exercises"]
            except (ValueError, OSError) as error:
                left_out.append(f"left out: {error}")
                continue
            rows.append([printable(reader_of(path)), *columns_of(notes, lessons)])
    if not rows:
        places = ", ".join(map(str, folders))
        raise ValueError("; ".join(left_out) or f"there is no progress file in {places}")
    numbers = [lesson.number for lesson in lessons]
    return [*aligned([["reader", *numbers, *PRIORITIES, "last note"], *rows]), *left_out]


def progress_files(folder: pathlib.Path) -> list[pathlib.Path]:
    """The JSON files below ``folder``, in order, that may be a reader's notes.

    Beside or below a progress.json, as in a whole my-work folder, only that one may be.
    """
    files = [path for path in folder.rglob("*.json") if not path.name.startswith(".")]
    with_notes = {path.parent for path in files if path.name == "progress.json"}
    return sorted(
        path
        for path in files
        if path.name == "progress.json" or not with_notes.intersection(path.parents)
    )


def columns_of(notes: dict, lessons: list[Lesson]) -> list[str]:
    """A reader's row behind the name: solved/all of each lesson and priority, and the last day."""
    counts = [solved_of(notes, [lesson], "must") for lesson in lessons]
    counts += [solved_of(notes, lessons, priority) for priority in PRIORITIES]
    last_note = max((entry.get("last", "") for entry in notes.values()), default="")
    return [*(f"{solved}/{of}" for solved, of in counts), last_note[:10] or "never"]


def aligned(rows: list[list[str]]) -> list[str]:
    """Rows of texts as lines, each column as wide as its widest entry."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        padded = [entry.ljust(width) for entry, width in zip(row, widths, strict=True)]
        lines.append("  ".join(padded).rstrip())
    return lines


def reader_of(path: pathlib.Path) -> str:
    """Whose progress file it is.

    "anna" for anna.json, anna/progress.json and anna/my-work/progress.json.
    """
    parts = [*path.resolve().parent.parts, path.stem]
    return [part for part in parts if part not in ("my-work", "progress")][-1]
