"""Reading the recorded study: what each arm reached, how sure that is, and whether it was still
learning. What follows from it is said in `claims`.

A seed is one observation: intervals are over the means of trained seeds, not over episodes. With
one seed there is no interval.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_lib.stats import Difference, mean_interval, welch_difference
from course_lib.training.curve import read_curve

from .arms import ARMS, STUDY_FOLDER, extra_path, read_result, read_scores, result_path

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
    actions = {}
    for name in results[0]["actions"]:
        actions[name] = float(np.mean([result["actions"][name] for result in results]))
    return ArmSummary(
        arm=arm,
        seeds=seeds,
        means=np.array([result["scores"].mean() for result in results]),
        episode_std=float(np.mean([result["scores"].std(ddof=1) for result in results])),
        area=np.array([score.mean() for _, score in curves]),
        best=np.array([_best_tenth(score) for _, score in curves]),
        steps_to_gain=np.array([_steps_to_gain(steps, score) for steps, score in curves]),
        rise=np.array([_rise(score) for _, score in curves]),
        steps=results[0]["steps"],
        train_seconds=float(np.mean([result["train_seconds"] for result in results])),
        actions=actions,
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


def recorded(arms: Iterable[str], folder: Path = STUDY_FOLDER) -> list[str]:
    """Those of the arms of which at least one run is recorded."""
    return [arm for arm in arms if recorded_seeds(arm, folder)]


def recorded_arms(folder: Path = STUDY_FOLDER) -> list[str]:
    """Arms with at least one recorded run, in the order of the study."""
    return recorded(ARMS, folder)


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


def _best_tenth(score: np.ndarray) -> float:
    """Highest mean of the ten parts of a curve."""
    return float(max(part.mean() for part in np.array_split(score, 10)))


def _steps_to_gain(steps: np.ndarray, score: np.ndarray) -> float:
    """When the score first has `MOST` of the way from its first value to the mean of its last
    tenth."""
    end = score[-max(1, round(len(score) * LAST)) :].mean()
    return float(steps[np.argmax(score >= score[0] + MOST * (end - score[0]))])


def _rise(score: np.ndarray) -> float:
    """Mean of the last tenth minus mean of the tenth before."""
    part = max(1, round(len(score) * LAST))
    return float(score[-part:].mean() - score[-2 * part : -part].mean())
