"""Environments side by side, and episodes played in them.

Learners here step N environments at once, through the interface of Gymnasium's vector environments
in *next-step*
mode: when an episode is over, the answer holds its last observation, and the next step (whose
action is ignored) holds the first observation of a new episode. That extra tick carries no
decision; it must not be learned from.
"""

from dataclasses import dataclass

import numpy as np
import torch

from .networks import masked


class SideBySide:
    """N single Gymnasium environments, stepped in a loop, with the interface of a vector
    environment."""

    def __init__(self, make, count: int):
        """``make()`` returns a new environment. ValueError unless count is at least 1."""
        if count < 1:
            raise ValueError(f"environments={count} must be at least 1")
        self.envs = [make() for _ in range(count)]
        self.num_envs = count
        self.single_observation_space = self.envs[0].observation_space
        self.single_action_space = self.envs[0].action_space
        self.over = [False] * count

    def reset(self, *, seed: int):
        """First observations, (N, ...); environment i begins with ``seed + i``."""
        answers = [env.reset(seed=seed + i) for i, env in enumerate(self.envs)]
        self.over = [False] * self.num_envs
        return np.stack([seen for seen, _ in answers]), stacked([info for _, info in answers])

    def step(self, actions):
        """One tick of all: observations (N, ...), reward, terminated, truncated (N,), info."""
        answers = []
        for env, action, over in zip(self.envs, actions, self.over, strict=True):
            if over:
                seen, info = env.reset()
                answers.append((seen, 0.0, False, False, info))
            else:
                answers.append(env.step(int(action)))
        seen, reward, terminated, truncated, infos = zip(*answers, strict=True)
        self.over = [a or b for a, b in zip(terminated, truncated, strict=True)]
        ends = np.array(terminated, bool), np.array(truncated, bool)
        return np.stack(seen), np.array(reward, np.float32), *ends, stacked(infos)


def stacked(infos) -> dict[str, np.ndarray]:
    """The masks of N infos as one array (N, A), where there are any."""
    present = "action_mask" in infos[0]
    return {"action_mask": np.stack([info["action_mask"] for info in infos])} if present else {}


def side_by_side(env, count: int):
    """A vector environment as it is, or ``count`` environments made by a factory.

    ValueError for anything else, and for a vector environment that begins new episodes in the same
    step.
    """
    if hasattr(env, "num_envs"):
        mode = getattr(env, "metadata", {}).get("autoreset_mode")
        if getattr(mode, "name", "NEXT_STEP") != "NEXT_STEP":
            raise ValueError(
                f"make the vector environment with autoreset_mode=NEXT_STEP; this one has {mode}"
            )
        return env
    if not callable(env):
        raise ValueError(
            "env must be a vector environment or a function that makes one environment"
        )
    return SideBySide(env, count)


def allowed_actions(info: dict) -> torch.Tensor | None:
    """The masks (N, A) of a vector environment's info, or None where every action is always
    allowed."""
    mask = info.get("action_mask")
    return None if mask is None else torch.as_tensor(np.asarray(mask, bool))


@dataclass(frozen=True)
class Played:
    """Episodes played by `play`."""

    returns: np.ndarray
    """(K,) sum of rewards of each episode."""
    lengths: np.ndarray
    """(K,) decisions in each episode."""


@torch.no_grad()
def play(
    policy, env, episodes: int = 100, seed: int = 0, greedy: bool = True, environments: int = 8
) -> Played:
    """Play at least ``episodes`` episodes, as many in every environment (else short ones would be
    overrepresented).

    Args:
        policy: a module as described in `networks`.
        env: a vector environment, or a factory of which ``environments`` are made.
        greedy: take the most preferred action; otherwise draw from the policy.
    """
    env = side_by_side(env, environments)
    count, generator = env.num_envs, torch.Generator().manual_seed(seed)
    rounds = -(-episodes // count)
    finished: list[list[tuple[float, int]]] = [[] for _ in range(count)]
    seen, info = env.reset(seed=seed)
    memory, begins = torch.zeros(count, policy.memory_size), np.ones(count, bool)
    total, length, over = np.zeros(count), np.zeros(count, int), np.zeros(count, bool)
    while min(map(len, finished)) < rounds:
        logits, _, memory = policy(
            torch.as_tensor(seen)[None], memory, torch.as_tensor(begins)[None]
        )
        action = choose(masked(logits[0], allowed_actions(info)), None if greedy else generator)
        seen, reward, terminated, truncated, info = env.step(action.numpy())
        begins, decided = over, ~over
        total, length = total + reward * decided, length + decided
        over = (terminated | truncated) & decided
        for i in np.flatnonzero(over):
            finished[i].append((float(total[i]), int(length[i])))
            total[i] = length[i] = 0
    returns, lengths = zip(*[one for each in finished for one in each[:rounds]], strict=True)
    return Played(np.array(returns), np.array(lengths))


def choose(logits: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
    """One action per row of logits (N, A): drawn from their softmax, or the largest without a
    generator."""
    if generator is None:
        return logits.argmax(-1)
    # The largest of "logit plus Gumbel noise" is a draw from the softmax, and needs one random
    # number per entry.
    noise = torch.rand(logits.shape, generator=generator).clamp_min(1e-12)
    return (logits - (-noise.log()).log()).argmax(-1)
