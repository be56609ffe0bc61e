"""The payoff surface of lesson 06: two agents learn the climbing game and walk over its payoffs.

`describe` and `draw` turn a record of `learners.multi_agent_q` into what is shown; `SurfaceWidget`
holds the settings and asks for a new record when one changes; surface_view.js shows the controls.
"""

import pathlib
from collections import Counter

import anywidget
import numpy as np
import traitlets

from course_lib import static_twin
from course_lib.games import MatrixGame, climbing
from course_lib.games.catalogue import CLIMBING_NOISE
from course_lib.learners.multi_agent_q.learn import Learner, Lenient, Record, Training, learn

HERE = pathlib.Path(__file__).parent
SIZE, MARGIN = 96, 34
"""Side of a payoff field and room for the action names, in pixels."""
TRAINING = Training(
    runs=20,
    plays=3000,
    moments=60,
    followed=0,
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
    """The payoff table as an SVG: payoff and teams in each cell, the first team's walk."""
    payoffs = game.team_payoffs
    numbers = Counter(tuple(joint) for joint in record.greedy_path[moment].tolist())
    fields = []
    for joint in np.ndindex(payoffs.shape):
        fields.append(_field(joint, payoffs, numbers[joint]))
    stops = [_centre(joint) for joint in _walk(record, moment)[-STOPS:]]
    points = " ".join(f"{across},{down}" for across, down in stops)
    x, y = _centre(tuple(record.greedy_path[moment, 0]))
    names = []
    for place, name in enumerate(game.actions[0]):
        across, down = _centre((place, -0.68))
        names.append(_text(across, down, name, 15))
    for place, name in enumerate(game.actions[1]):
        across, down = _centre((-0.68, place))
        names.append(_text(across, down, name, 15))
    side = MARGIN + SIZE * len(payoffs) + 4
    label = "Payoffs (rows: first agent, columns: second) with the teams on them"
    style = "background:#fcfcfa;font-family:sans-serif"
    line = 'fill="none" stroke="#151515" stroke-width="2" stroke-dasharray="5 3"'
    return (
        f'<svg role="img" aria-label="{label}" '
        f'viewBox="0 0 {side} {side}" width="{side}" style="{style}">'
        f"{''.join(names + fields)}"
        f'<polyline points="{points}" {line}/>'
        f'<circle cx="{x}" cy="{y}" r="7" fill="#151515"/></svg>'
    )


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
    hue, depth = 205, worth / payoffs.max()  # blue for what is gained
    if worth < 0:
        hue, depth = 25, worth / payoffs.min()  # orange for what is lost
    corner = f'x="{left}" y="{top}" width="{SIZE - 2}" height="{SIZE - 2}"'
    word = "team" if teams == 1 else "teams"
    count = _text(x, y + 34, f"{teams} {word}", 13) if teams else ""
    box = f'<rect {corner} fill="hsl({hue},75%,{round(96 - 36 * depth)}%)"/>'
    return box + _text(x, y - 20, f"{worth:g}", 17) + count


def _text(x: int, y: int, content: str, size: int) -> str:
    place = f'x="{x}" y="{y}" font-size="{size}" text-anchor="middle"'
    return f'<text {place} fill="#151515">{content}</text>'


class SurfaceWidget(anywidget.AnyWidget):
    """Sliders for both learning rates, forgiveness, noise and time; every change is answered by
    Python."""

    _esm = HERE / "surface_view.js"
    _css = static_twin.HIDE_TWIN
    alpha = traitlets.Float(
        0.1,
        min=0.01,
        max=1,
    ).tag(sync=True)
    """Share of a good surprise that is learnt."""
    beta = traitlets.Float(
        0.1,
        min=0,
        max=1,
    ).tag(sync=True)
    """Share of a bad surprise that is learnt; more than ``alpha`` is allowed here, to be seen
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
    text = traitlets.Unicode().tag(sync=True)
    """What `describe` says; the static twin's text as well."""
    picture = traitlets.Unicode().tag(sync=True)
    """What `draw` draws, SVG."""

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

    def __repr__(self) -> str:
        rates = f"alpha {self.alpha:g}, beta {self.beta:g}"
        rates += f", leniency {self.leniency:g}, noise {self.noise}"
        return f"The payoff surface with {rates}\n{self.text}"

    def _ipython_display_(self) -> None:
        static_twin.show(self._repr_mimebundle_())

    def _repr_mimebundle_(self, **options) -> dict:
        shown = super()._repr_mimebundle_(**options)
        page = f"<figure>{self.picture}<figcaption>{self!r}</figcaption></figure>"
        return {
            **(shown[0] if isinstance(shown, tuple) else shown or {}),
            "text/plain": repr(self),
            "text/html": page,
        }
