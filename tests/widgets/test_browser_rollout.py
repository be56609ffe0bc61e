"""The widget of imagined and real rollouts in a real JupyterLab, both themes, by keyboard."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

CODE = """import numpy as np
from course_lib.widgets import Office, Rollout, RolloutWidget

office = Office(("gateway", "ledger"), ((0.2, 0.5), (0.8, 0.5)), ((0, 1),))
real = np.array([[1.0, 0.0], [1.0, 0.4], [1.0, 0.8]])
rollouts = {"perfect": Rollout(real, real), "learned": Rollout(real, 1 - real)}
RolloutWidget(office, {"waits": rollouts, "cleans": rollouts})"""


def test_operator_model_and_steps_are_operated_by_keyboard(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(new_notebook(cells=[new_code_cell(CODE)]))
    page.run_all()
    cell = page.cell(0)
    words = cell.locator("p[role=status]")
    expect(words).to_contain_text("After step 1 the model misses by 0 percentage points")
    expect(cell.locator("figcaption")).to_be_hidden()  # the static twin, while the view lives

    steps = cell.get_by_label("steps ahead")
    steps.focus()
    page.page.keyboard.press("End")
    expect(words).to_contain_text("After step 3")
    model = cell.get_by_label("who imagines")
    model.select_option("learned")
    expect(words).to_contain_text("After step 3 the model misses by 80 percentage points")
    cell.get_by_label("who acts").select_option("cleans")
    page.check_themes("rollout", cell, [words, cell.get_by_text("steps ahead", exact=True), model])
    page.check_quiet()
