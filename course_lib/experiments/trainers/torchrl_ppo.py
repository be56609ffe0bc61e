"""TorchRL: clipped PPO on its PettingZoo wrapper, one policy shared by the five defenders."""

from typing import Any

import numpy as np
import torch
from torch import nn

from course_lib import cyber_range
from course_lib.cyber_range import Policy

BATCH, MINIBATCH, EPOCHS = 2048, 512, 4
"""Ticks in a batch; each tick holds five decisions."""
INPUTS, ACTIONS = 3 * 76, 242
REWARD_SCALE = 0.1


def train(steps: int, seed: int) -> Policy:
    """Train for about so many environment steps; 0 gives the untrained policy."""
    from torchrl.collectors import Collector
    from torchrl.objectives import ClipPPOLoss

    torch.manual_seed(seed)
    actor, critic = make_actor(), make_critic()
    if not steps:
        return TorchrlPolicy(actor)
    loss = ClipPPOLoss(actor, critic, entropy_coeff=0.01)
    loss.set_keys(**{key: ("agents", key) for key in ("reward", "done", "terminated")})
    loss.set_keys(action=("agents", "action"), sample_log_prob=("agents", "sample_log_prob"))
    loss.set_keys(value=("agents", "state_value"))
    loss.make_value_estimator(gamma=0.99, lmbda=0.95)
    optimiser = torch.optim.Adam(loss.parameters(), lr=3e-4)
    collector = Collector(make_env(), actor, frames_per_batch=BATCH, total_frames=steps)
    for batch in collector:
        with torch.no_grad():
            loss.value_estimator(batch)
        rows = batch.reshape(-1)
        for _ in range(EPOCHS):
            for chosen in torch.randperm(len(rows)).split(MINIBATCH):
                parts = loss(rows[chosen])
                total = parts["loss_objective"] + parts["loss_critic"] + parts["loss_entropy"]
                optimiser.zero_grad()
                total.backward()
                optimiser.step()
    collector.shutdown()
    return TorchrlPolicy(actor)


def make_env() -> Any:
    """The five defenders as one group of equal spaces; it finds the masks in the infos."""
    from torchrl.envs import (
        Compose,
        DTypeCastTransform,
        FlattenObservation,
        RewardScaling,
        TransformedEnv,
    )
    from torchrl.envs.libs.pettingzoo import PettingZooWrapper
    from torchrl.envs.utils import MarlGroupMapType

    env = PettingZooWrapper(
        cyber_range.parallel_env(observation="message", pad_spaces=True),
        group_map=MarlGroupMapType.ALL_IN_ONE_GROUP.get_group_map(AGENTS),
        categorical_actions=True,
    )
    floats = DTypeCastTransform(torch.int64, torch.float32, in_keys=[("agents", "observation")])
    rows = FlattenObservation(-2, -1, in_keys=[("agents", "observation")])
    scaled = RewardScaling(0.0, REWARD_SCALE, in_keys=[("agents", "reward")])
    return TransformedEnv(env, Compose(floats, rows, scaled))


AGENTS = [f"blue_agent_{number}" for number in range(5)]


def network(outputs: int) -> nn.Module:
    """Two layers of 256."""
    first = nn.Linear(INPUTS, 256)
    second = nn.Linear(256, 256)
    return nn.Sequential(first, nn.Tanh(), second, nn.Tanh(), nn.Linear(256, outputs))


def make_actor() -> Any:
    """Observation -> logits -> an allowed action, for every agent of the group."""
    from tensordict.nn import TensorDictModule
    from torchrl.modules import MaskedCategorical, ProbabilisticActor

    logits = TensorDictModule(
        network(ACTIONS), in_keys=[("agents", "observation")], out_keys=[("agents", "logits")]
    )
    return ProbabilisticActor(
        logits,
        in_keys={"logits": ("agents", "logits"), "mask": ("agents", "action_mask")},
        out_keys=[("agents", "action")],
        distribution_class=MaskedCategorical,
        return_log_prob=True,
        log_prob_key=("agents", "sample_log_prob"),
    )


def make_critic() -> Any:
    """Observation -> value, for every agent of the group."""
    from tensordict.nn import TensorDictModule

    keys = {"in_keys": [("agents", "observation")], "out_keys": [("agents", "state_value")]}
    return TensorDictModule(network(1), **keys)


class TorchrlPolicy:
    """A trained actor as a policy of the course."""

    observation, defenders, name = "message", "official", "torchrl"

    def __init__(self, actor: Any):
        self.network = actor[0].module
        self.generator = torch.Generator()

    def reset(self, seed: int) -> None:
        """It remembers nothing; the seed is for its draws."""
        self.generator.manual_seed(seed)

    @torch.no_grad()
    def act(self, observations: dict, infos: dict) -> dict[str, int]:
        """Draw an allowed action for each of the five."""
        seen = np.zeros((len(observations), INPUTS), np.float32)
        allowed = np.zeros((len(observations), ACTIONS), bool)
        for row, (agent, observation) in enumerate(observations.items()):
            seen[row, : observation.size] = observation.ravel()
            mask = infos[agent]["action_mask"]
            allowed[row, : len(mask)] = mask
        logits = self.network(torch.as_tensor(seen))
        logits = logits.masked_fill(~torch.as_tensor(allowed), -torch.inf)
        drawn = torch.multinomial(logits.softmax(-1), 1, generator=self.generator)
        return dict(zip(observations, drawn[:, 0].tolist(), strict=True))
