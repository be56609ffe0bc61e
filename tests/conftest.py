"""What every test shares: a quiet, repeatable set-up, and the kinds of test that may be skipped."""

import collections
import functools
import os
import pathlib
import shutil
import sys

import matplotlib
import pytest
from support import nursery

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch loads: idle threads sleep
# Figures need no screen; not by a variable, which the kernels of the notebooks would inherit.
matplotlib.use("Agg")

ROOT = pathlib.Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

LONGEST_FIRST = (
    "notebooks/13-training-the-hierarchy.ipynb",
    "tests/widgets/test_browser_attention.py",
    "tests/workbook/test_wrong_answers.py",
    "notebooks/03-one-agent-or-many.ipynb",
    "notebooks/14-does-it-hold.ipynb",
    "notebooks/14b-may-it-be-switched-on.ipynb",
    "tests/learners/multi_agent_q/test_learn.py",
    "tests/training/test_trainer.py",
    "tests/learners/test_ppo.py",
    "notebooks/01b-a-bandit-or-rl.ipynb",
    "notebooks/10b-trees-and-losses.ipynb",
    "notebooks/12-shaping-the-reward.ipynb",
    "solutions/13-training-the-hierarchy.ipynb",
    "solutions/12-shaping-the-reward.ipynb",
    "solutions/14-does-it-hold.ipynb",
    "tests/test_hostile_arguments.py",
    "tests/widgets/test_browser_untrusted.py",
    "notebooks/00-start-here.ipynb",
    "notebooks/01c-explaining-a-decision.ipynb",
    "tests/test_types.py",
    "tests/experiments/study/test_study.py",
    "tests/learners/multi_agent_q/test_team_learning.py",
    "notebooks/08-learning-to-talk.ipynb",
    "notebooks/04-the-range.ipynb",
    "solutions/11-command-and-doctrine.ipynb",
    "tests/training/test_strong.py",
    "tests/training/test_recipes.py",
    "tests/experiments/lesson_runs/test_l14_runs.py",
    "tests/experiments/study/test_recipe_figures.py",
    "notebooks/07-central-critics.ipynb",
    "notebooks/01-rule-classifier-bandit-or-rl.ipynb",
    "notebooks/06-independent-learners.ipynb",
    "tests/learners/test_dqn.py",
    "notebooks/10-the-unit.ipynb",
    "tests/commands/test_commands.py",
    "tests/widgets/test_browser_mixer.py",
    "tests/widgets/test_browser_surface.py",
    "tests/widgets/test_browser_policy_bench.py",
    "tests/widgets/test_browser_talk.py",
    "tests/widgets/test_browser_interview.py",
    "tests/widgets/test_browser_rollout.py",
    "tests/workbook/test_browser_predict.py",
    "tests/workbook/test_browser_workbook.py",
    "tests/experiments/benchmarks/test_fidelity.py",
    "solutions/03-one-agent-or-many.ipynb",
    "notebooks/15-the-real-cyborg.ipynb",
    "notebooks/11-command-and-doctrine.ipynb",
    "solutions/07-central-critics.ipynb",
)
"""Files that take more than ten seconds, longest first. Files are shared out in this order, so that
all processes end together: a long one that began last would keep a single process busy."""


SLOW = (
    "tests/commands/test_commands.py",
    "tests/cyber_range/evaluation/test_processes.py",
    "tests/experiments/benchmarks/",
    "tests/experiments/lesson_runs/",
    "tests/experiments/study/",
    "tests/learners/multi_agent_q/",
    "tests/learners/test_communication.py",
    "tests/learners/test_dqn.py",
    "tests/learners/test_dynamics_model.py",
    "tests/learners/test_imagination.py",
    "tests/learners/test_mbpo.py",
    "tests/learners/test_ppo.py",
    "tests/learners/value_factorisation/test_factored_learning.py",
    "tests/lessons/",
    "tests/test_types.py",
    "tests/training/test_recipes.py",
    "tests/training/test_settled.py",
    "tests/training/test_strong.py",
    "tests/training/test_through_time.py",
    "tests/training/test_trainer.py",
    "tests/training/test_trainer_mistakes.py",
    "tests/workbook/test_build.py",
    "tests/workbook/test_wrong_answers.py",
)
"""Files, or folders of files, whose tests are marked as slow."""


def pytest_configure() -> None:
    """Kernels of notebooks are forked with their packages, where that can be."""
    if nursery.forks_kernels():
        nursery.serve_nbval()


def pytest_report_header() -> list[str]:
    """Say once, at the top, which tests will be skipped and what to do about it."""
    return [f"tests marked {marker!r} are skipped: {reason}" for marker, reason in absent().items()]


@pytest.hookimpl(tryfirst=True)  # before -m chooses by the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first; skip what needs the public simulator or a browser that is absent."""
    items.sort(key=place_of)
    reasons = absent()
    for item in items:
        if file_of(item).startswith(SLOW):
            item.add_marker(pytest.mark.slow)
        for marker, reason in reasons.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def file_of(item: pytest.Item) -> str:
    """The file of a test as `LONGEST_FIRST` and `SLOW` name it; empty for one from elsewhere."""
    path = pathlib.Path(item.path)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""


def place_of(item: pytest.Item) -> int:
    """Where the file of a test stands in `LONGEST_FIRST`; files that are not there come last."""
    name = file_of(item)
    return LONGEST_FIRST.index(name) if name in LONGEST_FIRST else len(LONGEST_FIRST)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say at the end what was skipped, and why."""
    for line in skipped_lines(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line)


def skipped_lines(reports: list[pytest.TestReport]) -> list[str]:
    """One line for each reason, with the number of tests and the files they are in."""
    places = collections.defaultdict(list)
    for report in reports:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        places[str(reason).removeprefix("Skipped: ")].append(report.nodeid.partition("::")[0])
    return [
        f"skipped {len(files)} ({', '.join(sorted(set(files)))}): {reason}"
        for reason, files in places.items()
    ]


@functools.cache
def absent() -> dict[str, str]:
    """Marker -> why its tests cannot run here, for those that cannot."""
    reasons = {"cyborg": reason_without_simulator(), "browser": reason_without_browser()}
    return {marker: reason for marker, reason in reasons.items() if reason}


def reason_without_simulator() -> str | None:
    """Why the public simulator cannot be used, or None. The simulator itself is not imported."""
    from course_lib.cyber_range.cyborg import locate

    try:
        locate.find_simulator()
    except locate.SimulatorNotFound as error:
        return str(error)
    return None


def reason_without_browser() -> str | None:
    """Why no browser can be driven, or None."""
    if os.environ.get("CHROMIUM") or any(shutil.which(name) for name in BROWSERS):
        return None
    return f"no Chromium here: install it ({BROWSERS[0]} in Debian) or set CHROMIUM to its path"


@pytest.fixture
def python() -> str:
    """The Python that runs the tests, for tests that start a process."""
    return sys.executable
