"""Random numbers for batch policies: a hash of (episode seed, step, defender, draw).

There is no hidden state. Because every number is a function of these four, an episode's choices do
not depend on how many environments are stepped together, nor on their order.
"""

import numpy as np

from ..futures import mix


def uniform(
    seeds: np.ndarray,
    step: np.ndarray,
    count: int,
    draw: int = 0,
) -> np.ndarray:
    """(E, count) float64 in [0, 1): one number for each environment and defender.

    Args:
        seeds: (E,) episode seeds, any integers.
        step: (E,) ticks since reset.
        count: numbers per environment, one for each defender (or zone).
        draw: which of several independent draws in the same tick.
    """
    seed_bits = np.asarray(seeds, np.int64).astype(np.uint64)
    step_bits = np.asarray(step, np.int64).astype(np.uint64)
    # Draws of one tick are told apart as if there were 1000 more defenders for each.
    number = np.arange(count, dtype=np.uint64) + np.uint64(1000 * draw)
    key = mix(mix(seed_bits) ^ step_bits)
    bits = mix(key[:, None] ^ mix(number)[None, :])
    # The upper 53 bits are all that a float64 in [0, 1) can hold.
    return (bits >> np.uint64(11)).astype(np.float64) / 2.0**53
