"""A policy network that knows that hosts are alike: one small network, shared by all hosts.

The paper's network, 76 -> 256 -> 256 -> 82, has weights of its own for each of a zone's sixteen
host slots and must learn every rule sixteen times. Here a host's four scores (Analyse, Remove,
Restore, DeployDecoy) come from the entries of that host and a context of its zone:

    context = relu(zone entries -> width)          61 entries, a summary of the hosts among them
    hidden  = relu(host entries -> width  +  context -> width)
    hidden  = relu(hidden -> width)
    scores  = hidden -> 4                          for each host that exists
    others  = context -> width -> 18               for the zone: traffic, Monitor, Sleep

Swapping two hosts swaps their scores (a *set network*, as in Zaheer et al. 2017), and any number of
hosts will do. The network never computes absent hosts: a batch of zones comes as one long list of
the hosts that exist (`HostRows`).

With a learned memory (`host_memory`) a host has as many entries more as the memory is wide, and the
zone has the memory's mean and maximum over its hosts.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from course_lib import validate
from course_lib.cyber_range.constants import ACTION_CLASSES, LAST_HOST_CLASS, SERVER_SLOTS, SLOTS

from .note_entries import (
    HOST_NOTES,
    HOST_SIGNS,
    HOST_SIZE,
    NOTES_SIZE,
    ZONE_NOTES,
    ZONE_SIZE,
)
from .spaces import (
    ACTION_CLASS,
    ACTION_SLOT,
    ACTIONS,
    BLOCKED,
    CONNECTION,
    PHASE,
    PRIORITY,
    PROCESS,
    SEVERITY,
)

HOST_CLASSES = LAST_HOST_CLASS + 1
"""Analyse, Remove, Restore, DeployDecoy: the classes of action that have a host."""
SHOWN_ENTRIES = (*HOST_SIGNS, *(f"own {name} ended" for name in ACTION_CLASSES[:HOST_CLASSES]))
"""The 11 entries that a host's learned memory is told in every tick (`host_memory.shown`)."""
HOST_ACTION = np.zeros((HOST_CLASSES, SLOTS), np.int64)
"""(4, 16) index among the 82 actions, by class and host slot."""
for _action, (_class, _slot) in enumerate(zip(ACTION_CLASS, ACTION_SLOT, strict=True)):
    if _class < HOST_CLASSES:
        HOST_ACTION[_class, _slot] = _action
OTHER_ACTIONS = np.flatnonzero(ACTION_CLASS >= HOST_CLASSES)
"""(18,) indices of the actions without a host."""
IS_SERVER = torch.arange(SLOTS)[:, None] < SERVER_SLOTS
"""(16, 1) bool."""
FORBIDDEN = -1e9
"""Score of an action that is not allowed: its probability is 0."""


class HostRows(NamedTuple):
    """What Z zones with R existing hosts show, as lists."""

    hosts: Tensor
    """(R, 19) entries of the hosts, zone after zone."""
    zone_of_host: Tensor
    """(R,) int64, place of each host's zone in ``zones``."""
    slot_of_host: Tensor
    """(R,) int64, 0 to 15."""
    zones: Tensor
    """(Z, 61) entries of the zones, and after them whatever else the unit observes."""


def host_rows(message: Tensor, notes: Tensor, exists: Tensor) -> HostRows:
    """The rows of B zones, computed from what their units observe.

    Args:
        message: (B, 76) normalised messages.
        notes: (B, 194) notes, see `notes.note_names`; after them the memory of 16 hosts, if the
            team has one.
        exists: (B, 16) bool, hosts that exist.
    """
    own_notes = notes[:, : len(ZONE_NOTES)]
    host_notes = notes[:, len(ZONE_NOTES) : NOTES_SIZE]
    host_notes = host_notes.unflatten(1, (len(HOST_NOTES), SLOTS))
    host_notes = host_notes.transpose(1, 2)  # (B, 16, 12)
    memory = notes[:, NOTES_SIZE:]
    kinds = torch.as_tensor(SEVERITY)
    severity = message[:, PRIORITY, None]
    priority = (severity - kinds).abs() < 0.1  # (B, 16, 4), one-hot
    process = message[:, PROCESS, None]
    connection = message[:, CONNECTION, None]
    is_server = IS_SERVER.expand_as(process)
    signs = [process, connection, priority, is_server, host_notes]
    hosts = torch.cat(signs, dim=2)  # (B, 16, 19)

    there = exists[..., None]
    present = hosts * there  # absent hosts are zeros, and hide nobody
    count = exists.sum(dim=1, keepdim=True).clamp(min=1)
    mean = present.sum(dim=1) / count
    largest = present.amax(dim=1)
    distance = (2 * message[:, PHASE, None] - torch.arange(3)).abs()  # a phase is 0, 0.5 or 1
    phase = (distance < 0.5).to(message.dtype)
    zone_and_blocked = message[:, 1 : BLOCKED.stop]
    zones = torch.cat([phase, zone_and_blocked, own_notes, mean, largest], dim=1)
    zone_of_host, slot_of_host = exists.nonzero(as_tuple=True)
    rows = HostRows(hosts[exists], zone_of_host, slot_of_host, zones)
    if not memory.shape[1]:
        return rows
    by_host = memory.unflatten(1, (SLOTS, -1))
    return with_memory(rows, by_host[exists])


def with_memory(rows: HostRows, memory: Tensor) -> HostRows:
    """Rows whose R hosts also have their memory (R, width), and whose zones have its mean and
    maximum."""
    zone = rows.zone_of_host
    shape = len(rows.zones), memory.shape[1]
    count = zone.bincount(minlength=shape[0]).clamp(min=1)
    total = memory.new_zeros(shape).index_add(0, zone, memory)
    place = zone[:, None].expand_as(memory)
    smallest = memory.new_full(shape, -1.0)  # what a GRU says lies between -1 and 1
    largest = smallest.scatter_reduce(0, place, memory, "amax")
    hosts = torch.cat([rows.hosts, memory], dim=1)
    mean = total / count[:, None]
    zones = torch.cat([rows.zones, mean, largest], dim=1)
    return rows._replace(hosts=hosts, zones=zones)


WIDEST = 65_536
"""Nodes of a hidden layer, at most: more are a mistake, and would fill the memory."""


class HostPolicy(nn.Module):
    """The host-shared network.

    Args:
        hidden: width of every hidden layer.
        extra: number of entries that follow the zone's own 61 (a command and an IOC, say).
        memory: width of the hosts' learned memory; 0 for none.
    """

    def __init__(
        self,
        hidden: int = 48,
        extra: int = 0,
        memory: int = 0,
    ) -> None:
        super().__init__()
        validate.whole_number("hidden", hidden, 1, WIDEST)
        validate.whole_number("extra", extra, 0, WIDEST)
        validate.whole_number("memory", memory, 0, WIDEST)
        self.context = nn.Linear(ZONE_SIZE + 2 * memory + extra, hidden)
        self.from_host = nn.Linear(HOST_SIZE + memory, hidden, bias=False)
        self.from_context = nn.Linear(hidden, hidden)
        self.between = nn.Linear(hidden, hidden)
        self.host_scores = nn.Linear(hidden, HOST_CLASSES)
        self.zone_hidden = nn.Linear(hidden, hidden)
        self.zone_scores = nn.Linear(hidden, len(OTHER_ACTIONS))
        with torch.no_grad():  # a new policy is nearly uniform: nothing is ruled out untried
            for last in (self.host_scores, self.zone_scores):
                last.weight.mul_(0.01)
                last.bias.zero_()
        # One layer of `nn.GRU` is a `nn.GRUCell` that one call can also unroll over many ticks.
        self.cell = nn.GRU(len(SHOWN_ENTRIES), memory) if memory else None
        if self.cell is not None:
            spread_horizons(self.cell)

    @torch.no_grad()
    def sharpen(self, factor: float) -> None:
        """Multiply all scores by a factor: above 1, what was likely becomes likelier."""
        for last in (self.host_scores, self.zone_scores):
            _scaled(last, factor)

    def forward(self, rows: HostRows) -> Tensor:
        """(Z, 82) scores of all actions; `FORBIDDEN` for actions on absent hosts."""
        context = torch.relu(self.context(rows.zones))  # (Z, width)
        others = self.zone_scores(torch.relu(self.zone_hidden(context))).float()  # (Z, 18)
        shift = self.from_context(context)
        hidden = self.from_host(rows.hosts) + shift.index_select(0, rows.zone_of_host)
        hidden = torch.relu(self.between(torch.relu(hidden)))  # (R, width)
        on_hosts = self.host_scores(hidden).float()  # (R, 4)
        scores = on_hosts.new_full((len(rows.zones), ACTIONS), FORBIDDEN)
        actions = torch.as_tensor(HOST_ACTION.T)[rows.slot_of_host]  # (R, 4)
        scores = scores.index_put((rows.zone_of_host[:, None], actions), on_hosts)
        return scores.index_copy(1, torch.as_tensor(OTHER_ACTIONS), others)


LONGEST_HORIZON = 200
"""Ticks after which the slowest entry of a new memory has faded to about a third."""


@torch.no_grad()
def spread_horizons(cell: nn.GRU) -> None:
    """Let the entries of a new memory fade within 1 to 200 ticks (Tallec and Ollivier 2018), as
    many within 1 to 14 as within 14 to 200.

    A cell as torch makes it forgets within two ticks: what happened long ago leaves no trace that
    learning could follow.
    """
    width = cell.hidden_size
    horizon = LONGEST_HORIZON ** torch.rand(width)
    kept = slice(width, 2 * width)  # of three gates, the second says what is kept
    from_entries = cell.get_parameter("bias_ih_l0")
    from_entries[kept] = 0
    from_memory = cell.get_parameter("bias_hh_l0")
    from_memory[kept] = horizon.log()


class SlotPolicy(nn.Module):
    """The same entries read by a dense network, with weights of its own for every host slot.

    It differs from `HostPolicy` in one thing: it does not know that hosts are alike.

    Args:
        hidden: width of both hidden layers.
        extra: number of entries that follow the zone's own 61.
    """

    def __init__(self, hidden: int = 256, extra: int = 0) -> None:
        super().__init__()
        self.first = nn.Linear(SLOTS * HOST_SIZE + ZONE_SIZE + extra, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, ACTIONS)
        with torch.no_grad():
            self.last.weight.mul_(0.01)
            self.last.bias.zero_()

    @torch.no_grad()
    def sharpen(self, factor: float) -> None:
        """Multiply all scores by a factor: above 1, what was likely becomes likelier."""
        _scaled(self.last, factor)

    def forward(self, rows: HostRows) -> Tensor:
        """(Z, 82) scores of all actions; `FORBIDDEN` for actions on absent hosts."""
        count = len(rows.zones)
        hosts = rows.hosts.new_zeros(count, SLOTS, HOST_SIZE)
        hosts[rows.zone_of_host, rows.slot_of_host] = rows.hosts
        inputs = torch.cat([hosts.flatten(1), rows.zones], dim=1)
        hidden = torch.relu(self.second(torch.relu(self.first(inputs))))
        scores = self.last(hidden).float()
        exists = torch.zeros(count, SLOTS, dtype=torch.bool)
        exists[rows.zone_of_host, rows.slot_of_host] = True
        slots = torch.as_tensor(ACTION_SLOT).clamp(min=0)
        has_host = torch.as_tensor(ACTION_CLASS) < HOST_CLASSES
        return scores.masked_fill(has_host & ~exists[:, slots], FORBIDDEN)


def _scaled(layer: nn.Linear, factor: float) -> None:
    """Multiply what a layer says by a factor."""
    layer.weight.mul_(factor)
    layer.bias.mul_(factor)
