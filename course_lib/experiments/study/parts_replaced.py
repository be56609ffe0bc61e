"""What the strong teams owe to their hierarchy: parts replaced while a trained team plays.

Nothing is trained here. Every variant plays the same evaluation episodes as the team itself, drawn,
so differences are paired by episode. A part whose replacement changes nothing may still have
mattered while the team was trained; for that there is `three-layer-reward-no-command`.
"""

from pathlib import Path

import numpy as np

from course_lib.cyber_range import evaluate
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.stats import Interval, mean_interval

from .ablations import REPLACEMENTS, RULES_ALONE
from .arms import EVALUATION_SEED, STUDY_FOLDER, extra_path, keep_scores, read_scores
from .recipes import recorded_seeds, saved_team

KIND = "parts"
EPISODES = 500
"""Of every variant; the first of the study's evaluation episodes."""
ITSELF = "as trained"
PARTS = {name: change for name, change in REPLACEMENTS.items() if name != RULES_ALONE}
"""What is replaced, by name: commands of ones or of another episode, messages of zeros or plain
means. The recipes have no doctrine."""


def record_parts(
    name: str, seed: int, policy: Path, folder: Path = STUDY_FOLDER
) -> dict[str, np.ndarray]:
    """Play a recorded team as it is and with each part replaced; keep all defended parts.

    Args:
        name: of the recipe, and ``seed`` of its training.
        policy: file of the trained team.
        folder: where results are kept.
    """
    played = {ITSELF: _defended(saved_team(policy))}
    for part, replaced in PARTS.items():
        played[part] = _defended(replaced(saved_team(policy)))
    keep_scores(KIND, name, seed, played, EVALUATION_SEED, folder)
    return read_scores(KIND, name, seed, folder)


def recorded_parts(name: str, folder: Path = STUDY_FOLDER) -> list[int]:
    """Seeds of a recipe whose parts have been replaced."""
    seeds = recorded_seeds(name, folder)
    return [seed for seed in seeds if extra_path(KIND, name, seed, folder).exists()]


def part_costs(name: str, folder: Path = STUDY_FOLDER) -> dict[str, Interval]:
    """Points of the defended part that a team loses with each part replaced: part -> interval.

    Each trained seed is one observation: the mean over its episodes, paired.
    """
    seeds = recorded_parts(name, folder)
    if not seeds:
        raise ValueError(f"nothing is recorded: bench recipes --names {name} --parts")
    lost: dict[str, list[float]] = {part: [] for part in PARTS}
    for seed in seeds:
        played = read_scores(KIND, name, seed, folder)
        for part, losses in lost.items():
            difference = played[ITSELF] - played[part]
            losses.append(float(difference.mean()))
    return {part: mean_interval(np.array(losses)) for part, losses in lost.items()}


def _defended(defender: HierarchicalDefender) -> list[int]:
    report = evaluate(defender, episodes=EPISODES, seed=EVALUATION_SEED)
    return [int(part) for part in report.defended_scores]
