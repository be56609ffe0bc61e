"""Tables in Markdown."""

import pytest

from course_lib import markdown


def test_a_table_has_headings_a_rule_and_rows():
    lines = markdown.table(["name", "score"], [("expert", -120), ("sleep", "none")])
    assert lines == ["| name | score |", "|---|---|", "| expert | -120 |", "| sleep | none |"]


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="1 cells, there are 2 headings"):
        markdown.table(["name", "score"], [("expert",)])


def test_what_stands_between_two_marks_is_replaced_and_nothing_else():
    marks = ("<a>", "</a>")
    text = markdown.between("top\n<a>\nold\n</a>\nend\n", marks, "new", "x.md")
    assert text == "top\n<a>\nnew\n</a>\nend\n"
    assert markdown.between(text, marks, "new", "x.md") == text
    for missing in ("top", "<a> alone", "</a> before <a>"):
        with pytest.raises(
            ValueError, match=r"^x\.md has no place for this: it lacks <a> or </a>$"
        ):
            markdown.between(missing, marks, "new", "x.md")
