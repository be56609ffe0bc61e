"""The explorer as one page that needs no kernel and no network: what Python would answer to time,
commander, message, rows and Drop is asked beforehand and written into the page.

The page runs the same attention_view.js as the notebook. live_view.js stands in for the kernel: it
looks up what was asked here.
"""

import base64
import gzip
import html
import json
import pathlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from course_lib.hierarchy.attention.counterfactual import WhatIf, what_if
from course_lib.hierarchy.attention.record import EVENTS, AttentionRecord

from .. import questions
from . import model
from .controls import buttons, controls
from .effect_view import effect
from .explorer_questions import explorer_questions
from .heads_view import heads_picture
from .messages_view import summary_of_selected, weights_table
from .over_time import MOST_ROWS
from .page import STYLE
from .timeline import timeline
from .tree_view import tree_picture
from .words import summary

HERE = pathlib.Path(__file__).parent
CONTROLS = ("tick", "unit", "sender", "events", "rows")
BUTTONS = ("alert", "exploit", "largest", "drop", "undo")
"""What the page can do; the other controls and buttons need a kernel."""
PANELS = ("text", "heads", "weights", "says", "effect")
"""What depends on the moment, the selected message, and whether it is dropped."""
ROOM = 660
"""Width of the rows over time, pixels: a lesson's page on the site has not much more."""
NOTE = (
    "Alive without a kernel: time, commander, message, events, rows and Drop. The other what-ifs "
    "and comparisons are in the notebook."
)

Button = tuple[str, str, str]
"""Name, label and place."""
Panels = list[int]
"""Places of the texts in the page's list of texts, in the order of `PANELS`."""


def live_page(record: AttentionRecord, ticks: range | None = None, **choices: Any) -> str:
    """The page as HTML.

    Args:
        record: what to explore.
        ticks: which ticks can be looked at; all by default. The rows over time show all.
        choices: where it opens: tick (the nearest of ``ticks``), unit, events.

    Raises:
        ValueError: for ticks that the record does not have, or a unit with more children than
            have rows over time: its rows would be others in each tick.
    """
    shown = range(record.ticks) if ticks is None else ticks
    if not shown or shown[0] < 0 or shown[-1] >= record.ticks:
        raise ValueError(f"ticks: the record has 0 to {record.ticks - 1}, not {shown}")
    most = max(len(record.children(unit)) for unit in record.commanders)
    if most > MOST_ROWS:
        raise ValueError(f"a page without a kernel shows up to {MOST_ROWS} children, not {most}")
    start = {"tick": shown[0], "unit": record.units[-1], **choices}
    start["tick"] = min(max(start["tick"], shown[0]), shown[-1])
    first = model.Choices(**start)
    look_ups = explorer_questions(record, first)
    data = {
        "first": {"events": first.events, "rows": first.rows, **start},
        "last": record.ticks - 1,
        "ticks": [shown[0], shown[-1]],
        "panels": PANELS,
        "parents": {unit: record.tree.parent_of(unit) for unit in record.units[:-1]},
        "events": _event_ticks(record, shown),
        "below": {unit: model.leaves_below(record, unit) for unit in record.units},
        "trees": _packed([tree_picture(record, _nobody(record, tick)) for tick in shown]),
        "units": {unit: _packed(_of_unit(record, unit, shown)) for unit in record.commanders},
        "questions": questions.asked(look_ups),
        "verdicts": [{answer: one.verdict(answer) for answer in one.options} for one in look_ups],
    }
    return _framed(f"Message attention explorer: {record.policy}", data)


def _nobody(record: AttentionRecord, tick: int) -> model.Choices:
    """A moment in which no unit is selected: the page itself marks those that are."""
    return model.Choices(tick=tick, unit="")


def _event_ticks(record: AttentionRecord, shown: range) -> dict[str, dict[str, list[int]]]:
    """Kind of event -> zone -> ticks in which it happens there."""
    found: dict[str, dict[str, list[int]]] = {}
    for kind in ("alert", "exploit"):
        found[kind] = {}
        for place, leaf in enumerate(record.leaves):
            happened = np.flatnonzero(record.events[:, place, EVENTS.index(kind)])
            found[kind][leaf] = [int(tick) for tick in happened if tick in shown]
    return found


def _of_unit(record: AttentionRecord, unit: str, shown: range) -> dict[str, Any]:
    """Everything that the page shows of one commander."""
    texts: dict[str, int] = {}
    panels: dict[str, list[list[Panels]]] = {child: [] for child in record.children(unit)}
    for tick in shown:  # child by child within a tick, whose influences are asked once
        for child in record.children(unit):
            heard = model.Choices(tick=tick, unit=unit, sender=child)
            dropped = replace(heard, drop=(child,))
            changed = what_if(record, tick, unit, drop=(child,))
            same = replace(changed, after=changed.before)
            both = [
                _panels(record, heard, same, texts),
                _panels(record, dropped, changed, texts),
            ]
            panels[child].append(both)
    return {
        "panels": panels,
        "texts": list(texts),
        "strips": {child: _strips(record, unit, child) for child in record.children(unit)},
        "changes": list(_changes(record, unit, shown)),
        "controls": _controls(record, unit, shown),
        "buttons": {child: _buttons(record, unit, child) for child in record.children(unit)},
    }


def _panels(
    record: AttentionRecord, moment: model.Choices, changes: WhatIf, texts: dict[str, int]
) -> Panels:
    """The panels of one moment; texts that are new go into ``texts``."""
    seen = model.look_at(record, moment, changes)
    drawn = (
        summary(record, moment, seen),
        _still(heads_picture(moment, seen)),
        weights_table(seen, moment.unit, moment.sender),
        summary_of_selected(record, moment, seen),
        effect(record, moment, seen),
    )
    return [texts.setdefault(text, len(texts)) for text in drawn]


def _still(drawing: str) -> str:
    """A picture in which nothing can be chosen: there is one head to choose here, the mean."""
    return drawing.replace('tabindex="0" role="button" ', "").replace("cursor:pointer", "")


def _strips(record: AttentionRecord, unit: str, child: str) -> dict[str, dict[str, str]]:
    """Rows -> events -> the rows over time; the page moves the mark of the present tick."""
    drawn: dict[str, dict[str, str]] = {}
    for rows in model.ROWS:
        drawn[rows] = {}
        for events in (model.OWN_EVENTS, *record.leaves):
            chosen = model.Choices(tick=0, unit=unit, sender=child, rows=rows, events=events)
            drawn[rows][events] = timeline(record, chosen, ROOM, moment=False)
    return drawn


def _changes(record: AttentionRecord, unit: str, shown: range) -> Iterator[int]:
    """The ticks of the largest changes of attention, the largest first."""
    change = model.change_of(record, model.Choices(tick=0, unit=unit))
    for tick in np.argsort(-change, kind="stable")[: model.MOST_JUMPS]:
        if int(tick) in shown:
            yield int(tick)


def _controls(record: AttentionRecord, unit: str, shown: range) -> list[dict[str, Any]]:
    moment = model.Choices(tick=shown[0], unit=unit, sender=record.children(unit)[0])
    every = controls(record, None, moment, record.children(unit))
    wanted = [control for control in every if control["name"] in CONTROLS]
    for control in wanted:
        if control["name"] == "tick":
            control.update(min=shown[0], max=shown[-1])
    return wanted


def _buttons(record: AttentionRecord, unit: str, child: str) -> list[list[Button]]:
    """The buttons while a message is heard, and while it is dropped."""
    heard = model.Choices(tick=0, unit=unit, sender=child)
    both = []
    for moment in (heard, replace(heard, drop=(child,))):
        every = buttons(record, None, moment, child)
        both.append([button for button in every if button[0] in BUTTONS])
    return both


def _packed(content: Any) -> str:
    """JSON, compressed, in letters: a tick's texts are nearly those of the tick before."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # Without a time in it, so that the same record always makes the same page.
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode("ascii")


def _framed(title: str, data: dict[str, Any]) -> str:
    """The page around the view and its data."""
    view = (HERE / "attention_view.js").read_text(encoding="utf-8")
    view = view.replace("export default { render };", "")
    stand_in = (HERE / "live_view.js").read_text(encoding="utf-8")
    # A "</script>" inside a text would end the script.
    written = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    name = html.escape(title)
    script = f"{view}\nconst DATA = {written};\n{stand_in}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{STYLE}body{{margin:0;padding:0.3em}}</style></head>"
        f'<body><div id="explorer"></div><p>{html.escape(NOTE)}</p>'
        f'<script type="module">{script}</script></body></html>\n'
    )
