"""The three observations of the range, entry by entry.

* *flat*: the simulator's own vector, 92 entries of a one-zone defender and 210 of HQ: the phase,
  59 entries for each of its zones with the events of the tick just executed, and what the other
  defenders say.
* *message*: 76 entries of a zone, with *remembered* events and the host priority; the rules stand
  in `engine.message`. They begin like a zone of the flat vector.
* *entities*: a table with one row for each host. It says the same as the message, which has a fixed
  place for each of 16 slots. A learner that takes sets of any size (attention, graph networks)
  needs no padding with it, and the same weights serve networks of any size.

An index says nothing to a reader, and an index that is off by one says something false. So the
places of all parts, and their names, stand here and nowhere else.
"""

from dataclasses import dataclass

import numpy as np

from course_lib.validate import whole_number

from .actions import action_layout
from .constants import (
    ALPHABET,
    ALPHABET_COUNT,
    BLOCK_LENGTH,
    DEFENDED_ZONES,
    SERVER_SLOTS,
    SLOTS,
    TEAM_BITS,
    ZONES,
    host_slot_name,
)
from .engine import message as at

PHASE = 0
"""Place of the mission phase, 0..2, in a message."""
WHICH_ZONE = slice(at.ONE_HOT_AT, at.ONE_HOT_AT + ALPHABET_COUNT)
"""One-hot over nine alphabetical names: which zone this is."""
BLOCKED = slice(at.BLOCKED_AT, at.BLOCKED_AT + ALPHABET_COUNT)
"""1 where traffic from that zone into this one is blocked."""
POLICY = slice(at.POLICY_AT, at.POLICY_AT + ALPHABET_COUNT)
"""1 where the mission forbids this zone to talk to that one in this phase."""
PROCESS = slice(at.PROCESS_AT, at.PROCESS_AT + SLOTS)
"""1 where a host has had a process event since it was last cleaned."""
CONNECTION = slice(at.CONNECTION_AT, at.CONNECTION_AT + SLOTS)
"""1 where a host has had a connection event since it was last cleaned."""
PRIORITY = slice(at.PRIORITY_AT, at.PRIORITY_AT + SLOTS)
"""`constants.Priority` of each host."""

SLOT_NAMES = tuple(host_slot_name(slot) for slot in range(SLOTS))


@dataclass(frozen=True)
class Part:
    """Neighbouring entries of one kind, one for each of some items."""

    words: str
    """Name of an entry, to which the item's is added."""
    entries: slice
    """Where they stand in a message, and in the flat vector of a one-zone defender."""
    items: tuple[str, ...]

    def names(self, zone: int | None) -> list[str]:
        """Names of the entries, with the zone in front where one is given."""
        prefix = "" if zone is None else f"{ZONES[zone]} "
        if self.entries == WHICH_ZONE:  # the names say already which zone is meant
            prefix = ""
        return [f"{prefix}{self.words} {item}" for item in self.items]


EVENT_PARTS = (
    Part("this is zone", WHICH_ZONE, ALPHABET),
    Part("blocked: from", BLOCKED, ALPHABET),
    Part("policy forbids:", POLICY, ALPHABET),
    Part("process event:", PROCESS, SLOT_NAMES),
    Part("connection event:", CONNECTION, SLOT_NAMES),
)
"""The 59 entries of a zone, in the flat vector and in a message."""
MESSAGE_PARTS = (*EVENT_PARTS, Part("host priority:", PRIORITY, SLOT_NAMES))
"""The entries 1 to 75 of a message; entry 0 is the mission phase."""

ENTITY_COLUMNS = (
    *(f"zone_{zone}" for zone in ALPHABET),
    "slot",
    "server",
    "process",
    "connection",
    "priority",
    "phase",
    *(f"blocked_{zone}" for zone in ALPHABET),
    *(f"policy_{zone}" for zone in ALPHABET),
)
"""Names of the F = 33 columns: zone one-hot (9), slot 0..15, server 0/1, process and connection
event remembered 0/1, host priority 0..3, phase 0..2, traffic into the host's zone blocked per
source (9), against policy per source (9)."""
ZONE_COLUMNS = slice(0, ALPHABET_COUNT)
SLOT_COLUMN = ENTITY_COLUMNS.index("slot")
SERVER_COLUMN = ENTITY_COLUMNS.index("server")
PROCESS_COLUMN = ENTITY_COLUMNS.index("process")
CONNECTION_COLUMN = ENTITY_COLUMNS.index("connection")
PRIORITY_COLUMN = ENTITY_COLUMNS.index("priority")
PHASE_COLUMN = ENTITY_COLUMNS.index("phase")
BLOCKED_COLUMNS = slice(PHASE_COLUMN + 1, PHASE_COLUMN + 1 + ALPHABET_COUNT)
POLICY_COLUMNS = slice(BLOCKED_COLUMNS.stop, BLOCKED_COLUMNS.stop + ALPHABET_COUNT)


def message_names(zone: int | None = None) -> tuple[str, ...]:
    """Names of the 76 entries of a message.

    With a ``zone``, an index 0..6 (RZA OZA RZB OZB ADM OFF PAZ), they say whose entries they are.
    ValueError for any other number.
    """
    if zone is not None:
        zone = whole_number("zone", zone, 0, DEFENDED_ZONES - 1)
    return ("mission phase", *_part_names(MESSAGE_PARTS, zone))


def flat_names(defenders: str = "official", defender: int = 0) -> tuple[str, ...]:
    """Names of the entries of one defender's flat vector: 92, or 210 for the official HQ defender.

    Events are those of the tick just executed. ValueError for unknown ``defenders`` or a defender
    that is not among them.
    """
    layout = action_layout(defenders)
    defender = whole_number("defender", defender, 0, layout.count - 1)
    names = ["mission phase"]
    for zone in layout.zones[defender]:
        names += _part_names(EVENT_PARTS, zone)
    for other in layout.agents:
        if other != layout.agents[defender]:
            names += [f"{other} says, bit {bit}" for bit in range(TEAM_BITS)]
    return tuple(names)


def flat_length(defenders: str, defender: int) -> int:
    """Length of one defender's flat vector: 92, or 210 for HQ; 108 for a per-zone defender."""
    layout = action_layout(defenders)
    zone_count = len(layout.zones[defender])
    return 1 + BLOCK_LENGTH * zone_count + TEAM_BITS * (layout.count - 1)


def entity_rows(messages: np.ndarray, exists: np.ndarray) -> np.ndarray:
    """The hosts of a defender's zones as rows, (H, F) float32, one column each of `ENTITY_COLUMNS`.

    ``messages`` is (n, 76) for n zones (n = 1 or, for HQ, 3), ``exists`` (n, 16) with 1 where a
    slot has a host. H is the number of existing hosts, in the order of the zones and slots.
    """
    zone, slot = np.nonzero(exists)
    of_zone = messages[zone]  # (H, 76), the message of each host's zone
    rows = np.empty((len(slot), len(ENTITY_COLUMNS)), np.float32)
    rows[:, ZONE_COLUMNS] = of_zone[:, WHICH_ZONE]
    rows[:, SLOT_COLUMN] = slot
    rows[:, SERVER_COLUMN] = slot < SERVER_SLOTS
    rows[:, PROCESS_COLUMN] = messages[zone, PROCESS.start + slot]
    rows[:, CONNECTION_COLUMN] = messages[zone, CONNECTION.start + slot]
    rows[:, PRIORITY_COLUMN] = messages[zone, PRIORITY.start + slot]
    rows[:, PHASE_COLUMN] = of_zone[:, PHASE]
    rows[:, BLOCKED_COLUMNS] = of_zone[:, BLOCKED]
    rows[:, POLICY_COLUMNS] = of_zone[:, POLICY]
    return rows


def _part_names(parts: tuple[Part, ...], zone: int | None) -> list[str]:
    names = []
    for part in parts:
        names += part.names(zone)
    return names
