"""What the defenders of one environment could see of one tick, as one small record.

This is the narrow door between a simulator and everything that defenders are shown. The fast
engine fills it, and the bridge fills it from the real simulator's own observations; the flat vector
and the 76-entry message are computed from it and from nothing else. No true state passes here.
"""

import numpy as np

from ..constants import ALPHABET_COUNT, DEFENDED_ZONES, SLOTS, TEAM_BITS

MAX_CALLERS = 32
HOSTS = (DEFENDED_ZONES, SLOTS)
SOURCES = (DEFENDED_ZONES, ALPHABET_COUNT)

_FIELDS = np.dtype(
    [
        ("phase", "i1"),  # mission phase 0, 1, 2
        ("step", "i4"),  # ticks since reset
        ("exists", "u1", HOSTS),  # 1 where the zone has a host in that slot
        ("blocked", "u1", SOURCES),  # 1: traffic from there to this zone is blocked
        ("policy", "u1", SOURCES),  # 1: should not communicate in this phase
        ("process", "u1", HOSTS),  # a process event in this tick
        ("connection", "u1", HOSTS),  # a connection event in this tick
        ("analysed", "u1", HOSTS),  # an AnalyseResult where an own Analyse finished
        ("cleaned", "u1", HOSTS),  # 1: own Remove or Restore finished in this tick
        ("caller_count", "i2"),  # how many of the two lists below are in use
        ("caller_zone", "i1", (MAX_CALLERS,)),  # zone whose own decoy was touched
        ("caller_host", "i2", (MAX_CALLERS,)),  # host that touched it (CON included)
        ("busy", "i2", (DEFENDED_ZONES,)),  # ticks each defender's action still needs
        ("told", "u1", (DEFENDED_ZONES, TEAM_BITS)),  # team bits sent in this tick
    ],
    align=True,
)
VISIBLE = np.dtype((np.record, _FIELDS))
"""dtype of the record; an array ``np.zeros(E, VISIBLE)`` holds one tick of E environments.

Host numbers are 16 * zone + slot.
"""
