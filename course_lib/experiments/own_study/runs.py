"""Running a study: one file for each arm and seed, so that a stopped study goes on where it was.

A folder holds ``plan.json``, written first, and ``ARM-SEED.json`` for each result. Files are
written whole. A folder of another plan, a damaged file and a file that belongs to something else
are each refused in one line, and nothing is overwritten.
"""

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import validate
from course_lib.storage import read, write
from course_lib.training.runs import versions

from .plan import StudyPlan

PLAN_FORMAT, RESULT_FORMAT, VERSION = "course_lib study plan", "course_lib study result", 1
PLAN_FILE = "plan.json"
SECONDS_A_MINUTE = 60


@dataclass(frozen=True)
class Measured:
    """What one arm gives with one seed."""

    values: Sequence[float]
    """One or more values of the metric: of episodes, zones, repetitions. Every arm gives as many,
    and values of one place belong together (the same episode, the same zone)."""
    facts: dict[str, float] = field(default_factory=dict)
    """Further figures to be shown in a table, without a verdict."""


@dataclass(frozen=True)
class Result:
    """What is stored of one arm and seed."""

    values: np.ndarray
    """(K,) values of the metric."""
    facts: dict[str, float]
    seconds: float
    """Of one processor."""


Measure = Callable[[str, int], Measured]
"""From the name of an arm and a seed to what it gives. It draws every random number from the
seed."""


def run_study(
    plan: StudyPlan,
    measure: Measure,
    folder: Path,
    report: Callable[[int, str], None] = lambda done, line: None,
) -> None:
    """Run what is not recorded yet, and keep each result at once.

    Args:
        plan: what is run; it is written into the folder first.
        measure: makes the result of one arm and seed.
        folder: of this study alone.
        report: called with the number of results there are, and one line about the last.

    Raises:
        ValueError: one line: the folder holds another plan or something else, a file is damaged,
            a measurement gives no finite numbers, or the budget is spent.
    """
    validate.function("measure", measure)
    open_folder(plan, folder)
    done = recorded(plan, folder)
    spent = sum(result.seconds for result in done.values())
    # Seed by seed: wherever the study is stopped, nearly all arms have met the same seeds.
    for seed in range(plan.seeds):
        for arm in plan.arms:
            if (arm, seed) in done:
                continue
            if spent > plan.minutes * SECONDS_A_MINUTE:
                raise ValueError(
                    f"the budget of {plan.minutes:g} minutes is spent after {len(done)} of "
                    f"{plan.runs} results, which are kept; plan more minutes, or a smaller study"
                )
            result = _measured(plan, measure, arm, seed)
            _write_result(plan, folder, arm, seed, result)
            done[arm, seed] = result
            spent += result.seconds
            report(len(done), f"{arm}, seed {seed}: {result.values.mean():.4g}")


def open_folder(plan: StudyPlan, folder: Path) -> None:
    """Write the plan into a new folder, or check that it is the one that lies there."""
    path = folder / PLAN_FILE
    if path.exists():
        check_plan(plan, folder)
        return
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} holds something else: name a new folder for the study")
    folder.mkdir(parents=True, exist_ok=True)
    write(path, PLAN_FORMAT, VERSION, {"plan": plan.content()})


def check_plan(plan: StudyPlan, folder: Path) -> None:
    """ValueError, one line, unless the folder's results were made for this plan.

    The budget is no part of the comparison: more minutes change no result.
    """
    stored = read(folder / PLAN_FILE, PLAN_FORMAT, VERSION).get("plan")
    if not isinstance(stored, dict):
        raise ValueError(f"{folder / PLAN_FILE} is damaged: it holds no plan")
    ours = json.loads(json.dumps(plan.content()))
    changed = [name for name in ours if name != "minutes" and ours[name] != stored.get(name)]
    if changed:
        raise ValueError(
            f"{folder} was made by another plan ({', '.join(changed)} changed): results of two "
            "plans are not mixed; give the new plan a new name, or delete the folder"
        )


def recorded(plan: StudyPlan, folder: Path) -> dict[tuple[str, int], Result]:
    """The results of this plan that lie in the folder, by arm and seed.

    ValueError, one line, for a file that is damaged, foreign, or of another plan.
    """
    found = {}
    for seed in range(plan.seeds):
        for arm in plan.arms:
            path = result_path(folder, arm, seed)
            if path.exists():
                found[arm, seed] = _read_result(plan, path, arm, seed)
    return found


def result_path(folder: Path, arm: str, seed: int) -> Path:
    """The file of one arm and seed."""
    return folder / f"{arm}-{seed}.json"


def checksum(plan: StudyPlan) -> str:
    """Of all that decides about results: it ties a file to its plan."""
    content = {**plan.content(), "minutes": None}
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _measured(plan: StudyPlan, measure: Measure, arm: str, seed: int) -> Result:
    started = time.process_time()
    made = measure(arm, seed)
    seconds = time.process_time() - started
    validate.instance("what measure returns", made, Measured, "return Measured(values)")
    values = np.asarray(made.values, float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(f"arm {arm}, seed {seed}: values must be finite numbers in a row")
    facts = {name: float(value) for name, value in made.facts.items()}
    return Result(values, facts, round(seconds, 2))


def _write_result(plan: StudyPlan, folder: Path, arm: str, seed: int, result: Result) -> None:
    content: dict[str, Any] = {
        "plan": checksum(plan),
        "arm": arm,
        "seed": seed,
        "values": [round(float(value), 6) for value in result.values],
        "facts": result.facts,
        "seconds": result.seconds,
        "versions": versions(),
    }
    write(result_path(folder, arm, seed), RESULT_FORMAT, VERSION, content)


def _read_result(plan: StudyPlan, path: Path, arm: str, seed: int) -> Result:
    content = read(path, RESULT_FORMAT, VERSION)
    belongs = (content.get("plan"), content.get("arm"), content.get("seed"))
    if belongs != (checksum(plan), arm, seed):
        raise ValueError(f"{path} is a result of another plan, arm or seed; delete it to run anew")
    values, facts = content.get("values"), content.get("facts")
    seconds = content.get("seconds")
    whole = isinstance(values, list) and values and isinstance(facts, dict)
    if not whole or not all(map(_is_number, [*values, *facts.values(), seconds])):
        raise ValueError(f"{path} is damaged; delete it and the same command makes it anew")
    return Result(np.array(values, float), facts, float(seconds))


def _is_number(value: Any) -> bool:
    return validate.is_number(value) and math.isfinite(value)
