"""Drawings of choices: a ladder of questions with one's own way, and the states of a campaign."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .sketch import Sketch

STEP = 52
"""Pixels from one question to the next."""


class Step(NamedTuple):
    """One question of a ladder: one answer leaves it for a verdict, the other leads on."""

    question: str
    leaves: str
    """The answer that leaves, such as "yes"."""
    verdict: str
    stays: str
    """The answer that leads to the next question."""


def draw_ladder(steps: Sequence[Step], end: str, answers: Sequence[str] = ()) -> Sketch:
    """Questions from top to bottom, verdicts on the right, the way of the answers thick and blue.

    Args:
        end: what is left when no answer leaves the ladder.
        answers: the answers to the first questions, in order; the way ends where they do.

    Raises:
        ValueError: if an answer is neither of the two that its question has.
    """
    way = _way(steps, answers)
    reached = verdict_of(steps, end, answers)
    listed = "; ".join(f"{one.question} {one.leaves}: {one.verdict}" for one in steps)
    sketch = Sketch(
        860,
        40 + STEP * (len(steps) + 1),
        f"A ladder of {len(steps)} questions. {listed}. Otherwise: {end}. The marked way answers "
        f"{', '.join(answers) or 'nothing yet'} and ends at: {reached or 'the next question'}.",
    )
    for number, step in enumerate(steps):
        y = 30 + STEP * number
        on_way = number < len(way) or (number == len(way) and reached == "")
        leaving = number < len(way) and way[number] == step.leaves
        going_on = number < len(way) and not leaving
        _draw_exit(sketch, y, step, leaving)
        colour = "blue" if going_on else "faint"
        sketch.arrow(
            (290, y + 19),
            (290, y + STEP - 19),
            colour,
            thick=3 if going_on else 1.4,
        )
        sketch.text(302, y + STEP / 2, step.stays, "start", size=12)
        sketch.box(290, y, 540, 36, step.question, "blue" if on_way else "plain")
    at_end = reached == end
    y = 30 + STEP * len(steps)
    sketch.box(
        290,
        y,
        540,
        36,
        end,
        "orange" if at_end else "plain",
        bold=True,
    )
    return sketch


def _draw_exit(sketch: Sketch, y: float, step: Step, taken: bool) -> None:
    """The arrow to the right, and the verdict it leads to."""
    colour = "blue" if taken else "faint"
    sketch.arrow(
        (560, y),
        (640, y),
        colour,
        thick=3 if taken else 1.4,
    )
    sketch.text(598, y - 11, step.leaves, size=12)
    sketch.box(
        742,
        y,
        200,
        36,
        step.verdict,
        "orange" if taken else "plain",
        bold=True,
    )


def _way(steps: Sequence[Step], answers: Sequence[str]) -> list[str]:
    """The answers up to the one that leaves."""
    way: list[str] = []
    for step, answer in zip(steps, answers, strict=False):
        if answer not in (step.leaves, step.stays):
            both = f"{step.leaves!r} or {step.stays!r}"
            raise ValueError(f"{step.question!r} is answered by {both}, not {answer!r}")
        way.append(answer)
        if answer == step.leaves:
            break
    return way


def verdict_of(steps: Sequence[Step], end: str, answers: Sequence[str]) -> str:
    """Where the answers lead; "" while they do not reach a verdict."""
    way = _way(steps, answers)
    if way and way[-1] == steps[len(way) - 1].leaves:
        return steps[len(way) - 1].verdict
    return end if len(way) == len(steps) else ""


CAMPAIGN_PLACES = ((90, 90), (350, 90), (350, 250), (650, 90), (650, 250))
"""Centre of each state: quiet, foothold, foothold scoped, spread, spread scoped."""
CAMPAIGN_ARROWS = (
    ("close", 0, 1, 22, "faint"),
    ("close", 1, 3, 22, "faint"),
    ("close", 2, 4, -22, "faint"),
    ("investigate", 1, 2, 0, "blue"),
    ("investigate", 3, 4, 0, "blue"),
    ("isolate", 1, 0, 34, "orange"),
    ("isolate", 2, 0, 30, "blue"),
)
"""Action, from, to, bend and colour of the arrows that are drawn."""


def draw_campaign(transitions: np.ndarray, states: Sequence[str], actions: Sequence[str]) -> Sketch:
    """The five states of the campaign of lesson 01, and where the three actions mostly lead.

    Args:
        transitions: (5, 3, 5) chance of each next state.
        states, actions: their names, in order.
    """
    said = []
    for action, before, after, _, _ in CAMPAIGN_ARROWS:
        chance = transitions[before, list(actions).index(action), after]
        said.append(f"{action} leads from {states[before]} to {states[after]} in {chance:.0%}")
    sketch = Sketch(780, 352, f"Five states joined by arrows: {'; '.join(said)}.")
    for action, before, after, bend, colour in CAMPAIGN_ARROWS:
        chance = transitions[before, list(actions).index(action), after]
        _draw_move(sketch, before, after, bend, colour, f"{action} {chance:.0%}")
    for (x, y), name in zip(CAMPAIGN_PLACES, states, strict=True):
        fill = "orange" if "spread" in name else "plain"
        sketch.box(x, y, 130, 46, name.replace(", ", ",\n"), fill)
    away = transitions[4, list(actions).index("isolate"), 0]
    sketch.text(650, 286, f"isolate {away:.0%}: back to quiet", size=12)
    sketch.text(390, 340, "blue: find out first, then isolate  ·  orange: isolate at once", size=12)
    return sketch


def _draw_move(
    sketch: Sketch, before: int, after: int, bend: float, colour: str, words: str
) -> None:
    """An arrow between the edges of two states, with its words at the outer side of its bow."""
    x1, y1 = CAMPAIGN_PLACES[before]
    x2, y2 = CAMPAIGN_PLACES[after]
    length = float(np.hypot(x2 - x1, y2 - y1))
    right = (x2 - x1) / length
    down = (y2 - y1) / length
    # Two level arrows between the same states, one each way, keep a little apart.
    apart = 8 * np.sign(x1 - x2) if y1 == y2 else 0
    start = (x1 + 68 * right, y1 + 25 * down + apart)
    end = (x2 - 72 * right, y2 - 28 * down + apart)
    sketch.arrow(start, end, colour, bend=bend)
    if x1 == x2:
        sketch.text(
            x1 - 10,
            (y1 + y2) / 2,
            words,
            "end",
            size=12,
        )
        return
    middle_x = (start[0] + end[0]) / 2 + (bend + np.sign(bend) * 20) * down
    middle_y = (start[1] + end[1]) / 2 - (bend + np.sign(bend) * 20) * right
    sketch.text(float(middle_x), float(middle_y), words, size=12)
