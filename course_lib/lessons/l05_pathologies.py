"""Lesson 05: shares with their intervals and joint actions by name, as its tables show them."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from course_lib.games import MatrixGame
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
