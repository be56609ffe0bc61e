"""A team: a tree of units, run for many environments at once, one batched pass for all units of a
level.

    up:    leaf messages (R, L, 76)  ->  a message for every unit (R, U, 76)
    down:  messages, phase, IOC      ->  a command for every unit (R, U, 8)

R is the number of environments in the pass. Nothing here knows the range: the leaves may defend
anything whose state fits 76 numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from course_lib import validate

from .message_function import MessageRecord
from .observation import Observation
from .spaces import ACTIONS, CLASSES, MESSAGE
from .tree import Tree
from .unit import Unit, UnitConfig
from .wiring import Wiring

SHARING = ("level", "unit")
ARBITRATION = ("attention", "scores")


@dataclass(frozen=True)
class TeamConfig:
    """Choices of a team."""

    unit: UnitConfig = field(default_factory=UnitConfig)
    """The unit, the same everywhere."""
    share: str = "level"
    """Which units share weights: all of a "level", or none ("unit")."""
    command_every: int = 10
    """Ticks between two commands; a command holds until the next one."""
    arbitration: str = "attention"
    """Who acts where units share one agent: "attention", the one its commander listens to most, or
    "scores", one softmax over the actions of all of them (`arbitration`, ours)."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.choice("share", self.share, SHARING)
        validate.whole_number("command_every", self.command_every, 1, validate.MOST)
        validate.choice("arbitration", self.arbitration, ARBITRATION)
        if self.share == "unit" and self.unit.policy.memory_width:
            raise ValueError(
                'network="recurrent" has one memory cell for all leaves: it needs share="level"'
            )


class Upward(NamedTuple):
    """The result of the upward pass."""

    messages: Tensor
    """(R, U, 76) what every unit says; a leaf repeats what the world told it."""
    records: tuple[MessageRecord | None, ...]
    """For each level what phi computed, leading axes (R, units of the level); None for the
    leaves."""

    def record(self, level: int) -> MessageRecord:
        """What phi computed at a level of commanders, 1 or more."""
        record = self.records[level]
        if record is None:
            raise ValueError("leaves have no message function; levels of commanders begin at 1")
        return record


class Downward(NamedTuple):
    """The result of the downward pass."""

    commands: Tensor
    """(R, U, 8) the command every unit received; ones for the root and below a unit that is
    lost."""
    drawn: Tensor
    """(R, U) int64 class that a commander drew for its children (a lost one too, in vain); -1 for
    leaves, and for all if commands are class probabilities."""
    log_prob: Tensor
    """(R, U) log-probability of the class drawn; 0 where none was."""
    class_probabilities: Tensor
    """(R, U, 8) from which a commander's class was drawn; zeros for the leaves."""


Places = np.ndarray
"""Places within a level, (units,) int."""


class Team(nn.Module):
    """Units in a tree.

    Args:
        tree: who reports to whom.
        config: choices.
        seed: of the initial weights.

    Raises:
        ValueError: if the tree is no `Tree` or the configuration no `TeamConfig`.
    """

    tree: Tree
    wiring: Wiring

    def __init__(
        self,
        tree: Tree,
        config: TeamConfig | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        Tree.check(tree)
        if config is None:
            config = TeamConfig()
        self.config: TeamConfig = validate.instance(
            "config", config, TeamConfig, "TeamConfig(unit=..., share=..., command_every=...)"
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(validate.seed(seed))
            keys = dict.fromkeys(self._keys(tree))  # each key once, in the order of the tree
            leaves = 1 if self.config.share == "level" else len(tree.leaves)
            self.units = nn.ModuleDict(
                {
                    key: Unit(self.config.unit, commands=place >= leaves)
                    for place, key in enumerate(keys)
                }
            )
        self.rewire(tree)

    def rewire(self, tree: Tree) -> None:
        """Take another tree, in mid-episode if need be; no weight changes.

        A level or unit without weights borrows some. A level above the first tree's uses those of
        the highest level; with ``share="unit"`` a newcomer uses those of the first known unit of
        its level, and in a level of newcomers those of the first root (leaves: of the first leaf).
        """
        self.wiring = Wiring.of(tree)
        self.tree = tree
        levels = range(len(self.wiring.levels))
        self._groups = tuple(self._grouped(level) for level in levels)

    def _keys(self, tree: Tree) -> list[str]:
        """Keys of the weights that a tree needs, level by level, the leaves first."""
        if self.config.share == "level":
            return [f"level {level + 1}" for level in range(len(tree.levels))]
        return [_key(unit.name) for level in tree.levels for unit in level]

    def _grouped(self, level: int) -> list[tuple[Unit, Places]]:
        """Which weights serve which places of a level."""
        numbers = self.wiring.levels[level]
        places = np.arange(len(numbers))
        known = list(self.units)  # in the order of the first tree
        if self.config.share == "level":
            # A level above the first tree's highest one borrows that one's weights.
            highest = len(known) - 1
            return [(self._unit(known[min(level, highest)]), places)]
        keys = [_key(self.wiring.names[number]) for number in numbers]
        fallback = known[0] if level == 0 else known[-1]
        lender = next((key for key in keys if key in self.units), fallback)
        groups = []
        for place, key in enumerate(keys):
            serving = key if key in self.units else lender
            groups.append((self._unit(serving), places[[place]]))
        return groups

    def _unit(self, key: str) -> Unit:
        unit = self.units[key]
        assert isinstance(unit, Unit)
        return unit

    def groups(self, level: int) -> list[tuple[Unit, Places]]:
        """(unit weights, places in the level) of a level, 0 for the leaves."""
        return self._groups[level]

    def unit_at(self, level: int, place: int) -> Unit:
        """The weights that serve one place of a level."""
        return next(unit for unit, places in self.groups(level) if place in places)

    def up(self, leaves: Tensor, alive: np.ndarray) -> Upward:
        """Pass messages from the leaves to the root.

        Args:
            leaves: (R, L, 76) float, normalised.
            alive: (R, U) bool; nobody hears a unit that is lost.
        """
        messages = leaves.new_zeros(len(leaves), self.wiring.count, MESSAGE)
        messages[:, : self.wiring.leaf_count] = leaves
        records: list[MessageRecord | None] = [None]
        for level in range(1, len(self.wiring.levels)):
            record = self._aggregate(level, *self.children_of(level, messages, alive))
            units = torch.as_tensor(self.wiring.levels[level])
            # A copy, not an assignment: a superior's gradient flows down through the messages.
            messages = messages.index_copy(1, units, record.message)
            records.append(record)
        return Upward(messages, tuple(records))

    def children_of(
        self,
        level: int,
        messages: Tensor,
        alive: np.ndarray,
    ) -> tuple[Tensor, Tensor]:
        """What reaches the units of a level from their N children.

        Args:
            level: 1 or more.
            messages: (R, U, 76) of every unit.
            alive: (R, U) bool.

        Returns:
            Messages (R, units, N, 76), and (R, units, N) bool which children are present.
        """
        children = self.wiring.children[level]
        present = alive[:, children] & self.wiring.has_child[level]
        return messages[:, children], torch.as_tensor(present)

    def _aggregate(
        self,
        level: int,
        child_messages: Tensor,
        child_mask: Tensor,
    ) -> MessageRecord:
        """phi of all units of a level at once: (R, units, N, ...) -> entries (R, units, ...)."""
        num_envs = len(child_messages)
        parts = []
        for unit, places in self.groups(level):
            # The axes of environments and units are one batch axis for the unit.
            messages = child_messages[:, places].flatten(0, 1)
            mask = child_mask[:, places].flatten(0, 1)
            record = unit.aggregate(messages, mask)
            shape = (num_envs, len(places))
            parts.append([entry.unflatten(0, shape) for entry in record])
        return MessageRecord(*_side_by_side(parts))

    def down(
        self,
        messages: Tensor,
        phase: Tensor,
        ioc: Tensor,
        doctrine: Tensor,
        alive: np.ndarray,
        draws: np.ndarray | None,
    ) -> Downward:
        """Pass commands from the root to the leaves.

        Args:
            messages: (R, U, 76) of every unit.
            phase: (R,) mission phase 0..2, halved.
            ioc: (R, U) the IOC each unit observes.
            doctrine: (R, U, 82) every unit's doctrine mask.
            alive: (R, U) bool; the children of a lost unit have no command.
            draws: (R, U) uniform random numbers, one for each commander's class; None lets every
                commander take the likeliest class.
        """
        num_envs, units = messages.shape[:2]
        commands = torch.ones(num_envs, units, CLASSES)
        drawn = torch.full((num_envs, units), -1)
        log_prob = torch.zeros(num_envs, units)
        chances = torch.zeros(num_envs, units, CLASSES)
        # From the root downwards: a unit decides under the command it has just received.
        for level in range(len(self.wiring.levels) - 1, 0, -1):
            for unit, places in self.groups(level):
                numbers = self.wiring.levels[level][places]
                observation = gather(phase, commands, messages, ioc, numbers)
                # A commander orders classes of action, so no host is absent for it.
                allowed = torch.ones(len(observation.phase), ACTIONS, dtype=torch.bool)
                mask = doctrine[:, numbers].flatten(0, 1)
                stages = unit.decide(observation, mask, allowed)
                command = unit.command(
                    stages, None if draws is None else draws[:, numbers].reshape(-1)
                )
                shape = (num_envs, len(numbers))
                drawn[:, numbers] = command.drawn.view(shape)
                log_prob[:, numbers] = command.log_prob.view(shape)
                chances[:, numbers] = command.class_probabilities.unflatten(0, shape)
                self._send(commands, command.priorities.unflatten(0, shape), numbers, alive)
        return Downward(commands, drawn, log_prob, chances)

    def _send(
        self,
        commands: Tensor,
        priorities: Tensor,
        numbers: np.ndarray,
        alive: np.ndarray,
    ) -> None:
        """Write commands (R, units, 8) of some units into those (R, U, 8) of their children."""
        # "No command" is a command of ones, which changes nothing, so it may stay where it is.
        for place, number in enumerate(numbers):
            below = np.flatnonzero(self.wiring.parent == number)
            reachable = torch.as_tensor(alive[:, number])[:, None, None]
            sent = priorities[:, place, None]
            commands[:, below] = torch.where(reachable, sent, commands[:, below])


def gather(
    phase: Tensor,
    commands: Tensor,
    messages: Tensor,
    ioc: Tensor,
    numbers: Sequence[int] | Places,
    notes: Tensor | None = None,
) -> Observation:
    """The observations of some units in all R environments, as one batch (R * units).

    ``notes`` (R, L, 194) are the leaves'; without them nothing is remembered.
    """
    # The phase is the same for all units of an environment.
    phases = phase[:, None].expand(-1, len(numbers)).reshape(-1)
    return Observation(
        phases,
        commands[:, numbers].flatten(0, 1),
        messages[:, numbers].flatten(0, 1),
        ioc[:, numbers].reshape(-1),
        None if notes is None else notes[:, numbers].flatten(0, 1),
    )


def _side_by_side(parts: list[list[Tensor]]) -> list[Tensor]:
    """Join parts, each with the same entries (R, units, ...), along the axis of units."""
    return [torch.cat(entries, dim=1) for entries in zip(*parts, strict=True)]


def _key(name: str) -> str:
    """Key of a unit's weights: a module's name may hold no dot, and be no word like "train"."""
    return "unit " + name.replace(".", "·")
