"""Habits: an attacker with a habit, and a guard who may watch one host a tick.

In every tick the attacker strikes one of H hosts and the guard watches one. A strike on a host that
nobody watches costs its importance. The attacker has a *habit*: after host i it strikes host j
with probability ``habit[i, j]``. Who knows the habit watches the host with the largest probability
times importance; who does not can watch the dearest host, or guess.

The best loss against a known habit is exact (`best_loss`), so a model of the opponent can be
judged by how much of the way it goes. An attacker without habit leaves nothing to predict, and one
that changes its habit punishes a model that does not forget.
"""

import numpy as np

from course_lib import array_checks, validate

MOST_HOSTS = 10_000
"""The table of a habit has as many rows and columns."""
MOST_TICKS = 10_000_000
"""Of one game."""


def habit_matrix(hosts: int, strength: float, seed: int) -> np.ndarray:
    """(H, H) a habit: with probability ``strength`` the host that follows in a random round trip,
    otherwise any.

    ValueError for fewer than two hosts, or a strength that is no probability.
    """
    hosts = validate.whole_number("hosts", hosts, 2, MOST_HOSTS)
    strength = validate.probability("strength", strength)
    rng = np.random.default_rng(validate.seed(seed))
    # What is not habit is spread over all hosts alike, the habitual one among them.
    by_chance = (1 - strength) / hosts
    habit = np.full((hosts, hosts), by_chance)
    round_trip = rng.permutation(hosts)
    next_stop = np.roll(round_trip, -1)
    habit[round_trip, next_stop] += strength
    return habit


def strikes(habits: list[np.ndarray], ticks: int, seed: int) -> np.ndarray:
    """(T,) hosts that are struck: each habit (H, H) holds for an equal part of the time.

    ValueError for something that is no habit, or ticks or a seed out of range.
    """
    ticks = validate.whole_number("ticks", ticks, 1, MOST_TICKS)
    rng = np.random.default_rng(validate.seed(seed))
    habits = array_checks.numbers("habits", habits, None, None, None)
    habits = [_checked_habit(habit) for habit in habits]
    if not habits:
        raise ValueError("habits is empty: an attacker without habit has one of equal chances")
    hosts = len(habits[0])
    last = int(rng.integers(hosts))
    struck = np.zeros(ticks, np.int64)
    for tick in range(ticks):
        part = tick * len(habits) // ticks
        last = int(rng.choice(hosts, p=habits[part][last]))
        struck[tick] = last
    return struck


def losses(struck: np.ndarray, watched: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """(T,) what every tick costs: the importance of the host that was struck, 0 if it was
    watched. ValueError for hosts that ``importance`` does not have."""
    importance = array_checks.numbers("importance", importance, None)
    struck = array_checks.whole_numbers("struck", struck, None)
    watched = array_checks.whole_numbers("watched", watched, len(struck))
    for name, hosts in (("struck", struck), ("watched", watched)):
        if hosts.size and not (0 <= hosts.min() and hosts.max() < len(importance)):
            raise ValueError(f"{name} names a host that is not one of {len(importance)}")
    price = importance[struck]
    return np.where(struck == watched, 0.0, price)


def best_loss(habit: np.ndarray, importance: np.ndarray) -> float:
    """Mean loss a tick, in the long run, of a guard who knows the habit; exact.

    ValueError for something that is no habit, or importances that do not fit it.
    """
    habit = _checked_habit(array_checks.numbers("habit", habit, None, None))
    importance = array_checks.numbers("importance", importance, len(habit))
    share = np.full(len(habit), 1 / len(habit))
    # The share of strikes on every host in the long run. Half of the old share is kept in each
    # round: a strict round trip would otherwise turn in circles and never settle.
    for _ in range(10_000):
        share = 0.5 * share + 0.5 * share @ habit
    # After host i, host j costs its importance with probability habit[i, j], unless it is watched;
    # and the guard watches the dearest.
    expected = habit * importance
    unwatched = expected.sum(axis=1) - expected.max(axis=1)
    return float(share @ unwatched)


def _checked_habit(habit: np.ndarray) -> np.ndarray:
    """``habit`` if each of its rows is a probability of every host."""
    hosts = len(habit)
    if hosts < 1 or habit.shape != (hosts, hosts):
        raise ValueError(f"a habit is a square table, not one of shape {habit.shape}")
    if habit.min() < 0 or not np.allclose(habit.sum(axis=1), 1):
        raise ValueError("each row of a habit holds probabilities that add up to 1")
    return habit
