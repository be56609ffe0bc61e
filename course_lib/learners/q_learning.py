"""Q-learning of one agent in a table: one number per state and action, moved towards what was seen.

    record = learn(env, Options(episodes=1000, discount=0.95))
    record.policy, record.returns

With ``discount=0`` the same code is a contextual bandit: it learns what an action pays *now* and
nothing else. For several agents, and for many runs side by side, see `multi_agent_q`.

Sources: Watkins & Dayan (1992); Sutton & Barto (2018), section 6.5.
"""

from dataclasses import dataclass

import numpy as np

from course_lib.validate import counts, in_range, probabilities


@dataclass(frozen=True)
class Options:
    """How one agent learns. Raises ValueError for values out of range."""

    episodes: int = 1000
    """Episodes played."""
    discount: float = 0.95
    """Weight of the next step's value, 0 to 1; 0 looks no step ahead."""
    alpha: float = 0.1
    """Share of every error that is learned."""
    epsilon_start: float = 1.0
    """Probability of a random action in the first episode."""
    epsilon_end: float = 0.05
    """Probability after the decay."""
    decay_share: float = 0.5
    """Share of the episodes over which epsilon falls linearly; 0 uses epsilon_end throughout."""
    first_value: float = 0.0
    """Value of every entry before learning; above all that can be earned it makes the agent try
    everything."""
    seed: int = 0
    """Fixes the exploration and the environment's first reset."""

    def __post_init__(self) -> None:
        counts(self, "episodes")
        probabilities(self, "discount", "epsilon_start", "epsilon_end", "decay_share")
        in_range("alpha", self.alpha, above=0, high=1)

    def epsilon(self, episode: int) -> float:
        """Exploration probability in ``episode``, counted from 0."""
        decay = self.episodes * self.decay_share
        passed = min(episode / decay, 1.0) if decay else 1.0
        return self.epsilon_start + (self.epsilon_end - self.epsilon_start) * passed


class QTable:
    """The table and its two moves, for loops of your own."""

    def __init__(self, states: int, actions: int, options: Options, rng: np.random.Generator):
        self.values = np.full((states, actions), float(options.first_value))
        self._options = options
        self._rng = rng

    def choose(self, state: int, epsilon: float) -> int:
        """A random action with probability ``epsilon``, otherwise the best one; ties are broken at
        random."""
        values = self.values[state]
        if self._rng.random() < epsilon:
            return int(self._rng.integers(len(values)))
        best = np.flatnonzero(values == values.max())
        return int(best[0]) if len(best) == 1 else int(self._rng.choice(best))

    def update(self, state: int, action: int, reward: float, next_state: int | None) -> None:
        """Learn from one step; ``next_state`` is None where a terminal state was reached."""
        future = 0.0 if next_state is None else self.values[next_state].max()
        error = reward + self._options.discount * future - self.values[state, action]
        self.values[state, action] += self._options.alpha * error


class Stream:
    """Q-learning in a stream that has no episodes: one call of `choose` and one of `tell` per
    step."""

    def __init__(self, table: QTable, epsilon: float):
        """``epsilon``: probability of a random action, at every step."""
        self.table = table
        self._epsilon = epsilon
        self._last: tuple[int, int, float] | None = None

    def choose(self, state: int) -> int:
        """An action for ``state``."""
        return self.table.choose(state, self._epsilon)

    def tell(self, state: int, action: int, reward: float) -> None:
        """Note a step, and learn from the one before it: only now it is known which state
        followed."""
        if self._last:
            self.table.update(*self._last, state)
        self._last = state, action, reward


@dataclass(frozen=True, eq=False)
class Record:
    """What was learned."""

    values: np.ndarray
    """(S, A) action values at the end."""
    returns: np.ndarray
    """(episodes,) undiscounted sum of rewards of each episode, exploration included."""

    @property
    def policy(self) -> np.ndarray:
        """(S,) int: the greedy action in each state, the first among equals."""
        return self.values.argmax(axis=1)


def learn(env, options: Options | None = None) -> Record:
    """Learn in a Gymnasium environment with ``Discrete`` observations and actions.

    An episode that is truncated (cut off) goes on in the values; one that is terminated does not.
    """
    options = options or Options()
    table = QTable(
        int(env.observation_space.n),
        int(env.action_space.n),
        options,
        np.random.default_rng(options.seed),
    )
    returns = np.zeros(options.episodes)
    for episode in range(options.episodes):
        epsilon, over = options.epsilon(episode), False
        state, _ = env.reset(seed=options.seed if episode == 0 else None)
        while not over:
            action = table.choose(state, epsilon)
            following, reward, terminated, truncated, _ = env.step(action)
            table.update(state, action, reward, None if terminated else following)
            state, over = following, terminated or truncated
            returns[episode] += reward
    return Record(table.values, returns)
