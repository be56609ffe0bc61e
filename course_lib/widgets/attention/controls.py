"""The controls of the explorer: names, labels, places, and what each can be set to."""

from typing import Any

from course_lib.hierarchy.attention.record import AttentionRecord

from . import model

BUTTONS = (
    ("largest", "Jump to largest change"),
    ("drop", "Drop this message"),
    ("copy", "Add a copy"),
    ("quiet", "Add a quiet zone"),
    ("poison", "Poison it"),
    ("silence", "Silence the commander"),
    ("undo", "Undo all changes"),
    ("theirs", "Hear the other training"),
    ("score", "Score 32 futures"),
    ("page", "Save this view as a page"),
)


def buttons(other: AttentionRecord | None) -> list[tuple[str, str]]:
    """Names and labels of the buttons; that of another training only where there is one."""
    return [(name, label) for name, label in BUTTONS if name != "theirs" or other is not None]


def controls(
    record: AttentionRecord,
    other: AttentionRecord | None,
    choices: model.Choices,
    children: tuple[str, ...],
) -> list[dict[str, Any]]:
    """The explorer's controls; ``place`` is the part of the layout they stand in."""
    last = record.ticks - 1
    low, high = model.value_range(record, choices)
    return [
        _range("tick", f"time: tick 0 to {last}", "head", 0, last, 1),
        _select("unit", "commander that listens", "head", record.commanders),
        _select("sender", "selected message", "head", children),
        _select("head", "attention of", "head", model.heads(record)),
        _select("compare", "compare with", "head", model.comparisons(record, other)),
        _select("rows", "rows over time", "strip", model.ROWS),
        _select("entry", "poison: which entries", "edit", model.poison_entries(record, choices)),
        _range("value", "poison: set to", "edit", low, high, 0.05),
        _select("receiver", "receiver", "sum", children),
    ]


def _range(
    name: str,
    label: str,
    place: str,
    low: float,
    high: float,
    step: float,
) -> dict[str, Any]:
    """A slider."""
    return {
        "name": name,
        "label": label,
        "place": place,
        "min": low,
        "max": high,
        "step": step,
    }


def _select(
    name: str,
    label: str,
    place: str,
    options: tuple[str, ...],
) -> dict[str, Any]:
    """A list to choose from."""
    return {
        "name": name,
        "label": label,
        "place": place,
        "options": list(options),
    }
