"""Compile the engine once, so that no reader waits for it later."""

import time

import numpy as np

from .parallel import parallel_env
from .vector import VectorRange


def warm_up() -> float:
    """Compile every entry of the engine, or load it from the cache; returns the seconds it took."""
    start = time.perf_counter()
    for observation in ("flat", "message"):
        batch = VectorRange(1, observation=observation)
        batch.reset()
        batch.step(np.zeros((1, batch.num_defenders), np.int64))
        single = parallel_env(observation=observation)
        single.reset(seed=0)
        single.step({})
    return time.perf_counter() - start
