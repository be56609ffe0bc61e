"""The attrition of lesson 10: who is lost, when, and that no weight changes."""

import torch

from course_lib import cyber_range
from course_lib.lessons import l10_attrition
from course_lib.training import load_policy


def test_a_unit_is_lost_at_its_tick_and_not_before():
    calm = load_policy("three-layer")
    loses = l10_attrition.Attrition(load_policy("three-layer"), "OZB")
    short = {"episodes": 2, "seed": 0, "steps": l10_attrition.LOST_AT}
    scores = [cyber_range.evaluate(team, **short).scores.tolist() for team in (calm, loses)]
    assert scores[0] == scores[1] and not loses.lost
    cyber_range.evaluate(loses, episodes=1, seed=0, steps=l10_attrition.LOST_AT + 10)
    assert loses.lost == {"OZB"}
    cyber_range.evaluate(loses, episodes=1, seed=0, steps=20)
    assert not loses.lost  # back at the start of the next episode


def test_every_team_has_the_weights_of_the_trained_one():
    weights = load_policy("three-layer").team.state_dict()
    made = l10_attrition.teams()
    assert list(made)[0] == "nobody lost" and len(made) == len(l10_attrition.LOSSES) + 3
    for team in made.values():
        held = team.team.state_dict()
        assert all(torch.equal(held[name], values) for name, values in weights.items())


def test_scores_are_read_as_they_were_written(tmp_path, monkeypatch):
    one = {"nobody lost": load_policy("three-layer")}
    monkeypatch.setattr(l10_attrition, "teams", lambda: one)
    file = tmp_path / "scores.csv"
    l10_attrition.record(file, episodes=1)
    assert l10_attrition.read(file)["nobody lost"].shape == (1,)
