"""The surface widget of lesson 06 in a real JupyterLab, in both themes, with the keyboard."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from support.contrast import contrast

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

NOTEBOOK = new_notebook(
    cells=[
        new_code_cell(
            "from course_lib.widgets.surface import SurfaceWidget\n\nSurfaceWidget(beta=0.01)"
        )
    ]
)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_settings_and_time_are_operated_by_keyboard(jupyterlab, theme):
    from playwright.sync_api import expect

    page = jupyterlab.open(NOTEBOOK, theme)
    page.run_all()
    cell = page.cell(0)
    words = cell.locator("p[role=status]")
    expect(words).to_contain_text("After 3,000 plays, of 20 teams: 20 at (a, a)")
    page.screenshot(f"surface-{theme}", cell)

    time = cell.get_by_label("time: moment 1 to 60")
    time.focus()
    for _ in range(59):
        page.page.keyboard.press(
            "ArrowDown"
        )  # ArrowDown too, which the notebook would like to have
    expect(words).to_contain_text("After 50 plays")
    page.page.keyboard.press("End")

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
    for text in (words, cell.get_by_text("leniency: starting temperature"), noise):
        assert contrast(*page.colours(text)) > 4.5, text
    page.screenshot(f"surface-noise-{theme}", cell)
    page.check_quiet()
