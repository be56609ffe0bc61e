"""Learning from the reward in two stages."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from course_lib.training.config import at_its_shortest
from course_lib.training.runs import RunSpec, build_trainer, train
from course_lib.training.settled import SETTLING_EPISODES, SettledTrainer
from course_lib.training.strong import FIRST_SEED, SEEDS_EACH
from course_lib.training.strong_checkpoint import load_checkpoint, save_checkpoint
from course_lib.training.strong_config import SettledConfig

PLAN = {
    "learn_iterations": 2,
    "learn_num_envs": 2,
    "settle_iterations": 2,
    "settle_num_envs": 3,
    "critic_only": 0,
}
SPEC = RunSpec(doctrine="none", config="settled", training=PLAN, policy={"hidden": 8})


def trainer(**changes) -> SettledTrainer:
    """A tiny training of 29 ticks an episode."""
    made = build_trainer(SPEC)
    assert isinstance(made, SettledTrainer)
    return SettledTrainer(made.defender, replace(made.config, **changes), seed=1, steps=30)


def weights(made: SettledTrainer) -> torch.Tensor:
    """All weights of the leaves in one row."""
    return torch.nn.utils.parameters_to_vector(made.learning.player.policy.parameters()).detach()


def test_both_stages_change_the_same_team_and_count_on():
    made = trainer()
    before = [weights(made)]
    records = []
    for record in made.run():
        records.append(record)
        before.append(weights(made))
    assert [record.iteration for record in records] == [1, 2, 3, 4]
    assert [record.steps for record in records] == [2 * 29, 4 * 29, 7 * 29, 10 * 29]
    assert made.steps_done == 10 * 29 and made.iterations == 4
    for old, new in zip(before, before[1:], strict=False):
        assert (old != new).any()


def test_the_stages_share_no_episode():
    made = trainer()
    first, second = made.learning.first_seed, made.settling.first_seed
    assert first == FIRST_SEED + SEEDS_EACH and second == first + SETTLING_EPISODES
    most = SettledConfig()
    assert most.learn_iterations * most.learn_num_envs < SETTLING_EPISODES
    assert SETTLING_EPISODES + most.settle_iterations * most.settle_num_envs < SEEDS_EACH


def test_the_second_stage_begins_with_critics_of_its_own():
    made = trainer(critic_only=9, settle_sharpness=1.0)
    list(made.learning.run())
    learned = weights(made)
    made.iteration = made.learning.iterations
    list(made.run())
    torch.testing.assert_close(weights(made), learned)  # the new critic alone has learned
    assert made.settling.critic is not made.learning.critic


@pytest.mark.parametrize("done", (1, 2, 3))
def test_a_training_that_was_stopped_comes_to_the_same_weights(tmp_path, done):
    whole = trainer()
    list(whole.run())
    stopped = trainer()
    for _ in range(done):
        stopped.step()
    save_checkpoint(stopped, tmp_path / "checkpoint.pt")
    again = trainer()
    load_checkpoint(again, tmp_path / "checkpoint.pt")
    assert again.iteration == done
    list(again.run())
    torch.testing.assert_close(weights(again), weights(whole), rtol=0, atol=0)


def test_the_second_stage_may_be_made_longer_and_the_first_may_not(tmp_path):
    made = trainer()
    list(made.run())
    save_checkpoint(made, tmp_path / "checkpoint.pt")
    longer = trainer(settle_iterations=3)
    load_checkpoint(longer, tmp_path / "checkpoint.pt")
    assert longer.iteration == 4 and longer.step().iteration == 5
    with pytest.raises(ValueError, match="another training: config"):
        load_checkpoint(trainer(learn_iterations=3), tmp_path / "checkpoint.pt")


def test_it_runs_in_a_folder_like_every_training(tmp_path):
    short = replace(SPEC, training={**PLAN, "learn_iterations": 1, "settle_iterations": 1})
    made = train(short, tmp_path / "run")
    assert made.iteration == 2 and (tmp_path / "run" / "policy.pt").exists()
    curve = (tmp_path / "run" / "curve.csv").read_text().splitlines()
    assert len(curve) == 3
    assert short.train_config.total_steps == 5 * 499


def test_wrong_settings_are_refused_by_name():
    for name, value in (
        ("settle_iterations", 0),
        ("learn_num_envs", 0),
        ("settle_discount", 1.5),
        ("settle_learning_rate", 0.0),
        ("settle_minibatch_size", 0),
    ):
        with pytest.raises(ValueError, match=name):
            SettledConfig(**{name: value})
    with pytest.raises(ValueError, match="sharpen_until"):
        SettledConfig(settle_sharpness=2.0, settle_sharpen_until=0.01)
    shortest = at_its_shortest(SettledConfig(settle_iterations=50))
    assert shortest == at_its_shortest(SettledConfig())
    assert np.isfinite(SettledConfig().settling.sharpness_at(1.0))
