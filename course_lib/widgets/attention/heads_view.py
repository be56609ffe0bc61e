"""Attention of every head at once, as small squares, and of the chosen head as numbers.

Row = receiver, column = sender. White is an even share, blue more, orange less; differences between
two heads or teams have blue for more and orange for less.
"""

import numpy as np

from .colours import STEPS, difference_steps, ratio_steps, shade, step_fill
from .model import MEAN, Choices, Look
from .svg import clickable, escape, number, picture, row, table, text

SQUARE = 57
"""Side of one head's square, pixels."""
GAP = 11
TABLE_MOST = 12
"""More children than this are told in words instead of a table."""
LISTED = 8


def heads_picture(choices: Choices, seen: Look) -> str:
    """One square a head, the chosen one framed; a click chooses."""
    squares = []
    for place, name in enumerate(seen.head_names):
        left = place * (SQUARE + GAP)
        squares.append(
            _square(
                choices,
                seen,
                name,
                seen.by_head[place],
                left,
            )
        )
    width = len(seen.head_names) * (SQUARE + GAP)
    return picture(width, SQUARE + 22, "Heads side by side", "".join(squares))


def _square(choices: Choices, seen: Look, name: str, weights: np.ndarray, left: float) -> str:
    """The (N, N) weights of one head."""
    count = len(seen.children)
    cell = SQUARE / max(1, count)
    scale = difference_steps if seen.versus else ratio_steps
    steps = scale(weights, int(seen.child_mask.sum()))
    pairs = seen.child_mask[:, None] & seen.child_mask[None, :]
    steps = np.where(pairs, steps, 0)
    shapes = []
    for step in np.unique(steps[steps != 0]):
        cells = "".join(
            f"M{left + cell * sender:.1f} {18 + cell * receiver:.1f}"
            f"h{cell:.1f}v{cell:.1f}h-{cell:.1f}z"
            for receiver, sender in np.argwhere(steps == step)
        )
        shapes.append(f'<path d="{cells}" {step_fill(int(step))}/>')
    width = 3 if name == choices.head else 1
    frame = (
        f'<rect x="{left:g}" y="18" width="{SQUARE}" height="{SQUARE}" fill="transparent" '
        f'stroke="currentColor" stroke-width="{width}"/>'
    )
    column = left + cell * seen.children.index(choices.sender)
    mark = (
        f'<rect x="{column:.1f}" y="18" width="{cell:.1f}" height="{SQUARE}" fill="none" '
        'stroke="currentColor" stroke-dasharray="2 2"/>'
    )
    title = f"{name}: choose it"
    label = text(left, 12, "mean" if name == MEAN else name)
    return (
        clickable(
            "head",
            name,
            title,
            label + "".join(shapes) + frame,
        )
        + mark
    )


def matrix(choices: Choices, seen: Look) -> str:
    """The chosen head as numbers with the sums of its rows; many children in words."""
    what = f"{choices.head} minus {seen.versus}" if seen.versus else choices.head
    caption = f"Attention, {what}: row = receiver, column = sender"
    if len(seen.children) > TABLE_MOST:
        return f"<p><b>{escape(caption)}.</b> {_in_words(choices, seen)}</p>"
    scale = difference_steps if seen.versus else ratio_steps
    steps = scale(seen.weights, int(seen.child_mask.sum()))
    sign = "+" if seen.versus else ""
    rows = []
    for receiver, name in enumerate(seen.children):
        cells = []
        for sender in range(len(seen.children)):
            there = seen.child_mask[receiver] and seen.child_mask[sender]
            colour = shade(steps[receiver, sender] / STEPS if there else 0.0)
            weight = f"{seen.weights[receiver, sender] + 0.0:{sign}.2f}"
            cells.append(f'<span style="background:{colour}">{weight}</span>')
        total = round(float(seen.weights[receiver].sum()), 2) + 0.0
        cells.append(f"<i>{total:{sign}.2f}</i>")
        rows.append(row(name, cells))
    return table(caption, ("", *seen.children, "sum"), rows)


def _in_words(choices: Choices, seen: Look) -> str:
    """Of many children: the rows' sums, and whom the selected one attends to most."""
    if not seen.child_mask.any():
        return "Nobody is there."
    sums = seen.weights[seen.child_mask].sum(axis=1)
    weights = seen.weights[seen.children.index(choices.sender)]
    order = np.argsort(-np.abs(weights), kind="stable")[:LISTED]
    listed = ", ".join(f"{escape(seen.children[i])} {weights[i]:.3f}" for i in order)
    even = 1 / max(1, int(seen.child_mask.sum()))
    return (
        f"Rows sum to {number(sums.min())} to {number(sums.max())}; an even share is {even:.3f}. "
        f"The row of {escape(choices.sender)} has most at {listed}."
    )
