"""Lesson 11: the choices that were played once and recorded, as tables and a figure."""

import csv
from functools import cache

import numpy as np
from matplotlib.figure import Figure

from course_lib.viz import label_axes, new_figure, series_style, show_table

from .l11_choices import FILE

PARTS = ("LWF", "ASF", "RIA", "Restore")
"""What a score is made of: three kinds of mishap, and the repairs."""


@cache
def choices() -> tuple[dict[str, str], ...]:
    """Every row of the recorded file, as text by column."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def recorded(group: str) -> list[dict[str, str]]:
    """The rows of one group; ValueError for a group that was not recorded."""
    rows = [row for row in choices() if row["group"] == group]
    if not rows:
        groups = dict.fromkeys(row["group"] for row in choices())
        raise ValueError(f"no group {group!r}; recorded are {', '.join(groups)}")
    return rows


def show_recorded(group: str, what: str) -> None:
    """Show score, interval and parts of the loss of each choice: 200 episodes a row.

    Args:
        what: head of the column that names the choices.
    """
    rows = []
    for row in recorded(group):
        numbers = [f"{float(row[name]):,.0f}" for name in ("score", "low", "high", *PARTS)]
        score, low, high, *lost = numbers
        rows.append((row["choice"], score, f"{low} to {high}", *lost))
    show_table((what, "score", "95 % interval", *PARTS), rows)


def by_weight() -> dict[float, list[dict[str, str]]]:
    """The rows with more and more doctrine by its weight w, one for each of three networks."""
    found: dict[float, list[dict[str, str]]] = {}
    for row in recorded("w"):
        found.setdefault(float(row["choice"]), []).append(row)
    return found


def draw_weights() -> Figure:
    """Points lost against the weight of the doctrine, with 95 % intervals: three networks side by
    side at every weight.

    The losses are drawn to a logarithmic scale, and the weights at equal distances: what matters
    happens between 0.8 and 1, and there between 800 points and 100.
    """
    found = by_weight()
    places = np.arange(len(found))
    figure, ax = new_figure()
    for network in range(3):
        rows = [_lost(found[weight][network]) for weight in found]
        mean, most, least = np.transpose(rows)
        aside = 0.12 * (network - 1)  # the three are nearly equal, and would hide each other
        spread = [mean - least, most - mean]
        style = {"label": f"network {network}", "capsize": 3, **series_style(network)}
        ax.errorbar(places + aside, mean, yerr=spread, **{**style, "linestyle": "none"})
    ax.set_yscale("log")
    ax.set_xticks(places, [f"{weight:g}" for weight in found])
    label_axes(ax, "weight of the doctrine (w)", "points lost (per episode, log scale)")
    ax.set_title("An untrained network with more and more doctrine")
    ax.legend()
    return figure


def _lost(row: dict[str, str]) -> list[float]:
    """Points lost in the mean, and at the worse and the better end of the interval."""
    return [-float(row[name]) for name in ("score", "low", "high")]


def show_weights() -> None:
    """Show the same as a table, with what network 0 loses to blocked traffic and how often it
    changes the traffic."""
    rows = []
    for weight, networks in by_weight().items():
        scores = [f"{float(row['score']):,.0f}" for row in networks]
        blocked = f"{float(networks[0]['ASF']):,.0f}"
        rows.append((f"{weight:g}", *scores, blocked, networks[0]["changes of traffic"]))
    header = ("w", "network 0", "network 1", "network 2", "ASF (network 0)", "changes of traffic")
    show_table(header, rows)
