"""What a learner of teams asks of a world, the networks of a team's agents, and a team at play.

N agents with the same actions share a reward, or are paid one by one. Each sees its own
observation. The *state* is for the learner alone: central training, decentralised execution. An
agent that acts is never handed it.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from torch import nn

from course_lib import validate
from course_lib.validate import choice, function, in_range, instance, sizes, whole_number

from .networks import mlp
from .vector_env import choose

SHARING = ("none", "shared", "identity")
"""Networks of a team: one each, one for all, or one for all that is told which agent it is."""

Config = TypeVar("Config")

LARGEST = 100_000
"""Numbers that go into a layer, or come out of it."""

Seen = tuple[np.ndarray, np.ndarray]
"""Observations (E, N, F) and state (E, S), float32."""


@runtime_checkable
class TeamEnv(Protocol):
    """E worlds of N agents in lock step. A world whose episode ends begins the next at once."""

    num_envs: int
    agents: int
    actions: int
    obs_size: int
    state_size: int

    def reset(self, seed: int | None = None) -> Seen:
        """Begin new episodes everywhere."""

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Joint actions (E, N) -> observations, state, reward (E, N), terminated (E,), truncated
        (E,), and info with "final_obs" and "final_state": what followed the actions, also where a
        new episode has begun since."""


def team_env(env: TeamEnv) -> TeamEnv:
    """``env`` if it is a world of a team; ValueError otherwise."""
    hint = "give a world with the sizes, reset and step of `TeamEnv`, such as games.TeamBatch"
    return instance("env", env, TeamEnv, hint)


def config_of(config: Config | None, kind: type[Config]) -> Config:
    """``config`` if it is of its ``kind``, a new one for None; ValueError for anything else."""
    if config is None:
        return kind()
    return instance("config", config, kind, f"make one with {kind.__name__}()")


class AgentNetworks(nn.Module):
    """One fully connected network per agent, or one for all of them (guidelines, section 7.2)."""

    def __init__(
        self,
        agents: int,
        inputs: int,
        outputs: int,
        sharing: str = "identity",
        hidden: Sequence[int] = (64, 64),
        last_gain: float = 1.0,
    ):
        """``sharing`` is one of `SHARING`; ``last_gain`` as in `networks.mlp`."""
        super().__init__()
        for name, count in (("agents", agents), ("inputs", inputs), ("outputs", outputs)):
            whole_number(name, count, 1, LARGEST)
        hidden = sizes("hidden", hidden)
        in_range("last_gain", last_gain, 0, LARGEST)
        self.agents = agents
        self.sharing = choice("sharing", sharing, SHARING)
        if sharing == "identity":
            inputs += agents
        count = agents if sharing == "none" else 1
        networks = [mlp((inputs, *hidden, outputs), last_gain) for _ in range(count)]
        self.networks = nn.ModuleList(networks)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(..., N, F), what each agent sees -> (..., N, outputs)."""
        if self.sharing == "none":
            seen = inputs.unbind(-2)
            own = [network(one) for network, one in zip(self.networks, seen, strict=True)]
            return torch.stack(own, dim=-2)
        if self.sharing == "identity":
            identity = torch.eye(self.agents).expand(*inputs.shape[:-1], self.agents)
            inputs = torch.cat([inputs, identity], dim=-1)
        return self.networks[0](inputs)


Act = Callable[[np.ndarray], np.ndarray]
"""Observations (E, N, F) -> actions (E, N): all that a team may use on duty."""


def greedy(network: nn.Module) -> Act:
    """A team in which every agent takes its most preferred action, or the one it values most."""
    function("network", network)

    @torch.no_grad()
    def act(obs: np.ndarray) -> np.ndarray:
        return network(torch.as_tensor(obs)).argmax(-1).numpy()

    return act


def drawn(network: nn.Module, seed: int = 0) -> Act:
    """A team in which every agent draws from the softmax of its own preferences."""
    function("network", network)
    generator = torch.Generator().manual_seed(validate.seed(seed))

    @torch.no_grad()
    def act(obs: np.ndarray) -> np.ndarray:
        return choose(network(torch.as_tensor(obs)), generator).numpy()

    return act


def play_team(act: Act, env: TeamEnv, rounds: int = 1, seed: int = 0) -> np.ndarray:
    """Sum of the team's rewards of each episode, (rounds * E,): every world plays ``rounds``.

    The team's reward is what info calls "points", or else the mean of what the agents are paid.
    """
    function("act", act)
    team_env(env)
    whole_number("rounds", rounds, 1, 1_000_000)
    validate.seed(seed)
    returns = np.zeros(env.num_envs)
    finished: list[list[float]] = [[] for _ in range(env.num_envs)]
    obs, _ = env.reset(seed)
    while min(map(len, finished)) < rounds:
        obs, _, reward, terminated, truncated, info = env.step(act(obs))
        returns += info.get("points", reward.mean(axis=1))
        for index in np.flatnonzero(terminated | truncated):
            finished[index].append(float(returns[index]))
            returns[index] = 0
    return np.array([episodes[:rounds] for episodes in finished]).ravel()
