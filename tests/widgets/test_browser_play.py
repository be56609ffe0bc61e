"""A game in one seat in a real JupyterLab, by mouse and by keyboard, in both themes."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

CODE = """from course_lib.cyber_range import make_policy
from course_lib.widgets import PlayWidget

rivals = {"expert": make_policy("expert"), "nobody": make_policy("sleep")}
PlayWidget(make_policy("expert"), rivals, seed=4, start=100, ticks=8)"""


def test_a_game_is_played_to_its_end_by_mouse_and_keyboard(jupyterlab):
    from playwright.sync_api import expect

    expect.set_options(timeout=60_000)  # an order is a few forks of the range

    page = jupyterlab.open(new_notebook(cells=[new_code_cell(CODE)]), height=800)
    page.run_all(300)
    cell = page.cell(0)
    words = cell.locator("p[role=status]")
    expect(words).to_contain_text("8 of your ticks are left")
    expect(cell.locator("figcaption")).to_be_hidden()  # the static twin, while the view lives

    hosts = cell.get_by_label("your hosts", exact=True)
    second = cell.locator("svg:visible [data-host]").nth(1)
    number = second.get_attribute("data-host")
    second.click()
    expect(hosts).to_have_value(number)
    cell.get_by_role("button", name="Analyse (a)").click()
    expect(words).to_contain_text("You chose: Analyse OZA")
    hosts.focus()
    page.page.keyboard.press("ArrowDown")
    expect(hosts).not_to_have_value(number)
    page.page.keyboard.press("r")
    expect(words).to_contain_text("You chose: Remove OZA")
    expect(hosts).to_be_focused()
    buttons = cell.get_by_role("button", name="Wait one tick (w)")
    label = cell.get_by_text("your hosts", exact=True)
    page.check_themes("play", cell, [words, hosts, label, buttons])

    hosts.focus()  # whatever the change of theme did to it
    for _ in range(8):
        if buttons.is_enabled():
            page.page.keyboard.press("w")
            page.page.keyboard.press("w")  # too early: it changes nothing
            expect(words).not_to_have_text("…")
    expect(words).to_contain_text("Points lost in the same 8 ticks: you")
    expect(words).to_contain_text("nobody")
    assert cell.locator("svg[aria-label^='Points lost']").count() == 1
    page.check_themes("play-over", cell, [words])
    cell.get_by_role("button", name="Begin again").click()
    expect(words).to_contain_text("8 of your ticks are left")
    page.check_quiet()
