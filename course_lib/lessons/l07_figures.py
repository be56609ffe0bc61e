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
ACTORS = ("MAPPO", "IPPO", "COMA")
FACTORED = ("QMIX", "VDN", "QTRAN")


def draw_places(found: Found) -> Figure:
    """Points of every seed, on the episodes that were trained on and on held-out ones."""
    learners = list(dict.fromkeys((name, amount) for name, amount, _ in found))
    figure, ax = new_figure(figsize=(8, 3.2))
    for row, learner in enumerate(learners):
        for index, place in enumerate(PLACES):
            points, _ = found[*learner, place]
            height = np.full(len(points), row - 0.15 + 0.3 * index)
            color = series_style(index)["color"]
            label = place if row == 0 else ""
            ax.plot(points, height, "os"[index], color=color, label=label)
    ax.set_yticks(range(len(learners)), [", ".join(learner) for learner in learners])
    ax.invert_yaxis()
    ax.set_xlabel("points per episode (one mark a seed)")
    ax.legend(title="episodes")
    return figure


def place_rows(found: Found) -> list[tuple[str, ...]]:
    """By learner and number of training episodes: the critic's explained variance (median over the
    seeds) and the points (mean), each on the episodes trained on and on held-out ones."""
    rows = []
    for name, amount in dict.fromkeys((name, amount) for name, amount, _ in found):
        explained, points = [], []
        for place in PLACES:
            scored, share = found[name, amount, place]
            explained.append(f"{100 * np.median(share):.0f} %")
            points.append(f"{scored.mean():.0f}")
        rows.append((name, amount, *explained, *points))
    return rows


def fresh_rows(fresh: Mapping[str, Mapping[str, FreshTeams]]) -> list[tuple[str, ...]]:
    """By way of learning: how many fresh teams are at the best joint action, one column a game; and
    below, the points with and without noise."""
    ways = ("no noise", "own noise", "the same noise for both", "batch of 8", "batch of 128")
    rows = []
    for way in (*ways, "best entropy bonus"):
        shares = [100 * teams[way].best.mean() for teams in fresh.values()]
        rows.append((way, *(f"{share:.1f} %" for share in shares)))
    for words, way in (("without noise", "no noise"), ("with own noise", "own noise")):
        points = [teams[way].points for teams in fresh.values()]
        rows.append((f"points {words}", *(f"{earned:.2f}" for earned in points)))
    return rows


def draw_learners(records: Mapping[str, MethodRecord], rule: float) -> Figure:
    """Points against team decisions: actors and critics with their bands, learners of factored
    values with every seed as a thin line; both beside the ``rule``."""
    figure, (left, right) = new_figure(1, 2, figsize=(10, 3.8))
    for index, name in enumerate(ACTORS):
        record = records[name]
        plot_band(left, record.steps / 1000, record.points, name, index=index)
    for index, name in enumerate(FACTORED):
        record = records[name]
        thousands = record.steps / 1000
        style = series_style(index)
        right.plot(thousands, record.points.T, color=style["color"], alpha=0.4, linewidth=1)
        right.plot(thousands, record.points.mean(axis=0), label=name, **style)
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
        numbers = (half_way, first_choices, seconds)
        interval = f"{last.mean:.0f} [{last.low:.0f}, {last.high:.0f}]"
        rows.append((name, interval, *(f"{number:.0f}" for number in numbers)))
    rows.append(("rule: analyse; restore on an event", f"{rule:.0f}", "", f"{rule:.0f}", "0"))
    return rows
