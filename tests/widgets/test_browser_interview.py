"""The interview widget of lesson 03, the decision aid, in a real JupyterLab: every control, in both
themes and both windows, with mouse and keyboard."""

import pytest
from playwright.sync_api import expect
from support.browser import notebook_of

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

SOURCE = "from course_lib.widgets.interview import InterviewWidget\n\nInterviewWidget()"
NOTEBOOK = notebook_of(SOURCE)


def test_every_control_is_operated(operated):
    hand, cell, verdict = operated.hand, operated.cell, operated.words
    expect(verdict).to_contain_text("still open, 10 of 10 are possible")
    questions = cell.get_by_role("region", name="Questions")
    for question in questions.get_by_role("combobox").all()[1:]:  # after the worked cases
        last = question.locator("option").last
        hand.choose(question, last.inner_text())
        expect(question).to_have_value(last.get_attribute("value"))
    for why in questions.locator("summary").all():
        hand.press(why)
    assert questions.locator("details[open]").count() == questions.locator("details").count()
    expect(verdict).not_to_contain_text("10 of 10")
    cases = cell.get_by_label("Start from a worked case")
    hand.choose(cases, cases.locator("option").last.inner_text())
    expect(verdict).to_have_text("Verdict: several agents (MARL)")
    hand.choose(cases, "my own problem")
    expect(verdict).to_contain_text("still open, 10 of 10 are possible")
    operated.check()


def test_questions_are_answered_by_keyboard_and_the_verdict_grows(shared_page):
    page = shared_page
    page.look("light", (1280, 800))
    page.run_cell(0)
    cell = page.cell(0)
    verdict = cell.locator("p[role=status]")
    expect(verdict).to_contain_text("still open, 10 of 10 are possible")
    assert cell.locator('li[data-verdict="excluded"]').count() == 0
    steps = cell.get_by_label("→ Answer this next: Can an expert write down")
    steps.focus()
    # From unknown by yes to no; the notebook would like to have the arrow keys.
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("ArrowDown")
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
    contradiction = cell.get_by_text("Contradiction: You want several agents only for speed")
    expect(contradiction.first).to_be_visible()
    expect(case).to_have_value("")
    page.screenshot("interview-conflict", cell)
    page.check_quiet()
