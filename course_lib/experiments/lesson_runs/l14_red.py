"""Two generations of red and blue for lesson 14: who answers whom, and what is forgotten.

Written before the run. The first blue is ``expert``; red answers it (a best response of
`BUDGET.population` x `BUDGET.generations` x `TRIES` episodes), blue answers red (the best of
`BLUES` on episodes of its own), and red answers again. Besides, red answers the taught team.

Primary contrast, for each of the three searches: ``expert`` against the attacker that learned
against it minus ``expert`` against ``impact-hungry``, the hardest script, defended part, paired by
episode. Second: what the second blue loses to the official attacker beside the first (forgotten).
Everybody is judged on `JUDGED` episodes from `JUDGED_EPISODE` on, on which nobody searched.
"""

import numpy as np
import torch

from course_lib.cyber_range import evaluate, make_policy
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.experiments.attacker import (
    CrossEntropyConfig,
    best_response,
    judge,
)
from course_lib.training.pretrained import load_team

from .held_out import held_out_seeds
from .record import LessonRun, Row, episode_rows

BUDGET = CrossEntropyConfig(population=12, elite=3, generations=4)
TRIES = 4
"""Episodes that each try of a search plays."""
JUDGED = 24
JUDGED_EPISODE = 882_000
CHOSEN_EPISODE, CHOSEN_ON = 884_000, 16
"""First episode and number of episodes on which blue's answer is chosen."""
BLUES: dict[str, dict[str, float]] = {
    "expert": {},
    "many decoys": {"decoys": 4, "shared_decoys": 2},
    "no decoys": {"decoys": 0, "shared_decoys": 0},
    "restores less": {"worth": 20.0},
    "restores every foothold": {"dear": 0.0},
    "looks often": {"rest": 5.0, "stale": 20.0},
}
"""Parameters of ``expert`` among which blue's answer is chosen."""
SCRIPTS = ("finite-state", "impact-hungry")
"""Attackers that do not learn."""


def answer_to(attacker: np.ndarray) -> str:
    """Of `BLUES` the one that loses least to this attacker."""
    means = {}
    for name, parameters in BLUES.items():
        blue = make_policy("expert", **parameters)
        episodes = held_out_seeds(CHOSEN_EPISODE, CHOSEN_ON)
        means[name] = judge(blue, attacker, episodes).mean()
    return max(means, key=means.__getitem__)


def generations(seed: int) -> list[Row]:
    """One row for each blue, attacker and episode, in the two tables of this search."""
    torch.set_num_threads(1)
    first = make_policy("expert")
    red = {"red 1": best_response(first, BUDGET, TRIES, 10 * seed)[-1].mean}
    chosen = answer_to(red["red 1"])
    second = make_policy("expert", **BLUES[chosen])
    red["red 2"] = best_response(second, BUDGET, TRIES, 10 * seed + 1)[-1].mean
    rows = played("blue 1", "expert", first, red)
    rows += played("blue 2", chosen, second, red)
    taught = load_team("three-layer-taught", greedy=True)
    against_taught = best_response(taught, BUDGET, TRIES, 10 * seed + 2)[-1].mean
    red["red of taught"] = against_taught
    rows += played("taught", "taught", taught, red)
    return rows


def played(
    blue: str,
    kind: str,
    policy: TickPolicy,
    attackers: dict[str, np.ndarray],
) -> list[Row]:
    """A blue against everybody, one row for each episode."""
    episodes = held_out_seeds(JUDGED_EPISODE, JUDGED)
    points = {}
    for name, attacker in attackers.items():
        points[name] = judge(policy, attacker, episodes)
    for script in SCRIPTS:
        report = evaluate(policy, episodes=JUDGED, seed=episodes[0], red=script)
        points[script] = report.defended_scores
    rows: list[Row] = []
    for red, of in points.items():
        about = {"blue": blue, "kind": kind, "red": red}
        rows += episode_rows(episodes, about, defended=of)
    return rows


RUNS = {
    "l14-red": LessonRun(
        make=generations,
        seeds=3,
        question="How much harder than the hardest script is the attacker that a budget of 192 "
        "episodes finds? Primary contrast: expert against the learned attacker minus expert "
        "against impact-hungry, defended part, paired by episode, in each search. Second: what the "
        "answer to the attacker loses to the official one (forgotten).",
        minutes=2,
        config={
            "population": BUDGET.population,
            "elite": BUDGET.elite,
            "generations": BUDGET.generations,
            "episodes_a_try": TRIES,
            "judged": JUDGED,
            "blues": list(BLUES),
        },
    ),
}
"""The recorded run."""
