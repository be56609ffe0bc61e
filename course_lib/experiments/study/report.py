"""Reading the recorded study: what each arm reached, how sure that is, and whether it was still
learning.

A seed is one observation: intervals are over the means of trained seeds, not over episodes. With
one seed there is no interval.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.stats import Difference, mean_interval, paired_contrast, welch_difference
from course_lib.training.curve import read_curve

from .arms import ARMS, STUDY_FOLDER, extra_path, read_result, read_scores, result_path

REFERENCE = "trained, doctrine"
"""The variant all others are set against."""
PUBLISHED = {
    "Singh's learned master": -181,
    "Singh's expert master": -130,
    "winner of the competition": -113,
}
"""Official scores printed by others, all of the public simulator: Singh et al. (2024) after about
25 million steps."""
LAST = 0.1
"""Share of a curve at its end that is compared with the share before it."""
MOST = 0.9
"""Share of its own gain at which a training counts as nearly done, for claims about speed."""


@dataclass(frozen=True)
class ArmSummary:
    """What the recorded seeds of an arm show."""

    arm: str
    seeds: tuple[int, ...]
    means: np.ndarray
    """(n,) mean official score over the evaluation episodes, one for each seed."""
    episode_std: float
    """Standard deviation over the episodes of a seed, mean over seeds."""
    area: np.ndarray
    """(n,) mean official score over the whole training (area under the curve per step)."""
    best: np.ndarray
    """(n,) mean official score in the best tenth of the training."""
    steps_to_gain: np.ndarray
    """(n,) environment steps after which a training first had `MOST` of its own gain."""
    rise: np.ndarray
    """(n,) mean score of the last tenth of the training minus that of the tenth before it."""
    steps: int
    train_seconds: float
    """Mean wall time of a training."""
    actions: dict[str, float]
    """Mean share of each action class."""

    @property
    def mean(self) -> float:
        """Mean over seeds."""
        return float(self.means.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % t interval over seeds; infinite for a single one."""
        found = mean_interval(self.means)
        return found.low, found.high

    @property
    def exploratory(self) -> bool:
        """Fewer than three seeds: a hint, not a result."""
        return len(self.seeds) < 3

    @property
    def still_rising(self) -> bool | None:
        """Whether the curves still rose at the end: the rise's 95 % interval over seeds is above 0;
        None for one seed."""
        return None if len(self.rise) < 2 else mean_interval(self.rise).low > 0


def recorded_seeds(arm: str, folder: Path = STUDY_FOLDER) -> tuple[int, ...]:
    """Seeds of an arm whose results are there."""
    return tuple(seed for seed in range(ARMS[arm].seeds) if result_path(arm, seed, folder).exists())


def summarise(arm: str, folder: Path = STUDY_FOLDER) -> ArmSummary:
    """The summary of an arm; ValueError if none of its runs is recorded."""
    seeds = recorded_seeds(arm, folder)
    if not seeds:
        raise ValueError(
            f"no run of {arm!r} is recorded in {folder}; record it with: bench study --arms {arm}"
        )
    results = [read_result(arm, seed, folder) for seed in seeds]
    curves = [curve(arm, seed, folder) for seed in seeds]
    return ArmSummary(
        arm,
        seeds,
        np.array([result["scores"].mean() for result in results]),
        float(np.mean([result["scores"].std(ddof=1) for result in results])),
        np.array([score.mean() for _, score in curves]),
        np.array([max(part.mean() for part in np.array_split(score, 10)) for _, score in curves]),
        np.array([_steps_to_gain(steps, score) for steps, score in curves]),
        np.array([_rise(score) for _, score in curves]),
        results[0]["steps"],
        float(np.mean([result["train_seconds"] for result in results])),
        {
            name: float(np.mean([result["actions"][name] for result in results]))
            for name in results[0]["actions"]
        },
    )


def curve(arm: str, seed: int, folder: Path = STUDY_FOLDER) -> tuple[np.ndarray, np.ndarray]:
    """Environment steps and official score of a training, iterations without a finished episode
    left out."""
    columns = read_curve(result_path(arm, seed, folder).parent / "curve.csv")
    there = ~np.isnan(columns["score"])
    return columns["steps"][there], columns["score"][there]


def compare(better: str, worse: str, folder: Path = STUDY_FOLDER) -> Difference:
    """Difference of the seed means of two arms, with Welch's 95 % interval."""
    return welch_difference(summarise(better, folder).means, summarise(worse, folder).means)


def recorded_arms(folder: Path = STUDY_FOLDER) -> list[str]:
    """Arms with at least one recorded run, in the order of the study."""
    return [arm for arm in ARMS if recorded_seeds(arm, folder)]


def table(folder: Path = STUDY_FOLDER) -> str:
    """All recorded arms as a Markdown table."""
    lines = [
        (
            "| arm | what it is | seeds | official score, mean of seeds (each) | 95 % interval | "
            "while training | rising |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    for arm in recorded_arms(folder):
        found = summarise(arm, folder)
        each = ", ".join(f"{mean:.1f}" for mean in found.means)
        low, high = found.interval
        interval = f"{low:.1f} to {high:.1f}" if len(found.seeds) > 1 else "one seed: exploratory"
        rising = {True: "yes", False: "no", None: "–"}[found.still_rising]
        lines.append(
            f"| `{arm}` | {ARMS[arm].about} | {len(found.seeds)} | {found.mean:.1f} ({each}) | "
            f"{interval} | {found.area.mean():.0f} | {rising} |"
        )
    return "\n".join(lines) + "\n"


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
    missing = [arm for arm in (better, worse) if not recorded_seeds(arm, folder)]
    if missing:
        return Verdict(False, f"not recorded: {', '.join(missing)}")
    found, arms = (
        compare(better, worse, folder),
        [summarise(arm, folder) for arm in (better, worse)],
    )
    single = [summary.arm for summary in arms if summary.exploratory]
    if single:
        return Verdict(False, f"exploratory: too few seeds of {' and '.join(single)}")
    rising = [summary.arm for summary in arms if summary.still_rising]
    if rising:
        return Verdict(False, f"still rising: {' and '.join(rising)}; nothing is ranked")
    if not found.excludes_zero:
        return Verdict(False, "the interval contains 0: no difference shown")
    return Verdict(True, f"the interval excludes 0: {'better' if found.low > 0 else 'worse'}")


def contrast(better: str, worse: str, folder: Path = STUDY_FOLDER) -> str:
    """Difference of the seed means of two recorded arms in points, with its interval, or that one
    seed has none."""
    found = compare(better, worse, folder)
    interval = (
        f"[{found.low:+.0f}, {found.high:+.0f}]"
        if np.isfinite(found.low)
        else "(one seed on a side)"
    )
    return f"{found.difference:+.0f} {interval}"


def verdicts(folder: Path = STUDY_FOLDER) -> list[str]:
    """One sentence for each question whose arms are recorded: the difference, its interval, and
    what may be said."""
    return [
        f"{words}: {contrast(first, second, folder)}: {verdict(first, second, folder).words}"
        for first, second, words in QUESTIONS
        if recorded_seeds(first, folder) and recorded_seeds(second, folder)
    ]


def ablation_table(arm: str = "three-layer", folder: Path = STUDY_FOLDER) -> str:
    """The four corners and the replaced parts of an arm's seeds, as a Markdown table; empty if none
    is recorded.

    Differences are paired by episode within a seed: trained with doctrine minus the variant, so a
    positive one is what the part is worth.
    """
    by_seed = recorded_scores("ablations", arm, folder)
    if not by_seed:
        return ""
    found, which = list(by_seed.values()), " / ".join(map(str, by_seed))
    lines = [
        (
            f"| variant of `{arm}` | official score, seed {which} | trained minus variant, 95 % "
            "interval |"
        ),
        "|---|---|---|",
    ]
    for name in found[0]:
        means = " / ".join(f"{scores[name].mean():,.1f}" for scores in found)
        gains = [paired_contrast(scores[REFERENCE], scores[name]) for scores in found]
        words = " / ".join(
            f"{gain.difference:+,.1f} [{gain.low:,.1f}, {gain.high:,.1f}]" for gain in gains
        )
        lines.append(f"| {name} | {means} | {'' if name == REFERENCE else words} |")
    return "\n".join(lines) + "\n"


def recorded_scores(
    kind: str, arm: str, folder: Path = STUDY_FOLDER
) -> dict[int, dict[str, np.ndarray]]:
    """seed -> variant -> (n,) scores, of the seeds of which this kind ("ablations", "simulator") is
    recorded."""
    there = [
        seed for seed in range(ARMS[arm].seeds) if extra_path(kind, arm, seed, folder).exists()
    ]
    return {seed: read_scores(kind, arm, seed, folder) for seed in there}


def simulator_means(arm: str, folder: Path = STUDY_FOLDER) -> dict[int, float]:
    """seed -> mean score on the public simulator, of the seeds that played there."""
    played = recorded_scores("simulator", arm, folder)
    return {seed: float(scores["simulator"].mean()) for seed, scores in played.items()}


def _steps_to_gain(steps: np.ndarray, score: np.ndarray) -> float:
    """When the score first has `MOST` of the way from its first value to the mean of its last
    tenth."""
    end = score[-max(1, round(len(score) * LAST)) :].mean()
    return float(steps[np.argmax(score >= score[0] + MOST * (end - score[0]))])


def _rise(score: np.ndarray) -> float:
    """Mean of the last tenth minus mean of the tenth before."""
    part = max(1, round(len(score) * LAST))
    return float(score[-part:].mean() - score[-2 * part : -part].mean())
