"""Environments side by side, and episodes played in them.

Learners here step N environments at once, through Gymnasium's vector environments in *next-step*
mode: when an episode is done, the answer holds its last observation, and the next step (whose
action is ignored) holds the first observation of a new episode. That extra tick carries no
decision; it must not be learned from.
"""

from collections.abc import Callable
from dataclasses import dataclass

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from torch import nn

from course_lib.validate import instance, whole_number

from .networks import masked

Make = Callable[[], gymnasium.Env]
"""A function, or a class, that makes one environment."""


def as_vector_env(env: gymnasium.vector.VectorEnv | Make, num_envs: int):
    """A vector environment as it is, or ``num_envs`` environments made by a factory.

    ValueError for anything else, and for a vector environment that begins new episodes in the same
    step.
    """
    if isinstance(env, gymnasium.vector.VectorEnv):
        mode = env.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        if mode != AutoresetMode.NEXT_STEP:
            raise ValueError(
                f"make the vector environment with autoreset_mode=NEXT_STEP; this one has {mode}"
            )
        return env
    if isinstance(env, gymnasium.Env) or not callable(env):
        raise ValueError(
            "env must be a vector environment or a function that makes one environment"
        )

    def make() -> gymnasium.Env:
        hint = "the function must return a Gymnasium environment"
        return instance("what the function returned", env(), gymnasium.Env, hint)

    return SyncVectorEnv([make] * whole_number("num_envs", num_envs, 1))


def allowed_actions(info: dict, done: np.ndarray) -> torch.Tensor | None:
    """The masks (N, A) of a vector environment's info as bool, a copy; None where every action is
    always allowed.

    Args:
        info: with ``action_mask`` (N, A), of any kind of number; missing for some environments
            where ``_action_mask`` (N,) says so, as Gymnasium's vector environments write it.
        done: (N,) bool, the environments whose episode is over. Their next action is ignored, so
            they may allow nothing.

    Raises:
        ValueError: for a mask of another shape, and where an environment that goes on allows
            nothing.
    """
    if "action_mask" not in info:
        return None
    mask = np.array(info["action_mask"], dtype=bool)
    if mask.ndim != 2 or len(mask) != len(done):
        raise ValueError(
            f"action_mask has shape {mask.shape}; it must be environments by actions, "
            f"({len(done)}, A)"
        )
    given = info.get("_action_mask")
    if given is not None:
        mask[~np.asarray(given, bool)] = True
    shut = ~mask.any(axis=1)
    if (shut & ~done).any():
        index = int(np.flatnonzero(shut & ~done)[0])
        raise ValueError(
            f"the action_mask of environment {index} allows no action; allow at least one, such as "
            "one that waits"
        )
    mask[shut] = True
    return torch.as_tensor(mask)


@dataclass(frozen=True)
class Played:
    """Episodes played by `play`."""

    returns: np.ndarray
    """(K,) sum of rewards of each episode."""


@torch.no_grad()
def play(
    policy: nn.Module,
    env: gymnasium.vector.VectorEnv | Make,
    episodes: int = 100,
    seed: int = 0,
    greedy: bool = True,
    num_envs: int = 8,
) -> Played:
    """Play at least ``episodes`` episodes, as many in every environment (else short ones would be
    overrepresented).

    Args:
        policy: a module as described in `networks`.
        env: a vector environment, or a factory of which ``num_envs`` are made.
        greedy: take the most preferred action; otherwise draw from the policy.
    """
    env = as_vector_env(env, num_envs)
    rounds = -(-whole_number("episodes", episodes, 1) // env.num_envs)
    generator = None if greedy else torch.Generator().manual_seed(seed)
    finished: list[list[float]] = [[] for _ in range(env.num_envs)]
    returns = np.zeros(env.num_envs)
    memory = torch.zeros(env.num_envs, policy.memory_size)
    episode_starts = np.ones(env.num_envs, bool)
    done = np.zeros(env.num_envs, bool)
    obs, info = env.reset(seed=seed)
    while min(map(len, finished)) < rounds:
        starts = torch.as_tensor(episode_starts)
        logits, _, memory = policy(
            torch.as_tensor(obs)[None],
            memory,
            starts[None],
        )
        actions = choose(masked(logits[0], allowed_actions(info, done)), generator)
        obs, rewards, terminated, truncated, info = env.step(actions.numpy())
        episode_starts = done
        valid = ~done  # the tick after an end belongs to no episode
        returns += rewards * valid
        done = (terminated | truncated) & valid
        for index in np.flatnonzero(done):
            finished[index].append(float(returns[index]))
            returns[index] = 0
    # The same number from every environment, or short episodes would count more than long ones.
    kept = [of_one[:rounds] for of_one in finished]
    return Played(np.concatenate(kept))


def choose(logits: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
    """One action per row of logits (N, A): drawn from their softmax, or the largest without a
    generator."""
    if generator is None:
        return logits.argmax(-1)
    # The largest of "logit plus Gumbel noise" is a draw from the softmax, and needs one random
    # number per entry.
    uniform = torch.rand(logits.shape, generator=generator).clamp_min(1e-12)
    gumbel = -(-uniform.log()).log()
    return (logits + gumbel).argmax(-1)
