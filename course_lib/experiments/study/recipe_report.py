"""What the recorded recipes show: scores by seed, contrasts, and the time to a score."""

from functools import cache
from pathlib import Path

import numpy as np

from course_lib.cyber_range import Policy, evaluate, load_policy
from course_lib.stats import Interval, mean_interval
from course_lib.training.curve import read_curve
from course_lib.training.strong_config import TaughtConfig
from course_lib.training.teachers import FiveRules

from .arms import EVALUATION_SEED, STUDY_FOLDER
from .recipes import PLAYS, RECIPES, read_recipe, recipe_path, recorded_seeds

MARKS = (-500.0, -181.0, -130.0, -113.0, -105.0)
"""A first defence; Singh's learned master; its expert-led form; the challenge's winner; the aim."""
RUNNING_EPISODES = 400
"""Training episodes in the mean that is called the running score."""


def means_over_seeds(
    name: str, play: str, part: str = "scores", folder: Path = STUDY_FOLDER
) -> np.ndarray:
    """(seeds,) mean over the episodes of every recorded seed."""
    seeds = recorded_seeds(name, folder)
    return np.array([read_recipe(name, seed, folder)[play][part].mean() for seed in seeds])


def greedy_gap(name: str, folder: Path = STUDY_FOLDER) -> np.ndarray:
    """(seeds,) greedy minus sampled score of every recorded seed, paired by episode."""
    greedy = means_over_seeds(name, "greedy", folder=folder)
    sampled = means_over_seeds(name, "sampled", folder=folder)
    return greedy - sampled


def against_teacher(name: str, play: str = "greedy", folder: Path = STUDY_FOLDER) -> Interval:
    """Gain of a taught team over its teacher on the defended part, see `gain_over`."""
    return gain_over(teacher_of(name), name, play, folder)


def gain_over(
    rules: str, name: str, play: str = "sampled", folder: Path = STUDY_FOLDER
) -> Interval:
    """Gain of a recorded team over written rules on the defended part, paired by episode.

    The mean over seeds comes first, so an episode counts once; episodes are the sample.

    Args:
        rules: one of `strong_config.TEACHERS`.
        name: of the recipe, and ``play`` of `PLAYS`.
        folder: where results are kept.
    """
    played = [read_recipe(name, seed, folder)[play] for seed in recorded_seeds(name, folder)]
    own = np.mean([record["defended"] for record in played], axis=0)
    return mean_interval(own - defended_parts_of(rules, len(own)))


@cache
def defended_parts_of(rules: str, episodes: int) -> np.ndarray:
    """(episodes,) defended parts that written rules reach in the study's evaluation episodes."""
    player: Policy = load_policy("expert") if rules == "expert" else FiveRules().defender
    return evaluate(player, episodes=episodes, seed=EVALUATION_SEED).defended_scores


def teacher_of(name: str) -> str:
    """Who taught a recipe: "expert", or "five-rules", the full doctrine without a network."""
    config = RECIPES[name].spec.train_config
    if not isinstance(config, TaughtConfig):
        raise ValueError(f"{name} was not taught by anybody")
    return config.teacher


def running_score(scores: np.ndarray, episodes_each: int) -> np.ndarray:
    """Mean of the last `RUNNING_EPISODES` training episodes after every iteration.

    Args:
        scores: (N,) mean score of every iteration.
        episodes_each: episodes of an iteration.
    """
    width = max(1, round(RUNNING_EPISODES / episodes_each))
    sums = np.cumsum(np.concatenate([[0.0], scores]))
    first = np.maximum(np.arange(1, len(sums)) - width, 0)
    count = np.arange(1, len(sums)) - first
    return (sums[1:] - sums[first]) / count


def time_to(
    name: str, seed: int, folder: Path = STUDY_FOLDER
) -> dict[float, tuple[float, float] | None]:
    """For each of `MARKS`: environment steps and wall seconds until the running score passed it."""
    curve = read_curve(recipe_path(name, seed, folder).with_name("curve.csv"))
    score = running_score(curve["score"], int(curve["episodes"][0]))
    found: dict[float, tuple[float, float] | None] = {}
    for mark in MARKS:
        passed = np.flatnonzero(score >= mark)
        found[mark] = None
        if len(passed):
            first = passed[0]
            found[mark] = float(curve["steps"][first]), float(curve["wall_seconds"][first])
    return found


def table(folder: Path = STUDY_FOLDER) -> str:
    """One line a recipe: scores and defended parts, each play, mean over seeds."""
    lines = [f"{'':20} seeds  sampled (defended)    greedy (defended)     greedy by seed"]
    for name in RECIPES:
        seeds = recorded_seeds(name, folder)
        if not seeds:
            continue
        cells = []
        for play in PLAYS:
            score = means_over_seeds(name, play, folder=folder).mean()
            defended = means_over_seeds(name, play, "defended", folder).mean()
            cells.append(f"{score:8.1f} ({defended:6.1f})    ")
        by_seed = ", ".join(f"{m:.1f}" for m in means_over_seeds(name, "greedy", folder=folder))
        lines.append(f"{name:20} {len(seeds):5}  {'  '.join(cells)} {by_seed}")
    return "\n".join(lines)


def time_table(folder: Path = STUDY_FOLDER) -> str:
    """Steps and seconds to every mark, one line a recorded run that learned from the reward."""
    lines = ["running score passes   " + "".join(f"{mark:>20.0f}" for mark in MARKS)]
    for name in RECIPES:
        if RECIPES[name].spec.config != "strong":
            continue
        for seed in recorded_seeds(name, folder):
            cells = [
                "never" if found is None else f"{found[0] / 1e6:.2f} M, {found[1]:.0f} s"
                for found in time_to(name, seed, folder).values()
            ]
            lines.append(f"{name + '-' + str(seed):23}" + "".join(f"{cell:>20}" for cell in cells))
    return "\n".join(lines)
