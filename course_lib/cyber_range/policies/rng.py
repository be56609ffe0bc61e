"""Random numbers for batch policies: a hash of (episode seed, step, defender, draw), no hidden
state.

Because every number is a function of these four, an episode's choices do not depend on how many
environments are stepped together, nor on their order.
"""

import numpy as np

_GOLDEN, _MIX_A, _MIX_B = (
    np.uint64(c) for c in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)


def _mix(x: np.ndarray) -> np.ndarray:
    """One round of the SplitMix64 finaliser (Steele, Lea and Flood 2014): uint64 -> well-mixed
    uint64."""
    x = x + _GOLDEN
    x = (x ^ (x >> np.uint64(30))) * _MIX_A
    x = (x ^ (x >> np.uint64(27))) * _MIX_B
    return x ^ (x >> np.uint64(31))


def uniform(seeds: np.ndarray, step: np.ndarray, count: int, draw: int = 0) -> np.ndarray:
    """(E, count) float64 in [0, 1): one number for each environment and defender.

    Args:
        seeds: (E,) episode seeds, any integers.
        step: (E,) ticks since reset.
        count: numbers per environment, one for each defender (or zone).
        draw: which of several independent draws in the same tick.
    """
    with np.errstate(over="ignore"):
        key = _mix(np.asarray(seeds, np.int64).astype(np.uint64))
        key = _mix(key ^ np.asarray(step, np.int64).astype(np.uint64))
        columns = np.arange(count, dtype=np.uint64) + np.uint64(1000 * draw)
        bits = _mix(key[:, None] ^ _mix(columns)[None, :])
    return (bits >> np.uint64(11)).astype(np.float64) / 2.0**53
