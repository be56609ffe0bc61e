"""No figure stands open right under the prediction that it answers."""

from collections.abc import Iterator

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib.teaching.plans import lesson_path
from course_lib.workbook.build import ANSWER
from course_lib.workbook.notebooks import read

READ = ("00", "01", "01b", "01c", "02", "05", "10", "10b")
"""Lessons that were read as a newcomer reads them."""


def open_answers(notebook: NotebookNode) -> Iterator[int]:
    """Numbers of the cells that draw, unfolded, below an answer and with no text between."""
    answered = False
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            answered = False
            continue
        look = cell.metadata.get("jupyter", {})
        if answered and draws(cell) and not look.get("outputs_hidden"):
            yield number
        answered = bool(ANSWER.search(cell.source)) or (answered and look.get("source_hidden"))


def draws(cell: NotebookNode) -> bool:
    """Whether a cell shows a figure or a drawing."""
    shown = [output.get("data", {}) for output in cell.outputs]
    return any("image/png" in data or "<svg" in data.get("text/html", "") for data in shown)


@pytest.mark.parametrize("number", READ)
def test_no_answer_stands_open(number):
    assert list(open_answers(read(lesson_path(number)))) == []


def test_an_open_answer_is_found_past_hidden_checks_and_not_past_text():
    figure = new_output("display_data", {"image/png": "iVBORw0KGgo="})
    answer = {"source": "guess.reveal(1)", "metadata": {"jupyter": {"outputs_hidden": True}}}
    page = new_notebook(
        cells=[
            new_code_cell(**answer),
            new_code_cell("assert one", metadata={"jupyter": {"source_hidden": True}}),
            new_code_cell("show(figure)", outputs=[figure]),
            new_code_cell(**answer),
            new_markdown_cell("As the figure shows:"),
            new_code_cell("show(figure)", outputs=[figure]),
        ]
    )
    assert list(open_answers(page)) == [2]
