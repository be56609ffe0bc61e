"""The reward function varphi: a unit's pay for what its children achieved (section 3.4), and who
shares with whom.

The paper says "a weighted average". Its discussion (section 5, point 3) adds a dynamic weight
allocation "by prioritizing the current agent's reward". Our reading: before rewards are learned
from, a unit's reward becomes a mixture of its own and its present siblings', its own first.
"Dynamic" because the weights follow who is present: a lost sibling's share goes to the others.
Training never loses a unit, so there the weights stay what they are.
"""

import numpy as np


def reward_function(
    rewards: np.ndarray, present: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Weighted average of the rewards of the present children.

    Args:
        rewards: (..., N) points.
        present: (..., N) bool, broadcast against ``rewards``.
        weights: (N,) of at least 0, how much each child counts; by default all the same.

    Returns:
        (...,) points; 0 where no child with a weight is present.

    Raises:
        ValueError: for a negative weight or a wrong number of them.
    """
    rewards, present = np.broadcast_arrays(
        np.asarray(rewards, np.float32), np.asarray(present, bool)
    )
    if weights is not None and (
        np.shape(weights) != rewards.shape[-1:] or np.min(weights, initial=0) < 0
    ):
        raise ValueError(
            f"weights {weights} do not fit {rewards.shape[-1]} children; give one of at least 0 for each"
        )
    shares = present * (1.0 if weights is None else np.asarray(weights, np.float32))
    total = shares.sum(axis=-1)
    mean = (shares * np.where(present, rewards, 0)).sum(axis=-1) / np.where(total > 0, total, 1)
    return mean.astype(np.float32)


def sibling_weights(present: np.ndarray, own: float) -> np.ndarray:
    """(N,) bool of siblings -> (N, N) float32: row i says how much of each sibling's reward goes
    into unit i's.

    A unit keeps the share ``own`` (0..1) of its own reward; the rest is spread evenly over its
    present siblings. Without siblings it keeps all. Rows of absent units are zero, the others sum
    to 1.
    """
    if not 0 <= own <= 1:
        raise ValueError(
            f"own={own} is not between 0 and 1: it is the share of its own reward that a unit keeps"
        )
    present = np.asarray(present, bool)
    others = present[None, :] & ~np.eye(len(present), dtype=bool)
    count = others.sum(axis=1, keepdims=True)
    weights = np.where(count > 0, (1 - own) * others / np.maximum(count, 1), 0.0)
    np.fill_diagonal(weights, np.where(count[:, 0] > 0, own, 1.0))
    return (weights * present[:, None]).astype(np.float32)
