"""What the reader's changes did: command and actions, before and after, beside the buttons."""

from collections.abc import Sequence

import numpy as np

from course_lib.hierarchy.attention.forked import ForkedScores
from course_lib.hierarchy.attention.record import AttentionRecord
from course_lib.hierarchy.spaces import ACTION_CLASSES

from .colours import shade
from .model import Choices, Look, moved_command
from .svg import escape, percent, row, table
from .tree_view import action_label, shortened
from .words import class_words

ACTIONS_SHOWN = 5
FULL_SHADE = 0.3
"""A change of thirty points of a hundred has the full colour."""


def effect(record: AttentionRecord, choices: Choices, seen: Look, score: str = "") -> str:
    """Words and two tables; before anything is changed both columns are equal.

    ``score`` says what the changes cost where they were played on.
    """
    place = record.units.index(choices.unit)
    before = seen.changes.before
    after = seen.changes.after
    words = "No message is changed yet: drop, add or poison one, and the columns will differ."
    if choices.edited and choices.silence == choices.unit:
        words = f"{choices.unit} is silenced: nobody hears it, its children get no command."
    elif choices.edited:
        words = (
            f"{_silenced(choices)}Your changes move the command of {choices.unit} by "
            f"{percent(moved_command(record, choices, seen))} and its fused message by "
            f"{seen.changes.message_change:.3g}. Most probable class: "
            f"{class_words(before.class_probabilities[place])} before, "
            f"{class_words(after.class_probabilities[place])} after."
        )
    classes = _before_after(
        f"Next command of {choices.unit}",
        ACTION_CLASSES,
        before.class_probabilities[place],
        after.class_probabilities[place],
    )
    tables = f"<div class='course-beside'>{classes}{_leaf_effect(record, choices, seen)}</div>"
    told = f"<p><b>{escape(score)}</b></p>" if score else ""
    return f"<p>{escape(words)}</p>{told}{tables}"


def _silenced(choices: Choices) -> str:
    """Who is silenced, in a sentence."""
    if not choices.silence:
        return ""
    return f"{choices.silence} is silenced: nobody hears it, its children get no command. "


def score_words(scores: ForkedScores, tick: int) -> str:
    """What was played on, in a sentence with the interval."""
    gap = scores.difference
    return (
        f"Played on from tick {tick} for {scores.ticks} ticks in {len(scores.recorded)} common "
        f"futures: {scores.recorded.mean():.1f} points as recorded, {scores.changed.mean():.1f} "
        f"changed; difference {gap.difference:+.1f} [{gap.low:+.1f}, {gap.high:+.1f}]."
    )


def _leaf_effect(record: AttentionRecord, choices: Choices, seen: Look) -> str:
    """Action probabilities of the leaf that is selected, else of the one that moved most."""
    moved = seen.changes.action_change
    leaf = int(moved.argmax())
    if choices.sender in record.leaves:
        leaf = record.leaves.index(choices.sender)
    before = seen.changes.before.probabilities[leaf]
    after = seen.changes.after.probabilities[leaf]
    # Those that move most first; of equals the likeliest.
    order = np.lexsort((-before, -np.abs(after - before)))[:ACTIONS_SHOWN]
    names = [shortened(action_label(record, leaf, int(action))) for action in order]
    old = list(before[order])
    new = list(after[order])
    old_turn = seen.changes.before.turn[leaf]
    new_turn = seen.changes.after.turn[leaf]
    if min(old_turn, new_turn) < 1:
        names.append("acts (its turn)")
        old.append(old_turn)
        new.append(new_turn)
    most = record.leaves[int(moved.argmax())]
    caption = f"Actions of {record.leaves[leaf]}: {percent(moved[leaf])} moved"
    if most != record.leaves[leaf]:
        caption += f"; of {most} {percent(moved.max())}"
    return _before_after(caption, names, old, new)


def _before_after(
    caption: str,
    names: Sequence[str],
    before: Sequence[float],
    after: Sequence[float],
) -> str:
    """A table of shares whose change is shaded by its size."""
    rows = []
    for name, old, new in zip(names, before, after, strict=True):
        gap = float(new - old)
        colour = shade(gap / FULL_SHADE)
        change = f'<span style="background:{colour}">{percent(gap, signed=True)}</span>'
        rows.append(row(name, [percent(old), percent(new), change]))
    return table(caption, ("", "before", "after", "change"), rows)
