"""What lesson 06 reads and draws."""

import pathlib

import numpy as np
import pytest

from course_lib.cyber_range import VectorRange
from course_lib.lessons import l06_independent as l06
from course_lib.lessons import l06_pathology_table

TABLE = pathlib.Path(__file__).resolve().parents[2] / "notebooks/data/pathology-table.csv"


def test_the_recorded_table_is_whole():
    wins = l06.recorded_wins(TABLE)
    assert len(wins) == 5 * 10
    assert wins["climbing", "independent"] == 0 and wins["climbing", "hysteretic"] == 1000
    assert l06.in_percent(897) == "89.7 (87.7 to 91.4)"


def test_the_command_writes_the_file_that_the_lesson_reads():
    """The same games and methods in the same order."""
    text = l06_pathology_table.as_text(l06_pathology_table.whole_table(runs=2, plays=50))
    recorded = TABLE.read_text(encoding="utf-8").splitlines()
    header, *lines = text.splitlines()
    assert header == recorded[0] and len(lines) == 50
    named = [line.split(";")[:3] for line in lines]
    assert named == [line.split(";")[:3] for line in recorded[1:]]
    assert all(line.endswith(";2;50;0") for line in lines)


def test_a_table_of_other_runs_is_refused(tmp_path):
    text = TABLE.read_text(encoding="utf-8").replace(";15000;", ";100;", 1)
    path = tmp_path / "other.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="other runs than the lesson's"):
        l06.recorded_wins(path)


def test_every_size_and_every_team_is_drawn():
    (ax,) = l06.draw_joint_table([2, 3], [(99, 100, 98, 100), (81, 85, 79, 89)]).axes
    assert ax.lines[0].get_ydata().tolist() == [99, 81]
    points = {"learned": np.array([-700.0, -500.0]), "rule": np.array([-80.0, -90.0])}
    (ax,) = l06.draw_teams(points).axes
    assert [len(dots.get_offsets()) for dots in ax.collections] == [2, 2]
    assert "(2 teams" in ax.get_xlabel()


def test_nothing_is_lost_at_the_start_and_orders_go_by_the_own_level():
    world = VectorRange(3, "per-zone", 0, "message")
    world.reset()
    assert l06.points_lost(world).tolist() == [[0, 0]] * 3
    orders = l06.by_level((0, 1, 3), (5, 6, 7))
    assert orders.tolist() == [[0, 0, 0, 1, 1, 1, 3, 3, 3], [5, 6, 7] * 3]
