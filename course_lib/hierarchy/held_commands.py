"""The commands that hold between ticks, and how ablations replace them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .spaces import CLASSES


@dataclass
class HeldCommands:
    """The commands that hold between ticks, for E environments."""

    priorities: Tensor
    """(E, U, 8) the command every unit holds."""
    drawn: np.ndarray
    """(E, U) class each commander drew last, -1 before the first time."""

    @classmethod
    def none(cls, num_envs: int, units: int) -> "HeldCommands":
        """Neutral commands for everybody: all priorities 1."""
        return cls(torch.ones(num_envs, units, CLASSES), np.full((num_envs, units), -1))

    def of(self, rows: np.ndarray) -> "HeldCommands":
        """A copy for these environments (C,), one as often as it is named."""
        return HeldCommands(self.priorities[torch.as_tensor(rows)], self.drawn[rows])

    def rewired(self, before: tuple[str, ...], now: tuple[str, ...]) -> "HeldCommands":
        """The same commands in another tree; units that join have none yet.

        Args:
            before: names of the units in the order of this object.
            now: names of the units in the order of the new tree.
        """
        if before == now:
            return self
        held = HeldCommands.none(len(self.drawn), len(now))
        for number, name in enumerate(now):
            if name in before:
                old_number = before.index(name)
                held.priorities[:, number] = self.priorities[:, old_number]
                held.drawn[:, number] = self.drawn[:, old_number]
        return held

    def state_dict(self) -> dict[str, Tensor]:
        """Both arrays as tensors, for a checkpoint."""
        return {"priorities": self.priorities, "drawn": torch.as_tensor(self.drawn)}

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any], units: int) -> "HeldCommands":
        """What ``state_dict`` gave, as copies; ValueError for another number of units, and
        for numbers that no command has."""
        priorities, drawn = state["priorities"], state["drawn"]
        num_envs = len(drawn)
        found = tuple(priorities.shape), tuple(drawn.shape)
        if found != ((num_envs, units, CLASSES), (num_envs, units)):
            raise ValueError(f"commands of shape {found} are not those of a tree of {units} units")
        if not ((priorities >= 0) & (priorities <= 1)).all():
            raise ValueError("a command's priorities are numbers from 0 to 1")
        if not ((drawn >= -1) & (drawn < CLASSES)).all():
            raise ValueError(f"a drawn command is a class, -1 to {CLASSES - 1}")
        return cls(priorities.clone(), drawn.numpy().copy())


def overridden(command: Tensor, how: str | None) -> Tensor:
    """The commands that leaves obey, for the ablations.

    Args:
        command: (E, U, 8) their own.
        how: None for their own, "ones", or "another" for those of the next environment.

    Raises:
        ValueError: for "another" in a single environment, and for any other word.
    """
    if how is None:
        return command
    if how == "ones":
        return torch.ones_like(command)
    if how == "another" and len(command) > 1:
        return command.roll(1, dims=0)
    raise ValueError(
        f"command_override={how!r}: allowed are None, 'ones', "
        "and with several environments 'another'"
    )
