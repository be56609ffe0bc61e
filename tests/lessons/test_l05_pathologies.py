"""What lesson 05 writes into its tables."""

import pytest

from course_lib import games
from course_lib.lessons.l05_pathologies import Counted, count_exploring, listed, share


def test_a_share_stands_with_its_interval():
    assert share([True] * 10) == "100 % [72, 100]"
    assert share([True, False, False, False]) == "25 % [5, 70]"
    with pytest.raises(ValueError, match="runs"):
        share([])


def test_joint_actions_have_the_names_of_each_agent():
    game = games.firewall_acl()
    assert listed(game, [(0, 0), (2, 1)]) == "(gateway, gateway), (relay, tunnel)"
    assert listed(game, []) == ""


@pytest.mark.parametrize("explorers", [1, 3])
def test_somebody_explores_as_often_as_the_formula_says(explorers):
    counted = count_exploring(0.2, explorers, steps=2000)
    assert counted.low < 1 - 0.8**explorers < counted.high
    assert counted.low < counted.share < counted.high < counted.low + 0.1


def test_a_counted_share_stands_with_its_interval():
    assert str(Counted(0.41, 0.398, 0.421)) == "41.0 % [39.8, 42.1]"
