"""A notebook that was never run, and is not trusted, shows pictures and no letter soup."""

import pathlib

import nbformat
import pytest

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

NOTEBOOKS = pathlib.Path(__file__).resolve().parents[2] / "notebooks"
WANTED = {
    "00-start-here": "Network map",
    "02-from-bandits-to-deep-rl": "A chain of 6 circles",
    "04-the-range": "What you see of your hosts",
    "06-independent-learners": "Payoffs",
    "10-the-unit": "Command tree",
    "13b-what-the-hierarchy-is-worth": "Command tree",
    "14b-may-it-be-switched-on": "What you see of your hosts",
}
"""Lesson -> how the text of a picture begins: of a film, a drawing, five widgets."""
SOUP = ("abcabc", "tickets pay")
"""What is left of a drawing where its letters are shown without its lines."""
DRAWINGS = """\
from course_lib import viz
from course_lib.widgets import SurfaceWidget
from IPython.display import display

display({"text/html": SurfaceWidget()._repr_mimebundle_()["text/html"]}, raw=True)
viz.draw_loop()
"""


def test_there_is_a_picture_before_anything_runs(jupyterlab):
    """One window for all lessons: most of the time goes into loading JupyterLab."""
    page = None
    for lesson in WANTED:
        path = NOTEBOOKS / f"{lesson}.ipynb"
        if page is None:
            page = jupyterlab.open(path)
        else:
            page.turn_to(jupyterlab.server.put(path))
        look_before_it_runs(page, lesson)


def look_before_it_runs(page, lesson):
    from playwright.sync_api import expect

    picture = page.panel.locator(f'img[alt^="{WANTED[lesson]}"][src^="data:image/svg"]').first
    for theme in ("light", "dark"):
        page.use_theme(theme)
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
        page.screenshot(f"untrusted-{lesson}-{theme}")
    assert page.panel.locator(".jp-RenderedHTML svg").count() == 0, f"{lesson} is trusted after all"
    words = page.panel.inner_text()
    assert not [letters for letters in SOUP if letters in words], lesson


def test_a_cell_that_ran_shows_the_drawing_and_not_its_still(jupyterlab):
    from playwright.sync_api import expect

    page = jupyterlab.open(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(DRAWINGS)]))
    page.run_all()
    assert page.cell(0).locator(".course-drawing").count() == 2
    for drawing in page.cell(0).locator(".course-drawing svg").all():
        expect(drawing).to_be_visible()
    for still in page.cell(0).locator(".course-still img").all():
        expect(still).to_be_hidden()
    page.check_quiet()
