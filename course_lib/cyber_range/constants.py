"""Names and index layouts of the CC4 world: zones, hosts, defenders, actions, events.

Every table below is a fact of CAGE Challenge 4. Nothing here changes during an episode, and
nothing here needs numba: the engine imports these as constants.

Three orders of zones are in use, because the public simulator uses them:

* the *zone index* of this course: RZA OZA RZB OZB ADM OFF PAZ CON. Zones 0..6 are defended, one
  for each ``per-zone`` defender, and 4..6 are the HQ zones of the official defender 4;
* the *alphabetical position* among nine names (with INT), used inside observation vectors;
* the *generator order*, in which the simulator numbers its green agents.
"""

from enum import IntEnum

import numpy as np

ZONES = ("RZA", "OZA", "RZB", "OZB", "ADM", "OFF", "PAZ", "CON")
ZONE_COUNT = 8
DEFENDED_ZONES = 7
RZA, OZA, RZB, OZB, ADM, OFF, PAZ, CON = range(8)

SUBNETS = (
    "restricted_zone_a_subnet",
    "operational_zone_a_subnet",
    "restricted_zone_b_subnet",
    "operational_zone_b_subnet",
    "admin_network_subnet",
    "office_network_subnet",
    "public_access_zone_subnet",
    "contractor_network_subnet",
)
"""The simulator's name of each zone, in zone-index order."""

ALPHABET = ("ADM", "CON", "INT", "OFF", "OZA", "OZB", "PAZ", "RZA", "RZB")
ALPHABET_COUNT = 9
ALPHABET_POSITION = np.array([7, 4, 8, 5, 0, 3, 6, 1])
"""Zone index -> position among the nine alphabetical names."""
ALPHABET_ZONE = np.array([4, 7, -1, 5, 1, 3, 6, 0, 2])
"""Alphabetical position -> zone index (-1: the internet, which is nobody's zone)."""

GENERATOR_ORDER = np.array([RZA, OZA, RZB, OZB, CON, PAZ, ADM, OFF])

SLOTS = 16
"""Host slots of a zone: servers 0..5, then users 6..15. Host number = 16 * zone + slot."""
SERVER_SLOTS = 6
HOST_COUNT = ZONE_COUNT * SLOTS

PER_ZONE_DEFENDERS = tuple(f"blue_agent_{i}" for i in range(DEFENDED_ZONES))
OFFICIAL_DEFENDERS = PER_ZONE_DEFENDERS[:5]
OFFICIAL_OWNER = np.array([0, 1, 2, 3, 4, 4, 4, -1])
"""Zone index -> official defender (-1: nobody defends the contractor network)."""
RED_OWNER = np.array([1, 2, 3, 4, 5, 5, 5, 0])
"""Zone index -> red agent that owns the sessions there."""
RED_COUNT = 6

ACTION_CLASSES = (
    "Analyse",
    "Remove",
    "Restore",
    "DeployDecoy",
    "AllowTraffic",
    "BlockTraffic",
    "Monitor",
    "Sleep",
)
ANALYSE, REMOVE, RESTORE, DECOY, ALLOW, BLOCK, MONITOR, SLEEP = range(8)
BLUE_TICKS = np.array([2, 3, 5, 2, 1, 1, 1, 1])
"""Ticks each action class takes; it has its effect in the last of them."""

RED_ACTIONS = (
    "DiscoverRemoteSystems",
    "AggressiveServiceDiscovery",
    "StealthServiceDiscovery",
    "DiscoverDeception",
    "ExploitRemoteService",
    "PrivilegeEscalate",
    "Impact",
    "DegradeServices",
    "Withdraw",
    "Sleep",
)
DRS, ASD, SSD, DD, EXP, PE, IMP, DEG, WITHDRAW, RED_SLEEP = range(10)
RED_TICKS = np.array([1, 1, 3, 2, 4, 2, 2, 2, 1, 1])

LAST_HOST_CLASS = DECOY
"""Classes up to this one are aimed at a host."""


class AnalyseResult(IntEnum):
    """What an Analyse has found on a host; ordered by how bad it is."""

    NOT_ANALYSED = 0
    NO_FILES = 1
    USER_FILE = 2
    ROOT_FILE = 3


class Priority(IntEnum):
    """Host priority in a message. The numbers are names: 1 is the most urgent."""

    NOTHING_KNOWN = 0
    ROOT_FILE = 1
    USER_FILE = 2
    DECOY_TOUCHED = 3


PENALTIES = ("LWF", "ASF", "RIA")
"""Green local work failed, green access to a service failed, red impact or its attempt."""
LWF, ASF, RIA = range(3)

BLOCK_LENGTH = 3 * ALPHABET_COUNT + 2 * SLOTS
"""Entries of one zone in the flat vector: which zone, blocked, policy (9 each), process and
connection events (16 each)."""
FLAT_SMALL, FLAT_LARGE = 92, 210
SMALL_ACTIONS, LARGE_ACTIONS = 82, 242
MESSAGE_LENGTH = 76
TEAM_BITS = 8
"""Bits of the message a defender may send to the others with each action."""


def host_slot_name(slot: int) -> str:
    """Name of a slot as the simulator writes it: ``server_host_0`` .. ``user_host_9``."""
    return f"server_host_{slot}" if slot < SERVER_SLOTS else f"user_host_{slot - SERVER_SLOTS}"


def host_name(host: int) -> str:
    """Full name of host number ``16 * zone + slot``, e.g. ``admin_network_subnet_user_host_3``."""
    return f"{SUBNETS[host // SLOTS]}_{host_slot_name(host % SLOTS)}"


HOST_NUMBER = {host_name(host): host for host in range(HOST_COUNT)}
"""The simulator's host name -> host number."""
