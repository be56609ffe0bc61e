"""The recipes of the strong teams: what is recorded, and how it is judged."""

import json

import numpy as np
import pytest

from course_lib.experiments.study import recipe_report, recipes
from course_lib.experiments.study.arms import Arm
from course_lib.training.runs import RunSpec, build_trainer
from course_lib.training.saving import load_defender

TINY = Arm(
    RunSpec(
        doctrine="none",
        config="strong",
        training={"num_envs": 2, "iterations": 2, "minibatch_size": 256, "update_epochs": 1},
        policy={"hidden": 8},
    ),
    1,
    "a tiny training",
)


@pytest.fixture
def tiny(monkeypatch):
    """One recipe of two iterations, scored with two episodes."""
    monkeypatch.setitem(recipes.RECIPES, "tiny", TINY)
    monkeypatch.setattr(recipes, "CONTROL_EPISODES", 2)


def test_a_run_is_recorded_once_and_read_again(tiny, tmp_path):
    first = recipes.record_recipe("tiny", 0, tmp_path / "work", tmp_path / "kept")
    assert len(first["sampled"]["scores"]) == len(first["greedy"]["defended"]) == 2
    (tmp_path / "work" / "tiny-0" / "policy.pt").unlink()  # a second training would need minutes
    again = recipes.record_recipe("tiny", 0, tmp_path / "work", tmp_path / "kept")
    np.testing.assert_array_equal(again["greedy"]["scores"], first["greedy"]["scores"])
    assert recipes.recorded_seeds("tiny", tmp_path / "kept") == [0]
    kept = {path.name for path in (tmp_path / "kept" / "tiny-0").iterdir()}
    assert kept == {"spec.json", "curve.csv", "result.json"}


def test_a_damaged_result_is_refused_with_the_command_that_makes_it(tmp_path):
    path = recipes.recipe_path("short", 0, tmp_path)
    path.parent.mkdir(parents=True)
    for text in ("", "{}", json.dumps({"format": recipes.FORMAT, "version": 99})):
        path.write_text(text)
        with pytest.raises(ValueError, match="bench recipes --names short"):
            recipes.read_recipe("short", 0, tmp_path)


def test_unknown_names_are_told():
    with pytest.raises(ValueError, match="no recipe 'nobody'"):
        recipes.recipe_runs(["nobody"])
    assert recipes.recipe_runs(["short", "taught-traffic"])[0] == ("short", 0)


@pytest.mark.parametrize("name", sorted(recipes.RECIPES))
def test_every_recipe_can_be_trained(name):
    assert build_trainer(recipes.RECIPES[name].spec).iterations > 0


def test_each_control_differs_from_the_recipe_in_one_part():
    short = recipes.RECIPES["short"].spec
    for name, arm in recipes.CONTROLS.items():
        changed = {**arm.spec.policy, **arm.spec.training}
        own = {key for key in changed if changed[key] != short.training.get(key)}
        allowed = {"short-per-slot": 2, "short-horizon": 2, "short": 0}.get(name, 1)
        assert len(own) == allowed, name


def test_the_running_score_is_a_mean_of_the_last_episodes():
    scores = np.array([-10.0, -20, -30, -40])
    found = recipe_report.running_score(scores, recipe_report.RUNNING_EPISODES // 2)
    np.testing.assert_allclose(found, [-10, -15, -25, -35])
    np.testing.assert_allclose(recipe_report.running_score(scores, 10_000), scores)


def test_the_time_to_a_score_is_read_off_the_curve(monkeypatch, tmp_path):
    folder = tmp_path / "short-0"
    folder.mkdir()
    lines = "steps,episodes,score,wall_seconds\n100,96,-900,1\n200,96,-400,2\n300,96,-120,3\n"
    (folder / "curve.csv").write_text(lines)
    monkeypatch.setattr(recipe_report, "RUNNING_EPISODES", 1)
    found = recipe_report.time_to("short", 0, tmp_path)
    assert found[-500.0] == (200, 2) and found[-130.0] == (300, 3) and found[-113.0] is None


def test_shipped_weights_say_what_made_them(tmp_path):
    for name in recipes.SHIPPED_TEAMS:
        made = tmp_path / "work" / f"{name}-0"
        made.mkdir(parents=True)
        build_trainer(TINY.spec).defender.save(made / "policy.pt")
    (tmp_path / "kept").mkdir()
    paths = recipes.ship_recipes(tmp_path / "work", tmp_path / "kept")
    assert [path.stem for path in paths] == list(recipes.SHIPPED_TEAMS)
    assert "bench recipes" in load_defender(paths[0]).about["made_by"]
    (made / "policy.pt").unlink()
    with pytest.raises(ValueError, match="is missing; train it with: bench recipes"):
        recipes.ship_recipes(tmp_path / "work", tmp_path / "kept")
