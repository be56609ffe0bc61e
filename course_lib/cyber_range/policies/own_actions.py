"""What a defender remembers of its own actions: small arrays over (environment, zone, slot)."""

import numpy as np

from ..constants import DEFENDED_ZONES, SLEEP, SLOTS


def host_table(size: int, value=False) -> np.ndarray:
    """(E, 7, 16) array filled with ``value``, of its type."""
    return np.full((size, DEFENDED_ZONES, SLOTS), value)


class OwnActions:
    """What each defender is doing, and which of it has just been finished.

    A defender knows this without looking: it sees that it is free again and recalls what it had
    begun.
    """

    def __init__(self, size: int, defenders: int):
        self.action_class = np.full((size, defenders), SLEEP)
        self.host = np.full((size, defenders), -1)

    def forget(self, rows: np.ndarray) -> None:
        """Clear the environments in ``rows`` (E,) bool."""
        self.host[rows] = -1

    def begin(self, classes: np.ndarray, hosts: np.ndarray) -> None:
        """Note the (E, D) actions just chosen; hosts are 16 * zone + slot, -1 where none."""
        started = hosts >= 0
        self.action_class = np.where(started, classes, self.action_class)
        self.host = np.where(started, hosts, self.host)

    def finish(self, free: np.ndarray) -> "Finished":
        """What the defenders that are free (E, D) bool have finished since they were last asked."""
        rows, columns = np.nonzero(free & (self.host >= 0))
        done = Finished(len(free), rows, self.host[rows, columns], self.action_class[rows, columns])
        self.host[rows, columns] = -1
        return done


class Finished:
    """Own actions that ended in the last tick."""

    def __init__(self, size: int, rows: np.ndarray, hosts: np.ndarray, classes: np.ndarray):
        self._size, self._rows, self._hosts, self._classes = size, rows, hosts, classes

    def on(self, *classes: int) -> np.ndarray:
        """(E, 7, 16) bool, True where an action of one of the classes has ended."""
        where = host_table(self._size)
        chosen = np.isin(self._classes, classes)
        hosts = self._hosts[chosen]
        where[self._rows[chosen], hosts // SLOTS, hosts % SLOTS] = True
        return where
