"""Environments side by side: their arrays may be used again, and their masks are checked."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.vector import SyncVectorEnv

from course_lib.learners.dqn import DQN, DQNConfig
from course_lib.learners.networks import MLPPolicy, masked
from course_lib.learners.ppo import PPO, PPOConfig
from course_lib.learners.vector_env import allowed_actions, as_vector_env, play


class Clock(gymnasium.Env):
    """Shows the tick; its mask allows the action that the tick names."""

    observation_space = spaces.Box(-1, 9, (1,), np.float32)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return self.answer()

    def step(self, action):
        self.t += 1
        obs, info = self.answer()
        return obs, 0.1, False, self.t == 8, info

    def answer(self):
        mask = np.arange(2) == self.t % 2
        return np.array([self.t], np.float32), {"action_mask": mask}


class Reusing(gymnasium.vector.VectorEnv):
    """Hands out the same arrays each time, masks, rewards and ends included."""

    def __init__(self, num_envs=1):
        self.env = SyncVectorEnv([Clock] * num_envs, copy=False)
        self.num_envs = num_envs
        self.single_observation_space = Clock.observation_space
        self.single_action_space = Clock.action_space
        self.mask = np.zeros((num_envs, 2), bool)
        self.reward = np.zeros(num_envs)

    def reset(self, *, seed=None, options=None):
        obs, info = self.env.reset(seed=seed)
        self.mask[:] = info["action_mask"]
        return obs, {"action_mask": self.mask}

    def step(self, actions):
        obs, reward, terminated, truncated, info = self.env.step(actions)
        self.mask[:] = info["action_mask"]
        self.reward[:] = reward
        return obs, self.reward, terminated, truncated, {"action_mask": self.mask}


def test_ppo_keeps_copies_of_what_it_saw():
    learner = PPO(Reusing(2), PPOConfig(num_steps=4))
    learner._begin()
    batch, _ = learner.collect()
    assert batch.obs[:, :, 0].tolist() == [[0, 0], [1, 1], [2, 2], [3, 3]]
    assert batch.allowed[:, 0].tolist() == [[True, False], [False, True]] * 2
    assert batch.actions[:, 0].tolist() == [0, 1, 0, 1]


def test_dqn_keeps_copies_of_what_it_saw():
    learner = DQN(Reusing(), DQNConfig(warm_up=10**6))
    learner.learn(4)
    parts = {name: part[:4] for name, part in learner.replay.parts.items()}
    assert parts["obs"][:, 0].tolist() == [0, 1, 2, 3]
    assert parts["next_obs"][:, 0].tolist() == [1, 2, 3, 4]
    assert parts["action"].tolist() == [0, 1, 0, 1]
    assert parts["next_mask"].tolist() == [[False, True], [True, False]] * 2


class Shut(Clock):
    """Allows nothing from tick ``since`` on."""

    since = 0
    over = 8

    def answer(self):
        obs, info = super().answer()
        return obs, {"action_mask": np.full(2, self.t < self.since, np.int8)}

    def step(self, action):
        obs, _, _, _, info = super().step(action)
        return obs, 0.1, self.t == self.over, False, info


class ShutLater(Shut):
    since = 3


class ShutAtTheEnd(Shut):
    """Once its world has stopped, nothing is allowed: that is no mistake."""

    since = over = 3


def ppo(env):
    PPO(env, PPOConfig(num_envs=2, num_steps=8)).learn(16)


def dqn(env):
    DQN(env, DQNConfig(num_envs=2, warm_up=8, batch_size=4)).learn(24)


def played(env):
    play(MLPPolicy(Clock.observation_space, Clock.action_space), env, 2, num_envs=2)


@pytest.mark.parametrize("learn", [ppo, dqn, played])
@pytest.mark.parametrize("env", [Shut, ShutLater])
def test_a_mask_that_allows_nothing_is_one_clear_line(learn, env):
    with pytest.raises(ValueError, match="the action_mask of environment 0 allows no action"):
        learn(env)


@pytest.mark.parametrize("learn", [ppo, dqn, played])
def test_the_one_environment_that_is_shut_is_named(learn):
    with pytest.raises(ValueError, match="of environment 1 allows no action"):
        learn(SyncVectorEnv([Clock, Shut]))


@pytest.mark.parametrize("learn", [ppo, dqn, played])
def test_after_the_end_nothing_need_be_allowed(learn):
    learn(ShutAtTheEnd)


def test_masks_of_any_kind_of_number_and_environments_without_one():
    going = np.zeros(2, bool)
    assert allowed_actions({}, going) is None
    info = {"action_mask": np.array([[1, 0], [0, 0]]), "_action_mask": np.array([True, False])}
    assert allowed_actions(info, going).tolist() == [[True, False], [True, True]]
    assert allowed_actions({"action_mask": [[1.0, 0.0]] * 2}, going).dtype == torch.bool
    for mask in (np.ones(2), np.ones((3, 2)), np.ones((2, 2, 2))):
        with pytest.raises(ValueError, match="environments by actions"):
            allowed_actions({"action_mask": mask}, going)


def test_logits_that_are_all_masked_are_refused():
    logits = torch.zeros(3, 2)
    allowed = torch.tensor([[True, False], [False, False], [True, True]])
    with pytest.raises(ValueError, match="allows no action at all"):
        masked(logits, allowed)


def test_a_mask_of_another_length_is_refused():
    with pytest.raises(ValueError, match="the action_mask has 5 entries, and there are 3 actions"):
        masked(torch.zeros(2, 3), torch.ones(2, 5, dtype=torch.bool))


def test_a_factory_becomes_a_vector_environment_with_rewards_in_full_precision():
    env = as_vector_env(Clock, 3)
    obs, info = env.reset(seed=5)
    assert obs.shape == (3, 1) and info["action_mask"].shape == (3, 2)
    _, rewards, *_ = env.step(np.zeros(3, int))
    assert rewards.dtype == np.float64 and rewards.tolist() == [0.1] * 3
    with pytest.raises(ValueError, match="num_envs=0"):
        as_vector_env(Clock, 0)
