"""Mixers: one joint value from one value per agent.

A mixer maps the values of the agents' chosen actions (..., N) and the state (..., S) to Q_tot.
If Q_tot rises with each agent's value, whatever the state, then every agent may choose for itself:
the best joint action is the agents' own best actions (individual-global-max, IGM).
"""

import torch
from torch import nn

from course_lib.validate import whole_number

from ..networks import mlp
from ..team_env import LARGEST


class SumMixer(nn.Module):
    """VDN (Sunehag et al. 2018): the sum. The state plays no part."""

    def forward(self, values: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        """(..., N), (..., S) -> (...)."""
        return values.sum(-1)


class MonotoneMixer(nn.Module):
    """QMIX (Rashid et al. 2018, equation 5 and figure 2): a small network whose weights are made
    by others out of the state, and are never negative."""

    def __init__(self, agents: int, state_size: int, width: int = 32):
        """``width``: units of the hidden layer."""
        super().__init__()
        for name, count in (("agents", agents), ("state_size", state_size), ("width", width)):
            whole_number(name, count, 1, LARGEST)
        self.agents = agents
        self.width = width
        self.first_weights = nn.Linear(state_size, agents * width)
        self.first_bias = nn.Linear(state_size, width)
        self.second_weights = nn.Linear(state_size, width)
        self.second_bias = mlp((state_size, width, 1), activation=nn.ReLU)

    def forward(self, values: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        """(..., N), (..., S) -> (...)."""
        # The absolute value keeps every weight at 0 or above; the biases may have any sign.
        first = self.first_weights(state).abs()
        first = first.unflatten(-1, (self.agents, self.width))
        weighed = values[..., None] * first
        hidden = weighed.sum(-2) + self.first_bias(state)
        second = self.second_weights(state).abs()
        mixed = (nn.functional.elu(hidden) * second).sum(-1)
        return mixed + self.second_bias(state)[..., 0]
