"""One figure style for the course, and the few pieces that nearly every figure needs.

A figure has a solid light background of its own, so that it reads in a dark notebook as well.
Colours stay apart for readers with any of the three colour-vision deficiencies (tested by
simulation), and every series has a line style or a marker besides its colour.
"""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib import array_checks, validate
from course_lib.stats import t_quantile

BACKGROUND, INK = "#fcfcfa", "#1c1c1c"
PALETTE = ("#0e8ae6", "#f25c05", "#0b3a6f", "#aa80a5", "#732e06", "#151515")
"""Blue, orange, navy, mauve, brown, black, in the order in which series use them."""
DASH_DOT_DOT = (0, (5, 1, 1, 1, 1, 1))
DENSE_DOTS = (0, (1, 1))
LINE_STYLES = ("-", "--", "-.", ":", DASH_DOT_DOT, DENSE_DOTS)
MARKERS = ("o", "s", "^", "D", "v", "P")

STYLE = Path(__file__).with_name("course.mplstyle")
NUMBER_BOX = {
    "facecolor": BACKGROUND,
    "alpha": 0.85,
    "edgecolor": "none",
    "pad": 1,
}
MOST_PANELS = 100
"""Rows, and columns, of a figure."""
PAGE_WIDTH = 848
"""Pixels of a picture's width in JupyterLab, in a window of 1,280: a wider one is shown smaller."""
SHORTEST_ALT = 20
"""Characters of an alternative text; less cannot say what a figure shows."""


class HasScores(Protocol):
    """What `score_intervals` draws, such as the report of ``cyber_range.evaluate``."""

    scores: Sequence[float]
    mean: float
    interval: tuple[float, float]


def new_figure(rows: int = 1, columns: int = 1, **options) -> tuple[Figure, np.ndarray | Axes]:
    """``plt.subplots`` in the course's style. One pair of axes comes alone, several as an array.

    A figure that asks for more than the width of the page gets that width, at the same height:
    shown smaller, its letters would be too small to read. The style is set for the whole session,
    because matplotlib looks it up again for legends and titles.
    """
    validate.whole_number("rows", rows, 1, MOST_PANELS)
    validate.whole_number("columns", columns, 1, MOST_PANELS)
    plt.style.use(STYLE)
    figure, axes = plt.subplots(rows, columns, **options)
    widest = PAGE_WIDTH / figure.dpi
    if figure.get_figwidth() > widest:
        figure.set_figwidth(widest)
    return figure, axes


def check_axes(ax: object) -> None:
    """ValueError for anything but the axes of a figure."""
    validate.instance("ax", ax, Axes, "take the axes that new_figure() returns")


def label_axes(ax: Axes, x: str, y: str, title: str = "") -> None:
    """Name both axes with their units: ``label_axes(ax, "time (ticks)", "score (points)")``.

    A label without a unit in brackets raises ValueError, and so does "(1)": where something is
    counted, say what: ``"size of the network (hosts)"``. An axis whose ticks are names has no
    unit; its label is "".
    """
    check_axes(ax)
    validate.word("title", title)
    for label in (x, y):
        validate.word("an axis label", label)
        has_unit = label.endswith(")") and "(" in label and not label.endswith("(1)")
        if label and not has_unit:
            raise ValueError(
                f'axis label {validate.shown(label)} has no unit; write e.g. "time (ticks)", or '
                'what is counted: "size of the network (hosts)"'
            )
    ax.set(xlabel=x, ylabel=y)
    if title:
        ax.set_title(title)


def series_style(index: int) -> dict:
    """Colour, line style and marker of the i-th series of a figure; they repeat after six."""
    validate.whole_number("index", index, 0)
    i = index % len(PALETTE)
    return {
        "color": PALETTE[i],
        "linestyle": LINE_STYLES[i],
        "marker": MARKERS[i],
    }


def plot_band(
    ax: Axes,
    x: Sequence[float],
    runs: np.ndarray,
    label: str,
    index: int = 0,
    level: float = 0.95,
) -> None:
    """Mean over runs as a line, its t interval at each x as a band.

    ``runs`` is (S, X): one row per seed or episode, S >= 2, one column per entry of ``x``.
    """
    check_axes(ax)
    x = array_checks.numbers("x", x, None)
    runs = array_checks.numbers("runs", runs, None, len(x))
    if len(runs) < 2:
        raise ValueError("a band needs at least two runs, one per seed or episode")
    validate.word("label", label)
    validate.in_range("level", level, above=0, below=1)
    seeds = len(runs)
    mean = runs.mean(axis=0)
    standard_error = runs.std(axis=0, ddof=1) / np.sqrt(seeds)
    half = t_quantile((1 + level) / 2, seeds - 1) * standard_error
    style = series_style(index)
    band = {"color": style["color"], "alpha": 0.2, "linewidth": 0}
    ax.fill_between(x, mean - half, mean + half, **band)
    marked = max(1, len(x) // 8)  # eight marks tell lines apart without covering them
    ax.plot(x, mean, label=label, markevery=marked, markersize=5, **style)


def score_intervals(reports: Mapping[str, HasScores]) -> Figure:
    """One row per policy: every episode's score as a faint dot, the mean with its interval on top.

    ``reports`` maps a policy's name to its scores. The first one stands at the top.
    """
    figure, ax = new_figure(figsize=(7.0, 1.2 + 0.45 * len(reports)))
    # The dots are scattered up and down, so that equal scores do not hide each other.
    rng = np.random.default_rng(0)
    for row, report in enumerate(reports.values()):
        offsets = rng.uniform(-0.25, 0.25, len(report.scores))
        _draw_score_row(ax, row, report, offsets)
    ax.set_yticks(range(len(reports)), list(reports))
    ax.set_ylim(len(reports) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.set_title("Score per episode: dots; mean with 95 % interval")
    ax.set_xlabel("score (points per episode, higher is better)")
    return figure


def _draw_score_row(ax: Axes, row: int, report: HasScores, offsets: np.ndarray) -> None:
    """Dots, interval, mean and its number, of one policy."""
    style = series_style(row)
    colour = style["color"]
    low, high = report.interval
    mean = report.mean
    mark = {
        "marker": style["marker"],
        "markersize": 8,
        "markeredgecolor": INK,
    }
    above = {
        "xytext": (0, 9),
        "textcoords": "offset points",
        "ha": "center",
    }
    ax.scatter(
        report.scores,
        row + offsets,
        s=9,
        color=colour,
        alpha=0.35,
        lw=0,
    )
    ax.plot(
        [low, high],
        [row, row],
        color=INK,
        linewidth=2.2,
        solid_capstyle="butt",
    )
    ax.plot(mean, row, color=colour, **mark)
    ax.annotate(
        f"{mean:,.0f}",
        (mean, row),
        bbox=NUMBER_BOX,
        **above,
    )


def png_bytes(figure: Figure) -> bytes:
    """The figure as PNG, without date or version inside, so that equal figures are equal bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def show(figure: Figure, alt: str) -> None:
    """Display a figure in a notebook together with a text that says what it shows, and close it.

    ``alt`` is for readers who cannot see the figure: name the axes' meaning and the finding, in a
    sentence or two. The text is stored as alternative text of the PNG and as its plain-text twin;
    and because JupyterLab reads neither of the two aloud, it is also displayed under the figure,
    folded.
    """
    from IPython.display import display

    validate.instance("figure", figure, Figure, "new_figure() makes one, with its axes")
    alt = " ".join(validate.word("alt", alt).split())
    if len(alt) < SHORTEST_ALT:
        raise ValueError(
            "alt must say what the figure shows, in at least one sentence "
            f"({SHORTEST_ALT} characters)"
        )
    bundle = {
        "image/png": base64.b64encode(png_bytes(figure)).decode("ascii"),
        "text/plain": f"Figure: {alt}",
    }
    plt.close(figure)
    display(bundle, raw=True, metadata={"image/png": {"alt": alt}})
    summary = "<summary>What this figure shows</summary>"
    folded = f"<details>{summary}<p>{html.escape(alt)}</p></details>"
    display({"text/html": folded, "text/plain": f"Description: {alt}"}, raw=True)
