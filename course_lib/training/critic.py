"""Critics: what a unit may expect from here on.

Rewards differ by unit, so one shared V(s) would be wrong: every critic is told which unit it judges
(a one-hot). A *central* critic sees a summary of all zones, as in MAPPO (Yu et al. 2022); a *local*
one only the zones below its unit, as in IPPO. Critics are needed for training alone and are not
shipped.

`value noise` (in the spirit of Noisy-MAPPO, Hu et al. 2021, which appends a noise vector of its own
for each agent; guidelines 7.4) adds Gaussian noise to the critic's input while it learns, against
overfitting to it.
"""

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.cyber_range.constants import DEFENDED_ZONES
from course_lib.hierarchy.spaces import BLOCKED, CONNECTION, MESSAGE, PHASE, PRIORITY, PROCESS

PER_ZONE = 6
SUMMARY = PER_ZONE * DEFENDED_ZONES + 4
"""46 entries: six numbers a zone, phase as one-hot, and the share of the episode that is over."""


def summary(messages: np.ndarray, step: np.ndarray, steps: int) -> np.ndarray:
    """Raw messages (E, 7, 76) and ticks since reset (E,) -> (E, 46) float32, what all zones
    together know."""
    priority = messages[..., PRIORITY]
    counts = [
        messages[..., PROCESS].sum(axis=2) / 4,
        messages[..., CONNECTION].sum(axis=2) / 4,
        *((priority == kind).sum(axis=2) / 4 for kind in (1, 2, 3)),
        messages[..., BLOCKED].sum(axis=2) / 4,
    ]
    phase = messages[:, 0, PHASE, None] == np.arange(3)
    parts = [np.stack(counts, axis=2).reshape(len(messages), -1), phase, step[:, None] / steps]
    return np.concatenate(parts, axis=1).astype(np.float32)


def zones_seen(zones: list[np.ndarray]) -> np.ndarray:
    """Zones below each of N units -> (N, 46) float32 of 0/1: which entries of the summary a local
    critic may use."""
    seen = np.zeros((len(zones), SUMMARY), np.float32)
    for row, below in enumerate(zones):
        for zone in below:
            seen[row, zone * PER_ZONE : (zone + 1) * PER_ZONE] = 1
    seen[:, DEFENDED_ZONES * PER_ZONE :] = 1
    return seen


class Critic(nn.Module):
    """V for the N units of one group: (summary, own message, which unit) -> 256 -> 256 -> 1.

    Args:
        seen: (N, 46) which entries of the summary count for each unit; all ones for a central
            critic.
        own_message: whether the unit's own message is an input (leaves) or not (inner units,
            choices).
        noise: standard deviation of the noise on the input while training.
        hidden: nodes of each hidden layer.
    """

    def __init__(self, seen: np.ndarray, own_message: bool, noise: float = 0.0, hidden: int = 256):
        super().__init__()
        self.register_buffer("seen", torch.as_tensor(seen))
        self.own_message, self.noise = own_message, noise
        size = SUMMARY + len(seen) + MESSAGE * own_message
        self.network = nn.Sequential(
            nn.Linear(size, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
        )
        with torch.no_grad():
            self.network[-1].weight.mul_(0.1)

    def forward(self, summaries: Tensor, message: Tensor, unit: Tensor) -> Tensor:
        """Values (B,) from summaries (B, 46), own messages (B, 76) normalised (ignored without
        them), units (B,)."""
        parts = [
            summaries * self.seen[unit],
            nn.functional.one_hot(unit, len(self.seen)).to(summaries.dtype),
        ]
        inputs = torch.cat([*parts, message] if self.own_message else parts, dim=1)
        if self.training and self.noise:
            inputs = inputs + self.noise * torch.randn_like(inputs)
        return self.network(inputs).squeeze(1).float()
