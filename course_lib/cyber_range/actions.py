"""Blue's action indices: which class of action, on which host or traffic pair (section 8.4).

A one-zone defender has 82 actions, the HQ defender 242. Each table row says class, block (which of
the defender's zones) and item (host slot, or which of the eight sources of traffic).
"""

import numpy as np

from .constants import (
    ALLOW,
    ALPHABET_POSITION,
    ANALYSE,
    BLOCK,
    DECOY,
    LARGE_ACTIONS,
    MONITOR,
    OFFICIAL_OWNER,
    REMOVE,
    RESTORE,
    SLEEP,
    SLOTS,
    SMALL_ACTIONS,
)

# The simulator lists its commands by full class path, hence this order.
COMMAND_ORDER = (ANALYSE, MONITOR, REMOVE, RESTORE, SLEEP, ALLOW, BLOCK, DECOY)
SOURCES = 8


def action_table(blocks: int) -> np.ndarray:
    """Rows (class, block, item) for a defender of that many zones, padded with Sleep to 242 rows,
    int16."""
    rows = []
    for command in COMMAND_ORDER:
        if command in (MONITOR, SLEEP):
            rows.append((command, 0, 0))
        else:
            items = SOURCES if command in (ALLOW, BLOCK) else SLOTS
            rows += [(command, block, item) for block in range(blocks) for item in range(items)]
    rows += [(SLEEP, 0, 0)] * (LARGE_ACTIONS - len(rows))
    return np.array(rows, np.int16)


TABLES = np.stack([action_table(1), action_table(3)])
"""[0]: one-zone defender, [1]: HQ; shape (2, 242, 3)."""
SIZES = np.array([SMALL_ACTIONS, LARGE_ACTIONS])


def defender_zones(defenders: str) -> tuple[tuple[int, ...], ...]:
    """Zones of each defender, in the order of its blocks; ``official`` or ``per-zone``."""
    if defenders == "official":
        return tuple(tuple(int(z) for z in np.flatnonzero(OFFICIAL_OWNER == d)) for d in range(5))
    if defenders == "per-zone":
        return tuple((z,) for z in range(7))
    raise ValueError(f"defenders={defenders!r} is unknown; allowed: official, per-zone")


def source_position(zone: int, item: int) -> int:
    """Alphabetical position of traffic source 0..7 towards a zone: nine names with the zone itself
    left out."""
    return item + (item >= ALPHABET_POSITION[zone])


def action_label(defenders: str, defender: int, action: int) -> str:
    """What an action index means, in the course's words: ``Restore OFF user_host_3``,
    ``BlockTraffic RZA <- CON``."""
    from .constants import ACTION_CLASSES, ALPHABET, ZONES, host_slot_name

    zones = defender_zones(defenders)[defender]
    kind = len(zones) > 1
    if not 0 <= action < SIZES[int(kind)]:
        raise ValueError(
            f"action {action} of defender {defender} is not in 0..{SIZES[int(kind)] - 1}"
        )
    command, block, item = (int(v) for v in TABLES[int(kind), action])
    if command in (MONITOR, SLEEP):
        return ACTION_CLASSES[command]
    zone = zones[block]
    if command in (ALLOW, BLOCK):
        return f"{ACTION_CLASSES[command]} {ZONES[zone]} <- {ALPHABET[source_position(zone, item)]}"
    return f"{ACTION_CLASSES[command]} {ZONES[zone]} {host_slot_name(item)}"
