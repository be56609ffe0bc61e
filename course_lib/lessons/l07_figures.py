"""Lesson 07: figures and tables of its recorded runs, where each row takes many numbers."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from course_lib.stats import mean_interval
from course_lib.viz import INK, label_axes, new_figure, plot_band, series_style

from .l07_central_critics import FreshTeams, MethodRecord

Found = Mapping[tuple[str, str, str], tuple[np.ndarray, np.ndarray]]
"""By learner, number of training episodes and place: points and explained variance, (seeds,)."""
PLACES = ("trained on", "held out")
MARKS = ("o", "s")
"""Their marks: told apart without colour too."""
ACTORS = ("MAPPO", "IPPO", "COMA")
FACTORED = ("QMIX", "VDN", "QTRAN")


def draw_places(found: Found) -> Figure:
    """Points of every seed, on the episodes that were trained on and on held-out ones."""
    learners = _learners(found)
    figure, ax = new_figure(figsize=(8, 3.2))
    for row, learner in enumerate(learners):
        for index, place in enumerate(PLACES):
            points, _ = found[*learner, place]
            # The two places lie one above the other, so that no mark hides another.
            height = row - 0.15 + 0.3 * index
            color = series_style(index)["color"]
            ax.plot(
                points,
                np.full(len(points), height),
                MARKS[index],
                color=color,
                label=place if row == 0 else "",  # once in the legend
            )
    names = [", ".join(learner) for learner in learners]
    ax.set_yticks(range(len(learners)), names)
    ax.invert_yaxis()
    ax.set_xlabel("points per episode (one mark a seed)")
    ax.legend(title="episodes")
    return figure


def place_rows(found: Found) -> list[tuple[str, ...]]:
    """By learner and number of training episodes: the critic's explained variance (median over the
    seeds) and the points (mean), each on the episodes trained on and on held-out ones."""
    rows = []
    for name, amount in _learners(found):
        explained = []
        points = []
        for place in PLACES:
            scored, share = found[name, amount, place]
            explained.append(f"{100 * np.median(share):.0f} %")
            points.append(f"{scored.mean():.0f}")
        rows.append((name, amount, *explained, *points))
    return rows


def _learners(found: Found) -> list[tuple[str, str]]:
    """Each learner and number of training episodes once, in the order of the record."""
    learners = {}
    for name, amount, _ in found:
        learners[name, amount] = None  # a dict keeps the order, a set would not
    return list(learners)


def fresh_rows(fresh: Mapping[str, Mapping[str, FreshTeams]]) -> list[tuple[str, ...]]:
    """By way of learning: how many fresh teams are at the best joint action, one column a game; and
    below, the points with and without noise."""
    ways = ("no noise", "own noise", "the same noise for both", "batch of 8", "batch of 128")
    rows = []
    for way in (*ways, "best entropy bonus"):
        shares = []
        for teams in fresh.values():
            share = 100 * teams[way].best.mean()
            shares.append(f"{share:.1f} %")
        rows.append((way, *shares))
    for words, way in (("without noise", "no noise"), ("with own noise", "own noise")):
        points = [f"{teams[way].points:.2f}" for teams in fresh.values()]
        rows.append((f"points {words}", *points))
    return rows


def draw_learners(records: Mapping[str, MethodRecord], rule: float) -> Figure:
    """Points against team decisions: actors and critics with their bands, learners of factored
    values with every seed as a thin line; both beside the ``rule``."""
    figure, (left, right) = new_figure(1, 2, figsize=(10, 3.8))
    for index, name in enumerate(ACTORS):
        record = records[name]
        thousands = record.steps / 1000
        plot_band(left, thousands, record.points, name, index=index)
    for index, name in enumerate(FACTORED):
        record = records[name]
        thousands = record.steps / 1000
        style = series_style(index)
        color = style["color"]
        # Single seeds differ so much here that a band would hide what each of them does.
        right.plot(thousands, record.points.T, color=color, alpha=0.4, linewidth=1)
        mean = record.points.mean(axis=0)
        right.plot(thousands, mean, label=name, **style)
    # Each panel has its own scale: on one scale the actors' curves would be a single line.
    for ax, lowest in ((left, -600), (right, -2200)):
        words = "rule: restore on an event"
        ax.axhline(rule, color=INK, linewidth=1.2, linestyle=":", label=words)
        label_axes(ax, "team decisions (thousands)", "points per episode (points)")
        ax.set_ylim(lowest, 0)
        ax.legend(loc="lower right")
    left.set_title("actors and critics: mean, 95 % band")
    right.set_title("factored values: mean, seeds")
    return figure


def learner_rows(records: Mapping[str, MethodRecord], rule: float) -> list[tuple[str, ...]]:
    """By learner: points at the end with their interval, half-way, with first choices instead of
    drawn ones, and the seconds of a training; at last the ``rule``."""
    rows = []
    for name, record in records.items():
        last = mean_interval(record.points[:, -1])
        half_way = record.points[:, 2].mean()
        first_choices = record.first_choice[:, -1].mean()
        seconds = np.median(record.seconds)
        interval = f"{last.mean:.0f} [{last.low:.0f}, {last.high:.0f}]"
        numbers = [f"{number:.0f}" for number in (half_way, first_choices, seconds)]
        rows.append((name, interval, *numbers))
    points = f"{rule:.0f}"
    # A rule is not trained: nothing half-way, and no seconds.
    rows.append(("rule: analyse; restore on an event", points, "", points, "0"))
    return rows
