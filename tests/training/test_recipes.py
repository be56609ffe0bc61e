"""The teams that came out of the recipes: what they are, that they play as they were scored."""

import functools

import pytest

from course_lib.cyber_range import Report, evaluate
from course_lib.training import load_policy
from course_lib.training.host_play import require_host_shared
from course_lib.training.pretrained import RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_a_three_layer_hierarchy_of_the_official_defenders(name):
    team = load_policy(name)
    require_host_shared(team)
    assert team.defenders == "official" and len(team.team.wiring.levels) == 3
    assert not team.doctrine.rules and team.name == name
    assert team.about["spec"]["config"] in ("strong", "settled", "taught") and team.about["made_by"]


@functools.cache
def played(name: str, greedy: bool = False) -> Report:
    """Twelve official episodes of a team; a session plays them once."""
    team = load_policy(name)
    team.greedy = greedy
    return evaluate(team, episodes=12, seed=700_000)


@pytest.mark.parametrize("name", RECIPES)
def test_it_defends_far_better_than_its_untrained_self(name):
    trained = played(name)
    untrained = evaluate(load_policy(name, weights="random"), episodes=4, seed=700_000)
    assert trained.official
    assert trained.defended_mean > -75
    assert untrained.defended_mean < -400


def test_greedy_play_of_the_taught_team_is_no_worse_than_drawn_play():
    """A policy that collapses when it is sharpened was dice; of the other recipe's that is true."""
    drawn = played("three-layer-taught").defended_mean
    greedy = played("three-layer-taught", greedy=True).defended_mean
    assert abs(greedy - drawn) < 15
