"""What a defender remembers of its own actions: small arrays over (environment, zone, slot)."""

import numpy as np

from ..constants import DEFENDED_ZONES, SLEEP, SLOTS

NONE = -1
"""Stands where a host number would, if an action has no host."""


def host_flags(size: int) -> np.ndarray:
    """(E, 7, 16) bool, all False."""
    return np.zeros((size, DEFENDED_ZONES, SLOTS), bool)


def host_numbers(size: int, value: int = 0) -> np.ndarray:
    """(E, 7, 16) int, all ``value``."""
    return np.full((size, DEFENDED_ZONES, SLOTS), value)


class OwnActions:
    """What each defender is doing, and which of it has just been finished.

    A defender knows this without looking: it sees that it is free again and recalls what it had
    begun.

    Args:
        size: number of environments E.
        defenders: number of defenders D.
    """

    def __init__(self, size: int, defenders: int) -> None:
        self.action_class = np.full((size, defenders), SLEEP)
        self.host = np.full((size, defenders), NONE)

    def forget(self, rows: np.ndarray) -> None:
        """Clear the environments in ``rows`` (E,) bool."""
        self.host[rows] = NONE

    def of(self, rows: np.ndarray) -> "OwnActions":
        """A copy of these rows (C,), a row as often as it is named."""
        copied = OwnActions(0, 0)
        copied.action_class = self.action_class[rows]
        copied.host = self.host[rows]
        return copied

    def begin(self, classes: np.ndarray, hosts: np.ndarray) -> None:
        """Note the (E, D) actions just chosen; hosts are 16 * zone + slot, -1 where none."""
        # A busy defender submits Sleep, which has no host: what it is doing stays noted.
        started = hosts >= 0
        self.action_class = np.where(started, classes, self.action_class)
        self.host = np.where(started, hosts, self.host)

    def overrule(self, where: np.ndarray, classes: np.ndarray, hosts: np.ndarray) -> None:
        """Replace what was just noted by (E, D) others where (E, D) bool says so."""
        self.action_class = np.where(where, classes, self.action_class)
        self.host = np.where(where, hosts, self.host)

    def finish(self, free: np.ndarray) -> "Finished":
        """What the defenders that are free (E, D) bool have finished since they were last asked."""
        ended = free & (self.host >= 0)
        env_idx, agent_idx = np.nonzero(ended)
        hosts = self.host[env_idx, agent_idx]
        classes = self.action_class[env_idx, agent_idx]
        self.host[ended] = NONE  # or the next tick would find it finished once more
        return Finished(len(free), env_idx, hosts, classes)


class Finished:
    """Own actions that ended in the last tick, K of them.

    Args:
        size: number of environments E.
        env_idx: (K,) environments.
        hosts: (K,) hosts, as 16 * zone + slot.
        classes: (K,) action classes.
    """

    def __init__(
        self, size: int, env_idx: np.ndarray, hosts: np.ndarray, classes: np.ndarray
    ) -> None:
        self._size = size
        self._env_idx = env_idx
        self._hosts = hosts
        self._classes = classes

    def on(self, action_class: int) -> np.ndarray:
        """(E, 7, 16) bool, True where an action of that class has ended."""
        ended = host_flags(self._size)
        chosen = self._classes == action_class
        zones, slots = np.divmod(self._hosts[chosen], SLOTS)
        ended[self._env_idx[chosen], zones, slots] = True
        return ended
