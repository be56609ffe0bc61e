"""The style checks, as tests: ruff with the rules of pyproject.toml over all code and every
notebook."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
FORMATTED = ["course_lib", "tests", "solutions/checks"]


def test_ruff_finds_nothing(python):
    command = [python, "-m", "ruff", "check", "--output-format=concise", "."]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True)
    assert checked.returncode == 0, checked.stdout.decode(errors="replace")


def test_code_has_the_form_of_the_formatter(python):
    command = [python, "-m", "ruff", "format", "--check", "--quiet", "--diff", *FORMATTED]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True)
    advice = "run: python -m ruff format " + " ".join(FORMATTED)
    assert checked.returncode == 0, advice + "\n" + checked.stdout.decode(errors="replace")


def test_the_formatter_would_find_something(python, tmp_path):
    (tmp_path / "bad.py").write_text("x = [1,2 ]\n")
    command = [python, "-m", "ruff", "format", "--check", str(tmp_path)]
    assert subprocess.run(command, capture_output=True).returncode == 1


def test_ruff_would_find_something(python, tmp_path):
    (tmp_path / "bad.py").write_text("import os\nimport math\nmath.pi\n")
    config = f"--config={ROOT / 'pyproject.toml'}"
    checked = subprocess.run(
        [python, "-m", "ruff", "check", config, str(tmp_path)], capture_output=True
    )
    assert checked.returncode == 1
    assert {b"F401", b"I001", b"B018"} <= set(checked.stdout.split())


def test_no_two_test_files_have_one_name():
    """pytest imports them by their bare names; the second one would not be collected."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    twice = sorted({name for name in names if names.count(name) > 1})
    assert not twice, f"give one of each pair another name: {', '.join(twice)}"
