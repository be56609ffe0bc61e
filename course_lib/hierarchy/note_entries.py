"""The entries of a host and of a zone that a host-shared policy reads, and how each is written.

What the message shows comes first, then the notes: *ages* and *flags* of the table that
`notes.Notes` keeps. Names and writers stand in one file, because the n-th name is the n-th number
written. (And because numba compiles the sizes into the writers: it looks for changes in their own
file only.)
"""

import numpy as np

from course_lib.cyber_range.constants import (
    ALPHABET,
    DEFENDED_ZONES,
    SERVER_SLOTS,
    SLOTS,
    host_slot_name,
)
from course_lib.cyber_range.engine.compiled import compiled, entry
from course_lib.cyber_range.observations import BLOCKED, CONNECTION, PHASE, PRIORITY, PROCESS

from .note_table import NoteTable

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
MEAN_AT = len(OWN_ZONE_ENTRIES)
LARGEST_AT = MEAN_AT + HOST_SIZE

FADING = np.float32(1 / 25)
"""*Fading* is exp(-FADING * ticks): after 25 ticks about a third is left."""
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
def write_vectors(
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
