"""The message attention explorer in a real JupyterLab, in both themes, with mouse and keyboard."""

import re

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from support.browser import SMALL_TEXT

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

SOURCE = """\
from course_lib.hierarchy import THREE_LAYER, HierarchicalDefender, Team, record_attention
from course_lib.widgets.attention.widget import explorer

record = record_attention(HierarchicalDefender(Team(THREE_LAYER, seed=0)), seed=3, steps=120)
other = HierarchicalDefender(Team(THREE_LAYER, seed=5))
explorer(record, other=other, tick=40, unit="headquarters")"""
NOTEBOOK = new_notebook(cells=[new_code_cell(SOURCE)])

LARGE = """\
import torch
from support.teams import opinionated, record_messages, some_messages

from course_lib.hierarchy import Tree
from course_lib.widgets.attention.widget import explorer

torch.set_num_threads(1)
team = opinionated(Tree.from_description({"centre": [f"site {i}" for i in range(64)]}))
explorer(record_messages(team, some_messages(500, 64)))"""


def press(page, key, times=1):
    for _ in range(times):
        page.page.keyboard.press(key)


def test_the_explorer_is_operated_by_keyboard_and_mouse(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(NOTEBOOK, height=1900)
    page.run_all()
    cell = page.cell(0)
    unfold(cell)
    words, panel = (
        cell.locator("p[role=status]"),
        lambda name: cell.locator(f".course-attention-{name}"),
    )
    expect(words).to_contain_text("Tick 40 of 118. headquarters hears 3 of 3 children")
    expect(words).to_contain_text("attention is nearly uniform")
    expect(panel("matrix")).to_contain_text("1.00")

    by_keyboard(page, expect, cell, words, panel)
    by_mouse(page, expect, cell, words, panel)
    what_ifs(page, expect, cell, panel)
    texts = [
        words,
        cell.get_by_text("commander that listens"),
        panel("matrix").locator("caption"),
        panel("effect").locator("th").nth(5),
        cell.get_by_role("button", name="Poison it"),
    ]
    page.check_themes("attention", cell, texts)
    page.check_quiet()


def test_64_children_over_500_ticks_follow_the_slider(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(new_notebook(cells=[new_code_cell(LARGE)]), height=1900)
    page.run_all()
    words = page.cell(0).locator("p[role=status]")
    expect(words).to_contain_text("Tick 0 of 499. centre hears 64 of 64")
    unfold(page.cell(0))
    page.cell(0).get_by_label("time: tick 0 to 499").focus()
    press(page, "ArrowRight", 10)
    expect(words).to_contain_text("Tick 10 of 499")
    expect(page.cell(0).get_by_role("img", name="Heads side by side")).to_be_visible()
    page.screenshot("attention-64", page.cell(0))
    page.check_quiet()


@pytest.mark.parametrize("width, height, most", [(1280, 800, 690), (1100, 700, 1030)])
def test_what_one_question_needs_is_in_sight_at_once(jupyterlab, width, height, most):
    """Head, tree, heads, rows over time, buttons and effect, without a jump; at 1280 x 800 all at
    once, in a smaller window button and effect."""
    from playwright.sync_api import expect

    page = jupyterlab.open(NOTEBOOK, width=width, height=height)
    page.run_all()
    cell = page.cell(0)
    expect(cell.locator("p[role=status]")).to_contain_text("Tick 40 of 118")
    frame = cell.locator(".course-attention")
    frame.scroll_into_view_if_needed()
    assert page.box(frame)["height"] <= most
    effect = page.box(cell.locator(".course-attention-effect"))
    button = page.box(cell.get_by_role("button", name="Drop this message"))
    assert abs(effect["y"] - button["y"]) < 120

    def place(name):
        """Where a panel stands in the widget, wherever the page is scrolled to."""
        panel = page.box(cell.locator(f".course-attention-{name}"))
        return panel["y"] - page.box(frame)["y"]

    places = {name: place(name) for name in ("tree", "heads", "strip", "effect")}
    cell.get_by_label("commander that listens").select_option("commander")
    expect(cell.locator("p[role=status]")).to_contain_text("commander hears 3 of 3")
    cell.get_by_role("button", name="Drop this message").click()
    expect(cell.locator(".course-attention-effect")).to_contain_text("Your changes move")
    page.screenshot(f"attention-{width}", cell)
    unfold(cell)
    for theme in ("dark", "light"):
        page.use_theme(theme)
        assert frame.evaluate(SMALL_TEXT) == []
        page.screenshot(f"attention-{width}-{theme}", cell)
    unfold(cell)
    for name, y in places.items():
        moved = place(name) - y
        assert abs(moved) < 25, (name, moved)
    page.check_quiet()


def test_the_episode_plays_by_itself_and_stops_when_asked(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(NOTEBOOK, height=1900)
    page.run_all()
    words = page.cell(0).locator("p[role=status]")
    expect(words).to_contain_text("Tick 40 of 118")
    page.cell(0).get_by_role("button", name="▶ Play").click()
    expect(words).not_to_contain_text("Tick 40 of")
    page.cell(0).get_by_role("button", name="Pause").click()
    expect(page.cell(0).get_by_role("button", name="▶ Play")).to_be_visible()


def unfold(cell):
    """Open the folded panels."""
    for summary in cell.locator("summary").all():
        summary.click()


def drag_along_the_strip(page, panel, words, expect):
    """Time follows the mouse while its button is down."""
    box = page.box(panel("strip").locator("svg"))
    middle = box["y"] + 30
    page.page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + box["width"] * 0.995, middle, steps=3)
    page.page.mouse.up()
    expect(words).to_contain_text("Tick 118 of 118")


def what_ifs(page, expect, cell, panel):
    """Influence rows, the arithmetic, silence, another training, the score and the page."""
    cell.get_by_label("rows over time").select_option("influence")
    expect(panel("strip").get_by_role("img")).to_have_attribute(
        "aria-label", "Events, and influence of each message to headquarters, over time"
    )
    cell.get_by_label("receiver").select_option("PAZ")
    expect(panel("sums")).to_contain_text("PAZ hears ADM: q·k =")
    expect(panel("sums").get_by_role("row", name="sum")).to_contain_text("1.000")
    cell.get_by_label("number of the value: 0 to 18").focus()
    press(page, "ArrowRight", 2)
    expect(panel("sums")).to_contain_text("passes on to PAZ, number 2")
    slider = page.box(cell.get_by_label("number of the value: 0 to 18"))
    page.page.mouse.click(slider["x"] + slider["width"] - 3, slider["y"] + slider["height"] / 2)
    expect(panel("sums")).to_contain_text("passes on to PAZ, number 18")
    cell.get_by_role("button", name="Undo all changes").click()
    cell.get_by_role("button", name="Silence the commander").click()
    expect(panel("effect")).to_contain_text("headquarters is silenced")
    cell.get_by_label("time: tick 0 to 118").focus()
    press(page, "PageDown")
    cell.get_by_role("button", name="Score 32 futures").click()
    expect(panel("effect")).to_contain_text("in 32 common futures", timeout=120_000)
    expect(panel("effect")).to_contain_text("difference")
    with page.page.expect_download() as waiting:
        cell.get_by_role("button", name="Save this view as a page").click()
    saved = page.shots / "view.html"
    waiting.value.save_as(saved)
    opens_anywhere(page, saved)
    cell.get_by_role("button", name="Undo all changes").click()
    cell.get_by_label("commander that listens").select_option("commander")
    cell.get_by_role("button", name="Hear the other training").click()
    expect(panel("effect")).to_contain_text("Your changes move the command of commander")
    zone = cell.get_by_label("poison: zone")
    expect(zone.locator("option")).to_have_text(["RZA", "RZB"])
    zone.select_option("RZB")
    cell.get_by_role("button", name="Poison it").click()
    expect(panel("effect")).to_contain_text("Your changes move the command of commander")
    cell.get_by_label("events", exact=True).select_option("RZB")
    cell.get_by_role("button", name="Next alert").click()
    expect(cell.locator("p[role=status]")).to_contain_text(re.compile("alert [^;]*RZB"))


def opens_anywhere(page, path):
    """A saved page shows its pictures in both colour schemes and asks for nothing."""
    alone = page.page.context.new_page()
    asked = []
    alone.on("request", lambda sent: asked.append(sent.url))
    for scheme in ("light", "dark"):
        alone.emulate_media(color_scheme=scheme)
        alone.goto(f"file://{path}")
        assert alone.get_by_role("img", name="Command tree").is_visible()
        assert "in 32 common futures" in alone.locator("body").inner_text()
        alone.screenshot(path=str(page.shots / f"attention-page-{scheme}.png"), full_page=True)
    assert len(asked) == 2 and "<script" not in alone.content()
    alone.close()


def by_keyboard(page, expect, cell, words, panel):
    """Time, the jump, another head, a difference; every control with the arrow keys the notebook
    would like to have."""
    cell.get_by_label("time: tick 0 to 118").focus()
    press(page, "ArrowUp", 2)
    expect(words).to_contain_text("Tick 42 of 118")
    cell.get_by_label("attention of", exact=True).focus()
    press(page, "ArrowDown", 2)
    expect(panel("matrix")).to_contain_text("Attention, head 2: row = receiver")
    cell.get_by_label("compare with").focus()
    press(page, "ArrowDown", 3)
    expect(panel("matrix")).to_contain_text("head 2 minus head 1")
    press(page, "Home")
    press(page, "ArrowDown")
    expect(panel("matrix")).to_contain_text("head 2 minus hierarchy")
    press(page, "Home")
    expect(panel("matrix")).to_contain_text("Attention, head 2: row = receiver")
    cell.get_by_role("button", name="Jump to largest change").focus()
    press(page, "Enter")
    expect(words).not_to_contain_text("Tick 42")
    answer = cell.get_by_label("1. In which tick does the attention of headquarters change most?")
    answer.focus()
    press(page, "ArrowDown")
    expect(panel("questions").get_by_role("note").first).to_contain_text(re.compile("Right|Not so"))
    cell.get_by_label("selected message").focus()
    press(page, "ArrowDown")
    expect(panel("message")).to_contain_text("OFF says")
    expect(panel("message").get_by_role("row")).to_have_count(77)


def by_mouse(page, expect, cell, words, panel):
    """Select in the pictures, drop, add, poison, undo."""
    panel("tree").locator("tspan", has_text="operational").click()
    expect(words).to_contain_text("operational hears 2 of 2 children")
    panel("tree").locator("tspan", has_text="PAZ").click()
    expect(panel("message")).to_contain_text("PAZ says")
    panel("strip").locator("text", has_text="ADM").click()
    expect(panel("message")).to_contain_text("ADM says")
    panel("heads").get_by_role("button", name="head 3").click()
    expect(panel("matrix")).to_contain_text("Attention, head 3")
    panel("strip").locator("svg").click(position={"x": 300, "y": 30})
    expect(words).not_to_contain_text("Tick 42")
    drag_along_the_strip(page, panel, words, expect)
    before = panel("effect").inner_text()
    cell.get_by_role("button", name="Drop this message").click()
    expect(words).to_contain_text("headquarters hears 2 of 3 children")
    expect(panel("effect")).to_contain_text("Your changes move the command of headquarters by")
    assert panel("effect").inner_text() != before
    cell.get_by_role("button", name="Add a quiet zone").click()
    expect(panel("matrix")).to_contain_text("quiet zone")
    cell.get_by_role("button", name="Undo all changes").click()
    expect(words).to_contain_text("headquarters hears 3 of 3 children")
    cell.get_by_role("button", name="Poison it").click()
    expect(panel("message")).to_contain_text("1 poisoned")
