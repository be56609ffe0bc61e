"""The payoff surface of lesson 06: two agents learn the climbing game and walk over its payoffs.

`describe` and `draw` turn a record of `learners.multi_agent_q` into what is shown; `SurfaceWidget`
holds the settings and asks for a new record when one changes; surface_view.js shows the controls.
Beside each row stands what the first agent of the first team expects of it, below each column what
the second one does: an agent sees no table, it sees these numbers.
"""

import html
from collections import Counter

import numpy as np
import traitlets

from course_lib.games import MatrixGame, climbing
from course_lib.games.catalogue import CLIMBING_NOISE
from course_lib.learners.multi_agent_q.learn import Learner, Lenient, Record, Training, learn

from .picture_widget import PictureWidget
from .questions import LookUp, asked, verdicts
from .script import widget_script

SIZE, MARGIN = 88, 58
"""Side of a payoff field and room for axis titles and action names, in pixels."""
BARS = 118
"""Room for what the agents expect, right of the table and below it."""
PER_POINT = 2.4
"""Pixels of a bar for one point."""
BLUE, ORANGE = "#0e8ae6", "#f25c05"
TRAINING = Training(
    runs=20,
    plays=3000,
    moments=60,
    followed=1,
)
QUESTIONS = (
    LookUp(
        ask="No noise, alpha 0.1, leniency 0: at which beta are the first teams lost?",
        options=("0.01", "0.02", "0.05", "0.1"),
        right="0.02",
        because="At 0.01 all 20 teams stand on (a, a); at 0.02 nine have left it. A bad surprise "
        "is believed too fast while the partner explores.",
        hint="Set alpha to 0.1, move beta up in small steps, and count the teams on (a, a).",
    ),
    LookUp(
        ask="Partial noise, alpha 1, beta 0, leniency 0: where do all teams sit?",
        options=("(a, a)", "(b, b)", "(c, c)"),
        right="(b, b)",
        because="Who believes good news alone keeps the best payoff ever seen, and the coin of "
        "(b, b) sometimes pays more than anything else.",
        hint="Choose the noise, set alpha to its largest and beta to its smallest value.",
    ),
    LookUp(
        ask="Full noise, alpha and beta 0.1: which leniency puts most teams on (a, a)?",
        options=("5", "20", "50"),
        right="20",
        because="Too little forgives no mistake of the partner, too much forgives every tail of "
        "the coin as well; the window between is narrow.",
        hint="Try all three, at the last moment of the training.",
    ),
)
COOLING = 0.9985
"""Factor of the temperature per use of an action: forgiveness lasts about as long as exploration
does."""
STOPS = 8
"""How many places of the walk are shown; the last ones."""


def blend(alpha: float, beta: float, temperature: float):
    """A rule with all three settings: ``alpha`` for good surprises, ``beta`` for bad ones unless
    they are forgiven.

    Equal rates at temperature 0 are independent learning, ``beta < alpha`` is hysteretic, a
    temperature above 0 is lenient. See `learners.tabular_rules`.
    """
    lenient = Lenient(temperature=temperature, cooling=COOLING) if temperature else None

    def rule(error, visits, luck):
        forgiven = luck < (lenient.leniency(visits) if lenient else 0.0)
        return np.where(
            error >= 0,
            alpha,
            np.where(forgiven, 0.0, beta),
        )

    return rule


def describe(record: Record, game: MatrixGame, moment: int) -> str:
    """Where the teams stand after ``moment`` (0-based), and how the first one got there."""
    joints = sorted(tuple(joint) for joint in record.greedy_path[moment].tolist())
    here = Counter(_names(game, joint) for joint in joints)
    stands = "; ".join(f"{count} at {name}" for name, count in here.most_common())
    stops = [_names(game, joint) for joint in _walk(record, moment)]
    number = f"last {STOPS} of {len(stops)} stops" if len(stops) > STOPS else "stops"
    walk = f"The first team's {number}: {' → '.join(stops[-STOPS:])}."
    return f"After {record.plays[moment]:,} plays, of {here.total()} teams: {stands}. {walk}"


def draw(record: Record, game: MatrixGame, moment: int) -> str:
    """The payoff table as an SVG: payoffs, teams, the first team's walk and expectations."""
    payoffs = game.team_payoffs
    numbers = Counter(tuple(joint) for joint in record.greedy_path[moment].tolist())
    parts = []
    for joint in np.ndindex(payoffs.shape):
        parts.append(_field(joint, payoffs, numbers[joint]))
    parts += _axes(game)
    parts += _expectations(record, moment)
    stops = [_centre(joint) for joint in _walk(record, moment)[-STOPS:]]
    points = " ".join(f"{across},{down}" for across, down in stops)
    x, y = _centre(tuple(record.greedy_path[moment, 0]))
    side = MARGIN + SIZE * len(payoffs) + BARS
    label = "Payoffs (rows: first agent, columns: second) with the teams on them"
    line = 'fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="5 3"'
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {side} {side}" width="{side}" '
        f'style="font-family:sans-serif;max-width:100%" fill="currentColor">{"".join(parts)}'
        f'<polyline points="{points}" {line}/>'
        f'<circle cx="{x}" cy="{y}" r="7"/></svg>'
    )


def _axes(game: MatrixGame) -> list[str]:
    """Names of the actions, and whose they are."""
    names = []
    for place, name in enumerate(game.actions[0]):
        _, down = _centre((place, 0))
        names.append(_text(MARGIN - 14, down + 5, name, 15))
    for place, name in enumerate(game.actions[1]):
        across, _ = _centre((0, place))
        names.append(_text(across, MARGIN - 10, name, 15))
    middle = MARGIN + SIZE * len(game.actions[0]) // 2
    names.append(_text(middle, 16, "action of the second agent", 13))
    turned = f'<g transform="rotate(-90 16 {middle})">'
    names.append(f"{turned}{_text(16, middle, 'action of the first agent', 13)}</g>")
    return names


def _expectations(record: Record, moment: int) -> list[str]:
    """A bar for what each agent of the first team expects of each action."""
    first, second = record.values_path[moment, 0, :, 0]
    end = MARGIN + SIZE * len(first)
    best = first.argmax(), second.argmax()
    zero = end + 60
    bars = [_text(end + BARS // 2, MARGIN - 10, "it expects", 13)]
    for place, value in enumerate(first):
        _, y = _centre((place, 0))
        left, length = _span(zero, value)
        bars.append(_bar(left, y - 9, length, 12, value, place == best[0]))
        bars.append(_text(zero, y + 20, f"{value:.1f}", 13))
    bars.append(_text(MARGIN - 29, end + 64, "it expects", 12))
    for place, value in enumerate(second):
        x, _ = _centre((0, place))
        # Upwards is more, so the span is turned over.
        top, length = _span(end + 50, -value)
        bars.append(_bar(x - 26, top, 12, length, value, place == best[1]))
        bars.append(_text(x + 12, end + 54, f"{value:.1f}", 13))
    return bars


def _span(zero: float, value: float) -> tuple[float, float]:
    """Begin and length of a bar from zero, at most 45 pixels long."""
    length = min(45.0, abs(value) * PER_POINT)
    return (zero if value >= 0 else zero - length), length


def _bar(x: float, y: float, width: float, height: float, value: float, best: bool) -> str:
    """Blue for a gain, orange for a loss; the best has a frame."""
    colour = BLUE if value >= 0 else ORANGE
    frame = ' stroke="currentColor" stroke-width="2"' if best else ""
    corner = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {corner} fill="{colour}"{frame}/>'


def _walk(record: Record, moment: int) -> list[tuple[int, ...]]:
    """The joint policies of the first team up to a moment, repetitions left out."""
    stops: list[tuple[int, ...]] = []
    for joint in record.greedy_path[: moment + 1, 0].tolist():
        if not stops or stops[-1] != tuple(joint):
            stops.append(tuple(joint))
    return stops


def _names(game: MatrixGame, joint) -> str:
    return (
        "("
        + ", ".join(
            names[action]
            for names, action in zip(
                game.actions,
                joint,
                strict=True,
            )
        )
        + ")"
    )


def _centre(joint) -> tuple[int, int]:
    return round(MARGIN + SIZE * (joint[1] + 0.5)), round(
        MARGIN + SIZE * (joint[0] + 0.5)
    )  # x is the column


def _field(joint: tuple[int, int], payoffs: np.ndarray, teams: int) -> str:
    x, y = _centre(joint)
    left = x - SIZE // 2 + 1
    top = y - SIZE // 2 + 1
    worth = payoffs[joint]
    colour, depth = BLUE, worth / payoffs.max()
    if worth < 0:
        colour, depth = ORANGE, worth / payoffs.min()
    corner = f'x="{left}" y="{top}" width="{SIZE - 2}" height="{SIZE - 2}"'
    word = "team" if teams == 1 else "teams"
    count = _text(x, y + 32, f"{teams} {word}", 13) if teams else ""
    # Translucent, so that the page's own background and letters remain.
    box = (
        f'<rect {corner} fill="{colour}" fill-opacity="{0.06 + 0.44 * depth:.2f}" '
        'stroke="currentColor" stroke-opacity="0.3"/>'
    )
    return box + _text(x, y - 20, f"{worth:g}", 17) + count


def _text(x: float, y: float, content: str, size: int) -> str:
    place = f'x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="middle"'
    return f"<text {place}>{html.escape(content)}</text>"


class SurfaceWidget(PictureWidget):
    """Sliders for both learning rates, forgiveness, noise and time; every change is answered by
    Python."""

    _esm = widget_script("surface_view.js")
    alpha = traitlets.Float(
        0.1,
        min=0.01,
        max=1,
    ).tag(sync=True)
    """Share of a good surprise that is learned."""
    beta = traitlets.Float(
        0.1,
        min=0,
        max=1,
    ).tag(sync=True)
    """Share of a bad surprise that is learned; more than ``alpha`` is allowed here, to be seen
    failing."""
    leniency = traitlets.Float(
        0,
        min=0,
        max=50,
    ).tag(sync=True)
    """Starting temperature: 0 forgives nothing."""
    noise = traitlets.Enum(CLIMBING_NOISE, "none").tag(sync=True)
    """Which version of the climbing game is played."""
    moment = traitlets.Int(
        TRAINING.moments,
        min=1,
        max=TRAINING.moments,
    ).tag(sync=True)
    """The recorded moment that is shown, from 1."""
    questions = traitlets.List(traitlets.Dict(), asked(QUESTIONS)).tag(sync=True)
    """What the reader can find out."""
    answers = traitlets.Dict().tag(sync=True)
    """Place of a question -> the answer chosen."""
    verdicts = traitlets.List(traitlets.Unicode(), [""] * len(QUESTIONS)).tag(sync=True)
    """What is said to each answer."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self._learn()

    @traitlets.observe("alpha", "beta", "leniency", "noise")
    def _learn(self, change=None) -> None:
        if change is None or hasattr(self, "record"):
            self.game = climbing(self.noise)
            self.record = learn(
                self.game,
                Learner(
                    blend(
                        self.alpha,
                        self.beta,
                        self.leniency,
                    )
                ),
                TRAINING,
            )
            self._show()

    @traitlets.observe("moment")
    def _show(self, change=None) -> None:
        if hasattr(self, "record"):
            self.picture = draw(self.record, self.game, self.moment - 1)
            self.text = describe(self.record, self.game, self.moment - 1)

    @traitlets.observe("answers")
    def _answer(self, change=None) -> None:
        self.verdicts = verdicts(QUESTIONS, self.answers)

    def __repr__(self) -> str:
        rates = f"alpha {self.alpha:g}, beta {self.beta:g}"
        rates += f", leniency {self.leniency:g}, noise {self.noise}"
        return f"The payoff surface with {rates}\n{self.text}"
