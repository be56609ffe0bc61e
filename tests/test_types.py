"""The type checker finds nothing in the packages that other code builds on."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
CHECKED = (
    "course_lib/cyber_range",
    "course_lib/hierarchy",
    "course_lib/training",
    "course_lib/scale",
)


def run_mypy(python, *arguments):
    """mypy with the settings of pyproject.toml; what it knows from earlier runs is kept."""
    cache = f"--cache-dir={ROOT / '.cache' / 'mypy'}"
    command = [
        python,
        "-m",
        "mypy",
        "--no-error-summary",
        "--ignore-missing-imports",
        cache,
        *arguments,
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_mypy_finds_nothing(python):
    checked = run_mypy(python, *CHECKED)
    lines = checked.stdout.splitlines()
    here = [line for line in lines if ": error:" in line and line.startswith(CHECKED)]
    assert here == [] and checked.stderr == ""


def test_mypy_would_find_something(python, tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def double(number: int) -> str:\n    return number * 2\n")
    checked = run_mypy(python, str(wrong))
    assert checked.returncode == 1 and "Incompatible return value type" in checked.stdout
