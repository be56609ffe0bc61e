"""Print which exercises are solved. Without FOLDER: your own, from my-work/progress.json (or the
file COURSE_PROGRESS).
With one or more FOLDERs: one line for each progress file in them, for a teacher. A file is named
after its reader: anna.json, or anna/progress.json.

Writes: nothing."""

from __future__ import annotations

import pathlib

from . import parser
from . import venv as environment

SIGNS = {"correct": "✓", "wrong": "✗", "not attempted": "○"}


def run(arguments: list[str]) -> int:
    """Print the table."""
    made = parser(__name__)
    made.add_argument(
        "folder",
        nargs="*",
        type=pathlib.Path,
        metavar="FOLDER",
        help="where a teacher has the files",
    )
    options = made.parse_args(arguments)
    environment.enter_if_ready(["progress", *arguments])
    from course_lib.workbook import progress
    from course_lib.workbook.exercise import lesson, lesson_numbers

    lessons = [lesson(number) for number in lesson_numbers()]
    own = progress.progress_file() or environment.ROOT / "my-work" / "progress.json"
    print(
        "\n".join(of_class(options.folder, lessons) if options.folder else of_reader(own, lessons))
    )
    return 0


def of_reader(path: pathlib.Path, lessons: list) -> list[str]:
    """One line per exercise: verdict, attempts, hints. Raises ValueError if the file is damaged."""
    from course_lib.workbook import progress

    notes = progress.read(path)["exercises"] if path.exists() else {}
    lines = []
    for lesson in lessons:
        solved, of = solved_of(notes, [lesson], "must")
        lines.append(f"Lesson {lesson.number}: {solved} of {of} must")
        for exercise in lesson.exercises.values():
            entry = notes.get(exercise.key, {})
            sign = SIGNS["correct" if "solved" in entry else entry.get("outcome", "not attempted")]
            lines.append(
                f"  {sign} {exercise.name:<28} {exercise.label:<28} {details(entry)}".rstrip()
            )
    return lines


def details(entry: dict) -> str:
    """Attempts and help used, as far as there were any."""
    said = [f"{entry['attempts']} attempts"] if entry.get("attempts", 0) > 1 else []
    said += [f"hints {entry['hints']}"] if entry.get("hints") else []
    return ", ".join(said + (["solution seen"] if entry.get("solution") else []))


def solved_of(notes: dict, lessons: list, priority: str) -> tuple[int, int]:
    """How many exercises of one priority are solved, and how many there are."""
    exercises = [
        one for lesson in lessons for one in lesson.exercises.values() if one.priority == priority
    ]
    return sum("solved" in notes.get(one.key, {}) for one in exercises), len(exercises)


def of_class(folders: list[pathlib.Path], lessons: list) -> list[str]:
    """One line per reader and one column for each lesson's must exercises; unreadable files are
    named at the end."""
    from course_lib.workbook import progress

    table, unreadable = [], []
    for path in [path for folder in folders for path in sorted(folder.rglob("*.json"))]:
        try:
            notes = progress.read(path)["exercises"]
        except (ValueError, OSError) as error:
            unreadable.append(f"left out: {error}")
            continue
        counts = [solved_of(notes, [one], "must") for one in lessons]
        counts += [solved_of(notes, lessons, priority) for priority in ("must", "should", "bonus")]
        last = max((entry.get("last", "") for entry in notes.values()), default="")[:10] or "never"
        table.append([reader_of(path), *(f"{solved}/{of}" for solved, of in counts), last])
    if not table:
        raise ValueError(
            "; ".join(unreadable) or f"there is no progress file in {', '.join(map(str, folders))}"
        )
    table.insert(
        0, ["reader", *(one.number for one in lessons), "must", "should", "bonus", "last note"]
    )
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    rows = ([entry.ljust(width) for entry, width in zip(row, widths, strict=True)] for row in table)
    return [*("  ".join(row).rstrip() for row in rows), *unreadable]


def reader_of(path: pathlib.Path) -> str:
    """Whose progress file it is: "anna" for anna.json, anna/progress.json and
    anna/my-work/progress.json."""
    names = [
        part
        for part in (*path.resolve().parent.parts, path.stem)
        if part not in ("my-work", "progress")
    ]
    return names[-1]
