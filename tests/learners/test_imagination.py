"""The imagination agent: exact returns, and a world in which only memory helps."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode

from course_lib.games import Outbreak, chain
from course_lib.learners import ImaginationAgent, ImaginationConfig, trace_returns


class Recall(gymnasium.vector.VectorEnv):
    """One of two bits is shown in the first tick only; every later action that names it pays 1."""

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}
    ticks = 4
    single_observation_space = spaces.Box(0, 1, (2,), np.float32)
    single_action_space = spaces.Discrete(2)

    def __init__(self, num_envs=1):
        self.num_envs = num_envs

    def reset(self, *, seed=None, options=None):
        if seed is not None:
            self.rng = np.random.default_rng(seed)
        self.clock = 0
        self.shown = self.rng.integers(2, size=self.num_envs)
        return np.eye(2, dtype=np.float32)[self.shown], {}

    def step(self, actions):
        never = np.zeros(self.num_envs, bool)
        if self.clock == self.ticks:
            obs, info = self.reset()
            return obs, np.zeros(self.num_envs, np.float32), never, never, info
        self.clock += 1
        obs = np.zeros((self.num_envs, 2), np.float32)
        reward = np.float32(actions == self.shown)
        return obs, reward, never, never | (self.clock == self.ticks), {}


def test_returns_by_hand():
    """Two ticks: with lambda 0 the critic is asked at once, with 1 only at the end."""
    rewards = torch.tensor([[1.0], [2.0]])
    values = torch.tensor([[9.0], [10.0], [20.0]])
    at_once = trace_returns(rewards, values, discount=0.5, trace=0.0)
    at_the_end = trace_returns(rewards, values, discount=0.5, trace=1.0)
    half = trace_returns(rewards, values, discount=0.5, trace=0.5)
    assert at_once[:, 0].tolist() == [1 + 5, 2 + 10]
    assert at_the_end[:, 0].tolist() == [1 + 0.5 * 12, 12]
    assert half[:, 0].tolist() == [1 + 0.5 * 11, 12]


def test_probe_memory_reaches_the_actions():
    """3 of 4 points by luck would be 2; only who remembers the first tick gets all four."""
    config = ImaginationConfig(
        memory=16, variables=2, hidden=24, warm_up=150, first_updates=150, every=2, sequence=5,
        batch_size=32, horizon=4, ent_coef=0.02, actor_rate=5e-3, discount=0.8,
    )  # fmt: skip
    agent = ImaginationAgent(Recall(), config)
    agent.learn(600)
    assert agent.play(Recall(200), seed=1).mean() > 3.5


def test_an_untrained_model_stays_as_it_was_drawn():
    env = Outbreak(1, chain(2))
    agent = ImaginationAgent(env, ImaginationConfig(train_model=False, warm_up=20, first_updates=1))
    before = [parameter.clone() for parameter in agent.model.parameters()]
    actor = [parameter.clone() for parameter in agent.actor.parameters()]
    agent.learn(40)
    now = list(agent.model.parameters())
    assert all((one == other).all() for one, other in zip(before, now, strict=True))
    pairs = zip(actor, agent.actor.parameters(), strict=True)
    assert any((one != other).any() for one, other in pairs)


def test_the_players_do_not_train_the_model():
    """Actor and critic would otherwise teach it to promise."""
    agent = ImaginationAgent(Outbreak(1, chain(2)), ImaginationConfig(warm_up=20, first_updates=1))
    agent.learn(25)
    states = agent.improve_model()
    agent.model.zero_grad()
    agent._player_loss(states).backward()
    assert all(p.grad is None or not p.grad.any() for p in agent.model.parameters())


def test_same_seed_same_agent_and_one_environment_only():
    returns = []
    for seed in (2, 2):
        agent = ImaginationAgent(
            Outbreak(1, chain(2)), ImaginationConfig(seed=seed, warm_up=20, first_updates=2)
        )
        agent.learn(40)
        returns.append(agent.play(Outbreak(5, chain(2)), seed=3))
    assert (returns[0] == returns[1]).all()
    with pytest.raises(ValueError, match="one environment"):
        ImaginationAgent(Outbreak(2))
