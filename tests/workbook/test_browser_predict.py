"""A prediction in a real JupyterLab: hidden until guessed or skipped, by keys, in both themes."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

NOTEBOOK = new_notebook(
    cells=[
        new_code_cell(
            "from course_lib.workbook import predict\n\n"
            "guess = predict('How many hosts does red hold?', unit='hosts', within=2)\n"
            "guess"
        ),
        new_markdown_cell("In between."),
        new_code_cell("print('the table')\nguess.reveal(61, 'Nobody removes it.')"),
        new_code_cell(
            "which = predict('Which defender?', choices=['asleep', 'random', 'expert'])\nwhich"
        ),
        new_code_cell("print('the scores')\nwhich.reveal('expert', 'It removes red.')"),
        new_code_cell("between = predict('What share?', unit='%', interval=True)\nbetween"),
        new_code_cell("print('the share')\nbetween.reveal(40, 'Two in five.')"),
        new_code_cell("print('nobody asks about this')"),
    ]
)


def test_answers_are_hidden_until_guessed_or_skipped(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(NOTEBOOK)
    page.run_all()
    for cell, shown in ((2, "the table"), (4, "the scores"), (6, "the share")):
        expect(page.cell(cell).get_by_role("button", name="Note my guess")).to_be_visible()
        expect(output(page, cell, shown)).to_be_hidden()
    expect(output(page, 7, "nobody asks about this")).to_be_visible()
    page.check_themes("predict-waiting", page.cell(3), texts_of(page.cell(3)))
    guess_a_number(page, expect)
    choose_by_keys(page, expect)
    skip_by_keys(page, expect)
    page.check_themes("predict-answered", page.cell(2), [page.cell(2).locator("b").last])
    page.check_quiet()


def output(page, cell, text):
    """The printed line of a cell; its source holds the same words."""
    return page.cell(cell).locator(".jp-OutputArea-output", has_text=text).first


def texts_of(cell):
    return cell.locator(".course-option, legend, .course-button").all()


def guess_a_number(page, expect):
    """Wrong, and then as a number, with Enter; the cell of the answer says how far off it was."""
    field = page.cell(0).get_by_label("Your guess (hosts)")
    field.focus()
    page.page.keyboard.type("many")
    page.page.keyboard.press("Enter")
    expect(page.cell(0)).to_contain_text("Write a number")
    expect(output(page, 2, "the table")).to_be_hidden()
    field.fill("20")
    page.page.keyboard.press("Enter")
    said = "You said 20 hosts; it is 61 hosts: 41 too low"
    expect(page.cell(0).get_by_role("status")).to_contain_text(said)
    expect(page.cell(2).get_by_role("status")).to_contain_text(said)
    expect(output(page, 2, "the table")).to_be_visible()
    expect(field).to_be_hidden()


def choose_by_keys(page, expect):
    """In the cell of the answer: the last option, with the arrow keys, and the button."""
    page.cell(4).get_by_role("radio").first.focus()
    for key in ("Space", "ArrowDown", "ArrowDown", "Tab", "Space"):
        page.page.keyboard.press(key)
    expect(page.cell(3).get_by_role("status")).to_contain_text("You said “expert”; right.")
    expect(output(page, 4, "the scores")).to_be_visible()


def skip_by_keys(page, expect):
    page.cell(5).get_by_role("button", name="Skip").focus()
    page.page.keyboard.press("Enter")
    expect(page.cell(6).get_by_role("status")).to_contain_text("The answer: 40 %. Two in five.")
    expect(output(page, 6, "the share")).to_be_visible()
