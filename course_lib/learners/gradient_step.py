"""One gradient step, and the slow copy of a network that gives the targets: the same for every
learner here.

    gradient_step(loss, network, optimiser, max_grad_norm=0.5)
    updated += 1
    renew_target(target, network, updated, every=200)
"""

import torch
from torch import nn


def gradient_step(
    loss: torch.Tensor,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    max_grad_norm: float,
    advice: str = "use a smaller learning rate",
) -> None:
    """Change the weights of ``network`` so that ``loss`` (a scalar tensor) falls.

    A gradient longer than ``max_grad_norm`` is scaled down to that length.

    Raises:
        ValueError: if the loss is not finite, with the ``advice``; the weights stay as they were.
    """
    if not torch.isfinite(loss):
        raise ValueError(f"the loss is no longer finite; {advice}")
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_grad_norm)
    optimiser.step()


def renew_target(target: nn.Module, network: nn.Module, updated: int, every: int) -> None:
    """Copy the weights of ``network`` into ``target`` when ``updated``, the number of updates so
    far, is a multiple of ``every``. In between the targets stand still (Mnih et al. 2015)."""
    if updated % every == 0:
        target.load_state_dict(network.state_dict())
