"""Three rules mixed into a team that learned without any."""

import json

import numpy as np
import pytest

from course_lib.experiments.study import recipes, with_doctrine
from course_lib.experiments.study.arms import read_scores
from course_lib.hierarchy.doctrine import NONE, STANDARD
from course_lib.training.runs import RunSpec, build_defender

TWO_EPISODES = {"scores": [-90.0, -110.0], "defended": [-30.0, -50.0]}


def test_the_rules_get_their_weight_and_the_network_stays():
    team = build_defender(RunSpec(config="strong", doctrine="none", policy={"hidden": 8}))
    assert team.doctrine == NONE
    mixed = with_doctrine.mixed_in(team)
    assert mixed.doctrine == STANDARD
    weights = {u.policy_function.config.doctrine_weight for u in mixed.team.units.values()}
    assert weights == {with_doctrine.WEIGHT}


def test_the_gain_is_paired_by_episode_and_averaged_over_trainings(tmp_path, monkeypatch):
    monkeypatch.setattr(with_doctrine, "EVALUATION_EPISODES", 2)
    team = build_defender(RunSpec(config="strong", doctrine="none", policy={"hidden": 8}))
    team.save(tmp_path / "policy.pt")
    name, own, scores = "three-layer-strong", [], []
    for seed in (0, 1):
        (tmp_path / f"{name}-{seed}").mkdir()
        alone = {"sampled": TWO_EPISODES, "greedy": TWO_EPISODES}
        made = {"format": recipes.FORMAT, "version": recipes.VERSION, **alone}
        (tmp_path / f"{name}-{seed}" / "result.json").write_text(json.dumps(made))
        found = with_doctrine.record_doctrine(name, seed, tmp_path / "policy.pt", tmp_path)
        own.append(found[with_doctrine.DEFENDED] - found[with_doctrine.RULES_ALONE])
        scores.append(found[with_doctrine.SCORES])
        assert (found[with_doctrine.SCORES] <= found[with_doctrine.DEFENDED]).all()
    gain = with_doctrine.gain_over_rules(name, tmp_path)
    assert with_doctrine.recorded_doctrine(name, tmp_path) == [0, 1]
    assert gain.mean == pytest.approx(np.mean(own)) and gain.n == 2
    assert with_doctrine.score_with_rules(name, tmp_path) == pytest.approx(np.mean(scores))
    mixed = [read_scores(with_doctrine.KIND, name, n, tmp_path) for n in (0, 1)]
    parts = [played[with_doctrine.DEFENDED] for played in mixed]
    added = with_doctrine.gain_by_rules(name, tmp_path)
    assert added.mean == pytest.approx(np.mean(parts) - np.mean(TWO_EPISODES["defended"]))
