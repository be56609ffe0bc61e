"""Lesson 05: shares with their intervals, joint actions by name, and how often somebody explores,
as its tables show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from course_lib.games import MatrixGame, firewall_acl
from course_lib.learners import Learner, Training, learn
from course_lib.stats import wilson_interval


def share(hits: ArrayLike) -> str:
    """Percentage of True entries among ``hits`` (R,), with its 95 % Wilson interval."""
    wins = int(np.sum(hits))
    runs = len(np.asarray(hits))
    low, high = wilson_interval(wins, runs)
    return f"{100 * wins / runs:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def listed(game: MatrixGame, joint_actions: Iterable[Sequence[int]]) -> str:
    """Joint actions by the names that the game gives to the actions of each agent."""
    named = []
    for joint in joint_actions:
        words = [game.actions[agent][action] for agent, action in enumerate(joint)]
        named.append("(" + ", ".join(words) + ")")
    return ", ".join(named)


@dataclass(frozen=True)
class Counted:
    """A share that was counted, with its 99.9 % interval."""

    share: float
    """0 to 1."""
    low: float
    """Lower end of the interval."""
    high: float
    """Upper end of the interval."""

    def __str__(self) -> str:
        return f"{100 * self.share:.1f} % [{100 * self.low:.1f}, {100 * self.high:.1f}]"


def count_exploring(epsilon: float, explorers: int, steps: int) -> Counted:
    """In what share of the steps somebody explores, in a team that edits one access list.

    Args:
        epsilon: how likely each of them explores in a step; it does not fall.
        explorers: how many; a single one is a joint learner, which chooses for a team of two.
        steps: how many are counted, a multiple of 100.
    """
    alone = explorers == 1
    training = Training(
        runs=steps // 100,
        plays=100,
        epsilon_start=epsilon,
        epsilon_end=epsilon,
        moments=1,
        followed=0,
        seed=explorers,
    )
    learner = Learner(tables="joint") if alone else Learner()
    share = learn(firewall_acl(2 if alone else explorers), learner, training).exploring[0]
    low, high = wilson_interval(round(share * steps), steps, level=0.999)
    return Counted(share, low, high)
