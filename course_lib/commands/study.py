"""Run a study of your own, or one of the three of lesson 16, and write its report.

WHAT is the name of an example (--list says which there are) or a Python file with a PLAN and a
function measure; --new writes such a file to begin with. A result that is recorded is not made
again, so a stopped study goes on; results of a changed plan are refused.

Writes plan.json, a file for each arm and seed, report.md and report.png: for an example into
course_lib/data/own_study, for a file into a folder of the plan's name beside it (--results)."""

from __future__ import annotations

import argparse
import pathlib
from typing import TYPE_CHECKING

from . import parser, venv

if TYPE_CHECKING:
    from course_lib.experiments.own_study import Measure, StudyPlan


def run(arguments: list[str]) -> int:
    """List, begin, run or report."""
    options = parsed(arguments)
    venv.enter_if_ready(["study", *arguments])
    from course_lib.experiments import own_study

    if options.list:
        print("\n".join(described(*own_study.EXAMPLES[name]) for name in own_study.EXAMPLES))
        return 0
    if options.what is None:
        raise ValueError("name a study or a file; --list shows the examples, --new FILE begins one")
    if options.new:
        begin(pathlib.Path(options.what), own_study.TEMPLATE)
        return 0
    plan, measure, folder = found(options)
    if not options.report:
        record(plan, measure, folder)
    command = f"python -m course_lib study {options.what}"
    text = own_study.write_report(plan, folder, command)
    print(text)
    return 0


def found(options: argparse.Namespace) -> tuple[StudyPlan, Measure, pathlib.Path]:
    """Plan, measurement and folder of what was named."""
    from course_lib.experiments import own_study

    if options.what in own_study.EXAMPLES:
        plan, measure = own_study.EXAMPLES[options.what]
        return plan, measure, options.results or own_study.RESULTS_FOLDER / plan.name
    path = pathlib.Path(options.what)
    if path.suffix != ".py":
        known = ", ".join(own_study.EXAMPLES)
        raise ValueError(f"{options.what!r} is no example ({known}) and no Python file")
    plan, measure = own_study.read_study_file(path)
    return plan, measure, options.results or path.parent / plan.name


def record(plan: StudyPlan, measure: Measure, folder: pathlib.Path) -> None:
    """Run what is missing, with a progress bar."""
    import torch
    from tqdm import tqdm

    from course_lib.experiments import own_study

    torch.set_num_threads(1)
    with tqdm(total=plan.runs, unit="result", disable=None) as bar:

        def report(done: int, line: str) -> None:
            bar.update(done - bar.n)
            bar.set_postfix_str(line)

        own_study.run_study(plan, measure, folder, report)


def begin(path: pathlib.Path, template: str) -> None:
    """Write a new file of a study; ValueError if there is something already."""
    from course_lib.storage import write_atomically

    if path.suffix != ".py":
        raise ValueError(f"{path} must end in .py: a study is a Python file")
    if path.exists():
        raise ValueError(f"{path} is there already: name a new file")
    write_atomically(path, template)
    print(f"{path} is a small study that runs as it is. Change it, and run: study {path}")


def described(plan: StudyPlan, measure: Measure) -> str:
    """One line about an example."""
    return f"{plan.name}: {plan.runs} results, {plan.minutes:g} minutes. {plan.question}"


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``study``."""
    made = parser(__name__)
    add = made.add_argument
    add("what", nargs="?", metavar="WHAT", help="an example, or a Python file")
    add("--list", action="store_true", help="say which examples there are")
    add("--new", action="store_true", help="write a new file WHAT to begin with")
    add("--report", action="store_true", help="only write the report of what is recorded")
    add("--results", type=pathlib.Path, metavar="FOLDER", help="where results are kept")
    return made.parse_args(arguments)
