"""A widget leaves something to read where no program answers."""

import re

import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook

from course_lib import static_twin
from course_lib.workbook.build import without_random_ids

SOURCE = """\
from course_lib.widgets import SurfaceWidget
from course_lib.workbook import Question, Quiz

SurfaceWidget(beta=0.1)
"""
QUIZ = """Quiz(Question("Is two even?", ("Yes", "2 = 2 * 1."), {"No": "It is."}))"""


def exported(notebook):
    """A notebook as a page, read without a network: no script runs."""
    page = HTMLExporter().from_notebook_node(notebook)[0]
    return re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)


@pytest.fixture(scope="module")
def ran():
    """A notebook with a widget and a quiz, run, with the states of its widgets saved in it."""
    notebook = new_notebook(cells=[new_code_cell(SOURCE), new_code_cell(QUIZ)])
    NotebookClient(notebook, timeout=240, kernel_name="python3", store_widget_state=True).execute()
    return notebook


def test_an_exported_page_shows_the_picture_although_the_state_of_the_widget_was_saved(ran):
    assert ran.metadata.widgets, "the state was saved"
    page = exported(ran)
    assert "<svg" in page and "<figcaption>" in page and "Is two even?" in page


def test_twin_and_view_are_two_outputs_and_what_is_stored_is_the_twin(ran):
    for cell in ran.cells:
        twin, view = cell.outputs
        assert set(view.data) == {static_twin.VIEW} and {"text/html", "text/plain"} <= set(
            twin.data
        )
    without_random_ids(ran)
    for cell in ran.cells:
        (twin,) = cell.outputs
        assert static_twin.VIEW not in twin.data
    assert "Is two even?" in exported(ran)


def test_a_widget_without_a_view_shows_its_twin_alone():
    assert static_twin.outputs({"text/plain": "words"}) == [{"text/plain": "words"}]
