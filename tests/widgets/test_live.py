"""The explorer's page without a kernel holds what the widget would show, and asks nothing of
anybody."""

import base64
import gzip
import json
import re

import pytest
from support.teams import opinionated, record_messages, some_messages

from course_lib.hierarchy import THREE_LAYER, HierarchicalDefender, Tree, record_attention
from course_lib.widgets.attention import live, model
from course_lib.widgets.attention.live import live_page
from course_lib.widgets.attention.widget import explorer

TICKS = range(10, 13)


@pytest.fixture(scope="module")
def record():
    return record_attention(HierarchicalDefender(opinionated(THREE_LAYER)), seed=3, steps=30)


@pytest.fixture(scope="module")
def page(record):
    return live_page(record, TICKS, tick=11, unit="headquarters", events="RZB")


@pytest.fixture(scope="module")
def data(page):
    found = json.loads(re.search(r"^const DATA = (.*);$", page, re.MULTILINE)[1])
    for unit, letters in found["units"].items():
        found["units"][unit] = unpacked(letters)
    found["trees"] = unpacked(found["trees"])
    return found


def unpacked(letters):
    return json.loads(gzip.decompress(base64.b64decode(letters)))


def told(data, unit, child, tick, dropped):
    """Panel -> what the page shows."""
    own = data["units"][unit]
    places = own["panels"][child][tick - TICKS[0]][dropped]
    return {name: own["texts"][place] for name, place in zip(live.PANELS, places, strict=True)}


@pytest.mark.parametrize("unit, child", [("headquarters", "PAZ"), ("commander", "operational")])
@pytest.mark.parametrize("dropped", [False, True])
def test_the_page_shows_what_the_widget_shows(record, data, unit, child, dropped):
    for tick in TICKS:
        widget = explorer(record, tick=tick, unit=unit, sender=child, events="RZB")
        if dropped:
            widget.do("drop")
        shown = told(data, unit, child, tick, dropped)
        for panel in ("text", "weights", "says", "effect"):
            assert shown[panel] == getattr(widget, panel), panel
        assert "role=" not in shown["heads"].replace('role="img"', ""), "no head can be chosen"
        own = data["units"][unit]
        wanted = [list(button) for button in widget.buttons if button[0] in live.BUTTONS]
        assert own["buttons"][child][dropped] == wanted


def test_the_rows_over_time_are_the_same_in_every_tick_but_for_the_mark(record, data):
    strips = data["units"]["headquarters"]["strips"]["ADM"]
    widget = explorer(record, tick=11, unit="headquarters", events="RZB")
    for rows in model.ROWS:
        widget.rows = rows
        shapes = re.findall(r'<path d="[^"]*" fill[^>]*>', widget.strip)
        drawn = re.findall(r'<path d="[^"]*" fill[^>]*>', strips[rows]["RZB"])
        assert len(drawn) == len(shapes), rows
        assert "in tick" not in strips[rows]["RZB"] and 'class="course-now"' in strips[rows]["RZB"]


def test_only_what_works_without_a_kernel_is_offered(data):
    names = [control["name"] for control in data["units"]["restricted"]["controls"]]
    assert tuple(names) == live.CONTROLS
    (tick,) = [one for one in data["units"]["restricted"]["controls"] if one["name"] == "tick"]
    assert (tick["min"], tick["max"]) == (10, 12)
    assert data["first"] == {"tick": 11, "unit": "headquarters", "events": "RZB", "rows": "weight"}


def test_the_page_loads_nothing_and_is_always_the_same(record, page):
    assert not re.search(r"\b(src|href)=|https?://(?!www\.w3\.org)|fetch\(|import\(", page)
    assert page == live_page(record, TICKS, tick=11, unit="headquarters", events="RZB")


def test_ticks_that_are_not_there_and_too_many_children_are_refused(record):
    with pytest.raises(ValueError, match="0 to 28"):
        live_page(record, range(20, 40))
    with pytest.raises(ValueError, match="0 to 28"):
        live_page(record, range(0))
    team = opinionated(Tree.from_description({"centre": [f"site {i}" for i in range(9)]}))
    with pytest.raises(ValueError, match="up to 8 children, not 9"):
        live_page(record_messages(team, some_messages(5, 9)))
