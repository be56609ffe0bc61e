"""Arrays in a JSON file: a plain table of names, dtypes and shapes beside the class that has them.

A record of an episode is a dataclass with many arrays. Its schema says for each one which dtype and
shape it has; sizes that differ between records are letters::

    SCHEMA = {"reward": Array("<f4", ("T",)), "level": Array("u1", ("T+1", 128), low=0, high=2)}

In the file an array is text: its little-endian bytes, compressed with zlib, in base64. Unpacking
never makes more bytes than the shape allows, so a damaged or hostile file cannot fill the memory.
"""

import base64
import binascii
import hashlib
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

TOLERANCE = 1e-3
"""How far a value may lie outside its range: 16-bit floats round that much."""


@dataclass(frozen=True)
class Array:
    """One array of a record."""

    dtype: str
    """As numpy writes it, with the byte order: "u1", "<f4"."""
    shape: tuple[int | str, ...]
    """Fixed sizes, and names of sizes that differ between records."""
    low: float = -math.inf
    high: float = math.inf
    """Smallest and largest value allowed: a drawing uses some values as indices."""
    optional: bool = False
    """Whether a record may be without it (None)."""


Schema = Mapping[str, Array]
Sizes = Mapping[str, int]
Arrays = dict[str, np.ndarray | None]


def shape_of(array: Array, sizes: Sizes) -> tuple[int, ...]:
    """The shape of an array once the sizes of a record are known."""
    shape = []
    for size in array.shape:
        shape.append(size if isinstance(size, int) else sizes[size])
    return tuple(shape)


def checked(
    values: Mapping[str, ArrayLike | None],
    schema: Schema,
    sizes: Sizes,
    what: str,
) -> Arrays:
    """Read-only copies of a record's arrays in their declared types.

    Args:
        values: the arrays by name; None for an optional one that is not there.
        schema: what each of them must be.
        sizes: the record's own sizes by name.
        what: the record's name in messages, such as "replay record".

    Raises:
        ValueError: for an array that is missing or has another shape, and for values that are not
            finite or outside their range.
    """
    arrays: Arrays = {}
    for name, array in schema.items():
        value = values.get(name)
        if value is None and array.optional:
            arrays[name] = None
        else:
            shape = shape_of(array, sizes)
            arrays[name] = _checked(name, value, array, shape, what)
    return arrays


def pack(
    values: Mapping[str, Any],
    schema: Schema,
) -> dict[str, str]:
    """The arrays of a record as text; an optional one that is None is left out."""
    packed = {}
    for name, array in schema.items():
        value = values[name]
        if value is not None:
            raw = np.ascontiguousarray(value, array.dtype).tobytes()
            packed[name] = base64.b64encode(zlib.compress(raw, 9)).decode("ascii")
    return packed


def unpack(packed: Any, schema: Schema, sizes: Sizes, what: str) -> Arrays:
    """The arrays that `pack` wrote; `checked` looks at their values.

    Raises:
        ValueError: one line, for anything else.
    """
    if not isinstance(packed, dict):
        raise ValueError(f"damaged {what}: it has no table of arrays")
    arrays: Arrays = {}
    for name, array in schema.items():
        if array.optional and name not in packed:
            arrays[name] = None
        else:
            shape = shape_of(array, sizes)
            arrays[name] = _unpacked(name, packed.get(name), array, shape, what)
    return arrays


def digest(values: Mapping[str, Any], schema: Schema) -> str:
    """SHA-256 over all arrays, in the order of the schema: equal for equal arrays."""
    total = hashlib.sha256()
    for name in schema:
        value = values[name]
        total.update(name.encode())
        total.update(b"-" if value is None else value.tobytes())
    return total.hexdigest()


def table_entry(
    table: Mapping[str, Any],
    name: str,
    kind: type,
    what: str,
) -> Any:
    """One entry of a record's table, if it has the right kind; a bool is no number here."""
    value = table.get(name)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"damaged {what}: {name} is missing or no {kind.__name__}")
    return value


def _checked(
    name: str,
    value: ArrayLike | None,
    array: Array,
    shape: tuple[int, ...],
    what: str,
) -> np.ndarray:
    found = np.asarray(value)
    if found.shape != shape:
        raise ValueError(f"{what}: {name} has shape {found.shape}, expected {shape}")
    if found.dtype.kind not in "buif":
        raise ValueError(f"{what}: {name} is no array of numbers")
    low, high = _limits(array)
    inside = np.isfinite(found) & (found >= low - TOLERANCE) & (found <= high + TOLERANCE)
    if not inside.all():
        raise ValueError(f"{what}: {name} holds values outside {low}..{high}")
    # A copy: whoever gave the array may go on writing into it.
    copy = found.astype(array.dtype)
    copy.setflags(write=False)
    return copy


def _limits(array: Array) -> tuple[float, float]:
    """Smallest and largest value allowed; a whole number must fit its dtype, or it would wrap."""
    dtype = np.dtype(array.dtype)
    if dtype.kind == "f":
        return array.low, array.high
    limits = np.iinfo(dtype)
    return max(array.low, limits.min), min(array.high, limits.max)


def _unpacked(
    name: str,
    text: Any,
    array: Array,
    shape: tuple[int, ...],
    what: str,
) -> np.ndarray:
    size = math.prod(shape) * np.dtype(array.dtype).itemsize
    try:
        packed = base64.b64decode(text, validate=True)
        raw = zlib.decompressobj().decompress(packed, size + 1)
    except (TypeError, ValueError, binascii.Error, zlib.error):
        raise ValueError(f"damaged {what}: array {name} cannot be read") from None
    if len(raw) != size:
        raise ValueError(f"damaged {what}: array {name} has the wrong length")
    return np.frombuffer(raw, array.dtype).reshape(shape)
