"""What is counted during one episode, in the same units by the engine and by the bridge."""

import numpy as np

from ..constants import ACTION_CLASSES, DEFENDED_ZONES, PENALTIES, RED_ACTIONS, ZONE_COUNT

CHECKPOINTS = 10
"""Curves are sampled at ten equally spaced steps (50, 100 .. 500 of an official episode)."""

STATISTICS = np.dtype(
    (
        np.record,
        np.dtype(
            [
                ("steps", "i4"),  # ticks counted so far
                (
                    "score",
                    "f8",
                ),  # sum of the rewards of the official protocol (last two of an episode left out)
                ("phase_reward", "f8", (3,)),  # points, all counted steps, by phase
                ("penalties", "i4", (3, ZONE_COUNT, len(PENALTIES))),  # events by phase, zone, kind
                ("restore_cost", "i4"),  # Restore submissions, one point each
                (
                    "red_attempts",
                    "i4",
                    (len(RED_ACTIONS),),
                ),  # red actions that came due, dropped ones included
                ("red_successes", "i4", (len(RED_ACTIONS),)),
                ("red_dropped", "i4"),  # due, but their session was gone: no result at all
                ("phished", "i4"),  # red sessions made by phishing
                (
                    "blue_actions",
                    "i4",
                    (DEFENDED_ZONES, len(ACTION_CLASSES)),
                ),  # actions accepted, by defender
                ("hosts", "i4", (ZONE_COUNT, 2)),  # hosts that exist: servers, users
                (
                    "process_bits",
                    "i8",
                    (DEFENDED_ZONES, 2),
                ),  # process bits shown, servers and users
                ("connection_bits", "i8", (DEFENDED_ZONES, 2)),
                (
                    "priority",
                    "i8",
                    (DEFENDED_ZONES, 4),
                ),  # (host, tick) pairs with host priority 0..3
                (
                    "held_at",
                    "i4",
                    (CHECKPOINTS,),
                ),  # hosts with a red session at the ten checkpoints, CON included
                ("root_at", "i4", (CHECKPOINTS,)),  # hosts with a root red session there
                ("clean_host_ticks", "i8"),  # (defended host, tick) pairs without a red session
                ("host_ticks", "i8"),  # (defended host, tick) pairs
                (
                    "recoveries",
                    "i4",
                ),  # times a defended host went from red session to none by a blue action
                ("recovery_ticks", "i8"),  # ticks those infections lasted, summed
                ("recover_actions", "i4"),  # Remove and Restore actions that finished
                ("recover_useful", "i4"),  # of these, on a host that red held
                ("overflow", "i4"),  # table overflows; more than 0 makes an episode invalid
            ],
            align=True,
        ),
    )
)
"""dtype of one episode's counts."""


def count_priorities(statistics, memory, exists: np.ndarray) -> None:
    """Add the host priorities in a MEMORY record to a STATISTICS record; ``exists`` (7, 16) of
    0/1."""
    for zone in range(DEFENDED_ZONES):
        statistics.priority[zone] += np.bincount(
            memory.priority[zone][exists[zone] == 1], minlength=4
        )
