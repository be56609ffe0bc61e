"""Where each action stands in a defender's action list, as arrays over the seven defended zones.

The lists themselves are in ``rules/actions.py``. A policy thinks in zones and slots; these tables
turn 'Restore slot 3 of OFF' into an index of the defender that owns OFF.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..actions import SIZES, TABLES, defender_zones
from ..constants import (
    ACTION_CLASSES,
    ALPHABET_COUNT,
    ALPHABET_POSITION,
    ANALYSE,
    DEFENDED_ZONES,
    OFFICIAL_DEFENDERS,
    PER_ZONE_DEFENDERS,
    SLOTS,
)


@dataclass(frozen=True)
class ActionLayout:
    """Index tables of one set of D defenders.

    ``agents`` names; ``zones`` zone indices of each defender in the order of its list; ``owner``
    (7,) defender of each zone; ``offset`` (8 classes, 7 zones) first index of that class for that
    zone in its owner's list (Monitor and Sleep: the single entry); ``classes`` (D, 242) class
    number of every index.
    """

    agents: tuple[str, ...]
    zones: tuple[np.ndarray, ...]
    owner: np.ndarray
    offset: np.ndarray
    classes: np.ndarray

    @property
    def count(self) -> int:
        """Number of defenders D."""
        return len(self.agents)

    def single(self, action_class: int) -> np.ndarray:
        """(D,) index of Monitor or of Sleep in each defender's list."""
        return np.array([self.offset[action_class, zones[0]] for zones in self.zones])

    def size(self, defender: int) -> int:
        """Length of a defender's list: 82, or 242 for the official HQ defender."""
        return int(SIZES[int(len(self.zones[defender]) > 1)])

    def host_entries(self, mask: np.ndarray) -> np.ndarray:
        """(E, D, 242) action masks -> (E, 7, 16) bool, True where a host exists."""
        starts = self.offset[ANALYSE]
        return np.stack(
            [mask[:, o, s : s + SLOTS] for o, s in zip(self.owner, starts, strict=True)], axis=1
        )


@cache
def action_layout(defenders: str) -> ActionLayout:
    """The tables for ``"official"`` or ``"per-zone"`` defenders; ValueError for any other word."""
    zones = tuple(np.array(z) for z in defender_zones(defenders))
    owner = np.zeros(DEFENDED_ZONES, np.int64)
    offset = np.zeros((len(ACTION_CLASSES), DEFENDED_ZONES), np.int64)
    for d, owned in enumerate(zones):
        table = TABLES[int(len(owned) > 1)]
        for block, zone in enumerate(owned):
            owner[zone] = d
            offset[:, zone] = [_first(table, c, block) for c in range(len(ACTION_CLASSES))]
    classes = np.stack([TABLES[int(len(z) > 1), :, 0] for z in zones])
    agents = OFFICIAL_DEFENDERS if defenders == "official" else PER_ZONE_DEFENDERS
    return ActionLayout(agents, zones, owner, offset, classes)


def _first(table: np.ndarray, action_class: int, block: int) -> int:
    """First row of a class for one block of hosts; Monitor and Sleep have a single row, in block
    0."""
    rows = np.flatnonzero(table[:, 0] == action_class)
    own = rows[table[rows, 1] == block]
    return int(own[0] if len(own) else rows[0])


def source_columns(zone: int) -> np.ndarray:
    """(8,) alphabetical positions of the traffic sources of a destination, in the order of its
    traffic actions."""
    return np.delete(np.arange(ALPHABET_COUNT), ALPHABET_POSITION[zone])
