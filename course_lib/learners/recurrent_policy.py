"""A policy that remembers: for observations that do not show all that matters.

A gated recurrent unit (GRU; Cho et al. 2014) carries a vector from tick to tick and learns what to
keep in it. It goes into `ppo.PPO` in the place of `MLPPolicy`; PPO then splits its batches by
environments, so that the unit can be run over the ticks in the order in which they happened.
"""

import gymnasium
import torch
from torch import nn

from .networks import action_count, features, mlp


class GRUPolicy(nn.Module):
    """Read the observation, update the memory, then choose and judge from the memory.

    Shapes as described in `networks`; the memory is a row of ``memory_size`` numbers per
    environment.
    """

    def __init__(
        self,
        observation_space: gymnasium.Space,
        action_space: gymnasium.Space,
        hidden: int = 64,
        memory_size: int = 64,
    ):
        super().__init__()
        size, self.read = features(observation_space)
        self.memory_size = memory_size
        first = mlp((size, hidden), last_gain=2**0.5)
        self.encoder = nn.Sequential(first, nn.Tanh())
        self.unit = nn.GRUCell(hidden, memory_size)
        self.actor = mlp((memory_size + hidden, hidden, action_count(action_space)), last_gain=0.01)
        self.critic = mlp((memory_size + hidden, hidden, 1))

    def forward(
        self, obs: torch.Tensor, memory: torch.Tensor, episode_starts: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits (T, N, A), values (T, N) and the memory (N, memory_size) after the last tick."""
        encoded = self.encoder(self.read(obs))
        kept = (~episode_starts).unsqueeze(-1).float()
        remembered = []
        for now, keep in zip(encoded, kept, strict=True):
            memory = self.unit(now, memory * keep)  # nothing survives the beginning of an episode
            remembered.append(memory)
        # What is seen now goes past the memory as well, so that the unit need not learn to copy it.
        known = torch.cat([torch.stack(remembered), encoded], dim=-1)
        return self.actor(known), self.critic(known).squeeze(-1), memory
