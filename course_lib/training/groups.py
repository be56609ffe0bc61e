"""Agent groups: the kinds of decision a team makes, each learned from its own experience.

Leaves draw actions, the commanders of a level draw commands, an arbiter draws who acts. A group
takes the samples of one kind out of a tick's record, and can recompute their log-probabilities and
entropies with gradients, from the same distributions that drew them.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from course_lib.hierarchy import arbitration
from course_lib.hierarchy.decisions import Commands, TickDecisions
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.observation import Observation
from course_lib.hierarchy.policy import TINY, class_probabilities, log_probability
from course_lib.hierarchy.spaces import ACTIONS
from course_lib.hierarchy.unit import Unit

Data = dict[str, Tensor]
"""What recomputes the distributions of decisions, each entry (K, ...)."""
Evaluated = tuple[Tensor, Tensor]
"""Log-probabilities and entropies (B,) of decisions under the present weights."""


class Samples(NamedTuple):
    """Decisions of one kind in one tick."""

    env_idx: np.ndarray
    """(K,) environment."""
    unit_idx: np.ndarray
    """(K,) which of the group's units."""
    data: Data
    """Whatever recomputes the distribution, each (K, ...)."""
    log_prob: Tensor
    """(K,) of what was drawn."""


class AgentGroup(Protocol):
    """What the trainer needs of the decisions that share a critic and an optimiser step."""

    name: str
    level: int
    """0 for leaves; groups of one level share an optimiser."""
    own_message: bool
    """Whether the critic also reads the message of the unit's own zone."""
    units: np.ndarray
    """(N,) numbers of the units that decide."""
    rewarded_by: list[np.ndarray]
    """N arrays of units: the mean of their rewards is what each of the N learns from."""
    zones_below: list[np.ndarray]
    """N arrays of zones that each of the N answers for: what a local critic sees."""

    def samples(self, done: Any) -> list["Samples"]:
        """The group's decisions in one tick, from the defender's record of that tick."""
        ...

    def evaluate(self, data: Data, unit_idx: Tensor) -> Evaluated:
        """Log-probabilities and entropies (B,) of recorded decisions under the present weights."""
        ...


class LeafGroup:
    """Actions of the leaves."""

    name, level, own_message = "leaves", 0, True

    def __init__(self, defender: HierarchicalDefender):
        if defender.team.config.unit.policy.memory_width:
            raise ValueError(
                'network="recurrent" learns through time, and this trainer learns decision by '
                'decision; train it with config="taught" or config="strong"'
            )
        self.team = defender.team
        self.units = np.arange(defender.team.wiring.leaf_count)
        self.rewarded_by = [np.array([unit]) for unit in self.units]
        self.zones_below = zones_below(defender, self.units)

    def samples(self, done: TickDecisions) -> list[Samples]:
        """The actions drawn in a tick."""
        acts, seen = done.leaves, done.leaves.observation
        data = {
            "phase": seen.phase,
            "command": seen.command,
            "message": seen.message,
            "ioc": seen.ioc,
            "doctrine": acts.doctrine,
            "allowed": acts.allowed,
            "chosen": torch.as_tensor(acts.chosen),
        }
        if acts.observation.notes is not None:
            data["notes"] = acts.observation.notes
        samples = Samples(
            env_idx=acts.env_idx,
            unit_idx=acts.leaf_idx,
            data=data,
            log_prob=acts.log_prob,
        )
        return [samples]

    def evaluate(self, data: Data, unit_idx: Tensor) -> Evaluated:
        """Log-probabilities and entropies (B,) of actions that were drawn."""
        parts = []
        for unit, rows in by_unit(self.team.groups(0), unit_idx):
            kept = [name for name in Observation._fields if name in data]
            seen = Observation(**{name: data[name][rows] for name in kept})
            decided = unit.decide(seen, data["doctrine"][rows], data["allowed"][rows])
            pi = decided.probabilities
            log_prob = log_probability(pi, data["chosen"][rows])
            parts.append(Part(rows, log_prob, entropy(pi)))
        return joined(parts)


class CommandGroup:
    """Commands of the units of one level, drawn every few ticks."""

    own_message = False

    def __init__(self, defender: HierarchicalDefender, level: int):
        self.team, self.level = defender.team, level
        self.name = f"commands {level + 1}"
        self.units = self.team.wiring.levels[level]
        self.rewarded_by = [np.array([unit]) for unit in self.units]
        self.zones_below = zones_below(defender, self.units)

    def samples(self, done: TickDecisions) -> list[Samples]:
        """The commands drawn in a tick, if they were due."""
        return [] if done.commands is None else self.samples_of(done.commands)

    def samples_of(self, made: Commands) -> list[Samples]:
        """New commands as samples."""
        size = len(self.units)
        messages = made.up.messages
        child_messages, child_mask = self.team.children_of(self.level, messages, made.alive)
        data = {
            "phase": made.phase[:, None].expand(-1, size).flatten(),
            "command": made.down.commands[:, self.units].flatten(0, 1),
            "child_messages": child_messages.flatten(0, 1),
            "child_mask": child_mask.flatten(0, 1),
            "ioc": made.ioc[:, self.units].flatten(),
            "doctrine": made.doctrine[:, self.units].flatten(0, 1),
            "chosen": made.down.drawn[:, self.units].flatten(),
        }
        env_idx = np.repeat(made.env_idx, size)
        unit_idx = np.tile(np.arange(size), len(made.env_idx))
        log_prob = made.down.log_prob[:, self.units].flatten()
        # A lost commander draws too, in vain: what nobody heard is nothing to learn from.
        heard = made.alive[:, self.units].reshape(-1)
        rows = torch.as_tensor(heard)
        samples = Samples(
            env_idx=env_idx[heard],
            unit_idx=unit_idx[heard],
            data={name: values[rows] for name, values in data.items()},
            log_prob=log_prob[rows],
        )
        return [samples]

    def evaluate(self, data: Data, unit_idx: Tensor) -> Evaluated:
        """Log-probabilities and entropies (B,) of classes that were drawn; the gradient reaches phi
        through its message."""
        parts = []
        for unit, rows in by_unit(self.team.groups(self.level), unit_idx):
            message = unit.aggregate(data["child_messages"][rows], data["child_mask"][rows]).message
            phase, command = data["phase"][rows], data["command"][rows]
            seen = Observation(phase, command, message, data["ioc"][rows])
            # A command is a class of actions, not an action on a host: nothing is masked.
            allowed = torch.ones(len(message), ACTIONS, dtype=torch.bool)
            decided = unit.decide(seen, data["doctrine"][rows], allowed)
            shares = class_probabilities(decided.probabilities)
            log_prob = log_probability(shares, data["chosen"][rows])
            parts.append(Part(rows, log_prob, entropy(shares)))
        return joined(parts)


class ChoiceGroup:
    """Which leaf acts through a shared agent."""

    own_message = False

    def __init__(self, defender: HierarchicalDefender, number: int):
        self.team, self.arbiter, self._number = defender.team, defender.arbiters[number], number
        self.level = self.arbiter.level
        self.name = f"choice of {self.team.wiring.names[self.arbiter.unit]}"
        self.units = np.array([self.arbiter.unit])
        self.rewarded_by = [np.array([unit]) for unit in self.units]
        self.zones_below = zones_below(defender, self.units)

    def samples(self, done: TickDecisions) -> list[Samples]:
        """The choices of a tick, where the agent was free."""
        found = []
        for made in done.choices:
            if made.arbiter.agent != self.arbiter.agent:
                continue
            data = {
                "child_messages": made.child_messages,
                "child_mask": made.child_mask,
                "urgent": made.urgent,
                "alive": made.alive,
                "chosen": torch.as_tensor(made.chosen),
            }
            samples = Samples(
                env_idx=made.env_idx,
                unit_idx=np.zeros(len(made.env_idx), np.int64),
                data=data,
                log_prob=made.log_prob,
            )
            found.append(samples)
        return found

    def evaluate(self, data: Data, unit_idx: Tensor) -> Evaluated:
        """Log-probabilities and entropies (B,) of choices that were made; the gradient reaches
        phi's pooling."""
        unit = self.team.unit_at(self.arbiter.level, self.arbiter.place)
        record = unit.aggregate(data["child_messages"], data["child_mask"])
        pooling = record.pooling[:, self.arbiter.child]
        weight = unit.policy_function.config.doctrine_weight
        pi = arbitration.choice(pooling, data["urgent"], data["alive"], weight)
        return log_probability(pi, data["chosen"]), entropy(pi)


def hierarchy_groups(defender: HierarchicalDefender) -> list[AgentGroup]:
    """All groups of a team: leaves, one for each level of commanders, one for each arbiter.

    ValueError for commands that are not drawn: a policy gradient needs the probability of what was
        chosen.
    """
    levels = range(1, len(defender.team.wiring.levels))
    if defender.arbiters and defender.team.config.arbitration == "scores":
        raise ValueError(
            "arbitration='scores' is learned by --config strong; this trainer learns 'attention'"
        )
    if levels and defender.team.config.unit.command_from == "shares":
        raise ValueError(
            "command_from='shares' draws no command, so commanders have no choice to learn from; "
            "train with 'sample'"
        )
    groups: list[AgentGroup] = [LeafGroup(defender)]
    groups += [CommandGroup(defender, level) for level in levels]
    groups += [ChoiceGroup(defender, number) for number in range(len(defender.arbiters))]
    return groups


def zones_below(defender: HierarchicalDefender, units: np.ndarray) -> list[np.ndarray]:
    """The zones that each of the units answers for: its own, or those of the leaves it commands."""
    wiring = defender.team.wiring
    chains = [wiring.path(leaf) for leaf in range(wiring.leaf_count)]
    found = []
    for unit in units:
        below = [leaf for leaf, chain in enumerate(chains) if unit in chain]
        found.append(defender.zones[below])
    return found


def entropy(probabilities: Tensor) -> Tensor:
    """(B, K) probabilities -> (B,) entropies in nats; the gradient stays finite where a probability
    is 0."""
    return -(probabilities * probabilities.clamp(min=TINY).log()).sum(dim=1)


class Part(NamedTuple):
    """Log-probabilities and entropies of the decisions of one unit's weights."""

    rows: Tensor | slice
    """Positions in the batch."""
    log_prob: Tensor
    entropy: Tensor


def by_unit(
    groups: Sequence[tuple[Unit, np.ndarray]], unit_idx: Tensor
) -> Iterator[tuple[Unit, Tensor | slice]]:
    """(unit, positions in the batch) for each unit that has weights of its own.

    One unit for the whole level covers everything without an index.
    """
    if len(groups) == 1:
        yield groups[0][0], slice(None)
        return
    for unit, places in groups:
        yield unit, torch.isin(unit_idx, torch.as_tensor(places)).nonzero().squeeze(1)


def joined(parts: list[Part]) -> Evaluated:
    """Log-probabilities and entropies (B,) of all parts, in the order of the batch."""
    if len(parts) == 1:
        return parts[0].log_prob, parts[0].entropy
    rows = torch.cat([part.rows for part in parts if isinstance(part.rows, Tensor)])
    order = rows.argsort()
    log_prob = torch.cat([part.log_prob for part in parts])
    entropies = torch.cat([part.entropy for part in parts])
    return log_prob[order], entropies[order]
