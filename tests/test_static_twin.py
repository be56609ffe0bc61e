"""A widget leaves something to read where no program answers."""

import base64
import re
from xml.etree import ElementTree

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
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


@pytest.fixture(scope="module")
def ran():
    """A notebook with a widget and a quiz, run, with the states of its widgets saved in it."""
    notebook = new_notebook(cells=[new_code_cell(SOURCE), new_code_cell(QUIZ)])
    NotebookClient(notebook, timeout=240, kernel_name="python3", store_widget_state=True).execute()
    return notebook


def test_an_exported_page_shows_the_picture_although_the_state_of_the_widget_was_saved(ran):
    assert ran.metadata.widgets, "the state was saved"
    page = exported(ran)
    shows_picture_and_quiz(page)


def shows_picture_and_quiz(page):
    """The drawing itself is shown, its image is not, and there are words."""
    assert '<div class="course-drawing" hidden="hidden"><svg' in page
    assert f"<style>{static_twin.STILL_CSS}</style>" in page, "so the drawing is shown"
    assert 'src="data:image/svg+xml;base64,' in page and "<figcaption>" in page
    assert "Is two even?" in page


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
    shows_picture_and_quiz(exported(ran))


def test_a_widget_without_a_view_shows_its_twin_alone():
    assert static_twin.outputs({"text/plain": "words"}) == [{"text/plain": "words"}]


def test_a_picture_survives_where_svg_is_taken_out():
    """As an image it is one element with a text, and what it holds is well-formed."""
    svg = '<svg role="img" aria-label="Rows &amp; columns" viewBox="0 0 9 9"><path d="M0 0"/></svg>'
    image = ElementTree.fromstring(static_twin.as_image(svg, "path{fill:red} a>b{}"))
    assert (image.tag, image.get("alt")) == ("img", "Rows & columns")
    kind, data = image.get("src").split(",")
    assert kind == "data:image/svg+xml;base64"
    held = ElementTree.fromstring(base64.b64decode(data))
    assert held.tag == "{http://www.w3.org/2000/svg}svg" and static_twin.PAPER in held.get("style")
    sheet, path = held
    assert sheet.text == "path{fill:red} a>b{}" and path.get("d") == "M0 0"
    with pytest.raises(ValueError, match="begins with <svg"):
        static_twin.as_image("<p>words</p>")
