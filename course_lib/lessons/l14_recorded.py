"""The recorded runs of lesson 14 as tables and figures: other worlds, and members that are lost."""

import numpy as np
from matplotlib.figure import Figure

from course_lib.experiments.lesson_runs import read_run
from course_lib.stats import Contrast, mean_interval, paired_contrast
from course_lib.viz import label_axes, new_figure, series_style

Points = dict[str, dict[str, np.ndarray]]
"""What is played -> where -> (N,) points, paired by episode."""


def points_of(run: str, rows: str, columns: str) -> Points:
    """The defended parts of a recorded run, by two of its columns; episodes in their order."""
    table = read_run(run)
    found: Points = {}
    for row in dict.fromkeys(table[rows]):
        of_row = table[rows] == row
        found[str(row)] = {}
        for column in dict.fromkeys(table[columns][of_row]):
            here = of_row & (table[columns] == column)
            found[str(row)][str(column)] = table["defended"][here]
    return found


def cross() -> Points:
    """Defender -> world -> points of 32 episodes."""
    return points_of("l14-cross", "defender", "world")


def attrition() -> Points:
    """Defender -> what is lost -> points of 24 episodes."""
    return points_of("l14-attrition", "defender", "lost")


def difference(found: Contrast) -> str:
    """A difference with its interval."""
    return f"{found.difference:+.0f} ({found.low:+.0f} to {found.high:+.0f})"


Cells = tuple[str, ...]
"""One row of a table."""


def beside(points: Points, reference: str, names: tuple[str, ...]) -> list[Cells]:
    """Rows: a world, and in each some defenders minus the reference, paired by episode."""
    rows = []
    for world, base in points[reference].items():
        cells = []
        for name in names:
            found = paired_contrast(points[name][world], base)
            cells.append(difference(found))
        rows.append((world, *cells))
    return rows


def lost_by(points: Points, without: str = "nobody") -> list[Cells]:
    """Rows: an outage, and what it costs each defender beside the same episodes without it."""
    outages = list(dict.fromkeys(out for by_outage in points.values() for out in by_outage))
    rows = []
    for outage in outages:
        if outage == without:
            continue
        cells = []
        for by_outage in points.values():
            cell = "no commander"
            if outage in by_outage:
                found = paired_contrast(by_outage[outage], by_outage[without])
                cell = difference(found)
            cells.append(cell)
        rows.append((outage, *cells))
    return rows


CURVE = ("nobody", "1 of 5", "2 of 5", "3 of 5", "all")
"""Outages of the attrition curve, by the number of defenders lost."""
LOST = (0, 1, 2, 3, 5)


def draw_attrition(points: Points) -> Figure:
    """Mean points of each defender by the number of defenders lost, with intervals."""
    figure, ax = new_figure(figsize=(8, 4.2))
    for number, (defender, by_outage) in enumerate(points.items()):
        found = [mean_interval(by_outage[outage]) for outage in CURVE]
        look = series_style(number)
        ax.errorbar(
            np.array(LOST) + 0.06 * (number - 1.5),
            [one.mean for one in found],
            yerr=[one.half_width for one in found],
            fmt=look["marker"] + "-",
            color=look["color"],
            label=defender,
            markersize=5,
        )
    ax.set_xticks(LOST)
    label_axes(
        ax,
        "defenders lost for good at a random tick (of 5)",
        "defended part of the score (points)",
        "What the loss of defenders costs, 95 % intervals",
    )
    ax.legend(fontsize=8)
    return figure
