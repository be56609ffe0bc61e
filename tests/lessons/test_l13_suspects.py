"""The five suspects of lessons 12 and 13."""

import pytest

from course_lib.experiments.study.recipes import CONTROLS
from course_lib.lessons import l13_suspects
from course_lib.stats import mean_interval


def test_every_suspect_has_a_control():
    recipes = [suspect.recipe for suspect in l13_suspects.SUSPECTS]
    assert len(set(recipes)) == 5 and set(recipes) <= set(CONTROLS)


def test_the_whole_team_pays_oza_for_what_rzb_lost():
    assert l13_suspects.what_oza_is_paid(1.0) == pytest.approx(-3)
    assert l13_suspects.what_oza_is_paid(0.1) == pytest.approx(-0.3)
    assert l13_suspects.what_oza_is_paid(0.0) == 0


def test_a_network_with_weights_for_every_slot_is_larger():
    shared, per_slot = (l13_suspects.weights_of_leaf(n) for n in ("host-shared", "per-slot"))
    assert per_slot > 10 * shared


def test_a_suspect_is_guilty_only_where_the_whole_interval_is_a_loss():
    assert l13_suspects.verdict(mean_interval([-30, -31, -29])).startswith("guilty: -30")
    assert l13_suspects.verdict(mean_interval([-30, 31, 2])).startswith("acquitted")
    assert l13_suspects.verdict(mean_interval([30, 31, 29])).startswith("acquitted")


def test_nothing_recorded_is_said(tmp_path):
    rows = l13_suspects.verdict_rows(tmp_path)
    assert len(rows) == 5
    assert {alone for _, alone, _ in rows} == {"not recorded"}
    assert [taught for _, _, taught in rows].count("a teacher needs no pay") == 3
