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
    costs = [float(row[1].split(" ")[0]) for row in frontier]
    assert costs == sorted(costs)  # what may be restored is worth something
    assert frontier[0][4].startswith("-")  # Sleep in the place of a second choice
    blues = recorded.cross_play()
    assert [row[0] for row in blues] == ["blue 1", "blue 2", "taught"]
    assert blues[0][5] == "not played" and blues[2][5].startswith(
        "-"
    )  # only the taught team met its own attacker
    assert len(recorded.learned_beside("blue 1", "red 1", "impact-hungry")) == 3


def test_an_answer_is_paired_by_episode_and_searches_are_kept_apart(monkeypatch):
    points = {
        ("blue 1", "red 1"): [-10.0, -20, -30, -40],
        ("blue 2", "red 1"): [-8.0, -18, -29, -39],
        ("blue 2", "red 2"): [-18.0, -28, -29, -39],
        ("taught", "red 2"): [-5.0, -6, -7, -8],
        ("taught", "red of taught"): [-5.0, -6, -7, -8],
    }
    table = {"seed": [], "blue": [], "red": [], "defended": []}
    for (blue, red), values in points.items():
        table["seed"] += [0.0, 0.0, 1.0, 1.0]
        table["blue"] += [blue] * 4
        table["red"] += [red] * 4
        table["defended"] += values
    arrays = {name: np.array(column) for name, column in table.items()}
    monkeypatch.setattr(recorded, "read_run", lambda name: arrays)
    answer, back, none = recorded.answer_rows()
    assert answer[1].startswith("+2 (+1 to") and answer[2] == "+2 / +1"
    assert back[1].startswith("-5 (") and back[2] == "-10 / +0"
    assert none[1:] == ("+0 (+0 to +0)", "+0 / +0")


def test_a_way_to_keep_a_budget_stands_beside_the_same_episodes(monkeypatch):
    """Each cell is the mean of differences within an episode; seeds are kept apart."""
    points = {
        ("no bound", 0): [-1.0, -2, -3, -4],
        ("screen", 5): [-11.0, -12, -13, -14],
        ("pace, screen", 5): [-10.0, -11, -8, -9],
        ("price, screen", 5): [-12.0, -13, -14, -15],
        ("screen, then Sleep", 5): [-31.0, -32, -33, -34],
    }
    table = {"seed": [], "how": [], "budget": [], "defended": []}
    for (how, budget), values in points.items():
        table["seed"] += [0.0, 0.0, 1.0, 1.0]
        table["how"] += [how] * 4
        table["budget"] += [float(budget)] * 4
        table["defended"] += values
    arrays = {name: np.array(column) for name, column in table.items()}
    monkeypatch.setattr(recorded, "read_run", lambda name: arrays)
    monkeypatch.setattr(recorded, "BUDGETS", (5,))
    ((budget, screen, pace, price, asleep),) = recorded.frontier_rows()
    assert budget == "5" and screen == "-10 (-10 to -10)"
    assert recorded.pace_by_seed() == {5: "+1 / +5"}
    assert pace.startswith("+3 (") and price.startswith("-1 (") and asleep.startswith("-20 (")


def test_a_mixture_is_paired_with_the_plain_team_of_its_training(monkeypatch):
    table = {
        "seed": np.repeat([0.0, 1.0], 3),
        "world": np.repeat("official", 6),
        "plain": np.array([-1.0, -2, -3, -10, -20, -30]),
        "mixture": np.array([-2.0, -3, -4, -5, -15, -25]),
    }
    monkeypatch.setattr(recorded, "read_run", lambda name: table)
    first, second = recorded.mixture_gains("any")["official"]
    assert (first.difference, second.difference) == (-1, 5)
    assert (first.low, first.high) == (-1, -1)  # every episode lost a point


def test_the_worst_world_is_that_of_the_plain_team_in_each_training(monkeypatch):
    """What the mixture gains there may be a loss elsewhere, and is asked nowhere else."""
    table = {
        "seed": np.repeat([0.0, 1.0], 4),
        "world": np.tile(np.repeat(["official", "stealthy"], 2), 2),
        "plain": np.array([-1.0, -3, -8, -12, -30, -10, -1, -3]),
        "mixture": np.array([-9.0, -9, -6, -6, -25, -25, -9, -9]),
    }
    monkeypatch.setattr(recorded, "read_run", lambda name: table)
    gains = recorded.worst_world_gains("any")
    assert gains == {0: ("stealthy", 4.0), 1: ("official", -5.0)}


def test_what_disturbs_only_hierarchies_comes_first_and_is_missing_elsewhere():
    points = {
        "expert": {"nothing": np.array([-1.0, -3]), "alarms": np.array([-2.0, -5])},
        "taught": {
            "nothing": np.array([-2.0, -2]),
            "alarms": np.array([-2.0, -2]),
            "messages cut": np.array([-4.0, -5]),
        },
    }
    rows = recorded.disturbed_rows(points)
    assert [row[0] for row in rows] == ["messages cut", "alarms"]
    assert rows[0][1] == "no wires" and rows[0][2].startswith("-2 ± ")
    assert rows[1][1].startswith("-2 ± ") and rows[1][2] == "+0 ± 0"


def test_each_of_a_pair_meets_its_own_best_response(monkeypatch):
    """Rows of the table and of the contrast, from the episodes that belong to them."""
    table = {"blue": [], "red": [], "defended": []}
    worth = {"official": -1.0, "own": -5.0, "other": -3.0}
    for pair in recorded.PAIRS:
        for blue in pair:
            other = pair[1] if blue == pair[0] else pair[0]
            for kind, red in zip(
                worth, ("official", f"best against {blue}", f"best against {other}"), strict=True
            ):
                for episode in range(2 * recorded.SEARCHES):
                    table["blue"].append(blue)
                    table["red"].append(red)
                    less = 2.0 if blue == pair[0] and kind == "own" else 0.0
                    table["defended"].append(worth[kind] - episode % 2 - less)
    arrays = {name: np.array(column) for name, column in table.items()}
    monkeypatch.setattr(recorded, "read_run", lambda name: arrays)
    rows = recorded.predictable_rows()
    assert [row[0] for row in rows] == ["fixed", "rotated", "greedy", "drawn"]
    means = [float(rows[1][column].split(" ")[0]) for column in (1, 2, 4)]
    assert np.allclose(means, [-2, -8, -4], atol=0.5)
    assert rows[0][3] == " / ".join(["-6"] * recorded.SEARCHES)
    gains = recorded.unpredictable_gains()
    assert gains[0][0] == "rotated minus fixed" and gains[0][1].startswith("-2 (")
    assert gains[0][2] == " / ".join(["-2"] * recorded.SEARCHES)


def test_what_a_bad_night_costs_stands_beside_the_sum_of_its_parts():
    base = np.array([-10.0, -20.0, -30.0])
    parts = recorded.FOUR_TROUBLES
    points = {"team": {"nothing": base}}
    for number, what in enumerate(parts):
        points["team"][what] = base - number  # 0 + 1 + 2 + 3 points lost
    points["team"][recorded.BAD_NIGHT] = base - np.array([9.0, 10.0, 11.0])
    ((name, plain, added, together, more),) = recorded.at_once_rows(points)
    assert (name, plain, added, together) == ("team", "-20", "-6", "-10")
    assert more.startswith("-4 (-6 to -2")
