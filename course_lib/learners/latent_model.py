"""The world model of `imagination`: a latent state that is carried on, and what it says.

The latent state has two parts. ``memory`` h is carried on by a recurrent network, so it can hold
what is no longer seen. ``guess`` z is a few discrete variables: the *posterior* draws them after
looking at the observation, the *prior* before looking, from h alone. In imagination there is
nothing to look at, so the prior has to do, and the model learns to make the two agree.

    h' = GRU(h, z, action)      z ~ posterior(h, observation)      z^ ~ prior(h)
    observation^, reward^ = decoder(h, z)
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.validate import check_kinds, counts, not_negative, positive, probabilities, seed


@dataclass(frozen=True)
class ImaginationConfig:
    """Size and training. Raises ValueError for values out of range."""

    memory: int = 32
    """Numbers of the recurrent memory h."""
    variables: int = 4
    """Discrete variables of z."""
    classes: int = 4
    """Values that each of them can take."""
    hidden: int = 48
    """Nodes of the hidden layers."""
    learning_rate: float = 4e-3
    """Step size of Adam for the world model."""
    actor_rate: float = 2e-3
    """Step size of Adam for actor and critic."""
    sequence: int = 8
    """Real ticks of a training sequence."""
    batch_size: int = 24
    """Sequences of a gradient step."""
    horizon: int = 6
    """Imagined ticks of a rollout."""
    every: int = 4
    """Real steps between two gradient steps."""
    warm_up: int = 400
    """Real steps with random actions before the first."""
    first_updates: int = 200
    """Gradient steps of the world model before actor and critic begin: what is learned in a bad
    dream is hard to unlearn."""
    discount: float = 0.9
    """Weight gamma of the next tick's reward."""
    trace: float = 0.9
    """Lambda of the returns in imagination."""
    ent_coef: float = 0.05
    """Weight of the actor's entropy."""
    free_nats: float = 0.2
    """Disagreement of prior and posterior that costs nothing."""
    train_model: bool = True
    """False leaves the world model as it was drawn: a control."""
    seed: int = 0
    """Fixes weights, choices and batches."""

    def __post_init__(self) -> None:
        check_kinds(self)
        counts(self, "memory", "variables", "classes", "hidden", "sequence", "batch_size")
        counts(self, "horizon", "every", "warm_up", "first_updates")
        probabilities(self, "discount", "trace")
        positive(self, "learning_rate", "actor_rate")
        not_negative(self, "ent_coef", "free_nats")
        seed(self.seed)


class Latent(NamedTuple):
    """The latent state of B rollouts."""

    memory: Tensor
    """(B, H)."""
    guess: Tensor
    """(B, variables * classes), one-hot for each variable."""

    def features(self) -> Tensor:
        """(B, H + Z) what decoder, actor and critic read."""
        return torch.cat([self.memory, self.guess], dim=-1)


def two_layers(
    inputs: int,
    hidden: int,
    outputs: int,
) -> nn.Sequential:
    """A network with one hidden layer."""
    return nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.ELU(),
        nn.Linear(hidden, outputs),
    )


class LatentModel(nn.Module):
    """The world model.

    Args:
        obs_size: n, bits of an observation.
        action_count: A.
        config: sizes.
    """

    def __init__(
        self,
        obs_size: int,
        action_count: int,
        config: ImaginationConfig,
    ) -> None:
        super().__init__()
        self.config = config
        self.action_count = action_count
        guess = config.variables * config.classes
        features = config.memory + guess
        self.recur = nn.GRUCell(guess + action_count, config.memory)
        self.prior = two_layers(
            config.memory,
            config.hidden,
            guess,
        )
        self.posterior = two_layers(
            config.memory + obs_size,
            config.hidden,
            guess,
        )
        self.decoder = two_layers(features, config.hidden, obs_size)
        self.reward = two_layers(features, config.hidden, 1)

    def begin(self, count: int) -> Latent:
        """Blank states for ``count`` episodes, before anything was seen."""
        guess = self.config.variables * self.config.classes
        return Latent(torch.zeros(count, self.config.memory), torch.zeros(count, guess))

    def carry_on(
        self,
        state: Latent,
        actions: Tensor,
    ) -> Tensor:
        """(B, H) the memory after (B,) actions, before the next observation."""
        chosen = nn.functional.one_hot(actions, self.action_count).to(state.memory.dtype)
        return self.recur(torch.cat([state.guess, chosen], dim=-1), state.memory)

    def look(
        self,
        memory: Tensor,
        obs: Tensor,
    ) -> tuple[Latent, Tensor]:
        """The state after an observation (B, n), and its (B, V, K) logits."""
        logits = self._logits(self.posterior(torch.cat([memory, obs], dim=-1)))
        return Latent(memory, self._draw(logits)), logits

    def imagine(self, memory: Tensor) -> tuple[Latent, Tensor]:
        """The state without one, and its logits."""
        logits = self._logits(self.prior(memory))
        return Latent(memory, self._draw(logits)), logits

    def _logits(self, flat: Tensor) -> Tensor:
        return flat.view(
            -1,
            self.config.variables,
            self.config.classes,
        )

    def _draw(self, logits: Tensor) -> Tensor:
        """A draw of every variable as one-hot; gradients pass as if it were the probabilities."""
        chance = torch.softmax(logits, dim=-1)
        flat = chance.reshape(-1, self.config.classes)
        drawn = torch.multinomial(flat.detach(), 1)[:, 0]
        one_hot = nn.functional.one_hot(drawn, self.config.classes).to(chance.dtype)
        straight = one_hot.view_as(chance) + chance - chance.detach()
        return straight.flatten(1)


class Episodes:
    """Real experience, tick by tick, of one environment.

    Args:
        obs_size: bits of an observation.
        room: most ticks that are kept.
    """

    def __init__(
        self,
        obs_size: int,
        room: int = 20_000,
    ) -> None:
        self.count = 0
        self.obs = np.zeros((room, obs_size), np.float32)
        self.actions = np.zeros(room, np.int64)
        """Action that led to the observation; at the begin of an episode any."""
        self.rewards = np.zeros(room, np.float32)
        """Reward that came with it."""
        self.begins = np.zeros(room, bool)

    def add(
        self,
        obs: np.ndarray,
        action: int,
        reward: float,
        begins: bool,
    ) -> None:
        """Keep one tick. ValueError when there is no room left."""
        if self.count == len(self.obs):
            raise ValueError(f"there is room for {self.count} ticks; begin with another agent")
        self.obs[self.count] = obs
        self.actions[self.count] = action
        self.rewards[self.count] = reward
        self.begins[self.count] = begins
        self.count += 1

    def sample(
        self, count: int, length: int, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(L, B, n) observations, (L, B) actions, rewards and begins of B sequences."""
        starts = rng.integers(self.count - length, size=count)
        ticks = starts + np.arange(length)[:, None]
        parts = (self.obs, self.actions, self.rewards, self.begins)
        obs, actions, rewards, begins = (torch.as_tensor(part[ticks]) for part in parts)
        return obs, actions, rewards, begins

    def reward_scale(self) -> float:
        """Standard deviation of the rewards so far."""
        return max(float(self.rewards[: self.count].std()), 1e-3)
