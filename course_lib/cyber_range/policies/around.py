"""A policy around another one: it changes what the other sees, or what it wanted to do.

The policy inside need not know. Where it is overruled it is told, so that it does not recall
actions that never happened.
"""

import copy
from dataclasses import replace

import numpy as np

from course_lib import validate

from ..policy import Tick
from .base import TickPolicy


class Around(TickPolicy):
    """Plays as the policy inside, which a subclass may deceive (`shown`) or overrule (`screened`).

    Args:
        inside: a scripted or trained policy of the course, made for the same defenders.

    Raises:
        ValueError: for a policy that does not decide tick by tick.
    """

    def __init__(self, inside: TickPolicy) -> None:
        hint = "take one of make_policy or of training.load_policy"
        self.inside = validate.instance("inside", inside, TickPolicy, hint)
        self.observation = inside.observation
        self.name = inside.name
        super().__init__(inside.defenders)

    def shown(self, tick: Tick) -> np.ndarray:
        """The observations (E, ...) that the policy inside gets to see; by default all."""
        return tick.obs

    def screened(self, tick: Tick, wanted: np.ndarray) -> np.ndarray:
        """The actions (E, D) that are really taken; by default those it wanted."""
        return wanted

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) action indices."""
        wanted = self.inside.decide(replace(tick, obs=self.shown(tick)))
        taken = self.screened(tick, wanted)
        changed = (taken != wanted) & tick.free
        if changed.any():
            self.inside.overrule(taken, changed)
        return taken

    def start(self, size: int) -> None:
        """Begin the memory of the policy inside."""
        self.inside.start(size)

    def forget(self, rows: np.ndarray) -> None:
        """Clear the memory of the policy inside where an episode begins."""
        self.inside.forget(rows)

    def keep(self, rows: np.ndarray) -> None:
        """The memory of the policy inside for these rows."""
        self.inside = copy.copy(self.inside)
        self.inside.keep(rows)

    def ranking(self, size: int) -> np.ndarray:
        """(E, D, 242) as the policy inside ranks them."""
        return self.inside.ranking(size)

    def overrule(self, actions: np.ndarray, where: np.ndarray) -> None:
        """Tell the policy inside that somebody else decided."""
        self.inside.overrule(actions, where)
