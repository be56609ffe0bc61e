"""Deep Q-learning of a joint value that is mixed from the agents' own values: VDN and QMIX.

    learner = FactoredQ(env, FactoredConfig(mixer="monotone"))   # QMIX; mixer="sum" is VDN
    curve = learner.learn(50_000)
    play_team(greedy(learner.utilities), env)

Each agent has a *utility* for each of its actions, from what it sees itself. The mixer and the
state are used in training alone: on duty each agent takes its own best action.
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from course_lib import validate

from ..dqn import Replay
from ..gradient_step import gradient_step, renew_target
from ..networks import seeded
from ..team_env import SHARING, AgentNetworks, TeamEnv, config_of, team_env
from ..team_rollout import TeamCurve
from ..tensor_checks import check_tensor
from .mixers import MonotoneMixer, SumMixer

MIXERS = ("sum", "monotone")
Batch = dict[str, torch.Tensor]
"""Transitions: obs (B, N, F), state (B, S), actions (B, N), reward (B,), next_obs, next_state,
terminated (B,) bool."""


@dataclass(frozen=True)
class FactoredConfig:
    """How to learn. Raises ValueError for values out of range."""

    mixer: str = "monotone"
    """How the agents' values become one: "sum" (VDN) or "monotone" (QMIX)."""
    sharing: str = "identity"
    """One network each ("none"), one for all ("shared"), or one that is told who it is."""
    hidden: tuple[int, ...] = (64, 64)
    """Sizes of the hidden layers of the utilities."""
    mixer_width: int = 32
    """Units of the monotone mixer's hidden layer."""
    learning_rate: float = 1e-3
    """Step size of Adam."""
    discount: float = 0.95
    """Weight gamma of the next tick's reward."""
    reward_scale: float = 1.0
    """Rewards are multiplied by this before they are learned."""
    buffer_size: int = 50_000
    """Transitions kept for replay."""
    warm_up: int = 1_000
    """Team decisions before the first update."""
    batch_size: int = 256
    """Transitions per update."""
    updates: int = 2
    """Updates per tick (a tick is one step in every environment)."""
    target_every: int = 200
    """Updates after which the copy that gives the targets is renewed."""
    epsilon_start: float = 1.0
    """Probability that an agent acts at random, at the start."""
    epsilon_end: float = 0.05
    """The same after ``exploration_steps``; in between it falls linearly."""
    exploration_steps: int = 30_000
    """Team decisions over which it falls."""
    max_grad_norm: float = 10.0
    """Longest gradient allowed."""
    seed: int = 0
    """Fixes weights, choices, batches and episodes."""

    def __post_init__(self) -> None:
        validate.choice("mixer", self.mixer, MIXERS)
        validate.sizes("hidden", self.hidden)
        validate.choice("sharing", self.sharing, SHARING)
        validate.counts(self, "mixer_width", "buffer_size", "batch_size", "updates", "target_every")
        validate.counts(self, "exploration_steps")
        validate.whole_number("warm_up", self.warm_up, 0)
        validate.probabilities(self, "discount", "epsilon_start", "epsilon_end")
        validate.positive(self, "learning_rate", "reward_scale", "max_grad_norm")
        validate.seed(self.seed)

    def epsilon(self, steps: int) -> float:
        """Probability of a random action after ``steps`` team decisions."""
        passed = min(steps / self.exploration_steps, 1.0)
        return self.epsilon_start + (self.epsilon_end - self.epsilon_start) * passed


class JointValue(nn.Module):
    """Utilities of the agents and the mixer of the chosen ones."""

    def __init__(self, env: TeamEnv, config: FactoredConfig):
        super().__init__()
        sizes = (env.agents, env.obs_size, env.actions)
        self.utilities = AgentNetworks(*sizes, config.sharing, config.hidden)
        self.mixer: nn.Module = SumMixer()
        if config.mixer == "monotone":
            self.mixer = MonotoneMixer(env.agents, env.state_size, config.mixer_width)

    def forward(
        self, obs: torch.Tensor, state: torch.Tensor, actions: torch.Tensor
    ) -> torch.Tensor:
        """Q_tot (B,) of joint actions (B, N), seen (B, N, F) in a state (B, S)."""
        return self.mixer(of_actions(self.utilities(obs), actions), state)


def of_actions(values: torch.Tensor, actions: torch.Tensor) -> torch.Tensor:
    """Values (..., N, A) of the agents' actions (..., N): (..., N).

    ValueError for actions that are no int64 or of another shape.
    """
    validate.instance("values", values, torch.Tensor, "give a torch tensor")
    check_tensor("actions", actions, *values.shape[:-1])
    if actions.dtype != torch.int64 or not values.dim():
        raise ValueError(
            f"actions of type {actions.dtype} do not choose from values of shape "
            f"{tuple(values.shape)}; give int64"
        )
    return values.gather(-1, actions[..., None])[..., 0]


class FactoredQ:
    """A joint value, its slowly renewed copy, the replay memory and the worlds.

    Attributes: ``utilities`` (all that is needed on duty), ``network`` and ``target``
        (`JointValue`), ``curve`` (`TeamCurve`), ``steps`` (team decisions so far).
    """

    def __init__(self, env: TeamEnv, config: FactoredConfig | None = None):
        team_env(env)
        self.config = config_of(config, FactoredConfig)
        self.env = env
        with seeded(self.config.seed):
            self.network: nn.Module = self._make_network(env)
        self.target = copy.deepcopy(self.network)
        self.optimiser = torch.optim.Adam(self.network.parameters(), self.config.learning_rate)
        self.generator = torch.Generator().manual_seed(self.config.seed)
        self.replay = Replay(self.config.buffer_size)
        self.curve = TeamCurve()
        self.steps = 0
        self.updated = 0
        self._seen = env.reset(seed=1_000_003 * self.config.seed)
        self._returns = np.zeros(env.num_envs)

    @property
    def utilities(self) -> nn.Module:
        """(B, N, F) -> (B, N, A), one value per agent and action."""
        return self.network.utilities

    def _make_network(self, env: TeamEnv) -> nn.Module:
        return JointValue(env, self.config)

    def learn(self, steps: int) -> TeamCurve:
        """Learn for at least ``steps`` more team decisions."""
        until = self.steps + steps
        while self.steps < until:
            self._tick()
            if self.steps >= self.config.warm_up:
                for _ in range(self.config.updates):
                    self.update(self.replay.sample(self.config.batch_size, self.generator))
        return self.curve

    def _tick(self) -> None:
        """One step in every environment, remembered for replay."""
        obs, state = self._seen
        actions = self.choose(obs)
        *seen, reward, terminated, truncated, info = self.env.step(actions)
        self._seen = tuple(seen)
        # A joint value has one reward: the team's.
        points = info.get("points", reward.mean(axis=1))
        self.replay.add(
            obs=torch.tensor(obs),
            state=torch.tensor(state),
            actions=torch.as_tensor(actions),
            reward=torch.as_tensor(np.float32(points * self.config.reward_scale)),
            next_obs=torch.tensor(info["final_obs"]),
            next_state=torch.tensor(info["final_state"]),
            terminated=torch.as_tensor(terminated),
        )
        self.steps += self.env.num_envs
        self._returns += points
        over = terminated | truncated
        if over.any():
            self.curve.steps.append(self.steps)
            self.curve.score.append(float(self._returns[over].mean()))
            self._returns[over] = 0

    @torch.no_grad()
    def choose(self, obs: np.ndarray) -> np.ndarray:
        """Epsilon-greedy actions (E, N), drawn for each agent of each world on its own."""
        best = self.utilities(torch.as_tensor(obs)).argmax(-1)
        anything = torch.randint(self.env.actions, best.shape, generator=self.generator)
        explores = torch.rand(best.shape, generator=self.generator)
        return torch.where(explores < self.config.epsilon(self.steps), anything, best).numpy()

    @torch.no_grad()
    def targets(self, batch: Batch) -> torch.Tensor:
        """What Q_tot should be, (B,): the reward, plus the discounted value of the best joint
        action that follows; nothing follows where the world ``terminated``.

        The present network chooses that action, each agent on its own, and the copy judges it.
        """
        best = self.utilities(batch["next_obs"]).argmax(-1)
        following = self.target(batch["next_obs"], batch["next_state"], best)
        return batch["reward"] + self.config.discount * following * ~batch["terminated"]

    def loss(self, batch: Batch) -> torch.Tensor:
        """Mean squared error of Q_tot, a scalar tensor."""
        joint_value = self.network(batch["obs"], batch["state"], batch["actions"])
        return (joint_value - self.targets(batch)).square().mean()

    def update(self, batch: Batch) -> float:
        """One gradient step; returns the loss. ValueError if that is not finite."""
        loss = self.loss(batch)
        gradient_step(loss, self.network, self.optimiser, self.config.max_grad_norm)
        self.updated += 1
        renew_target(self.target, self.network, self.updated, self.config.target_every)
        return loss.item()
