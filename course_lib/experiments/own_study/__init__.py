"""The study kit of lesson 16: write down what you ask, run it resumably, get a report.

    plan = StudyPlan(name="my-question", question=..., arms={...}, primary=("a", "b"), ...)
    run_study(plan, measure, folder)                 # one file for each arm and seed
    write_report(plan, folder, command)              # report.md and report.png

`plan` says what a study must state, `runs` runs it, `judge` says what came out, `report` writes it
down, `own_file` reads a study of a reader's own; `examples` are three finished ones. The command is
``python -m course_lib study``.
"""

from pathlib import Path

from .examples import EXAMPLES
from .judge import Found, Judged, judge, study_values
from .own_file import TEMPLATE, read_study_file
from .plan import StudyPlan
from .report import draw_study, write_report
from .runs import Measure, Measured, recorded, run_study

__all__ = [
    "EXAMPLES",
    "RESULTS_FOLDER",
    "TEMPLATE",
    "Found",
    "Judged",
    "Measure",
    "Measured",
    "StudyPlan",
    "draw_study",
    "judge",
    "read_study_file",
    "recorded",
    "run_study",
    "study_values",
    "write_report",
]

RESULTS_FOLDER = Path(__file__).resolve().parents[2] / "data" / "own_study"
"""Where the results and reports of the examples lie, a folder each."""
