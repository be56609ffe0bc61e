"""What lesson 05 writes into its tables."""

import pytest

from course_lib import games
from course_lib.lessons.l05_pathologies import listed, share


def test_a_share_stands_with_its_interval():
    assert share([True] * 10) == "100 % [72, 100]"
    assert share([True, False, False, False]) == "25 % [5, 70]"
    with pytest.raises(ValueError, match="runs"):
        share([])


def test_joint_actions_have_the_names_of_each_agent():
    game = games.firewall_acl()
    assert listed(game, [(0, 0), (2, 1)]) == "(gateway, gateway), (relay, tunnel)"
    assert listed(game, []) == ""
