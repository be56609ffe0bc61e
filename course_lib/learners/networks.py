"""Small network pieces that several learners share, and the form every policy has.

A *policy* here is a torch module with ``memory_size`` (0 without memory) and

    forward(obs, memory, episode_starts) -> logits, values, memory

    obs             (T, N, ...) as the environments give them, T ticks of N environments
    memory          (N, memory_size) what was remembered before the first tick
    episode_starts  (T, N) bool, an episode begins in this tick: forget everything
    logits          (T, N, A) preference for each action
    values          (T, N) estimate of what is still to come

A policy without memory treats every tick alike, whatever the leading shape. It is made by a factory
``policy(observation_space, action_space)``; `MLPPolicy`, `recurrent_policy.GRUPolicy` and
`entity_policy.EntityPolicy` are such.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence

import gymnasium
import torch
from torch import nn

IMPOSSIBLE = -1e9
"""Logit of a masked action: finite, because infinity times zero would make a gradient NaN."""


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Weights drawn inside depend on ``seed`` alone; torch's global generator is afterwards as it
    was before."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def mlp(
    sizes: Sequence[int], last_gain: float = 1.0, activation: type[nn.Module] = nn.Tanh
) -> nn.Sequential:
    """Fully connected layers of the given sizes (inputs, hidden ..., outputs), orthogonal weights,
    biases 0.

    ``last_gain`` scales the output layer: near 0 for a policy's logits makes the first choices
    uniform.
    """
    layers: list[nn.Module] = []
    for index, (inputs, outputs) in enumerate(
        zip(
            sizes[:-1],
            sizes[1:],
            strict=True,
        )
    ):
        last = index == len(sizes) - 2
        layer = nn.Linear(inputs, outputs)
        nn.init.orthogonal_(layer.weight, last_gain if last else 2**0.5)
        nn.init.zeros_(layer.bias)
        layers += [layer] if last else [layer, activation()]
    return nn.Sequential(*layers)


def features(
    space: gymnasium.Space,
) -> tuple[int, Callable[[torch.Tensor], torch.Tensor]]:
    """How a network reads observations of a Gymnasium space: (numbers per observation, function to
    make them).

    A Discrete space becomes one number per possible observation, 1 for the one seen (one-hot); a
    Box is laid flat. The function takes (T, N, ...) and returns (T, N, numbers) float32. ValueError
    for any other space.
    """
    if isinstance(space, gymnasium.spaces.Discrete):
        count = int(space.n)
        return count, lambda obs: nn.functional.one_hot(obs.long(), count).float()
    if not isinstance(space, gymnasium.spaces.Box) or not space.shape:
        raise ValueError(
            f"{space} is neither Discrete nor a Box; flatten it with a Gymnasium wrapper first"
        )
    numbers = torch.Size(space.shape).numel()
    return int(numbers), lambda obs: obs.flatten(2).float()


def action_count(space: gymnasium.Space) -> int:
    """Number of actions of a Discrete space; ValueError for any other."""
    if not isinstance(space, gymnasium.spaces.Discrete):
        raise ValueError(f"actions must be Discrete (a number out of A), not {space}")
    return int(space.n)


def masked(logits: torch.Tensor, allowed: torch.Tensor | None) -> torch.Tensor:
    """Logits with every action that is not allowed made impossible; ``allowed`` (bool) has their
    shape, or is None. ValueError where a row allows nothing: there would be nothing to choose."""
    if allowed is None:
        return logits
    if allowed.shape[-1] != logits.shape[-1]:
        raise ValueError(
            f"the action_mask has {allowed.shape[-1]} entries, and there are {logits.shape[-1]} "
            "actions; give one entry for each"
        )
    if not allowed.any(-1).all():
        raise ValueError("a mask allows no action at all; allow at least one")
    return logits.masked_fill(~allowed, IMPOSSIBLE)


def entropy(log_probs: torch.Tensor) -> torch.Tensor:
    """Entropy in nats over the last axis of log-probabilities; impossible actions count 0."""
    return -(log_probs.exp() * log_probs).sum(-1)


class MLPPolicy(nn.Module):
    """Two separate fully connected networks, one for logits and one for values; no memory."""

    memory_size = 0

    def __init__(
        self,
        observation_space: gymnasium.Space,
        action_space: gymnasium.Space,
        hidden: Sequence[int] = (64, 64),
    ):
        super().__init__()
        size, self.read = features(observation_space)
        self.actor = mlp((size, *hidden, action_count(action_space)), last_gain=0.01)
        self.critic = mlp((size, *hidden, 1))

    def forward(
        self,
        obs: torch.Tensor,
        memory: torch.Tensor | None = None,
        episode_starts: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """As described at the top of this file."""
        columns = self.read(obs)
        return self.actor(columns), self.critic(columns).squeeze(-1), memory
