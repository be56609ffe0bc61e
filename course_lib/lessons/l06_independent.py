"""Lesson 06: its recorded table, its figures, and what the two-zone slice has lost so far."""

import csv
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from course_lib.cyber_range import PENALTY_POINTS, VectorRange
from course_lib.stats import mean_interval, wilson_interval
from course_lib.viz import INK, label_axes, new_figure, series_style

RECORDED = {"version": "1", "runs": "1000", "plays": "15000", "seed": "0"}
"""What every row of the recorded table says of itself."""


def recorded_wins(path: str | pathlib.Path) -> dict[tuple[str, str], int]:
    """Runs of 1,000 that ended on an optimal joint action, by game and method, from a CSV file.

    Raises:
        ValueError: a row of other runs than the lesson's.
    """
    wins = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if not RECORDED.items() <= row.items():
                raise ValueError(f"{path} holds other runs than the lesson's: {row}")
            cell = (row["game"], row["method"])
            wins[cell] = int(row["wins"])
    return wins


def in_percent(wins: int) -> str:
    """A number of runs of 1,000 in percent, with its 95 % Wilson interval."""
    low, high = wilson_interval(wins, 1000)
    return f"{wins / 10:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def draw_joint_table(agents: Sequence[int], shares: Sequence[Sequence[float]]) -> Figure:
    """How many joint-action learners find the good joint action, by the number of agents.

    Args:
        agents: size of each team.
        shares: for each size, in percent: predicted, counted, and the ends of its 95 % interval.
    """
    predicted, counted, low, high = np.transpose(shares)
    figure, ax = new_figure()
    ax.plot(agents, predicted, label="predicted", **series_style(0))
    # A Wilson interval is not symmetric: errorbar takes both distances from the count.
    ax.errorbar(
        agents,
        counted,
        (counted - low, high - counted),
        fmt="s",
        color="#f25c05",
        label="counted, 95 % interval",
    )
    label_axes(ax, "size of the team (agents)", "found the good joint action (%)")
    ax.set_title("A joint-action learner, 1,000 plays")
    ax.legend()
    return figure


def draw_teams(shown: Mapping[str, np.ndarray]) -> Figure:
    """Points of every team as dots, a row a method; mean and 95 % interval on top."""
    figure, ax = new_figure(figsize=(8, 3.6))
    for row, points in enumerate(shown.values()):
        color = series_style(row)["color"]
        teams = len(points)
        # Spread over the height of the row, so that equal teams do not lie upon each other.
        heights = row + np.linspace(-0.25, 0.25, teams)
        ax.scatter(points, heights, s=9, color=color, alpha=0.4, linewidths=0)
        mean = mean_interval(points)
        ends = [mean.low, mean.high]
        ax.plot(ends, [row, row], color=INK, linewidth=2.2)
        ax.plot(mean.mean, row, color=color, marker="D", markeredgecolor=INK)
    ax.set_yticks(range(len(shown)), list(shown))
    ax.invert_yaxis()  # the first method on top
    ax.set_xlabel(f"points per episode of the slice ({teams} teams: dots; mean with 95 % interval)")
    return figure


def points_lost(world: VectorRange) -> np.ndarray:
    """Points lost so far in RZA and OZA, (E, 2); Restores are not counted."""
    penalties = world.statistics["penalties"][:, :, :2]  # (E, phase, zone, kind)
    points = penalties * PENALTY_POINTS[:, :2]
    return points.sum(axis=(1, 3))


def by_level(first: Sequence[int], second: Sequence[int]) -> np.ndarray:
    """Orders of both defenders for the nine states, (2, 9), each by its own level of suspicion."""
    # State 3 i + j: the first defender sees level i, the second level j.
    by_first = np.repeat(first, 3)
    by_second = np.tile(second, 3)
    return np.stack([by_first, by_second])
