"""One episode of one policy through the PettingZoo API: the loop that evaluation and recording
share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..policy import Policy


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
