"""Advantages and returns: how much better than expected did each decision turn out?

Everything is an array of T ticks by N agents or environments, each a column of its own. A column
may be *busy* for some ticks: an action that takes three ticks is one decision and two ticks without
one. It is then a semi-Markov decision process (Sutton, Precup and Singh 1999): the rewards until
the next decision belong to the last one, discounted per tick, and the next decision's value counts
with ``gamma ** ticks``.

Generalised advantage estimation is equations (11) to (16) of Schulman et al. (2016).
"""

import numpy as np
from numpy.typing import ArrayLike

from course_lib.array_checks import truths, unchecked
from course_lib.validate import probability


def gae(
    rewards: ArrayLike,
    values: ArrayLike,
    valid: ArrayLike,
    done: ArrayLike,
    end_values: ArrayLike,
    last_values: ArrayLike,
    gamma: float,
    gae_lambda: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Generalised advantage estimates, with ticks that carry no decision.

    The loop runs backwards and carries one number per column: what the decision before may expect
    from here on. Where an action was chosen this is ``value + gae_lambda * advantage``, so
    ``gae_lambda`` is applied once per decision however long it took; where the column was busy, the
    sum simply grows by a tick.

    Args:
        rewards: (T, N) reward received in tick t.
        values: (T, N) critic's value at the decision taken in tick t; ignored where not ``valid``.
        valid: (T, N) bool, an action was chosen in tick t. All True gives ordinary GAE.
        done: (T, N) bool, the episode ended after tick t.
        end_values: (T, N) value of the last observation of an episode, used where ``done``: 0
            where the world really stopped (termination), the critic's value where only the clock
            ran out (truncation).
        last_values: (N,) value of what was seen after the final tick, for columns that go on.
        gamma: discount per tick, 0 to 1.
        gae_lambda: 0 (one decision ahead: little noise, biased by the critic) to 1 (whole return:
            noisy, unbiased).

    Returns:
        advantages, returns: (T, N) float32; returns = advantages + values, the critic's target.
            Both are 0 without a decision.

    Raises:
        ValueError: for arrays whose shapes do not fit, or gamma or gae_lambda outside 0 to 1.
    """
    rewards = _floats("rewards", rewards)
    values = _floats("values", values)
    end_values = _floats("end_values", end_values)
    valid = truths("valid", valid)
    done = truths("done", done)
    _check_shapes(
        rewards,
        values=values,
        valid=valid,
        done=done,
        end_values=end_values,
    )
    probability("gamma", gamma)
    probability("gae_lambda", gae_lambda)
    ahead = _last(last_values, rewards)
    advantages = np.zeros_like(rewards)
    for t in reversed(range(len(rewards))):
        total = rewards[t] + gamma * np.where(
            done[t],
            end_values[t],
            ahead,
        )
        advantages[t] = np.where(
            valid[t],
            total - values[t],
            0,
        )
        ahead = np.where(
            valid[t],
            values[t] + gae_lambda * advantages[t],
            total,
        )
    returns = np.where(
        valid,
        advantages + values,
        0,
    ).astype(np.float32)
    return advantages, returns


def _floats(name: str, value: ArrayLike) -> np.ndarray:
    """``value`` as float32; nan is let through, for a diverged critic is reported elsewhere."""
    return unchecked(name, value).astype(np.float32)


def _last(last_values: ArrayLike, rewards: np.ndarray) -> np.ndarray:
    last_values = _floats("last_values", last_values)
    if last_values.shape != rewards.shape[1:]:
        raise ValueError(
            f"last_values has shape {last_values.shape}; one value per column is "
            f"{rewards.shape[1:]}"
        )
    return last_values


def _check_shapes(rewards: np.ndarray, **arrays: np.ndarray) -> None:
    if rewards.ndim != 2 or not rewards.size:
        raise ValueError(
            f"rewards must be ticks by columns (T, N), both at least 1; got shape {rewards.shape}"
        )
    for name, array in arrays.items():
        if array.shape != rewards.shape:
            raise ValueError(
                f"{name} has shape {array.shape}, but rewards has {rewards.shape}; both are (T, N)"
            )
