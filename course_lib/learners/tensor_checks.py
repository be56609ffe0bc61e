"""Checks of tensors that readers hand to a learner's formulas: ValueError, one clear line."""

from typing import Any

import torch

from course_lib.validate import instance


def check_tensor(name: str, value: Any, *shape: int | None) -> torch.Tensor:
    """``value`` if it is a tensor of this shape, None where any length will do."""
    instance(name, value, torch.Tensor, "give a torch tensor")
    found = tuple(value.shape)
    fits = len(found) == len(shape)
    for length, wanted in zip(found, shape, strict=False):
        fits = fits and wanted in (None, length)
    if not fits:
        axes = ", ".join("any" if wanted is None else str(wanted) for wanted in shape)
        raise ValueError(f"{name} has shape {found}; wanted is ({axes})")
    return value
