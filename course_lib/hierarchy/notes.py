"""Notes: what a unit remembers of its own actions and of the signs it saw, host by host.

A message shows the present. It does not show which host was looked at longest ago, how many decoys
stand where, or whether a Remove still wants a look. A unit knows all this without any sensor: it
recalls what it began and sees that it is free again. The notes are this memory, part of the
observation of a host-shared policy (`host_policy.HostPolicy`), named entry by entry as the message
is (`note_entries`).

Two kinds of notes, which can be switched apart ("none", "time", "ages" or "all"; "time" is a unit
that knows the clock and remembers nothing):

* *ages*: ticks since the unit's own last Analyse, Remove, Restore and DeployDecoy on the host and
  since its last new process event, and the number of own decoys;
* *flags*: four yes-or-no entries that follow from the ages and the message by bookkeeping written
  by hand (the same bookkeeping as `expert`'s, rules of the simulator 3.2, 4.1, 6.1 and 6.3), and
  one for the zone.

The loops are compiled by numba: E environments with 112 hosts each, every tick.
"""

import copy

import numpy as np

from course_lib.cyber_range.constants import (
    ANALYSE,
    DECOY,
    DEFENDED_ZONES,
    REMOVE,
    RESTORE,
    SERVER_SLOTS,
    SLEEP,
    SLOTS,
    Priority,
)
from course_lib.cyber_range.engine.compiled import compiled, entry

from .note_entries import CONNECTION_AT, KEPT, NOTES_SIZE, PRIORITY_AT, PROCESS_AT, write_vectors
from .note_table import NO_HOST, NoteTable, blank_table

OFFICIAL_STEPS = 500
ROOT_FILE, USER_FILE = int(Priority.ROOT_FILE), int(Priority.USER_FILE)
DECOY_TOUCHED = int(Priority.DECOY_TOUCHED)
NOTE_LIMITS = {
    "action_class": (0, SLEEP),
    "host": (NO_HOST, DEFENDED_ZONES * SLOTS - 1),
    "finished": (NO_HOST, SLEEP),
}
"""Smallest and largest number of what is a place in an array."""


class Notes:
    """The notes of a team, for E environments at once.

    Call ``read`` once a tick, before the entries are written, and ``begin`` with what was then
    chosen.

    Args:
        num_envs: E.
        owner: (7,) which defender owns each zone.
        kept: "time", "ages" or "all"; the entries of notes that are not kept are 0.
        steps: nominal length of an episode, the unit of the time entry.
    """

    def __init__(
        self, num_envs: int, owner: np.ndarray, kept: str = "all", steps: int = OFFICIAL_STEPS
    ):
        self.keep = KEPT[kept]
        self.owner = np.asarray(owner, np.int64)
        self.steps = steps
        self.table = blank_table(num_envs, int(self.owner.max()) + 1)

    def forget(self, env_idx: np.ndarray) -> None:
        """Blank notes in the environments (E,) bool where an episode begins."""
        fresh = blank_table(1, self.table.host.shape[1])
        for array, blank in zip(self.table, fresh, strict=True):
            array[env_idx] = blank[0]

    def leave_out(self, absent: np.ndarray) -> None:
        """Zones (E, 7) bool whose unit is not there; notes by hand are kept for when it is back."""

    def of(self, rows: np.ndarray) -> "Notes":
        """A copy for these environments (C,), one as often as it is named."""
        copied = copy.copy(self)
        copied.table = NoteTable(*(array[rows] for array in self.table))
        return copied

    def read(self, messages: np.ndarray, step: np.ndarray, free: np.ndarray) -> None:
        """Take in what this tick shows.

        Args:
            messages: (E, 7, 76) raw messages.
            step: (E,) ticks since reset.
            free: (E, D) bool, defenders with no action in progress.
        """
        _read(self.table, messages, step, free, self.owner)

    def begin(
        self, env_idx: np.ndarray, agent_idx: np.ndarray, classes: np.ndarray, hosts: np.ndarray
    ) -> None:
        """Note K actions just chosen.

        Args:
            env_idx: (K,) environments; agent_idx: (K,) defenders.
            classes: (K,) action classes.
            hosts: (K,) hosts as 16 * zone + slot, -1 for an action without a host.
        """
        self.table.action_class[env_idx, agent_idx] = classes
        self.table.host[env_idx, agent_idx] = hosts

    def vectors(self, step: np.ndarray) -> np.ndarray:
        """(E, 7, 194) float32, the notes of every zone in the order of `note_names`.

        Args:
            step: (E,) ticks since reset.
        """
        out = np.zeros((len(step), DEFENDED_ZONES, NOTES_SIZE), np.float32)
        write_vectors(self.table, step, self.steps, self.keep, out)
        return out

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all arrays, for a checkpoint."""
        return {name: array.copy() for name, array in self.table._asdict().items()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Take up what ``state_dict`` gave.

        Compiled code follows the hosts and classes in it without a look: ValueError, one line, for
        arrays of another shape or type, and for numbers that no play leaves there.
        """
        table = NoteTable(**state)
        for name, own in self.table._asdict().items():
            array = state[name]
            if array.shape != own.shape or array.dtype != own.dtype:
                raise ValueError(f"notes: {name} has shape {array.shape}, wanted {own.shape}")
            low, high = NOTE_LIMITS.get(name, (-np.inf, np.inf))
            if not np.isfinite(array).all() or array.min() < low or array.max() > high:
                raise ValueError(f"notes: {name} holds numbers outside {low} to {high}")
        self.table = table


def blank_vector(kept: str = "all") -> np.ndarray:
    """(194,) the notes of any zone in the first tick of an episode."""
    notes = Notes(1, np.zeros(DEFENDED_ZONES), kept)
    first_tick = np.zeros(1, np.int32)
    return notes.vectors(first_tick)[0, 0]


@entry
def _read(
    table: NoteTable,
    messages: np.ndarray,
    step: np.ndarray,
    free: np.ndarray,
    owner: np.ndarray,
) -> None:
    for e in range(len(step)):
        now = np.float32(step[e])
        table.finished[e] = NO_HOST
        for agent in range(free.shape[1]):
            host = table.host[e, agent]
            if free[e, agent] and host != NO_HOST:
                zone, slot = host // SLOTS, host % SLOTS
                _after_own_action(table, e, zone, slot, table.action_class[e, agent], now)
                table.host[e, agent] = NO_HOST
        for zone in range(DEFENDED_ZONES):
            for slot in range(SLOTS):
                _after_signs(table, e, zone, slot, messages[e, zone], now)
                found = messages[e, zone, PRIORITY_AT + slot] == ROOT_FILE
                if found and table.finished[e, zone, slot] == ANALYSE:
                    for other in range(DEFENDED_ZONES):
                        if owner[other] == owner[zone]:
                            table.met_root[e, other] = True


@compiled
def _after_own_action(
    table: NoteTable, e: int, zone: int, slot: int, action_class: int, now: np.float32
) -> None:
    """What follows from an own action that ended: a look, or a clean host, or one more decoy."""
    table.finished[e, zone, slot] = action_class
    if action_class == ANALYSE:
        table.looked_at[e, zone, slot] = now
        table.check[e, zone, slot] = False
    elif action_class == REMOVE:
        table.removed_at[e, zone, slot] = now
        # Remove kills a user's session but leaves root alone: whether red became root, only a look
        # tells.
        if table.session[e, zone, slot]:
            table.check[e, zone, slot] = True
        table.session[e, zone, slot] = False
    elif action_class == RESTORE:
        table.restored_at[e, zone, slot] = now
        table.looked_at[e, zone, slot] = now
        table.decoys[e, zone, slot] = 0
        table.session[e, zone, slot] = False
        table.check[e, zone, slot] = False
        table.exploited[e, zone, slot] = False
        table.foothold[e, zone, slot] = False
    elif action_class == DECOY:
        table.decoy_at[e, zone, slot] = now
        table.decoys[e, zone, slot] += 1


@compiled
def _after_signs(
    table: NoteTable, e: int, zone: int, slot: int, message: np.ndarray, now: np.float32
) -> None:
    """What follows from the message. Its bits stay: an event is new only where none was before."""
    action_class = table.finished[e, zone, slot]
    cleaned = action_class == REMOVE or action_class == RESTORE
    process = message[PROCESS_AT + slot] > 0
    if process and (cleaned or not table.process[e, zone, slot]):
        table.process_at[e, zone, slot] = now
        # Users at work leave process events too, but on user hosts only and without a connection.
        if message[CONNECTION_AT + slot] > 0 or slot < SERVER_SLOTS:
            table.session[e, zone, slot] = True
            table.exploited[e, zone, slot] = True
    table.process[e, zone, slot] = process
    priority = message[PRIORITY_AT + slot]
    if priority == USER_FILE:
        if action_class == ANALYSE and not table.exploited[e, zone, slot]:
            table.session[e, zone, slot] = True
        table.exploited[e, zone, slot] = True
    if priority == DECOY_TOUCHED:
        table.foothold[e, zone, slot] = True
