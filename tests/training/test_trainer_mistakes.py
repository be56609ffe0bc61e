"""Mistakes that the study's trainer once made, one test each."""

import numpy as np
import pytest
import torch

from course_lib.hierarchy import (
    THREE_LAYER,
    HierarchicalDefender,
    PolicyConfig,
    Team,
    TeamConfig,
    UnitConfig,
)
from course_lib.training import strong, trainer
from course_lib.training.config import CONFIGS, HOST_SHARED, TrainConfig

TINY = {"num_envs": 3, "num_steps": 12, "iterations": 6, "minibatch_size": 64, "epochs": 1}


def tiny_trainer(seed: int = 0, steps: int = 13, **changes) -> trainer.Trainer:
    """A small three-layer training; an episode of 13 steps is 12 ticks."""
    unit = UnitConfig(policy=PolicyConfig(hidden=16))
    defender = HierarchicalDefender(Team(THREE_LAYER, TeamConfig(unit)))
    return trainer.Trainer(defender, None, TrainConfig(**{**TINY, **changes}), seed, steps=steps)


def test_old_log_probabilities_are_taken_before_any_update_of_a_level(monkeypatch):
    """Commands and the choice of headquarters share phi: updating the first moves the second."""
    made = tiny_trainer()
    differences = {}

    def moves_everything(group, critic, scale, batch, optimiser, config, generator):
        kept, own = batch.log_prob, dict(before)
        with torch.no_grad():
            group.team.load_state_dict(own)
            precise, _ = group.evaluate(batch.data, batch.unit_idx)
            for parameter in group.team.parameters():
                parameter.add_(torch.randn_like(parameter))
        differences[group.name] = float((precise - kept).abs().max())
        return trainer.Diagnostics(0, 0, 0, 0, 0, 0)

    before = {name: tensor.clone() for name, tensor in made.defender.team.state_dict().items()}
    monkeypatch.setattr(trainer, "update", moves_everything)
    made.step()
    assert "choice of headquarters" in differences
    assert max(differences.values()) < 0.02, differences  # bfloat16 keeps two to three digits


def test_a_value_scale_forgets_the_beginning_after_some_batches():
    """With a memory of 200,000 samples it lasted longer than a whole training of the top level."""
    made = tiny_trainer()
    record = made.step()
    for name, count in record.decisions_by_group.items():
        assert made.scales[name].memory == trainer.SCALE_BATCHES * count
    scale = made.scales["leaves"]
    scale.update(np.full(1000, -4000.0))
    for _ in range(40):
        scale.update(np.full(int(scale.memory / trainer.SCALE_BATCHES), -100.0))
    assert scale.mean == pytest.approx(-100, abs=10)


def test_the_last_observation_of_an_episode_is_that_of_its_last_tick(monkeypatch):
    """The official game has 499 ticks; its last observation was stamped 500."""
    stamped = []
    original = trainer.summary

    def watched(messages, step, steps):
        stamped.append(int(np.max(step)))
        return original(messages, step, steps)

    monkeypatch.setattr(trainer, "summary", watched)
    tiny_trainer().step()
    assert max(stamped) == 12


@pytest.mark.parametrize("name", CONFIGS)
def test_trainings_with_neighbouring_seeds_share_no_episode(name):
    config = CONFIGS[name]
    room = strong.SEEDS_EACH // 2 if name in HOST_SHARED else trainer.SEEDS_EACH
    largest_batch = getattr(config, "num_envs", None) or config.settle_num_envs
    episodes = config.total_steps / 499 + largest_batch
    assert episodes < room
    assert trainer.FIRST_SEED + 1000 * trainer.SEEDS_EACH < strong.FIRST_SEED


def test_a_training_begins_where_its_seed_says():
    worlds = [tiny_trainer(seed).range for seed in (0, 1)]
    for world in worlds:
        world.reset()
    first, second = (world.state["seed"].astype(np.int64) for world in worlds)
    assert (second - first == trainer.SEEDS_EACH).all()


def test_own_zone_pay_charges_a_restore_to_the_unit_that_began_it():
    """It was charged to all seven zones at a seventh of the weight of losses."""
    made = tiny_trainer()
    made.rewards = made.design.config = trainer.RewardConfig(
        zone_share=1.0, local=0.0, staged=0.0, own_share=1.0
    )
    obs, info = made.range.reset()
    made.defender.reset(0)
    made.design.begin(obs)
    layout = made.defender.layout
    actions = made.defender.sleeping(3)
    actions[:, 1] = layout.offset[2, 1]  # Restore in OZA
    after, reward, _, truncated, info = made.range.step(actions)
    restores = trainer.restores_by_zone(actions, layout)
    terms = made._reward_terms(obs, after, reward, truncated, info, restores, None)
    wanted = np.zeros((3, 7))
    wanted[:, 1] = -7
    lost = trainer.penalties_by_zone(made.range.statistics)[:, :7]
    np.testing.assert_allclose(terms.total, wanted + 7 * lost, atol=1e-5)
