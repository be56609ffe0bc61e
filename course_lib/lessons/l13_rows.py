"""Results as rows of points: one dot a training, the mean with its 95 % interval. Lessons 13, 13b.

A row with one training has an open dot and no interval: it is exploratory.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes

from course_lib.experiments.study.figures import Described
from course_lib.stats import Interval, mean_interval
from course_lib.viz.figures import INK, label_axes, new_figure, series_style

WIDTH = 7.6
"""Inches: the width of the page."""
OPEN = "#fcfcfa"
"""What fills the dot of a single training: nothing."""


class Row(NamedTuple):
    """One line of such a figure."""

    label: str
    found: Interval
    """Mean and interval; infinite for a single training."""
    dots: tuple[float, ...] = ()
    """What is drawn beside it, one number a training."""
    colour: int = 0


def row_of(label: str, values: Sequence[float] | np.ndarray, colour: int = 0) -> Row:
    """A row from one number a training; the interval is over them."""
    dots = tuple(float(value) for value in values)
    return Row(label, mean_interval(dots), dots, colour)


def draw_rows(
    rows: Sequence[Row],
    axis: str,
    title: str,
    marks: Mapping[str, float] | None = None,
    ticks: Sequence[float] = (),
) -> Described:
    """Rows of points, the first on top.

    Args:
        rows: what to draw.
        axis: name of the horizontal axis, with its unit.
        title: of the figure.
        marks: vertical lines, name -> place.
        ticks: of a logarithmic axis of points lost, the lowest first; empty: a plain axis.
    """
    figure, ax = new_figure(figsize=(WIDTH, 1.15 + 0.34 * len(rows)))
    for place, row in enumerate(rows):
        draw_row(ax, place, row)
    marks = marks or {}
    for name, where in marks.items():
        ax.axvline(where, color=INK, linewidth=1, linestyle=":")
        ax.text(where, -0.65, name, fontsize=8, ha="center", va="bottom")
    ax.set_yticks(range(len(rows)), [row.label for row in rows])
    ax.set_ylim(len(rows) - 0.5, -0.7)
    ax.grid(axis="y", visible=False)
    if ticks:
        points_lost(ax, ticks)
    label_axes(ax, axis, "", title)
    if marks:
        ax.set_title(title, pad=16)
    lines = "".join(f" A line stands at {where:,.0f}: {name}." for name, where in marks.items())
    return Described(figure, f"{title}. {axis}. {'; '.join(in_words(row) for row in rows)}.{lines}")


def points_lost(ax: Axes, ticks: Sequence[float]) -> None:
    """A logarithmic horizontal axis below 0, with these ticks, the first and last a little inside
    its ends."""
    ax.set_xscale("symlog", linthresh=1)
    ax.set_xticks(ticks, labels=[f"{tick:,}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlim(1.2 * ticks[0], 0.9 * ticks[-1])


def draw_row(ax: Axes, place: float, row: Row) -> None:
    """Dots, interval and mean of one row."""
    colour = series_style(row.colour)["color"]
    heights = np.full(len(row.dots), place)
    ax.plot(row.dots, heights, "o", color=colour, alpha=0.45, markersize=5)
    if np.isfinite(row.found.low):
        ends = [row.found.low, row.found.high]
        ax.plot(ends, [place, place], color=colour, linewidth=2.2)
        ax.plot(row.found.mean, place, "D", color=colour, markeredgecolor=INK, markersize=7)
    else:
        look = {"markeredgecolor": colour, "markeredgewidth": 1.8, "color": OPEN}
        ax.plot(row.found.mean, place, "o", markersize=8, **look)


def in_words(row: Row) -> str:
    """``flat -546 [-583, -508]``, or that there is one training."""
    found = row.found
    if not np.isfinite(found.low):
        return f"{row.label} {found.mean:+,.1f}, one training"
    return f"{row.label} {found.mean:+,.1f} [{found.low:+,.1f}, {found.high:+,.1f}]"
