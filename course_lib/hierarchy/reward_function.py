"""The reward function varphi: a unit's reward for what its children achieved (section 3.4), and who
shares with whom.

The paper says "a weighted average". Its discussion (section 5, point 3) adds a dynamic weight
allocation "by prioritizing the current agent's reward". Our reading: before rewards are learned
from, a unit's reward becomes a mixture of its own and its present siblings', its own first.
"Dynamic" because the weights follow who is present: a lost sibling's share goes to the others.
Training never loses a unit, so there the weights stay what they are.
"""

import numpy as np
from numpy.typing import ArrayLike


def reward_function(
    rewards: ArrayLike,
    present: ArrayLike,
    weights: ArrayLike | None = None,
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
    points = np.asarray(rewards, np.float32)
    points, mask = np.broadcast_arrays(points, np.asarray(present, bool))
    shares = mask * _child_weights(weights, points.shape[-1])
    total = shares.sum(axis=-1)
    # An absent child's reward may be nan: it is replaced, for 0 * nan is nan.
    earned = shares * np.where(mask, points, 0)
    divisor = np.where(total > 0, total, 1)
    mean = earned.sum(axis=-1) / divisor
    return mean.astype(np.float32)


def _child_weights(weights: ArrayLike | None, children: int) -> np.ndarray:
    if weights is None:
        return np.ones(children)
    given = np.asarray(weights, np.float32)
    if given.shape != (children,) or not (given >= 0).all():
        raise ValueError(
            f"weights {weights} do not fit {children} children; give one of at least 0 for each"
        )
    return given


def sibling_weights(present: ArrayLike, own: float) -> np.ndarray:
    """How much of each sibling's reward goes into each unit's: (N,) bool -> (N, N) float32.

    A unit keeps the share ``own`` (0..1) of its own reward; the rest is spread evenly over its
    present siblings. Without siblings it keeps all. Rows of absent units are zero, the others sum
    to 1. ValueError for an ``own`` outside 0..1.
    """
    if not 0 <= own <= 1:
        raise ValueError(
            f"own={own} is not between 0 and 1: it is the share of its own reward that a unit keeps"
        )
    mask = np.asarray(present, bool)
    itself = np.eye(len(mask), dtype=bool)
    siblings = mask[None, :] & ~itself
    count = siblings.sum(axis=1, keepdims=True)
    weights = (1 - own) * siblings / np.maximum(count, 1)
    # Whoever is alone keeps all of its reward.
    kept = np.where(count[:, 0] > 0, own, 1.0)
    np.fill_diagonal(weights, kept)
    return (weights * mask[:, None]).astype(np.float32)
