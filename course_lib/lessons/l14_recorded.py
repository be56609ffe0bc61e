"""The recorded runs of lesson 14 as tables and figures: worlds, losses, generations, budgets."""

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


BUDGETS = (5, 10, 15, 20)
"""Restores of the whole team in an episode."""
WAYS = ("screen, then Sleep", "screen", "price and screen", "taught, screen")
"""How a budget is kept."""


def frontier_rows() -> list[Cells]:
    """Rows: a budget, and the mean points of every way to keep it."""
    table = read_run("l14-budget")
    rows = []
    for budget in BUDGETS:
        cells = []
        for way in WAYS:
            here = (table["how"] == way) & (table["budget"] == budget)
            found = mean_interval(table["defended"][here])
            cells.append(f"{found.mean:.0f} ± {found.half_width:.0f}")
        rows.append((str(budget), *cells))
    return rows


def frontier_gains(better: str, than: str) -> list[Cells]:
    """Rows: a budget, and one way minus another at it, paired by episode."""
    table = read_run("l14-budget")
    rows = []
    for budget in BUDGETS:
        of_budget = table["budget"] == budget
        first = table["defended"][of_budget & (table["how"] == better)]
        second = table["defended"][of_budget & (table["how"] == than)]
        rows.append((str(budget), difference(paired_contrast(first, second))))
    return rows


def without_bound() -> dict[str, float]:
    """Mean points of the expert and of the taught team without any bound."""
    table = read_run("l14-budget")
    names = {"expert": "no bound", "taught": "taught, no bound"}
    means = {}
    for name, way in names.items():
        here = table["how"] == way
        means[name] = float(table["defended"][here].mean())
    return means


def cross_play() -> list[Cells]:
    """Rows: a blue, and its mean points against each attacker, over all searches."""
    table = read_run("l14-red")
    reds = list(dict.fromkeys(table["red"]))
    rows = []
    for blue in dict.fromkeys(table["blue"]):
        cells = []
        for red in reds:
            here = (table["blue"] == blue) & (table["red"] == red)
            cell = ""
            if here.any():
                found = mean_interval(table["defended"][here])
                cell = f"{found.mean:.0f} ± {found.half_width:.0f}"
            cells.append(cell)
        rows.append((str(blue), *cells))
    return rows


def learned_beside(blue: str, red: str, other: str) -> list[Cells]:
    """Rows: a search, and how a blue does against one attacker minus against another, paired."""
    table = read_run("l14-red")
    rows = []
    for seed in dict.fromkeys(table["seed"]):
        of_blue = (table["seed"] == seed) & (table["blue"] == blue)
        first = table["defended"][of_blue & (table["red"] == red)]
        second = table["defended"][of_blue & (table["red"] == other)]
        rows.append((f"search {int(seed) + 1}", difference(paired_contrast(first, second))))
    return rows


def mixture_rows() -> list[Cells]:
    """Rows: a world, mean points of the plain team and of the one taught in a mixture, and their
    difference in each training, paired by episode."""
    table = read_run("l14-mixture")
    rows = []
    for world in dict.fromkeys(table["world"]):
        here = table["world"] == world
        means = [f"{table[name][here].mean():.0f}" for name in ("plain", "mixture")]
        gains = []
        for seed in dict.fromkeys(table["seed"]):
            trained = here & (table["seed"] == seed)
            found = paired_contrast(table["mixture"][trained], table["plain"][trained])
            gains.append(difference(found))
        rows.append((str(world), *means, *gains))
    return rows
