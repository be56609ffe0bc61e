"""The rollout buffer: decisions of agent groups in T ticks of E environments, and their outcome.

Only decisions are kept. A unit whose agent is busy with an action that takes several ticks decides
nothing meanwhile, so those ticks carry no sample; their rewards go to the decision that began the
action (see `learners.advantages.gae`).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_lib.learners.advantages import gae
from course_lib.learners.ppo_loss import RunningMeanStd

from .critic import Critic
from .groups import AgentGroup, Samples


@dataclass
class Batch:
    """The B decisions of one group, ready to be learned from."""

    data: dict[str, Tensor]
    """What recomputes the distributions, each (B, ...)."""
    unit_idx: Tensor
    """(B,) int64, which of the group's units."""
    log_prob: Tensor
    """(B,) when it was drawn."""
    advantage: Tensor
    """(B,) in points of reward."""
    target: Tensor
    """(B,) what the critic should have said, in points of reward."""
    value: Tensor
    """(B,) what it said."""
    summaries: Tensor
    """(B, 46) the critic's input."""

    def __len__(self) -> int:
        return len(self.unit_idx)


@dataclass
class SampleLog:
    """Samples of one group while a rollout lasts."""

    ticks: list[np.ndarray] = field(default_factory=list)
    samples: list[Samples] = field(default_factory=list)

    def add(self, tick: int, samples: list[Samples]) -> None:
        """Keep the samples of a tick."""
        for part in samples:
            # Nobody decides in a tick in which all agents are busy; empty parts would not join.
            if len(part.env_idx):
                self.ticks.append(np.full(len(part.env_idx), tick))
                self.samples.append(part)

    def joined(self) -> tuple[np.ndarray, Samples]:
        """Ticks (B,) and all samples as one, in the order of time."""
        data = {}
        for name in self.samples[0].data:
            data[name] = torch.cat([part.data[name] for part in self.samples])
        samples = Samples(
            env_idx=np.concatenate([part.env_idx for part in self.samples]),
            unit_idx=np.concatenate([part.unit_idx for part in self.samples]),
            data=data,
            log_prob=torch.cat([part.log_prob for part in self.samples]),
        )
        return np.concatenate(self.ticks), samples


@dataclass
class Rollout:
    """What happened in T ticks of E environments, whoever decided."""

    rewards: np.ndarray
    """(T, E, U) float32, reward of every unit."""
    ended: np.ndarray
    """(T, E) bool, an episode ended with this tick."""
    summaries: np.ndarray
    """(T + 1, E, 46) what central critics see before each tick and after the last."""
    messages: np.ndarray
    """(E, 7, 76) normalised messages after the last tick."""
    final: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    """For ticks with an end: summaries (E, 46) and normalised messages (E, 7, 76) of the last
    observations."""


class Collected(NamedTuple):
    """What one rollout gave."""

    rollout: Rollout
    logs: dict[str, SampleLog]
    """Samples by group."""
    scores: np.ndarray
    """Official scores of the episodes that ended."""
    terms: dict[str, float]
    """Mean reward per tick and zone, by term."""
    engine_seconds: float


@torch.no_grad()
def make_batch(
    group: AgentGroup,
    log: SampleLog,
    rollout: Rollout,
    critic: Critic,
    scale: RunningMeanStd,
    zones: np.ndarray | None,
    gamma: float,
    gae_lambda: float,
) -> Batch:
    """Values, advantages and targets of one group's decisions.

    Args:
        group: whose N units decided.
        log: its samples.
        rollout: rewards and ends.
        critic: values in scaled units; ``scale`` takes them to points of reward and back.
        zones: (N,) zone of each unit whose own message the critic reads.
        gamma, gae_lambda: as in `gae`.
    """
    critic.eval()
    num_steps, num_envs, _ = rollout.rewards.shape
    t, samples = log.joined()
    e, u = samples.env_idx, samples.unit_idx

    unit_idx = torch.as_tensor(u)
    summaries = torch.as_tensor(rollout.summaries[t, e])
    message = samples.data["message"] if critic.own_message else None
    value = scale.denormalise(critic(summaries, message, unit_idx)).numpy()

    # The samples are scattered into whole arrays (T, E, N), because credit flows along time. In the
    # ticks between two decisions a unit's agent is busy: nothing was chosen there, so `decided`
    # masks them, and `gae` adds their rewards to the decision that began the action.
    values = np.zeros((num_steps, num_envs, len(group.units)), np.float32)
    values[t, e, u] = value
    decided = np.zeros(values.shape, bool)
    decided[t, e, u] = True
    rewards = rewards_of(group, rollout.rewards)
    after = values_after(rollout, critic, scale, zones)
    advantages, returns = _credit(rewards, values, decided, rollout.ended, after, gamma, gae_lambda)
    return Batch(
        data=samples.data,
        unit_idx=unit_idx,
        log_prob=samples.log_prob,
        advantage=torch.as_tensor(advantages[t, e, u]),
        target=torch.as_tensor(returns[t, e, u]),
        value=torch.as_tensor(value),
        summaries=summaries,
    )


def _credit(
    rewards: np.ndarray,
    values: np.ndarray,
    decided: np.ndarray,
    ended: np.ndarray,
    after: tuple[np.ndarray, np.ndarray],
    gamma: float,
    gae_lambda: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Advantages and returns (T, E, N) of the decisions; ``after`` is what `values_after` gives."""
    num_steps, num_envs, num_units = values.shape
    end_values, last_values = after
    ended_for_all = np.repeat(ended[:, :, None], num_units, axis=2)
    along_time = (num_steps, num_envs * num_units)  # every unit of every environment is a column
    advantages, returns = gae(
        rewards.reshape(along_time),
        values.reshape(along_time),
        decided.reshape(along_time),
        ended_for_all.reshape(along_time),
        end_values.reshape(along_time),
        last_values.reshape(-1),
        gamma,
        gae_lambda,
    )
    return advantages.reshape(values.shape), returns.reshape(values.shape)


def rewards_of(group: AgentGroup, rewards: np.ndarray) -> np.ndarray:
    """Rewards of all units (T, E, U) -> (T, E, N) of the group: the mean of what rewards each."""
    # A headquarters that speaks for several zones gets their mean, not their sum: else its
    # advantages would be larger than a leaf's for the same success.
    per_unit = [rewards[:, :, sources].mean(axis=2) for sources in group.rewarded_by]
    return np.stack(per_unit, axis=2)


def values_after(
    rollout: Rollout, critic: Critic, scale: RunningMeanStd, zones: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """What the critic expects after the ends of episodes (T, E, N), and after the last tick (E, N).

    Zeros where no episode ended, and everywhere if ends are ends (``bootstrap_end=False``): then
    the rollout holds no last observations.
    """
    of_all = values_of_all_units(critic, rollout.summaries[-1], rollout.messages, zones)
    last_values = scale.denormalise(of_all)
    end_values = np.zeros((len(rollout.rewards), *last_values.shape), np.float32)
    for tick, (summaries, messages) in rollout.final.items():
        of_all = values_of_all_units(critic, summaries, messages, zones)
        # An episode that the clock cut off goes on in the critic's eyes: its last observation has a
        # value, although the environment already shows the next episode.
        end_values[tick] = scale.denormalise(of_all)
    return end_values, last_values


def values_of_all_units(
    critic: Critic, summaries: np.ndarray, messages: np.ndarray, zones: np.ndarray | None
) -> np.ndarray:
    """(E, 46) and (E, 7, 76) -> (E, N) values of all units of a group, in scaled units."""
    num_envs = len(summaries)
    num_units = len(critic.seen)
    repeated = torch.as_tensor(summaries).repeat_interleave(num_units, dim=0)
    unit_idx = torch.arange(num_units).repeat(num_envs)
    own = None
    if critic.own_message:
        own = torch.as_tensor(messages[:, zones].reshape(num_envs * num_units, -1))
    return critic(repeated, own, unit_idx).view(num_envs, num_units).numpy()
