"""``progress``: what has been solved, for the reader, and for a teacher with a folder of progress files."""

from __future__ import annotations

import argparse
import pathlib

from course_lib.commands import environment, lab

DESCRIPTION = """\
Print which exercises are solved. Without FOLDER: your own, from my-work/progress.json (or the file COURSE_PROGRESS).
With one or more FOLDERs: one line for each progress file in them, for a teacher. A file is named after its reader:
anna.json, or anna/progress.json.

Writes: nothing."""

SIGNS = {"correct": "✓", "wrong": "✗", "not attempted": "○"}


def run(arguments: list[str]) -> int:
    """Print the table."""
    made = argparse.ArgumentParser("python -m course_lib progress", description=DESCRIPTION, formatter_class=lab.RAW)
    made.add_argument("folder", nargs="*", type=pathlib.Path, metavar="FOLDER", help="where a teacher has the files")
    options = made.parse_args(arguments)
    environment.enter_if_ready(["progress", *arguments])
    from course_lib.workbook.exercise import lesson, lesson_numbers

    lessons = [lesson(number) for number in lesson_numbers()]
    print("\n".join(of_class(options.folder, lessons) if options.folder else of_reader(own_file(), lessons)))
    return 0


def own_file() -> pathlib.Path:
    """The progress file of whoever types the command."""
    from course_lib.workbook import progress

    return progress.progress_file() or environment.ROOT / "my-work" / "progress.json"


def of_reader(path: pathlib.Path, lessons: list) -> list[str]:
    """One line per exercise: verdict, attempts, hints. Raises ValueError if the file is damaged."""
    from course_lib.workbook import progress

    notes = progress.read(path)["exercises"] if path.exists() else {}
    lines = []
    for lesson in lessons:
        solved, of = counts(notes, [lesson])["must"]
        lines.append(f"Lesson {lesson.number}: {solved} of {of} must")
        for name, exercise in lesson.exercises.items():
            entry = notes.get(f"{lesson.number}/{name}", {})
            sign = SIGNS["correct" if "solved" in entry else entry.get("outcome", "not attempted")]
            lines.append(f"  {sign} {name:<28} {exercise.label:<28} {details(entry)}".rstrip())
    return lines or ["There is no lesson with exercises yet."]


def details(entry: dict) -> str:
    """Attempts and help used, as far as there were any."""
    said = [f"{entry['attempts']} attempts"] if entry.get("attempts", 0) > 1 else []
    said += [f"hints {entry['hints']}"] if entry.get("hints") else []
    return ", ".join(said + (["solution seen"] if entry.get("solution") else []))


def counts(notes: dict, lessons: list) -> dict[str, tuple[int, int]]:
    """(solved, all) of the exercises of each priority."""
    found = {}
    for priority in ("must", "should", "bonus"):
        of = [f"{one.number}/{name}" for one in lessons for name, e in one.exercises.items() if e.priority == priority]
        found[priority] = (sum("solved" in notes.get(key, {}) for key in of), len(of))
    return found


def of_class(folders: list[pathlib.Path], lessons: list) -> list[str]:
    """One line per reader and one for each lesson's must exercises; unreadable files are named at the end."""
    from course_lib.workbook import progress

    table, unreadable = [], []
    for folder in folders:
        if not folder.is_dir():
            raise ValueError(f"{folder} is no folder")
        for path in sorted(folder.rglob("*.json")):
            try:
                notes = progress.read(path)["exercises"]
            except (ValueError, OSError) as error:
                unreadable.append(f"left out: {error}")
                continue
            reader = path.parent.name if path.stem == "progress" else path.stem
            if reader == "my-work":
                reader = path.resolve().parents[1].name
            by_lesson = [f"{counts(notes, [one])['must'][0]}/{counts(notes, [one])['must'][1]}" for one in lessons]
            table.append([reader, *by_lesson, *(f"{a}/{b}" for a, b in counts(notes, lessons).values()), last(notes)])
    if not table:
        raise ValueError("; ".join(unreadable) or f"there is no progress file in {', '.join(map(str, folders))}")
    head = ["reader", *(one.number for one in lessons), "must", "should", "bonus", "last note"]
    widths = [max(len(row[i]) for row in [head, *table]) for i in range(len(head))]
    rows = ([entry.ljust(width) for entry, width in zip(row, widths, strict=True)] for row in [head, *table])
    return [*("  ".join(row).rstrip() for row in rows), *unreadable]


def last(notes: dict) -> str:
    """The day of the last note, or "never"."""
    return max((entry.get("last", "") for entry in notes.values()), default="")[:10] or "never"
