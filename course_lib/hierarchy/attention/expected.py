"""What units would do after new commands, as an exact expectation over all draws.

A leaf's probabilities are averaged over the eight commands it may get, each as often as it would.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..observation import Observation
from ..policy import class_probabilities
from ..spaces import ACTIONS, CLASSES
from ..team import Team
from ..team_observation import TeamObservation
from ..unit import Unit, one_hot_command, shares_to_command


def expected(
    team: Team,
    observation: TeamObservation,
    messages: Tensor,
    only: set[int] | None = None,
) -> tuple[Tensor, Tensor]:
    """What every unit would do after new commands, averaged over all draws.

    Each unit decides under every command it may get: the eight that can be drawn, and none. From
    the root downwards it is known how likely each is. With ``command_from="shares"`` nothing is
    drawn, and there is one command.

    Args:
        team: whose units decide.
        observation: of one tick, or of R.
        messages: (R, U, 76) in R variants of the tick, or in R ticks.
        only: numbers of the units that are wanted; by default all. The others stay zero.

    Returns:
        Class probabilities (R, U, 8) and leaf probabilities (R, L, 82).
    """
    variants, wiring = len(messages), team.wiring
    options = _Options.at_first(team, variants)
    chances = torch.zeros(variants, wiring.count, CLASSES)
    leaves = torch.zeros(variants, wiring.leaf_count, ACTIONS)
    for level in reversed(range(len(wiring.levels))):
        for unit, places in team.groups(level):
            numbers = wiring.levels[level][places].tolist()
            if only is not None:
                numbers = [number for number in numbers if number in only]
            if not numbers:
                continue
            decided = _decided(unit, observation, messages, options.commands, numbers)
            # The expectation: each option's distribution, as often as the option comes.
            weights = options.weights[:, numbers]
            mean = torch.einsum("ruk,ruka->rua", weights, decided)
            if level == 0:
                leaves[:, numbers] = mean
                continue
            own = class_probabilities(mean.flatten(0, 1))
            chances[:, numbers] = own.unflatten(0, (variants, len(numbers)))
            for number in numbers:
                # A lost commander sends nothing, so its children keep "no command".
                there = np.broadcast_to(observation.alive[:, number], variants)
                below = np.flatnonzero(wiring.parent == number)
                options.send(chances[:, number], below, np.flatnonzero(there))
    return chances, leaves


@dataclass
class _Options:
    """The K commands that each unit may get, and how likely each of them is."""

    commands: Tensor
    """(R, U, K, 8)."""
    weights: Tensor
    """(R, U, K), sums to 1 over K."""
    are_drawn: bool
    """Whether a superior draws one of them; otherwise K = 1, and it is what the superior sends."""

    @classmethod
    def at_first(cls, team: Team, variants: int) -> "_Options":
        """Nobody is commanded yet: the last option, all priorities 1, is certain."""
        config = team.config.unit
        options = torch.ones(1, CLASSES)
        if config.command_from == "sample":
            one_of_each = one_hot_command(torch.arange(CLASSES), config.command_floor)
            options = torch.cat([one_of_each, options])
        commands = options.repeat(variants, team.wiring.count, 1, 1)
        weights = torch.zeros(commands.shape[:3])
        weights[:, :, -1] = 1
        return cls(commands, weights, config.command_from == "sample")

    def send(self, chances: Tensor, below: np.ndarray, rows: np.ndarray) -> None:
        """A commander with class probabilities (R, 8) commands the units ``below`` in ``rows``."""
        cells = np.ix_(rows, below)
        if self.are_drawn:
            # The last option, no command, does not come from a commander that is there.
            options = functional.pad(chances[rows], (0, 1))
            self.weights[cells] = options[:, None]
        else:
            command = shares_to_command(chances[rows])
            self.commands[cells] = command[:, None, None]


def _decided(
    unit: Unit,
    observation: TeamObservation,
    messages: Tensor,
    commands: Tensor,
    numbers: list[int],
) -> Tensor:
    """(R, units, K, 82) distributions of some units under each of K commands."""
    variants, _, count, _ = commands.shape
    shape = (variants, len(numbers), count)

    def spread(entries: Tensor) -> Tensor:
        """(R or 1, units, width) -> (R * units * K, width): the same under each command."""
        width = entries.shape[-1]
        repeated = entries[:, :, None].expand(*shape, width)
        return repeated.reshape(-1, width)

    notes = observation.notes
    if notes is not None:  # a commander, whose number is higher than any leaf's, keeps none
        is_leaf = max(numbers) < notes.shape[1]
        notes = spread(notes[:, numbers]) if is_leaf else None
    inputs = Observation(
        phase=observation.phase[:, None, None].expand(shape).reshape(-1),
        command=commands[:, numbers].flatten(0, 2),
        message=spread(messages[:, numbers]),
        ioc=spread(observation.ioc[:, numbers, None]).squeeze(1),
        notes=notes,
    )
    doctrine = spread(observation.all_doctrine[:, numbers])
    allowed = spread(observation.all_allowed[:, numbers])
    stages = unit.decide(inputs, doctrine, allowed)
    return stages.probabilities.view(*shape, ACTIONS)
