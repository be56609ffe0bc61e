"""The simulator's flat vectors, computed from the facts of one tick."""

import numpy as np

from .actions import defender_zones
from .constants import BLOCK_LENGTH, FLAT_LARGE, TEAM_BITS
from .engine import step as tick


def flat_length(defenders: str, defender: int) -> int:
    """Length of one defender's flat vector: 92, or 210 for HQ; 108 for a per-zone defender."""
    zones = defender_zones(defenders)
    return 1 + BLOCK_LENGTH * len(zones[defender]) + TEAM_BITS * (len(zones) - 1)


def flat_vectors(facts, defenders: str) -> list[np.ndarray]:
    """Flat vector of each defender, int64, unpadded, from one FACTS record (section 8.1 of the
    rules)."""
    zones = defender_zones(defenders)
    first, count = np.array([z[0] for z in zones]), np.array([len(z) for z in zones])
    out = np.zeros((1, len(zones), FLAT_LARGE), np.int8)
    tick.flat_some(np.array([facts], facts.dtype), first, count, out, 0, 1)
    return [out[0, d, : flat_length(defenders, d)].astype(np.int64) for d in range(len(zones))]
