"""A memory that is learned, in the place of notes that people wrote: one GRU cell for every host.

`notes` is bookkeeping: somebody knew which ages and which flags matter. Here nobody says what is
worth keeping. Every host has a hidden state, and in every tick the same cell (Cho et al. 2014)
makes the next one of it, also while the unit is busy:

    shown  = what the message shows of the host, and which own action has just ended on it
    memory = GRU(shown, memory)            (width,) between -1 and 1, zeros when an episode begins

The own action is told because a unit knows what it did; when it was, and what followed from it, is
for the cell to remember. A unit that is lost remembers nothing when it is back. Ours: the paper's
unit has no memory.

The memory follows the notes in a unit's observation, so whatever carries notes carries it too.
"""

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.cyber_range.constants import DEFENDED_ZONES, SLOTS

from .host_policy import HOST_CLASSES, IS_SERVER, HostRows
from .notes import Notes
from .spaces import CONNECTION, PRIORITY, PROCESS

PRIORITIES = torch.arange(4)
ENDED = torch.arange(HOST_CLASSES)


def shown(messages: np.ndarray, finished: np.ndarray) -> Tensor:
    """(..., 16, 11) float32, what the cell is told of every host, in the order of
    `host_policy.SHOWN_ENTRIES`.

    Args:
        messages: (..., 76) raw messages.
        finished: (..., 16) class of the own action that ended on the host in this tick, else -1.
    """
    message = torch.as_tensor(messages)
    process = message[..., PROCESS, None]
    connection = message[..., CONNECTION, None]
    priority = message[..., PRIORITY, None] == PRIORITIES
    is_server = IS_SERVER.expand_as(process)
    action_class = torch.as_tensor(finished)[..., None]
    ended = action_class == ENDED
    parts = [process, connection, priority, is_server, ended]
    return torch.cat(parts, dim=-1).float()


class HostMemory(Notes):
    """The notes of a team, and behind them the memory of every host, for E environments at once.

    Args:
        num_envs: E.
        owner: (7,) which defender owns each zone.
        kept: which notes are kept beside the memory; "time" for none.
        cell: of the leaves' network (`host_policy.HostPolicy`).
    """

    def __init__(
        self,
        num_envs: int,
        owner: np.ndarray,
        kept: str,
        cell: nn.GRU,
    ) -> None:
        super().__init__(num_envs, owner, kept)
        self.cell = cell
        self.memory = torch.zeros(num_envs, DEFENDED_ZONES, SLOTS, cell.hidden_size)

    def forget(self, env_idx: np.ndarray) -> None:
        """Blank notes and memory in the environments (E,) bool where an episode begins."""
        super().forget(env_idx)
        self.memory[torch.as_tensor(env_idx)] = 0

    def leave_out(self, absent: np.ndarray) -> None:
        """No memory for zones (E, 7) bool whose unit is not there."""
        self.memory[torch.as_tensor(absent)] = 0

    def of(self, rows: np.ndarray) -> "HostMemory":
        """A copy for these environments (C,), one as often as it is named."""
        copied = super().of(rows)
        assert isinstance(copied, HostMemory)  # a copy is of the same kind
        copied.memory = self.memory[torch.as_tensor(rows)]
        return copied

    @torch.no_grad()
    def read(
        self,
        messages: np.ndarray,
        step: np.ndarray,
        free: np.ndarray,
    ) -> None:
        """Take in what this tick shows; see `Notes.read`."""
        super().read(messages, step, free)
        told = shown(messages, self.table.finished)
        before = self.memory.flatten(0, 2)
        one_tick = told.flatten(0, 2)[None]
        after, _ = self.cell(one_tick, before[None])
        self.memory = after[0].view_as(self.memory)

    def of_hosts(
        self,
        env_idx: np.ndarray,
        zones: np.ndarray,
        rows: HostRows,
    ) -> Tensor:
        """(R, width) the memory of the hosts of Z zones.

        Args:
            env_idx: (Z,) environments.
            zones: (Z,) zones.
            rows: what these zones show.
        """
        by_zone = self.memory[torch.as_tensor(env_idx), torch.as_tensor(zones)]
        return by_zone[rows.zone_of_host, rows.slot_of_host]

    def vectors(self, step: np.ndarray) -> np.ndarray:
        """(E, 7, 194 + 16 * width) float32, the notes of every zone and then its hosts' memory.

        Args:
            step: (E,) ticks since reset.
        """
        notes = super().vectors(step)
        memory = self.memory.flatten(2).numpy()
        return np.concatenate([notes, memory], axis=2)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all arrays, for a checkpoint."""
        memory = self.memory.numpy().copy()
        return {**super().state_dict(), "memory": memory}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Take up what ``state_dict`` gave; ValueError as for `Notes.load_state_dict`."""
        table = dict(state)
        memory = torch.from_numpy(table.pop("memory"))
        own = self.memory
        alike = memory.shape == own.shape and memory.dtype == own.dtype
        if not alike or not (memory.abs() <= 1).all():
            raise ValueError(f"a memory is {tuple(own.shape)} numbers from -1 to 1")
        super().load_state_dict(table)
        self.memory = memory
