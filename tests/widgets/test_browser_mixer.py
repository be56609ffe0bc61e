"""The mixer widget of lesson 07 in a real JupyterLab, in both themes, with the keyboard."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

NOTEBOOK = new_notebook(
    cells=[new_code_cell('from course_lib.widgets import MixerWidget\n\nMixerWidget(method="VDN")')]
)


def test_method_and_payoffs_are_operated_by_keyboard(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(NOTEBOOK)
    page.run_all()
    cell = page.cell(0)
    words = cell.locator("p[role=status]")
    expect(words).to_contain_text("VDN says (a, a) is worth -6.2", timeout=60_000)
    expect(cell.locator("figcaption")).to_be_hidden()  # the static twin, while the view lives

    alone = cell.get_by_label("points when one agent acts alone")
    alone.focus()
    page.page.keyboard.press("End")  # 0: acting alone costs nothing
    expect(words).to_contain_text("the best there is", timeout=60_000)
    expect(cell.locator("output").nth(1)).to_have_text("0")
    page.page.keyboard.press("Home")

    method = cell.get_by_label("method", exact=True)
    method.focus()
    page.page.keyboard.press("ArrowDown")
    expect(words).to_contain_text("QMIX says (a, a) is worth -8", timeout=60_000)
    expect(cell.get_by_role("img")).to_contain_text("the mixer of QMIX")
    label = cell.get_by_text("points when one agent acts alone")
    page.check_themes("mixer", cell, [words, label, method])
    page.check_quiet()
