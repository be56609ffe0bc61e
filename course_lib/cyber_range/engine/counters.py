"""What is counted during one episode, in the same units by the engine and by the simulator."""

import numpy as np

from ..constants import (
    ACTION_CLASSES,
    DEFENDED_ZONES,
    PENALTIES,
    RED_ACTIONS,
    ZONE_COUNT,
    Priority,
)

CHECKPOINTS = 10
"""Curves are sampled at ten equally spaced steps (50, 100 .. 500 of an official episode)."""

BLUE = (DEFENDED_ZONES, len(ACTION_CLASSES))
RED = (len(RED_ACTIONS),)
EVENTS = (3, ZONE_COUNT, len(PENALTIES))  # by phase, zone, kind
SERVERS_AND_USERS = (DEFENDED_ZONES, 2)
_FIELDS = np.dtype(
    [
        ("steps", "i4"),  # ticks counted so far
        ("score", "f8"),  # official score: the sum of the rewards without the last one
        ("phase_reward", "f8", (3,)),  # points, all counted steps, by phase
        ("penalties", "i4", EVENTS),  # events by phase, zone, kind
        ("restore_cost", "i4"),  # Restore submissions, one point each
        ("red_attempts", "i4", RED),  # due red actions, dropped ones included
        ("red_successes", "i4", RED),
        ("red_dropped", "i4"),  # due, but their session was gone: no result at all
        ("phished", "i4"),  # red sessions made by phishing
        ("blue_actions", "i4", BLUE),  # actions accepted, by defender
        ("hosts", "i4", (ZONE_COUNT, 2)),  # hosts that exist: servers, users
        ("process_bits", "i8", SERVERS_AND_USERS),  # process bits shown, servers and users
        ("connection_bits", "i8", SERVERS_AND_USERS),
        (
            "priority",
            "i8",
            (DEFENDED_ZONES, len(Priority)),
        ),  # (host, tick) pairs with host priority 0..3
        ("held_at", "i4", (CHECKPOINTS,)),  # hosts with a red session at the checkpoints, CON too
        ("root_at", "i4", (CHECKPOINTS,)),  # hosts with a root red session there
        ("clean_host_ticks", "i8"),  # (defended host, tick) pairs without a red session
        ("host_ticks", "i8"),  # (defended host, tick) pairs
        ("recoveries", "i4"),  # defended hosts that a blue action freed of red
        ("recovery_ticks", "i8"),  # ticks those infections lasted, summed
        ("recover_actions", "i4"),  # Remove and Restore actions that finished
        ("recover_useful", "i4"),  # of these, on a host that red held
        ("overflow", "i4"),  # table overflows; more than 0 makes an episode invalid
    ],
    align=True,
)
STATISTICS = np.dtype((np.record, _FIELDS))
"""dtype of one episode's counts."""
