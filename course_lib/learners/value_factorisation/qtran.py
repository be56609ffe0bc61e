"""QTRAN (Son et al. 2019), in the form its authors call QTRAN-base: a joint value that may be any
function, and a sum of utilities beside it that need only agree on which joint action is best.

The sum, corrected by a value of the state, must equal the joint value at the agents' own best
actions, and must not lie below it anywhere else (equation 4). Then the agents' own best actions are
the best joint action, and nothing had to be additive or monotone.
"""

import torch
from torch import nn

from ..networks import mlp
from ..team_env import TeamEnv
from .learn import Batch, FactoredConfig, FactoredQ, JointValue, of_actions


class TransformedValue(JointValue):
    """Utilities, the unrestricted joint value, and the state's correction."""

    def __init__(self, env: TeamEnv, config: FactoredConfig):
        super().__init__(env, config)
        self.actions = env.actions
        inputs = env.state_size + env.agents * env.actions
        self.joint = mlp((inputs, *config.hidden, 1), activation=nn.ReLU)
        self.correction = mlp((env.state_size, *config.hidden, 1), activation=nn.ReLU)

    def forward(
        self, obs: torch.Tensor, state: torch.Tensor, actions: torch.Tensor
    ) -> torch.Tensor:
        """The joint value (B,) of joint actions (B, N) in a state (B, S)."""
        # All agents' actions side by side: this network may weigh any combination of them.
        chosen = nn.functional.one_hot(actions, self.actions).flatten(-2).float()
        inputs = torch.cat([state, chosen], dim=-1)
        return self.joint(inputs)[..., 0]


class QTRAN(FactoredQ):
    """The joint value learns from the reward, the utilities from the joint value."""

    network: TransformedValue

    def _make_network(self, env: TeamEnv) -> nn.Module:
        return TransformedValue(env, self.config)

    def loss(self, batch: Batch) -> torch.Tensor:
        """L_td + L_opt + L_nopt (equations 5 to 7), a scalar tensor."""
        obs, state = batch["obs"], batch["state"]
        taken = batch["actions"]
        joint_value = self.network(obs, state, taken)
        joint_error = joint_value - self.targets(batch)
        utilities = self.utilities(obs)
        best = utilities.argmax(-1)
        sum_at_best = of_actions(utilities, best).sum(-1)
        sum_of_taken = of_actions(utilities, taken).sum(-1)
        correction = self.network.correction(state)[..., 0]
        # The joint value is the yardstick here: it does not move towards the sum.
        best_value = self.network(obs, state, best).detach()
        gap_at_best = sum_at_best - best_value + correction
        # Elsewhere the sum may lie above the joint value, but not below.
        gap = sum_of_taken - joint_value.detach() + correction
        gap_below = gap.clamp_max(0)
        errors = (joint_error, gap_at_best, gap_below)
        return sum(error.square().mean() for error in errors)
