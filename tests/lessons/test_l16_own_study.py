"""Lesson 16: tables from the records, a study that is stopped, an audit that can fail."""

import numpy as np
import pytest

from course_lib.experiments.own_study import EXAMPLES
from course_lib.lessons import l16_own_study as l16


def test_the_lessons_own_study_is_stopped_and_goes_on(tmp_path):
    plan = l16.climbing_plan()
    with pytest.raises(KeyboardInterrupt):
        l16.run_study(plan, l16.stopped_after(2), tmp_path)
    assert len(list(tmp_path.glob("*-*.json"))) == 2


def test_a_block_is_a_share_of_ten_teams_and_shuffling_is_other_luck():
    hysteretic = l16.climb("hysteretic", 0).values
    assert len(hysteretic) == 4 and all(value % 10 == pytest.approx(0) for value in hysteretic)
    assert np.mean(hysteretic) > 40 > np.mean(l16.climb("independent", 0).values)


def test_every_open_question_of_the_seeds_is_there():
    names = " ".join(question.name for question in l16.QUESTIONS)
    for word in ("Pareto", "cooperation", "contribution", "number of agents", "protocols"):
        assert word in names
    for word in ("heterogeneous", "adversaries", "order of actions", "owners", "real-world"):
        assert word in names
    assert all(all(cell for cell in row) and len(row) == 5 for row in l16.question_rows())


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_study_is_shown_as_it_is_recorded(name):
    shown = l16.study(name)
    assert len(shown.arms()) == len(shown.plan.arms)
    first = shown.contrasts()[0]
    assert first[0] == f"primary: {shown.plan.primary[0]} minus {shown.plan.primary[1]}"
    better, worse = shown.plan.primary
    found = shown.judged.contrasts[0].difference
    assert found == pytest.approx(shown.mean(better) - shown.mean(worse))


def test_chance_finds_something():
    assert l16.chance_of_a_find(1) == pytest.approx(0.05)
    assert l16.chance_of_a_find(20) == pytest.approx(1 - 0.95**20)


def test_the_audit_has_eleven_rows_and_says_open_where_it_is(monkeypatch):
    rows = l16.audit()
    assert len(rows) == 11 and {row[2] for row in rows} == {"kept", "open"}
    by_name = {row[0]: row[2] for row in rows}
    assert by_name["non-stationarity"] == by_name["environment complexity"] == "open"
    assert by_name["variance"] == "kept"
    monkeypatch.setattr(l16.Study, "mean", lambda self, arm: 100.0 if arm == "team-paid" else 0.0)
    assert {row[0]: row[2] for row in l16.audit()}["modelling correctness"] == "open"
