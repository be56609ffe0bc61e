"""The surface widget of lesson 06 in a real JupyterLab, in both themes, with the keyboard."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

NOTEBOOK = new_notebook(
    cells=[
        new_code_cell(
            "from course_lib.widgets.surface import SurfaceWidget\n\nSurfaceWidget(beta=0.01)"
        )
    ]
)


def test_settings_and_time_are_operated_by_keyboard(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(NOTEBOOK)
    page.run_all()
    cell = page.cell(0)
    words = cell.locator("p[role=status]")
    expect(words).to_contain_text("After 3,000 plays, of 20 teams: 20 at (a, a)")
    expect(cell.locator("figcaption")).to_be_hidden()  # the static twin, while the view lives

    time = cell.get_by_label("time: moment 1 to 60")
    time.focus()
    for _ in range(59):
        page.page.keyboard.press(
            "ArrowDown"
        )  # ArrowDown too, which the notebook would like to have
    expect(words).to_contain_text("After 50 plays")

    cell.get_by_role("button", name="Play the training").click()  # from the beginning again
    expect(words).to_contain_text("After 3,000 plays", timeout=60_000)
    answer = cell.get_by_label("1. No noise")
    answer.select_option("0.1")
    expect(cell.get_by_role("note").first).to_contain_text("Not so.")
    answer.select_option("0.02")
    expect(cell.get_by_role("note").first).to_contain_text("Right.")

    noise = cell.get_by_label("noise: which payoffs")
    noise.focus()
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("ArrowDown")
    expect(words).to_contain_text(
        "20 at (b, b)", timeout=60_000
    )  # hysteretic teams fall for the coin
    expect(cell.get_by_role("img")).to_contain_text("20 teams")

    beta = cell.get_by_label("beta: share of a bad surprise")
    beta.focus()
    page.page.keyboard.press("Home")
    expect(cell.locator("output").nth(1)).to_have_text("0")
    leniency = cell.get_by_text("leniency: starting temperature")
    page.check_themes("surface", cell, [words, leniency, noise, cell.get_by_role("note").first])
    page.check_quiet()
