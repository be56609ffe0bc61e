"""The budget frontier of lesson 14: what a budget of Restores costs, with a screen that only cuts,
with one that offers the next best action, and with learners that know their budget.

Written before the run. Three seeds: each learns its prices on episodes of its own (`ROUNDS` rounds
of `ROUND_EPISODES`), and is judged on `JUDGED` episodes of its own from `JUDGED_EPISODE` on. Two
learners, both behind the screen: *price* asks the same price of a Restore all the time, *pace*
knows what is left of its budget. Primary contrast: pace behind the screen minus the screen alone,
both with second choices, defended part, paired by episode, at each budget. Second: the same for
price, what second choices are worth (screen minus ``screen, then Sleep``), and the taught team
behind the same screen.

A first version of *pace* wanted no Restore once its budget was spent. So it never overspent, no
price was learned, and it played as the screen does, to the point, at each budget. That was a fault
of the learner, mended before this run; contrast, seeds and episodes stayed as they were.
"""

from typing import NamedTuple

import numpy as np
import torch

from course_lib.cyber_range import evaluate
from course_lib.cyber_range.policies.around import Around
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.policies.bounds import BoundedPolicy, Bounds
from course_lib.training.pretrained import load_team

from .budget_price import Learner, PacedExpert, dual_ascent, priced, restores
from .held_out import held_out_seeds
from .record import LessonRun, Row

SEEDS = 3
BUDGETS = (5, 10, 15, 20)
"""Restores of the whole team in an episode; ``expert`` takes about 20."""
JUDGED = 16
JUDGED_EPISODE = 892_000
LEARNING_EPISODE = 4_600_000
"""Seed of the first episode on which a price is learned; each seed of the run has a thousand."""
ROUNDS, ROUND_EPISODES = 6, 12
"""Rounds of dual ascent, and episodes of each."""
STEP = 0.15
"""What one Restore above the budget adds to the price, as a share of it."""


class NoSecondChoice(Around):
    """The policy inside, which does not say what it would do instead."""

    def ranking(self, size: int) -> np.ndarray:
        """(E, D, 242) nothing but Sleep."""
        return TickPolicy.ranking(self, size)


def taught() -> TickPolicy:
    """The shipped taught team, greedily."""
    return load_team("three-layer-taught", greedy=True)


COLUMNS = ("how", "budget", "round", "price", "episode", "restores", "defended")
"""Of this run: rows of learning have a round, rows of judging an episode."""


def blank_row(how: str, budget: int) -> Row:
    """Every column of this run, empty but for the first two."""
    row: Row = dict.fromkeys(COLUMNS, "")
    return row | {"how": how, "budget": budget}


def learned(how: str, learner: Learner, budget: int, seed: int) -> tuple[float, list[Row]]:
    """The price that was learned, and one row for each round."""
    first = LEARNING_EPISODE + 1000 * seed
    held_out_seeds(first, ROUNDS * ROUND_EPISODES)
    done = dual_ascent(learner, budget, first, ROUNDS, ROUND_EPISODES, STEP)
    rows = []
    for number, one in enumerate(done):
        row = blank_row(how, budget)
        row |= {"round": number, "price": round(one.price, 2)}
        row |= {"restores": round(one.restores, 2), "defended": round(one.defended, 1)}
        rows.append(row)
    return done[-1].next_price, rows


class Way(NamedTuple):
    """How a budget is kept."""

    how: str
    budget: int
    """Restores of the whole team in an episode, 0 without a bound."""
    price: float = 0.0
    """That was learned."""


def judged(policy: TickPolicy, way: Way, seed: int) -> list[Row]:
    """One row for each episode."""
    episodes = held_out_seeds(JUDGED_EPISODE + JUDGED * seed, JUDGED)
    report = evaluate(policy, episodes=JUDGED, seed=episodes[0])
    used = restores(report)
    rows = []
    for number, episode in enumerate(episodes):
        row = blank_row(way.how, way.budget)
        row |= {"price": round(way.price, 2), "episode": episode}
        row |= {"restores": int(used[number])}
        row |= {"defended": float(report.defended_scores[number])}
        rows.append(row)
    return rows


def at_budget(budget: int, seed: int) -> list[Row]:
    """Both learners' rounds, and everything that keeps this budget."""

    def paced(price: float) -> TickPolicy:
        return PacedExpert(price, budget)

    bounds = Bounds(blocks=True, restores=budget)
    price, rows = learned("learning a price", priced, budget, seed)
    pace, more = learned("learning a pace", paced, budget, seed)
    rows += more
    silent = NoSecondChoice(priced(0.0))
    ways = {
        Way("screen, then Sleep", budget): silent,
        Way("screen", budget): priced(0.0),
        Way("price, screen", budget, price): priced(price),
        Way("pace, screen", budget, pace): paced(pace),
        Way("taught, screen", budget): taught(),
    }
    for way, policy in ways.items():
        rows += judged(BoundedPolicy(policy, bounds), way, seed)
    return rows


def frontier(seed: int) -> list[Row]:
    """The expert and the taught team without bounds, and everything at each budget."""
    torch.set_num_threads(1)
    rows = judged(priced(0.0), Way("no bound", 0), seed)
    rows += judged(taught(), Way("taught, no bound", 0), seed)
    for budget in BUDGETS:
        rows += at_budget(budget, seed)
    return rows


RUNS = {
    "l14-budget": LessonRun(
        make=frontier,
        seeds=SEEDS,
        question="What does a budget of Restores cost, and does it help to know it? Primary "
        "contrast: a learned price that knows what is left of the budget, behind the screen, minus "
        "the screen alone, defended part, paired by episode, at each budget.",
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
