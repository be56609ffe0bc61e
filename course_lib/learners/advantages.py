"""Advantages and returns: how much better than expected did each decision turn out?

Everything is an array of T ticks by N parallel streams (an environment, or one agent in one
environment). A stream may be *busy* for some ticks: an action that takes three ticks is one
decision and two ticks without one. Such a stream is a semi-Markov decision process (Sutton, Precup
and Singh 1999): the rewards until the next decision belong to the last one, discounted per tick,
and the next decision's value counts with ``gamma ** ticks``.

Generalised advantage estimation is equations (11) to (16) of Schulman et al. (2016).
"""

import numpy as np


def gae(
    rewards, values, decides, ended, end_values, last_values, gamma, lam
) -> tuple[np.ndarray, np.ndarray]:
    """Generalised advantage estimates, with ticks that carry no decision.

    The loop runs backwards and carries one number per stream: what the decision before may expect
    from here on. Where an action was chosen this is ``value + lam * advantage``, so ``lam`` is
    applied once per decision however long it took; where the stream was busy, the sum simply grows
    by a tick.

    Args:
        rewards: (T, N) reward received in tick t.
        values: (T, N) critic's value at the decision taken in tick t; ignored where ``decides`` is
            False.
        decides: (T, N) bool, an action was chosen in tick t. All True gives ordinary GAE.
        ended: (T, N) bool, the episode ended after tick t.
        end_values: (T, N) value of the last observation of an episode, used where ``ended``: 0
            where the world really stopped (termination), the critic's value where only the clock
            ran out (truncation).
        last_values: (N,) value of what was seen after the final tick, for streams that go on.
        gamma: discount per tick, 0 to 1.
        lam: 0 (one decision ahead: little noise, biased by the critic) to 1 (whole return: noisy,
            unbiased).

    Returns:
        advantages, returns: (T, N) float32; returns = advantages + values, the critic's target. 0
            without a decision.

    Raises:
        ValueError: for arrays whose shapes do not fit, or gamma or lam outside 0 to 1.
    """
    rewards, values, end_values = (np.asarray(a, np.float32) for a in (rewards, values, end_values))
    decides, ended = np.asarray(decides, bool), np.asarray(ended, bool)
    _check_shapes(rewards, values=values, decides=decides, ended=ended, end_values=end_values)
    _check_share(gamma=gamma, lam=lam)
    ahead = _last(last_values, rewards)
    advantages = np.zeros_like(rewards)
    for t in reversed(range(len(rewards))):
        total = rewards[t] + gamma * np.where(ended[t], end_values[t], ahead)
        advantages[t] = np.where(decides[t], total - values[t], 0)
        ahead = np.where(decides[t], values[t] + lam * advantages[t], total)
    return advantages, np.where(decides, advantages + values, 0).astype(np.float32)


def discounted_returns(rewards, ended, end_values, last_values, gamma) -> np.ndarray:
    """Discounted sum of the rewards from each tick on, (T, N) float32; arguments and errors as in
    `gae`."""
    rewards, end_values, ended = (
        np.asarray(rewards, np.float32),
        np.asarray(end_values, np.float32),
        np.asarray(ended),
    )
    _check_shapes(rewards, ended=ended, end_values=end_values)
    _check_share(gamma=gamma)
    ahead = _last(last_values, rewards)
    returns = np.zeros_like(rewards)
    for t in reversed(range(len(rewards))):
        returns[t] = ahead = rewards[t] + gamma * np.where(ended[t], end_values[t], ahead)
    return returns


def _last(last_values, rewards: np.ndarray) -> np.ndarray:
    last_values = np.asarray(last_values, np.float32)
    if last_values.shape != rewards.shape[1:]:
        raise ValueError(
            f"last_values has shape {last_values.shape}; one value per stream is {rewards.shape[1:]}"
        )
    return last_values


def _check_shapes(rewards: np.ndarray, **arrays: np.ndarray) -> None:
    if rewards.ndim != 2 or not rewards.size:
        raise ValueError(
            f"rewards must be ticks by streams (T, N), both at least 1; got shape {rewards.shape}"
        )
    for name, array in arrays.items():
        if array.shape != rewards.shape:
            raise ValueError(
                f"{name} has shape {array.shape}, but rewards has {rewards.shape}; both are (T, N)"
            )


def _check_share(**shares: float) -> None:
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name}={value} must be between 0 and 1")
