"""Experience: what the groups of a team decided over T ticks of E environments, and how well it
turned out.

Only decisions are kept. A unit whose agent is busy with an action that takes several ticks decides
nothing meanwhile, so those ticks carry no sample; their rewards go to the decision that began the
action (see `learners.advantages.gae`).
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from course_lib.learners.advantages import gae

from .critic import Critic
from .groups import Samples


@dataclass
class Batch:
    """The B decisions of one group, ready to be learned from."""

    data: dict[str, Tensor]
    """What recomputes the distributions."""
    unit_idx: Tensor
    """(B,) which of the group's units."""
    log_prob: Tensor
    """(B,) when it was drawn."""
    advantage: Tensor
    """(B,)."""
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
        for found in samples:
            if len(found.env_idx):
                self.ticks.append(np.full(len(found.env_idx), tick))
                self.samples.append(found)

    def joined(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, Tensor], Tensor]:
        """Ticks, env_idx, unit_idx (B,), data and log-probabilities of all samples, in the order of
        time."""
        names = self.samples[0].data
        data = {name: torch.cat([s.data[name] for s in self.samples]) for name in names}
        env_idx = np.concatenate([s.env_idx for s in self.samples])
        unit_idx = np.concatenate([s.unit_idx for s in self.samples])
        return (
            np.concatenate(self.ticks),
            env_idx,
            unit_idx,
            data,
            torch.cat([s.log_prob for s in self.samples]),
        )


@dataclass
class Rollout:
    """What happened in T ticks of E environments, whoever decided."""

    rewards: np.ndarray
    """(T, E, U) reward of every unit."""
    ended: np.ndarray
    """(T, E) bool, an episode ended with this tick."""
    summaries: np.ndarray
    """(T + 1, E, 46) what central critics see before each tick and after the last."""
    messages: np.ndarray
    """(E, 7, 76) normalised messages after the last tick."""
    final: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    """For ticks with an end: summaries (E, 46) and normalised messages (E, 7, 76) of the last
    observations."""


@torch.no_grad()
def make_batch(
    group, log: SampleLog, rollout: Rollout, critic: Critic, scale, zones, gamma: float, lam: float
) -> Batch:
    """Values, advantages and targets of one group's decisions.

    Args:
        group: gives ``units`` (N,), the numbers of its units, and ``rewarded_by``, N arrays of the
            units whose mean reward each gets.
        log: its samples.
        rollout: rewards and ends.
        critic: values in scaled units; ``scale`` (RunningMeanStd) takes them to points of reward and
            back.
        zones: (N,) zone of each unit whose own message the critic reads.
        gamma, lam: as in `gae`.
    """
    critic.eval()
    ticks, env_idx, unit_idx, data, log_prob = log.joined()
    length, size, count = len(rollout.rewards), rollout.rewards.shape[1], len(group.units)
    summaries = torch.as_tensor(rollout.summaries[ticks, env_idx])
    units = torch.as_tensor(unit_idx)
    message = data["message"] if critic.own_message else summaries
    said = scale.denormalise(critic(summaries, message, units)).numpy()

    values, decides = (
        np.zeros((length, size, count), np.float32),
        np.zeros((length, size, count), bool),
    )
    values[ticks, env_idx, unit_idx], decides[ticks, env_idx, unit_idx] = said, True
    ended = np.repeat(rollout.ended[:, :, None], count, axis=2)
    end_values = np.zeros_like(values)
    for tick, (seen, messages) in rollout.final.items():
        end_values[tick] = scale.denormalise(value_everywhere(critic, seen, messages, zones))
    last = scale.denormalise(
        value_everywhere(critic, rollout.summaries[-1], rollout.messages, zones)
    )

    def flat(array):
        return array.reshape(length, size * count)

    rewards = np.stack(
        [rollout.rewards[:, :, sources].mean(axis=2) for sources in group.rewarded_by], axis=2
    )
    advantages, returns = gae(
        *(flat(a) for a in (rewards, values, decides, ended, end_values)),
        last.reshape(-1),
        gamma,
        lam,
    )
    place = ticks, env_idx * count + unit_idx
    return Batch(
        data,
        units,
        log_prob,
        torch.as_tensor(advantages[place]),
        torch.as_tensor(returns[place]),
        torch.as_tensor(said),
        summaries,
    )


def value_everywhere(
    critic: Critic, summaries: np.ndarray, messages: np.ndarray, zones: np.ndarray
) -> np.ndarray:
    """(E, 46) and (E, 7, 76) -> (E, N) values of all units of a group, in scaled units."""
    size, count = len(summaries), len(critic.seen)
    seen = torch.as_tensor(summaries).repeat_interleave(count, dim=0)
    unit = torch.arange(count).repeat(size)
    own = (
        torch.as_tensor(messages[:, zones].reshape(size * count, -1))
        if critic.own_message
        else seen
    )
    return critic(seen, own, unit).view(size, count).numpy()
