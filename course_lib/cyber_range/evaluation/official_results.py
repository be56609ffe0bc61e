"""Reading what the challenge's own evaluation script has written.

It leaves ``summary.json`` (mean, standard deviation, seed) and, beside it, ``full.txt`` with every
action, every observation and, after each episode, a line `` total reward: -113.0``. The first is
enough for an interval; the second gives the scores one by one. Nothing here needs the simulator.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import storage, validate
from course_lib.stats import mean_interval, t_quantile

from .report import plain

SUMMARY, FULL = "summary.json", "full.txt"
SCORE_LINE = " total reward: "
TOLERANCE = 1e-6
"""The two files belong to one run if their means agree as closely as this, relatively."""


@dataclass(frozen=True)
class OfficialResults:
    """What the script says of one submission."""

    author: str
    team: str
    technique: str
    episodes: int
    seed: int | None
    """Of the simulator; None where chance was left to itself."""
    mean: float
    """Points an episode, zero or below."""
    std: float
    """Of the episodes' scores, ddof 1."""
    scores: np.ndarray = field(repr=False, compare=False)
    """(episodes,) scores in the order played; empty where full.txt is missing."""

    @property
    def interval(self) -> tuple[float, float]:
        """95 % t interval of the mean (low, high)."""
        half = t_quantile(0.975, self.episodes - 1) * self.std / math.sqrt(self.episodes)
        return self.mean - half, self.mean + half

    def summary(self) -> str:
        """Three lines for a person."""
        low, high = self.interval
        seed = "no seed" if self.seed is None else f"seed {self.seed}"
        known = "each episode's score is there" if len(self.scores) else "without single scores"
        return (
            f"{self.author} of {self.team} ({self.technique}) by the simulator's own script,\n"
            f"{self.episodes} episodes, {seed}, {known}\n"
            f"score {self.mean:.1f} (std {self.std:.1f}, 95 % interval {low:.1f} to {high:.1f})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and strings for JSON."""
        return plain({**vars(self), "scores": self.scores.tolist(), "interval": self.interval})


def read_official_results(path: str | Path) -> OfficialResults:
    """The results in a folder that the script wrote, or in its summary.json.

    Raises:
        ValueError: one line, for a file that is missing, damaged or of something else, and where
            summary.json and full.txt belong to different runs.
    """
    target = storage.path_of(path)
    target = target / SUMMARY if target.is_dir() else target
    table = storage.read_json(storage.read_text(target), str(target))
    try:
        results = _from_summary(table)
    except (KeyError, TypeError, ValueError):
        raise ValueError(
            f"{target} is not the {SUMMARY} of the simulator's evaluation script"
        ) from None
    scores = read_scores(target.with_name(FULL))
    if len(scores) and not _belongs(results, scores):
        raise ValueError(f"{target} and the {FULL} beside it belong to different runs")
    return OfficialResults(**{**vars(results), "scores": scores})


def read_scores(path: Path) -> np.ndarray:
    """(n,) scores of the episodes in a full.txt; empty where there is no such file.

    It is read line by line: that of a hundred episodes has hundreds of megabytes. ValueError for a
    score that is no number of zero or below.
    """
    if not path.is_file():
        return np.zeros(0)
    scores = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith(SCORE_LINE):
                text = line.removeprefix(SCORE_LINE).strip()
                scores.append(_score(text, path))
    return np.array(scores)


def _score(text: str, path: Path) -> float:
    try:
        return validate.in_range("score", float(text), high=0)
    except ValueError:
        shown = validate.shown(text)
        raise ValueError(f"{path} is damaged: {shown} is not a score of zero or below") from None


def _from_summary(table: dict[str, Any]) -> OfficialResults:
    """KeyError, TypeError or ValueError where the table is another one."""
    who, how, reward = table["submission"], table["parameters"], table["reward"]
    seed = how["seed"]
    return OfficialResults(
        author=validate.word("author", who["author"]),
        team=validate.word("team", who["team"]),
        technique=validate.word("technique", who["technique"]),
        episodes=validate.whole_number("max_episodes", how["max_episodes"], 2),
        seed=None if seed is None else validate.seed(seed),
        mean=validate.in_range("mean", reward["mean"], high=0),
        std=validate.in_range("stdev", reward["stdev"], low=0),
        scores=np.zeros(0),
    )


def _belongs(results: OfficialResults, scores: np.ndarray) -> bool:
    if len(scores) != results.episodes:
        return False
    return math.isclose(mean_interval(scores).mean, results.mean, rel_tol=TOLERANCE, abs_tol=1e-9)
