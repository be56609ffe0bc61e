"""Does training on a mixture of attackers narrow the worst case? A run of lesson 14.

Written before the run. Two teams are taught by ``expert`` with the same recipe and seed: one in the
official world alone, one in another world of `MIXTURE` in each round of teaching. Primary contrast:
mixture minus plain, defended part, in the worst world of the plain team; one number a seed, `SEEDS`
seeds, interval over seeds. Second: the same in every world. Both play the same `EPISODES` episodes
from `FIRST_EPISODE` on, on which nobody was taught.
"""

from typing import Any

import numpy as np
import torch

from course_lib.cyber_range import evaluate
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.learners.dagger import Demonstrations
from course_lib.training.runs import RunSpec, build_defender
from course_lib.training.strong_config import TaughtConfig
from course_lib.training.taught import TaughtTrainer

from .held_out import held_out_seeds
from .l14_cross import WORLDS, as_texts
from .record import LessonRun, Row, episode_rows

SEEDS = 2
FIRST_TRAINING = 60
"""Seed of the first training; reports train with 0 to 9."""
EPISODES = 16
FIRST_EPISODE = 866_000
MIXTURE: tuple[dict[str, Any], ...] = (
    {},
    {"red": "impact-hungry"},
    {"phishing_rate": 0.75},
    {"red": "stealthy"},
    {"red": "aggressive"},
    {"phishing_rate": 0.1},
    {"red": "impact-hungry", "phishing_rate": 0.5},
    {"red": "discovery"},
)
"""The world of each round of teaching."""


class MixtureTrainer(TaughtTrainer):
    """Teaches in another world in each round."""

    def _collect(self, teacher_share: float) -> list[Demonstrations]:
        self.options = MIXTURE[self.dagger.rounds_done % len(MIXTURE)]
        return super()._collect(teacher_share)


def taught_in(mixture: bool, seed: int, config: TaughtConfig) -> HierarchicalDefender:
    """A three-layer team, taught; it plays greedily."""
    spec = RunSpec("three-layer", doctrine="none", config="taught", seed=seed)
    defender = build_defender(spec)
    assert isinstance(defender, HierarchicalDefender)  # by its structure
    kind = MixtureTrainer if mixture else TaughtTrainer
    for _ in kind(defender, config, seed).run():
        pass
    defender.team.eval()
    defender.greedy = True
    return defender


def mixture(seed: int, config: TaughtConfig | None = None) -> list[Row]:
    """One row for each world and episode, a column for each of the two teams."""
    torch.set_num_threads(1)
    teams = {}
    for name in ("plain", "mixture"):
        teams[name] = taught_in(name == "mixture", FIRST_TRAINING + seed, config or TaughtConfig())
    return rows_by_world(teams, held_out_seeds(FIRST_EPISODE, EPISODES), WORLDS)


def rows_by_world(
    teams: dict[str, HierarchicalDefender], episodes: range, worlds: dict[str, dict[str, Any]]
) -> list[Row]:
    """Every team in every world: one row for each world and episode, a column for each team."""
    rows: list[Row] = []
    for world, options in worlds.items():
        points: dict[str, np.ndarray] = {}
        for name, team in teams.items():
            report = evaluate(team, episodes=len(episodes), seed=episodes[0], **options)
            points[name] = report.defended_scores
        rows += episode_rows(episodes, {"world": world}, **points)
    return rows


RUNS = {
    "l14-mixture": LessonRun(
        make=mixture,
        seeds=SEEDS,
        question="Does teaching in a mixture of worlds narrow the worst case? Primary contrast: "
        "mixture minus plain, defended part, in the worst world of the plain team, over seeds.",
        minutes=6,
        config={
            "episodes": EPISODES,
            "first_training": FIRST_TRAINING,
            "mixture": [str(options) for options in MIXTURE],
            "worlds": as_texts(WORLDS),
        },
    ),
}
"""The recorded run."""
