"""The hierarchical cascaded unit (HCU): one module, used at every place of the tree (section 3.2).

Four flows meet in a unit. Down comes a *command*; up come *messages*, *rewards* and *IOCs*. The
same spaces at every
level: a message has 76 entries, a command 8, an IOC and a reward one. So a unit does not know at
which level it stands, how many children it has, nor who they are, and a tree can grow or shrink
without a weight being reshaped.

What the paper leaves open, and what we chose:

* *How 82 outputs become an 8-entry command.* The probabilities of each class are added up to 8
  shares; one class is drawn from them and gets priority 1, the others ``command_floor``. So a
  commander's choice is an action with a probability, which policy gradients need.
  ``command_from="shares"`` sends the shares themselves (divided by the largest) and draws nothing.
* *What an inner unit sends up*: the message it made for itself, phi's output.
* *IOC of the same or of the lower layer* (section 3.2 against 3.7): an inner unit's IOC is the
  ``ioc_merge`` of its children's; which IOC a unit observes is ``ioc_scope``: the whole "tree"'s,
  that of its "siblings" (its superior's), or its "own" (a leaf's zone's, an inner unit's
  children's). The root has no siblings; where the unit that collects is lost, there remains the
  own.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.validate import check_kinds

from .message_function import MessageConfig, MessageFunction
from .policy import (
    Observation,
    PolicyConfig,
    PolicyFunction,
    PolicyStages,
    class_probabilities,
    draw,
    log_probability,
)
from .spaces import CLASSES

COMMANDS = ("sample", "shares")
SCOPES = ("tree", "siblings", "own")
MERGES = ("max", "mean")


@dataclass(frozen=True)
class UnitConfig:
    """Choices of a unit; the same for every unit of a team."""

    message: MessageConfig = field(default_factory=MessageConfig)
    """The message function phi."""
    policy: PolicyConfig = field(default_factory=PolicyConfig)
    """The policy function pi."""
    command_from: str = "sample"
    """How a commander's class shares become a command: "sample" or "shares"."""
    command_floor: float = 0.3
    """Priority of the classes that were not drawn, 0 to 1; 1 switches commands off."""
    ioc_merge: str = "max"
    """How children's IOCs become their superior's: "max" or "mean"."""
    ioc_scope: str = "tree"
    """Whose IOC a unit observes: "tree", "siblings" or "own"."""

    def __post_init__(self):
        check_kinds(self)
        choices = (("command_from", COMMANDS), ("ioc_scope", SCOPES), ("ioc_merge", MERGES))
        for name, allowed in choices:
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name}={getattr(self, name)!r} is unknown; allowed: {', '.join(allowed)}"
                )
        if not 0 <= self.command_floor <= 1:
            raise ValueError(f"command_floor={self.command_floor} is not between 0 and 1")


class Unit(nn.Module):
    """phi and pi of one unit, or of all units that share weights."""

    def __init__(self, config: UnitConfig | None = None):
        super().__init__()
        self.config = config or UnitConfig()
        self.message_function = MessageFunction(self.config.message)
        self.policy_function = PolicyFunction(self.config.policy)

    def aggregate(self, messages: Tensor, present: Tensor):
        """Upward flow: children's messages (B, N, 76) and who is present (B, N) -> a
        MessageRecord."""
        return self.message_function(messages, present)

    def decide(self, seen: Observation, doctrine: Tensor, allowed: Tensor) -> PolicyStages:
        """The distribution over the 82 actions of B units."""
        return self.policy_function(seen, doctrine, allowed)

    def command(self, mixture: PolicyStages, uniform: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """Downward flow: decisions -> commands (B, 8), the classes drawn (B,), their
        log-probabilities (B,).

        ``uniform`` (B,) are random numbers in [0, 1). With ``command_from="shares"`` nothing is
        drawn: class -1, log 0.
        """
        shares = class_probabilities(mixture.probabilities)
        if self.config.command_from == "shares":
            return (
                shares_to_command(shares),
                torch.full((len(shares),), -1),
                torch.zeros(len(shares)),
            )
        drawn = draw(shares, uniform)
        return (
            one_hot_command(drawn, self.config.command_floor),
            drawn,
            log_probability(shares, drawn),
        )


def one_hot_command(drawn: Tensor, floor: float) -> Tensor:
    """(B,) class numbers -> (B, 8) priorities: 1 for the class, ``floor`` for the others."""
    command = torch.full((len(drawn), CLASSES), float(floor))
    return command.scatter(1, drawn[:, None], 1.0)


def shares_to_command(shares: Tensor) -> Tensor:
    """(B, 8) shares of classes -> (B, 8) priorities: the largest share becomes 1."""
    return shares / shares.amax(dim=1, keepdim=True)
