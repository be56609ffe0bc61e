"""The cross table of lesson 14: the shipped teams as they are, against other attackers and in other
networks.

Written before the run. Primary contrast: each defender minus ``expert``, defended part, paired by
episode, in each world. Episodes: `EPISODES` a seed of the run, from `FIRST_EPISODE` on, which
nobody has trained on. Every defender plays the same episodes in every world.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from course_lib.cyber_range import evaluate, make_policy
from course_lib.cyber_range.policy import Policy
from course_lib.experiments.benchmarks.generalisation import five_rules
from course_lib.training.pretrained import load_policy, load_team

from .held_out import held_out_seeds
from .record import LessonRun, Row, episode_rows

EPISODES = 16
"""Episodes of one seed of the run, in each world."""
SEEDS = 2
FIRST_EPISODE = 860_000
"""Seed of the first episode."""

Made = Callable[[], Policy]
"""Makes a defender anew."""

DEFENDERS: dict[str, Made] = {
    "expert": lambda: make_policy("expert"),
    "five rules": five_rules,
    "decoys first": lambda: make_policy("decoy-roundrobin"),
    "settled": lambda: load_team("three-layer-settled"),
    "taught": lambda: load_team("three-layer-taught", greedy=True),
    "three-layer": lambda: load_team("three-layer"),
    "flat": lambda: load_policy("flat"),
}
"""Three scripts beside four trained teams. ``decoys first`` has the shape of the best published
hierarchy: a rule decides between looking round and repairing. ``settled`` learned from the reward
alone; it draws its actions as in `l14_disturbed`, and ``taught`` plays greedily."""

WORLDS: dict[str, dict[str, Any]] = {
    "official": {},
    "aggressive": {"red": "aggressive"},
    "stealthy": {"red": "stealthy"},
    "impact-hungry": {"red": "impact-hungry"},
    "discovery": {"red": "discovery"},
    "random": {"red": "random"},
    "idle": {"red": "idle"},
    "no phishing": {"phishing_rate": 0.0},
    "phishing 0.1": {"phishing_rate": 0.1},
    "phishing 0.75": {"phishing_rate": 0.75},
    "full zones": {"servers": (6, 6), "users": (10, 10)},
}
"""Attackers, phishing rates and a size; the first is what all teams were trained on."""


def as_texts(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings in a form that a JSON file gives back unchanged."""
    return {name: str(value) for name, value in settings.items()}


def cross(seed: int) -> list[Row]:
    """One row for each world, defender and episode."""
    torch.set_num_threads(1)
    episodes = held_out_seeds(FIRST_EPISODE + EPISODES * seed, EPISODES)
    rows = []
    for world, options in WORLDS.items():
        for name, made in DEFENDERS.items():
            report = evaluate(made(), episodes=EPISODES, seed=episodes[0], **options)
            about = {"world": world, "defender": name}
            points = {"score": report.scores, "defended": report.defended_scores}
            rows += episode_rows(episodes, about, **points)
    return rows


RUNS = {
    "l14-cross": LessonRun(
        make=cross,
        seeds=SEEDS,
        question="How much of a defence is left against attackers and networks it was not trained "
        "on? Primary contrast: each defender minus expert, defended part, paired by episode, in "
        "each world.",
        minutes=4,
        config={
            "episodes": EPISODES,
            "first_episode": FIRST_EPISODE,
            "defenders": list(DEFENDERS),
            "worlds": as_texts(WORLDS),
        },
    ),
}
"""The recorded run."""
