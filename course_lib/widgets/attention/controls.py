"""The controls of the explorer: names, labels, places, and what each can be set to."""

from typing import Any

from course_lib.hierarchy.attention.record import AttentionRecord

from . import model


def buttons(
    record: AttentionRecord, other: AttentionRecord | None, choices: model.Choices, zone: str
) -> list[tuple[str, str, str]]:
    """Name, label and part of the layout of each button.

    A label names the unit whose message the button changes; ``zone`` is the one to be poisoned.
    The button for another training is only there where there is one.
    """
    commander = model.to_silence(record, choices)
    silence = "Hear {} again" if choices.silence == commander else "Silence {}"
    every = [
        ("alert", "Next alert", "strip"),
        ("exploit", "Next exploit", "strip"),
        ("largest", "Jump to largest change", "strip"),
        ("drop", _drop_label(choices), "edit"),
        ("copy", "Add a copy", "edit"),
        ("quiet", "Add a quiet zone", "edit"),
        ("poison", f"Poison {zone}", "edit"),
        ("silence", silence.format(commander), "edit"),
        ("undo", "Undo all changes", "edit"),
        ("theirs", "Hear the other training", "edit"),
        ("score", "Score 32 futures", "edit"),
        ("page", "Save this view as a page", "edit"),
    ]
    return [button for button in every if button[0] != "theirs" or other is not None]


def _drop_label(choices: model.Choices) -> str:
    """What a press of "drop" does to the selected message."""
    if choices.sender in model.labels(choices):
        return f"Take {choices.sender} away"
    if choices.sender in choices.drop:
        return f"Hear {choices.sender} again"
    return f"Drop the message of {choices.sender}"


def controls(
    record: AttentionRecord,
    other: AttentionRecord | None,
    choices: model.Choices,
    children: tuple[str, ...],
) -> list[dict[str, Any]]:
    """The explorer's controls; ``place`` is the part of the layout they stand in."""
    last = record.ticks - 1
    last_value = model.value_entries(record) - 1
    of_value = f"number of the value: 0 to {last_value}"
    return [
        _range("tick", f"time: tick 0 to {last}", "head", 0, last, 1),
        _select("unit", "commander that listens", "head", record.commanders),
        _select("sender", "selected message", "head", children),
        _select("head", "attention of", "head", model.heads(record)),
        _select("compare", "compare with", "head", model.comparisons(record, other)),
        _select("events", "events of", "strip", (model.OWN_EVENTS, *record.leaves)),
        _select("rows", "rows over time", "strip", model.ROWS),
        _select("zone", "poison: zone", "edit", model.poison_zones(record, choices)),
        _select("entry", "poison: entries", "edit", model.poison_entries()),
        _range("value", "poison: set to", "edit", 0, 1, 0.05),
        _select("receiver", "receiver", "sum", children),
        _range("value_entry", of_value, "sum", 0, last_value, 1),
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
