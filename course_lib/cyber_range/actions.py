"""Blue's action lists: what every index means, and where every action stands (section 8.4).

A one-zone defender has 82 actions, the HQ defender 242. Each row of a list says three things: the
action class, the place of the zone among the defender's own zones, and the item: a host slot, or
which of the eight sources of traffic. `TABLES` goes from an index to its meaning, `ActionLayout`
from a meaning ("Restore slot 3 of OFF") to the defender and the index.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from course_lib.validate import choice, whole_number

from .constants import (
    ACTION_CLASSES,
    ALLOW,
    ALPHABET,
    ALPHABET_COUNT,
    ALPHABET_POSITION,
    ANALYSE,
    BLOCK,
    DECOY,
    DEFENDED_ZONES,
    LARGE_ACTIONS,
    LAST_HOST_CLASS,
    MONITOR,
    OFFICIAL_DEFENDERS,
    OFFICIAL_OWNER,
    PER_ZONE_DEFENDERS,
    REMOVE,
    RESTORE,
    SLEEP,
    SLOTS,
    SMALL_ACTIONS,
    ZONES,
    host_slot_name,
)

# The simulator lists its commands by full class path, hence this order.
CLASS_ORDER = (ANALYSE, MONITOR, REMOVE, RESTORE, SLEEP, ALLOW, BLOCK, DECOY)
SOURCES = 8
"""Zones that traffic into a zone may come from: nine names without the zone itself."""


def action_table(zone_count: int) -> np.ndarray:
    """The action list of a defender of so many zones.

    Rows are (class, zone place, item), int16, shape (242, 3); a shorter list is padded with Sleep.
    """
    rows: list[tuple[int, int, int]] = []
    for action_class in CLASS_ORDER:
        if action_class in (MONITOR, SLEEP):
            rows.append((action_class, 0, 0))
            continue
        items = SOURCES if action_class in (ALLOW, BLOCK) else SLOTS
        for place in range(zone_count):
            rows += [(action_class, place, item) for item in range(items)]
    rows += [(SLEEP, 0, 0)] * (LARGE_ACTIONS - len(rows))
    return np.array(rows, np.int16)


TABLES = np.stack([action_table(1), action_table(3)])
"""[0]: one-zone defender, [1]: HQ; shape (2, 242, 3)."""
SIZES = np.array([SMALL_ACTIONS, LARGE_ACTIONS])
"""Length of each of the two lists."""


def defender_zones(defenders: str) -> tuple[tuple[int, ...], ...]:
    """Zones of each defender, in the order of its list; ``official`` or ``per-zone``."""
    if choice("defenders", defenders, ("official", "per-zone")) == "per-zone":
        return tuple((zone,) for zone in range(DEFENDED_ZONES))
    owned = [np.flatnonzero(OFFICIAL_OWNER == d) for d in range(len(OFFICIAL_DEFENDERS))]
    return tuple(tuple(zones.tolist()) for zones in owned)


def source_position(zone: int, item: int) -> int:
    """Alphabetical position of traffic source 0..7 of a zone: nine names without the zone's own."""
    return int(source_columns(zone)[item])


def source_columns(zone: int) -> np.ndarray:
    """(8,) alphabetical positions of a zone's traffic sources, in the order of its actions."""
    return np.delete(np.arange(ALPHABET_COUNT), ALPHABET_POSITION[zone])


def action_label(defenders: str, defender: int, action: int) -> str:
    """An action index in words, such as ``Restore OFF user_host_3``, ``BlockTraffic RZA <- CON``.

    ValueError for a defender or an index that does not exist.
    """
    layout = action_layout(defenders)
    defender = whole_number("defender", defender, 0, layout.count - 1)
    action = whole_number("action", action, 0, layout.size(defender) - 1)
    action_class, place, item = layout.table(defender)[action].tolist()
    name = ACTION_CLASSES[action_class]
    if action_class in (MONITOR, SLEEP):
        return name
    zone = int(layout.zones[defender][place])
    if action_class in (ALLOW, BLOCK):
        return f"{name} {ZONES[zone]} <- {ALPHABET[source_position(zone, item)]}"
    return f"{name} {ZONES[zone]} {host_slot_name(item)}"


@dataclass(frozen=True)
class ActionLayout:
    """Index tables of one set of D defenders."""

    agents: tuple[str, ...]
    """Names of the D defenders."""
    zones: tuple[np.ndarray, ...]
    """Zone indices of each defender, in the order of its list."""
    owner: np.ndarray
    """(7,) defender of each zone."""
    offset: np.ndarray
    """(8 classes, 7 zones) first index of that class for that zone in its owner's list (Monitor
    and Sleep: the single entry)."""
    classes: np.ndarray
    """(D, 242) class number of every index."""
    first_zone: np.ndarray
    """(D,) first zone of each defender; its others follow in zone order."""
    zone_count: np.ndarray
    """(D,) number of zones of each defender."""

    @property
    def count(self) -> int:
        """Number of defenders D."""
        return len(self.agents)

    def table(self, defender: int) -> np.ndarray:
        """(242, 3) rows (class, zone place, item) of a defender's list."""
        return TABLES[self._kind(defender)]

    def size(self, defender: int) -> int:
        """Length of a defender's list: 82, or 242 for the official HQ defender."""
        return int(SIZES[self._kind(defender)])

    def single(self, action_class: int) -> np.ndarray:
        """(D,) index of Monitor or of Sleep in each defender's list."""
        return np.array([self.offset[action_class, zones[0]] for zones in self.zones])

    def nothing_but_sleep(self, size: int) -> np.ndarray:
        """(E, D, 242) a ranking in which Sleep has 0, and everything else -inf."""
        scores = np.full((size, self.count, LARGE_ACTIONS), -np.inf)
        for defender, sleep in enumerate(self.single(SLEEP)):
            scores[:, defender, sleep] = 0.0
        return scores

    def host_entries(self, mask: np.ndarray) -> np.ndarray:
        """(E, D, 242) action masks -> (E, 7, 16), true where a host exists."""
        zones = zip(self.owner, self.offset[ANALYSE], strict=True)
        return np.stack([mask[:, owner, at : at + SLOTS] for owner, at in zones], axis=1)

    def targets(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(E, D) action indices -> (E, D) classes, and hosts as 16 * zone + slot, -1 for none."""
        classes = np.zeros_like(actions)
        hosts = np.zeros_like(actions)
        for d in range(self.count):
            chosen = self.table(d)[actions[:, d]]
            classes[:, d] = chosen[:, 0]
            zone = self.first_zone[d] + chosen[:, 1]
            hosts[:, d] = SLOTS * zone + chosen[:, 2]
        return classes, np.where(classes <= LAST_HOST_CLASS, hosts, -1)

    def _kind(self, defender: int) -> int:
        """Which of the two lists a defender has."""
        return int(len(self.zones[defender]) > 1)


def action_layout(defenders: str) -> ActionLayout:
    """The tables for ``"official"`` or ``"per-zone"`` defenders; ValueError for any other word."""
    choice("defenders", defenders, ("official", "per-zone"))
    return _layout(defenders)


@cache
def _layout(defenders: str) -> ActionLayout:
    zones = tuple(np.array(owned) for owned in defender_zones(defenders))
    owner = np.zeros(DEFENDED_ZONES, np.int64)
    offset = np.zeros((len(ACTION_CLASSES), DEFENDED_ZONES), np.int64)
    tables = [TABLES[int(len(owned) > 1)] for owned in zones]
    for d, owned in enumerate(zones):
        for place, zone in enumerate(owned):
            owner[zone] = d
            offset[:, zone] = _first_rows(tables[d], place)
    agents = OFFICIAL_DEFENDERS if defenders == "official" else PER_ZONE_DEFENDERS
    first_zone = np.array([owned[0] for owned in zones])
    zone_count = np.array([len(owned) for owned in zones])
    classes = np.stack(tables)[:, :, 0]
    return ActionLayout(agents, zones, owner, offset, classes, first_zone, zone_count)


def _first_rows(table: np.ndarray, place: int) -> list[int]:
    """First row of each class for one of the defender's zones."""
    firsts = []
    for action_class in range(len(ACTION_CLASSES)):
        of_class = table[:, 0] == action_class
        # Monitor and Sleep concern no zone: their single row stands at place 0.
        of_zone = of_class & (table[:, 1] == place)
        firsts.append(int(np.argmax(of_zone if of_zone.any() else of_class)))
    return firsts
