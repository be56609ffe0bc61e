"""Five suspects of lessons 12 and 13: why did the first recipe not learn to defend?

Each is a switch of the unit or the trainer. The short recordings of `experiments.study.recipes`
switch one off at a time; `what_changes` shows on small numbers what a switch does.
"""

# ruff: noqa: F401 (the imports below are what this module offers)

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_lib.experiments.study.arms import STUDY_FOLDER
from course_lib.experiments.study.recipe_figures import difference, str_of
from course_lib.experiments.study.recipe_report import greedy_gap, means_over_seeds
from course_lib.experiments.study.recipes import recorded_seeds
from course_lib.stats import Interval
from course_lib.training.credit import agent_rewards
from course_lib.training.runs import RunSpec, build_defender

OWNERS = np.array([0, 1, 2, 3, 4, 4, 4])
"""Which of the five official defenders owns each of the seven zones."""


@dataclass(frozen=True)
class Suspect:
    """One reason why learning may have failed."""

    charge: str
    """What it is accused of."""
    switch: str
    """The setting that puts it back, for `train --set`."""
    recipe: str
    """The short recording with that setting."""


SUSPECTS = (
    Suspect("everybody pays for everybody", "training.team_share=1", "short-team-pay"),
    Suspect("a short horizon", "training.discount=0.99, gae_lambda=0.95", "short-horizon"),
    Suspect("the value scale of the first batch", "training.scale_memory=1", "short-frozen-scale"),
    Suspect("hosts that are not alike to the network", "policy.network=per-slot", "short-per-slot"),
    Suspect("no memory", "policy.notes=time", "short-no-memory"),
)
"""The first three are about pay (lesson 12), the others about the unit (lesson 13)."""


def what_oza_is_paid(team_share: float) -> float:
    """Pay of OZA's defender in a tick in which RZB loses 3 points and OZA nothing."""
    lost = np.zeros((1, 8))
    lost[0, 2] = -3
    restores = np.zeros((1, 5))
    return float(agent_rewards(lost, restores, OWNERS, team_share)[0, 1])


def weights_of_leaf(network: str) -> int:
    """How many weights a leaf's network has."""
    policy = {"network": network, "hidden": 256 if network == "per-slot" else 48}
    team = build_defender(RunSpec(config="strong", doctrine="none", policy=policy)).team
    leaf = team.unit_at(0, 0).policy_function.network
    return sum(parameter.numel() for parameter in leaf.parameters())


TAUGHT_RECIPE = {"short-per-slot": "taught-per-slot", "short-no-memory": "taught-no-memory"}
"""Suspects that teaching can be tried with: the recipe of each."""


def verdict_rows(folder: Path = STUDY_FOLDER) -> list[tuple[str, str, str]]:
    """Rows (suspect, learning from the reward, taught): what each costs, and so the verdict.

    From the reward, drawn play is compared with the whole recipe at equal steps (one seed); taught,
    greedy play with the team that was taught with everything.
    """
    rows = []
    for suspect in SUSPECTS:
        alone = "not recorded"
        if recorded_seeds(suspect.recipe, folder) and recorded_seeds("short", folder):
            alone = verdict(difference(suspect.recipe, "short", "sampled", folder))
        pupil = TAUGHT_RECIPE.get(suspect.recipe)
        taught = "not recorded" if pupil else "a teacher needs no pay"
        if pupil and recorded_seeds(pupil, folder):
            taught = verdict(difference(pupil, "three-layer-taught", "greedy", folder))
        rows.append((suspect.charge, alone, taught))
    return rows


def verdict(found: Interval) -> str:
    """``guilty: -31 [-40, -22]`` where the interval lies below 0, else ``acquitted``."""
    word = "guilty" if found.high < 0 else "acquitted"
    return f"{word}: {found.mean:+.0f} [{found.low:+.0f}, {found.high:+.0f}]"
