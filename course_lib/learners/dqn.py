"""Deep Q-network (DQN; Mnih et al. 2015), with the double estimator of van Hasselt et al. (2016) as
an option.

    learner = DQN(lambda: gymnasium.make("CartPole-v1"), DQNConfig(seed=0))
    curve = learner.learn(50_000)
    play(learner.network, lambda: gymnasium.make("CartPole-v1")).returns

Q-learning with a network in place of the table. Two devices keep it from chasing itself: old
transitions are replayed in random order, and the targets come from a copy of the network that is
renewed only now and then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import gymnasium
import numpy as np
import torch
from torch import nn

from course_lib.validate import MOST, counts, positive, probabilities, seed, truth, whole_number

from .gradient_step import gradient_step, renew_target
from .networks import action_count, features, masked, mlp, seeded
from .vector_env import Make, allowed_actions, as_vector_env


@dataclass(frozen=True)
class DQNConfig:
    """How to learn. Raises ValueError for values out of range."""

    num_envs: int = 8
    """Environments side by side, if a factory is given; a vector environment brings its own
    number."""
    learning_rate: float = 1e-3
    """Step size of Adam."""
    discount: float = 0.99
    """Weight gamma of the next tick's reward."""
    buffer_size: int = 50_000
    """Transitions kept for replay; the oldest is overwritten."""
    warm_up: int = 1_000
    """Environment steps before the first update."""
    batch_size: int = 128
    """Transitions per update."""
    updates: int = 1
    """Updates per tick (a tick is one step in every environment)."""
    target_every: int = 200
    """Updates after which the copy of the network that gives the targets is renewed."""
    double: bool = True
    """Let the network choose the next action and the copy judge it; False lets the copy do both
    (overestimates)."""
    epsilon_start: float = 1.0
    """Probability of a random allowed action at the start."""
    epsilon_end: float = 0.05
    """The same after ``exploration_steps``; in between it falls linearly."""
    exploration_steps: int = 10_000
    """Environment steps over which epsilon falls."""
    max_grad_norm: float = 10.0
    """Longest gradient allowed; a longer one is scaled down."""
    seed: int = 0
    """Fixes weights, choices, batches and episodes."""

    def __post_init__(self) -> None:
        truth("double", self.double)
        counts(self, "num_envs", "buffer_size", "batch_size", "updates", "target_every")
        counts(self, "exploration_steps")
        whole_number("warm_up", self.warm_up, 0, MOST)
        probabilities(self, "discount", "epsilon_start", "epsilon_end")
        positive(self, "learning_rate", "max_grad_norm")
        seed(self.seed)

    def epsilon(self, steps: int) -> float:
        """Probability of a random action after ``steps`` environment steps."""
        passed = min(steps / self.exploration_steps, 1.0)
        return self.epsilon_start + (self.epsilon_end - self.epsilon_start) * passed


class QNetwork(nn.Module):
    """Values of all actions, in the form of a policy (see `networks`): the values are the
    preferences."""

    memory_size = 0

    def __init__(
        self,
        observation_space: gymnasium.Space,
        action_space: gymnasium.Space,
        hidden: Sequence[int] = (64, 64),
    ):
        super().__init__()
        size, self.read = features(observation_space)
        self.values = mlp((size, *hidden, action_count(action_space)), activation=nn.ReLU)

    def forward(
        self,
        obs: torch.Tensor,
        memory: torch.Tensor | None = None,
        episode_starts: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Action values (T, N, A), the largest of them (T, N), and the memory, untouched."""
        values = self.values(self.read(obs))
        return values, values.max(-1).values, memory


class Replay:
    """The last ``size`` transitions, and random batches of them."""

    def __init__(self, size: int):
        self.size = size
        self.written = 0
        self.parts: dict[str, torch.Tensor] = {}

    def add(self, **rows: torch.Tensor) -> None:
        """Write K transitions, each argument (K, ...); names and shapes stay those of the first
        call."""
        if not self.parts:
            self.parts = {
                name: torch.zeros((self.size, *row.shape[1:]), dtype=row.dtype)
                for name, row in rows.items()
            }
        count = len(next(iter(rows.values())))
        places = (self.written + torch.arange(count)) % self.size
        for name, row in rows.items():
            self.parts[name][places] = row
        self.written += count

    def sample(self, count: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        """``count`` transitions drawn with replacement."""
        chosen = torch.randint(
            min(self.written, self.size),
            (count,),
            generator=generator,
        )
        return {name: part[chosen] for name, part in self.parts.items()}


@dataclass
class QCurve:
    """Written down at the end of every episode, and for every update."""

    steps: list[int] = field(default_factory=list)
    """Environment steps at which an episode ended."""
    score: list[float] = field(default_factory=list)
    """Its return, exploration included."""
    loss: list[float] = field(default_factory=list)
    """Loss of each update."""


class DQN:
    """A network, its slowly renewed copy, the replay memory and the environments.

    Attributes: ``network`` (`QNetwork`), ``curve`` (`QCurve`), ``steps`` (environment steps so
        far).
    """

    def __init__(
        self,
        env: gymnasium.vector.VectorEnv | Make,
        config: DQNConfig | None = None,
        network: Callable[..., nn.Module] = QNetwork,
    ):
        """``env``: a Gymnasium vector environment, or a function that makes one environment."""
        self.config = config or DQNConfig()
        self.env = as_vector_env(env, self.config.num_envs)
        spaces = (self.env.single_observation_space, self.env.single_action_space)
        with seeded(self.config.seed):
            self.network = network(*spaces)
            self.target = network(*spaces)
        self.target.load_state_dict(self.network.state_dict())
        self.optimiser = torch.optim.Adam(self.network.parameters(), self.config.learning_rate)
        self.generator = torch.Generator().manual_seed(self.config.seed)
        self.replay = Replay(self.config.buffer_size)
        self.curve = QCurve()
        self.steps = 0
        self.updated = 0

    def learn(self, steps: int) -> QCurve:
        """Learn for at least ``steps`` more environment steps; each call begins new episodes."""
        until = self.steps + steps
        # Its own seed for every call, so that a resumed run sees the episodes which an
        # uninterrupted one would see.
        self.obs, self.info = self.env.reset(seed=1_000_003 * self.config.seed + self.steps)
        self.done = np.zeros(self.env.num_envs, bool)
        self.episode_returns = np.zeros(self.env.num_envs)
        while self.steps < until:
            self._tick()
            if self.steps >= self.config.warm_up:
                for _ in range(self.config.updates):
                    batch = self.replay.sample(self.config.batch_size, self.generator)
                    self.curve.loss.append(self.update(batch))
        return self.curve

    def _tick(self) -> None:
        """One step in every environment, remembered for replay."""
        # A copy, taken before the step: an environment may use its array again for the next answer.
        obs = torch.tensor(self.obs)
        actions = self.choose()
        self.obs, reward, terminated, truncated, self.info = self.env.step(actions.numpy())
        valid = ~self.done  # the tick between two episodes is no transition
        self.done = (terminated | truncated) & valid
        transition = {
            "obs": obs,
            "action": actions,
            "reward": torch.as_tensor(np.float32(reward)),
            "next_obs": torch.as_tensor(self.obs),
            "terminated": torch.as_tensor(terminated),
        }
        next_mask = allowed_actions(self.info, self.done)
        if next_mask is not None:
            transition["next_mask"] = next_mask
        kept = {name: part[valid] for name, part in transition.items()}
        self.replay.add(**kept)
        self.steps += self.env.num_envs
        self.episode_returns += reward * valid
        self.curve.score += self.episode_returns[self.done].tolist()
        self.curve.steps += [self.steps] * int(self.done.sum())
        self.episode_returns[self.done] = 0

    @torch.no_grad()
    def choose(self) -> torch.Tensor:
        """Epsilon-greedy actions (N,): mostly the best known one, now and then any allowed one."""
        mask = allowed_actions(self.info, self.done)
        values, _, _ = self.network(torch.as_tensor(self.obs)[None])
        best = masked(values[0], mask).argmax(-1)
        # The largest of random values is any allowed action, each as likely as another.
        luck = torch.rand(values[0].shape, generator=self.generator)
        anything = masked(luck, mask).argmax(-1)
        explores = torch.rand(len(best), generator=self.generator)
        return torch.where(
            explores < self.config.epsilon(self.steps),
            anything,
            best,
        )

    @torch.no_grad()
    def targets(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """What Q(obs, action) should be, (B,): the reward, plus the discounted value of the best
        next action.

        Nothing follows where the world ``terminated``; where only the clock ran out, the value of
        what was seen counts.
        """
        judged = self.target(batch["next_obs"][None])[0][0]
        # The double estimator: who chooses the best action does not also say what it is worth.
        chooser = self.network(batch["next_obs"][None])[0][0] if self.config.double else judged
        best = masked(chooser, batch.get("next_mask")).argmax(-1, keepdim=True)
        next_values = judged.gather(-1, best)[:, 0]
        return batch["reward"] + self.config.discount * next_values * ~batch["terminated"]

    def update(self, batch: dict[str, torch.Tensor]) -> float:
        """One gradient step towards the targets; returns the loss. ValueError if that is not
        finite."""
        values_of_all = self.network(batch["obs"][None])[0][0]
        values = values_of_all.gather(-1, batch["action"][:, None])[:, 0]
        loss = nn.functional.smooth_l1_loss(values, self.targets(batch))
        gradient_step(loss, self.network, self.optimiser, self.config.max_grad_norm)
        self.updated += 1
        renew_target(self.target, self.network, self.updated, self.config.target_every)
        return loss.item()

    def state_dict(self) -> dict:
        """All that is needed to go on, replay memory included: tensors and plain numbers."""
        return {
            "network": self.network.state_dict(),
            "target": self.target.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "replay": dict(self.replay.parts),
            "counts": (self.replay.written, self.steps, self.updated),
        }

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken (at the end of a call of `learn`); the curve starts
        again."""
        for name in ("network", "target", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.generator.set_state(state["generator"])
        self.replay.parts = {name: part.clone() for name, part in state["replay"].items()}
        self.replay.written, self.steps, self.updated = state["counts"]
