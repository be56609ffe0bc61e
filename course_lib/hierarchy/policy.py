"""The policy function pi: a network, a command and a doctrine in one distribution over actions.

Section 3.5 of the paper, figure 5: the network turns the message into 82 weights; these are
multiplied by the command, expanded from 8 classes to 82 actions; the result is added to the
doctrine's mask in a weighted sum. Here, step by step:

    base      = softmax(z)                           z: 82 outputs of the network
    modulated = base * command[class of each action]
    mixed     = (1 - w) * modulated + w * doctrine   w: the doctrine's weight, 0 where no rule fires
    pi        = normalise(mixed * allowed)           allowed: the action's host exists

Log-probabilities, for acting and for learning, come from this pi only.

What the paper leaves open, and what we chose:

* *Weights or logits?* A command is a priority of at least 0. Multiplying a negative output by a
  high priority would push the action *away*; so the outputs are made positive first (softmax).
  ``weights="logits"`` is the other reading.
* *The weighted sum's weight* is ``doctrine_weight``, fixed; ``learn_weight`` makes it a parameter.
* *Where phase, command and IOC enter.* The network of the paper has 76 inputs, the observation 86
  entries. With ``inputs="message"`` the network reads the message (phase is the first entry of a
  leaf's), the command multiplies, and the IOC raises the doctrine's weight by ``ioc_gain``. With
  ``inputs="observation"`` the network reads all 86.
* *Nothing left.* If command and mask leave no action any weight, the command is ignored; if still
  nothing is left, the unit sleeps.
* *Half a doctrine.* An inner unit's mask is the mean of its children's; where only some have a rule
  that fires, its row sums to less than 1, and the last step gives the rest to the network.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from course_lib import validate
from course_lib.cyber_range.constants import ALLOW, BLOCK, MONITOR, SLOTS

from .host_policy import FORBIDDEN, HOST_ACTION, WIDEST, HostPolicy, SlotPolicy, host_rows
from .note_entries import KEPT, NOTES_SIZE
from .notes import blank_vector
from .observation import Observation
from .spaces import (
    ACTION_CLASS,
    ACTION_CLASSES,
    ACTIONS,
    CLASS_MEMBERS,
    CLASSES,
    MESSAGE,
    OBSERVATION,
)
from .tensor_checks import check_rows
from .traffic import idle_traffic

INPUTS = {"message": MESSAGE, "observation": OBSERVATION}
NETWORKS = ("dense", "host-shared", "per-slot", "recurrent")
ON_HOST_ROWS = ("host-shared", "per-slot", "recurrent")
"""Networks that read the entries of hosts (`host_policy.HostRows`)."""
WEIGHTS = ("softmax", "logits")
SLEEP_ACTION = int(CLASS_MEMBERS[ACTION_CLASSES.index("Sleep")][0])
TINY = 1e-12
COMMANDER_HIDDEN = 256
"""Nodes of a commander's hidden layers in a team whose leaves are host-shared."""
MONITOR_ACTIONS, ALLOW_ACTIONS, BLOCK_ACTIONS = (
    torch.as_tensor(np.asarray(ACTION_CLASS) == kind) for kind in (MONITOR, ALLOW, BLOCK)
)
"""(82,) bool each."""


@dataclass(frozen=True)
class PolicyConfig:
    """Choices of the policy function."""

    network: str = "dense"
    """"dense", the paper's 76 -> 256 -> 256 -> 82; "host-shared" (`host_policy.HostPolicy`, ours),
    for leaves; "per-slot" (`host_policy.SlotPolicy`), which reads the same entries with weights of
    its own for every slot; or "recurrent", host-shared with a learned memory (`host_memory`) in the
    place of notes by hand. A commander's is dense."""
    hidden: int = 256
    """Nodes of each hidden layer (section 3.5)."""
    inputs: str = "message"
    """What the network reads: "message" (76, as in the paper) or "observation" (86)."""
    weights: str = "softmax"
    """How outputs become weights before the command multiplies them: "softmax", or "logits"
    (softmax after it)."""
    doctrine_weight: float = 0.8
    """w, the doctrine's share in the weighted sum, 0 to 1."""
    learn_weight: bool = False
    """Whether w is learned, starting from ``doctrine_weight``."""
    ioc_gain: float = 0.2
    """With an IOC of 1 the doctrine's weight grows by this share of what is missing to 1."""
    notes: str = "none"
    """What a leaf remembers of its own actions and of signs: "none", as in the paper, "time",
    "ages" or "all" (`notes`, ours)."""
    memory: int = 32
    """Width of a host's learned memory, where the network is recurrent."""
    traffic: bool = True
    """Whether BlockTraffic and AllowTraffic may be chosen."""
    idle_traffic: bool = True
    """Whether traffic actions that change nothing may be chosen: AllowTraffic where nothing is
    blocked, BlockTraffic where it is."""
    monitor: bool = True
    """Whether Monitor may be chosen; it shows nothing that the message does not."""

    @property
    def memory_width(self) -> int:
        """Entries of a host's learned memory; 0 where nothing is learned to be remembered."""
        return self.memory if self.network == "recurrent" else 0

    @property
    def of_commander(self) -> "PolicyConfig":
        """The same for a unit that commands others: it has no hosts, and so no notes either."""
        dense = self.network == "dense"
        return replace(
            self,
            network="dense",
            hidden=self.hidden if dense else COMMANDER_HIDDEN,
            notes="none",
            traffic=True,
            idle_traffic=True,
            monitor=True,
        )

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.whole_number("hidden", self.hidden, 1, WIDEST)
        validate.whole_number("memory", self.memory, 1, WIDEST)
        validate.choice("inputs", self.inputs, INPUTS)
        validate.choice("network", self.network, NETWORKS)
        validate.choice("notes", self.notes, KEPT)
        validate.choice("weights", self.weights, WEIGHTS)
        validate.probability("doctrine_weight", self.doctrine_weight)
        validate.probability("ioc_gain", self.ioc_gain)
        if self.memory_width and self.notes == "none":
            raise ValueError(
                'a learned memory travels with the notes: network="recurrent" needs '
                'notes="time", a clock and nothing by hand'
            )
        if self.learn_weight and not 0 < self.doctrine_weight < 1:
            raise ValueError(
                "learn_weight needs a doctrine_weight strictly between 0 and 1 to start from"
            )


class PolicyStages(NamedTuple):
    """The stages of one decision, each (B, 82), for the policy bench and the lessons."""

    base: Tensor
    """softmax(z), sums to 1."""
    modulated: Tensor
    """After the command."""
    mixed: Tensor
    """After the doctrine."""
    probabilities: Tensor
    """pi, after the mask of absent hosts; sums to 1."""


def dense_network(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """Two hidden layers and scores (B, outputs), which are nearly equal at first."""
    first = nn.Linear(inputs, hidden)
    second = nn.Linear(hidden, hidden)
    last = nn.Linear(hidden, outputs)
    with torch.no_grad():
        # A new policy is nearly uniform: nothing is ruled out untried.
        last.weight.mul_(0.01)
        last.bias.zero_()
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), last)


class PolicyFunction(nn.Module):
    """pi of section 3.5: a network with 82 outputs, then command, doctrine and mask."""

    blank_notes: Tensor

    def __init__(self, config: PolicyConfig | None = None) -> None:
        super().__init__()
        self.config = PolicyConfig() if config is None else config
        validate.instance("config", self.config, PolicyConfig, "PolicyConfig() has the defaults")
        self.network = self._network()
        if self.config.notes != "none":
            notes = torch.as_tensor(blank_vector(self.config.notes))
            no_memory = torch.zeros(SLOTS * self.config.memory_width)
            blank = torch.cat([notes, no_memory])
            self.register_buffer("blank_notes", blank, persistent=False)
        if self.config.learn_weight:
            self.weight_logit = nn.Parameter(torch.logit(torch.tensor(self.config.doctrine_weight)))

    def _network(self) -> nn.Module:
        config = self.config
        inputs, width = INPUTS[config.inputs], config.hidden
        if config.network in ON_HOST_ROWS:
            extra = inputs - MESSAGE
            if config.network == "per-slot":
                return SlotPolicy(width, extra)
            return HostPolicy(width, extra, config.memory_width)
        if config.notes != "none":
            inputs += NOTES_SIZE
        return dense_network(inputs, width, ACTIONS)

    def outputs(self, observation: Observation, allowed: Tensor) -> Tensor:
        """(B, 82) the network's outputs z; ``allowed`` (B, 82) says which hosts exist."""
        whole = self.config.inputs == "observation"
        if self.config.network in ON_HOST_ROWS:
            exists = allowed[:, HOST_ACTION[0]]
            rows = host_rows(observation.message, self._notes(observation), exists)
            if whole:
                further = [rows.zones, observation.command, observation.ioc[:, None]]
                rows = rows._replace(zones=torch.cat(further, dim=1))
            return self.network(rows)
        inputs = observation.flat() if whole else observation.message
        if self.config.notes != "none":
            inputs = torch.cat([inputs, self._notes(observation)], dim=1)
        return self.network(inputs).float()

    @property
    def cell(self) -> nn.GRU | None:
        """What keeps the hosts' learned memory; None without one."""
        return self.network.cell if isinstance(self.network, HostPolicy) else None

    def _notes(self, observation: Observation) -> Tensor:
        """(B, 194 or more); where nothing was noted, those of an episode's first tick."""
        size = len(observation.message)
        if self.config.notes == "none":
            return observation.message.new_zeros(size, NOTES_SIZE)
        if observation.notes is None:
            blank: Tensor = self.blank_notes
            return blank.expand(size, -1)
        return check_rows("notes", observation.notes, len(self.blank_notes))

    def permitted(self, message: Tensor, allowed: Tensor) -> Tensor:
        """(B, 82) bool: ``allowed`` without the classes that the configuration rules out."""
        if not self.config.monitor:
            allowed = allowed & ~MONITOR_ACTIONS.to(allowed.device)
        if not self.config.traffic:
            return allowed & ~(ALLOW_ACTIONS | BLOCK_ACTIONS).to(allowed.device)
        return allowed if self.config.idle_traffic else allowed & ~idle_traffic(message)

    def strength(self, observation: Observation, allowed: Tensor) -> Tensor:
        """(B,) log of the weight that all actions have together, before doctrine: how much there is
        to do."""
        priority = expand(observation.command).clamp(min=TINY)
        outputs = self.outputs(observation, allowed) + priority.log()
        kept = self.permitted(observation.message, allowed)
        return outputs.masked_fill(~kept, FORBIDDEN).logsumexp(dim=1)

    def forward(
        self,
        observation: Observation,
        doctrine: Tensor,
        allowed: Tensor,
    ) -> PolicyStages:
        """The distribution over actions and the stages that led to it.

        Args:
            observation: of B units.
            doctrine: (B, 82) float, rows sum to 1, or to 0 where no rule fires (an inner unit's to
                a mean of these).
            allowed: (B, 82) bool.
        """
        outputs = self.outputs(observation, allowed)
        allowed = self.permitted(observation.message, allowed)
        weight = self.doctrine_weight(observation.ioc, doctrine)
        priority = expand(observation.command)
        return combine(outputs, priority, doctrine, allowed, weight, self.config.weights)

    def doctrine_weight(self, ioc: Tensor, doctrine: Tensor) -> Tensor:
        """(B, 1) weight w of the doctrine, raised by the IOC; 0 where no rule fires."""
        weight: Tensor | float = self.config.doctrine_weight
        if self.config.learn_weight:
            weight = torch.sigmoid(self.weight_logit)
        # A weight of 0 switches the doctrine off, so the IOC must not raise it.
        gain = self.config.ioc_gain if self.config.doctrine_weight > 0 else 0.0
        raised = weight + gain * ioc * (1 - weight)
        fires = doctrine.sum(dim=1) > 0
        return (raised * fires)[:, None]


def combine(
    outputs: Tensor,
    priority: Tensor,
    doctrine: Tensor,
    allowed: Tensor,
    weight: Tensor | float,
    weights: str = "softmax",
) -> PolicyStages:
    """The weighted sum of section 3.5.

    Args:
        outputs: (B, 82) outputs z of the network.
        priority: (B, 82) command, expanded by class.
        doctrine: (B, 82) float, rows sum to at most 1.
        allowed: (B, 82) bool.
        weight: w in [0, 1], a number or (B, 1).
        weights: "softmax" multiplies positive weights by the priority, "logits" the outputs
            themselves.

    Raises:
        ValueError: for other shapes, or a reading of the outputs that does not exist.
    """
    check_rows("outputs", outputs, ACTIONS)
    check_rows("priority", priority, ACTIONS)
    check_rows("doctrine", doctrine, ACTIONS)
    check_rows("allowed", allowed, ACTIONS)
    rows = {
        len(outputs),
        len(priority),
        len(doctrine),
        len(allowed),
    }
    if len(rows) > 1:
        raise ValueError("outputs, priority, doctrine and allowed must have as many rows")
    validate.choice("weights", weights, WEIGHTS)
    if not isinstance(weight, Tensor):
        validate.probability("weight", weight)
    # Positive weights: a high priority must never push an action away.
    base = torch.softmax(outputs, dim=1)
    if weights == "softmax":
        modulated = base * priority
    else:
        modulated = torch.softmax(outputs * priority, dim=1)
    mixed = (1 - weight) * modulated + weight * doctrine
    kept = mixed * allowed
    total = kept.sum(dim=1, keepdim=True)
    # Rare, so the fallback is computed only where some row needs it.
    if bool((total <= TINY).any()):
        fallback = without_command(base, allowed)
        kept = torch.where(total > TINY, kept, fallback)
        total = kept.sum(dim=1, keepdim=True)
    return PolicyStages(base, modulated, mixed, kept / total)


def without_command(base: Tensor, allowed: Tensor) -> Tensor:
    """What is left when a command excludes everything: the network's own weights, else Sleep.

    (B, 82) base and (B, 82) allowed -> (B, 82) weights, not normalised.
    """
    asleep = torch.zeros_like(base)
    asleep[:, SLEEP_ACTION] = 1
    kept = base * allowed
    something_left = kept.sum(dim=1, keepdim=True) > TINY
    return torch.where(something_left, kept, asleep)


def expand(command: Tensor) -> Tensor:
    """(B, 8) priorities of classes -> (B, 82) priorities of actions."""
    check_rows("command", command, CLASSES)
    classes = torch.as_tensor(ACTION_CLASS, device=command.device)
    return command[:, classes]


def class_probabilities(probabilities: Tensor) -> Tensor:
    """(B, 82) probabilities of actions -> (B, 8): those of each class added up."""
    check_rows("probabilities", probabilities, ACTIONS)
    classes = torch.as_tensor(ACTION_CLASS, device=probabilities.device)
    sums = probabilities.new_zeros(len(probabilities), CLASSES)
    return sums.index_add(1, classes, probabilities)


def log_probability(probabilities: Tensor, chosen: Tensor) -> Tensor:
    """(B, K) probabilities and (B,) indices -> (B,) log-probabilities, never below log(1e-12)."""
    of_chosen = probabilities.gather(1, chosen[:, None]).squeeze(1)
    return of_chosen.clamp(min=TINY).log()


def draw(probabilities: Tensor, uniform: np.ndarray) -> Tensor:
    """Draw one index a row, by the inverse of the running sum.

    (B, K) probabilities and (B,) uniform numbers in [0, 1) -> (B,) indices. An index with
    probability 0 is never drawn.
    """
    count = probabilities.shape[1]
    running = probabilities.cumsum(dim=1)
    # The sum may miss 1 by a rounding; the target must lie within what there is.
    share = torch.as_tensor(uniform, dtype=running.dtype)[:, None]
    target = share * running[:, -1:]
    index = (running <= target).sum(dim=1).clamp(max=count - 1)
    # Rounding may lead past the last index that has a probability.
    last_possible = (torch.arange(count) * (probabilities > 0)).amax(dim=1)
    return torch.minimum(index, last_possible)
