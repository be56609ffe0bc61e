"""The mixer's surface of lesson 07: what a factored value makes of one payoff table.

`describe`, `draw_table` and `draw_surface` turn a fit of `learners.value_factorisation` into what
is shown; `MixerWidget` holds the payoffs and the method and fits anew when one changes;
mixer_view.js shows the controls.
"""

import numpy as np
import torch
import traitlets

from course_lib.games.factoring import FACTORING
from course_lib.learners.value_factorisation.fit import METHODS, Fitted, fit_payoffs

from .picture_widget import PictureWidget
from .script import widget_script

FIELD, MARGIN, GAP = 52, 30, 26
"""Side of a table's field, room for names, and space between the two tables, in pixels: in a window
of 1100 pixels the whole still needs no scaling, and letters stay at 12."""
SURFACE, PATCHES = 208, 26
"""Side of the surface in pixels, and patches along it."""
NEAR = 20
"""Pixels below which two joint actions get one mark."""
LARGEST = 12.0
"""Points at which a colour is fullest."""
NAMES = "abc"
INK = "#151515"
UPDATES = 400


def payoffs_of(both: float, alone: float) -> np.ndarray:
    """The factoring table with ``both`` points for (a, a) and ``alone`` points for one a."""
    table = np.array(FACTORING, float)
    table[0, 1:] = alone
    table[1:, 0] = alone
    table[0, 0] = both
    return table


def describe(fit: Fitted) -> str:
    """What the method says, which joint action its agents take, and what that pays."""
    taken = "(" + ", ".join(NAMES[action] for action in fit.choice) + ")"
    best = float(fit.payoffs.max())
    verdict = "the best there is" if np.isclose(fit.paid, best) else f"the best pays {best:g}"
    return (
        f"{fit.method} says (a, a) is worth {fit.joint[0, 0]:.1f}; it pays {fit.payoffs[0, 0]:g}. "
        f"The agents take {taken}, which pays {fit.paid:g}: {verdict}. "
        f"Typical error over the table: {fit.error:.1f} points."
    )


def draw(fit: Fitted) -> str:
    """Payoffs, what the method says they are, and the surface of its mixer, as one SVG."""
    table = MARGIN + FIELD * len(NAMES)
    width = 2 * (table + GAP) + SURFACE + MARGIN
    height = SURFACE + 2 * MARGIN
    parts = [
        draw_table(fit.payoffs, 0, "what it pays"),
        draw_table(fit.joint, table + GAP, f"what {fit.method} says", fit.choice),
        draw_surface(fit, 2 * (table + GAP)),
    ]
    label = "Payoffs, the values that the method gives them, and the surface of its mixer"
    style = f"background:#fcfcfa;font-family:sans-serif;max-width:100%;color:{INK}"
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {width} {height}" '
        f'width="{width}" style="{style}">{"".join(parts)}</svg>'
    )


def draw_table(
    values: np.ndarray, left: int, title: str, marked: tuple[int, ...] | None = None
) -> str:
    """One 3 by 3 table, rows the first agent's action; ``marked`` gets a frame."""
    parts = [_text(left + MARGIN + 1.5 * FIELD, 16, title, 14)]
    for place, name in enumerate(NAMES):
        middle = (place + 0.5) * FIELD
        parts.append(_text(left + 14, 2 * MARGIN + middle, name, 14))
        parts.append(_text(left + MARGIN + middle, 2 * MARGIN - 10, name, 14))
    for row, column in np.ndindex(values.shape):
        x = left + MARGIN + column * FIELD
        y = 2 * MARGIN + row * FIELD
        value = float(values[row, column])
        frame = f'stroke="{INK}" stroke-width="3"' if (row, column) == marked else ""
        size = f'width="{FIELD - 4}" height="{FIELD - 4}"'
        parts.append(f'<rect x="{x}" y="{y}" {size} fill="{colour(value)}" {frame}/>')
        parts.append(_text(x + FIELD / 2 - 2, y + FIELD / 2 + 4, f"{_rounded(value):.1f}", 15))
    return "".join(parts)


def draw_surface(fit: Fitted, left: int) -> str:
    """Q_tot over the two agents' own values, with a mark where each joint action lies."""
    low = fit.utilities.min(axis=1)
    high = fit.utilities.max(axis=1)
    room = 0.15 * np.maximum(high - low, 0.5)
    low = low - room
    high = high + room
    patch = SURFACE / PATCHES
    parts = [_text(left + SURFACE / 2, 16, f"the mixer of {fit.method}", 14)]
    for (row, column), value in np.ndenumerate(surface(fit, low, high)):
        x = f"{left + column * patch:.0f}"
        y = f"{MARGIN + (PATCHES - 1 - row) * patch:.0f}"
        parts.append(f'<rect x="{x}" y="{y}" width="9" height="9" fill="{colour(value)}"/>')
    for (x, y), names in _places(fit, low, high).items():
        parts.append(f'<circle cx="{left + x}" cy="{MARGIN + y}" r="4" fill="{INK}"/>')
        parts.append(_text(left + x, MARGIN + y - 9, " ".join(names), 13))
    parts.append(_text(left + SURFACE / 2, MARGIN + SURFACE + 18, "own value of agent 2 →", 13))
    place = f"rotate(-90 {left - 14} {MARGIN + SURFACE / 2:.0f})"
    upright = f'<g transform="{place}">'
    words = _text(left - 14, MARGIN + SURFACE / 2, "own value of agent 1 →", 13)
    return "".join([*parts, upright, words, "</g>"])


def surface(fit: Fitted, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Q_tot (P, P) over own values from ``low`` (2,) to ``high``; rows are the first agent's."""
    first = np.linspace(low[0], high[0], PATCHES)
    second = np.linspace(low[1], high[1], PATCHES)
    grid = np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1)
    values = torch.as_tensor(grid, dtype=torch.float32)
    with torch.no_grad():
        return fit.learner.network.mixer(values, torch.ones(PATCHES, PATCHES, 1)).numpy()


Pixel = tuple[int, int]


def _places(fit: Fitted, low: np.ndarray, high: np.ndarray) -> dict[Pixel, list[str]]:
    """Where on the surface, in pixels, which joint actions lie; near ones share a place."""
    shares = (fit.utilities - low[:, None]) / (high - low)[:, None]
    places: dict[Pixel, list[str]] = {}
    for row, column in np.ndindex(fit.payoffs.shape):
        across = round(shares[1, column] * SURFACE)
        down = round((1 - shares[0, row]) * SURFACE)
        point = (across, down)
        near = [other for other in places if max(np.abs(np.subtract(point, other))) < NEAR]
        places.setdefault(near[0] if near else point, []).append(NAMES[row] + NAMES[column])
    return places


def colour(value: float) -> str:
    """Blue for what is gained, orange for what is lost, the fuller the more points."""
    hue = 205 if value >= 0 else 25
    depth = min(abs(value) / LARGEST, 1.0)
    return f"hsl({hue},75%,{round(97 - 40 * depth)}%)"


def _rounded(value: float) -> float:
    """To one place, and never minus zero."""
    return round(value, 1) + 0.0


def _text(x: float, y: float, content: str, size: int) -> str:
    place = f'x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="middle"'
    return f'<text {place} fill="{INK}">{content}</text>'


class MixerWidget(PictureWidget):
    """Sliders for the two payoffs and a choice of methods; every change is answered by Python."""

    _esm = widget_script("mixer_view.js")
    method = traitlets.Enum(tuple(METHODS), "QMIX").tag(sync=True)
    """Which value is fitted."""
    both = traitlets.Float(
        8,
        min=0,
        max=12,
    ).tag(sync=True)
    """Points for acting together, (a, a)."""
    alone = traitlets.Float(
        -12,
        min=-12,
        max=0,
    ).tag(sync=True)
    """Points when one agent acts alone."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self._fit()

    @traitlets.observe("method", "both", "alone")
    def _fit(self, change=None) -> None:
        if change is None or self.text:
            fit = fit_payoffs(payoffs_of(self.both, self.alone), self.method, UPDATES)
            self.picture = draw(fit)
            self.text = describe(fit)

    def __repr__(self) -> str:
        payoffs = f"(a, a) pays {self.both:g}, acting alone {self.alone:g}"
        return f"The mixer's surface, {self.method}, {payoffs}\n{self.text}"
