"""Tables in Markdown."""

import pytest

from course_lib import markdown


def test_a_table_has_headings_a_rule_and_rows():
    lines = markdown.table(["name", "score"], [("expert", -120), ("sleep", "none")])
    assert lines == ["| name | score |", "|---|---|", "| expert | -120 |", "| sleep | none |"]


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="1 cells, there are 2 headings"):
        markdown.table(["name", "score"], [("expert",)])
