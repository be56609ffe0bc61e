"""Parts of a strong team replaced while it plays."""

import numpy as np
import pytest

from course_lib.experiments.study import parts_replaced, recipes
from course_lib.experiments.study.arms import keep_scores
from course_lib.hierarchy.host_policy import HostPolicy
from course_lib.training.runs import RunSpec, build_defender


@pytest.fixture
def team(tmp_path):
    """File of an untrained strong team with small networks."""
    made = build_defender(RunSpec(config="strong", doctrine="none", policy={"hidden": 8}))
    made.save(tmp_path / "policy.pt")
    return tmp_path / "policy.pt"


def test_every_variant_plays_the_same_episodes(team, tmp_path, monkeypatch):
    monkeypatch.setattr(parts_replaced, "EPISODES", 2)
    (tmp_path / "three-layer-reward-0").mkdir()
    found = parts_replaced.record_parts("three-layer-reward", 0, team, tmp_path)
    assert list(found) == [parts_replaced.ITSELF, *parts_replaced.PARTS]
    assert {len(defended) for defended in found.values()} == {2}
    commanded = found[parts_replaced.ITSELF]
    assert (found["commands: ones"] != commanded).any()  # an untrained commander does harm


def test_a_replaced_part_leaves_the_units_networks_alone(team):
    for replaced in parts_replaced.PARTS.values():
        defender = replaced(recipes.saved_team(team))
        units = defender.team.units.values()
        modules = [module for unit in units for module in unit.policy_function.modules()]
        assert any(isinstance(module, HostPolicy) for module in modules)
        assert not defender.greedy


def test_a_cost_is_paired_by_episode_and_counted_by_seed(tmp_path, monkeypatch):
    monkeypatch.setattr(parts_replaced, "recorded_seeds", lambda name, folder: [0, 1, 2])
    for seed, lost in enumerate((1, 2, 3)):
        own = np.array([-30, -50])
        played = {parts_replaced.ITSELF: own.tolist()}
        played |= {part: (own - lost).tolist() for part in parts_replaced.PARTS}
        (tmp_path / f"three-layer-reward-{seed}").mkdir()
        keep_scores(parts_replaced.KIND, "three-layer-reward", seed, played, 0, tmp_path)
    costs = parts_replaced.part_costs("three-layer-reward", tmp_path)
    assert set(costs) == set(parts_replaced.PARTS)
    for cost in costs.values():
        assert cost.mean == pytest.approx(2) and cost.n == 3


def test_nothing_recorded_names_the_command(tmp_path):
    with pytest.raises(ValueError, match="--parts"):
        parts_replaced.part_costs("three-layer-reward", tmp_path)
    assert "three-layer-reward-no-command" in recipes.RECIPES
