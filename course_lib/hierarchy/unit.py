"""The hierarchical cascaded unit (HCU): one module, used at every place of the tree (section 3.2).

Four flows meet in a unit. Down comes a *command*; up come *messages*, *rewards* and *IOCs*. The
spaces are the same at every level: a message has 76 entries, a command 8, an IOC and a reward one.
So no weight of a unit has a shape that depends on its level, on how many children it has, or on who
they are, and a tree can grow or shrink without a weight being reshaped. The sizes are the same, the
contents are not: a leaf's 76 entries have names and lie in 0..1, those of an inner unit are what a
layer norm left of its children's, nameless numbers of about -3 to 3.

What the paper leaves open, and what we chose:

* *How 82 outputs become an 8-entry command.* The probabilities of each class are added up; one
  class is drawn from the 8 sums and gets priority 1, the others ``command_floor``. So a commander's
  choice is an action with a probability, which policy gradients need. ``command_from="shares"``
  sends the sums themselves (divided by the largest) and draws nothing. Any of the 8 classes may be
  commanded, also the traffic classes, which no rule of a doctrine names.
* *What an inner unit sends up*: the message it made for itself, phi's output.
* *IOC of the same or of the lower layer* (section 3.2 against 3.7): an inner unit's IOC is the
  ``ioc_merge`` of its children's; which IOC a unit observes is ``ioc_scope``: the whole "tree"'s,
  that of its "siblings" (its superior's), or its "own" (a leaf's zone's, an inner unit's
  children's). The root has no siblings; where the unit that collects is lost, there remains the
  own.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from course_lib import validate

from .message_function import MessageConfig, MessageFunction, MessageRecord
from .observation import Observation
from .policy import (
    PolicyConfig,
    PolicyFunction,
    PolicyStages,
    class_probabilities,
    draw,
    log_probability,
)
from .spaces import CLASSES, MESSAGE
from .tensor_checks import check_rows

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
    """How a commander's class probabilities become a command: "sample" or "shares"."""
    command_floor: float = 0.3
    """Priority of the classes that were not drawn, 0 to 1; 1 switches commands off."""
    ioc_merge: str = "max"
    """How children's IOCs become their superior's: "max" or "mean"."""
    ioc_scope: str = "tree"
    """Whose IOC a unit observes: "tree", "siblings" or "own"."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.choice("command_from", self.command_from, COMMANDS)
        validate.choice("ioc_scope", self.ioc_scope, SCOPES)
        validate.choice("ioc_merge", self.ioc_merge, MERGES)
        validate.probability("command_floor", self.command_floor)
        width = self.message.d_model
        if width != MESSAGE:
            raise ValueError(
                f"d_model={width} is not {MESSAGE}, the entries of every message of a unit"
            )


class Command(NamedTuple):
    """What B units command their children."""

    priorities: Tensor
    """(B, 8) one for each class, 0 to 1."""
    drawn: Tensor
    """(B,) int64 class that was drawn; -1 where the class probabilities are the command."""
    log_prob: Tensor
    """(B,) log-probability of the class drawn; 0 where none was."""
    class_probabilities: Tensor
    """(B, 8) from which the class was drawn."""


class Unit(nn.Module):
    """phi and pi of one unit, or of all units that share weights.

    Args:
        config: choices.
        commands: whether it commands others: then its policy is the paper's, without hosts or
            notes.
    """

    def __init__(self, config: UnitConfig | None = None, commands: bool = False) -> None:
        super().__init__()
        self.config = UnitConfig() if config is None else config
        validate.instance("config", self.config, UnitConfig, "UnitConfig() has the defaults")
        validate.truth("commands", commands)
        policy = self.config.policy
        self.message_function = MessageFunction(self.config.message)
        self.policy_function = PolicyFunction(policy.of_commander if commands else policy)

    def aggregate(self, child_messages: Tensor, child_mask: Tensor) -> MessageRecord:
        """Upward flow: fuse the children's messages.

        Args:
            child_messages: (B, N, 76) float.
            child_mask: (B, N) bool, which children are present.
        """
        record: MessageRecord = self.message_function(child_messages, child_mask)
        return record

    def decide(
        self,
        observation: Observation,
        doctrine: Tensor,
        allowed: Tensor,
    ) -> PolicyStages:
        """The distribution over the 82 actions of B units; see `PolicyFunction.forward`."""
        stages: PolicyStages = self.policy_function(observation, doctrine, allowed)
        return stages

    def command(self, stages: PolicyStages, uniform: np.ndarray | None) -> Command:
        """Downward flow: turn B decisions into commands.

        ``uniform`` (B,) are random numbers in [0, 1); without them the likeliest class is taken.
        With ``command_from="shares"`` nothing is drawn.
        """
        chances = class_probabilities(stages.probabilities)
        if self.config.command_from == "shares":
            nothing = torch.full((len(chances),), -1)
            return Command(shares_to_command(chances), nothing, torch.zeros(len(chances)), chances)
        drawn = chances.argmax(dim=1) if uniform is None else draw(chances, uniform)
        priorities = one_hot_command(drawn, self.config.command_floor)
        return Command(priorities, drawn, log_probability(chances, drawn), chances)


def _check_classes(drawn: Tensor) -> None:
    """ValueError unless these are numbers of classes, (B,)."""
    validate.instance("drawn", drawn, Tensor, "a tensor (B,) of class numbers")
    if drawn.dtype != torch.long or drawn.dim() != 1:
        raise ValueError(f"drawn={validate.shown(drawn)} is no tensor (B,) of whole numbers")
    if not len(drawn):
        return
    validate.whole_number("the smallest class drawn", drawn.min().item(), 0)
    validate.whole_number("the largest class drawn", drawn.max().item(), 0, CLASSES - 1)


def one_hot_command(drawn: Tensor, floor: float) -> Tensor:
    """(B,) class numbers -> (B, 8) priorities: 1 for the class, ``floor`` for the others.

    ValueError for what is no class number, and a floor outside 0 to 1.
    """
    validate.probability("floor", floor)
    _check_classes(drawn)
    command = torch.full((len(drawn), CLASSES), float(floor))
    return command.scatter(1, drawn[:, None], 1.0)


def shares_to_command(shares: Tensor) -> Tensor:
    """(B, 8) probabilities of classes -> (B, 8) priorities: the likeliest class has 1."""
    check_rows("shares", shares, CLASSES)
    return shares / shares.amax(dim=1, keepdim=True)
