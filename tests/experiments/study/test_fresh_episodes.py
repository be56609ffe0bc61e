"""Teams beside their teacher in episodes that nobody was trained or judged on."""

import numpy as np
import pytest

from course_lib.cyber_range import evaluate
from course_lib.experiments.study import fresh_episodes, recipe_readme, recipes
from course_lib.experiments.study.arms import EVALUATION_EPISODES, EVALUATION_SEED, keep_scores
from course_lib.training.runs import RunSpec, build_defender
from course_lib.training.trainer import training_seeds

NAME = "three-layer-taught-paid"


def test_the_episodes_are_fresh():
    last = fresh_episodes.FIRST_SEED + fresh_episodes.EPISODES
    assert fresh_episodes.FIRST_SEED >= EVALUATION_SEED + EVALUATION_EPISODES
    assert last <= training_seeds(0)[0]


def test_team_and_teacher_play_the_same_episodes(tmp_path, monkeypatch):
    monkeypatch.setattr(fresh_episodes, "EPISODES", 2)
    team = build_defender(RunSpec(config="strong", doctrine="none", policy={"hidden": 8}))
    team.save(tmp_path / "policy.pt")
    (tmp_path / f"{NAME}-0").mkdir()
    found = fresh_episodes.record_fresh(NAME, 0, tmp_path / "policy.pt", tmp_path)
    seed = fresh_episodes.FIRST_SEED
    expert = evaluate("expert", episodes=2, seed=seed)
    drawn = evaluate(recipes.saved_team(tmp_path / "policy.pt"), episodes=2, seed=seed)
    np.testing.assert_array_equal(found[fresh_episodes.TEACHER], expert.defended_scores)
    np.testing.assert_array_equal(found[fresh_episodes.TEAM], drawn.defended_scores)


def test_a_gain_is_paired_by_episode_and_given_over_trainings_too(tmp_path, monkeypatch):
    monkeypatch.setattr(fresh_episodes, "recorded_seeds", lambda name, folder: [0, 1])
    expert = [-30, -50, -10]
    for seed, gains in enumerate(([1, 2, 3], [3, 4, 5])):
        own = [part + gain for part, gain in zip(expert, gains, strict=True)]
        played = {fresh_episodes.TEAM: own, fresh_episodes.TEACHER: expert}
        (tmp_path / f"{NAME}-{seed}").mkdir()
        keep_scores(fresh_episodes.KIND, NAME, seed, played, 0, tmp_path)
    over_episodes, over_trainings = fresh_episodes.fresh_gain(NAME, tmp_path)
    assert over_episodes.mean == over_trainings.mean == pytest.approx(3)
    assert over_episodes.n == 3 and over_trainings.n == 2
    assert over_trainings.high > over_episodes.high  # two trainings say less than three episodes


def test_nothing_recorded_names_the_command(tmp_path):
    with pytest.raises(ValueError, match=f"bench recipes --names {NAME} --fresh"):
        fresh_episodes.fresh_gain(NAME, tmp_path)


def test_the_report_says_both_intervals_once_two_trainings_have_played(tmp_path, monkeypatch):
    assert recipe_readme._fresh(tmp_path) == ""
    monkeypatch.setattr(fresh_episodes, "recorded_seeds", lambda name, folder: [0, 1])
    for seed, gain in enumerate((1, 2)):
        expert = [-30, -50, -10]
        own = [part + gain for part in expert]
        played = {fresh_episodes.TEAM: own, fresh_episodes.TEACHER: expert}
        (tmp_path / f"{NAME}-{seed}").mkdir()
        keep_scores(fresh_episodes.KIND, NAME, seed, played, 0, tmp_path)
    told = recipe_readme._fresh(tmp_path)
    assert "+1.5 [+1.5, +1.5] over episodes (better)" in told
    assert told.endswith("[-4.9, +7.9] over 2 trainings (no difference shown).")
