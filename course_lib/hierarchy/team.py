"""A team: a tree of units, run for many environments at once, one batched pass for all units of a
level.

    up:    leaf messages (R, L, 76)  ->  a message for every unit (R, U, 76)
    down:  messages, phase, IOC      ->  a command for every unit (R, U, 8)

R is the number of environments in the pass. Nothing here knows the range: the leaves may defend
anything whose state fits 76 numbers.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.validate import check_kinds

from .message_function import MessageRecord
from .policy import Observation, PolicyStages
from .spaces import ACTIONS, CLASSES, MESSAGE
from .tree import Tree
from .unit import Unit, UnitConfig
from .wiring import Wiring

SHARING = ("level", "unit")


@dataclass(frozen=True)
class TeamConfig:
    """Choices of a team."""

    unit: UnitConfig = field(default_factory=UnitConfig)
    """The unit, the same everywhere."""
    share: str = "level"
    """Which units share weights: all of a "level", or none ("unit")."""
    command_every: int = 10
    """Ticks between two commands; a command holds until the next one."""

    def __post_init__(self):
        check_kinds(self)
        if self.share not in SHARING:
            raise ValueError(f"share={self.share!r} is unknown; allowed: {', '.join(SHARING)}")
        if self.command_every < 1:
            raise ValueError(
                f"command_every={self.command_every} is not a whole number of at least 1"
            )


class Upward(NamedTuple):
    """The result of the upward pass."""

    messages: Tensor
    """(R, U, 76) what every unit says; a leaf repeats what the world told it."""
    records: tuple[MessageRecord | None, ...]
    """For each level what phi computed, leading axes (R, units of the level); None for the
    leaves."""


class Downward(NamedTuple):
    """The result of the downward pass."""

    commands: Tensor
    """(R, U, 8) the command every unit received; ones for the root and below a unit that is
    lost."""
    drawn: Tensor
    """(R, U) int64 class that a commander drew for its children (a lost one too, in vain); -1 for
    leaves, and for all if commands are class shares."""
    log_prob: Tensor
    """(R, U) log-probability of the class drawn; 0 where none was."""
    mixtures: tuple[PolicyStages | None, ...]
    """For each level the decision of its units, leading axes (R * units); None for the leaves."""


class Team(nn.Module):
    """Units in a tree.

    Args:
        tree: who reports to whom.
        config: choices.
        seed: of the initial weights.
    """

    def __init__(self, tree: Tree, config: TeamConfig | None = None, seed: int = 0):
        super().__init__()
        self.config = config or TeamConfig()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            keys = self._keys(tree)
            self.units = nn.ModuleDict({key: Unit(self.config.unit) for key in dict.fromkeys(keys)})
        self.rewire(tree)

    def rewire(self, tree: Tree) -> None:
        """Take another tree, in mid-episode if need be. No weight changes; a level or unit without
        weights borrows some.

        A level above the first tree's uses those of the highest level; with ``share="unit"`` a
        newcomer uses those of the first known unit of its level, and in a level of newcomers those
        of the first root (leaves: of the first leaf).
        """
        self.tree, self.wiring = tree, Wiring.of(tree)
        self._groups = tuple(self._grouped(level) for level in range(len(self.wiring.levels)))

    def _keys(self, tree: Tree) -> list[str]:
        if self.config.share == "level":
            return [f"level {level + 1}" for level in range(len(tree.levels))]
        return [_key(unit.name) for level in tree.levels for unit in level]

    def _grouped(self, level: int) -> list[tuple[Unit, np.ndarray]]:
        """Which weights serve which places of a level."""
        places = np.arange(len(self.wiring.levels[level]))
        if self.config.share == "level":
            return [(list(self.units.values())[: level + 1][-1], places)]
        names = [_key(self.wiring.names[u]) for u in self.wiring.levels[level]]
        first_leaf, *_, first_root = [*self.units, *self.units]  # in the order of the first tree
        lender = next(
            (name for name in names if name in self.units), first_root if level else first_leaf
        )
        return [
            (self.units[name if name in self.units else lender], places[[i]])
            for i, name in enumerate(names)
        ]

    def groups(self, level: int) -> list[tuple[Unit, np.ndarray]]:
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
        rows = len(leaves)
        messages = leaves.new_zeros(rows, self.wiring.count, MESSAGE)
        messages[:, : self.wiring.leaf_count] = leaves
        records = [None]
        for level in range(1, len(self.wiring.levels)):
            heard, present = self.heard(level, messages, alive)
            parts = []
            for unit, places in self.groups(level):
                flat = unit.aggregate(
                    heard[:, places].flatten(0, 1), present[:, places].flatten(0, 1)
                )
                parts.append([part.unflatten(0, (rows, len(places))) for part in flat])
            record = MessageRecord(*(torch.cat(part, dim=1) for part in zip(*parts, strict=True)))
            messages = messages.index_copy(
                1, torch.as_tensor(self.wiring.levels[level]), record.message
            )
            records.append(record)
        return Upward(messages, tuple(records))

    def heard(self, level: int, messages: Tensor, alive: np.ndarray) -> tuple[Tensor, Tensor]:
        """What the units of a level hear: children's messages (R, units, N, 76) and who is present
        (R, units, N)."""
        children, real = self.wiring.children[level], self.wiring.has_child[level]
        return messages[:, children], torch.as_tensor(alive[:, children] & real)

    def down(
        self,
        messages: Tensor,
        phase: Tensor,
        ioc: Tensor,
        doctrine: Tensor,
        alive: np.ndarray,
        draws: np.ndarray,
    ) -> Downward:
        """Pass commands from the root to the leaves.

        Args:
            messages: (R, U, 76) of every unit.
            phase: (R,) mission phase 0..2, halved.
            ioc: (R, U) the IOC each unit observes.
            doctrine: (R, U, 82) every unit's doctrine mask.
            alive: (R, U) bool; the children of a lost unit have no command.
            draws: (R, U) uniform random numbers, one for each commander's class.
        """
        rows, wiring = len(messages), self.wiring
        commands = torch.ones(rows, wiring.count, CLASSES)
        drawn = torch.full((rows, wiring.count), -1)
        log_prob = torch.zeros(rows, wiring.count)
        mixtures = [None] * len(wiring.levels)
        for level in range(len(wiring.levels) - 1, 0, -1):
            parts = []
            for unit, places in self.groups(level):
                numbers = wiring.levels[level][places]
                seen = gather(phase, commands, messages, ioc, numbers)
                allowed = torch.ones(len(seen.phase), ACTIONS, dtype=torch.bool)
                mixture = unit.decide(seen, doctrine[:, numbers].flatten(0, 1), allowed)
                sent, chosen, chance = unit.command(mixture, draws[:, numbers].reshape(-1))
                drawn[:, numbers] = chosen.view(rows, -1)
                log_prob[:, numbers] = chance.view(rows, -1)
                self._send(commands, sent.unflatten(0, (rows, len(numbers))), numbers, alive)
                parts.append([stage.unflatten(0, (rows, len(numbers))) for stage in mixture])
            mixtures[level] = PolicyStages(
                *(torch.cat(stage, dim=1).flatten(0, 1) for stage in zip(*parts, strict=True))
            )
        return Downward(commands, drawn, log_prob, tuple(mixtures))

    def _send(self, commands: Tensor, sent: Tensor, numbers: np.ndarray, alive: np.ndarray) -> None:
        for place, number in enumerate(numbers):
            below = np.flatnonzero(self.wiring.parent == number)
            reachable = torch.as_tensor(alive[:, number])[:, None, None]
            commands[:, below] = torch.where(reachable, sent[:, place, None], commands[:, below])


def gather(
    phase: Tensor, commands: Tensor, messages: Tensor, ioc: Tensor, numbers: np.ndarray
) -> Observation:
    """The observations of some units in all R environments, as one batch (R * units)."""
    phases = phase[:, None].expand(-1, len(numbers)).reshape(-1)
    return Observation(
        phases,
        commands[:, numbers].flatten(0, 1),
        messages[:, numbers].flatten(0, 1),
        ioc[:, numbers].reshape(-1),
    )


def _key(name: str) -> str:
    return "unit " + name.replace(
        ".", "·"
    )  # a module's name may hold no dot, and may not be a word like "train"
