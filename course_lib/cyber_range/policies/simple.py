"""Defenders that look at nothing: sleep, monitor, and two random ones."""

import numpy as np

from ..constants import ANALYSE, DECOY, MONITOR, REMOVE, RESTORE
from ..policy import Tick
from .base import ScriptedPolicy
from .rng import uniform


class Sleep(ScriptedPolicy):
    """Never does anything. The floor every defender must beat."""

    name = "sleep"
    observation = "flat"

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) Sleep."""
        return self.sleeping(tick.size)


class Monitor(ScriptedPolicy):
    """Always monitors. Monitoring runs by itself each tick, so this plays exactly like Sleep."""

    name = "monitor"
    observation = "flat"

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) Monitor."""
        return np.tile(self.layout.single(MONITOR), (tick.size, 1))


class UniformRandom(ScriptedPolicy):
    """Uniform over all valid actions of each defender, also while it is busy."""

    name = "random"
    observation = "flat"

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) one valid action each, uniformly."""
        draws = uniform(tick.seeds, tick.step, self.layout.count)
        return pick_uniformly(tick.mask, draws)


class RandomNoTraffic(ScriptedPolicy):
    """Uniform over the valid actions on hosts; leaves the firewall alone."""

    name = "random-no-traffic"
    observation = "flat"

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) one valid host action each, uniformly."""
        on_hosts = np.isin(self.layout.classes, (ANALYSE, REMOVE, RESTORE, DECOY))
        draws = uniform(tick.seeds, tick.step, self.layout.count)
        return pick_uniformly(tick.mask & on_hosts, draws)


def pick_uniformly(allowed: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(E, D, A) bool and (E, D) draws in [0, 1) -> (E, D) indices of allowed actions.

    With n allowed actions a draw u takes number floor(u n) of them.
    """
    running = allowed.cumsum(axis=-1)
    count = running[..., -1]
    place = np.floor(draws * count).astype(np.int64)
    return (running > place[..., None]).argmax(axis=-1)
