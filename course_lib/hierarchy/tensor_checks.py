"""Checks of tensors that are arguments, one clear line each."""

from typing import Any

from torch import Tensor

from course_lib.validate import instance


def check_rows(name: str, value: Any, width: int) -> Tensor:
    """``value`` if it is a tensor (B, width); ValueError otherwise. Values are not looked at."""
    instance(name, value, Tensor, "a torch tensor")
    shape = tuple(value.shape)
    if value.dim() != 2 or shape[1] != width:
        raise ValueError(f"{name} has shape {shape}; wanted is (B, {width})")
    return value
