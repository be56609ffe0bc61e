"""A dynamics model: what comes next, learned from what was seen.

    model = DynamicsModel(8, 9, DynamicsConfig(seed=0))
    model.fit(obs, actions, next_obs, rewards)
    next_obs, rewards = model.sample(obs, actions, generator)

Observations are rows of n bits (alarms, infected hosts). The model is an *ensemble*: several small
networks that were started and trained differently. Each gives the chance of every next bit, given
the bits before and the action; a second, smaller network gives the reward of the step. Where the
members disagree, the data were too few: that is *epistemic* uncertainty. The chance itself, which
all agree on, is *aleatoric*, and no data will remove it.

Source: probabilistic ensembles as in Chua et al. (2018) and in MBPO (Janner et al. 2019), with
Bernoulli outputs in place of Gaussian ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from course_lib import validate
from course_lib.validate import counts, instance, positive, whole_number

from .networks import seeded


class WorldModel(Protocol):
    """Whatever can be asked what comes next: learned, exact, or made up."""

    def sample(
        self, obs: Tensor, actions: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """(B, n) observations and (B,) actions -> (B, n) next observations and (B,) rewards."""


@dataclass(frozen=True)
class DynamicsConfig:
    """Size and training of a model. Raises ValueError for values out of range."""

    members: int = 4
    """Networks in the ensemble."""
    hidden: int = 64
    """Nodes of the hidden layer of each."""
    learning_rate: float = 3e-3
    """Step size of Adam."""
    batch_size: int = 128
    """Transitions per gradient step and member."""
    steps: int = 200
    """Gradient steps of one call of ``fit``."""
    seed: int = 0
    """Fixes weights and batches."""

    def __post_init__(self) -> None:
        counts(self, "members", "hidden", "batch_size", "steps")
        positive(self, "learning_rate")
        validate.seed(self.seed)


class EnsembleLayer(nn.Module):
    """One fully connected layer of M networks at once."""

    def __init__(
        self,
        members: int,
        inputs: int,
        outputs: int,
    ):
        super().__init__()
        bound = inputs**-0.5
        weight = torch.empty(members, inputs, outputs)
        self.weight = nn.Parameter(nn.init.uniform_(weight, -bound, bound))
        self.bias = nn.Parameter(torch.zeros(members, 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(M, B, inputs) -> (M, B, outputs)."""
        return torch.baddbmm(
            self.bias,
            x,
            self.weight,
        )


def ensemble_mlp(
    members: int,
    inputs: int,
    hidden: int,
    outputs: int,
) -> nn.Sequential:
    """M networks with one hidden layer."""
    return nn.Sequential(
        EnsembleLayer(members, inputs, hidden),
        nn.ReLU(),
        EnsembleLayer(members, hidden, outputs),
    )


LARGEST_SIZE = 10_000
"""Bits or actions, at most."""


class DynamicsModel:
    """An ensemble of networks that predict the next bits, and the reward.

    Args:
        obs_size: n, bits of an observation.
        action_count: A, actions 0 .. A - 1.
        config: size and training.
    """

    def __init__(
        self,
        obs_size: int,
        action_count: int,
        config: DynamicsConfig | None = None,
    ) -> None:
        self.config = DynamicsConfig() if config is None else config
        instance("config", self.config, DynamicsConfig, "DynamicsConfig() has the defaults")
        self.obs_size = obs_size = whole_number("obs_size", obs_size, 1, LARGEST_SIZE)
        self.action_count = whole_number("action_count", action_count, 1, LARGEST_SIZE)
        members = self.config.members
        hidden = self.config.hidden
        inputs = obs_size + action_count
        with seeded(self.config.seed):
            self.bits = ensemble_mlp(members, inputs, hidden, obs_size)
            self.reward = ensemble_mlp(
                members,
                inputs + obs_size,
                hidden,
                1,
            )
        parameters = [*self.bits.parameters(), *self.reward.parameters()]
        self.optimiser = torch.optim.Adam(parameters, self.config.learning_rate)
        self.generator = torch.Generator().manual_seed(self.config.seed)
        self.reward_mean = 0.0
        self.reward_scale = 1.0
        self.fitted = 0

    def fit(
        self,
        obs: Tensor,
        actions: Tensor,
        next_obs: Tensor,
        rewards: Tensor,
        steps: int | None = None,
    ) -> float:
        """Go on learning from K transitions; each member draws batches of its own.

        Args:
            obs, next_obs: (K, n) bits; actions: (K,) int64; rewards: (K,).
            steps: gradient steps, by default those of the configuration.

        Returns:
            the loss of the last step: cross-entropy a bit (nats) plus squared error of the reward.
        """
        if self.fitted == 0:
            self.reward_mean = float(rewards.mean())
            self.reward_scale = float(rewards.std()) + 1e-6
        scaled = (rewards - self.reward_mean) / self.reward_scale
        loss = torch.zeros(())
        for _ in range(steps or self.config.steps):
            shape = (self.config.members, self.config.batch_size)
            chosen = torch.randint(
                len(obs),
                shape,
                generator=self.generator,
            )
            inputs = self._inputs(obs[chosen], actions[chosen])
            after = next_obs[chosen]
            loss = nn.functional.binary_cross_entropy_with_logits(self.bits(inputs), after)
            predicted = self.reward(torch.cat([inputs, after], dim=-1))[..., 0]
            loss = loss + 0.5 * (predicted - scaled[chosen]).square().mean()
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            self.fitted += 1
        return loss.item()

    @torch.no_grad()
    def probabilities(
        self,
        obs: Tensor,
        actions: Tensor,
    ) -> Tensor:
        """(M, B, n) chance of each next bit, by every member."""
        inputs = self._inputs(obs, actions)
        repeated = inputs.expand(self.config.members, *inputs.shape)
        return torch.sigmoid(self.bits(repeated))

    @torch.no_grad()
    def sample(
        self, obs: Tensor, actions: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """One step from B observations; for each row a random member says what comes next."""
        chance = self.probabilities(obs, actions)
        rows = torch.arange(len(obs))
        member = torch.randint(
            self.config.members,
            (len(obs),),
            generator=generator,
        )
        luck = torch.rand(obs.shape, generator=generator)
        after = (luck < chance[member, rows]).float()
        inputs = torch.cat([self._inputs(obs, actions), after], dim=-1)
        repeated = inputs.expand(self.config.members, *inputs.shape)
        scaled = self.reward(repeated)[member, rows, 0]
        return after, scaled * self.reward_scale + self.reward_mean

    def _inputs(
        self,
        obs: Tensor,
        actions: Tensor,
    ) -> Tensor:
        chosen = nn.functional.one_hot(actions, self.action_count).to(obs.dtype)
        return torch.cat([obs, chosen], dim=-1)


@torch.no_grad()
def imagined_bits(
    model: WorldModel,
    obs: Tensor,
    plan: Tensor,
    copies: int,
    generator: torch.Generator,
) -> np.ndarray:
    """Chance of every bit after 1, 2 .. T steps of a fixed plan, by sampling.

    Args:
        model: who is asked.
        obs: (n,) where the rollout begins.
        plan: (T,) int64 actions.
        copies: rollouts over which the mean is taken.
        generator: of the samples.

    Returns:
        (T, n) float: share of the rollouts in which the bit is 1 after each step.
    """
    present = obs.expand(copies, -1)
    shares = []
    for action in plan:
        actions = action.expand(copies)
        present, _ = model.sample(present, actions, generator)
        shares.append(present.mean(dim=0))
    return torch.stack(shares).numpy()


Step = Callable[
    [np.ndarray, np.ndarray, np.random.Generator],
    tuple[np.ndarray, np.ndarray],
]
"""(B, n) bits, (B,) actions, chance -> (B, n) next bits, (B,) rewards."""


class GivenModel:
    """A world model that is a function, not learned: the exact rules, or any other ones.

    Args:
        step: what comes next.
        seed: of its chances.
    """

    def __init__(
        self,
        step: Step,
        seed: int = 0,
    ) -> None:
        self.step = validate.function("step", step)
        self.rng = np.random.default_rng(validate.seed(seed))

    def sample(
        self, obs: Tensor, actions: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """(B, n) bits and (B,) actions -> next bits and rewards; ``generator`` is not used."""
        after, rewards = self.step(
            obs.numpy() > 0,
            actions.numpy(),
            self.rng,
        )
        return torch.as_tensor(after).float(), torch.as_tensor(rewards).float()


class Frozen:
    """A model that is never trained, whatever it is shown: the control "random model"."""

    def __init__(self, model: WorldModel) -> None:
        self.model = model

    def sample(
        self, obs: Tensor, actions: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """As the model inside."""
        return self.model.sample(obs, actions, generator)
