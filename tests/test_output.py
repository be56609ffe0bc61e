"""What is printed survives old code pages, and moves no cursor."""

import io
import sys

import pytest

from course_lib import output


@pytest.mark.parametrize("page", ["cp1252", "cp437", "cp932", "ascii", "utf-8"])
def test_every_sign_of_the_course_can_be_printed(page, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=page))
    output.survive_code_pages()
    print("✓ ✗ ○ 漢 é ± \udc80")
    sys.stdout.flush()
    text = raw.getvalue().decode(page)
    assert "?" in text.split()[-1], "half a character of a file name is a question mark"
    if page == "ascii":
        assert text.split() == ["+", "x", "o", "?", "e", "+/-", "?"]


def test_a_stream_that_is_no_file_is_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    output.survive_code_pages()
    print("✓")
    assert sys.stdout.getvalue() == "✓\n"
