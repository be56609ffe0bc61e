"""The team reward: what is charged, where and in which phase (section 7)."""

import numpy as np

from ..constants import (
    ADM,
    CON,
    IMP,
    OFF,
    OZA,
    OZB,
    PAZ,
    RED_COUNT,
    RIA,
    RZA,
    RZB,
    SLOTS,
    ZONE_COUNT,
)
from .compiled import compiled
from .records import Env, Parameters, Statistics

PENALTY_POINTS = np.zeros((3, ZONE_COUNT, 3), np.int64)
"""Points lost by (phase, zone, kind); kinds LWF, ASF, RIA (section 7.1)."""
PENALTY_POINTS[:, [ADM, OFF, PAZ]] = (1, 1, 3)
PENALTY_POINTS[0, CON] = (0, 5, 5)
PENALTY_POINTS[:, RZA] = [(1, 3, 1), (2, 1, 3), (1, 3, 3)]
PENALTY_POINTS[:, OZA] = [(1, 1, 1), (10, 0, 10), (1, 1, 1)]
PENALTY_POINTS[:, RZB] = [(1, 3, 1), (1, 1, 1), (2, 1, 3)]
PENALTY_POINTS[:, OZB] = [(1, 1, 1), (1, 1, 1), (10, 0, 10)]


@compiled
def penalise(env: Env, stats: Statistics, zone: int, kind: int) -> None:
    """Charge one event in the zone at this phase's price."""
    env.reward -= PENALTY_POINTS[env.phase, zone, kind]
    stats.penalties[env.phase, zone, kind] += 1


@compiled
def charge_impacts(env: Env, stats: Statistics, params: Parameters) -> None:
    """Every Impact that came due is charged, failed and dropped ones too, if its agent still has a
    session (7.2)."""
    for r in range(RED_COUNT):
        if env.due_kind[r] == IMP and env.session_count[r] > 0:
            if params.charge_every_impact or env.due_success[r] == 1:
                penalise(env, stats, env.due_host[r] // SLOTS, RIA)
