"""Learning from the reward in two and three stages."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from course_lib.training.config import at_its_shortest, get_config
from course_lib.training.runs import RunSpec, build_trainer, train
from course_lib.training.settled import STAGE_EPISODES, SettledTrainer
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
    return torch.nn.utils.parameters_to_vector(made.stages[0].player.policy.parameters()).detach()


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


def test_a_third_stage_goes_on_where_the_second_ended():
    made = trainer(decide_iterations=2)
    records = list(made.run())
    assert [record.iteration for record in records] == [1, 2, 3, 4, 5, 6]
    assert [record.steps for record in records][3:] == [10 * 29, 13 * 29, 16 * 29]
    assert made.steps_done == 16 * 29 == made.config.total_steps * 29 // 499
    assert [stage.sharpness for stage in made.stages] == [1.0, 3.5, 4.0]
    second, third = made.config.settling, made.config.deciding
    changed = {"iterations": 2, "learning_rate": 3e-4, "sharpness": 4.0}
    assert third == replace(second, **changed)


def test_the_stages_share_no_episode():
    first, second, third = [stage.first_seed for stage in trainer(decide_iterations=1).stages]
    assert first == FIRST_SEED + SEEDS_EACH
    assert second == first + STAGE_EPISODES and third == second + STAGE_EPISODES
    longest = get_config("decided").stages
    assert all(stage.iterations * stage.num_envs < STAGE_EPISODES for stage in longest)
    assert len(longest) == 3 and 2 * STAGE_EPISODES + 60 * 96 < SEEDS_EACH


def test_the_second_stage_begins_with_critics_of_its_own():
    made = trainer(critic_only=9, settle_sharpness=1.0)
    list(made.stages[0].run())
    learned = weights(made)
    made.iteration = made.stages[0].iterations
    list(made.run())
    torch.testing.assert_close(weights(made), learned)  # the new critic alone has learned
    assert made.stages[1].critic is not made.stages[0].critic


@pytest.mark.parametrize("done", (1, 2, 3, 4, 5))
def test_a_training_that_was_stopped_comes_to_the_same_weights(tmp_path, done):
    whole = trainer(decide_iterations=2)
    list(whole.run())
    stopped = trainer(decide_iterations=2)
    for _ in range(done):
        stopped.step()
    save_checkpoint(stopped, tmp_path / "checkpoint.pt")
    again = trainer(decide_iterations=2)
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


def test_with_a_third_stage_only_that_may_be_made_longer(tmp_path):
    made = trainer(decide_iterations=1)
    list(made.run())
    save_checkpoint(made, tmp_path / "checkpoint.pt")
    longer = trainer(decide_iterations=2)
    load_checkpoint(longer, tmp_path / "checkpoint.pt")
    assert longer.step().iteration == 6
    with pytest.raises(ValueError, match="another training: config"):
        load_checkpoint(
            trainer(decide_iterations=1, settle_iterations=3), tmp_path / "checkpoint.pt"
        )
    with pytest.raises(ValueError, match="another training: config"):
        load_checkpoint(trainer(), tmp_path / "checkpoint.pt")


def test_a_checkpoint_of_a_stage_that_is_not_there_is_refused():
    made = trainer()
    made.step()
    state = made.state_dict()
    for number in (2, -1, 0.5, None):
        with pytest.raises(ValueError, match="stage"):
            trainer().load_state_dict(state | {"stage": {"number": number}})


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
        ("decide_iterations", -1),
        ("decide_learning_rate", 0.0),
        ("decide_sharpness", 0.5),
    ):
        with pytest.raises(ValueError, match=name):
            SettledConfig(**{name: value})
    with pytest.raises(ValueError, match="sharpen_until"):
        SettledConfig(settle_sharpness=2.0, settle_sharpen_until=0.01)
    shortest = at_its_shortest(SettledConfig(settle_iterations=50))
    assert shortest == at_its_shortest(SettledConfig())
    assert np.isfinite(SettledConfig().settling.sharpness_at(1.0))
