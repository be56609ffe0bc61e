"""The quiz, the cards and an ipywidgets slider in a real JupyterLab, in both themes, with mouse and
keyboard."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from support.contrast import contrast
from support.example_lesson import LESSON

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

SLIDER = """\
import ipywidgets

speed = ipywidgets.IntSlider(value=3, min=0, max=10, description="speed")
shown = ipywidgets.HTML("speed 3")
speed.observe(lambda change: setattr(shown, "value", f"speed {change.new}"), names="value")
ipywidgets.VBox([speed, shown])"""

CARDS = """\
from IPython.display import display

right = lambda q, reward, alpha, beta: q + (alpha if reward > q else beta) * (reward - q)
one_rate = lambda q, reward, alpha, beta: q + alpha * (reward - q)
for answer in (right, one_rate, ...):
    display(check.hysteretic_update(answer))
display(check.hysteretic_update.hint(1))
check"""

NOTEBOOK = new_notebook(
    cells=[
        new_markdown_cell("# Rig"),
        new_code_cell(SLIDER),
        new_code_cell("from support.example_lesson import LESSON as check\n\ncheck.quiz"),
        new_code_cell(CARDS),
    ]
)


def test_contrast_has_its_known_values():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


def test_slider_quiz_and_cards(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(NOTEBOOK)
    page.run_all()
    operate_slider(page, expect)
    answer_quiz(page, expect)
    cards = page.cell(3)
    expect(cards).to_contain_text("Correct · Two learning rates")
    expect(cards).to_contain_text("a negative error is weighted by beta")
    expect(cards).to_contain_text("Not attempted")
    verdict, property = cards.get_by_text("Wrong · "), cards.get_by_text("must hold")
    page.check_themes("cards", cards, [verdict, property, cards.get_by_text("lambda>(q=").first])
    quiz = page.cell(2).locator(".course-option, legend, .course-verdict b").all()
    page.check_themes("quiz", page.cell(2), quiz)
    page.check_quiet()


def operate_slider(page, expect):
    handle = page.cell(1).get_by_role("slider")
    expect(page.cell(1)).to_contain_text("speed 3")
    handle.focus()
    for _ in range(4):
        page.page.keyboard.press("ArrowRight")
    expect(page.cell(1)).to_contain_text("speed 7")


def answer_quiz(page, expect):
    """First question with the mouse, wrong and then right; second with the keyboard."""
    quiz = page.cell(2)
    verdicts = quiz.locator(".course-verdict")
    expect(quiz.get_by_role("radio")).to_have_count(10)
    # The static twin says the same; the view is the last output.
    quiz.get_by_text("In 20 % of the steps").last.click()
    expect(verdicts.first).to_contain_text("Not this one. Adding the two counts")
    quiz.get_by_text("In 19 % of the steps").last.click()
    expect(verdicts.first).to_contain_text("Correct.")
    question = LESSON.quiz.questions[1]
    quiz.get_by_role("radio").nth(len(LESSON.quiz.questions[0].options)).focus()
    page.page.keyboard.press("Space")
    for option in question.options:
        right, reason = question.answer(option)
        expect(verdicts.nth(1)).to_contain_text(
            f"{'Correct' if right else 'Not this one'}. {reason}"
        )
        page.page.keyboard.press("ArrowDown")
