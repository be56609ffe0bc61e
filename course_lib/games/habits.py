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

from course_lib import validate

MOST_HOSTS = 10_000
"""The table of a habit has as many rows and columns."""


def habit_matrix(hosts: int, strength: float, seed: int) -> np.ndarray:
    """(H, H) a habit: with probability ``strength`` the host that follows in a random round trip,
    otherwise any.

    ValueError for fewer than two hosts, or a strength that is no probability.
    """
    hosts = validate.whole_number("hosts", hosts, 2, MOST_HOSTS)
    strength = validate.probability("strength", strength)
    order = np.random.default_rng(validate.seed(seed)).permutation(hosts)
    habit = np.full((hosts, hosts), (1 - strength) / hosts)
    habit[order, np.roll(order, -1)] += strength
    return habit


def strikes(habits: list[np.ndarray], ticks: int, seed: int) -> np.ndarray:
    """(T,) hosts that are struck: each habit holds for an equal part of the time."""
    rng = np.random.default_rng(seed)
    hosts = len(habits[0])
    last = int(rng.integers(hosts))
    struck = np.zeros(ticks, np.int64)
    for tick in range(ticks):
        habit = habits[tick * len(habits) // ticks]
        last = int(rng.choice(hosts, p=habit[last]))
        struck[tick] = last
    return struck


def losses(struck: np.ndarray, watched: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """(T,) what every tick costs: the importance of the host that was struck, 0 if it was
    watched."""
    price = np.asarray(importance)[struck]
    return np.where(struck == watched, 0.0, price)


def best_loss(habit: np.ndarray, importance: np.ndarray) -> float:
    """Mean loss a tick, in the long run, of a guard who knows the habit; exact."""
    importance = np.asarray(importance)
    share = np.full(len(habit), 1 / len(habit))
    for _ in range(10_000):  # the share of strikes on every host in the long run
        share = 0.5 * share + 0.5 * share @ habit
    # After host i, host j costs its importance with probability habit[i, j], unless it is watched;
    # and the guard watches the dearest.
    expected = habit * importance
    unwatched = expected.sum(axis=1) - expected.max(axis=1)
    return float(share @ unwatched)
