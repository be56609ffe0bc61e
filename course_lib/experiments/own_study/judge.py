"""What the results of a complete study say: contrasts with intervals, and one verdict.

Arms meet the same seeds, so everything is paired by seed. A seed is one observation, however many
values it gave: verdicts rest on Student's t over the seeds' means, and the hierarchical bootstrap
stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from course_lib.experiments.study.verdicts import holm
from course_lib.stats import Interval, bootstrap_interval, mean_interval, paired_contrast

from .plan import Pair, StudyPlan
from .runs import Result, check_plan, recorded

Values = dict[str, np.ndarray]
"""arm -> (seeds, K) values."""


def plain(value: float) -> str:
    """Three digits, and all of them before the point where there are more."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def signed(value: float) -> str:
    """The same with its sign."""
    return plain(value) if value < 0 else f"+{plain(value)}"


@dataclass(frozen=True)
class Found:
    """One contrast: the first arm minus the second."""

    pair: Pair
    difference: float
    low: float
    high: float
    """95 % t interval over seeds."""
    bootstrap: tuple[float, float]
    """95 % interval of the hierarchical bootstrap."""
    p_value: float
    """Corrected for the number of questions (Holm); of the control, uncorrected."""

    def __str__(self) -> str:
        return f"{signed(self.difference)} [{signed(self.low)}, {signed(self.high)}]"


@dataclass(frozen=True)
class Judged:
    """A complete study."""

    arms: dict[str, Interval]
    """Mean over seeds with its interval."""
    contrasts: tuple[Found, ...]
    """The primary one first."""
    control: Found
    control_holds: bool
    """Whether the control's interval lies within the margin."""
    verdict: str


def judge(plan: StudyPlan, folder: Path) -> Judged:
    """Judge a complete study; ValueError for one with results missing, or of another plan."""
    check_plan(plan, folder)
    values = study_values(plan, recorded(plan, folder))
    asked = [_contrast(values, pair) for pair in plan.contrasts]
    corrected = holm({found.pair: found.p_value for found in asked})
    contrasts = tuple(replace(found, p_value=corrected[found.pair]) for found in asked)
    control = _contrast(values, plan.control)
    holds = -plan.margin < control.low and control.high < plan.margin
    arms = {arm: mean_interval(of.mean(axis=1)) for arm, of in values.items()}
    return Judged(arms, contrasts, control, holds, verdict(plan, contrasts[0], holds))


def study_values(plan: StudyPlan, results: Mapping[tuple[str, int], Result]) -> Values:
    """(seeds, K) values of every arm; ValueError if some are missing or their numbers differ."""
    if len(results) < plan.runs:
        raise ValueError(f"{len(results)} of {plan.runs} results are there: run the study first")
    if len({len(result.values) for result in results.values()}) > 1:
        raise ValueError("arms or seeds gave different numbers of values: they cannot be paired")
    found = {}
    for arm in plan.arms:
        found[arm] = np.stack([results[arm, seed].values for seed in range(plan.seeds)])
    return found


def verdict(plan: StudyPlan, primary: Found, control_holds: bool) -> str:
    """One sentence about the hypothesis; nothing is claimed where the control does not hold."""
    if not control_holds:
        return "No verdict: the control shows a difference, or is too imprecise to exclude one."
    low, high = primary.low, primary.high
    if plan.expected == "lower":
        low, high = -high, -low
    if low > plan.margin:
        return "Supported, by more than the smallest difference that matters."
    if low > 0:
        return "Supported in direction; the interval leaves open whether it is enough to matter."
    if high < 0:
        return "Contradicted: the difference lies on the other side."
    if -plan.margin < low and high < plan.margin:
        return "Not supported: any difference is smaller than what would matter."
    return "Open: the interval holds no difference, and one that would matter."


def _contrast(values: Values, pair: Pair) -> Found:
    first, second = values[pair[0]], values[pair[1]]
    by_seed = paired_contrast(first.mean(axis=1), second.mean(axis=1))
    return Found(
        pair=pair,
        difference=by_seed.difference,
        low=by_seed.low,
        high=by_seed.high,
        bootstrap=bootstrap_interval(first - second),
        p_value=by_seed.p_value,
    )
