"""Notebooks as other programs write them."""

import codecs
import json

import pytest

from course_lib.workbook import notebooks

CELL = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["é, 漢字"]}
TEXT = json.dumps(
    {"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False
)
FORMS = {
    "plain": TEXT.encode(),
    "marked": TEXT.encode("utf-8-sig"),
    "utf-16": TEXT.encode("utf-16"),
    "utf-16, high byte first": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_notebook_that_went_through_windows_tools_is_read(form, tmp_path):
    """With a byte order mark or without."""
    path = tmp_path / "a.ipynb"
    path.write_bytes(FORMS[form])
    assert notebooks.read(path).cells[0].source == "é, 漢字"


def test_what_is_no_notebook_is_one_line(tmp_path):
    """Another code page, a folder, nothing."""
    page = tmp_path / "page.ipynb"
    page.write_bytes(TEXT.replace("漢字", "").encode("cp1252"))
    for path, reason in (
        (page, "not text in UTF-8"),
        (tmp_path, "folder"),
        (tmp_path / "x", "not"),
    ):
        with pytest.raises(ValueError, match=reason) as error:
            notebooks.read(path)
        assert "\n" not in str(error.value)
