"""One PPO update of one group: several passes over its decisions in minibatches (Schulman et al.
2017).

The loss of a minibatch is the clipped policy loss, minus an entropy bonus, plus the critic's
squared error in scaled units. Policy and critic share no weight, so the sum trains each by its own
part; only the limit on the gradient's norm looks at both together.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from course_lib.learners.ppo_loss import RunningMeanStd, clipped_policy_loss, normalised, value_loss

from .config import TrainConfig
from .critic import Critic
from .groups import AgentGroup
from .rollout_buffer import Batch


@dataclass(frozen=True)
class Diagnostics:
    """Means over the minibatches of one update."""

    policy_loss: float
    value_loss: float
    entropy: float
    """Nats a decision."""
    kl: float
    """Nats a decision, between the policy that acted and the one being trained."""
    clip_fraction: float
    """Share of decisions whose ratio left the clip range."""
    explained: float
    """Share of the returns' variance that the critic explained before the update; below 0 it is
    worse than a constant."""


def update(
    group: AgentGroup,
    critic: Critic,
    scale: RunningMeanStd,
    batch: Batch,
    optimiser: torch.optim.Optimizer,
    config: TrainConfig,
    generator: torch.Generator,
) -> Diagnostics:
    """Learn from one batch; the weights change in place.

    Args:
        group: recomputes log-probabilities and entropies.
        critic: its critic; ``scale`` brings targets to units near 1.
        batch: the group's decisions.
        optimiser: over the weights of the group's unit and critic.
        config: how it is trained.
        generator: orders the minibatches.

    Raises:
        ValueError: if a target is not a finite number.
        FloatingPointError: if the loss or its gradient is no longer finite; the weights are those
            before the bad step.
    """
    critic.train()
    scale.update(batch.target.cpu().numpy())
    target = scale.normalise(batch.target)
    advantage = normalised(batch.advantage)
    sums = torch.zeros(5)
    count = 0
    for _ in range(config.epochs):
        last_kl = 0.0
        # The generator is the processor's wherever the networks are, so that the order is the same.
        order = torch.randperm(len(batch), generator=generator, device="cpu")
        for rows in order.split(config.minibatch_size):
            data = {name: values[rows] for name, values in batch.data.items()}
            unit_idx = batch.unit_idx[rows]
            with _precision(config, batch):
                log_prob, entropies = group.evaluate(data, unit_idx)
                values = critic(batch.summaries[rows], data.get("message"), unit_idx)
            old = batch.log_prob[rows]
            policy = clipped_policy_loss(log_prob, old, advantage[rows], config.clip_coef)
            critic_error = value_loss(values, target[rows])
            mean_entropy = entropies.mean()
            loss = policy.loss + critic_error - config.ent_coef * mean_entropy
            gradient_step(loss, optimiser, config.max_grad_norm)
            parts = (policy.loss, critic_error, mean_entropy, policy.kl, policy.clip_fraction)
            sums += torch.stack([part.detach() for part in parts])
            count += 1
            last_kl = float(policy.kl)
        if config.target_kl and last_kl > config.target_kl:
            break
    policy_loss, error, entropy, kl, clip_fraction = (sums / count).tolist()
    return Diagnostics(
        policy_loss=policy_loss,
        value_loss=error,
        entropy=entropy,
        kl=kl,
        clip_fraction=clip_fraction,
        explained=explained_variance(batch),
    )


def explained_variance(batch: Batch) -> float:
    """1 - Var(target - value) / Var(target)."""
    spread = batch.target.var(correction=0).clamp(min=1e-12)
    return 1 - float((batch.target - batch.value).var(correction=0) / spread)


def gradient_step(loss: Tensor, optimiser: torch.optim.Optimizer, max_grad_norm: float) -> None:
    """One step; FloatingPointError, weights unchanged, if loss or gradient is not finite."""
    _check_finite("loss", loss)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    for parameters in optimiser.param_groups:
        norm = torch.nn.utils.clip_grad_norm_(parameters["params"], max_grad_norm)
        _check_finite("gradient", norm)
    optimiser.step()


def _check_finite(what: str, value: Tensor) -> None:
    if not torch.isfinite(value):
        raise FloatingPointError(
            f"the {what} is not a finite number: training has diverged; "
            "start again with a smaller learning rate (--set training.learning_rate=0.0003)"
        )


def _precision(config: TrainConfig, batch: Batch) -> AbstractContextManager:
    """bfloat16 multiplications inside the networks, or nothing."""
    if config.precision == "bfloat16":
        return torch.autocast(batch.target.device.type, dtype=torch.bfloat16)
    return nullcontext()


@torch.no_grad()
def recomputed(group: AgentGroup, batch: Batch, config: TrainConfig) -> Batch:
    """The batch with log-probabilities in the precision of the update, so that the first ratio is
    exactly 1. To be called before any weight that the group uses has moved."""
    if config.precision != "bfloat16":
        return batch
    parts = []
    for rows in torch.arange(len(batch)).split(config.minibatch_size):
        with _precision(config, batch):
            data = {name: values[rows] for name, values in batch.data.items()}
            parts.append(group.evaluate(data, batch.unit_idx[rows])[0])
    return replace(batch, log_prob=torch.cat(parts))
