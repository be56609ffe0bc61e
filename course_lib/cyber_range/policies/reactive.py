"""Three simple defenders: restore blindly, restore on an alarm, and decoys first with round-robin
analysis.

They mark the way from no strategy to a reasonable one: each adds one idea to the one before.
"""

from dataclasses import dataclass

import numpy as np

from course_lib import validate

from ..constants import ANALYSE, DECOY, REMOVE, RESTORE, Priority
from ..observations import CONNECTION, PRIORITY, PROCESS
from ..policy import Tick
from .base import ScriptedPolicy
from .own_actions import OwnActions, host_numbers
from .wishes import Wishes, carry_out


class BlindRestore(ScriptedPolicy):
    """Restores every host in turn, whatever it sees: a point each time, mostly for nothing."""

    name = "blind-restore"

    def start(self, size: int) -> None:
        """No host restored yet."""
        self._own = OwnActions(size, self.layout.count)
        self._restored_at = host_numbers(size, -1)

    def forget(self, rows: np.ndarray) -> None:
        """Clear the episodes that begin."""
        self._own.forget(rows)
        self._restored_at[rows] = -1

    def keep(self, rows: np.ndarray) -> None:
        """The turns of these rows."""
        self._own = self._own.of(rows)
        self._restored_at = self._restored_at[rows]

    def overrule(self, actions: np.ndarray, where: np.ndarray) -> None:
        """Recall the actions of somebody else where (E, D) bool says so."""
        self._own.overrule(where, *self.layout.targets(actions))

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) Restore on the host whose turn is longest ago."""
        now = tick.step[:, None, None]
        restored = self._own.finish(tick.free).on(RESTORE)
        self._restored_at = np.where(restored, now, self._restored_at)
        # Every existing host is wanted, and the one that waits longest is the most urgent.
        wishes = Wishes(tick.size)
        waiting = now - self._restored_at
        wishes.want(RESTORE, tick.exists, 1.0 + waiting)
        orders = carry_out(wishes, tick.exists, tick.free, self.layout)
        self._own.begin(orders.classes, orders.hosts)
        return orders.actions


class ReactRestore(ScriptedPolicy):
    """Restores a host as soon as an event is remembered there; false alarms cost a point too."""

    name = "react-restore"

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) Restore after a process event, or else a connection event; otherwise Sleep."""
        wishes = Wishes(tick.size)
        wishes.want(RESTORE, tick.obs[:, :, CONNECTION] > 0, 1.0)
        wishes.want(RESTORE, tick.obs[:, :, PROCESS] > 0, 2.0)
        return carry_out(wishes, tick.exists, tick.free, self.layout).actions


@dataclass(frozen=True)
class RoundRobinConfig:
    """Parameters of ``decoy-roundrobin``."""

    decoys: int = 1
    """Decoys laid on each host before the rounds begin, and again after a Restore."""

    def __post_init__(self) -> None:
        validate.whole_number("decoys", self.decoys, 0, 1000)


class DecoyRoundRobin(ScriptedPolicy):
    """A decoy on every host, then Analyse in turn.

    Restore on a file of root, Remove on any other sign. Only the order of the urgencies counts.
    """

    name = "decoy-roundrobin"
    Config = RoundRobinConfig

    def start(self, size: int) -> None:
        """Nothing analysed, no decoys."""
        self._own = OwnActions(size, self.layout.count)
        self._analysed_at = host_numbers(size, -1)
        self._decoys = host_numbers(size)
        self._wishes = Wishes(size)

    def forget(self, rows: np.ndarray) -> None:
        """Clear the episodes that begin."""
        self._own.forget(rows)
        self._analysed_at[rows] = -1
        self._decoys[rows] = 0

    def keep(self, rows: np.ndarray) -> None:
        """The rounds and decoys of these rows."""
        self._own = self._own.of(rows)
        self._analysed_at = self._analysed_at[rows]
        self._decoys = self._decoys[rows]

    def overrule(self, actions: np.ndarray, where: np.ndarray) -> None:
        """Recall the actions of somebody else where (E, D) bool says so."""
        self._own.overrule(where, *self.layout.targets(actions))

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) react to host priority, then to events, then lay decoys, then analyse in turn."""
        now = tick.step[:, None, None]
        self._take_stock(now, tick.free)
        priority = tick.obs[:, :, PRIORITY]
        process = tick.obs[:, :, PROCESS] > 0
        waiting = now - self._analysed_at
        # A step in urgency is larger than any wait: a sign goes before every round.
        wishes = Wishes(tick.size)
        wishes.want(RESTORE, priority == Priority.ROOT_FILE, 5e6)
        wishes.want(REMOVE, priority > Priority.ROOT_FILE, 4e6)
        wishes.want(REMOVE, process, 3e6)
        wishes.want(DECOY, self._decoys < self.config.decoys, 2e6)
        wishes.want(ANALYSE, tick.exists, 1.0 + waiting)
        self._wishes = wishes
        orders = carry_out(wishes, tick.exists, tick.free, self.layout)
        self._own.begin(orders.classes, orders.hosts)
        return orders.actions

    def ranking(self, size: int) -> np.ndarray:
        """(E, D, 242) the urgency of everything that it wants."""
        return self._wishes.ranking(self.layout)

    def _take_stock(self, now: np.ndarray, free: np.ndarray) -> None:
        finished = self._own.finish(free)
        self._analysed_at = np.where(finished.on(ANALYSE), now, self._analysed_at)
        laid = self._decoys + finished.on(DECOY)
        self._decoys = np.where(finished.on(RESTORE), 0, laid)  # a Restore takes them away
