"""Comparing what a reader's function gave with what it should give, and saying both in a few
words."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

LONGEST = 220
"""Longer values are cut in messages (characters)."""
LINE = 120
"""The longest one-line value on a card of a wrong answer (characters)."""


def difference(got: object, expected: object, tolerance: float, reveal: bool) -> str | None:
    """In what ``got`` differs from ``expected``, as a sentence without a full stop, or None if it
    does not.

    Numbers, arrays and torch tensors agree when they have the same shape and |got - expected| is at
    most ``tolerance`` * (1 + |expected|); dicts, tuples and lists are compared entry by entry,
    anything else by ``==``. ``reveal`` allows the sentence to name expected values.
    """
    if isinstance(expected, Mapping):
        return _mapping_difference(got, expected, tolerance, reveal)
    target = as_numbers(expected)
    if target is not None:
        return _number_difference(got, target, tolerance, reveal)
    if isinstance(expected, (list, tuple)):
        return _sequence_difference(got, expected, tolerance, reveal)
    if type(got) is type(expected) and got == expected:
        return None
    if type(got) is not type(expected):
        return f"a {type(expected).__name__} is expected, not a {type(got).__name__}"
    return f"{show(expected)} is expected" if reveal else "it is not the right one"


def _mapping_difference(
    got: object, expected: Mapping, tolerance: float, reveal: bool
) -> str | None:
    if not isinstance(got, Mapping):
        return f"a dict is expected, not a {type(got).__name__}"
    if set(got) != set(expected):
        missing, extra = (
            sorted(map(repr, set(expected) - set(got))),
            sorted(map(repr, set(got) - set(expected))),
        )
        lists = (("missing keys", missing), ("unknown keys", extra))
        return "; ".join(f"{word}: {', '.join(keys)}" for word, keys in lists if keys)
    found = ((key, difference(got[key], expected[key], tolerance, reveal)) for key in expected)
    return next((f"entry {key!r}: {problem}" for key, problem in found if problem), None)


def _sequence_difference(
    got: object, expected: Sequence, tolerance: float, reveal: bool
) -> str | None:
    if not isinstance(got, (list, tuple)) or len(got) != len(expected):
        size = (
            f"{len(got)} entries" if isinstance(got, (list, tuple)) else f"a {type(got).__name__}"
        )
        return f"{len(expected)} entries are expected, not {size}"
    found = (
        (i, difference(a, b, tolerance, reveal))
        for i, (a, b) in enumerate(zip(got, expected, strict=True))
    )
    return next((f"entry {i}: {problem}" for i, problem in found if problem), None)


def _number_difference(
    got: object, target: np.ndarray, tolerance: float, reveal: bool
) -> str | None:
    value = as_numbers(got)
    if value is None:
        wanted = "numbers are" if target.ndim else "a number is"
        return f"{wanted} expected, not a {type(got).__name__}"
    if value.shape != target.shape:
        return f"the shape is {value.shape} where {target.shape} is expected"
    if np.isnan(value).any() and not np.isnan(target).any():
        return f"there is a nan{_where(np.isnan(value))}"
    wrong = ~np.isclose(value, target, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not wrong.any():
        return None
    if not target.ndim:
        return f"{show(target[()])} is expected" if reveal else "it is not the right number"
    right = (
        f": {show(value[wrong][0])} where {show(target[wrong][0])} is expected" if reveal else ""
    )
    return f"{wrong.sum()} of {wrong.size} entries differ, first{_where(wrong)}{right}"


def _where(mask: np.ndarray) -> str:
    """The first True of a mask as `` at [i, j]``; nothing for a single number."""
    if not mask.ndim:
        return ""
    place = ", ".join(str(i) for i in np.argwhere(mask)[0])
    return f" at [{place}]"


def as_numbers(value: object) -> np.ndarray | None:
    """The value as an array of numbers or truth values, or None if it is not of that kind."""
    if isinstance(value, (str, bytes, Mapping, set, frozenset)) or value is None:
        return None
    try:
        array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except (ValueError, TypeError, RuntimeError):
        return None
    return array if array.dtype.kind in "biufc" and array.dtype.names is None else None


def unfinished(value: object) -> bool:
    """Whether a value is the placeholder ``...`` or holds one."""
    if isinstance(value, Mapping):
        return any(unfinished(entry) for entry in value.values())
    return value is ... or (
        isinstance(value, (list, tuple)) and any(unfinished(entry) for entry in value)
    )


def copied(value: object) -> object:
    """A copy of arrays, tensors and containers of them; other objects (environments, generators) as
    they are."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if hasattr(value, "detach") and hasattr(value, "clone"):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, dict):
        return {key: copied(entry) for key, entry in value.items()}
    if type(value) in (list, tuple):
        return type(value)(copied(entry) for entry in value)
    return value


def same_data(before: object, after: object) -> bool:
    """Whether arrays, tensors and containers of them hold the same values; other objects are taken
    to be the same, for they were handed over as they are."""
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(same_data, before, after))
    if isinstance(before, dict):
        keys_stayed = list(before) == list(after)
        return keys_stayed and all(same_data(before[key], after[key]) for key in before)
    if hasattr(before, "detach"):
        before, after = before.detach().cpu(), after.detach().cpu()
    elif not isinstance(before, np.ndarray):
        return before is after or bool(np.all(before == after))
    before, after = np.asarray(before), np.asarray(after)
    same_kind = (before.shape, before.dtype) == (after.shape, after.dtype)
    return same_kind and before.tobytes() == after.tobytes()  # bytes: a nan is equal to itself


def kind_of(value: object) -> str:
    """What kind of thing came back, in a few words: ``one tensor of shape (4, 5)``."""
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    if getattr(value, "shape", ()):
        kind = "tensor" if hasattr(value, "detach") else "array"
        return f"one {kind} of shape {tuple(value.shape)}"
    return f"one {type(value).__name__}"


def in_a_line(value: object) -> str:
    """As `show`, in one line; an array that does not fit says its shape and how it begins."""
    text = " ".join(show(value).split())
    shape = tuple(getattr(value, "shape", ()))
    if not shape or len(text) <= LINE:
        return text if len(text) <= LINE else text[: LINE - 4] + " ..."
    numbers = as_numbers(value)
    if numbers is None:
        return f"shape {shape}"
    first = ", ".join(show(entry) for entry in numbers.ravel()[:6])
    return f"shape {shape}, begins {first} ..."


def _four_places(number: float) -> str:
    """A number of an array, such as "0.25" and "2."; large ones with an exponent."""
    if abs(number) >= 1e8:
        return f"{number:.5g}"
    # Adding 0 turns a rounded minus zero into zero.
    return np.format_float_positional(np.round(number, 4) + 0.0, trim=".")


def show(value: object) -> str:
    """A value in a message: numbers to 8 digits, long arrays shortened; the same on every
    machine."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)):
        return f"{value:.8g}" if math.isfinite(value) else str(float(value))
    if isinstance(value, np.integer):
        return str(int(value))
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{key!r}: {show(entry)}" for key, entry in value.items()) + "}"
    elif type(value) in (list, tuple):
        inside = ", ".join(show(entry) for entry in value)
        text = (
            f"[{inside}]"
            if isinstance(value, list)
            else f"({inside}{',' if len(value) == 1 else ''})"
        )
    elif hasattr(value, "shape") and as_numbers(value) is not None:
        text = np.array2string(
            as_numbers(value),
            separator=", ",
            threshold=40,
            formatter={"float_kind": _four_places, "bool": str},
        )
        text = " ".join(text.split())  # no columns: a card breaks its lines where it ends
    elif callable(value) and hasattr(value, "__name__"):
        text = value.__name__  # a function; its repr is an address
    elif type(value).__repr__ is object.__repr__ or callable(value):
        text = f"<{type(value).__name__}>"
    else:
        text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 4] + " ..."
