"""A model of a world that is known: copies, coins and actions."""

import numpy as np
import pytest
import torch

from course_lib.learners import DynamicsConfig, DynamicsModel, Frozen, GivenModel, imagined_bits


def known_world(obs, actions, rng):
    """Bit 0 becomes the action, bit 1 a coin that shows 1 in 30 % of the throws, bit 2 stays; the
    reward is 3 where bits 0 and 2 are 1."""
    coin = rng.random(len(obs)) < 0.3
    after = np.stack([actions == 1, coin, obs[:, 2]], axis=1)
    return after, 3.0 * (after[:, 0] & after[:, 2])


def shown(count, seed=0):
    """Transitions of the known world, as tensors."""
    rng = np.random.default_rng(seed)
    obs = rng.random((count, 3)) < 0.5
    actions = rng.integers(2, size=count)
    after, rewards = known_world(obs, actions, rng)
    parts = (obs.astype(np.float32), actions, after.astype(np.float32), rewards.astype(np.float32))
    return [torch.as_tensor(part) for part in parts]


@pytest.fixture(scope="module")
def learned():
    model = DynamicsModel(3, 2, DynamicsConfig(steps=300, hidden=32))
    model.fit(*shown(2000))
    return model


def test_probe_the_model_knows_copies_coins_and_actions(learned):
    obs, actions, _, _ = shown(200, seed=1)
    chance = learned.probabilities(obs, actions).mean(dim=0)
    assert (chance[:, 0] - actions).abs().max() < 0.1
    assert (chance[:, 1] - 0.3).abs().max() < 0.1
    assert (chance[:, 2] - obs[:, 2]).abs().max() < 0.1


def test_the_reward_belongs_to_what_came(learned):
    """A coin decides nothing about it, so it is predicted nearly without error."""
    obs, actions, _, _ = shown(300, seed=2)
    after, rewards = learned.sample(obs, actions, torch.Generator().manual_seed(0))
    assert (rewards - 3 * after[:, 0] * after[:, 2]).abs().mean() < 0.2


def test_same_seed_same_model():
    data = shown(100)
    chances = []
    for seed in (1, 1, 2):
        model = DynamicsModel(3, 2, DynamicsConfig(steps=3, seed=seed))
        model.fit(*data)
        chances.append(model.probabilities(data[0], data[1]))
    assert (chances[0] == chances[1]).all()
    assert (chances[0] != chances[2]).any()


def test_a_rollout_of_the_given_rules_is_right_at_every_length():
    plan = torch.tensor([1, 0, 1])
    model = GivenModel(known_world, seed=0)
    shares = imagined_bits(model, torch.tensor([0.0, 1.0, 1.0]), plan, 4000, torch.Generator())
    assert np.allclose(shares[:, 0], [1, 0, 1])
    assert np.abs(shares[:, 1] - 0.3).max() < 0.03
    assert np.allclose(shares[:, 2], 1)


def test_a_frozen_model_answers_and_does_not_learn(learned):
    frozen = Frozen(learned)
    obs, actions, _, _ = shown(10)
    answers = [
        model.sample(obs, actions, torch.Generator().manual_seed(3)) for model in (frozen, learned)
    ]
    assert all((one == other).all() for one, other in zip(*answers, strict=True))
    assert not isinstance(frozen, DynamicsModel)


def test_nonsense_is_refused():
    for change in ({"members": 0}, {"learning_rate": 0.0}, {"steps": -1}, {"seed": -1}):
        with pytest.raises(ValueError):
            DynamicsConfig(**change)
