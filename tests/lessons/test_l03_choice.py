"""The ladder that is drawn leads where the guidelines' tree leads."""

import pytest

from course_lib import suitability
from course_lib.lessons import l03_choice
from course_lib.viz.drawings_choice import verdict_of

DRAWN = {
    "rule": "a rule",
    "classifier": "a classifier",
    "unsupervised": "a detector",
    "bandit": "a bandit",
    "planning": "planning",
    "tabular": l03_choice.ONE,
    "deep": l03_choice.ONE,
    "several": l03_choice.SEVERAL,
    "hierarchy": l03_choice.END,
}


@pytest.mark.parametrize("name", suitability.case_names())
def test_the_drawn_way_of_each_worked_case_ends_at_its_verdict(name):
    found = suitability.assess(suitability.load_case(name).answers)
    steps, end, way = l03_choice.ladder(found.answers)
    may_not_try = found.answers.get("may_explore") == "no"
    expected = "a plan, a rule" if may_not_try else DRAWN[found.verdict]
    assert verdict_of(steps, end, way) == expected


def test_an_open_question_ends_the_way():
    steps, end, way = l03_choice.ladder({"steps_known": "no"})
    assert way == ("no",) and verdict_of(steps, end, way) == ""


def test_every_question_of_the_ladder_decides_in_the_tree():
    from course_lib.suitability.verdicts import TREE

    asked = {question for question, _ in TREE.values()}
    plain = set(l03_choice.SPINE) - {"right-answers", "items-only", "size"}
    assert plain <= asked
