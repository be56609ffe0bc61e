"""Weighted QMIX (Rashid et al. 2020): a monotone mixer that is fitted best where it matters.

A monotone Q_tot cannot represent every payoff. Fitted to all joint actions alike, it may err at the
best one. So those that look worse than they should count little: Q_tot may be wrong there, if only
its largest entry stands at the right place. What joint actions are really worth says a second,
unrestricted value, Q-star.
"""

from dataclasses import dataclass

import torch
from torch import nn

from course_lib.validate import choice, in_range

from ..networks import mlp
from ..team_env import AgentNetworks, TeamEnv
from .learn import Batch, FactoredConfig, FactoredQ, JointValue, of_actions

WEIGHTINGS = ("optimistic", "central")


@dataclass(frozen=True)
class WeightedConfig(FactoredConfig):
    """As `FactoredConfig`, with the weights."""

    weighting: str = "central"
    """Who counts fully: "optimistic", joint actions that Q_tot puts too low (OW-QMIX, equation 5);
    "central", those that beat the present greedy one by Q-star (CW-QMIX, equation 6)."""
    weight: float = 0.1
    """Weight alpha of all the others, 0 to 1; 1 is QMIX."""

    def __post_init__(self) -> None:
        super().__post_init__()
        choice("weighting", self.weighting, WEIGHTINGS)
        in_range("weight", self.weight, 0, 1)


class WeightedValue(JointValue):
    """The monotone joint value, and Q-star beside it, which is made of utilities of its own."""

    def __init__(self, env: TeamEnv, config: WeightedConfig):
        super().__init__(env, config)
        sizes = (env.agents, env.obs_size, env.actions)
        self.free_utilities = AgentNetworks(*sizes, config.sharing, config.hidden)
        inputs = env.agents + env.state_size
        self.free_mixer = mlp((inputs, *config.hidden, 1), activation=nn.ReLU)

    def unrestricted(
        self, obs: torch.Tensor, state: torch.Tensor, actions: torch.Tensor
    ) -> torch.Tensor:
        """Q-star (B,) of joint actions (B, N): any function of the utilities and the state."""
        own = of_actions(self.free_utilities(obs), actions)
        known = torch.cat([own, state], dim=-1)
        return self.free_mixer(known)[..., 0]


class WeightedQMIX(FactoredQ):
    """QMIX with weights; both values learn from targets that Q-star gives."""

    config: WeightedConfig
    network: WeightedValue

    def _make_network(self, env: TeamEnv) -> nn.Module:
        return WeightedValue(env, self.config)

    @torch.no_grad()
    def targets(self, batch: Batch) -> torch.Tensor:
        """(B,): reward, plus Q-star of what the agents' own best actions lead to."""
        best = self.utilities(batch["next_obs"]).argmax(-1)
        following = self.target.unrestricted(batch["next_obs"], batch["next_state"], best)
        return batch["reward"] + self.config.discount * following * ~batch["terminated"]

    def loss(self, batch: Batch) -> torch.Tensor:
        """Weighted squared error of Q_tot, and the plain one of Q-star."""
        seen = (batch["obs"], batch["state"])
        targets = self.targets(batch)
        joint_value = self.network(*seen, batch["actions"])
        unrestricted = self.network.unrestricted(*seen, batch["actions"])
        weights = self.weights(batch, joint_value, targets)
        weighted = weights * (joint_value - targets).square()
        return weighted.mean() + (unrestricted - targets).square().mean()

    @torch.no_grad()
    def weights(
        self, batch: Batch, joint_value: torch.Tensor, targets: torch.Tensor
    ) -> torch.Tensor:
        """(B,) 1 for the joint actions that matter, ``config.weight`` for the others."""
        if self.config.weighting == "optimistic":
            matters = joint_value < targets
        else:
            best = self.utilities(batch["obs"]).argmax(-1)
            best_value = self.network.unrestricted(batch["obs"], batch["state"], best)
            is_best = (batch["actions"] == best).all(-1)
            matters = is_best | (targets > best_value)
        return torch.where(matters, 1.0, self.config.weight)
