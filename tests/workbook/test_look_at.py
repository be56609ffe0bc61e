"""Where a card sends its reader exists: headings in the named lesson, files in the repository."""

import functools
import re

import pytest

from course_lib.workbook.exercise import ROOT, Exercise, lesson, lesson_numbers
from course_lib.workbook.notebooks import read

EXERCISES = [one for number in lesson_numbers() for one in lesson(number).exercises.values()]


@functools.cache
def prose(number: str) -> str:
    """The text of a lesson and of its exercises."""
    paths = [*ROOT.glob(f"notebooks/{number}-*.ipynb"), *ROOT.glob(f"solutions/{number}-*.ipynb")]
    cells = [cell for path in paths for cell in read(path)["cells"]]
    return "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")


def dead_pointers(exercise: Exercise) -> list[str]:
    """What ``look_at`` names and nobody finds."""
    named = re.findall(r"lessons? (\d\d[a-z]?)\b", exercise.look_at)
    text = "\n".join(prose(number) for number in {*named, exercise.lesson.number})
    headings = re.findall(r'"([^"]+)"', exercise.look_at)
    plain = text.replace("`", "").replace('"', "")
    lost = [heading for heading in headings if heading not in plain]
    files = re.findall(r"[\w/]+/\w+\.py", exercise.look_at)
    lost += [
        file
        for file in files
        if not any((ROOT / folder / file).exists() for folder in ("", "course_lib"))
    ]
    return lost


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: f"{e.lesson.number}-{e.name}")
def test_a_card_points_at_something_that_exists(exercise):
    assert dead_pointers(exercise) == []
