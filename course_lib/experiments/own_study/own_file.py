"""A study of a reader's own: a Python file with a ``PLAN`` and a function ``measure``."""

import importlib.util
from pathlib import Path

from course_lib import validate

from .plan import StudyPlan
from .runs import Measure

TEMPLATE = '''"""My study. Change everything below, then run: python -m course_lib study THIS_FILE

This one asks a small question that is answered in a minute, so that it can be tried as it is.
"""

from course_lib import cyber_range
from course_lib.experiments.own_study import Measured, StudyPlan

PLAN = StudyPlan(
    name="my-study",
    question="Does laying decoys first beat repairing at every alarm?",
    hypothesis="Yes: a decoy costs nothing, and a Restore costs a point and five ticks.",
    metric="official score (points)",
    arms={
        "decoys": "decoy-roundrobin",
        "repairs": "react-restore",
        "repairs-again": "react-restore, by another name",
    },
    primary=("decoys", "repairs"),
    expected="higher",
    margin=20.0,
    control=("repairs-again", "repairs"),
    control_says="The same policy on the same episodes must score the same.",
    seeds=5,
    minutes=2.0,
)
POLICIES = {
    "decoys": "decoy-roundrobin",
    "repairs": "react-restore",
    "repairs-again": "react-restore",
}


def measure(arm: str, seed: int) -> Measured:
    """Official scores of eight episodes; every arm plays the same ones."""
    report = cyber_range.evaluate(POLICIES[arm], episodes=8, seed=950_000 + 8 * seed)
    return Measured([float(score) for score in report.scores])
'''


def read_study_file(path: Path) -> tuple[StudyPlan, Measure]:
    """Plan and measurement of a file. It is Python and is run: only open what you wrote or trust.

    ValueError, one line, if there is no such file, or it lacks one of the two.
    """
    if path.suffix != ".py" or not path.is_file():
        raise ValueError(f"{validate.printable(str(path))} is no Python file of a study")
    spec = importlib.util.spec_from_file_location("own_study_file", path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{validate.printable(str(path))} cannot be read as Python")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise ValueError(f"{path.name}, line {error.lineno}: {error.msg}") from None
    plan, measure = (getattr(module, name, None) for name in ("PLAN", "measure"))
    if not isinstance(plan, StudyPlan) or not callable(measure):
        raise ValueError(
            f"{path.name} needs a PLAN (a StudyPlan) and a function measure(arm, seed)"
        )
    return plan, measure
