"""Value functions: the expected return of a unit, for training alone (they are not shipped).

Rewards differ by unit, so one shared V(s) would be wrong: every critic is told which unit it judges
(a one-hot). A *central* critic sees a summary of all zones, as in MAPPO (Yu et al. 2022); a *local*
one only the zones below its unit, as in IPPO.

`value noise` (in the spirit of Noisy-MAPPO, Hu et al. 2021, which appends a noise vector of its own
for each agent; guidelines 7.4) adds Gaussian noise to the critic's input while it learns, against
overfitting to it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.cyber_range.constants import DEFENDED_ZONES, Priority
from course_lib.hierarchy.spaces import BLOCKED, CONNECTION, MESSAGE, PHASE, PRIORITY, PROCESS

PER_ZONE = 6
SUMMARY = PER_ZONE * DEFENDED_ZONES + 4
"""46 entries: six numbers a zone, phase as one-hot, and the share of the episode that is over."""
SIGNS = (Priority.ROOT_FILE, Priority.USER_FILE, Priority.DECOY_TOUCHED)
"""Codes of the priority entries that a zone's hosts are counted by."""
COUNT_SCALE = 1 / 4
"""Of up to 16 hosts of a zone few have a sign at a time: so the inputs stay near 1."""


def summary(messages: np.ndarray, step: np.ndarray, steps: int) -> np.ndarray:
    """What all zones together know, as a critic's input.

    Args:
        messages: (E, 7, 76) raw messages.
        step: (E,) ticks since the reset, and ``steps``, the length of an episode.

    Returns:
        (E, 46) float32.
    """
    priority = messages[..., PRIORITY]
    process = messages[..., PROCESS].sum(axis=2)
    connection = messages[..., CONNECTION].sum(axis=2)
    signs = [(priority == code).sum(axis=2) for code in SIGNS]
    blocked = messages[..., BLOCKED].sum(axis=2)
    counts = np.stack([process, connection, *signs, blocked], axis=2)  # (E, 7, 6)
    by_zone = COUNT_SCALE * counts.reshape(len(messages), -1)
    phase = messages[:, 0, PHASE, None] == np.arange(3)  # every zone says the same one
    time_passed = step[:, None] / steps
    return np.concatenate([by_zone, phase, time_passed], axis=1).astype(np.float32)


def zones_seen(zones: Sequence[np.ndarray]) -> np.ndarray:
    """Zones below each of N units -> (N, 46) float32 of 0/1: what a local critic may see."""
    seen = np.zeros((len(zones), SUMMARY), np.float32)
    seen[:, DEFENDED_ZONES * PER_ZONE :] = 1  # phase and time are nobody's secret
    for row, below in enumerate(zones):
        for zone in below:
            first = zone * PER_ZONE
            seen[row, first : first + PER_ZONE] = 1
    return seen


class Critic(nn.Module):
    """V for the N units of one group: (summary, own message, which unit) -> 256 -> 256 -> 1.

    Args:
        seen: (N, 46) which entries of the summary count for each unit; ones for a central critic.
        own_message: whether the unit's own message is an input (leaves) or not (inner units,
            choices).
        noise: standard deviation of the noise on the input while training.
        hidden: nodes of each hidden layer.
    """

    seen: Tensor

    def __init__(
        self,
        seen: np.ndarray,
        own_message: bool,
        noise: float = 0.0,
        hidden: int = 256,
    ) -> None:
        super().__init__()
        self.register_buffer("seen", torch.as_tensor(seen))
        self.own_message = own_message
        self.noise = noise
        inputs = SUMMARY + len(seen)
        if own_message:
            inputs += MESSAGE
        first = nn.Linear(inputs, hidden)
        second = nn.Linear(hidden, hidden)
        output = nn.Linear(hidden, 1)
        self.network = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), output)
        with torch.no_grad():
            output.weight.mul_(0.1)  # so that the first values are near 0

    def forward(self, summaries: Tensor, message: Tensor | None, unit_idx: Tensor) -> Tensor:
        """Values (B,) in scaled units.

        Args:
            summaries: (B, 46).
            message: (B, 76) own messages, normalised; None for a critic without them.
            unit_idx: (B,) which of the N units.
        """
        which = nn.functional.one_hot(unit_idx, len(self.seen))
        # What a unit may not see is zero, so that critics of all kinds have the same inputs.
        parts = [summaries * self.seen[unit_idx], which.to(summaries.dtype)]
        if self.own_message and message is not None:
            parts.append(message)
        inputs = torch.cat(parts, dim=1)
        if self.training and self.noise:
            inputs = inputs + self.noise * torch.randn_like(inputs)
        return self.network(inputs).squeeze(1).float()
