"""Imagined against real, for lesson 09: how likely each host has the worm after so many steps, in
truth and in a model.

`describe` and `draw` turn two tables of chances into what is shown; `RolloutWidget` holds the
settings, and rollout_view.js shows the controls.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import traitlets

from .picture_widget import PictureWidget
from .script import widget_script

WIDTH, HOST, TOP = 333, (80, 30), 34
"""Width of one of the two maps, size of a host's box, and the margin above, in pixels: both fit
unscaled into a window of 1100 pixels, so that letters stay at 12."""
INK, PAPER, LINE = "#151515", "#fcfcfa", "#b9b9b4"
DARK, MISSED = (179, 38, 30), "#0e8ae6"
"""Colour of a host that surely has the worm, and of the curve of errors."""
LIGHT_LETTERS = 0.75
"""Chance above which light letters on a host are read better than dark ones."""
CURVE = 110
"""Height of the curve of errors, in pixels."""


@dataclass(frozen=True)
class Office:
    """The hosts, and where they are drawn."""

    names: tuple[str, ...]
    places: tuple[tuple[float, float], ...]
    """Middle of each host, from 0 to 1 across and down a map."""
    links: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Rollout:
    """What happens, and what a model imagines, from the same beginning."""

    real: np.ndarray
    """(T, n) true chance of each host to have the worm after each step."""
    imagined: np.ndarray
    """(T, n) the same in the model."""

    @property
    def missed(self) -> np.ndarray:
        """(T,) mean error over the hosts, percentage points."""
        return 100 * np.abs(self.imagined - self.real).mean(axis=1)


def describe(office: Office, rollout: Rollout, step: int) -> str:
    """The mean error after ``step`` steps (from 1), and the host that is furthest off."""
    apart = np.abs(rollout.imagined - rollout.real)[step - 1]
    worst = int(apart.argmax())
    real, imagined = rollout.real[step - 1, worst], rollout.imagined[step - 1, worst]
    return (
        f"After step {step} the model misses by {rollout.missed[step - 1]:.0f} percentage points "
        f"in the mean (after step 1: {rollout.missed[0]:.0f}). Furthest off: "
        f"{office.names[worst]}, truly {100 * real:.0f} %, imagined {100 * imagined:.0f} %."
    )


def draw(office: Office, rollout: Rollout, step: int) -> str:
    """An SVG: both maps after ``step`` steps, and below the error over all steps."""
    height = TOP + 230 + CURVE
    maps = _map(office, rollout.real[step - 1], "the real network", 0)
    maps += _map(office, rollout.imagined[step - 1], "imagined", WIDTH)
    label = "Chance of each host to have the worm, real and imagined"
    box = f'viewBox="0 0 {2 * WIDTH} {height}" style="background:{PAPER};font-family:sans-serif'
    opening = f'<svg role="img" aria-label="{label}" {box};max-width:100%">'
    return f"{opening}{maps}{_errors(rollout.missed, step, height)}</svg>"


def _map(office: Office, chances: np.ndarray, title: str, left: int) -> str:
    # The outermost boxes stand inside their own map, clear of the other one.
    edge = HOST[0] / 2 + 8
    across = WIDTH - 2 * edge
    places = [(left + edge + across * x, TOP + 20 + 170 * y) for x, y in office.places]
    parts = [_text(left + WIDTH / 2, 20, title, bold=True)]
    for one, other in office.links:
        (x, y), (to_x, to_y) = places[one], places[other]
        line = f'x1="{x:.0f}" y1="{y:.0f}" x2="{to_x:.0f}" y2="{to_y:.0f}"'
        parts.append(f'<line {line} stroke="{LINE}" stroke-width="2"/>')
    for name, chance, place in zip(office.names, chances, places, strict=True):
        parts.append(_host(name, float(chance), place))
    return "".join(parts)


def _host(name: str, chance: float, place: tuple[float, float]) -> str:
    x, y = place
    width, height = HOST
    shade = [round(252 + (dark - 252) * chance) for dark in DARK]
    corner = f'x="{x - width / 2:.0f}" y="{y - height / 2:.0f}"'
    size = f'width="{width}" height="{height}" rx="5"'
    fill = f'fill="rgb({shade[0]},{shade[1]},{shade[2]})" stroke="{INK}"'
    ink = PAPER if chance > LIGHT_LETTERS else INK
    words = _text(x, y - 2, name, ink) + _text(x, y + 11, f"{100 * chance:.0f} %", ink)
    return f"<rect {corner} {size} {fill}/>{words}"


def _errors(missed: np.ndarray, step: int, height: int) -> str:
    """The error over the steps as a line, with a dot at the step that is shown."""
    left, bottom = 60, height - 24
    across = (2 * WIDTH - 2 * left) / (len(missed) - 1)
    scale = (CURVE - 34) / 100
    points = [(left + across * number, bottom - scale * miss) for number, miss in enumerate(missed)]
    line = " ".join(f"{x:.0f},{y:.1f}" for x, y in points)
    x, y = points[step - 1]
    ground = f'x1="{left}" y1="{bottom}" x2="{2 * WIDTH - left}" y2="{bottom}" stroke="{LINE}"'
    return (
        f"<line {ground}/>"
        f'<polyline points="{line}" fill="none" stroke="{MISSED}" stroke-width="3"/>'
        f'<circle cx="{x:.0f}" cy="{y:.1f}" r="6" fill="{MISSED}" stroke="{INK}"/>'
        + _text(WIDTH, height - 6, f"step 1 to {len(missed)}: mean error, percentage points")
        + _text(x, y - 10, f"{missed[step - 1]:.0f}")
    )


def _text(x: float, y: float, words: str, ink: str = INK, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    place = f'x="{x:.0f}" y="{y:.0f}" font-size="12" text-anchor="middle" fill="{ink}"'
    return f"<text {place}{weight}>{html.escape(words)}</text>"


class RolloutWidget(PictureWidget):
    """Choose who acts, which model imagines, and how many steps ahead.

    Args:
        office: the network.
        rollouts: operator -> model -> what happens and what is imagined; every operator has the
            same models, and all have the same number of steps, at least two.
        settings: first values of the traits below.
    """

    _esm = widget_script("rollout_view.js")
    operator = traitlets.Unicode().tag(sync=True)
    """Name of the operator who acts."""
    model = traitlets.Unicode().tag(sync=True)
    """Name of the model that imagines."""
    step = traitlets.Int(1, min=1).tag(sync=True)
    """Steps ahead."""
    operators = traitlets.List(traitlets.Unicode()).tag(sync=True)
    models = traitlets.List(traitlets.Unicode()).tag(sync=True)
    steps = traitlets.Int().tag(sync=True)
    """Length of the rollouts."""

    def __init__(
        self,
        office: Office,
        rollouts: Mapping[str, Mapping[str, Rollout]],
        **settings: object,
    ):
        self.office = office
        self.rollouts = {operator: dict(models) for operator, models in rollouts.items()}
        operators = list(self.rollouts)
        models = list(self.rollouts[operators[0]])
        chosen = {"operator": operators[0], "model": models[0]}
        steps = len(self.rollouts[operators[0]][models[0]].real)
        offered = {"operators": operators, "models": models, "steps": steps}
        super().__init__(**{**offered, **chosen, **settings})
        self._show()

    @traitlets.validate("operator")
    def _known_operator(self, proposal: dict) -> str:
        return _one_of("operator", proposal["value"], self.operators)

    @traitlets.validate("model")
    def _known_model(self, proposal: dict) -> str:
        return _one_of("model", proposal["value"], self.models)

    @traitlets.validate("step")
    def _within(self, proposal: dict) -> int:
        if proposal["value"] > self.steps:
            raise traitlets.TraitError(
                f"step {proposal['value']}: the rollouts have {self.steps} steps"
            )
        return proposal["value"]

    @traitlets.observe("operator", "model", "step")
    def _show(self, change: object = None) -> None:
        if change is not None and not self.text:
            return  # still being made
        rollout = self.rollouts[self.operator][self.model]
        self.picture = draw(self.office, rollout, self.step)
        self.text = describe(self.office, rollout, self.step)

    def __repr__(self) -> str:
        return f"Operator: {self.operator}. Model: {self.model}. {self.text}"


def _one_of(what: str, name: str, known: list[str]) -> str:
    if name not in known:
        raise traitlets.TraitError(f"no {what} {name!r}; there are {', '.join(known)}")
    return name
