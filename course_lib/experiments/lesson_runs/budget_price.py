"""Learners that know a budget of Restores: a price, found by dual ascent. For lesson 14.

"Lose as few points as possible, with at most b Restores in the mean" has the Lagrangian

    L = points - price * (Restores - b)

with one multiplier, the price. For a fixed price the best that the scripted expert can do is to
restore only where a host is worth so much more (the primal step, solved by its own rule); the price
then rises while the team spends more than b, and falls, never below 0, while it spends less (dual
ascent; Altman 1999).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from course_lib.cyber_range import Report, evaluate, make_policy
from course_lib.cyber_range.constants import RESTORE
from course_lib.cyber_range.policies import ExpertConfig
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.policies.expert import Expert
from course_lib.cyber_range.policy import Tick

LEAST_LEFT = 0.5
"""Restores that count as left when none is."""

Learner = Callable[[float], TickPolicy]
"""The policy that best answers a price."""


def priced(price: float) -> TickPolicy:
    """The expert for whom a Restore costs ``price`` times more than the worth it asks for anyway:
    the same price all the time."""
    plain = ExpertConfig()
    return make_policy("expert", worth=plain.worth * (1.0 + price))


class PacedExpert(Expert):
    """The expert that knows what is left of its budget.

    Its price is multiplied by the share of the episode that is left and divided by the share of the
    budget that is left: whoever spends faster than time passes becomes thrifty, whoever has saved
    may spend, and at the end nothing need be left over. With nothing left a Restore is dear and not
    forbidden: a learner that keeps its budget by itself never overspends, and learns no price.

    Args:
        price: while budget and time go in step.
        budget: Restores of the whole team in an episode, at least 1.
    """

    def __init__(self, price: float, budget: int) -> None:
        super().__init__()
        self.price, self.budget = price, budget

    def start(self, size: int) -> None:
        """Nothing is spent."""
        super().start(size)
        self._spent = np.zeros(size)
        self._begun = np.zeros((size, self.layout.count), np.int64)

    def forget(self, rows: np.ndarray) -> None:
        """Nothing is spent where an episode begins."""
        super().forget(rows)
        self._spent[rows] = 0

    def keep(self, rows: np.ndarray) -> None:
        """What these rows have spent."""
        super().keep(rows)
        self._spent = self._spent[rows].copy()
        self._begun = self._begun[rows].copy()

    def begin(self, classes: np.ndarray, hosts: np.ndarray) -> None:
        """Count the Restores among what was begun, (E, D) classes."""
        super().begin(classes, hosts)
        self._begun = classes
        self._spent += (classes == RESTORE).sum(axis=1)

    def overrule(self, actions: np.ndarray, where: np.ndarray) -> None:
        """Count what somebody else decided in the place of what was begun."""
        super().overrule(actions, where)
        taken, _ = self.layout.targets(actions)
        withdrawn = (self._begun == RESTORE) & where
        added = (taken == RESTORE) & where
        self._spent += added.sum(axis=1) - withdrawn.sum(axis=1)

    def price_now(self, tick: Tick) -> np.ndarray:
        """(E,) the price of a Restore in this tick."""
        time_left = 1.0 - tick.step / self.config.steps
        restores_left = np.maximum(self.budget - self._spent, LEAST_LEFT)
        now: np.ndarray = self.price * time_left * self.budget / restores_left
        return now

    def _worth(self, tick: Tick, prices: np.ndarray) -> np.ndarray:
        asked = self.config.worth * (1.0 + self.price_now(tick))
        worth: np.ndarray = self._at_stake(tick, prices) > asked[:, None]
        return worth


def restores(report: Report) -> np.ndarray:
    """(N,) Restores that the team began in each episode."""
    begun = report.statistics["blue_actions"]
    of_restores: np.ndarray = begun[:, :, RESTORE].sum(axis=1)
    return of_restores


class Round(NamedTuple):
    """One round of dual ascent."""

    price: float
    """That was tried."""
    restores: float
    """Restores of an episode, in the mean."""
    defended: float
    """Defended part of the score, in the mean."""
    next_price: float
    """That follows from it."""


def dual_ascent(
    learner: Learner,
    budget: int,
    first_episode: int,
    rounds: int,
    episodes: int,
    step: float,
) -> list[Round]:
    """Learn the price of a Restore.

    Args:
        learner: answers a price.
        budget: Restores of the whole team in an episode, in the mean.
        first_episode: seed of the first episode that is played; every round plays new ones.
        rounds: of ascent.
        episodes: of a round.
        step: what one Restore above the budget adds, as a share of 1 + price: a price that is far
            off moves in large steps, and one near 0 can still leave it.

    Returns:
        One record a round; the last one's ``next_price`` is what was learned.
    """
    price = 0.0
    done = []
    for number in range(rounds):
        seed = first_episode + episodes * number
        report = evaluate(learner(price), episodes=episodes, seed=seed)
        spent = float(restores(report).mean())
        moved = price + step * (spent - budget) * (1.0 + price)
        next_price = max(0.0, moved)
        done.append(Round(price, spent, float(report.defended_scores.mean()), next_price))
        price = next_price
    return done
