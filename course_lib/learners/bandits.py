"""Bandits: choose one of several actions again and again, and learn only from the reward of the
chosen one.

    record = play(Ucb1(arms=3, runs=50), pull, steps=2000, seed=0)
    record.regret(means)   # (runs, steps) what was lost so far against the best arm

All runs are independent and advance together as rows of numpy arrays. R runs, A arms (actions), T
steps, F features. A bandit has ``choose(rng)``, which returns the arms (R,), and ``update(arms,
rewards)``; only how it scores the arms differs. `LinUcb` sees features of the situation before it
chooses (a contextual bandit) and plays a single run.

Sources: Lattimore & Szepesvari (2020), "Bandit Algorithms"; UCB1: Auer, Cesa-Bianchi & Fischer
(2002); Thompson sampling: Thompson (1933), Agrawal & Goyal (2012); LinUCB: Li et al. (2010),
algorithm 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_lib.validate import function, in_range, probability, whole_number

LARGEST = 10_000_000
"""Arms times runs, at most."""
MOST_FEATURES = 1_000
"""Features, and actions, of a contextual bandit."""


class Bandit:
    """Counts and sums of rewards (R, A), and the choice of the best score; the base of the bandits
    below."""

    def __init__(self, arms: int, runs: int = 1):
        whole_number("arms", arms, 2, LARGEST)
        whole_number("runs", runs, 1, LARGEST // arms)
        self.counts = np.zeros((runs, arms))
        self.sums = np.zeros((runs, arms))

    @property
    def means(self) -> np.ndarray:
        """(R, A) mean reward of each arm so far; 0 where it was never pulled."""
        return self.sums / np.maximum(self.counts, 1)

    def scores(self, rng: np.random.Generator) -> np.ndarray:
        """(R, A) what the choice maximises."""
        raise TypeError(
            "use EpsilonGreedy, Ucb1 or one of the Thompson bandits: the base class has no scores"
        )

    def choose(self, rng: np.random.Generator) -> np.ndarray:
        """(R,) int: the arm with the highest score; ties are broken at random."""
        scores = self.scores(rng)
        best = scores == scores.max(axis=1, keepdims=True)
        return np.where(
            best,
            rng.random(scores.shape),
            -1.0,
        ).argmax(axis=1)

    def update(self, arms: np.ndarray, rewards: np.ndarray) -> None:
        """Note what the chosen ``arms`` (R,) were rewarded with, ``rewards`` (R,). ValueError
        unless finite: a single nan would stop all learning."""
        if not np.isfinite(rewards).all():
            raise ValueError(f"every reward must be finite; got {rewards}")
        rows = np.arange(len(self.counts))
        self.counts[rows, arms] += 1
        self.sums[rows, arms] += rewards


class EpsilonGreedy(Bandit):
    """The arm with the best mean, but a random one in a share ``epsilon`` of the steps, for
    ever."""

    def __init__(self, arms: int, runs: int = 1, epsilon: float = 0.1):
        super().__init__(arms, runs)
        probability("epsilon", epsilon)
        self.epsilon = epsilon

    def scores(self, rng: np.random.Generator) -> np.ndarray:
        """Means (untried arms first), or equal scores for the runs that explore in this step."""
        explores = rng.random((len(self.counts), 1)) < self.epsilon
        greedy = np.where(
            self.counts == 0,
            np.inf,
            self.means,
        )
        return np.where(explores, 0.0, greedy)


def ucb1_index(means: np.ndarray, counts: np.ndarray, time: float) -> np.ndarray:
    """Upper confidence bounds of arms pulled ``counts`` > 0 times: ``means + sqrt(2 ln(time) /
    counts)``.

    Args:
        means: mean reward of each arm, any shape; rewards lie in [0, 1].
        counts: how often each was pulled, same shape.
        time: pulls so far, all arms together.
    """
    return means + np.sqrt(2 * np.log(time) / counts)


class Ucb1(Bandit):
    """Optimism: the arm that could still be best. Tries every arm once, then follows its index."""

    def __init__(self, arms: int, runs: int = 1, index: Callable = ucb1_index):
        """``index(means, counts, time)`` gives the scores (R, A); `ucb1_index` or your own."""
        super().__init__(arms, runs)
        self.index = function("index", index)

    def scores(self, rng: np.random.Generator) -> np.ndarray:
        """The index; infinite for untried arms."""
        time = max(1.0, self.counts[0].sum())  # the same in every run
        bounds = self.index(
            self.means,
            np.maximum(self.counts, 1),
            time,
        )
        return np.where(self.counts == 0, np.inf, bounds)


class ThompsonBernoulli(Bandit):
    """Rewards 0 or 1: draws each arm's success rate from what is believed about it, Beta(1 + wins,
    1 + losses)."""

    def scores(self, rng: np.random.Generator) -> np.ndarray:
        """One draw from each belief."""
        return rng.beta(1 + self.sums, 1 + self.counts - self.sums)


class LinUcb:
    """A contextual bandit: each action's reward is a linear function of the features, known up to
    an ellipsoid.

    One ridge regression per action; the score is its prediction plus ``width`` times its standard
    error. Plays one run. Forgetting (``memory`` below 1) is ours: algorithm 1 never forgets.
    """

    def __init__(
        self,
        features: int,
        actions: int,
        width: float = 1.0,
        ridge: float = 1.0,
        memory: float = 1.0,
    ):
        """``memory``: weight of the past per step, 1 = never forget; 0.999 trusts about the last
        1,000 steps."""
        whole_number("features", features, 1, MOST_FEATURES)
        whole_number("actions", actions, 1, MOST_FEATURES)
        in_range("width", width, 0)
        in_range("ridge", ridge, above=0)
        in_range("memory", memory, high=1, above=0)
        self.width = width
        self.memory = memory
        self._ridge = ridge * np.eye(features)
        self._moments = np.zeros((actions, features, features))
        self._sums = np.zeros((actions, features))
        self._inverse = np.linalg.inv(self._moments + self._ridge)

    @property
    def weights(self) -> np.ndarray:
        """(A, F) estimated reward per unit of each feature, for each action."""
        return np.einsum("aij,aj->ai", self._inverse, self._sums)

    def scores(self, context: np.ndarray) -> np.ndarray:
        """(A,) predicted reward of each action plus its bonus, in a situation with features
        ``context`` (F,)."""
        spread = self._inverse @ context
        predicted = np.sum(spread * self._sums, axis=1)
        variance = np.maximum(spread @ context, 0)  # rounding can take it just below zero
        return predicted + self.width * np.sqrt(variance)

    def choose(self, context: np.ndarray) -> int:
        """The action with the highest score, the first among equals."""
        return int(self.scores(context).argmax())

    def update(self, context: np.ndarray, action: int, reward: float) -> None:
        """Learn what ``action`` was rewarded with in ``context`` (F,). ValueError for an action
        that does not exist, another number of features, and numbers that are not finite."""
        actions, features = self._sums.shape
        whole_number("action", action, 0, actions - 1)
        in_range("reward", reward)
        if np.shape(context) != (features,) or not np.isfinite(context).all():
            raise ValueError(f"the context must be finite numbers of shape ({features},)")
        if self.memory < 1:
            self._moments *= self.memory
            self._sums *= self.memory
        self._moments[action] += np.outer(context, context)
        self._sums[action] += reward * context
        if self.memory < 1:  # every action has forgotten something
            self._inverse = np.linalg.inv(self._moments + self._ridge)
        else:
            self._inverse[action] = np.linalg.inv(self._moments[action] + self._ridge)


@dataclass(frozen=True, eq=False)
class Record:
    """What was played."""

    arms: np.ndarray
    """(R, T) int: the arm of each step."""
    rewards: np.ndarray
    """(R, T) its reward."""

    def regret(self, means: np.ndarray) -> np.ndarray:
        """(R, T) running sum of what the chosen arms are worth less than the best, for true
        ``means`` (A,)."""
        means = np.asarray(means, dtype=float)
        return np.cumsum(means.max() - means[self.arms], axis=1)


def play(
    bandit: Bandit,
    pull: Callable[[np.ndarray, np.random.Generator], np.ndarray],
    steps: int,
    seed: int = 0,
) -> Record:
    """Let a bandit play ``steps`` steps.

    Args:
        bandit: anything with ``choose`` and ``update``; it keeps what it learns.
        pull: ``pull(arms, rng)`` returns the rewards (R,) of the arms (R,).
        steps: T, at least 1.
        seed: fixes all chance.
    """
    if steps < 1:
        raise ValueError(f"steps={steps} must be at least 1")
    # Rewards and choices are drawn apart, so that another bandit meets the same luck.
    env_seed, explore_seed = np.random.SeedSequence(seed).spawn(2)
    env_rng = np.random.default_rng(env_seed)
    explore_rng = np.random.default_rng(explore_seed)
    arms = []
    rewards = []
    for _ in range(steps):
        arms.append(bandit.choose(explore_rng))
        rewards.append(pull(arms[-1], env_rng))
        bandit.update(arms[-1], rewards[-1])
    return Record(np.stack(arms, axis=1), np.stack(rewards, axis=1))
