"""Every part of the two seed documents is taught somewhere, and what the index names is there."""

import re

import pytest

from course_lib.teaching import index_markdown, read_index
from course_lib.teaching.plans import lesson_path
from course_lib.workbook.notebooks import read

SECTIONS = read_index()
PARTS_IN_SEED = {
    "G": (
        *(("1", 3), ("2", 3), ("3", 4), ("4", 6), ("4.1", 2), ("5", 2), ("5.1", 3), ("5.2", 2)),
        *(("5.3", 2), ("6", 7), ("6.1", 2), ("6.2", 14), ("7", 1), ("7.1", 1), ("7.2", 1)),
        *(("7.3", 5), ("7.4", 6), ("8", 8), ("8.1", 7), ("9", 18), ("10", 9), ("11", 1)),
        *(("E", 1), ("Ack", 1), ("A", 2), ("B", 2), ("C", 3)),
    ),
    "P": (
        *(("1", 1), ("3.1", 2), ("3.2", 4), ("3.3", 2), ("3.4", 4), ("3.5", 3), ("3.6", 3)),
        *(("3.7", 2), ("4", 4), ("5", 2)),
    ),
}
"""Section -> how many parts it has, counted in the documents themselves: a paragraph, a list or a
table each; a paragraph that a page break cuts in two counts once. The paper's file has no section
2, and its sections are one run of text, counted by subject."""
PLACES = sorted({place for section in SECTIONS for part in section.parts for place in part.places})


def headings(number):
    """The headings of a lesson."""
    prose = [c.source for c in read(lesson_path(number)).cells if c.cell_type == "markdown"]
    return re.findall(r"^#+ (.+)$", "\n".join(prose), re.MULTILINE)


@pytest.mark.parametrize("document", PARTS_IN_SEED)
def test_no_part_of_a_document_is_missing(document):
    counted = [(s.number, len(s.parts)) for s in SECTIONS if s.document == document]
    assert tuple(counted) == PARTS_IN_SEED[document]


def test_every_part_is_taught_or_says_why_not():
    for section in SECTIONS:
        for part in section.parts:
            assert bool(part.places) != bool(part.why_not), part.about


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_there(place):
    number, _, heading = place.partition(": ")
    found = headings(number)
    assert found and (not heading or heading in found)


def test_the_index_links_every_lesson_it_names():
    text = index_markdown("../notebooks")
    for place in PLACES:
        assert f"(../notebooks/{lesson_path(place.partition(':')[0]).name})" in text


def test_a_line_of_another_form_is_named(tmp_path):
    odd = tmp_path / "odd.md"
    odd.write_text("## G 1: Introduction\n- no place\n")
    with pytest.raises(ValueError, match="no place"):
        read_index(odd)
