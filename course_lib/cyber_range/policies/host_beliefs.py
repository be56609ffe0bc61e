"""What the expert believes of every host: what events, files and its own actions together imply.

What the message shows, and what follows (section numbers: rules of the simulator):

* An SSH exploit leaves a process *and* a connection event on its target, an SQL injection a process
  event (4.1). Users at work leave process events too, but only on user hosts and without a
  connection (6.1). So a process event on a server, or together with a connection event, means an
  *open session*, which Remove kills.
* Between the exploit and the end of Remove red may become root; Remove leaves root alone (3.2). So
  after the Remove of an open session the host needs a *check*: an Analyse that looks for the file
  of an escalation.
* A phished session leaves no event and no file (6.3); it betrays itself only when it scans a host
  with a decoy. Such a *foothold* survives Remove. It costs nothing as long as red makes no further
  use of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..constants import (
    ANALYSE,
    DECOY,
    DEFENDED_ZONES,
    REMOVE,
    RESTORE,
    SERVER_SLOTS,
    SLOTS,
    Priority,
)
from ..observations import CONNECTION, PRIORITY, PROCESS
from ..policy import Tick
from .own_actions import OwnActions, host_flags, host_numbers

IS_SERVER = np.arange(SLOTS) < SERVER_SLOTS


@dataclass
class HostBeliefs:
    """Beliefs about the hosts of E environments, all (E, 7, 16) unless stated.

    Each entry of a host is forgotten when its Restore ends; ``session`` and ``alarm`` also after a
    Remove.
    """

    own: OwnActions
    process: np.ndarray
    """Bool, process bit of the tick before."""
    session: np.ndarray
    """Bool, an exploit has opened a session here."""
    alarm: np.ndarray
    """Bool, a process event that may be a user's."""
    check: np.ndarray
    """Bool, Analyse wanted after a Remove."""
    exploited: np.ndarray
    """Bool, an exploit worked here at some time since the last Restore."""
    foothold: np.ndarray
    """Bool, red scans from here."""
    looked_at: np.ndarray
    """Ticks, end of the last Analyse or Restore."""
    decoys: np.ndarray
    """Own decoys standing here."""
    met_root: np.ndarray
    """(E, 7) bool, the zone's defender has found a host held as root before."""

    @classmethod
    def blank(cls, size: int, defenders: int) -> "HostBeliefs":
        """Beliefs at the begin of ``size`` episodes with that many defenders."""
        return cls(
            own=OwnActions(size, defenders),
            process=host_flags(size),
            session=host_flags(size),
            alarm=host_flags(size),
            check=host_flags(size),
            exploited=host_flags(size),
            foothold=host_flags(size),
            looked_at=host_numbers(size),
            decoys=host_numbers(size),
            met_root=np.zeros((size, DEFENDED_ZONES), bool),
        )

    def of(self, rows: np.ndarray) -> "HostBeliefs":
        """A copy of these rows (C,), a row as often as it is named."""
        copied: dict[str, Any] = {"own": self.own.of(rows)}
        for name, held in vars(self).items():
            if name not in copied:
                copied[name] = held[rows]
        return HostBeliefs(**copied)

    def forget(self, rows: np.ndarray) -> None:
        """Clear the environments in ``rows`` (E,) bool."""
        self.own.forget(rows)
        for flags in (self.process, self.session, self.alarm):
            flags[rows] = False
        for flags in (self.check, self.exploited, self.foothold, self.met_root):
            flags[rows] = False
        self.looked_at[rows] = 0
        self.decoys[rows] = 0

    def update(self, tick: Tick, defender_zones: Sequence[np.ndarray]) -> None:
        """Take in this tick's message, and the own actions that have ended.

        Args:
            tick: with message observations.
            defender_zones: zones of each defender; what one of them finds, it knows in all of its
                zones.
        """
        finished = self.own.finish(tick.free)
        removed = finished.on(REMOVE)
        restored = finished.on(RESTORE)
        analysed = finished.on(ANALYSE)
        self._after_own_actions(removed, restored, analysed, tick.step[:, None, None])
        self.decoys = np.where(restored, 0, self.decoys + finished.on(DECOY))
        self._after_events(tick.obs, removed | restored)
        self._after_files(tick.obs[:, :, PRIORITY], analysed, defender_zones)

    def _after_own_actions(
        self, removed: np.ndarray, restored: np.ndarray, analysed: np.ndarray, now: np.ndarray
    ) -> None:
        # A Remove that was too late leaves red as root, so what had a session is looked at again.
        wanted = self.check | (removed & self.session)
        self.check = wanted & ~analysed & ~restored
        self.session &= ~(removed | restored)
        self.alarm &= ~(removed | restored)
        self.exploited &= ~restored
        self.foothold &= ~restored
        self.looked_at = np.where(analysed | restored, now, self.looked_at)

    def _after_events(self, obs: np.ndarray, cleaned: np.ndarray) -> None:
        # A remembered bit shows an event only where there was none before, or where the host was
        # just cleaned.
        process = obs[:, :, PROCESS] > 0
        connection = obs[:, :, CONNECTION] > 0
        new = process & (~self.process | cleaned)
        certain = new & (connection | IS_SERVER)
        self.session |= certain
        self.exploited |= certain
        self.alarm |= new & ~certain
        self.process = process

    def _after_files(
        self, priority: np.ndarray, analysed: np.ndarray, defender_zones: Sequence[np.ndarray]
    ) -> None:
        user_file = priority == Priority.USER_FILE
        # An exploit that left no event: its file is the first sign of it.
        self.session |= analysed & user_file & ~self.exploited
        self.exploited |= user_file
        self.foothold |= priority == Priority.DECOY_TOUCHED
        found_root = (analysed & (priority == Priority.ROOT_FILE)).any(axis=2)
        for zones in defender_zones:
            self.met_root[:, zones] |= found_root[:, zones].any(axis=1, keepdims=True)
