"""The surface widget of lesson 06 in a real JupyterLab: every control, in both themes and both
windows, with mouse and keyboard."""

import pytest
from playwright.sync_api import expect
from support.browser import notebook_of

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

SOURCE = "from course_lib.widgets.surface import SurfaceWidget\n\nSurfaceWidget(beta=0.01)"
NOTEBOOK = notebook_of(SOURCE)
LEARNT = 60_000
"""Milliseconds that learning anew may take on a busy machine."""


def test_every_control_is_operated(operated):
    hand, cell, words = operated.hand, operated.cell, operated.words
    expect(words).to_contain_text("After 3,000 plays, of 20 teams: 20 at (a, a)")
    expect(cell.locator("figcaption")).to_be_hidden()  # the static twin, while the view lives
    time = cell.get_by_label("time: moment 1 to 60")
    hand.to_start(time)
    expect(words).to_contain_text("After 50 plays")
    time.press("ArrowUp")  # ArrowUp too, which the notebook would like to have
    expect(words).to_contain_text("After 100 plays")
    hand.press(cell.get_by_role("button", name="Play the training"))
    expect(words).not_to_contain_text("After 100 plays")
    hand.press(cell.get_by_role("button", name="Pause"))
    hand.to_end(time)
    expect(words).to_contain_text("After 3,000 plays")
    settings(hand, cell, words)
    answer = cell.get_by_label("1. No noise")
    hand.choose(answer, "0.1")
    expect(cell.get_by_role("note").first).to_contain_text("Not so.")
    hand.choose(answer, "0.02")
    expect(cell.get_by_role("note").first).to_contain_text("Right.")
    operated.check()


def settings(hand, cell, words):
    """What learns anew: the two learning rates, leniency, noise; each makes another training."""
    for place, name in (
        (1, "beta: share of a bad"),
        (2, "leniency"),
        (0, "alpha: share of a good"),
    ):
        before = words.inner_text()
        hand.to_end(cell.get_by_role("slider", name=name))
        expect(words).not_to_have_text(before, timeout=LEARNT)
        expect(cell.locator("output").nth(place)).to_have_text("50" if name == "leniency" else "1")
    before = words.inner_text()
    hand.choose(cell.get_by_label("noise: which payoffs"), "full: every field tosses a coin")
    expect(words).not_to_have_text(before, timeout=LEARNT)


def test_hysteretic_teams_fall_for_the_coin_and_the_training_plays_to_its_end(shared_page):
    shared_page.look("light", (1280, 800))
    shared_page.run_cell(0)
    cell = shared_page.cell(0)
    words = cell.locator("p[role=status]")
    cell.get_by_label("time: moment 1 to 60").press("Home")
    expect(words).to_contain_text("After 50 plays")
    cell.get_by_role("button", name="Play the training").click()
    expect(words).to_contain_text("After 3,000 plays", timeout=LEARNT)
    noise = cell.get_by_label("noise: which payoffs")
    noise.press("ArrowDown")
    noise.press("ArrowDown")
    expect(words).to_contain_text("20 at (b, b)", timeout=LEARNT)
    expect(cell.get_by_role("img")).to_contain_text("20 teams")
    leniency = cell.get_by_text("leniency: starting temperature")
    shared_page.check_themes("surface", cell, [words, leniency, noise])
    shared_page.check_quiet()
