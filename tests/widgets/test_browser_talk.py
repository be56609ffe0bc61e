"""The message widget of lesson 08 in a real JupyterLab, in both themes, with the keyboard."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

CODE = """from course_lib.widgets import TalkWidget

by_hand = "oooo OoTO OoTO OoTO OoTO OoTO"
TalkWidget({"by hand": by_hand, "silent": "oooo oooo oooo oooo oooo TTTT"})"""


def test_protocol_episode_and_intruder_are_operated_by_keyboard(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(new_notebook(cells=[new_code_cell(CODE)]))
    page.run_all()
    cell = page.cell(0)
    words = cell.locator("p[role=status]")
    expect(words).to_contain_text("by hand: worth 100.0 % of the ceiling")
    expect(cell.locator("figcaption")).to_be_hidden()  # the static twin, while the view lives

    before = words.text_content()
    cell.get_by_label("episode").focus()
    page.page.keyboard.press("ArrowRight")
    expect(words).not_to_have_text(before)
    intruder = cell.get_by_label("intruder turns the switch before day")
    intruder.focus()
    page.page.keyboard.press("End")
    expect(cell.locator("output").nth(1)).to_have_text("6")
    protocol = cell.get_by_label("protocol")
    protocol.select_option("silent")
    expect(words).to_contain_text("silent: worth")
    page.check_themes("talk", cell, [words, cell.get_by_text("episode", exact=True), protocol])
    page.check_quiet()
