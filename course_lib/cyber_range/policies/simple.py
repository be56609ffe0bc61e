"""Defenders that look at nothing: sleep, monitor, and two random ones."""

import numpy as np

from ..constants import ANALYSE, DECOY, MONITOR, REMOVE, RESTORE
from ..policy import Tick
from .base import ScriptedPolicy
from .rng import uniform


class Sleep(ScriptedPolicy):
    """Never does anything. The floor every defender must beat."""

    name, observation = "sleep", "flat"

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) Sleep."""
        return self.sleeping(tick.size)


class Monitor(ScriptedPolicy):
    """Always monitors. Monitoring also runs by itself each tick, so this plays exactly like
    Sleep."""

    name, observation = "monitor", "flat"

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) Monitor."""
        return np.tile(self.layout.single(MONITOR), (tick.size, 1))


class UniformRandom(ScriptedPolicy):
    """Uniform over all valid actions of each defender, also while it is busy."""

    name, observation = "random", "flat"

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) one valid action each, uniformly."""
        return pick_uniformly(tick.mask, uniform(tick.seeds, tick.step, self.layout.count))


class RandomNoTraffic(ScriptedPolicy):
    """Uniform over the valid Analyse, Remove, Restore and DeployDecoy actions; leaves the firewall
    alone."""

    name, observation = "random-no-traffic", "flat"

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) one valid host action each, uniformly."""
        allowed = tick.mask & np.isin(self.layout.classes, (ANALYSE, REMOVE, RESTORE, DECOY))
        return pick_uniformly(allowed, uniform(tick.seeds, tick.step, self.layout.count))


def pick_uniformly(allowed: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(E, D, A) bool and (E, D) draws in [0, 1) -> (E, D) index of the floor(draw x count)-th
    allowed action."""
    running = allowed.cumsum(axis=-1)
    place = np.floor(draws * running[..., -1]).astype(np.int64)
    return (running > place[..., None]).argmax(axis=-1)
