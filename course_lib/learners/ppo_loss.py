"""The losses of proximal policy optimisation (PPO; Schulman et al. 2017), and the two rescalings it
needs in practice.

PPO reuses one batch of experience for several gradient steps. The clip takes away the reward for
moving an action's probability further than a factor ``1 ± clip`` from where it was when the batch
was collected.
"""

import math
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike

from course_lib.validate import in_range, shown

WIDEST_CLIP = 1e6
"""Far beyond any use, and no overflow."""
Numbers = TypeVar("Numbers", np.ndarray, torch.Tensor)


class PolicyLoss(NamedTuple):
    """What `clipped_policy_loss` returns: three scalar tensors."""

    loss: torch.Tensor
    """To be minimised; the only one that carries a gradient."""
    kl: torch.Tensor
    """How far the policy has moved from the one that collected the batch, in nats; never
    negative."""
    clip_fraction: torch.Tensor
    """Share of samples whose ratio lies outside ``1 ± clip``."""


def clipped_policy_loss(
    log_prob: torch.Tensor, old_log_prob: torch.Tensor, advantage: torch.Tensor, clip: float
) -> PolicyLoss:
    """PPO's clipped surrogate objective (equation 7 of the paper) with the sign of a loss.

    Args:
        log_prob: (B,) log-probability of the actions taken, under the policy being trained.
        old_log_prob: (B,) the same under the policy that took them; a constant.
        advantage: (B,) how much better than expected each action turned out.
        clip: half-width of the interval in which the probability ratio still pays, for example 0.2.

    Raises:
        ValueError: if the shapes differ (broadcasting would average over wrong pairs) or clip is
            not positive.
    """
    _check_alike(log_prob=log_prob, old_log_prob=old_log_prob, advantage=advantage)
    _check_clip(clip)
    log_ratio = log_prob - old_log_prob
    ratio = log_ratio.exp()
    clipped = ratio.clamp(1 - clip, 1 + clip)
    # The smaller of the two: a policy that has gone too far gains nothing more, one that must come
    # back feels it.
    gain = torch.minimum(ratio * advantage, clipped * advantage)
    with torch.no_grad():
        # Non-negative term by term, unlike the plain mean of -log_ratio.
        kl = (ratio - 1 - log_ratio).mean()
        clip_fraction = ((ratio - 1).abs() > clip).float().mean()
    return PolicyLoss(-gain.mean(), kl, clip_fraction)


def value_loss(value: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Half the mean squared error of the critic, a scalar tensor.

    ``value`` (B,) are its estimates, ``target`` (B,) what they should be. ValueError if their
    shapes differ: torch would silently compare every value with every target.
    """
    _check_alike(value=value, target=target)
    return 0.5 * (value - target).square().mean()


def normalised(advantage: torch.Tensor) -> torch.Tensor:
    """The same advantages with mean 0 and standard deviation 1, so that one learning rate suits any
    reward scale."""
    return (advantage - advantage.mean()) / (advantage.std(correction=0) + 1e-8)


LARGEST = 1e100
"""The square of a return must still be a number."""


class RunningMeanStd:
    """Mean and standard deviation of all returns seen, so that the critic can learn in units near
    1.

    ``update`` with the returns of a batch, train the critic on ``normalise(returns)``, and read its
    output through ``denormalise``. Before the first update both leave numbers as they are.
    """

    def __init__(self, memory: float = float("inf")):
        """``memory``: number of values after which old ones fade; finite if returns grow while the
        policy improves."""
        if not memory > 0:
            raise ValueError(f"memory={memory} must be positive (infinite remembers everything)")
        self.memory = memory
        self.count = 0.0
        self.mean = 0.0
        self.variance = 1.0

    @property
    def std(self) -> float:
        """Never below 1e-4, so that constant returns divide by something."""
        return max(self.variance**0.5, 1e-4)

    def update(self, values: ArrayLike) -> None:
        """Take in a batch of any shape (numpy or torch); an empty one changes nothing. ValueError
        unless finite."""
        values = np.asarray(values, np.float64)
        if not values.size:
            return
        if not np.isfinite(values).all():
            raise ValueError(
                "returns must be finite numbers; a NaN or infinity here means that training has "
                "diverged"
            )
        if np.abs(values).max() > LARGEST:
            raise ValueError(f"returns beyond {LARGEST:.0e} cannot be averaged; scale the rewards")
        # The variance of two groups together: their own, and what their means lie apart.
        share = values.size / (self.count + values.size)
        apart = values.mean() - self.mean
        within = (1 - share) * self.variance + share * values.var()
        self.variance = float(within + share * (1 - share) * apart**2)
        self.mean = float(self.mean + share * apart)
        self.count = float(min(self.count + values.size, self.memory))

    def normalise(self, values: Numbers) -> Numbers:
        """From the unit of returns to the unit of the critic; numpy and torch alike."""
        return (values - self.mean) / self.std

    def denormalise(self, values: Numbers) -> Numbers:
        """From the unit of the critic to the unit of returns."""
        return values * self.std + self.mean

    def state_dict(self) -> dict[str, float]:
        """Plain floats, for a checkpoint."""
        return {
            "memory": self.memory,
            "count": self.count,
            "mean": self.mean,
            "variance": self.variance,
        }

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Take up where `state_dict` left off. KeyError for an incomplete one, ValueError for one
        that no returns give."""
        values = {name: float(state[name]) for name in self.state_dict()}
        finite = math.isfinite(values["mean"]) and math.isfinite(values["variance"])
        if not finite or values["variance"] < 0 or not values["count"] >= 0:
            raise ValueError(f"no scale of returns: {shown(values)}")
        for name, value in values.items():
            setattr(self, name, value)


def _check_alike(**tensors: torch.Tensor) -> None:
    for name, tensor in tensors.items():
        if not isinstance(tensor, torch.Tensor):
            raise ValueError(f"{name}={shown(tensor)} is not a torch tensor")
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if len(set(shapes.values())) > 1:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"shapes differ: {listed}")


def _check_clip(clip: float) -> None:
    in_range("clip", clip, high=WIDEST_CLIP, above=0)
