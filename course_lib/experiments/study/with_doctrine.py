"""Doctrine without harm: a team that learned without rules, played with three of them.

A weighted sum of rules and an untrained or badly trained network is worse than the rules alone.
Here the network learned without them, from the reward or from a teacher, and the three rules of
`doctrine.STANDARD` are mixed in afterwards with the weight 0.8 of the paper's figure 5. The
comparison is with the five rules of `doctrine.FULL` alone, which need no network, paired by episode
on the defended part of the score.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from course_lib.cyber_range import evaluate
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.doctrine import STANDARD
from course_lib.stats import Interval, mean_interval

from .arms import (
    EVALUATION_EPISODES,
    EVALUATION_SEED,
    STUDY_FOLDER,
    extra_path,
    keep_scores,
    read_scores,
)
from .recipe_report import defended_parts_of
from .recipes import read_recipe, recorded_seeds, saved_team

KIND = "doctrine"
WEIGHT = 0.8
SCORES, DEFENDED = "with three rules", "with three rules, defended part"
RULES_ALONE = "five rules alone, defended part"


def mixed_in(defender: HierarchicalDefender, weight: float = WEIGHT) -> HierarchicalDefender:
    """The team with the three rules mixed in; it is changed in place."""
    defender.doctrine = STANDARD
    for unit in defender.team.units.values():
        policy = unit.policy_function
        policy.config = replace(policy.config, doctrine_weight=weight)
    return defender


def record_doctrine(
    name: str, seed: int, policy: Path, folder: Path = STUDY_FOLDER
) -> dict[str, np.ndarray]:
    """Play a recorded team with the three rules, and the five rules alone; keep all scores.

    Args:
        name: of the recipe, and ``seed`` of its training.
        policy: file of the trained team.
        folder: where results are kept.
    """
    mixed = evaluate(
        mixed_in(saved_team(policy)), episodes=EVALUATION_EPISODES, seed=EVALUATION_SEED
    )
    rules = defended_parts_of("five-rules", EVALUATION_EPISODES)
    scores = {
        SCORES: [int(score) for score in mixed.scores],
        DEFENDED: [int(part) for part in mixed.defended_scores],
        RULES_ALONE: [int(part) for part in rules],
    }
    keep_scores(KIND, name, seed, scores, EVALUATION_SEED, folder)
    return read_scores(KIND, name, seed, folder)


def recorded_doctrine(name: str, folder: Path = STUDY_FOLDER) -> list[int]:
    """Seeds of a recipe whose teams have played with the three rules."""
    seeds = recorded_seeds(name, folder)
    return [seed for seed in seeds if extra_path(KIND, name, seed, folder).exists()]


def score_with_rules(name: str, folder: Path = STUDY_FOLDER) -> float:
    """Mean official score of a recipe's recorded teams with the three rules mixed in."""
    played = [read_scores(KIND, name, n, folder) for n in recorded_doctrine(name, folder)]
    return float(np.mean([scores[SCORES].mean() for scores in played]))


def gain_over_rules(name: str, folder: Path = STUDY_FOLDER) -> Interval:
    """What a recipe's teams with three rules gain over five rules alone on the defended part.

    Paired by episode; the mean over trainings comes first, so an episode counts once.
    """
    played = [read_scores(KIND, name, n, folder) for n in recorded_doctrine(name, folder)]
    gains = [scores[DEFENDED] - scores[RULES_ALONE] for scores in played]
    return mean_interval(np.mean(gains, axis=0))


def gain_by_rules(name: str, folder: Path = STUDY_FOLDER) -> Interval:
    """What three rules add to a recipe's teams on the defended part: with them minus without.

    Drawn play, paired by episode; the mean over trainings comes first.
    """
    gains = []
    for seed in recorded_doctrine(name, folder):
        mixed = read_scores(KIND, name, seed, folder)[DEFENDED]
        alone = read_recipe(name, seed, folder)["sampled"]["defended"]
        gains.append(mixed - alone)
    return mean_interval(np.mean(gains, axis=0))
