"""Checks of arrays that are arguments, one clear line each, as `validate` makes them of numbers.

Every check returns the array that passed. All of them raise ValueError.
"""

from typing import Any

import numpy as np

from course_lib.validate import shown


def numbers(name: str, value: Any, *shape: int | None) -> np.ndarray:
    """``value`` as an array of finite floats.

    Args:
        name: what a message calls it.
        value: an array, or lists of numbers.
        shape: the length of each axis, None where any length will do; without it, any array.
    """
    array = unchecked(name, value)
    check_shape(name, array, *shape)
    floats = array.astype(float)
    if not np.isfinite(floats).all():
        raise ValueError(f"{name} holds values that are not finite numbers")
    return floats


def unchecked(name: str, value: Any) -> np.ndarray:
    """``value`` as an array of numbers of any shape, which need not be finite."""
    array = _plain(name, value)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name}={shown(value)} is no array of numbers")
    return array


def truths(name: str, value: Any, *shape: int | None) -> np.ndarray:
    """``value`` as an array of booleans; 0 and 1 will do."""
    array = _plain(name, value)
    fits = array.dtype.kind == "b"
    if array.dtype.kind in "iuf":
        fits = bool(np.isin(array, (0, 1)).all())
    if not fits:
        raise ValueError(f"{name}={shown(value)} is no array of True and False")
    check_shape(name, array, *shape)
    return array.astype(bool)


def whole_numbers(name: str, value: Any, *shape: int | None) -> np.ndarray:
    """``value`` as an array of whole numbers, int64; 2.0 counts as 2."""
    floats = numbers(name, value, *shape)
    is_whole = floats == np.floor(floats)
    is_exact = np.abs(floats) <= 2**53  # beyond, neighbouring whole numbers are one float
    if not is_whole.all() or not is_exact.all():
        raise ValueError(f"{name} holds values that are no whole numbers")
    return floats.astype(np.int64)


def check_shape(name: str, array: np.ndarray, *shape: int | None) -> None:
    """ValueError unless the array has so many axes, each of its length (None: any)."""
    if not shape:
        return
    fits = array.ndim == len(shape)
    for length, wanted in zip(array.shape, shape, strict=False):
        fits = fits and wanted in (None, length)
    if not fits:
        axes = ", ".join("any" if wanted is None else str(wanted) for wanted in shape)
        raise ValueError(f"{name} has shape {array.shape}; wanted is ({axes})")


def _plain(name: str, value: Any) -> np.ndarray:
    """``value`` as numpy reads it; rows of unequal length are no array."""
    try:
        return np.asarray(value)
    except (ValueError, TypeError, RuntimeError):
        raise ValueError(f"{name}={shown(value)} is no array of numbers") from None
