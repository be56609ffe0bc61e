"""What the defenders of one environment could see of one tick, as one small record.

This is the narrow door between a simulator and everything that defenders are shown. The fast
engine fills it, and the bridge fills it from the real simulator's own observations; the flat vector
and the 76-entry message are computed from it and from nothing else. No true state passes here.
"""

import numpy as np

from ..constants import ALPHABET_COUNT, DEFENDED_ZONES, SLOTS, TEAM_BITS

NOT_ANALYSED, NO_FILES, USER_FILE, ROOT_FILE = 0, 1, 2, 3
MAX_CALLERS = 32

FACTS = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("phase", "i1"),  # mission phase 0, 1, 2
                ("step", "i4"),  # ticks since reset
                (
                    "exists",
                    "u1",
                    (DEFENDED_ZONES, SLOTS),
                ),  # 1 where the zone has a host in that slot
                (
                    "blocked",
                    "u1",
                    (DEFENDED_ZONES, ALPHABET_COUNT),
                ),  # 1: traffic from there to this zone is blocked
                (
                    "policy",
                    "u1",
                    (DEFENDED_ZONES, ALPHABET_COUNT),
                ),  # 1: should not communicate in this phase
                ("process", "u1", (DEFENDED_ZONES, SLOTS)),  # a process event in this tick
                ("connection", "u1", (DEFENDED_ZONES, SLOTS)),  # a connection event in this tick
                (
                    "analysed",
                    "u1",
                    (DEFENDED_ZONES, SLOTS),
                ),  # own Analyse finished: NO_FILES, USER_FILE, ROOT_FILE
                (
                    "cleaned",
                    "u1",
                    (DEFENDED_ZONES, SLOTS),
                ),  # own Remove or Restore finished in this tick
                ("caller_count", "i2"),  # how many of the two lists below are in use
                ("caller_zone", "i1", (MAX_CALLERS,)),  # zone whose own decoy was touched
                (
                    "caller_host",
                    "i2",
                    (MAX_CALLERS,),
                ),  # host that touched it, 16 * zone + slot (CON included)
                ("busy", "i2", (DEFENDED_ZONES,)),  # ticks each defender's action still needs
                (
                    "told",
                    "u1",
                    (DEFENDED_ZONES, TEAM_BITS),
                ),  # the team message each defender sent in this tick
            ],
            align=True,
        ),
    )
)
"""dtype of the record; an array ``np.zeros(E, FACTS)`` holds one tick of E environments."""
