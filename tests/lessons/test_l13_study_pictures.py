"""Pictures of lesson 13b: what they draw is what is recorded."""

import pytest

from course_lib.experiments.study.parts_replaced import recorded_parts
from course_lib.experiments.study.recipe_figures import part_rows, rows_by_training, str_of
from course_lib.experiments.study.summary import summarise
from course_lib.lessons import l13_study_pictures as pictures

PAIR = "three-layer-reward", "three-layer-reward-no-command"


def test_the_gain_of_commands_is_that_of_the_report():
    *trainings, together = pictures.gains_of_commands(PAIR)
    rows = rows_by_training(*PAIR, "sampled")
    assert [str_of(gain) for gain in (*trainings, together)] == [row[-1] for row in rows]
    _, alt = pictures.draw_commands(PAIR)
    assert f"all {len(trainings)} trainings {together.mean:+.1f}" in alt


def test_what_a_replaced_part_costs_is_that_of_the_report():
    name = "three-layer-settled"
    _, alt = pictures.draw_parts(name)
    assert f"{len(recorded_parts(name))} trainings" in alt
    for _, part, cost, _ in part_rows([name]):
        assert f"{part} {cost}" in alt


def test_arms_and_contrasts_are_those_of_the_study():
    _, alt = pictures.draw_arms(["flat", "three-layer"], "Two")
    assert f"flat {summarise('flat').mean:+.1f} [" in alt
    _, alt = pictures.draw_contrasts([("three-layer", "flat"), ("scaled", "three-layer")], "Two")
    assert "three-layer – flat +356.4 [+315.4, +397.3]" in alt
    assert "scaled – three-layer +25.3, one training" in alt


def test_variants_of_a_team_are_paired_by_training():
    lost = pictures.lost_by("messages: zeros")
    assert lost.low > 0 and lost.difference == pytest.approx(6.6, abs=0.05)
    _, alt = pictures.draw_corners()
    assert "full doctrine alone -106.9" in alt


def test_the_simulator_stands_beside_the_range():
    _, alt = pictures.draw_simulator(["three-layer", "own-zone"])
    assert "own-zone, simulator -149.7, one training" in alt
    lines = pictures.beside_published("three-layer")
    assert lines[0] == "three-layer beside -181: contains it (range), contains it (simulator)"
    assert lines[2] == "three-layer beside -113: worse (range), worse (simulator)"
    assert "simulator" not in pictures.beside_published("own-zone")[0]


def test_late_rows_show_the_second_and_the_last_tenth():
    rows = pictures.late_rows(["paper-config"])
    assert [row[1] for row in rows] == ["second tenth", "last tenth"]
    assert float(rows[1][2]) < float(rows[0][2])  # it unlearns
