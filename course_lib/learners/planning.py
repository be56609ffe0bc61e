"""Planning: the best policy when the model is known, and two measures of how far a learner is from
it.

A model is two arrays, ``transitions`` (S, A, S) with the probability of each next state and
``rewards`` (S, A) with the expected reward. S states, A actions, H steps of an episode.

Sources: Sutton & Barto (2018), chapter 4; for finite horizons Puterman (1994), chapter 4.
"""

from dataclasses import dataclass

import numpy as np

from course_lib import array_checks, validate

LONGEST = 1_000_000
"""Steps of an episode, at most."""
SLOWEST, FINEST = 0.9999, 1e-12
"""A discount nearer to 1, or a finer precision, would take for ever."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A best policy and what it is worth, for H steps (finite horizon) or for ever (then without
    the axis H)."""

    values: np.ndarray
    """(H + 1, S) best expected reward still to come before step h; (S,) for ever. The last row is
    0."""
    action_values: np.ndarray
    """(H, S, A) the same after a given first action; (S, A) for ever."""
    policy: np.ndarray
    """(H, S) int: a best action, the first among equals; (S,) for ever."""


def backward_induction(transitions: np.ndarray, rewards: np.ndarray, horizon: int) -> Plan:
    """Best plan for episodes of ``horizon`` steps, exact, from the last step back to the first.

    ``plan.values[0, s]`` is the optimal value V*_1(s): the expected sum of rewards of a whole
    episode from s.
    """
    transitions, rewards = checked_model(transitions, rewards)
    validate.whole_number("horizon", horizon, 1, LONGEST)
    values = np.zeros((horizon + 1, len(rewards)))
    action_values = np.zeros((horizon, *rewards.shape))
    for h in reversed(range(horizon)):
        action_values[h] = rewards + transitions @ values[h + 1]
        values[h] = action_values[h].max(axis=1)
    return Plan(values, action_values, action_values.argmax(axis=2))


def value_iteration(
    transitions: np.ndarray, rewards: np.ndarray, discount: float, precision: float = 1e-8
) -> Plan:
    """Best plan without an end, rewards ``discount``-ed per step (at least 0, below 1).

    The values are within ``precision`` of the optimum: a sweep shrinks every error by the factor
    ``discount``. ValueError for a discount outside 0 to 0.9999 (without one use
    `backward_induction`) and a precision finer than 1e-12.
    """
    transitions, rewards = checked_model(transitions, rewards)
    validate.in_range("discount (1: use backward_induction)", discount, 0, SLOWEST)
    validate.in_range("precision", precision, FINEST)
    # Values are known to about 16 digits, so large rewards cannot have a fixed precision.
    largest_value = float(np.abs(rewards).max()) / (1 - discount)
    precision = max(precision, FINEST * largest_value)
    values = np.zeros(len(rewards))
    while True:
        action_values = rewards + discount * transitions @ values
        better = action_values.max(axis=1)
        if np.abs(better - values).max() <= precision * (1 - discount):
            return Plan(better, action_values, action_values.argmax(axis=1))
        values = better


def policy_values(transitions: np.ndarray, rewards: np.ndarray, policy: np.ndarray) -> np.ndarray:
    """Expected reward still to come (H + 1, S) when ``policy`` (H, S), actions by step and state,
    is followed."""
    transitions, rewards = checked_model(transitions, rewards)
    states = np.arange(len(rewards))
    policy = array_checks.whole_numbers("policy", policy, None, len(states))
    if policy.size and not 0 <= policy.min() <= policy.max() < rewards.shape[1]:
        raise ValueError(f"policy holds actions outside 0 to {rewards.shape[1] - 1}")
    values = np.zeros((len(policy) + 1, len(states)))
    for h in reversed(range(len(policy))):
        actions = policy[h]
        future = transitions[states, actions] @ values[h + 1]
        values[h] = rewards[states, actions] + future
    return values


def cumulative_regret(best: float, values: np.ndarray) -> np.ndarray:
    """Running sum (K,) of what each of K episodes fell short of the ``best`` value.

    ``values`` (K,) are the expected values of the policies played, or the (noisier) returns.
    """
    return np.cumsum(best - np.asarray(values, dtype=float))


def growth_exponent(curve: np.ndarray, since: float = 0.5) -> float:
    """Slope of ``curve`` (K,) in a log-log plot, fitted to the part after the share ``since``.

    For a cumulative regret 1 means that the learner goes on losing as much as ever, 1/2 is the
    square root of the theory's worst case, and 0 that it has stopped losing. ValueError where the
    part fitted is not positive.
    """
    curve = np.asarray(curve, dtype=float)
    rounds = np.arange(1, len(curve) + 1)
    first = int(since * len(curve))
    rounds = rounds[first:]
    later = curve[first:]
    if len(later) < 2 or not (later > 0).all():
        raise ValueError("the fitted part of the curve must hold at least two values, all above 0")
    slope, _ = np.polyfit(
        np.log(rounds),
        np.log(later),
        1,
    )
    return float(slope)


def checked_model(transitions: np.ndarray, rewards: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both arrays as floats; ValueError where their shapes do not fit or a row is no
    distribution."""
    transitions = array_checks.numbers("transitions", transitions)
    rewards = array_checks.numbers("rewards", rewards)
    if not rewards.size:
        raise ValueError("a model needs at least one state and one action")
    if rewards.ndim != 2 or transitions.shape != (*rewards.shape, len(rewards)):
        shapes = f"got {transitions.shape} and {rewards.shape}"
        raise ValueError(f"a model is transitions (S, A, S) and rewards (S, A); {shapes}")
    if (transitions < 0).any() or not np.allclose(transitions.sum(axis=2), 1):
        raise ValueError("each transitions[s, a] must be probabilities that sum to 1")
    return transitions, rewards
