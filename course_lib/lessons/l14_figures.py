"""The figures of lessons 14 and 14b, drawn from recorded runs, and what they show in words."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.experiments.lesson_runs import read_run
from course_lib.stats import Contrast, mean_interval, paired_contrast
from course_lib.viz import label_axes, new_figure, series_style

from .l14_recorded import BUDGETS, WAYS, Points, disturbances, mixture_gains

ALT = {
    "worlds": (
        "Mean defended part of five defenders in eleven worlds, with intervals. Expert, the "
        "taught team and the settled team lie together in every world. The three-layer team is "
        "near them in the official world and far below with phishing. Flat MAPPO is far below "
        "nearly everywhere."
    ),
    "mixture": (
        "Mixture minus plain in eleven worlds, with intervals, on two panels. Taught: nearly all "
        "points lie at 0, those of the impact-hungry attacker and of much phishing to the right "
        "of it with wide intervals. Learned from the reward: most points lie left of 0, the "
        "official world and full zones clearly in two of three trainings."
    ),
    "attrition": (
        "Mean defended part of four defenders by the number of defenders lost, with intervals. "
        "All fall steeply from the first loss on. Flat MAPPO begins at about 500 points lost and "
        "falls to 2,000; expert, taught and settled begin at about 30 and fall to between 850 "
        "and 1,400."
    ),
    "disturbed": (
        "What seventeen disturbances cost four defenders, with intervals. The seven that touch "
        "messages and commands lie at 0. False alarms cost the expert and the five rules hundreds "
        "of points, the taught team somewhat less, and the settled team nearly nothing. Orders "
        "that are three ticks late and the bad night cost everybody about a hundred or more."
    ),
    "prices": (
        "The price of a Restore by round of dual ascent, one line a seed, on two panels. On "
        "both the lines begin at 0, rise most in the first rounds, and lie in the order of "
        "the budget: highest for 5 Restores, near 0 for 20. The constant price ends near 45 "
        "for 5 Restores, the price that knows what is left near 13."
    ),
    "frontier": (
        "Mean defended part by the Restores that are allowed, five ways to keep the budget, with "
        "intervals. All rise steeply from 5 to 20 Restores and meet near 40 points lost. Screen, "
        "then Sleep lies lowest at 5, 10 and 15. At 10 the pace behind the screen lies highest."
    ),
}
"""What each figure shows."""


def draw_worlds(points: Points) -> Figure:
    """Mean points of every defender in every world, with intervals."""
    figure, ax = new_figure(figsize=(7.7, 4.4))
    worlds = list(next(iter(points.values())))
    for number, (defender, by_world) in enumerate(points.items()):
        means, half = [], []
        for world in worlds:
            found = mean_interval(by_world[world])
            means.append(found.mean)
            half.append(found.half_width)
        aside = 0.13 * (number - len(points) / 2)
        at = np.arange(len(worlds)) + aside
        look = series_style(number)
        ax.errorbar(
            at,
            means,
            yerr=half,
            fmt=look["marker"],
            color=look["color"],
            label=defender,
            markersize=5,
        )
    ax.set_xticks(np.arange(len(worlds)), worlds, rotation=25, ha="right")
    label_axes(
        ax,
        "world (by name)",
        "defended part of the score (points)",
        "The same defenders in other worlds, 95 % intervals",
    )
    _log_points(ax)
    _legend_below(figure, ax)
    return figure


def _log_points(ax: Axes) -> None:
    """Points lost from 0 to some thousands on one axis, with plain numbers at it."""
    ticks = (0, -20, -50, -100, -200, -500, -1000, -2000)
    ax.set_yscale("symlog", linthresh=50)
    ax.set_ylim(top=5)
    bottom, _ = ax.get_ylim()
    shown = [tick for tick in ticks if tick >= bottom]
    ax.set_yticks(shown, [f"{tick:,}" for tick in shown])


def _legend_below(figure: Figure, ax: Axes, columns: int = 5) -> None:
    """One legend for the whole figure, under it: there it covers no line."""
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", fontsize=9, ncols=columns)


def draw_differences(
    ax: Axes, rows: Mapping[str, Sequence[Contrast | None]], labels: Sequence[str], size: float = 5
) -> None:
    """Differences with intervals around a line at 0: a row for each name, in it a mark for each
    label (none for None)."""
    marks = len(labels)
    for number, label in enumerate(labels):
        look = series_style(number)
        centre, left, right, heights = [], [], [], []
        for place, found in enumerate(rows.values()):
            one = found[number]
            if one is None:
                continue
            centre.append(one.difference)
            left.append(one.difference - one.low)
            right.append(one.high - one.difference)
            heights.append(place + 0.7 * ((number + 0.5) / marks - 0.5))
        ax.errorbar(
            centre,
            heights,
            xerr=(left, right),
            fmt=look["marker"],
            color=look["color"],
            label=label,
            markersize=size,
            elinewidth=1.2,
        )
    ax.axvline(0, color="black", linewidth=1)
    ax.set_yticks(np.arange(len(rows)), list(rows))
    ax.set_ylim(len(rows) - 0.5, -0.5)


def draw_mixtures(runs: Mapping[str, str]) -> Figure:
    """Mixture minus plain in every world, a mark for each training.

    Args:
        runs: title of a panel -> name of its recorded run.
    """
    figure, axes = new_figure(columns=len(runs), figsize=(7.7, 4.6), sharey=True)
    for ax, (title, run) in zip(np.ravel(axes), runs.items(), strict=True):
        gains = mixture_gains(run)
        trainings = len(next(iter(gains.values())))
        labels = [f"training {number + 1}" for number in range(trainings)]
        draw_differences(ax, gains, labels)
        label_axes(ax, "mixture minus plain (points)", "", title)
    _legend_below(figure, np.ravel(axes)[-1])
    return figure


CURVE = {"nobody": 0, "1 of 5": 1, "2 of 5": 2, "3 of 5": 3, "all": 5}
"""Outages of the attrition curve, and the number of defenders lost."""


def draw_attrition(points: Points) -> Figure:
    """Mean points of each defender by the number of defenders lost, with intervals."""
    figure, ax = new_figure(figsize=(7.7, 4.2))
    lost = np.array(list(CURVE.values()))
    for number, (defender, by_outage) in enumerate(points.items()):
        found = [mean_interval(by_outage[outage]) for outage in CURVE]
        look = series_style(number)
        ax.errorbar(
            lost + 0.06 * (number - 1.5),
            [one.mean for one in found],
            yerr=[one.half_width for one in found],
            fmt=look["marker"] + "-",
            color=look["color"],
            label=defender,
            markersize=5,
        )
    ax.set_xticks(lost)
    label_axes(
        ax,
        "defenders lost for good at a random tick (of 5)",
        "defended part of the score (points)",
        "What the loss of defenders costs, 95 % intervals",
    )
    _legend_below(figure, ax)
    return figure


def draw_disturbed(points: Points, names: Sequence[str]) -> Figure:
    """What every disturbance costs some defenders beside the same episodes without it.

    Args:
        points: defender -> disturbance -> points, "nothing" among the disturbances.
        names: of the defenders that are drawn.
    """
    rows: dict[str, list[Contrast | None]] = {}
    for what in disturbances(points):
        rows[what] = []
        for name in names:
            of = points[name]
            # Who has no wires cannot lose them.
            found = paired_contrast(of[what], of["nothing"]) if what in of else None
            rows[what].append(found)
    figure, ax = new_figure(figsize=(7.7, 6.0))
    draw_differences(ax, rows, names, size=4)
    ax.set_xscale("symlog", linthresh=10)
    ticks = (-1000, -300, -100, -30, -10, 0, 10)
    ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    label_axes(
        ax,
        "disturbed minus undisturbed (points)",
        "",
        "What disturbances cost, 95 % intervals",
    )
    _legend_below(figure, ax)
    return figure


LEARNERS = {
    "learning a price": "price: always the same",
    "learning a pace": "pace: by what is left",
}
"""How the rows of a learner are marked in the recorded run, and the title of its panel."""


def draw_prices() -> Figure:
    """The price of a Restore by round of dual ascent, one line a seed: left the learner with one
    price, right the one that knows what is left."""
    table = read_run("l14-budget")
    figure, axes = new_figure(columns=2, figsize=(7.7, 3.8), sharey=True)
    for ax, (how, title) in zip(np.ravel(axes), LEARNERS.items(), strict=True):
        for number, budget in enumerate(BUDGETS):
            here = (table["how"] == how) & (table["budget"] == budget)
            for seed in np.unique(table["seed"]):
                line = here & (table["seed"] == seed)
                ax.plot(
                    table["round"][line] + 1,
                    table["price"][line],
                    color=series_style(number)["color"],
                    marker=series_style(number)["marker"],
                    markersize=4,
                    label=f"at most {budget} Restores" if seed == 0 else None,
                )
        label_axes(ax, "round of dual ascent (number)", "price (multiples of 6 points)", title)
        ax.set_yscale("symlog", linthresh=1)
        ax.set_yticks((0, 1, 3, 10, 30), ("0", "1", "3", "10", "30"))
    _legend_below(figure, np.ravel(axes)[0], columns=4)
    return figure


def draw_frontier() -> Figure:
    """Mean points by the Restores that are allowed, one line for every way to keep the budget."""
    table = read_run("l14-budget")
    figure, ax = new_figure(figsize=(7.7, 4.4))
    for number, way in enumerate(WAYS):
        found = []
        for budget in BUDGETS:
            here = (table["how"] == way) & (table["budget"] == budget)
            found.append(mean_interval(table["defended"][here]))
        look = series_style(number)
        ax.errorbar(
            np.array(BUDGETS) + 0.25 * (number - 2),
            [one.mean for one in found],
            yerr=[one.half_width for one in found],
            fmt=look["marker"],
            linestyle=look["linestyle"],
            color=look["color"],
            label=way,
            markersize=5,
        )
    ax.set_xticks(BUDGETS)
    _log_points(ax)
    label_axes(
        ax,
        "Restores allowed in an episode (of the whole team)",
        "defended part of the score (points)",
        "What a budget of Restores costs, 95 % intervals",
    )
    _legend_below(figure, ax, columns=3)
    return figure
