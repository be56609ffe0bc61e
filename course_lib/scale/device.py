"""The networks on a graphics card while they learn, and nowhere else.

Episodes are played on processors: the engine is compiled for them. Only the update moves: networks,
the optimisers' moments and the batch go to the device, and come back before anybody plays, saves or
looks. Not tried on a graphics card: the tests run every line of it on the processor. The networks
are small, so do not expect a card to be faster before the batches are much larger.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from course_lib import validate
from course_lib.training.rollout_buffer import Batch
from course_lib.training.trainer import Trainer

CPU = torch.device("cpu")
DEVICES = ("cpu", "cuda")


def checked_device(name: str) -> torch.device:
    """The device of this name; ValueError where there is none."""
    validate.choice("device", name, DEVICES)
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError(
            "device='cuda': torch finds no graphics card here; leave --device out, or install a "
            "torch that was built for the card"
        )
    return torch.device(name)


@contextmanager
def networks_on(trainer: Trainer, device: torch.device) -> Iterator[None]:
    """While it lasts, networks and optimisers are on the device, and new tensors as well."""
    if device == CPU:
        yield
        return
    move(trainer, device)
    try:
        with device:  # what the networks make of numbers on the way belongs there too
            yield
    finally:
        move(trainer, CPU)


def move(trainer: Trainer, device: torch.device) -> None:
    """Take networks and optimisers to a device; the parameters stay the same objects."""
    trainer.defender.team.to(device)
    for critic in trainer.critics.values():
        critic.to(device)
    for optimiser in trainer.optimisers.values():
        for moments in optimiser.state.values():
            for name in ("exp_avg", "exp_avg_sq"):  # Adam counts its steps on the processor
                moments[name] = moments[name].to(device)


def batch_on(batch: Batch, device: torch.device) -> Batch:
    """The same batch on a device."""
    found = {}
    for name, value in vars(batch).items():
        if isinstance(value, Tensor):
            found[name] = value.to(device)
    data = {name: value.to(device) for name, value in batch.data.items()}
    return replace(batch, data=data, **found)
