"""A hierarchy whose wires are cut, late or forged, for lesson 14.

Three things travel between agents here, and they must not be mixed up:

* the *eight bits* that each agent of CC4 may send to the others: a part of the flat observation,
  which no team of this course reads (`envs.wrappers.MessageLoss` cuts them);
* the *messages* of the paper, 76 entries up the command tree to the commanders, and the alert (IOC)
  with them;
* the *commands*, eight priorities down to the zones.

What a zone's unit sees of its own hosts, its notes, and the choice between zones within one agent
(headquarters) need no wire, so nothing here touches them.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch

from course_lib.cyber_range.constants import SLEEP
from course_lib.cyber_range.policies.rng import uniform
from course_lib.cyber_range.policy import Tick
from course_lib.hierarchy.decisions import Commands
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.policy import Observation
from course_lib.hierarchy.spaces import CONNECTION, PRIORITY, PROCESS
from course_lib.hierarchy.team_observation import TeamObservation

from .disturbances import Delay

FORGED_DRAW = 31
LATE = 20
"""Ticks that late messages and commands need: two periods between commands."""
FLIPPED = 0.2
"""Chance of an entry about a host to be turned round in a forged message."""


@dataclass(frozen=True)
class Wires:
    """What happens to what is sent: "whole", "cut", "late" or "forged"."""

    up: str = "whole"
    """Messages to the commanders, and the alert. Forged: entries about hosts are turned round with
    probability `FLIPPED`."""
    down: str = "whole"
    """Commands to the zones. Forged: everybody is ordered to sleep, all the time."""


class DisturbedTeam(HierarchicalDefender):
    """A trained team, or rules in its place, whose wires are disturbed.

    Args:
        trained: plays as it is; greedily if it plays greedily.
        wires: what is disturbed.
    """

    def __init__(self, trained: HierarchicalDefender, wires: Wires) -> None:
        super().__init__(trained.team, trained.doctrine, trained.defenders, trained.name)
        self.greedy = trained.greedy
        self.wires = wires

    def start(self, size: int) -> None:
        """Nothing is on its way."""
        super().start(size)
        leaves = len(self.zones)
        self._late_messages = Delay(np.zeros((size, leaves, 76), np.float32), LATE)
        self._late_alerts = Delay(np.zeros((size, self.team.wiring.count), np.float32), LATE)
        self._late_commands = Delay(np.zeros((size, leaves, 8), np.float32), LATE)

    def observe(self, tick: Tick) -> TeamObservation:
        """What the tick shows, with the alert that reaches each unit."""
        seen = super().observe(tick)
        if self.wires.up == "cut":
            # Without messages each unit is alarmed by its own zone alone.
            return replace(seen, ioc=torch.as_tensor(seen.own_ioc))
        if self.wires.up == "late":
            late = self._late_alerts.through(tick.step, seen.ioc.numpy())
            return replace(seen, ioc=torch.as_tensor(late))
        return seen

    def _command(self, tick: Tick, observation: TeamObservation) -> Commands | None:
        decided = super()._command(tick, self._heard(tick, observation))
        self._arrived = self._obeyed(tick)
        return decided

    def _heard(self, tick: Tick, seen: TeamObservation) -> TeamObservation:
        """What the commanders hear of it."""
        if self.wires.up == "cut":
            # To its superior a silent zone is a lost one: the mask takes it out.
            heard = seen.alive.copy()
            heard[:, : len(self.zones)] = False
            return replace(seen, alive=heard)
        sent = seen.messages.numpy()
        if self.wires.up == "late":
            late = self._late_messages.through(tick.step, sent)
            return replace(seen, messages=torch.as_tensor(late))
        if self.wires.up == "forged":
            return replace(seen, messages=torch.as_tensor(self._forged(tick, sent)))
        return seen

    def _forged(self, tick: Tick, sent: np.ndarray) -> np.ndarray:
        """(E, L, 76) messages, some of their entries about hosts turned round."""
        forged = sent.copy()
        for number, entries in enumerate((PROCESS, CONNECTION, PRIORITY)):
            part = forged[:, :, entries]
            count = part[0].size
            drawn = uniform(tick.seeds, tick.step, count, FORGED_DRAW + number)
            turned = drawn.reshape(part.shape) < FLIPPED
            part[turned] = 1 - part[turned]
        return forged

    def _obeyed(self, tick: Tick) -> np.ndarray:
        """(E, L, 8) the commands that reach the zones."""
        sent = self.held_commands.priorities[:, : len(self.zones)].numpy()
        if self.wires.down == "cut":
            return np.ones_like(sent)  # every class as welcome as another: no command
        if self.wires.down == "late":
            return self._late_commands.through(tick.step, sent)
        if self.wires.down == "forged":
            # As a commander says "sleep": one class at 1, all others at the floor.
            orders = np.full_like(sent, self.team.config.unit.command_floor)
            orders[:, :, SLEEP] = 1.0
            return orders
        return sent

    def leaf_inputs(
        self, observation: TeamObservation, env_idx: np.ndarray, leaf_idx: np.ndarray
    ) -> Observation:
        """What K leaves observe, under the command that reached them."""
        inputs = super().leaf_inputs(observation, env_idx, leaf_idx)
        arrived = torch.as_tensor(self._arrived[env_idx, leaf_idx])
        return inputs._replace(command=arrived)
