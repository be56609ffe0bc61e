"""The controls of lesson 00: rules without a network, and the recorded scores."""

from pathlib import Path

import numpy as np

from course_lib import cyber_range
from course_lib.lessons import l00_start

RECORDED = Path(__file__).resolve().parents[2] / "notebooks" / "data" / "hierarchy-scores.csv"


def test_rules_alone_play_without_their_network():
    first = l00_start.compared_teams()["three rules, else Analyse"]
    second = l00_start.compared_teams()["three rules, else Analyse"]
    for unit in second.team.units.values():
        for weights in unit.policy_function.parameters():
            weights.data.normal_()  # any other network: it has no say
    scores = [cyber_range.evaluate(team, episodes=2, seed=7).scores for team in (first, second)]
    assert np.array_equal(*scores)


def test_the_recorded_scores_are_those_of_the_rules():
    recorded = l00_start.read_scores(RECORDED)
    assert list(recorded) == list(l00_start.compared_teams())
    played = cyber_range.evaluate(l00_start.compared_teams()["five rules"], episodes=3, seed=0)
    assert np.array_equal(played.scores, recorded["five rules"].scores[:3])


def test_scores_are_read_as_they_were_written(tmp_path, monkeypatch):
    one = {"five rules": l00_start.compared_teams()["five rules"]}
    monkeypatch.setattr(l00_start, "compared_teams", lambda: one)
    file = tmp_path / "scores.csv"
    l00_start.record_scores(file, episodes=2)
    (scores,) = l00_start.read_scores(file).values()
    low, high = scores.interval
    assert scores.scores.shape == (2,) and low <= scores.mean <= high
