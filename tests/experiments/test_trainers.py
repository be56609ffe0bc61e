"""Other people's trainers on the range: each learns a little where its library is installed, and
plays as a policy of the course; the report keeps what other environments have measured."""

import importlib

import numpy as np
import pytest

from course_lib import markdown
from course_lib.cyber_range import evaluate
from course_lib.experiments import trainers

SHORT = {"course": 1024, "sb3": 1024, "torchrl": 2048, "rllib": 2048, "rllib-unit": 2048}
"""One batch of each."""
BY_NAME = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            not trainers.installed(name), reason=f"{trainer.package} is not installed"
        ),
    )
    for name, trainer in trainers.TRAINERS.items()
]


def played(policy, seed=5):
    """Scores of two short episodes."""
    return evaluate(policy, episodes=2, seed=seed, steps=40).scores


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_NAME)
def test_it_trains_and_plays_as_a_policy_of_the_course(name):
    module = importlib.import_module(
        f"course_lib.experiments.trainers.{trainers.TRAINERS[name].module}"
    )
    before = module.train(0, seed=1)
    after = module.train(SHORT[name], seed=1)
    for policy in (before, after):
        first = played(policy)
        assert np.isfinite(first).all() and np.array_equal(first, played(policy)), "by its seed"
    assert weights_of(before) and set(weights_of(before)) == set(weights_of(after))
    assert any(
        not np.array_equal(weights_of(before)[key], weights_of(after)[key])
        for key in weights_of(before)
    ), "it learned"


def weights_of(policy):
    """Every parameter of a policy by name, whatever library it is from."""
    if policy.name == "sb3":
        modules = {"": policy.model.policy}
    elif policy.name == "torchrl":
        modules = {"": policy.network}
    elif policy.name == "rllib":
        modules = policy.modules
    else:
        modules = {"": policy.team}
    found = {}
    for owner, module in modules.items():
        for name, value in module.named_parameters():
            found[f"{owner}/{name}"] = value.detach().numpy().copy()
    return found


def test_a_library_that_is_not_here_is_one_line(monkeypatch):
    from course_lib.experiments.trainers import compare

    monkeypatch.setattr(compare, "installed", lambda name: False)
    with pytest.raises(ValueError, match="torchrl is not installed here") as found:
        compare.run_trainer("torchrl")
    assert "\n" not in str(found.value)
    with pytest.raises(ValueError, match="trainer"):
        trainers.installed("a trainer that nobody wrote")


def run(name, scores, untrained, steps=4096):
    return trainers.TrainerRun(
        trainer=name,
        version="1.2",
        lines=30,
        steps=steps,
        seconds=2.0,
        scores=scores,
        untrained=untrained,
        asleep=[-10.0, -20.0],
        date="2026-11-28",
        cores=2,
    )


def test_a_run_replaces_its_own_figures_and_leaves_the_others(tmp_path):
    path = tmp_path / "trainers.json"
    assert trainers.read_runs(path) == {"runs": {}, "faces": {}}
    trainers.keep([run("sb3", [-4.0, -6.0], [-8.0, -9.0])], {"PettingZoo, flat": 9000.0}, path)
    trainers.keep([run("rllib", [-1.0, -3.0], [-8.0, -9.0])], {}, path)
    trainers.keep([run("sb3", [-2.0, -2.0], [-8.0, -9.0])], {}, path)
    content = trainers.read_runs(path)
    assert content["runs"]["sb3"]["scores"] == [-2.0, -2.0]
    assert content["faces"] == {"PettingZoo, flat": 9000.0}
    first, second = trainers.table_rows(content)
    assert "Stable-Baselines3" in first[0] and "RLlib" in second[0]
    assert first[4] == "2,048" and first[6].startswith("-2 (") and second[6].startswith("-2 (")
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    assert "sleep score -15" in text and "| PettingZoo, flat | 9,000 |" in text


def test_only_lines_of_code_are_counted():
    source = (
        '"""Text."""\n\nA = 1\n"""More\ntext."""\n# a comment\ndef f():\n    "x"\n    return A\n'
    )
    assert trainers.code_lines(source) == 3


def test_the_recorded_report_holds_every_trainer_and_its_control():
    content = trainers.read_runs()
    assert set(content["runs"]) == set(trainers.TRAINERS)
    for name, found in content["runs"].items():
        assert len(found["scores"]) == len(found["untrained"]) == trainers.EPISODES, name
        assert found["asleep"] == content["runs"]["course"]["asleep"], "the same episodes"
        assert found["steps"] == trainers.STEPS
    rows = trainers.table_rows(content)
    assert len(markdown.table(trainers.HEADINGS, rows)) == 2 + len(trainers.TRAINERS)
