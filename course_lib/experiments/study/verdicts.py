"""What the records allow to say about a contrast of two arms, or of two variants of a team.

A contrast is one question. It is judged only where both arms have three seeds or more and no longer
rise; how many questions were asked is corrected for by `holm`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.stats import Contrast, Difference, paired_contrast, welch_p_value

from .arms import STUDY_FOLDER
from .summary import compare, recorded_seeds, summarise

PUBLISHED = {
    "Singh's learned master": -181,
    "Singh's expert master": -130,
    "winner of the competition": -113,
}
"""Official scores printed by others, all of the public simulator: Singh et al. (2024) after about
25 million steps."""
QUESTIONS = (
    ("three-layer", "flat", "three layers with doctrine against flat MAPPO without"),
    ("two-layer", "flat", "two layers with doctrine against flat MAPPO without"),
    (
        "no-doctrine",
        "flat-shaped",
        "three layers against flat MAPPO, both without doctrine and equally paid",
    ),
    ("three-layer", "no-doctrine", "doctrine against none, in three layers"),
    ("three-layer", "two-layer", "three layers against two"),
    ("three-layer", "no-shaping", "local and staged rewards against the global one alone"),
    ("three-layer", "no-command", "commands against none"),
    ("own-zone", "three-layer", "pay by the own zone (ours, not the paper's) against shared pay"),
)
"""The contrasts the paper's claims are about, and one of ours: (arm, arm it is set against, in
words)."""


class Verdict(NamedTuple):
    """What the records allow to say about "one arm scores better than another"."""

    shown: bool
    """Whether anything is shown, in either direction."""
    words: str


def verdict(better: str, worse: str, folder: Path = STUDY_FOLDER) -> Verdict:
    """Whether ``better`` scores better than ``worse``: only of arms with three seeds or more that
    no longer rise."""
    if missing := not_recorded((better, worse), folder):
        return Verdict(False, missing)
    arms = [summarise(arm, folder) for arm in (better, worse)]
    single = [summary.arm for summary in arms if summary.exploratory]
    if single:
        return Verdict(False, f"exploratory: too few seeds of {' and '.join(single)}")
    rising = [summary.arm for summary in arms if summary.still_rising]
    if rising:
        return Verdict(False, f"still rising: {' and '.join(rising)}; nothing is ranked")
    found = compare(better, worse, folder)
    if not found.excludes_zero:
        return Verdict(False, "the interval contains 0: no difference shown")
    return Verdict(True, f"the interval excludes 0: {'better' if found.low > 0 else 'worse'}")


def not_recorded(arms: Sequence[str], folder: Path) -> str:
    """Which of the arms have no run; "" if all have one."""
    missing = [arm for arm in arms if not recorded_seeds(arm, folder)]
    return f"not recorded: {', '.join(missing)}" if missing else ""


def as_claimed(found: Difference) -> str:
    """What a difference says about a claim that it is positive."""
    if not np.isfinite(found.low):
        return "exploratory: one seed"
    where = f"difference [{found.low:+.0f}, {found.high:+.0f}]"
    if not found.excludes_zero:
        return f"{where}: the interval contains 0"
    direction = "as claimed" if found.low > 0 else "the other way round"
    return f"{where}: the interval excludes 0, {direction}"


def contrast(better: str, worse: str, folder: Path = STUDY_FOLDER) -> str:
    """Difference of the seed means of two recorded arms in points, with its interval, or that one
    seed has none."""
    found = compare(better, worse, folder)
    if not np.isfinite(found.low):
        return f"{found.difference:+.0f} (one seed on a side)"
    return f"{found.difference:+.0f} [{found.low:+.0f}, {found.high:+.0f}]"


def gain(by_seed: Sequence[dict[str, np.ndarray]], variant: str, base: str) -> Contrast:
    """One variant of a trained team minus another, paired: each trained seed is one observation.

    With a single seed its episodes are the pairs, which says nothing about other seeds.
    """
    if len(by_seed) == 1:
        return paired_contrast(by_seed[0][variant], by_seed[0][base])
    ours = [scores[variant].mean() for scores in by_seed]
    theirs = [scores[base].mean() for scores in by_seed]
    return paired_contrast(ours, theirs)


def beside(low: float, high: float, score: float) -> str:
    """Where an interval lies beside a published score: "better", "worse" or "" (contains it)."""
    if low > score:
        return "better"
    return "worse" if high < score else ""


def p_values(folder: Path = STUDY_FOLDER) -> dict[tuple[str, str], float]:
    """Two-sided p-value of Welch's test over seeds, for each question with seeds enough."""
    values = {}
    for better, worse, _ in QUESTIONS:
        arms = (better, worse)
        if all(len(recorded_seeds(arm, folder)) > 1 for arm in arms):
            one, other = (summarise(arm, folder).means for arm in arms)
            values[arms] = welch_p_value(one, other)
    return values


def holm(values: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """p-values corrected for the number of questions asked (Holm 1979)."""
    corrected = {}
    largest = 0.0
    for rank, name in enumerate(sorted(values, key=values.__getitem__)):
        still_open = len(values) - rank
        largest = max(largest, min(1.0, still_open * values[name]))
        corrected[name] = largest
    return corrected
