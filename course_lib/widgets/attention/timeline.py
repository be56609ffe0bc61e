"""Time from left to right: what happened, and under it one row a child, shaded through time.

The rows answer at a glance whom a commander listens to when something happens, and in the mode
"influence" whether it matters. A weight is white at an even share; influence is white at nothing.
Of many children the foremost are shown; any other is reached by selecting it.
"""

import numpy as np

from course_lib.hierarchy.attention.record import EVENTS, AttentionRecord

from .colours import BLUE, EVENT_COLOURS, influence_steps, ratio_steps, step_fill
from .model import INFLUENCE, Choices, heaviest, rows_over_time, watched_zones
from .over_time import MOST_ROWS, influence_stride
from .svg import clickable, escape, picture, text

WIDTH = 1000
"""Pixels; a page with less room says how many it has, so that the letters stay as large."""
PAGE_WIDTH = 748
"""Pixels that a lesson has in a window of 1,280: as wide is what is stored in a notebook."""
NARROWEST = 480
LEFT = 116
MARGIN = 4
"""Pixels to the right of the last tick."""
EVENT_ROW = 13
WEIGHT_LEGEND = "blue: more than an even share, orange: less, white: even, or not there"
INFLUENCE_LEGEND = "the bluer, the further the command would move without this message"
CHILD_ROW = 15


def timeline(
    record: AttentionRecord, choices: Choices, width: int = WIDTH, moment: bool = True
) -> str:
    """Events of all zones, those below the selected unit stronger; then the children's rows.

    Args:
        record: the episode.
        choices: what is selected.
        width: of the picture, in pixels.
        moment: whether the names of the rows tell the values of the selected tick. Without them
            the picture is the same in every tick but for its mark, if all children have rows.
    """
    right = width - MARGIN
    events = _event_rows(record, choices, right)
    top = EVENT_ROW * len(EVENTS) + 8
    children = record.children(choices.unit)
    shown = _shown_children(record, choices)
    rows = []
    values = rows_over_time(record, choices, shown)
    for place, child in enumerate(shown):
        y = top + CHILD_ROW * place
        now = f" {values[choices.tick, place]:.2f} in tick {choices.tick}" if moment else ""
        name = f"{child}: {choices.rows}{now}"
        rows.append(_child_row(record, choices, child, values[:, place], name, (y, right)))
    bottom = top + CHILD_ROW * len(shown)
    others = len(children) - len(shown)
    if others:
        note = f"and {others} others: select one to see its row"
        stride = influence_stride(record, choices.unit)
        if choices.rows == INFLUENCE and stride > 1:
            note += f"; influence is asked every {stride} ticks"
        rows.append(text(LEFT, bottom + 12, note))
        bottom += CHILD_ROW
    legend = INFLUENCE_LEGEND if choices.rows == INFLUENCE else WEIGHT_LEGEND
    rows.append(text(LEFT, bottom + 12, legend))
    bottom += CHILD_ROW
    now = time_to_x(record, choices.tick, right)
    look = f'stroke="{BLUE}" stroke-width="2.5" opacity="0.8"'
    cursor = f'<path class="course-now" d="M{now:.1f} 2V{bottom + 2}" {look}/>'
    label = f"Events, and {choices.rows} of each message to {choices.unit}, over time"
    drawn = picture(
        width,
        bottom + 4,
        label,
        "".join(events + rows) + cursor,
    )
    # Where the time axis begins and ends, for the mouse.
    return drawn.replace("<svg ", f'<svg data-ends="{LEFT} {right}" ', 1)


def time_to_x(
    record: AttentionRecord, tick: float | np.ndarray, right: int = WIDTH - MARGIN
) -> float | np.ndarray:
    """Where a tick stands; the last one stands at ``right``."""
    last = max(1, record.ticks - 1)
    return LEFT + (right - LEFT) * tick / last


def _event_rows(record: AttentionRecord, choices: Choices, right: int) -> list[str]:
    mine = watched_zones(record, choices)
    rows = []
    for kind, name in enumerate(EVENTS):
        y = 4 + EVENT_ROW * kind
        rows.append(text(LEFT - 8, y + 10, name, "end"))
        rows.append(_marks(record, kind, ~mine, (y, right), 0.3))
        rows.append(_marks(record, kind, mine, (y, right), 1.0))
    return rows


def _marks(
    record: AttentionRecord, kind: int, leaves: np.ndarray, end: tuple[int, int], opacity: float
) -> str:
    """A stroke in each tick in which one of the leaves had an event of that kind; ``end`` is where
    the row ends, from above and from the left."""
    y, right = end
    ticks = np.flatnonzero(record.events[:, leaves, kind].any(axis=1))
    marks = "".join(f"M{time_to_x(record, tick, right):.1f} {y}v10" for tick in ticks)
    return (
        f'<path d="{marks}" stroke="{EVENT_COLOURS[kind]}" stroke-width="2" opacity="{opacity:g}"/>'
    )


def _shown_children(record: AttentionRecord, choices: Choices) -> list[str]:
    """The heaviest children in this tick, in the record's order, and the selected one."""
    children = record.children(choices.unit)
    keep = set(heaviest(record, choices)[:MOST_ROWS])
    if choices.sender in children and choices.sender not in keep:
        keep.remove(heaviest(record, choices)[MOST_ROWS - 1])
        keep.add(choices.sender)
    return [child for child in children if child in keep]


def _child_row(
    record: AttentionRecord,
    choices: Choices,
    child: str,
    values: np.ndarray,
    told: str,
    end: tuple[float, int],
) -> str:
    """One child's values (T,) over the episode, as shaded runs of ticks.

    ``told`` is the title of its name; ``end`` is where the row ends, from above and from the left.
    """
    y, right = end
    place = record.children(choices.unit).index(child)
    there = record.child_mask(choices.unit)
    steps = np.zeros(record.ticks, int)
    if choices.rows == INFLUENCE:
        steps = influence_steps(values)
    else:
        # An even share depends on how many are there.
        for count in np.unique(there.sum(axis=1)):
            same = there.sum(axis=1) == count
            steps[same] = ratio_steps(values[same], int(count))
    steps[~there[:, place]] = 0
    width = (right - LEFT) / record.ticks
    high = CHILD_ROW - 3
    shapes = []
    for step in np.unique(steps[steps != 0]):
        path = "".join(
            f"M{LEFT + width * first:.1f} {y:g}h{width * length:.1f}v{high}h-{width * length:.1f}z"
            for first, length in _runs(steps == step)
        )
        shapes.append(f'<path d="{path}" {step_fill(int(step))}/>')
    weight = 700 if child == choices.sender else 400
    frame = (
        f'<rect x="{LEFT}" y="{y:g}" width="{right - LEFT}" height="{high}" '
        'fill="none" stroke="currentColor" stroke-opacity="0.25"/>'
    )
    name = (
        f'<text x="{LEFT - 8}" y="{y + 11:g}" text-anchor="end" '
        f'font-weight="{weight}">{escape(child)}</text>'
    )
    return clickable("sender", child, told, name) + frame + "".join(shapes)


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """(first, length) of each run of True."""
    framed = np.concatenate([[0], mask.astype(int), [0]])  # so that every run has two edges
    edges = np.flatnonzero(np.diff(framed))
    starts, ends = edges[::2], edges[1::2]
    return [
        (int(start), int(end - start))
        for start, end in zip(
            starts,
            ends,
            strict=True,
        )
    ]
