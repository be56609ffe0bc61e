"""The interview widget of lesson 03 in a real JupyterLab, in both themes, with the keyboard."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

NOTEBOOK = new_notebook(
    cells=[
        new_code_cell(
            "from course_lib.widgets.interview import InterviewWidget\n\nInterviewWidget()"
        )
    ]
)


def test_questions_are_answered_by_keyboard_and_the_verdict_grows(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(NOTEBOOK)
    page.run_all()
    cell = page.cell(0)
    verdict = cell.locator("p[role=status]")
    expect(verdict).to_contain_text("still open, 10 of 10 are possible")
    assert cell.locator('li[data-verdict="excluded"]').count() == 0
    page.screenshot("interview-open", cell)

    steps = cell.get_by_label("→ Answer this next: Can an expert write down")
    steps.focus()
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press(
        "ArrowDown"
    )  # unknown, yes, no; the notebook would like to have the arrow keys
    signal = cell.get_by_label("→ Answer this next: What tells a learner")
    signal.focus()
    page.page.keyboard.press("ArrowDown")
    expect(verdict).to_have_text("Verdict: a supervised classifier")
    expect(cell.locator('li[data-verdict="excluded"]')).to_have_count(9)
    expect(cell.get_by_text("Past items have right answers beside them")).to_be_visible()

    case = cell.get_by_label("Start from a worked case")
    case.focus()
    page.page.keyboard.press("End")
    expect(verdict).to_have_text("Verdict: several agents (MARL)")
    expect(cell.get_by_label("Can the network fall into parts")).to_have_value("yes")
    argument = cell.get_by_text("A part that is cut off still has to be defended")
    reason = cell.get_by_text("Why is this asked?").first
    question = cell.get_by_text("Must a person be able to follow each decision?")
    page.check_themes("interview-case", cell, [verdict, argument, case, reason, question])

    speed = cell.get_by_label("Are several agents wanted only")
    speed.focus()
    page.page.keyboard.press("ArrowUp")  # from "no" to "yes"
    expect(verdict).to_have_text("Verdict: deep RL with one agent")
    expect(
        cell.get_by_text("Contradiction: You want several agents only for speed").first
    ).to_be_visible()
    expect(case).to_have_value("")
    page.screenshot("interview-conflict", cell)
    page.check_quiet()
