"""What the loss of a unit costs the trained three-layer team: recorded for lesson 10."""

import csv
from pathlib import Path

import numpy as np

from course_lib import cyber_range
from course_lib.cyber_range.policy import Tick
from course_lib.hierarchy import THREE_LAYER, TWO_LAYER, HierarchicalDefender
from course_lib.hierarchy.decisions import TickDecisions
from course_lib.training import load_policy

LOST_AT = 100
"""Tick at which the units are lost; they stay away."""
LOSSES = ("OFF", "RZA", "OZA", "OZB", "operational", "commander")
"""Units that are lost, one at a time."""


class Attrition(HierarchicalDefender):
    """A trained team that loses one unit at tick `LOST_AT` of every episode."""

    def __init__(self, trained: HierarchicalDefender, unit: str):
        super().__init__(trained.team, trained.doctrine, trained.defenders, f"{unit} lost")
        self.unit = unit

    def decisions(self, tick: Tick) -> TickDecisions:
        """Decide one tick, with or without the unit."""
        gone = (self.unit,) if tick.step[0] >= LOST_AT else ()
        self.lose(*gone)
        return super().decisions(tick)


def teams() -> dict[str, HierarchicalDefender]:
    """The trained team as it is, with each loss, and under two other trees; no weight changes."""
    made = {"nobody lost": load_policy("three-layer")}
    for unit in LOSSES:
        made[f"{unit} lost"] = Attrition(load_policy("three-layer"), unit)
    rewired = {
        "no 'operational' from the start": THREE_LAYER.without("operational"),
        "one commander for all seven zones": TWO_LAYER,
    }
    for name, tree in rewired.items():
        made[name] = load_policy("three-layer")
        made[name].rewire(tree)
    return made


def record(file: Path, episodes: int = 64, seed: int = 0) -> None:
    """Play all teams on the same seeds and write their scores, one column a team."""
    played = {
        name: cyber_range.evaluate(team, episodes=episodes, seed=seed).scores
        for name, team in teams().items()
    }
    with file.open("w", newline="", encoding="utf-8") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(played)
        writer.writerows(zip(*(scores.tolist() for scores in played.values()), strict=True))


def read(file: str | Path) -> dict[str, np.ndarray]:
    """What `record` wrote: (N,) scores by the team's name, points."""
    with Path(file).open(newline="", encoding="utf-8") as table:
        names, *rows = csv.reader(table)
    return dict(
        zip(
            names,
            np.array(rows, float).T,
            strict=True,
        )
    )
