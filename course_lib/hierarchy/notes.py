"""Notes: what a unit remembers of its own actions and of the signs it saw, host by host.

A message shows the present. It does not show which host was looked at longest ago, how many decoys
stand where, or whether a Remove still wants a look. A unit knows all this without any sensor: it
recalls what it began and sees that it is free again. The notes are this memory, part of the
observation of a host-shared policy (`host_policy.HostPolicy`), named entry by entry as the message
is.

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
from typing import NamedTuple

import numpy as np

from course_lib.cyber_range.constants import (
    ALPHABET,
    ANALYSE,
    DECOY,
    DEFENDED_ZONES,
    REMOVE,
    RESTORE,
    SERVER_SLOTS,
    SLOTS,
    Priority,
    host_slot_name,
)
from course_lib.cyber_range.engine.compiled import compiled, entry
from course_lib.cyber_range.observations import (
    BLOCKED,
    CONNECTION,
    PHASE,
    PRIORITY,
    PROCESS,
)

HOST_SIGNS = (
    "process event",
    "connection event",
    "priority: nothing known",
    "priority: root file",
    "priority: user file",
    "priority: decoy touched",
    "is a server",
)
"""Entries of a host that the message shows."""
HOST_AGES = (
    "time since own Analyse, fading",
    "time since own Analyse, hundreds of ticks",
    "time since own Analyse, twenties of ticks",
    "time since own Remove, fading",
    "time since own Restore, fading",
    "time since own DeployDecoy, fading",
    "own decoys, thirds",
    "time since new process event, fading",
)
"""Entries of a host that the unit remembers. *Fading* is exp(-ticks / 25): 1 now, 0 never."""
HOST_FLAGS = (
    "an exploit's sign since the last cleaning",
    "a Remove that still wants a look",
    "an exploit since the last Restore",
    "touched a decoy since the last Restore",
)
"""Entries of a host that bookkeeping by hand derives."""
HOST_ENTRIES = HOST_SIGNS + HOST_AGES + HOST_FLAGS
"""The 19 entries of a host."""

ZONE_NOTES = ("time, share of the episode", "root was found here before")
"""Entries of a zone that the unit remembers."""
OWN_ZONE_ENTRIES = (
    *(f"mission phase {phase}" for phase in (1, 2, 3)),
    *(f"this is zone {name}" for name in ALPHABET),
    *(f"blocked: from {name}" for name in ALPHABET),
    *ZONE_NOTES,
)
"""The 23 entries that a zone has apart from its hosts."""
ZONE_ENTRIES = (
    *OWN_ZONE_ENTRIES,
    *(f"mean over hosts: {name}" for name in HOST_ENTRIES),
    *(f"largest of the hosts: {name}" for name in HOST_ENTRIES),
)
"""The 61 entries of a zone: its own, and a summary of its hosts, whatever their order or number."""

HOST_NOTES = HOST_AGES + HOST_FLAGS
"""The 12 entries of a host that are notes."""
HOST_SIZE, ZONE_SIZE = len(HOST_ENTRIES), len(ZONE_ENTRIES)
NOTES_SIZE = len(ZONE_NOTES) + SLOTS * len(HOST_NOTES)
"""194 entries of a zone's notes as one vector, in the order of `note_names`."""
FIRST_AGE = len(HOST_SIGNS)
FIRST_FLAG = FIRST_AGE + len(HOST_AGES)
MEAN_AT = len(OWN_ZONE_ENTRIES)
LARGEST_AT = MEAN_AT + HOST_SIZE

OFFICIAL_STEPS = 500
FADING = np.float32(1 / 25)
LONG_AGO = np.float32(-200)
NO_HOST = -1
ROOT_FILE, USER_FILE = int(Priority.ROOT_FILE), int(Priority.USER_FILE)
DECOY_TOUCHED = int(Priority.DECOY_TOUCHED)

PROCESS_AT, CONNECTION_AT, PRIORITY_AT = PROCESS.start, CONNECTION.start, PRIORITY.start
BLOCKED_END = BLOCKED.stop
PHASES = 3
TIME_ENTRY, ROOT_ENTRY = MEAN_AT - 2, MEAN_AT - 1


def note_names() -> tuple[str, ...]:
    """Names of the 194 entries of a zone's notes."""
    hosts = [host_slot_name(slot) for slot in range(SLOTS)]
    return (*ZONE_NOTES, *(f"{name}: {host}" for name in HOST_NOTES for host in hosts))


Keep = tuple[bool, bool]
"""Whether ages and flags are kept."""
KEPT: dict[str, Keep] = {
    "none": (False, False),
    "time": (False, False),
    "ages": (True, False),
    "all": (True, True),
}
"""Words of a configuration, and whether they keep ages and flags."""


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
        self.table = _blank(num_envs, int(self.owner.max()) + 1)

    def forget(self, env_idx: np.ndarray) -> None:
        """Blank notes in the environments (E,) bool where an episode begins."""
        fresh = _blank(1, self.table.host.shape[1])
        for array, blank in zip(self.table, fresh, strict=True):
            array[env_idx] = blank[0]

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
        _write_vectors(self.table, step, self.steps, self.keep, out)
        return out

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all arrays, for a checkpoint."""
        return {name: array.copy() for name, array in self.table._asdict().items()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Take up what ``state_dict`` gave."""
        self.table = NoteTable(**state)


def blank_vector(kept: str = "all") -> np.ndarray:
    """(194,) the notes of any zone in the first tick of an episode."""
    notes = Notes(1, np.zeros(DEFENDED_ZONES), kept)
    first_tick = np.zeros(1, np.int32)
    return notes.vectors(first_tick)[0, 0]


def _blank(num_envs: int, defenders: int) -> NoteTable:
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


@compiled
def write_notes(
    table: NoteTable,
    e: int,
    zone: int,
    slot: int,
    now: np.float32,
    keep: Keep,
    out: np.ndarray,
) -> None:
    """Write the 12 notes of one host, in the order of `HOST_NOTES`; ``out`` is 0 before."""
    ages, flags = keep
    if ages:
        since_look = now - table.looked_at[e, zone, slot]
        out[0] = np.exp(-FADING * since_look)
        out[1] = min(since_look / np.float32(100), np.float32(2))
        out[2] = min(since_look / np.float32(20), np.float32(2))
        out[3] = np.exp(-FADING * (now - table.removed_at[e, zone, slot]))
        out[4] = np.exp(-FADING * (now - table.restored_at[e, zone, slot]))
        out[5] = np.exp(-FADING * (now - table.decoy_at[e, zone, slot]))
        decoys = min(table.decoys[e, zone, slot], np.float32(3))
        out[6] = decoys / np.float32(3)
        out[7] = np.exp(-FADING * (now - table.process_at[e, zone, slot]))
    if flags:
        out[8] = table.session[e, zone, slot]
        out[9] = table.check[e, zone, slot]
        out[10] = table.exploited[e, zone, slot]
        out[11] = table.foothold[e, zone, slot]


@compiled
def write_host(
    table: NoteTable,
    e: int,
    zone: int,
    slot: int,
    message: np.ndarray,
    now: np.float32,
    keep: Keep,
    out: np.ndarray,
) -> None:
    """Write the 19 entries of one host, in the order of `HOST_ENTRIES`; ``out`` is 0 before."""
    out[0] = message[PROCESS_AT + slot]
    out[1] = message[CONNECTION_AT + slot]
    out[2 + message[PRIORITY_AT + slot]] = 1
    out[6] = slot < SERVER_SLOTS
    write_notes(table, e, zone, slot, now, keep, out[FIRST_AGE:])


@compiled
def write_zone(
    table: NoteTable,
    e: int,
    zone: int,
    message: np.ndarray,
    now: np.float32,
    steps: int,
    keep: Keep,
    hosts: np.ndarray,
    out: np.ndarray,
) -> None:
    """Write the 61 entries of one zone; ``hosts`` (N, 19) are those of the hosts that exist."""
    out[message[PHASE]] = 1
    for i in range(1, BLOCKED_END):
        out[PHASES - 1 + i] = message[i]
    out[TIME_ENTRY] = now / np.float32(steps)
    if keep[1]:
        out[ROOT_ENTRY] = table.met_root[e, zone]
    count = np.float32(len(hosts))
    for host in range(len(hosts)):
        for i in range(HOST_SIZE):
            out[MEAN_AT + i] += hosts[host, i] / count
            out[LARGEST_AT + i] = max(out[LARGEST_AT + i], hosts[host, i])


@entry
def _write_vectors(
    table: NoteTable, step: np.ndarray, steps: int, keep: Keep, out: np.ndarray
) -> None:
    host = np.zeros(len(HOST_NOTES), np.float32)
    for e in range(len(step)):
        now = np.float32(step[e])
        for zone in range(DEFENDED_ZONES):
            out[e, zone, 0] = now / np.float32(steps)
            if keep[1]:
                out[e, zone, 1] = table.met_root[e, zone]
            for slot in range(SLOTS):
                write_notes(table, e, zone, slot, now, keep, host)
                for i in range(len(host)):
                    out[e, zone, len(ZONE_NOTES) + i * SLOTS + slot] = host[i]


@entry
def write_rows(
    table: NoteTable,
    messages: np.ndarray,
    step: np.ndarray,
    exists: np.ndarray,
    steps: int,
    keep: Keep,
    env_idx: np.ndarray,
    decided: np.ndarray,
    hosts: np.ndarray,
    slots: np.ndarray,
    zones: np.ndarray,
    first_host: np.ndarray,
    zone_row: int,
) -> np.ndarray:
    """Write the hosts and zones of K decisions as lists, from ``zone_row`` on.

    Returns which of these zones each host belongs to. Arguments as in `training.decision_log`.
    """
    row = first_host[zone_row]
    begin = row
    zone_of_host = np.empty(decided.size * SLOTS, np.int64)
    place = 0
    for k in range(len(env_idx)):
        e = env_idx[k]
        now = np.float32(step[e])
        for zone in decided[k]:
            first = row
            for slot in range(SLOTS):
                if exists[e, zone, slot]:
                    hosts[row] = 0
                    write_host(table, e, zone, slot, messages[e, zone], now, keep, hosts[row])
                    slots[row] = slot
                    zone_of_host[row - begin] = place
                    row += 1
            zones[zone_row] = 0
            out = zones[zone_row]
            write_zone(table, e, zone, messages[e, zone], now, steps, keep, hosts[first:row], out)
            place += 1
            zone_row += 1
            first_host[zone_row] = row
    return zone_of_host[: row - begin]
