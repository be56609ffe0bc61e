"""Batches and weights that do not depend on any random generator, so that the same numbers can be
computed by another implementation."""

import numpy as np
import torch
from torch import nn

from course_lib.learners.team_rollout import Rollout

TICKS, WORLDS, AGENTS, FEATURES, STATE, ACTIONS = 5, 4, 3, 3, 4, 3


class Shape:
    """A team's world of which only the sizes are asked."""

    num_envs, agents, actions, obs_size, state_size = WORLDS, AGENTS, ACTIONS, FEATURES, STATE

    def reset(self, seed=None):
        obs = np.zeros((WORLDS, AGENTS, FEATURES), np.float32)
        return obs, np.zeros((WORLDS, STATE), np.float32)

    def step(self, actions):
        raise AssertionError("nobody plays here")


def wave(*shape: int, phase: float) -> torch.Tensor:
    """Numbers between -1 and 1 without a pattern."""
    count = int(np.prod(shape))
    return torch.sin(phase + 1.7 * torch.arange(count, dtype=torch.float64)).float().reshape(shape)


def fix_weights(module: nn.Module, size: float = 0.5) -> None:
    """Every parameter becomes a wave of its own."""
    with torch.no_grad():
        for number, parameter in enumerate(module.parameters()):
            parameter.copy_(size * wave(*parameter.shape, phase=float(number)))


def fixed_rollout() -> Rollout:
    """Five ticks of four worlds; one world stops in tick 2, another is cut off in tick 3."""
    ticks, worlds = TICKS, WORLDS
    terminated = torch.zeros(ticks, worlds, dtype=torch.bool)
    done = torch.zeros(ticks, worlds, dtype=torch.bool)
    terminated[2, 1] = done[2, 1] = True
    done[3, 2] = True
    team = wave(ticks, worlds, 1, phase=3.0)
    obs = wave(ticks, worlds, AGENTS, FEATURES, phase=0.1)
    state = wave(ticks, worlds, STATE, phase=0.2)
    return Rollout(
        obs=obs,
        state=state,
        actions=torch.arange(ticks * worlds * AGENTS).reshape(ticks, worlds, AGENTS) % ACTIONS,
        # Not the policy's own, so that some ratios are clipped.
        log_probs=-1.1 + 0.3 * wave(ticks, worlds, AGENTS, phase=0.5),
        rewards=team.expand(ticks, worlds, AGENTS),
        terminated=terminated,
        done=done,
        next_obs=following(obs, done, phase=0.7),
        next_state=following(state, done, phase=0.9),
    )


def following(seen: torch.Tensor, done: torch.Tensor, phase: float) -> torch.Tensor:
    """What followed each tick: the next row, but something of its own where the episode ended."""
    others = wave(*seen.shape, phase=phase)
    goes_on = ~done[:-1].reshape(done[:-1].shape + (1,) * (seen.ndim - 2))
    others[:-1] = torch.where(goes_on, seen[1:], others[:-1])
    return others


def fixed_transitions() -> dict[str, torch.Tensor]:
    """Eight transitions; in two of them the world stops."""
    count = 8
    terminated = torch.zeros(count, dtype=torch.bool)
    terminated[[2, 5]] = True
    return {
        "obs": wave(count, AGENTS, FEATURES, phase=0.3),
        "state": wave(count, STATE, phase=0.4),
        "actions": torch.arange(count * AGENTS).reshape(count, AGENTS) % ACTIONS,
        "reward": wave(count, phase=0.6),
        "next_obs": wave(count, AGENTS, FEATURES, phase=0.8),
        "next_state": wave(count, STATE, phase=1.0),
        "terminated": terminated,
    }
