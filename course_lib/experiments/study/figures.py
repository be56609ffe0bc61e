"""The recorded study of lesson 13b as figures: every seed is drawn.

Figures come with the text that says what they show. Arms of which nothing is recorded are left out,
so the same code reads a study that is still being recorded.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.cyber_range.constants import ACTION_CLASSES
from course_lib.viz.figures import INK, label_axes, new_figure, series_style

from .arms import STUDY_FOLDER
from .summary import curve, recorded, recorded_seeds, summarise

LAYERS = ("flat", "two-layer", "three-layer")
"""Figure 9 of the paper."""
SMOOTH = 5
"""Iterations that a drawn curve is averaged over."""
TICKS = (-5000, -2000, -1000, -500, -200, -100)
"""Scores that are marked on the axis of the curves."""


class Described(NamedTuple):
    """A figure and the sentence that says what it shows."""

    figure: Figure
    alt: str


def curves_and_scores(arms: Sequence[str], title: str, folder: Path = STUDY_FOLDER) -> Described:
    """Left the training curves, one line a seed; right the final score of every seed as a dot, the
    mean as a bar.

    ValueError if nothing of these arms is recorded.
    """
    arms = _some(arms, folder)
    size = (9.5, 4.2)
    figure, (left, right) = new_figure(1, 2, figsize=size, width_ratios=(2, 1.2))
    for index, arm in enumerate(arms):
        _draw_curves(left, arm, index, folder)
        _draw_scores(right, summarise(arm, folder).means, index)
    label_axes(left, "environment steps (millions)", "official score in training (points)", title)
    left.set_yscale("symlog", linthresh=100)  # from -5,000 to -100 in one picture
    marks = [f"{tick:,}" for tick in TICKS]
    left.set_yticks(TICKS, marks)
    left.minorticks_off()
    left.legend(loc="lower right")
    places = range(len(arms))
    right.set_xticks(places, arms, rotation=35, ha="right")
    label_axes(right, "", "official score, 1,000 episodes (points)", "At the end")
    return Described(figure, f"{title}. {_in_words(arms, folder)}")


def _draw_curves(ax: Axes, arm: str, index: int, folder: Path) -> None:
    """One line a seed; the arm stands once in the legend."""
    style = series_style(index)
    del style["marker"]  # hundreds of iterations: marks would cover the line
    style["linewidth"] = 1.2
    label: str | None = arm
    for seed in recorded_seeds(arm, folder):
        steps, score = curve(arm, seed, folder)
        millions = steps / 1e6
        ax.plot(millions, smooth(score), label=label, **style)
        label = None


def _draw_scores(ax: Axes, means: np.ndarray, index: int) -> None:
    """A dot for each seed, side by side so that none hides another, and a bar at their mean."""
    style = series_style(index)
    mean = means.mean()
    ends = [index - 0.25, index + 0.25]
    ax.plot(ends, [mean, mean], color=INK, linewidth=2)
    places = np.full(len(means), float(index))
    if len(means) > 1:
        places += np.linspace(-0.12, 0.12, len(means))
    style["linestyle"] = "none"  # trainings have no order: no line joins them
    ax.plot(places, means, **style)


def _in_words(arms: Sequence[str], folder: Path) -> str:
    parts = []
    for arm in arms:
        found = summarise(arm, folder)
        curves = [curve(arm, seed, folder) for seed in found.seeds]
        begins = np.mean([score[0] for _, score in curves])
        each = ", ".join(f"{mean:.0f}" for mean in found.means)
        way = f"climbs from {begins:,.0f}, has {found.best.mean():,.0f} in its best tenth"
        parts.append(f"{arm} {way} and ends with {each} (one number a seed)")
    return "Curves of the official score against steps, and final scores: " + "; ".join(parts) + "."


def _some(arms: Sequence[str], folder: Path) -> list[str]:
    found = recorded(arms, folder)
    if not found:
        raise ValueError(
            f"nothing of {', '.join(arms)} is recorded in {folder}; record it with: bench study"
        )
    return found


def smooth(values: np.ndarray, width: int = SMOOTH) -> np.ndarray:
    """(n,) running mean over the last ``width`` values, fewer at the beginning."""
    # A difference of two running sums is the sum between them.
    sums = np.cumsum(np.concatenate([[0.0], values]))
    last = np.arange(1, len(values) + 1)
    first = np.maximum(0, last - width)
    return (sums[last] - sums[first]) / (last - first)


def action_shares(arms: Sequence[str], folder: Path = STUDY_FOLDER) -> Described:
    """Which classes of action the defenders began: a bar for each arm, mean over its seeds."""
    arms = _some(arms, folder)
    figure, ax = new_figure(figsize=(8.5, 3.8))
    width = 0.8 / len(arms)
    classes = np.arange(len(ACTION_CLASSES))
    texts = []
    for index, arm in enumerate(arms):
        begun = summarise(arm, folder).actions
        shares = [100 * begun[name] for name in ACTION_CLASSES]
        # The arms stand side by side, and together centred over the name of the class.
        first = index - (len(arms) - 1) / 2
        places = first * width + classes
        colour = series_style(index)["color"]
        ax.bar(places, shares, width, label=arm, color=colour, edgecolor=INK, linewidth=0.5)
        named = zip(ACTION_CLASSES, shares, strict=True)
        in_words = [f"{name} {share:.0f}" for name, share in named]
        texts.append(f"{arm}: {', '.join(in_words)}")
    ax.set_xticks(classes, ACTION_CLASSES, rotation=25, ha="right")
    title = "What the trained defenders do"
    label_axes(ax, "", "share of the actions begun (%)", title)
    ax.legend()
    return Described(figure, "Bars, per cent of the actions begun. " + "; ".join(texts) + ".")
