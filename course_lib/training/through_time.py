"""Learning what to remember: back-propagation through time (Werbos 1990), over whole episodes.

What a unit with a learned memory did at a tick depends on all ticks before. So its decisions cannot
be learned from one by one: the memory of their hosts is computed again from the first tick of the
episode, under today's weights and with gradients, and the log-probability of every decision is
taken under the memory of its tick.

An episode is unrolled as a whole, 499 ticks from a blank memory. Nothing is cut off, so there is no
stale hidden state to start from and none to warm up (what R2D2 calls a burn-in, Kapturowski et al.
2019); the price is that all decisions of one agent in one episode stand in the same minibatch.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.cyber_range.constants import DEFENDED_ZONES, SLOTS
from course_lib.hierarchy.host_memory import shown
from course_lib.hierarchy.host_policy import HostRows, with_memory
from course_lib.hierarchy.note_table import NO_HOST
from course_lib.hierarchy.policy import PolicyFunction
from course_lib.hierarchy.spaces import MESSAGE

from .decision_log import DecisionLog


class Told:
    """What the memory of every host was told, tick after tick, in E episodes of T ticks.

    Args:
        num_steps: T.
        num_envs: E.
    """

    def __init__(self, num_steps: int, num_envs: int) -> None:
        zones = num_steps, num_envs, DEFENDED_ZONES
        self.messages = np.zeros((*zones, MESSAGE), np.int8)
        self.finished = np.full((*zones, SLOTS), NO_HOST, np.int8)

    def add(self, tick: int, messages: np.ndarray, finished: np.ndarray) -> None:
        """Note what a tick showed, (E, 7, 76), and which own actions ended, (E, 7, 16)."""
        self.messages[tick] = messages
        self.finished[tick] = finished

    def memory(self, cell: nn.GRU, env_idx: np.ndarray, zones: np.ndarray) -> Tensor:
        """(T, K, 16, width) the memory of the hosts of K zones in every tick, with gradients.

        Args:
            cell: the memory's cell.
            env_idx: (K,) environments.
            zones: (K,) zones.
        """
        messages = self.messages[:, env_idx, zones]
        finished = self.finished[:, env_idx, zones]
        inputs = shown(messages, finished)  # (T, K, 16, 11)
        unrolled, _ = cell(inputs.flatten(1, 2))
        return unrolled.unflatten(1, (len(zones), SLOTS))


def rows_of(
    policy: PolicyFunction, log: DecisionLog, told: Told, decisions: np.ndarray
) -> HostRows:
    """What some decisions (B,) were about, to compute them again under today's weights."""
    rows = log.rows(decisions)
    cell = policy.cell
    if cell is None:
        return rows
    tick, env_idx, _ = log.where
    zone_rows = log.zone_rows(decisions)  # (B * zones_each,)
    zone_env = env_idx[decisions].repeat(log.zones_each)
    which = DEFENDED_ZONES * zone_env + log.zone_number[zone_rows]
    played, place = np.unique(which, return_inverse=True)
    memory = told.memory(cell, played // DEFENDED_ZONES, played % DEFENDED_ZONES)
    zone_of_host = rows.zone_of_host.numpy()
    when = tick[decisions][zone_of_host // log.zones_each]
    return with_memory(rows, memory[when, place[zone_of_host], rows.slot_of_host])


def episodes(log: DecisionLog) -> list[np.ndarray]:
    """The decisions of a log by who made them: one array for each agent in each environment."""
    _, env_idx, agent_idx = log.where
    agents = int(agent_idx.max()) + 1
    who = env_idx * agents + agent_idx
    order = np.argsort(who, kind="stable")
    starts = np.flatnonzero(np.diff(who[order])) + 1
    return np.split(order, starts)


def minibatches(policy: PolicyFunction, log: DecisionLog, size: int) -> Iterator[Tensor]:
    """All decisions in random order, ``size`` at once; with a memory about as many, in whole
    episodes of agents."""
    if policy.cell is None:
        yield from torch.randperm(len(log)).split(size)
        return
    played = episodes(log)
    at_once = max(1, size * len(played) // len(log))
    for chosen in torch.randperm(len(played)).split(at_once):
        decisions = np.concatenate([played[i] for i in chosen])
        yield torch.from_numpy(decisions)
