"""A notebook opened with a Python that has nothing of the course says what to choose."""

import json
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(
    path
    for folder in ("notebooks", "exercises", "solutions")
    for path in (ROOT / folder).glob("*.ipynb")
)


def first_cell(path):
    """The source of a notebook's first code cell."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))


def complaint(python, options, path):
    """The last line of what the first cell of a notebook says in another Python."""
    ran = subprocess.run(
        [python, *options, "-c", first_cell(path)],
        cwd=path.parent,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    return ran.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.name[:2]}")
def test_the_first_cell_names_the_wrong_kernel(python, path):
    said = complaint(python, ["-I", "-S"], path)
    assert said.startswith("ImportError: This kernel is not the course's")
    assert "Change Kernel > Python 3" in said and "python -m course_lib lab" in said


def test_a_kernel_that_finds_the_course_but_not_its_packages_is_named_too(python):
    """`lab` puts the course's folder on the path of every kernel that it starts, also of others."""
    said = complaint(python, ["-S"], ROOT / "notebooks" / "01-rule-classifier-bandit-or-rl.ipynb")
    assert said.startswith("ImportError: This kernel is not the course's")
