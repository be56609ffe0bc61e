"""UCB-VI: plan in an optimistic estimate of a small unknown world, act, count, plan again.

    record = learn(env, horizon=20, options=Options(bonus=Scaled(0.1)))
    record.values   # expected value of the policy of each episode, where `value_of` was given

What has been tried rarely gets a *bonus* on its reward, so that the plan itself goes and looks. S
states, A actions, H steps of an episode, K episodes, T = K H steps in all, visits N(s, a).

Source: Azar, Osband & Munos (2017), "Minimax regret bounds for reinforcement learning", algorithms
1 to 3. Two things are ours: rewards are estimated as well (there they are known), and by default
the plan is renewed only when the visits of some pair have doubled, which leaves a few dozen plans
instead of one for each episode and hardly changes the regret.
"""

from collections.abc import Callable
from dataclasses import dataclass

import gymnasium
import numpy as np


@dataclass(frozen=True)
class Theory:
    """The bonus of the regret theorem, 7 H L / sqrt(N) with L = log(5 S A T / delta).

    Safe in every world, hence far too careful in a given one: with 10,000 episodes of RiverSwim it
    never stops exploring.
    """

    delta: float = 0.1
    """Accepted probability that the guarantee fails."""

    def __call__(self, visits: np.ndarray, horizon: int, steps: int) -> np.ndarray:
        tried = np.maximum(visits, 1)
        return 7 * horizon * log_term(visits, steps, self.delta) / np.sqrt(tried)


@dataclass(frozen=True)
class Scaled:
    """The Hoeffding form of the bonus, scale * H * sqrt(L / N), with a scale to choose."""

    scale: float = 0.1
    """1 is about what Hoeffding's inequality asks for; smaller trusts the estimates sooner, without
    a guarantee."""
    delta: float = 0.1
    """Accepted probability that the guarantee (at scale 1) fails."""

    def __post_init__(self) -> None:
        if self.scale < 0:
            raise ValueError(
                f"scale={self.scale} must be at least 0: a bonus makes the unknown look better"
            )

    def __call__(self, visits: np.ndarray, horizon: int, steps: int) -> np.ndarray:
        tried = np.maximum(visits, 1)
        return self.scale * horizon * np.sqrt(log_term(visits, steps, self.delta) / tried)


def log_term(visits: np.ndarray, steps: int, delta: float) -> float:
    """L = log(5 S A T / delta), the price of being right about all pairs and all times at once."""
    return float(np.log(5 * visits.size * steps / delta))


@dataclass(frozen=True)
class Options:
    """How UCB-VI learns. Raises ValueError for values out of range."""

    episodes: int = 10_000
    """K."""
    bonus: Callable[[np.ndarray, int, int], np.ndarray] = Scaled()
    """``bonus(visits (S, A), horizon, steps)`` returns (S, A) floats of at least 0; `Theory`,
    `Scaled` or your own."""
    every_episode: bool = False
    """Plan before every episode, as in the paper, instead of when the visits of a pair have
    doubled."""
    seed: int = 0
    """Seed of the environment's first reset; the learner itself draws nothing."""

    def __post_init__(self) -> None:
        if self.episodes < 1:
            raise ValueError(f"episodes={self.episodes} must be at least 1")


@dataclass(frozen=True, eq=False)
class Record:
    """What happened in K episodes."""

    returns: np.ndarray
    """(K,) sum of rewards of each episode."""
    values: np.ndarray | None
    """(K,) ``value_of`` the policy of each episode; None without it."""
    policy: np.ndarray
    """(H, S) int: the last policy played."""
    visits: np.ndarray
    """(S, A) int: how often each action was tried in each state."""
    plans: int
    """How often the plan was renewed."""


def learn(
    env: gymnasium.Env,
    horizon: int,
    options: Options | None = None,
    value_of: Callable[[np.ndarray], float] | None = None,
) -> Record:
    """Learn in a Gymnasium environment with ``Discrete`` observations and actions and rewards in
    [0, 1].

    Args:
        env: its episodes must last exactly ``horizon`` steps.
        horizon: H, at least 1.
        options: length, bonus, seed.
        value_of: maps a policy (H, S) to its expected value, called whenever the policy changes:
            the exact regret, free of the luck of single episodes, can be computed from what it
            returns.
    """
    options = options or Options()
    if horizon < 1:
        raise ValueError(f"horizon={horizon} must be at least 1")
    counts = Counts(int(env.observation_space.n), int(env.action_space.n))
    upper = np.full((horizon, *counts.visits.shape), float(horizon))
    steps = options.episodes * horizon
    policy = None
    visits_at_plan = counts.visits.copy()
    plans = 0
    value = np.nan
    returns = np.zeros(options.episodes)
    values = np.zeros(options.episodes)
    for k in range(options.episodes):
        # A new plan is worth its time when something has been seen twice as often as before.
        if policy is None or options.every_episode or counts.doubled(visits_at_plan):
            bonus = options.bonus(counts.visits, horizon, steps)
            transitions, rewards = counts.model()
            upper = optimistic_values(transitions, rewards, bonus, counts.visits, upper)
            renewed = upper.argmax(axis=2)
            visits_at_plan = counts.visits.copy()
            plans += 1
            if value_of and (policy is None or (renewed != policy).any()):
                value = value_of(renewed)  # only then: it may be expensive
            policy = renewed
        seed = options.seed if k == 0 else None
        returns[k] = play_episode(env, policy, counts, seed)
        values[k] = value
    return Record(
        returns,
        values if value_of else None,
        policy,
        counts.visits,
        plans,
    )


def optimistic_values(
    transitions: np.ndarray,
    rewards: np.ndarray,
    bonus: np.ndarray,
    visits: np.ndarray,
    before: np.ndarray,
) -> np.ndarray:
    """Upper bounds (H, S, A) of the action values, by backward induction with a bonus (algorithm 2
    of the paper).

    ``before`` (H, S, A) are the bounds so far: a bound never rises again. What was never tried is
    worth H.
    """
    horizon = len(before)
    upper = np.empty_like(before)
    next_values = np.zeros(len(visits))
    for h in reversed(range(horizon)):
        expected = rewards + transitions @ next_values + bonus
        backed_up = np.where(visits == 0, horizon, expected)
        upper[h] = np.minimum(np.minimum(before[h], backed_up), horizon)
        next_values = upper[h].max(axis=1)
    return upper


class Counts:
    """What was seen: visits (S, A), next states (S, A, S) and sums of rewards (S, A)."""

    def __init__(self, states: int, actions: int):
        self.visits = np.zeros((states, actions), dtype=int)
        self._next_states = np.zeros((states, actions, states))
        self._rewards = np.zeros((states, actions))

    def add(self, state: int, action: int, reward: float, next_state: int) -> None:
        """Note one step."""
        self.visits[state, action] += 1
        self._next_states[state, action, next_state] += 1
        self._rewards[state, action] += reward

    def model(self) -> tuple[np.ndarray, np.ndarray]:
        """Relative frequencies (S, A, S) and mean rewards (S, A); zeros for what was never
        tried."""
        tried = np.maximum(self.visits, 1)
        return self._next_states / tried[:, :, None], self._rewards / tried

    def doubled(self, since: np.ndarray) -> bool:
        """Whether the visits of some pair are twice what they were, or it was tried for the first
        time."""
        enough = np.maximum(2 * since, 1)
        return bool((self.visits >= enough).any())


def play_episode(env: gymnasium.Env, policy: np.ndarray, counts: Counts, seed: int | None) -> float:
    """One episode of ``policy`` (H, S), noted in ``counts``; returns the sum of rewards.

    ValueError when the environment ends earlier or later than the policy.
    """
    state, _ = env.reset(seed=seed)
    total = 0.0
    horizon = len(policy)
    for h, actions in enumerate(policy.tolist(), 1):
        action = actions[state]
        next_state, reward, terminated, truncated, _ = env.step(action)
        counts.add(state, action, reward, next_state)
        total += reward
        state = next_state
        if (terminated or truncated) != (h == horizon):
            raise ValueError(
                f"an episode must last exactly horizon={horizon} steps; at step {h} it did not fit"
            )
    return total
