"""Experience of a team for the methods that learn from what they just did (`mappo`, `coma`)."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from .advantages import gae
from .team_env import TeamEnv
from .vector_env import choose


@dataclass
class TeamCurve:
    """One entry per iteration."""

    steps: list[int] = field(default_factory=list)
    """Team decisions so far, over all environments."""
    score: list[float] = field(default_factory=list)
    """Mean return of the episodes that ended in the iteration; nan if none did."""


@dataclass
class Rollout:
    """T ticks of E worlds with N agents."""

    obs: torch.Tensor
    """(T, E, N, F)"""
    state: torch.Tensor
    """(T, E, S)"""
    actions: torch.Tensor
    """(T, E, N)"""
    log_probs: torch.Tensor
    """(T, E, N) of the actions, when they were drawn."""
    rewards: torch.Tensor
    """(T, E, N)"""
    terminated: torch.Tensor
    """(T, E) bool: the world stopped after this tick."""
    done: torch.Tensor
    """(T, E) bool: the episode ended after this tick, stopped or cut off."""
    next_obs: torch.Tensor
    """(T, E, N, F) what followed the actions, in the same episode."""
    next_state: torch.Tensor
    """(T, E, S)"""


class Collector:
    """Lets a team act in its worlds, and goes on there with the next call."""

    def __init__(self, env: TeamEnv, seed: int):
        self.env = env
        self.generator = torch.Generator().manual_seed(seed)
        self.seen = env.reset(seed=1_000_003 * seed)
        self.returns = np.zeros(env.num_envs)

    @torch.no_grad()
    def collect(self, actor: nn.Module, num_steps: int) -> tuple[Rollout, list[float]]:
        """``num_steps`` ticks with actions drawn from ``actor``'s logits; the returns of the
        episodes that ended."""
        ticks = []
        finished: list[float] = []
        for _ in range(num_steps):
            obs, state = self.seen
            log_probs = actor(torch.as_tensor(obs)).log_softmax(-1)
            actions = choose(log_probs, self.generator)
            taken = log_probs.gather(-1, actions[..., None])[..., 0]
            *seen, reward, terminated, truncated, info = self.env.step(actions.numpy())
            self.seen = tuple(seen)
            done = terminated | truncated
            after = (info["final_obs"], info["final_state"])
            ticks.append((obs, state, actions, taken, reward, terminated, done, *after))
            self.returns += info.get("points", reward.mean(axis=1))
            finished += self.returns[done].tolist()
            self.returns[done] = 0
        columns = [torch.as_tensor(np.stack(column)) for column in zip(*ticks, strict=True)]
        return Rollout(*columns), finished


def team_advantages(
    rollout: Rollout,
    values: torch.Tensor,
    next_values: torch.Tensor,
    discount: float,
    gae_lambda: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Generalised advantage estimates and the critic's targets, (T, E, N) each.

    Args:
        rollout: T ticks.
        values: (T, E, N) what the critic expected at each decision.
        next_values: (T, E, N) the same of what followed, in the same episode.
        discount, gae_lambda: see `advantages.gae`.
    """
    ticks, *columns = values.shape
    flat = (ticks, -1)
    done = rollout.done[..., None].expand(values.shape)
    # Where the world stopped nothing follows; where only the clock ran out, the critic says what.
    end_values = next_values * ~rollout.terminated[..., None]
    advantages, returns = gae(
        rollout.rewards.reshape(flat).numpy(),
        values.reshape(flat).numpy(),
        valid=np.ones((ticks, values[0].numel()), bool),
        done=done.reshape(flat).numpy(),
        end_values=end_values.reshape(flat).numpy(),
        last_values=next_values[-1].reshape(-1).numpy(),
        gamma=discount,
        gae_lambda=gae_lambda,
    )
    shape = (ticks, *columns)
    return torch.as_tensor(advantages).reshape(shape), torch.as_tensor(returns).reshape(shape)
