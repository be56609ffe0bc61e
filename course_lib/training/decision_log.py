"""A log of decisions for a host-shared policy: host rows in one list, written during play.

An agent decides only when it is free, and a zone has 4 to 16 hosts. So a rollout is kept as

    decisions   K of them, each about the same number of zones (1, or HQ's 3)
    zones       K * zones_each rows of 61 entries, in the order of the decisions
    hosts       one row of 19 entries for each host that exists, in the order of the zones

and the network computes what was decided about, and nothing else.
"""

import numpy as np
import torch

from course_lib.cyber_range.constants import SLOTS
from course_lib.cyber_range.engine.compiled import entry
from course_lib.hierarchy.host_policy import HostRows
from course_lib.hierarchy.note_entries import HOST_SIZE, ZONE_SIZE, write_rows
from course_lib.hierarchy.notes import Notes
from course_lib.hierarchy.spaces import CLASSES


class DecisionLog:
    """Decisions of one kind of agent.

    Args:
        capacity: the largest number of decisions.
        zones_each: zones that a decision is about.
    """

    def __init__(self, capacity: int, zones_each: int):
        self.zones_each = zones_each
        zone_rows = capacity * zones_each
        self.hosts = np.empty((zone_rows * SLOTS, HOST_SIZE), np.float32)
        self.slots = np.empty(zone_rows * SLOTS, np.int64)
        self.zones = np.empty((zone_rows, ZONE_SIZE), np.float32)
        self.first_host = np.zeros(zone_rows + 1, np.int64)
        self.zone_number = np.empty(zone_rows, np.int64)
        self.commands = np.empty((zone_rows, CLASSES), np.float32)
        self.tick = np.empty(capacity, np.int64)
        self.env_idx = np.empty(capacity, np.int64)
        self.agent_idx = np.empty(capacity, np.int64)
        self.chosen = np.empty(capacity, np.int64)
        self.log_prob = np.empty(capacity, np.float32)
        self.count = 0

    def __len__(self) -> int:
        return self.count

    def clear(self) -> None:
        """Forget all decisions."""
        self.count = 0

    def observe(
        self,
        notes: Notes,
        messages: np.ndarray,
        step: np.ndarray,
        exists: np.ndarray,
        env_idx: np.ndarray,
        agent_idx: np.ndarray,
        zones: np.ndarray,
        tick: int,
        commands: np.ndarray,
    ) -> HostRows:
        """Add K decisions of this tick and return what they are about.

        Args:
            notes: what the team remembers; it has read this tick already.
            messages: (E, 7, 76) raw messages.
            step: (E,) ticks since reset.
            exists: (E, 7, 16) bool.
            env_idx, agent_idx: (K,) who decides.
            zones: (K, zones_each) what about.
            tick: of the rollout.
            commands: (K * zones_each, 8) the priorities that hold in these zones.
        """
        first, last = self.count, self.count + len(env_idx)
        self.tick[first:last] = tick
        self.env_idx[first:last] = env_idx
        self.agent_idx[first:last] = agent_idx
        zone_of_host = write_rows(
            notes.table, messages, step, exists, notes.steps, notes.keep, env_idx, zones,
            self.hosts, self.slots, self.zones, self.first_host, first * self.zones_each,
        )  # fmt: skip
        self.count = last
        zone_rows = slice(first * self.zones_each, last * self.zones_each)
        self.zone_number[zone_rows] = zones.reshape(-1)
        self.commands[zone_rows] = commands
        host_rows = slice(self.first_host[zone_rows.start], self.first_host[zone_rows.stop])
        return HostRows(
            torch.from_numpy(self.hosts[host_rows]),
            torch.from_numpy(zone_of_host),
            torch.from_numpy(self.slots[host_rows]),
            torch.from_numpy(self.zones[zone_rows]),
        )

    def choose(self, chosen: np.ndarray, log_prob: np.ndarray) -> None:
        """Note what was decided last: (K,) indices among zones_each * 82, and log-probabilities."""
        latest = slice(self.count - len(chosen), self.count)
        self.chosen[latest] = chosen
        self.log_prob[latest] = log_prob

    @property
    def where(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tick, environment and agent of every decision, (K,) each."""
        known = slice(0, self.count)
        return self.tick[known], self.env_idx[known], self.agent_idx[known]

    def zone_rows(self, decisions: np.ndarray) -> np.ndarray:
        """(B * zones_each,) places of the zones of some decisions (B,) among all zones."""
        zones = decisions[:, None] * self.zones_each + np.arange(self.zones_each)
        return zones.reshape(-1)

    def zone_entries(self, decisions: np.ndarray) -> np.ndarray:
        """(B * zones_each, 61) entries of the zones of some decisions (B,)."""
        return self.zones[self.zone_rows(decisions)]

    def held(self, decisions: np.ndarray) -> torch.Tensor:
        """(B * zones_each, 8) the commands under which some decisions (B,) were made."""
        return torch.from_numpy(self.commands[self.zone_rows(decisions)])

    def rows(self, decisions: np.ndarray) -> HostRows:
        """What some decisions (B,) were about."""
        host_idx, zone_of_host, zone_idx = _rows_of(
            decisions,
            self.zones_each,
            self.first_host,
        )
        return HostRows(
            torch.from_numpy(self.hosts[host_idx]),
            torch.from_numpy(zone_of_host),
            torch.from_numpy(self.slots[host_idx]),
            torch.from_numpy(self.zones[zone_idx]),
        )


@entry
def _rows_of(
    decisions: np.ndarray, zones_each: int, first_host: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row indices of the hosts and zones of some decisions, and each host's place among zones."""
    count = 0
    for d in decisions:
        count += first_host[(d + 1) * zones_each] - first_host[d * zones_each]
    host_idx = np.empty(count, np.int64)
    zone_of_host = np.empty(count, np.int64)
    zone_idx = np.empty(len(decisions) * zones_each, np.int64)
    row, place = 0, 0
    for d in decisions:
        for zone in range(d * zones_each, (d + 1) * zones_each):
            zone_idx[place] = zone
            for host in range(first_host[zone], first_host[zone + 1]):
                host_idx[row] = host
                zone_of_host[row] = place
                row += 1
            place += 1
    return host_idx, zone_of_host, zone_idx
