"""The first lesson, opened with a Python that has nothing of the course, says what to choose."""

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def first_cell(path):
    """The source of a notebook's first code cell."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))


def test_the_first_cell_of_the_first_lesson_names_the_wrong_kernel(python):
    lesson = ROOT / "notebooks" / "00-start-here.ipynb"
    command = [python, "-I", "-S", "-c", first_cell(lesson)]
    ran = subprocess.run(command, cwd=lesson.parent, capture_output=True, text=True)
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: This kernel is not the course's: it has no ")
    assert "Change Kernel > Python 3" in last and "python -m course_lib lab" in last
