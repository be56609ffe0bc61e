"""What units observe: the input of a policy function."""

from typing import Any, NamedTuple

import torch
from torch import Tensor


class Observation(NamedTuple):
    """What B units observe, normalised (section 3.3), and what they remember."""

    phase: Tensor
    """(B,) mission phase 0..2, halved."""
    command: Tensor
    """(B, 8) priorities from the superior; all ones where there is none."""
    message: Tensor
    """(B, 76)."""
    ioc: Tensor
    """(B,) in [0, 1]."""
    notes: Tensor | None = None
    """(B, 194) notes (`notes.note_names`), and after them the learned memory of 16 hosts, if there
    is one; not in the paper, and None where none are kept."""

    def part(self, rows: Any) -> "Observation":
        """The observations of some of the units."""
        notes = None if self.notes is None else self.notes[rows]
        command, message = self.command[rows], self.message[rows]
        return Observation(
            self.phase[rows],
            command,
            message,
            self.ioc[rows],
            notes,
        )

    def flat(self) -> Tensor:
        """(B, 86) in the order of `spaces.observation_names`."""
        phase = self.phase[:, None]
        ioc = self.ioc[:, None]
        return torch.cat([phase, self.command, self.message, ioc], dim=1)
