"""Observations in words: the name of every entry of a flat vector and of a 76-entry message.

An index says nothing to a reader, and an index that is off by one says something false. The names
follow the layouts of section 8.1 of the rules and of `message.py`, and stand in the same order as
the numbers.
"""

from .actions import defender_zones
from .constants import ALPHABET, SLOTS, TEAM_BITS, ZONES, host_slot_name

SLOT_NAMES = tuple(host_slot_name(slot) for slot in range(SLOTS))


def flat_names(defenders: str = "official", defender: int = 0) -> tuple[str, ...]:
    """Names of the entries of one defender's flat vector: 92, or 210 for the official HQ defender.

    ``process`` and ``connection`` are events of the tick just executed. ValueError for unknown
    ``defenders`` or a defender that is not among them.
    """
    zones = defender_zones(defenders)
    if defender not in range(len(zones)):
        raise ValueError(
            f"defender {defender!r} does not exist; {defenders} defenders are 0..{len(zones) - 1}"
        )
    others = [f"blue_agent_{d}" for d in range(len(zones)) if d != defender]
    heard = [f"{other} says, bit {bit}" for other in others for bit in range(TEAM_BITS)]
    blocks = [
        entry for zone in zones[defender] for entry in (*_zone_entries(zone), *_event_entries(zone))
    ]
    return ("phase", *blocks, *heard)


def message_names(zone: int) -> tuple[str, ...]:
    """Names of the 76 entries of a zone's message; ``zone`` is an index 0..6 (RZA OZA RZB OZB ADM
    OFF PAZ).

    ``process`` and ``connection`` are *remembered* events; ``priority`` is the host priority 0..3.
    """
    if zone not in range(len(ZONES) - 1):
        raise ValueError(f"zone {zone!r} has no message; defended zones are 0..{len(ZONES) - 2}")
    priorities = [f"{ZONES[zone]} {slot} priority" for slot in SLOT_NAMES]
    return ("phase", *_zone_entries(zone), *_event_entries(zone), *priorities)


def _zone_entries(zone: int) -> list[str]:
    """Which zone this is, which sources are blocked towards it, which the policy forbids: three
    times nine."""
    name = ZONES[zone]
    which = [f"this zone is {other}" for other in ALPHABET]
    blocked = [f"{name} blocked from {other}" for other in ALPHABET]
    policy = [f"{name} policy forbids {other}" for other in ALPHABET]
    return which + blocked + policy


def _event_entries(zone: int) -> list[str]:
    return [
        f"{ZONES[zone]} {slot} {kind}" for kind in ("process", "connection") for slot in SLOT_NAMES
    ]
