"""A network with a channel in the middle: sensors report, one listener decides.

Each of Z sensors sees its own observation and sends B bits; the listener sees the bits of all
sensors, and nothing else, and chooses. The listener's error flows back through the channel into the
sensors: DIAL without memory. S training runs are kept side by side (`many_networks`).

    team = ReportingTeam(ReportConfig(sensors=4, inputs=76, actions=5, runs=5))
    team(obs)                       # (S, R, Z, F) to logits (S, R, A)
    ReportingTeam(config, code)     # the same with a predefined code instead of learned words
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from course_lib.validate import counts, not_negative, seed

from .channel import Channel, discretise, regularise
from .many_networks import many_mlp
from .networks import seeded

Code = Callable[[torch.Tensor], torch.Tensor]
"""A predefined code: from observations (..., F) to bits (..., B) of -1 and +1."""


@dataclass(frozen=True)
class ReportConfig:
    """Sizes of a reporting team. Raises ValueError for values out of range."""

    sensors: int = 4
    """How many sensors report, Z."""
    inputs: int = 76
    """Numbers that a sensor sees, F."""
    bits: int = 8
    """Bits that a sensor sends in a step, B."""
    actions: int = 5
    """Choices of the listener, A."""
    runs: int = 5
    """Training runs side by side, S."""
    hidden: int = 32
    """Hidden units of sensors and listener."""
    noise: float = 1.0
    """Standard deviation of the noise on learned bits while training."""
    seed: int = 0
    """Fixes weights and noise."""

    def __post_init__(self) -> None:
        counts(self, "sensors", "inputs", "bits", "actions", "runs", "hidden")
        not_negative(self, "noise")
        seed(self.seed)


class ReportingTeam(nn.Module):
    """Sensors that share one network a run (what they see says who they are), and a listener.

    ``channel`` may be exchanged at any time: for the controls and the attacks of `channel`. So may
    ``speakers_from``: with 1, the listener of each run hears the sensors of the next run (a foreign
    speaker), and they speak about what its own zones look like.
    """

    def __init__(self, config: ReportConfig | None = None, code: Code | None = None):
        super().__init__()
        self.config = config = config or ReportConfig()
        self.code = code
        self.channel: Channel | None = None
        self.speakers_from = 0
        self.generator = torch.Generator().manual_seed(config.seed)
        heard = config.sensors * config.bits
        with seeded(config.seed):
            if code is None:
                self.speaker = many_mlp(config.runs, (config.inputs, config.hidden, config.bits))
            layers = (heard, config.hidden, config.hidden, config.actions)
            self.listener = many_mlp(config.runs, layers)

    def say(self, obs: torch.Tensor) -> torch.Tensor:
        """Messages (S, R, Z, B): real numbers with noise where a gradient is wanted, else bits."""
        if self.code is not None:
            return self.code(obs)
        # All sensors of a run are one network: their rows go through it together.
        rows = obs.flatten(1, 2)
        logits = self.speaker(rows).unflatten(1, obs.shape[1:3])
        if torch.is_grad_enabled():
            return regularise(logits, self.config.noise, self.generator)
        return discretise(logits)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """The listener's preferences (S, R, A), from what the sensors see, (S, R, Z, F)."""
        # The next run's sensors look at this run's zones, and this run hears what they say.
        seen = obs.roll(self.speakers_from, dims=0)
        heard = self.say(seen).roll(-self.speakers_from, dims=0)
        if self.channel is not None:
            everybody = torch.ones(heard.shape[:-1], dtype=torch.bool)
            heard = self.channel(heard, everybody, self.generator)
        return self.listener(heard.flatten(2))
