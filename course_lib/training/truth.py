"""What a critic may know in training and no defender ever sees: where red really is.

A critic is thrown away after training, so it may read the true state (*centralised training,
decentralised execution*; Lowe et al. 2017). Nearly all of a return's variance is red's luck: a
phished user, an escalation that nobody noticed. A critic that sees these things takes their luck
out of the advantages, and what is left is what the defenders did.
"""

import numpy as np

from course_lib.cyber_range.constants import DEFENDED_ZONES, SLOTS, ZONE_COUNT
from course_lib.cyber_range.engine.state import UNKNOWN, F

OF_ZONE = (
    "hosts held by red",
    "hosts held as root",
    "red sessions",
    "hosts that red knows",
    "hosts with decoys",
)
OF_ALL = ("hosts held anywhere", "hosts held as root anywhere", "hosts held in the contractor zone")
TRUTH = len(OF_ZONE) + len(OF_ALL)
"""8 entries for every zone."""
UNIT = np.array([4, 4, 8, 8, 8, 16, 16, 8], np.float32)
"""What the counts are divided by, so that they stay near 1."""


def true_zones(state: np.ndarray) -> np.ndarray:
    """(E,) ENV records -> (E, 7, 8) float32: `OF_ZONE`, and `OF_ALL` repeated for every zone."""
    sessions = _by_zone(state["host_sessions"])
    held = _hosts(sessions > 0)
    roots = _hosts(_by_zone(state["host_roots"]) > 0)
    known = _hosts(_by_zone(_known(state)))
    decoys = _hosts(_by_zone(state["decoys"]) > 0)
    own = [
        held,
        roots,
        sessions.sum(axis=2),
        known,
        decoys,
    ]
    everywhere = [
        held.sum(axis=1),
        roots.sum(axis=1),
        held[:, DEFENDED_ZONES],
    ]
    truth = np.empty((len(state), DEFENDED_ZONES, TRUTH), np.float32)
    truth[:, :, : len(OF_ZONE)] = np.stack(own, axis=2)[:, :DEFENDED_ZONES]
    truth[:, :, len(OF_ZONE) :] = np.stack(everywhere, axis=1)[:, None]
    return truth / UNIT


def _known(state: np.ndarray) -> np.ndarray:
    """(E, 128) bool, hosts that a red agent which is awake could act on."""
    belief = state["belief"]  # (E, agents, 128)
    believed = (belief != UNKNOWN) & (belief != F)
    awake = state["awake"] > 0
    return (believed & awake[:, :, None]).any(axis=1)


def _hosts(which: np.ndarray) -> np.ndarray:
    """(E, 8, 16) bool -> (E, 8) how many."""
    return which.sum(axis=2)


def _by_zone(hosts: np.ndarray) -> np.ndarray:
    """(E, 128) -> (E, 8, 16)."""
    return hosts.reshape(len(hosts), ZONE_COUNT, SLOTS)
