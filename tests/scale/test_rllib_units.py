"""RLlib trains the leaves of a team of the course: the same policy in and out."""

import numpy as np
import pytest
import torch

from course_lib.cyber_range import VectorRange, evaluate
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.training import RunSpec, load_policy
from course_lib.training.runs import build_defender
from course_lib.training.trainer import training_seeds

pytest.importorskip("ray.rllib", reason="RLlib is not installed")
from ray.rllib.env.multi_agent_env_runner import MultiAgentEnvRunner  # noqa: E402

from course_lib.scale import rllib_units, rllib_world  # noqa: E402

ANALYSE_FIRST_HOST = 0
"""It takes two ticks, so that its agent is busy."""


def saved(tmp_path, structure="two-layer", **changes):
    """The file of an untrained team."""
    path = tmp_path / "team.pt"
    build_defender(RunSpec(structure, **changes)).save(path)
    return str(path)


def module_of(team):
    """RLlib's module for the leaves of a team, with its weights."""
    spec = rllib_units.module_spec(team)
    length = rllib_world.row_length(rllib_units.policy_of(team).config)
    spec.observation_space = rllib_world.row_space(length)
    spec.action_space = rllib_world.ACTION_SPACE
    module = spec.build()
    rllib_units.take(module, team)
    return module


def said_by(module, rows):
    """The probabilities that a module gives."""
    answer = module.forward_inference({"obs": torch.as_tensor(rows)})
    return answer["action_dist_inputs"].softmax(-1).numpy()


def said_by_team(world):
    """The probabilities of the leaves that a world has just asked, from the team itself."""
    asked = world._asked
    unit, _ = world.team.team.groups(0)[0]
    with torch.no_grad():
        stages = unit.decide(asked.observation, asked.doctrine, asked.allowed)
    return stages.probabilities.numpy()


@pytest.mark.parametrize("name", ["three-layer", "three-layer-reward"])
def test_the_module_says_what_the_unit_says(tmp_path, name):
    path = tmp_path / "team.pt"
    load_policy(name).save(path)
    world = rllib_world.LeafWorld({"team": str(path), "steps": 30})
    rows, _ = world.reset(seed=2)
    module = module_of(world.team)
    rng = np.random.default_rng(0)
    over = False
    decisions = 0
    while not over:
        said = said_by(module, np.stack(list(rows.values())))
        assert np.abs(said - said_by_team(world)).max() < 1e-6
        decisions += len(said)
        chosen = [int(rng.choice(len(row), p=row / row.sum())) for row in said.astype(float)]
        rows, *_, truncated, _ = world.step(dict(zip(rows, chosen, strict=True)))
        over = truncated["__all__"]
    assert decisions > 60 and set(rows) == set(world.possible_agents)


def test_weights_go_into_the_module_and_back(tmp_path):
    team = rllib_world.team_of(saved(tmp_path))
    module = module_of(team)
    with torch.no_grad():
        for weight in module.policy_function.parameters():
            weight.add_(torch.randn_like(weight))
    row = np.random.default_rng(1).random(
        (5, rllib_world.row_length(module.policy_function.config))
    )
    rows = row.astype(np.float32)
    changed = said_by(module, rows)
    assert np.abs(changed - said_by(module_of(team), rows)).max() > 1e-3
    rllib_units.give(module, team)
    assert np.abs(changed - said_by(module_of(team), rows)).max() < 1e-6


def test_a_world_plays_the_episode_that_the_range_plays(tmp_path):
    """The same actions, and Sleep for whoever is not asked, on the range itself."""
    world = rllib_world.LeafWorld({"team": saved(tmp_path), "steps": 60})
    rows, _ = world.reset(seed=4)
    seed = int(world.world.episode_seeds[0])
    submitted = []
    real_step = world.world.step
    world.world.step = lambda actions: submitted.append(actions) or real_step(actions)
    paid = []
    over = False
    while not over:
        asked = set(rows)
        rows, rewards, _, truncated, _ = world.step(dict.fromkeys(rows, ANALYSE_FIRST_HOST))
        assert asked and set(rewards) == set(world.possible_agents)
        paid.append(rewards["RZA"])
        over = truncated["__all__"]
    assert len(submitted) == 59 and len(paid) < 59, "a tick without a free leaf is no question"
    alone = VectorRange(1, "per-zone", observation="message", steps=60)
    alone.reset(seed)
    assert sum(paid) == sum(float(alone.step(actions)[1][0]) for actions in submitted) < 0


def test_the_episodes_of_rllib_are_no_evaluations(tmp_path):
    world = rllib_world.LeafWorld({"team": saved(tmp_path), "steps": 30})
    played = []
    for seed in (0, None, 1, 0):
        world.reset(seed=seed)
        played.append(int(world.world.episode_seeds[0]))
    first = training_seeds(0)[0]
    assert played == [first, first + 1, training_seeds(1)[0], first]


def test_agents_without_a_hierarchy_are_refused_in_one_line(tmp_path):
    with pytest.raises(ValueError, match="no hierarchy|per-zone|flat") as found:
        rllib_world.team_of(saved(tmp_path, "flat", config="fast"))
    assert "\n" not in str(found.value)
    own = saved(tmp_path, team={"share": "unit"})
    with pytest.raises(ValueError, match="share='level'"):
        rllib_world.team_of(own)


def test_rllib_pays_a_busy_tick_to_the_decision_before(tmp_path):
    """So every leaf's return is the whole team's, however seldom it is asked."""
    config = rllib_units.configured(saved(tmp_path), steps=40)
    runner = MultiAgentEnvRunner(config=config, worker_index=0)
    for episode in runner.sample(num_episodes=2):
        leaves = episode.agent_episodes.values()
        assert min(len(leaf) for leaf in leaves) < 39
        assert len({leaf.get_return() for leaf in leaves}) == 1
    runner.stop()


@pytest.mark.slow
def test_a_short_training_changes_the_leaves_alone_and_gives_a_team_that_plays(tmp_path):
    path = saved(tmp_path)
    out = tmp_path / "trained.pt"
    sizes = {"train_batch_size_per_learner": 128, "minibatch_size": 128}
    trained = rllib_units.train(path, out, iterations=1, **sizes)
    before = load_policy(path)
    after = load_policy(out)
    assert isinstance(after, HierarchicalDefender) and after.defenders == before.defenders
    weights = before.team.state_dict()
    leaves = "units.level 1.policy_function."
    for name, weight in after.team.state_dict().items():
        moved = not torch.equal(weight, weights[name])
        assert moved == name.startswith(leaves), name
    for name, weight in trained.team.state_dict().items():
        assert torch.allclose(weight, after.team.state_dict()[name], atol=1e-2)
    assert np.isfinite(evaluate(after, episodes=1, steps=30).scores).all()
    assert "RLlib" in after.about["trained by"]
