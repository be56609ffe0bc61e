"""Random numbers: a counter-based generator for each environment.

A draw mixes the environment's key with the number of draws made so far (the finaliser of
SplitMix64; Steele, Lea & Flood 2014). So an episode depends on its seed alone: not on how many
environments run beside it, and not on threads.
"""

import numpy as np

from .compiled import compiled
from .records import Env

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
SHIFT_11 = np.uint64(11)
SHIFT_27 = np.uint64(27)
SHIFT_30 = np.uint64(30)
SHIFT_31 = np.uint64(31)
ONE = np.uint64(1)
UNIT = 1.0 / 9007199254740992.0  # 2 ** -53


@compiled
def mix(z: np.uint64) -> np.uint64:
    """Scramble 64 bits; every input bit changes about half of the output bits."""
    z = (z ^ (z >> SHIFT_30)) * MIX_1
    z = (z ^ (z >> SHIFT_27)) * MIX_2
    return z ^ (z >> SHIFT_31)


@compiled
def seed_generator(env: Env, seed: np.uint64) -> None:
    """Start the environment's generator from an unsigned 64-bit seed."""
    env.key = mix(mix(seed + GOLDEN) + GOLDEN)
    env.draw_count = np.uint64(0)


@compiled
def draw(env: Env) -> float:
    """Uniform float64 in [0, 1)."""
    count = env.draw_count + ONE
    env.draw_count = count
    return np.float64(mix(env.key + count * GOLDEN) >> SHIFT_11) * UNIT


@compiled
def chance(env: Env, probability: float) -> bool:
    """True with the given probability."""
    return draw(env) < probability


@compiled
def pick(env: Env, n: int) -> int:
    """Uniform integer in 0 .. n - 1."""
    return int(draw(env) * n)


@compiled
def between(env: Env, low: int, high: int) -> int:
    """Uniform integer in low .. high, both included."""
    return low + pick(env, high - low + 1)
