"""Tables of lesson 14 from recorded runs: episodes stay paired, and what is missing is said."""

import numpy as np
import pytest

from course_lib.lessons import l14_recorded as recorded


@pytest.fixture
def run(monkeypatch):
    """A recorded run of two defenders; only the second has a commander to lose."""
    rows = [
        ("flat", "nobody", [-1.0, -3.0, -5.0]),
        ("flat", "1 of 5", [-11.0, -14.0, -15.0]),
        ("team", "nobody", [-2.0, -2.0, -5.0]),
        ("team", "1 of 5", [-3.0, -2.0, -7.0]),
        ("team", "commander", [-2.0, -1.0, -5.0]),
    ]
    table = {"defender": [], "lost": [], "defended": []}
    for defender, lost, points in rows:
        for value in points:
            table["defender"].append(defender)
            table["lost"].append(lost)
            table["defended"].append(value)
    arrays = {name: np.array(column) for name, column in table.items()}
    monkeypatch.setattr(recorded, "read_run", lambda name: arrays)


def test_points_keep_the_order_of_the_episodes(run):
    points = recorded.attrition()
    assert list(points) == ["flat", "team"] and len(points["flat"]) == 2
    assert points["team"]["1 of 5"].tolist() == [-3, -2, -7]


def test_what_a_loss_costs_is_paired_with_the_same_episodes(run):
    rows = recorded.lost_by(recorded.attrition())
    assert [row[0] for row in rows] == ["1 of 5", "commander"]
    assert rows[0][1].startswith("-10 (") and rows[0][2].startswith("-1 (")
    assert rows[1][1] == "no commander" and rows[1][2].startswith("+0 (")


def test_a_team_stands_beside_the_reference_in_every_world(run):
    points = recorded.attrition()
    del points["team"]["commander"]
    rows = recorded.beside(points, "flat", ("team",))
    assert [row[0] for row in rows] == ["nobody", "1 of 5"]
    assert rows[1][1].startswith("+9 (+4 to +")


def test_a_budget_a_generation_and_a_mixture_stand_in_their_tables():
    """The recorded runs themselves: every row and every column has its figures."""
    frontier = recorded.frontier_rows()
    assert [row[0] for row in frontier] == ["5", "10", "15", "20"]
    means = [float(row[2].split(" ")[0]) for row in frontier]
    assert means == sorted(means)  # what may be restored is worth something
    gains = recorded.frontier_gains("screen", "screen, then Sleep")
    assert gains[0][1].startswith("+")
    assert set(recorded.without_bound()) == {"expert", "taught"}
    blues = recorded.cross_play()
    assert [row[0] for row in blues] == ["blue 1", "blue 2", "taught"]
    assert blues[0][5] == "" and blues[2][5]  # only the taught team met its own attacker
    assert len(recorded.learned_beside("blue 1", "red 1", "impact-hungry")) == 3


def test_a_mixture_is_paired_with_the_plain_team_of_its_training(monkeypatch):
    table = {
        "seed": np.repeat([0.0, 1.0], 3),
        "world": np.repeat("official", 6),
        "plain": np.array([-1.0, -2, -3, -10, -20, -30]),
        "mixture": np.array([-2.0, -3, -4, -5, -15, -25]),
    }
    monkeypatch.setattr(recorded, "read_run", lambda name: table)
    ((world, plain, mixture, first, second),) = recorded.mixture_rows()
    assert (world, plain, mixture) == ("official", "-11", "-9")
    assert first.startswith("-1 (") and second.startswith("+5 (")
