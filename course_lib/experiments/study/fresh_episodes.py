"""Is a taught and paid team better than its teacher? Asked once more, with fresh episodes.

Over the study's 1,000 evaluation episodes the five trainings of `three-layer-taught-paid` are +0.5
[-0.3, +1.3] points better than `expert`: too few episodes to tell so small a gain from none.
Nothing is trained anew. The same five teams play `EPISODES` episodes that nobody was trained or
judged on.

Written down before they were played: drawn play, defended part, paired by episode, mean of the five
trainings minus `expert`; one look, whatever it shows. Beside it the interval over trainings.
"""

from functools import cache
from pathlib import Path

import numpy as np

from course_lib.cyber_range import evaluate
from course_lib.stats import Interval, mean_interval

from .arms import STUDY_FOLDER, extra_path, keep_scores, read_scores
from .recipes import recorded_seeds, saved_team

KIND = "fresh"
FIRST_SEED = 1_300_000
"""Of the first episode; the study's evaluation begins at 700,000, trainings lie far above."""
EPISODES = 4_000
TEAM, TEACHER = "drawn, defended part", "expert, defended part"


def record_fresh(
    name: str, seed: int, policy: Path, folder: Path = STUDY_FOLDER
) -> dict[str, np.ndarray]:
    """Let a recorded team and `expert` play the fresh episodes; keep the defended parts.

    Args:
        name: of the recipe, and ``seed`` of its training.
        policy: file of the trained team.
        folder: where results are kept.
    """
    team = evaluate(saved_team(policy), episodes=EPISODES, seed=FIRST_SEED)
    # The teacher's part is kept with every training: each file can be paired by itself.
    played = {TEAM: _whole(team.defended_scores), TEACHER: _expert(EPISODES)}
    keep_scores(KIND, name, seed, played, FIRST_SEED, folder)
    return read_scores(KIND, name, seed, folder)


def recorded_fresh(name: str, folder: Path = STUDY_FOLDER) -> list[int]:
    """Seeds of a recipe whose teams have played the fresh episodes."""
    played = []
    for seed in recorded_seeds(name, folder):
        if extra_path(KIND, name, seed, folder).exists():
            played.append(seed)
    return played


def fresh_gains(name: str, folder: Path = STUDY_FOLDER) -> np.ndarray:
    """(trainings, episodes) defended part of every recorded team minus that of `expert`.

    ValueError where nothing is recorded.
    """
    seeds = recorded_fresh(name, folder)
    if not seeds:
        raise ValueError(f"nothing is recorded: bench recipes --names {name} --fresh")
    gains = []
    for seed in seeds:
        scores = read_scores(KIND, name, seed, folder)
        gains.append(scores[TEAM] - scores[TEACHER])  # paired: the same episodes
    return np.array(gains)


def fresh_gain(name: str, folder: Path = STUDY_FOLDER) -> tuple[Interval, Interval]:
    """The gain over `expert`, mean of the trainings: interval over episodes, and over trainings.

    ValueError with fewer than two trainings.
    """
    gains = fresh_gains(name, folder)
    if len(gains) < 2:
        raise ValueError(f"one training of {name} alone has played: no interval over trainings")
    each_episode = gains.mean(axis=0)  # (episodes,)
    each_training = gains.mean(axis=1)  # (trainings,)
    return mean_interval(each_episode), mean_interval(each_training)


@cache
def _expert(episodes: int) -> list[int]:
    return _whole(evaluate("expert", episodes=episodes, seed=FIRST_SEED).defended_scores)


def _whole(points: np.ndarray) -> list[int]:
    return [int(part) for part in points]
