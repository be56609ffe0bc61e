"""Is a defender that cannot be foreseen harder to exploit? A run of lesson 14.

Written before the run. Two pairs, each one predictable and one that is not: *fixed* is ``expert``,
*rotated* draws one of three settings of it for each episode; *greedy* is the taught team as it
plays elsewhere in the lesson, *drawn* the same team drawing its actions. Against each of the four
red searches a best response with the budget of `l14_red` (192 episodes). Primary contrast, over the
searches: what the unpredictable one loses to *its own* best response minus what the predictable one
loses to its own, defended part, paired by episode. Second: how the best response to the predictable
one does against the other. `JUDGED` episodes from `JUDGED_EPISODE` on, on which nobody searched.
"""

from collections.abc import Callable

import numpy as np
import torch

from course_lib.cyber_range import make_policy
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.policies.rng import uniform
from course_lib.cyber_range.policy import Tick
from course_lib.experiments.attacker import best_response, judge, scripted
from course_lib.training.pretrained import load_team

from .held_out import held_out_seeds
from .l14_red import BLUES, BUDGET, TRIES
from .record import LessonRun, Row, episode_rows

SEEDS = 3
JUDGED = 24
JUDGED_EPISODE = 896_000
POLICY_OF_THE_DAY = 41
"""Number of the draw: it shares its chance with no decision."""
IN_TURN = ("expert", "many decoys", "looks often")
"""Settings of `l14_red.BLUES` that are rotated; all are about equally good at home."""


class Rotating(TickPolicy):
    """One of several policies plays each episode, drawn for it.

    Args:
        policies: for the same defenders and with the same observation.
    """

    name = "rotated"

    def __init__(self, policies: list[TickPolicy]) -> None:
        super().__init__(policies[0].defenders)
        self.observation = policies[0].observation
        self.policies = policies

    def start(self, size: int) -> None:
        """Begin every memory: all of them watch, one acts."""
        for policy in self.policies:
            policy.start(size)

    def forget(self, rows: np.ndarray) -> None:
        """Clear every memory where an episode begins."""
        for policy in self.policies:
            policy.forget(rows)

    def today(self, tick: Tick) -> np.ndarray:
        """(E,) place of the policy that plays this episode."""
        beginning = np.zeros_like(tick.step)
        drawn = uniform(tick.seeds, beginning, 1, POLICY_OF_THE_DAY)[:, 0]
        return (drawn * len(self.policies)).astype(int)

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) what the policy of the day wants. The others' wishes are never carried out, and
        their memory of this episode is never asked."""
        wanted = np.stack([policy.decide(tick) for policy in self.policies])
        actions: np.ndarray = wanted[self.today(tick), np.arange(tick.size)]
        return actions


def rotated() -> TickPolicy:
    """Three settings of the expert, one of them for each episode."""
    return Rotating([make_policy("expert", **BLUES[name]) for name in IN_TURN])


BLUE: dict[str, Callable[[], TickPolicy]] = {
    "fixed": lambda: make_policy("expert"),
    "rotated": rotated,
    "greedy": lambda: load_team("three-layer-taught", greedy=True),
    "drawn": lambda: load_team("three-layer-taught"),
}
"""Defenders, in two pairs."""
PAIRS = (("rotated", "fixed"), ("drawn", "greedy"))
"""The unpredictable one, and the predictable one beside it."""


def predictable(seed: int) -> list[Row]:
    """One row for each defender, attacker and episode of this search."""
    torch.set_num_threads(1)
    official = scripted()
    rows: list[Row] = []
    for unpredictable, plain in PAIRS:
        attackers = {"official": official}
        for blue in (plain, unpredictable):
            search = best_response(BLUE[blue](), BUDGET, TRIES, 100 + seed)
            attackers[f"best against {blue}"] = search[-1].mean
        for blue in (plain, unpredictable):
            for red, table in attackers.items():
                rows += played(blue, red, table)
    return rows


def played(blue: str, red: str, attacker: np.ndarray) -> list[Row]:
    """One row for each episode."""
    episodes = held_out_seeds(JUDGED_EPISODE, JUDGED)
    points = judge(BLUE[blue](), attacker, episodes)
    return episode_rows(episodes, {"blue": blue, "red": red}, defended=points)


RUNS = {
    "l14-predictable": LessonRun(
        make=predictable,
        seeds=SEEDS,
        question="Is a defender that rotates or draws harder to exploit than one that can be "
        "foreseen? Primary contrast: its points against its own best response minus those of the "
        "predictable one against its own, defended part, paired by episode, over searches.",
        minutes=4,
        config={
            "population": BUDGET.population,
            "elite": BUDGET.elite,
            "generations": BUDGET.generations,
            "episodes_a_try": TRIES,
            "judged": JUDGED,
            "rotated": list(IN_TURN),
        },
    ),
}
"""The recorded run."""
