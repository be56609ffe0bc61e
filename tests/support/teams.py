"""Teams and messages that several tests share."""

import numpy as np
import torch

from course_lib.hierarchy import MESSAGE, Team, TeamConfig


def opinionated(tree, seed=0, **config):
    """An untrained team whose decisions depend on its messages: the last layers of pi are 100 times
    larger."""
    team = Team(tree, TeamConfig(**config), seed=seed)
    with torch.no_grad():
        for unit in team.units.values():
            unit.policy_function.network[-1].weight.mul_(100)
            unit.message_function.score.weight.normal_(
                0, 0.3, generator=torch.Generator().manual_seed(seed)
            )
    return team


def some_messages(ticks, leaves, seed=0):
    """(T, L, 76) messages with a few events each."""
    rng = np.random.default_rng(seed)
    raw = np.zeros((ticks, leaves, MESSAGE), np.int8)
    raw[:, :, 28:60] = rng.random((ticks, leaves, 32)) < 0.1
    raw[:, :, 60:] = rng.integers(0, 4, (ticks, leaves, 16)) * (
        rng.random((ticks, leaves, 16)) < 0.1
    )
    return raw
