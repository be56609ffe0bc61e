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

from course_lib import array_checks, validate


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
        ValueError: for a negative weight, a wrong number of them, and what is no reward.
    """
    points, mask = _checked(rewards, present)
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
    given = array_checks.numbers("weights", weights, children)
    if not (given >= 0).all():
        raise ValueError(f"weights {validate.shown(weights)} must be at least 0")
    return given


def _checked(rewards: ArrayLike, present: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays (..., N) of the same shape."""
    mask = array_checks.truths("present", present)
    # The reward of an absent child may be nan, so finite they need not be.
    points = array_checks.unchecked("rewards", rewards)
    if points.ndim < 1:
        raise ValueError("rewards is no array (..., N)")
    points = points.astype(np.float32)
    try:
        points, mask = np.broadcast_arrays(points, mask)
    except ValueError:
        shapes = f"{mask.shape} and {points.shape}"
        raise ValueError(f"present and rewards do not fit: {shapes}") from None
    return points, mask


def sibling_weights(present: ArrayLike, own: float) -> np.ndarray:
    """How much of each sibling's reward goes into each unit's: (N,) bool -> (N, N) float32.

    A unit keeps the share ``own`` (0..1) of its own reward; the rest is spread evenly over its
    present siblings. Without siblings it keeps all. Rows of absent units are zero, the others sum
    to 1. ValueError for an ``own`` outside 0..1.
    """
    validate.probability("own", own)
    mask = array_checks.truths("present", present, None)
    itself = np.eye(len(mask), dtype=bool)
    siblings = mask[None, :] & ~itself
    count = siblings.sum(axis=1, keepdims=True)
    weights = (1 - own) * siblings / np.maximum(count, 1)
    # Whoever is alone keeps all of its reward.
    kept = np.where(count[:, 0] > 0, own, 1.0)
    np.fill_diagonal(weights, kept)
    return (weights * mask[:, None]).astype(np.float32)
