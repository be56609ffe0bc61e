"""A notebook that was never run, and is not trusted, shows pictures and no letter soup."""

import pathlib

import pytest

pytest_plugins = ["support.browser"]
pytestmark = pytest.mark.browser

NOTEBOOKS = pathlib.Path(__file__).resolve().parents[2] / "notebooks"
WANTED = {
    "00-start-here": "Network map",
    "06-independent-learners": "Payoffs",
    "10-the-unit": "Command tree",
    "13-training-the-hierarchy": "Command tree",
}
"""Lesson -> how the text of a picture begins that only a widget or a film has."""


@pytest.mark.parametrize("lesson", WANTED)
def test_there_is_a_picture_before_anything_runs(jupyterlab, lesson):
    from playwright.sync_api import expect

    page = jupyterlab.open(NOTEBOOKS / f"{lesson}.ipynb")
    picture = page.panel.locator(f'img[alt^="{WANTED[lesson]}"][src^="data:image/svg"]').first
    for theme in ("light", "dark"):
        page.use_theme(theme)
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
        page.screenshot(f"untrusted-{lesson}-{theme}")
    assert page.panel.locator(".jp-RenderedHTML svg").count() == 0, "trusted after all"
    assert "abcabc" not in page.panel.inner_text()
