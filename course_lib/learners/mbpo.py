"""Model-based policy optimisation (MBPO; Janner et al. 2019), on a table of values.

    learner = MBPO(env, DynamicsModel(8, 9), MBPOConfig(rollout_length=2))
    learner.learn(500)
    learner.greedy()

A real step is dear, an imagined one is cheap. The agent acts in the real world and remembers what
it saw; a model learns from that; and now and then short *branches* are imagined from states that
were really visited, with the actions that the agent would now take. The model-free learner then
learns mostly from these branches. They are short because errors compound: after k imagined steps
the error of a step has been made k times.

The model-free learner of the paper is SAC with networks. Here it is Q-learning with replay on a
table, one row for each of the 2 ** n observations, so that what the model adds is not hidden
behind the generalisation of a network. With ``rollout_length=0`` nothing is imagined: that is the
model-free control, with the same number of updates.
"""

from dataclasses import dataclass

import gymnasium
import numpy as np
import torch

from course_lib.validate import check_kinds, counts, in_range, probabilities, seed, whole_number

from .dynamics_model import DynamicsModel, WorldModel


@dataclass(frozen=True)
class MBPOConfig:
    """How much is imagined and learned. Raises ValueError for values out of range."""

    rollout_length: int = 2
    """Imagined steps k of a branch; 0 imagines nothing."""
    branches: int = 400
    """Branches of one round of imagination."""
    real_share: float = 0.1
    """Share of each batch that really happened, where something is imagined."""
    every: int = 25
    """Real steps between two rounds of imagination and updates."""
    updates: int = 500
    """Batches learned from in each round."""
    batch_size: int = 64
    """Transitions of a batch."""
    model_every: int = 100
    """Real steps between two trainings of the model."""
    learning_rate: float = 0.1
    """Step size alpha of Q-learning."""
    discount: float = 0.95
    """Weight gamma of the next tick's reward."""
    exploration_steps: int = 500
    """Real steps over which the share of random actions falls from 1 to ``epsilon_end``."""
    epsilon_end: float = 0.1
    """Share of random actions after that."""
    seed: int = 0
    """Fixes episodes, choices and batches."""

    def __post_init__(self) -> None:
        check_kinds(self)
        whole_number("rollout_length", self.rollout_length, 0)
        counts(self, "branches", "every", "updates", "batch_size", "model_every")
        counts(self, "exploration_steps")
        probabilities(self, "real_share", "discount", "epsilon_end")
        in_range("learning_rate", self.learning_rate, above=0, high=1)
        seed(self.seed)


class Transitions:
    """Transitions of bit observations, in the order in which they came."""

    def __init__(self) -> None:
        self.obs: list[np.ndarray] = []
        self.actions: list[np.ndarray] = []
        self.next_obs: list[np.ndarray] = []
        self.rewards: list[np.ndarray] = []

    def add(
        self,
        obs: np.ndarray,
        actions: np.ndarray,
        next_obs: np.ndarray,
        rewards: np.ndarray,
    ) -> None:
        """Keep B of them: (B, n), (B,), (B, n), (B,)."""
        self.obs.append(obs)
        self.actions.append(actions)
        self.next_obs.append(next_obs)
        self.rewards.append(rewards)

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """All K as arrays: (K, n), (K,), (K, n), (K,)."""
        return (
            np.concatenate(self.obs),
            np.concatenate(self.actions),
            np.concatenate(self.next_obs),
            np.concatenate(self.rewards),
        )


class MBPO:
    """Q-learning on a table that also learns from what a model imagines.

    Args:
        env: a Gymnasium vector environment in next-step mode whose observations are bits.
        model: a `DynamicsModel`, trained here, or any other `WorldModel`, used as it is.
        config: how much is imagined and learned.
    """

    def __init__(
        self,
        env: gymnasium.vector.VectorEnv,
        model: WorldModel,
        config: MBPOConfig | None = None,
    ) -> None:
        self.env = env
        self.model = model
        self.config = config or MBPOConfig()
        bits = int(env.single_observation_space.shape[0])
        self.bit_values = 2 ** np.arange(bits)
        self.action_count = int(env.single_action_space.n)
        self.table = np.zeros((2**bits, self.action_count))
        self.rng = np.random.default_rng(self.config.seed)
        self.generator = torch.Generator().manual_seed(self.config.seed)
        self.real = Transitions()
        self.steps = 0
        """Real steps so far."""
        self.imagined = 0
        """Imagined steps so far."""

    def greedy(self) -> np.ndarray:
        """(2 ** n,) the best known action for every observation, by its number."""
        return self.table.argmax(axis=1)

    def learn(self, steps: int) -> None:
        """Learn for ``steps`` more real steps; each call begins new episodes."""
        obs, _ = self.env.reset(seed=1_000_003 * self.config.seed + self.steps)
        begins = np.zeros(len(obs), bool)
        for _ in range(steps // len(obs)):
            actions = self._choose(obs)
            next_obs, rewards, _, truncated, _ = self.env.step(actions)
            lived = ~begins  # the tick between two episodes is no transition
            self.real.add(
                obs[lived],
                actions[lived],
                next_obs[lived],
                rewards[lived],
            )
            begins = truncated & lived
            obs = next_obs
            self.steps += len(obs)
            if self.steps % self.config.every == 0:
                self._round()

    def number(self, obs: np.ndarray) -> np.ndarray:
        """(B,) rows of the table for (B, n) observations."""
        return obs.astype(np.int64) @ self.bit_values

    def _round(self) -> None:
        """Train the model where it is due, imagine, and learn from what is there."""
        real = self.real.arrays()
        dreams = None
        if self.config.rollout_length:
            if isinstance(self.model, DynamicsModel):
                if self.steps % self.config.model_every == 0 or self.model.fitted == 0:
                    tensors = [torch.as_tensor(part) for part in real]
                    self.model.fit(*tensors)
            dreams = self._imagine(real[0])
        self._update(real, dreams)

    def _choose(self, obs: np.ndarray) -> np.ndarray:
        """(B,) epsilon-greedy actions."""
        passed = min(self.steps / self.config.exploration_steps, 1.0)
        epsilon = 1.0 + (self.config.epsilon_end - 1.0) * passed
        values = self.table[self.number(obs)]
        anything = self.rng.integers(self.action_count, size=len(obs))
        explores = self.rng.random(len(obs)) < epsilon
        return np.where(
            explores,
            anything,
            values.argmax(axis=1),
        )

    def _imagine(self, visited: np.ndarray) -> tuple[np.ndarray, ...]:
        """Branches from states that were really visited (K, n)."""
        chosen = self.rng.integers(len(visited), size=self.config.branches)
        obs = visited[chosen]
        dreams = Transitions()
        for _ in range(self.config.rollout_length):
            actions = self._choose(obs)
            answer = self.model.sample(
                torch.as_tensor(obs), torch.as_tensor(actions), self.generator
            )
            next_obs, rewards = (part.numpy() for part in answer)
            dreams.add(obs, actions, next_obs, rewards)
            self.imagined += len(obs)
            obs = next_obs
        return dreams.arrays()

    def _update(
        self,
        real: tuple[np.ndarray, ...],
        dreams: tuple[np.ndarray, ...] | None,
    ) -> None:
        """Q-learning on batches of real and imagined transitions in their shares."""
        size = self.config.batch_size
        from_real = size if dreams is None else round(self.config.real_share * size)
        parts = [(real, from_real)]
        if dreams is not None:
            parts.append((dreams, size - from_real))
        rows, actions, after, rewards = [], [], [], []
        for (obs, done, next_obs, gained), count in parts:
            chosen = self.rng.integers(len(obs), size=(self.config.updates, count))
            rows.append(self.number(obs)[chosen])
            actions.append(done[chosen])
            after.append(self.number(next_obs)[chosen])
            rewards.append(gained[chosen])
        columns = (rows, actions, after, rewards)
        batches = [np.concatenate(part, axis=1) for part in columns]
        for row, action, following, reward in zip(*batches, strict=True):
            best = self.table[following].max(axis=1)
            error = reward + self.config.discount * best - self.table[row, action]
            # A pair that comes up twice in a batch is moved once, by the last of its errors.
            self.table[row, action] += self.config.learning_rate * error
