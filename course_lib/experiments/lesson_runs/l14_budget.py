"""The budget frontier of lesson 14: what a budget of Restores costs, with a screen that only cuts,
with one that offers the next best action, and with a learner that knows its budget.

Written before the run. Primary contrast: learned price behind the screen minus the screen alone,
both with second choices, defended part, paired by episode, at each budget. Second: what second
choices are worth (screen minus ``screen, then Sleep``), and the taught team behind the same screen.
Judged on `JUDGED` episodes from `JUDGED_EPISODE` on; prices are learned on other episodes.
"""

import numpy as np
import torch

from course_lib.cyber_range import evaluate, make_policy
from course_lib.cyber_range.constants import RESTORE
from course_lib.cyber_range.policies import ExpertConfig
from course_lib.cyber_range.policies.around import Around
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.policies.bounds import BoundedPolicy, Bounds
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.training.pretrained import load_policy

from .held_out import held_out_seeds
from .record import LessonRun, Row

BUDGETS = (5, 10, 15, 20)
"""Restores of the whole team in an episode; ``expert`` takes about 20."""
JUDGED = 24
JUDGED_EPISODE = 892_000
LEARNING_EPISODE = 4_600_000
"""Seed of the first episode on which a price is learned."""
ROUNDS, ROUND_EPISODES = 4, 12
"""Rounds of dual ascent, and episodes of each."""
STEP = 0.15
"""What one Restore above the budget adds to the price, as a share of it."""


class NoSecondChoice(Around):
    """The policy inside, which does not say what it would do instead."""

    def ranking(self, size: int) -> np.ndarray:
        """(E, D, 242) nothing but Sleep."""
        return TickPolicy.ranking(self, size)


def priced(price: float) -> TickPolicy:
    """The expert for whom a Restore costs ``price`` points more than the one it costs anyway."""
    plain = ExpertConfig()
    return make_policy("expert", worth=plain.worth * (1.0 + price))


def restores(statistics: np.ndarray) -> np.ndarray:
    """(N,) Restores that the team began in each episode."""
    begun = statistics["blue_actions"]
    of_restores = begun[:, :, RESTORE]
    return of_restores.sum(axis=1)


def learn_price(budget: int) -> float:
    """Dual ascent on the price of a Restore, as in the lesson."""
    price = 0.0
    for number in range(ROUNDS):
        first = LEARNING_EPISODE + ROUND_EPISODES * number
        episodes = held_out_seeds(first, ROUND_EPISODES)
        report = evaluate(priced(price), episodes=ROUND_EPISODES, seed=episodes[0])
        too_many = float(restores(report.statistics).mean()) - budget
        price = max(0.0, price + STEP * too_many * (1.0 + price))
    return price


def taught() -> TickPolicy:
    """The shipped taught team, greedily."""
    team = load_policy("three-layer-taught")
    assert isinstance(team, HierarchicalDefender)  # by its name
    team.greedy = True
    return team


def judged(policy: TickPolicy, how: str, budget: int, price: float = 0.0) -> list[Row]:
    """One row for each episode."""
    episodes = held_out_seeds(JUDGED_EPISODE, JUDGED)
    report = evaluate(policy, episodes=JUDGED, seed=episodes[0])
    used = restores(report.statistics)
    rows = []
    for number, episode in enumerate(episodes):
        row: Row = {"how": how, "budget": budget, "price": round(price, 2), "episode": episode}
        row["restores"] = int(used[number])
        row["defended"] = float(report.defended_scores[number])
        rows.append(row)
    return rows


def frontier(seed: int) -> list[Row]:
    """The expert and the taught team without bounds, and everything at each budget."""
    torch.set_num_threads(1)
    rows = judged(priced(0.0), "no bound", 0) + judged(taught(), "taught, no bound", 0)
    for budget in BUDGETS:
        bounds = Bounds(blocks=True, restores=budget)
        price = learn_price(budget)
        silent = NoSecondChoice(priced(0.0))
        rows += judged(BoundedPolicy(silent, bounds), "screen, then Sleep", budget)
        rows += judged(BoundedPolicy(priced(0.0), bounds), "screen", budget)
        rows += judged(BoundedPolicy(priced(price), bounds), "price and screen", budget, price)
        rows += judged(BoundedPolicy(taught(), bounds), "taught, screen", budget)
    return rows


RUNS = {
    "l14-budget": LessonRun(
        make=frontier,
        seeds=1,
        question="What does a budget of Restores cost, and does it help to know it? Primary "
        "contrast: learned price behind the screen minus the screen alone, defended part, paired "
        "by episode, at each budget.",
        minutes=2,
        config={
            "budgets": list(BUDGETS),
            "judged": JUDGED,
            "rounds": ROUNDS,
            "round_episodes": ROUND_EPISODES,
            "step": STEP,
        },
    ),
}
"""The recorded run."""
