"""The message attention explorer in a real JupyterLab: every function, in both themes and both
windows, with mouse and keyboard."""

import re

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect
from support.browser import SIZES, SMALL_TEXT
from support.hands import COMBINATIONS, HANDS

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

RECORDS = """\
import torch
from support.teams import opinionated, record_messages, some_messages

from course_lib.hierarchy import THREE_LAYER, HierarchicalDefender, Team, Tree
from course_lib.hierarchy import record_attention, replay
from course_lib.training import load_policy, load_recording
from course_lib.widgets.attention.widget import explorer

torch.set_num_threads(1)
record = record_attention(HierarchicalDefender(Team(THREE_LAYER, seed=0)), seed=3, steps=120)
other = HierarchicalDefender(Team(THREE_LAYER, seed=5))
wide = opinionated(Tree.from_description({"centre": [f"site {i}" for i in range(64)]}))
trained = load_recording("three-layer, OFF lost")
fresh = load_policy("three-layer", weights="random")"""
FRESH = 'explorer(record, other=other, tick=40, unit="headquarters", events="RZB")'
LARGE = "explorer(record_messages(wide, some_messages(500, 64)))"
LESSON = """\
before = replay(trained, fresh.team, name="before training")
explorer(trained, other=before, unit="headquarters", tick=99, events="RZB")"""
NOTEBOOK = new_notebook(cells=[new_code_cell(cell) for cell in (RECORDS, FRESH, LARGE, LESSON)])
SMALL, USUAL = SIZES
EXPLORER, SITES, TEAM = 1, 2, 3
"""Cells of the notebook."""
MOST = {1100: 1050, 1280: 690}
"""Height of the widget in a window of so many pixels across."""


class Operated:
    """The explorer of one cell, and a hand that operates it."""

    def __init__(self, page, cell, hand="mouse"):
        self.page, self.hand = page, HANDS[hand]
        self.cell = page.cell(cell)
        self.frame = self.cell.locator(".course-attention")
        self.words = self.cell.locator("p[role=status]")

    def panel(self, name):
        return self.cell.locator(f".course-attention-{name}")

    def press(self, button):
        self.hand.press(self.cell.get_by_role("button", name=button, exact=True))

    def choose(self, label, option):
        self.hand.choose(self.cell.get_by_label(label, exact=True), option)

    def says(self, words):
        expect(self.words).to_contain_text(words)

    def unfold(self):
        """Open the folded panels, or close them."""
        for summary in self.cell.locator(".course-attention > details > summary").all():
            self.hand.press(summary)


@pytest.mark.parametrize("theme, size, hand", COMBINATIONS)
def test_every_function_is_operated(shared_page, theme, size, hand):
    page = shared_page
    page.look(theme, size)
    page.run_cell(EXPLORER)
    shown = Operated(page, EXPLORER, hand)
    shown.says("Tick 40 of 118. headquarters hears 3 of 3 children.")
    shown.says("attention is nearly uniform")
    nothing_jumps(shown, size)
    time_and_play(shown)
    what_is_shown(shown)
    pictures(shown)
    shown.unfold()
    arithmetic_and_questions(shown)
    changes(shown)
    assert shown.frame.evaluate(SMALL_TEXT) == []
    page.screenshot(f"attention-{size[0]}-{theme}", shown.cell)
    page.check_quiet()


def nothing_jumps(shown, size):
    """What one question needs is in sight at once, and stays where it is while it changes."""
    page = shown.page
    shown.frame.scroll_into_view_if_needed()
    assert page.box(shown.frame)["height"] <= MOST[size[0]]
    button = page.box(shown.cell.get_by_role("button", name="Drop the message of ADM"))
    assert abs(page.box(shown.panel("effect"))["y"] - button["y"]) < 120

    def place(name):
        """Where a panel stands in the widget, wherever the page is scrolled to."""
        return page.box(shown.panel(name))["y"] - page.box(shown.frame)["y"]

    places = {name: place(name) for name in ("tree", "heads", "strip", "effect")}
    shown.choose("commander that listens", "commander")
    shown.says("commander hears 3 of 3 children.")
    shown.press("Drop the message of restricted")
    expect(shown.panel("effect")).to_contain_text("Your changes move")
    for name, y in places.items():
        assert abs(place(name) - y) < 25, name
    shown.press("Hear restricted again")
    expect(shown.panel("effect")).to_contain_text("No message is changed yet")
    shown.choose("commander that listens", "headquarters")


def time_and_play(shown):
    """The slider, playing, and the three jumps."""
    slider = shown.cell.get_by_label("time: tick 0 to 118")
    shown.hand.to_start(slider)
    shown.says("Tick 0 of 118")
    shown.press("▶ Play")
    expect(shown.words).not_to_contain_text("Tick 0 of")
    shown.press("⏸ Pause")
    shown.hand.to_end(slider)
    shown.says("Tick 118 of 118")
    slider.press("ArrowDown")  # the arrows that the notebook would like to have
    shown.says("Tick 117 of 118")
    shown.press("Jump to largest change")
    expect(shown.words).not_to_contain_text("Tick 117")
    shown.choose("events of", "OFF")
    shown.press("Next alert")
    expect(shown.words).to_contain_text(re.compile("alert [^;]*OFF"))
    shown.press("Next exploit")
    expect(shown.words).to_contain_text(re.compile("exploit [^;]*OFF"))
    shown.choose("events of", "its zones")


def what_is_shown(shown):
    """Head, comparison, selected message, rows over time."""
    shown.choose("attention of", "head 2")
    matrix = shown.panel("matrix").locator("caption")
    expect(matrix).to_have_text("Attention, head 2: row = receiver, column = sender")
    for other in ("hierarchy", "head 1", "as recorded"):
        shown.choose("compare with", other)
        expect(matrix).to_contain_text(f"head 2 minus {other}")
    shown.choose("compare with", "nothing")
    expect(matrix).to_have_text("Attention, head 2: row = receiver, column = sender")
    shown.choose("selected message", "OFF")
    expect(shown.panel("says")).to_contain_text("OFF says")
    for rows in ("weight after mixing", "influence", "weight"):
        shown.choose("rows over time", rows)
        expect(shown.panel("strip").get_by_role("img")).to_have_attribute(
            "aria-label", f"Events, and {rows} of each message to headquarters, over time"
        )


def pictures(shown):
    """What is drawn can be chosen: units, zones, rows, heads, and a place in time."""
    button = shown.cell.get_by_role("button", name=re.compile("^operational: IOC"))
    shown.hand.press(button)
    shown.says("operational hears 2 of 2 children.")
    shown.hand.press(shown.cell.get_by_role("button", name=re.compile("^PAZ: IOC")))
    expect(shown.panel("says")).to_contain_text("PAZ says")
    shown.hand.press(shown.cell.get_by_role("button", name=re.compile("^ADM: weight")))
    expect(shown.panel("says")).to_contain_text("ADM says")
    shown.hand.press(shown.cell.get_by_role("button", name="head 3: choose it"))
    expect(shown.panel("matrix")).to_contain_text("Attention, head 3")
    shown.choose("attention of", "mean of heads")
    drag_along_the_strip(shown)


def drag_along_the_strip(shown):
    """Time follows the mouse while its button is down; with keys there is the slider."""
    strip = shown.panel("strip").locator("svg")
    strip.scroll_into_view_if_needed()
    box = shown.page.box(strip)
    mouse = shown.page.page.mouse
    mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 30)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.995, box["y"] + 30, steps=3)
    mouse.up()
    shown.says("Tick 118 of 118")


def arithmetic_and_questions(shown):
    """What is folded: the numbers, the arithmetic, the entries, the questions."""
    expect(shown.panel("matrix")).to_contain_text("1.00")
    shown.choose("receiver", "PAZ")
    expect(shown.panel("sums")).to_contain_text("PAZ hears ADM: q·k =")
    expect(shown.panel("sums").get_by_role("row", name="sum")).to_contain_text("1.000")
    shown.hand.to_end(shown.cell.get_by_label("number of the value: 0 to 18"))
    expect(shown.panel("sums")).to_contain_text("passes on to PAZ, number 18")
    shown.hand.press(shown.panel("sums").locator("summary"))
    expect(shown.panel("sums").locator("details p")).to_contain_text("×")
    expect(shown.panel("message").get_by_role("row")).to_have_count(77)
    answer = shown.cell.get_by_label("In which tick does the attention of headquarters change")
    shown.hand.choose(answer, answer.locator("option").nth(1).inner_text())
    expect(shown.panel("questions").get_by_role("note").filter(has_text=VERDICT)).to_have_count(1)


VERDICT = re.compile("Right|Not so")


def changes(shown):
    """Every what-if, its score, and the page."""
    effect = shown.panel("effect")
    shown.press("Add a copy")
    expect(shown.panel("matrix")).to_contain_text("copy of ADM")
    shown.press("Add a quiet zone")
    shown.says("headquarters hears 5 of 5 children.")
    shown.press("Undo all changes")
    shown.says("headquarters hears 3 of 3 children.")
    shown.press("Silence headquarters")
    expect(effect).to_contain_text("headquarters is silenced")
    shown.press("Hear headquarters again")
    shown.choose("commander that listens", "commander")
    shown.press("Hear the other training")
    expect(effect).to_contain_text("Your changes move the command of commander")
    shown.press("Undo all changes")
    zone = shown.cell.get_by_label("poison: zone")
    expect(zone.locator("option")).to_have_text(["RZA", "RZB"])
    shown.hand.choose(zone, "RZB")
    shown.choose("poison: entries", "all process events")
    shown.hand.to_start(shown.cell.get_by_label("poison: set to"))
    shown.hand.to_end(shown.cell.get_by_label("poison: set to"))
    shown.press("Poison RZB")
    expect(effect).to_contain_text("Your changes move the command of commander")
    shown.press("Drop the message of restricted")
    shown.says("commander hears 2 of 3 children, not restricted.")
    shown.cell.get_by_label("time: tick 0 to 118").focus()
    shown.page.page.keyboard.press("PageDown")  # few ticks are left to be played
    shown.press("Score 32 futures")
    expect(effect).to_contain_text("in 32 common futures", timeout=120_000)
    with shown.page.page.expect_download() as waiting:
        shown.press("Save this view as a page")
    saved = shown.page.shots / "view.html"
    waiting.value.save_as(saved)
    opens_anywhere(shown.page, saved)


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


@pytest.mark.parametrize("theme, size, hand", [("dark", SMALL, "keys"), ("light", USUAL, "mouse")])
def test_whom_headquarters_hears_when_rzb_is_attacked(shared_page, theme, size, hand):
    """The path of lesson 10, in the trained team: whom, whether it matters, and what without."""
    page = shared_page
    page.look(theme, size)
    page.run_cell(TEAM)
    shown = Operated(page, TEAM, hand)
    shown.says("Tick 99 of 199. headquarters hears 3 of 3 children.")
    expect(shown.cell.get_by_label("events of")).to_have_value("RZB")
    shown.press("Next exploit")
    shown.says("Tick 155 of 199. headquarters hears 2 of 3 children, not OFF.")
    shown.says("Just before: exploit RZB; alert RZB ×2.")
    heaviest = shown.panel("weights").locator("tbody tr").first
    expect(heaviest).to_contain_text(re.compile(r"ADM\s*0.75"))
    expect(heaviest).to_contain_text("15.0 %")
    shown.choose("rows over time", "influence")
    expect(shown.panel("strip")).to_contain_text("the further the command would move")
    shown.press("Drop the message of ADM")
    expect(shown.panel("effect")).to_contain_text("move the command of headquarters by 15.0 %")
    expect(shown.panel("effect")).to_contain_text(
        re.compile("Most probable class: Analyse .* before, Analyse .* after")
    )
    page.screenshot(f"rzb-{size[0]}-{theme}", shown.cell)
    shown.unfold()
    right = {
        "headquarters, tick 155: whose message has the largest weight?": "ADM",
        "RZB is attacked. How far does the command move without": "by 5 to 25 %",
        "tick 155: which order is the likeliest without the message of ADM?": "Analyse",
    }
    for place, (ask, answer) in enumerate(right.items()):
        shown.hand.choose(shown.cell.get_by_label(ask), answer)
        expect(shown.panel("questions").get_by_role("note").nth(place)).to_contain_text("Right.")
    page.screenshot(f"rzb-answers-{size[0]}-{theme}", shown.cell)


def test_64_children_over_500_ticks_follow_the_slider(shared_page):
    shared_page.look("light", (1280, 800))
    shown = Operated(shared_page, SITES)
    shown.says("Tick 0 of 499. centre hears 64 of 64 children.")
    shown.cell.get_by_label("time: tick 0 to 499").focus()
    for _ in range(10):
        shared_page.page.keyboard.press("ArrowRight")
    shown.says("Tick 10 of 499")
    expect(shown.cell.get_by_role("img", name="Heads side by side")).to_be_visible()
    shared_page.screenshot("attention-64", shown.cell)


def test_every_text_has_contrast(shared_page):
    shown = Operated(shared_page, TEAM)
    texts = [
        shown.words,
        shown.cell.get_by_text("commander that listens"),
        shown.panel("effect").locator("th").nth(5),
        shown.cell.get_by_role("button", name="Poison ADM"),
    ]
    shared_page.check_themes("attention", shown.cell, texts)
    shared_page.check_quiet()
