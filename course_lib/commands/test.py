"""``test``: everything that must hold, as one pytest run.

One run and not two, so that there is one closing line and one exit status, and both cores stay busy to the end: the
style checks and unit tests are ordinary tests, and nbval turns every cell of every notebook into one more.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys

from course_lib.commands import environment, lab, line_count

DESCRIPTION = """\
Run the tests: style, unit tests, and every notebook of notebooks/, exercises/ and solutions/, re-executed and compared
with its stored output (two at a time). Your own copies in my-work/ are not looked at. The last line is pytest's own;
the exit status is 0 if everything passed.

The first call creates the folder .venv and installs requirements.txt into it, as `lab` does.
Anything else goes to pytest, for example: test --unit -k firewall -x, or: test tests/test_floors.py

Writes: .venv (packages), .cache (compiled range), .pytest_cache and .ruff_cache."""

NOTEBOOK_FOLDERS = ("notebooks", "exercises", "solutions")
CELL_SECONDS = 240
"""Seconds after which a cell fails, so that a dead kernel does not hold up the run; twice what the longest may take."""


def run(arguments: list[str]) -> int:
    """Run the command; on Linux and macOS this process becomes pytest."""
    options, for_pytest = parser().parse_known_args(arguments)
    chosen = any((environment.ROOT / word.partition("::")[0]).exists() for word in for_pytest if word[:1] != "-")
    paths = [] if chosen else test_paths(environment.ROOT, options.unit, options.notebooks)
    environment.enter(["test", *arguments], options.torch_source, options.here)
    lab.warm_up()
    print(line_count.report(environment.ROOT / "course_lib"), flush=True)
    os.chdir(environment.ROOT)
    environment.hand_over(pytest_command(paths, for_pytest), variables(environment.ROOT))
    return 0


def parser() -> argparse.ArgumentParser:
    """The options of ``test``; what it does not know is left for pytest."""
    made = argparse.ArgumentParser(
        "python -m course_lib test", description=DESCRIPTION, formatter_class=lab.RAW, allow_abbrev=False
    )
    part = made.add_mutually_exclusive_group()
    part.add_argument("--unit", action="store_true", help="style and unit tests only")
    part.add_argument("--notebooks", action="store_true", help="notebooks only")
    environment.add_options(made)
    return made


def test_paths(root: pathlib.Path, unit: bool, notebooks: bool) -> list[str]:
    """What pytest is to run. Raises ValueError if only notebooks are wanted and there are none."""
    found = [name for name in NOTEBOOK_FOLDERS if any((root / name).rglob("*.ipynb"))]
    if notebooks and not found:
        raise ValueError(f"there is no notebook in {', '.join(NOTEBOOK_FOLDERS)}")
    return ([] if notebooks else ["tests"]) + ([] if unit else found)


def pytest_command(paths: list[str], more: list[str]) -> list[str]:
    """The pytest command line; ``more`` comes last, so that a user's option wins."""
    return [
        sys.executable, "-m", "pytest", *paths,
        "--numprocesses=2", "--dist=loadfile",  # a notebook's cells stay together, in order
        "--nbval", "--nbval-current-env", "--nbval-sanitize-with=tests/nbval_sanitize.cfg",
        f"--nbval-cell-timeout={CELL_SECONDS}", "--nbval-kernel-startup-timeout=120",
        *more,
    ]  # fmt: skip


def variables(root: pathlib.Path) -> dict[str, str]:
    """Environment variables of the run: as in `lab`, and nothing of the user's own IPython set-up."""
    return {**environment.child_variables(), "IPYTHONDIR": str(root / ".cache" / "ipython"), "PYTHONHASHSEED": "0"}
