"""Run the tests: style, types, unit tests, and every notebook of notebooks/, exercises/ and
solutions/, re-executed and compared with its stored output (two at a time). Your own copies in
my-work/ are not looked at. At the end it says what was skipped and why; the last line is pytest's
own, and the exit status is 0 if everything passed.

--quick runs the unit tests alone, without those that train, measure or drive a browser, and no
notebook: about two minutes on two cores, for every change in between.

The first call creates the folder .venv and installs requirements.txt into it, as `lab` does.
Anything else goes to pytest. For example, only the unit tests about a firewall:

  python -m course_lib test tests -k firewall -x

Writes: .venv (packages), .cache (compiled range, types), .pytest_cache and .ruff_cache."""

# One pytest run and not two, so that there is one closing line and one exit status, and both cores
# stay busy to the end: style checks and unit tests are ordinary tests, and nbval turns every cell
# of every notebook into one more.

from __future__ import annotations

import os
import sys

from . import density, lab, parser, venv

EVERYTHING = ["tests", "notebooks", "exercises", "solutions"]
QUICK = "not slow and not browser and not cyborg"
"""What --quick leaves out, in pytest's words; tests/conftest.py says which files are slow."""
PROCESSES = 2
"""One a core of a small laptop."""
CELL_SECONDS = 240
"""Seconds after which a cell fails, so that a dead kernel does not hold up the run; twice what the
longest may take."""


def run(arguments: list[str]) -> int:
    """Run the command; on Linux and macOS this process becomes pytest."""
    command = parser(__name__, allow_abbrev=False)
    venv.add_options(command)
    command.add_argument(
        "--quick",
        action="store_true",
        help="unit tests only: no notebook, no browser, no training (about two minutes)",
    )
    options, for_pytest = command.parse_known_args(arguments)
    words = [word.partition("::")[0] for word in for_pytest if word[:1] != "-"]
    paths = ["tests"] if options.quick else EVERYTHING
    if any((venv.ROOT / word).exists() for word in words):
        paths = []
    if options.quick:
        for_pytest = ["-m", QUICK, *for_pytest]
    venv.enter(["test", *arguments], options.torch_source)
    lab.warm_up()
    print(density.report(venv.ROOT / "course_lib"), flush=True)
    os.chdir(venv.ROOT)
    # as in `lab`, and nothing of the user's own IPython set-up
    own = {"IPYTHONDIR": str(venv.ROOT / ".cache" / "ipython"), "PYTHONHASHSEED": "0"}
    venv.hand_over(pytest_command(paths, for_pytest), {**venv.child_variables(), **own})
    return 0


def pytest_command(paths: list[str], more: list[str]) -> list[str]:
    """The pytest command line; ``more`` comes last, so that a user's option wins."""
    return [
        sys.executable, "-m", "pytest", *paths,
        f"--numprocesses={PROCESSES}",
        "--dist=loadfile",  # a notebook's cells stay together, in order
        "--no-loadscope-reorder",  # tests/conftest.py puts long files first
        "--nbval", "--nbval-current-env", "--nbval-sanitize-with=tests/nbval_sanitize.cfg",
        f"--nbval-cell-timeout={CELL_SECONDS}", "--nbval-kernel-startup-timeout=120",
        *more,
    ]  # fmt: skip
