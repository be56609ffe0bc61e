"""Playing to the end: one episode through the PettingZoo API, or many at once in the batch engine.

Evaluation, recording and the experiments share these two loops.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..envs.vector import VectorRange
from ..policy import BatchPolicy, Policy


def play_episode(
    env: Any, policy: Policy, seed: int, tick: Callable[[Any], None] | None = None
) -> np.record:
    """Play one episode to its end.

    Args:
        env: a DefenderEnv, or a wrapper of one, whose observation is the policy's.
        policy: who defends; it is reset with the same seed.
        seed: seed of the episode.
        tick: optional function called with the env after the reset and after each tick, e.g. to
            record.

    Returns:
        the episode's STATISTICS record; its ``score`` is that of the official protocol.
    """
    observations, infos = env.reset(seed=seed)
    policy.reset(seed)
    while env.agents:
        if tick is not None:
            tick(env)
        observations, _, _, _, infos = env.step(policy.act(observations, infos))
    if tick is not None:
        tick(env)
    return env.unwrapped.statistics()


def play_batch(
    env: VectorRange, policy: BatchPolicy, seed: int, seeds: np.ndarray | None = None
) -> np.ndarray:
    """Play one episode in each environment to its end.

    Args:
        env: E environments whose observation is the policy's.
        policy: who defends; it is reset with ``seed``.
        seed: of the first episode; the others follow it.
        seeds: of every episode (E,), where they do not.

    Returns:
        STATISTICS records (E,).

    Raises:
        RuntimeError: the episodes do not end together.
    """
    obs, info = env.reset(seed, seeds)
    policy.reset(seed)
    truncated = np.zeros(env.num_envs, bool)
    while not truncated.any():
        obs, _, _, truncated, info = env.step(policy.act_batch(obs, info))
    if not truncated.all():
        raise RuntimeError("episodes of one batch ended at different ticks")
    statistics: np.ndarray = info["final_statistics"]
    return statistics
