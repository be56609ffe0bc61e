"""The expert's notes on every host: what the events, the files and its own actions together imply.

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

from dataclasses import dataclass

import numpy as np

from ..constants import ANALYSE, DECOY, REMOVE, RESTORE, SERVER_SLOTS, SLOTS, Priority
from ..observations import CONNECTION, PRIORITY, PROCESS
from ..policy import Tick
from .own_actions import OwnActions, host_table

IS_SERVER = np.arange(SLOTS) < SERVER_SLOTS


@dataclass
class Notebook:
    """Notes of E environments, all (E, 7, 16) unless stated.

    Each entry of a host is forgotten when its Restore ends; ``session`` and ``alarm`` also after a
    Remove.
    """

    own: OwnActions
    process: np.ndarray  # bool, process bit of the tick before
    session: np.ndarray  # bool, an exploit has opened a session here
    alarm: np.ndarray  # bool, a process event that may be a user's
    check: np.ndarray  # bool, Analyse wanted after a Remove
    exploited: np.ndarray  # bool, an exploit worked here at some time since the last Restore
    foothold: np.ndarray  # bool, red scans from here
    looked_at: np.ndarray  # ticks, end of the last Analyse or Restore
    decoys: np.ndarray  # own decoys standing here
    met_root: np.ndarray  # (E, 7) bool, the zone's defender has found a host held as root before

    @classmethod
    def blank(cls, size: int, defenders: int) -> "Notebook":
        """Notes of episodes that are about to begin."""
        flags = [host_table(size) for _ in range(6)]
        numbers = [host_table(size, 0) for _ in range(2)]
        return cls(
            OwnActions(size, defenders),
            *flags,
            *numbers,
            np.zeros((size, host_table(1).shape[1]), bool),
        )

    def forget(self, rows: np.ndarray) -> None:
        """Clear the environments in ``rows`` (E,) bool."""
        self.own.forget(rows)
        for notes in (
            self.process,
            self.session,
            self.alarm,
            self.check,
            self.exploited,
            self.foothold,
        ):
            notes[rows] = False
        self.looked_at[rows], self.decoys[rows], self.met_root[rows] = 0, 0, False

    def read(self, tick: Tick, defender_zones) -> None:
        """Bring the notes up to date with this tick's message and with the own actions that have
        ended."""
        done = self.own.finish(tick.free)
        removed, restored, analysed = done.on(REMOVE), done.on(RESTORE), done.on(ANALYSE)
        self._after_own_actions(removed, restored, analysed, tick.step[:, None, None])
        self.decoys = np.where(restored, 0, self.decoys + done.on(DECOY))
        self._after_events(tick.obs, removed | restored)
        self._after_files(tick.obs[:, :, PRIORITY], analysed, defender_zones)

    def _after_own_actions(self, removed, restored, analysed, now) -> None:
        self.check = (self.check | (removed & self.session)) & ~analysed & ~restored
        self.session &= ~(removed | restored)
        self.alarm &= ~(removed | restored)
        self.exploited &= ~restored
        self.foothold &= ~restored
        self.looked_at = np.where(analysed | restored, now, self.looked_at)

    def _after_events(self, obs, cleaned) -> None:
        """Remembered bits show an event only where there was none before, or where the host was
        just cleaned."""
        process, connection = obs[:, :, PROCESS] > 0, obs[:, :, CONNECTION] > 0
        new = process & (~self.process | cleaned)
        certain = new & (connection | IS_SERVER)
        self.session |= certain
        self.exploited |= certain
        self.alarm |= new & ~certain
        self.process = process

    def _after_files(self, priority, analysed, defender_zones) -> None:
        unnoticed = analysed & (priority == Priority.USER_FILE) & ~self.exploited
        self.session |= unnoticed
        self.exploited |= priority == Priority.USER_FILE
        self.foothold |= priority == Priority.DECOY_TOUCHED
        root = (analysed & (priority == Priority.ROOT_FILE)).any(axis=2)
        for zones in defender_zones:
            self.met_root[:, zones] |= root[:, zones].any(axis=1, keepdims=True)
