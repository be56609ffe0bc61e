"""What a unit remembers of every host, as arrays over E environments with 112 hosts each.

`notes.Notes` keeps the table as play goes on, `note_entries` turns it into what a network reads.
"""

from typing import NamedTuple

import numpy as np

from course_lib.cyber_range.constants import DEFENDED_ZONES, SLOTS

LONG_AGO = np.float32(-200)
"""A tick so far back that what happened then has faded."""
NO_HOST = -1


class NoteTable(NamedTuple):
    """The notes of E environments, (E, 7, 16) unless stated; ticks count from the reset."""

    looked_at: np.ndarray
    """float32, tick of the last own Analyse or Restore."""
    removed_at: np.ndarray
    """float32, tick of the last own Remove."""
    restored_at: np.ndarray
    """float32, tick of the last own Restore."""
    decoy_at: np.ndarray
    """float32, tick of the last own DeployDecoy."""
    process_at: np.ndarray
    """float32, tick of the last new process event."""
    decoys: np.ndarray
    """float32, own decoys on the host."""
    process: np.ndarray
    """bool, the process bit of the message one tick ago."""
    session: np.ndarray
    """bool, an exploit's sign since the last cleaning."""
    check: np.ndarray
    """bool, a Remove that still wants a look."""
    exploited: np.ndarray
    """bool, an exploit since the last Restore."""
    foothold: np.ndarray
    """bool, touched a decoy since the last Restore."""
    met_root: np.ndarray
    """(E, 7) bool, the zone's defender has found a host that red held as root."""
    action_class: np.ndarray
    """(E, D) int64, class of the action each defender has begun."""
    host: np.ndarray
    """(E, D) int64, its host as 16 * zone + slot, -1 for none."""
    finished: np.ndarray
    """int64, class of the own action that ended on the host in this tick, else -1."""


def blank_table(num_envs: int, defenders: int) -> NoteTable:
    """Notes of episodes that are about to begin: every host counts as looked at in tick 0."""
    shape = (num_envs, DEFENDED_ZONES, SLOTS)
    long_ago = np.full(shape, LONG_AGO, np.float32)
    nothing = np.zeros(shape, np.float32)
    no = np.zeros(shape, bool)
    return NoteTable(
        looked_at=nothing.copy(),
        removed_at=long_ago.copy(),
        restored_at=long_ago.copy(),
        decoy_at=long_ago.copy(),
        process_at=long_ago.copy(),
        decoys=nothing.copy(),
        process=no.copy(),
        session=no.copy(),
        check=no.copy(),
        exploited=no.copy(),
        foothold=no.copy(),
        met_root=np.zeros(shape[:2], bool),
        action_class=np.zeros((num_envs, defenders), np.int64),
        host=np.full((num_envs, defenders), NO_HOST, np.int64),
        finished=np.full(shape, NO_HOST, np.int64),
    )
