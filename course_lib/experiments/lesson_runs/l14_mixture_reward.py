"""Does learning from the reward on a mixture of attackers narrow the worst case? A run of
lesson 14, beside `l14_mixture`, where a teacher shows what to do.

Written before the run. Two teams learn from the reward alone with the recipe of
``three-layer-reward``, shortened to `ITERATIONS` batches, from the same weights: *plain* in the
official world alone, *mixture* in the next world of `l14_mixture.MIXTURE` with each batch, so both
play equally many episodes. Primary contrast: mixture minus plain, defended part, in the worst world
of the plain team; one number a seed, `SEEDS` seeds, interval over seeds. Second: the same in every
world (four of them are in no mixture), and in the official one above all: what a mixture costs at
home. Both play the same `EPISODES` episodes from `FIRST_EPISODE` on, and draw their actions, as
they learned to.
"""

from typing import Any

import torch

from course_lib.cyber_range import VectorRange
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.training.runs import RunSpec, build_defender
from course_lib.training.strong import StrongTrainer
from course_lib.training.strong_config import StrongConfig

from .held_out import held_out_seeds
from .l14_cross import WORLDS, as_texts
from .l14_mixture import MIXTURE, rows_by_world
from .record import LessonRun, Row

SEEDS = 3
FIRST_TRAINING = 70
"""Seed of the first training; reports train with 0 to 9, `l14_mixture` from 60 on."""
ITERATIONS = 100
"""Batches of 16 whole episodes; ``three-layer-reward`` has 280."""
EPISODES = 24
FIRST_EPISODE = 868_000


class MixtureTrainer(StrongTrainer):
    """Learns from the reward, with each batch in another world.

    Args:
        defender: as for `StrongTrainer`.
        config: how it is trained.
        seed: of minibatches, critics and episodes.
        worlds: options of the range, taken in turn.
    """

    def __init__(
        self,
        defender: HierarchicalDefender,
        config: StrongConfig,
        seed: int,
        worlds: tuple[dict[str, Any], ...] = MIXTURE,
    ) -> None:
        super().__init__(defender, config, seed)
        self.ranges = []
        for options in worlds:
            world = VectorRange(config.num_envs, "official", 0, "message", **options)
            self.ranges.append(world)

    def _collect(self) -> Any:
        self.range = self.ranges[self.iteration % len(self.ranges)]
        return super()._collect()


def paid_in(mixture: bool, seed: int, config: StrongConfig) -> HierarchicalDefender:
    """A three-layer team that has learned from the reward alone; it draws its actions."""
    spec = RunSpec("three-layer", doctrine="none", config="strong", seed=seed)
    defender = build_defender(spec)
    assert isinstance(defender, HierarchicalDefender)  # by its structure
    kind = MixtureTrainer if mixture else StrongTrainer
    for _ in kind(defender, config, seed).run():
        pass
    defender.team.eval()
    return defender


def mixture(seed: int, config: StrongConfig | None = None) -> list[Row]:
    """One row for each world and episode, a column for each of the two teams."""
    torch.set_num_threads(1)
    config = config or StrongConfig(iterations=ITERATIONS)
    teams = {}
    for name in ("plain", "mixture"):
        teams[name] = paid_in(name == "mixture", FIRST_TRAINING + seed, config)
    return rows_by_world(teams, held_out_seeds(FIRST_EPISODE, EPISODES), WORLDS)


RUNS = {
    "l14-mixture-reward": LessonRun(
        make=mixture,
        seeds=SEEDS,
        question="Does learning from the reward on a mixture of worlds narrow the worst case? "
        "Primary contrast: mixture minus plain, defended part, in the worst world of the plain "
        "team, one number a seed, interval over seeds.",
        minutes=10,
        config={
            "episodes": EPISODES,
            "first_training": FIRST_TRAINING,
            "iterations": ITERATIONS,
            "mixture": [str(options) for options in MIXTURE],
            "worlds": as_texts(WORLDS),
        },
    ),
}
"""The recorded run."""
