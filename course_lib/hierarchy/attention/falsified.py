"""A team in which the superiors of some units hear lies; the units themselves know what they knew.

A commander's message has no names, so a lie about it would mean nothing. A lie of a zone below
means what it says, and comes up through every message function on the way.
"""

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from ..team import Team

Falsified = Mapping[str, Mapping[int, float]]
"""Unit -> entry number -> what its superior hears in its place."""


class FalsifiedTeam(Team):
    """The weights of a team, with other entries in what some units say to their superiors."""

    def __init__(self, team: Team, falsified: Falsified) -> None:
        super().__init__(team.tree, team.config)
        self.units = team.units
        self.rewire(team.tree)
        self.falsified = falsified

    def children_of(self, level: int, messages: Tensor, alive: np.ndarray) -> tuple[Tensor, Tensor]:
        """What reaches the units of a level: see `Team.children_of`."""
        heard, mask = super().children_of(level, messages, alive)
        heard = heard.clone()
        for name, entries in self.falsified.items():
            number = self.wiring.number(name)
            superior = self.wiring.parent[number]
            superior_level, place = self.wiring.position(superior)
            if superior_level != level:
                continue
            siblings = self.wiring.below(level, place).tolist()
            child = siblings.index(number)
            for entry, value in entries.items():
                heard[:, place, child, entry] = value
        return heard, mask
