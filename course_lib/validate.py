"""Checks of arguments, one clear line each: the value as it was given, and what is allowed.

Every check returns the value that passed, as Python's own number where it is one, so that it can
stand where the value is taken::

    self.steps = validate.whole_number("steps", steps, 3, 100_000)

All of them raise ValueError. No package is needed: numpy's numbers count as numbers here too.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from numbers import Integral, Real
from typing import Any, ClassVar, Protocol, TypeVar

LARGEST_SEED = 2**63 - 1
"""Seeds of the range are signed 64-bit numbers."""
MOST = 10**9
"""Of anything that is counted: more would never end, or not fit into memory."""
LONGEST_VALUE = 80
"""Characters of a value that a message repeats."""
KINDS: dict[Any, str] = {
    int: "a whole number",
    float: "a finite number",
    bool: "true or false",
    str: "a word",
}


class DataClass(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Config = TypeVar("Config", bound=DataClass)


def whole_number(
    name: str,
    value: Any,
    low: int | None = None,
    high: int | None = None,
) -> int:
    """``value`` if it is a whole number from ``low`` to ``high``, both included."""
    if not _is_whole(value) or not _within(value, low, high):
        raise ValueError(f"{name}={shown(value)} is not a whole number{_range(low, high)}")
    return int(value)


def seed(value: Any, name: str = "seed", episodes: int = 1) -> int:
    """``value`` if it can be the first of the seeds of so many episodes."""
    return whole_number(name, value, 0, LARGEST_SEED - (episodes - 1))


def in_range(
    name: str,
    value: Any,
    low: float | None = None,
    high: float | None = None,
    *,
    above: float | None = None,
    below: float | None = None,
) -> float:
    """``value`` if it is a finite number from ``low`` to ``high``.

    ``above`` and ``below`` are ends that are not allowed themselves.
    """
    finite = is_number(value) and math.isfinite(value)
    outside = not finite or not _within(value, low, high)
    if outside or not _strictly_within(value, above, below):
        ends = [_range(low, high).removeprefix(" "), *_open_range(above, below)]
        limits = [end for end in ends if end]
        allowed = f" {' and '.join(limits)}" if limits else ""
        raise ValueError(f"{name}={shown(value)} is not a finite number{allowed}")
    return float(value)


def probability(name: str, value: Any) -> float:
    """``value`` if it is a number from 0 to 1."""
    if not is_number(value) or not 0 <= value <= 1:
        raise ValueError(f"{name}={shown(value)} is not a probability from 0 to 1")
    return float(value)


def choice(name: str, value: Any, allowed: Iterable[str]) -> str:
    """``value`` if it is one of the words ``allowed``."""
    words = tuple(allowed)
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"{name}={shown(value)} is unknown; allowed: {', '.join(words)}")
    return value


def pair(
    name: str,
    value: Any,
    low: int,
    high: int,
) -> tuple[int, int]:
    """``value`` if it is two ascending whole numbers from ``low`` to ``high``."""
    is_pair = isinstance(value, tuple | list) and len(value) == 2
    whole = is_pair and all(_is_whole(end) for end in value)
    if not whole or not low <= value[0] <= value[1] <= high:
        allowed = f"a pair (fewest, most) within {low}..{high}"
        raise ValueError(f"{name}={shown(value)} is not {allowed}")
    return int(value[0]), int(value[1])


def instance(name: str, value: Any, kind: Any, hint: str) -> Any:
    """``value`` if it is a ``kind``, a class or several (``A | B``); ``hint`` says how to get
    one."""
    if not isinstance(value, kind):
        classes = getattr(kind, "__args__", (kind,))
        named = " or ".join(one.__name__ for one in classes)
        raise ValueError(f"{name}={shown(value)} is not a {named}; {hint}")
    return value


def sizes(name: str, value: Any) -> tuple[int, ...]:
    """``value`` if it lists whole numbers of at least 1, such as the sizes of hidden layers."""
    listed = instance(name, value, tuple | list, "give a tuple of sizes, such as (64, 64)")
    return tuple(whole_number(name, size, 1, MOST) for size in listed)


def function(name: str, value: Any) -> Any:
    """``value`` if it can be called."""
    if not callable(value):
        raise ValueError(f"{name}={shown(value)} is no function")
    return value


def word(name: str, value: Any) -> str:
    """``value`` if it is a text."""
    if not isinstance(value, str):
        raise ValueError(f"{name}={shown(value)} is not a word")
    return value


def truth(name: str, value: Any) -> bool:
    """``value`` if it is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name}={shown(value)} is not true or false")
    return value


def check_kinds(config: DataClass) -> None:
    """Check that each field of a dataclass holds the kind of value its annotation names.

    A whole number is a float too. Annotations must be classes (no strings, no generics). Numbers
    are Python's own, as they are written to JSON.
    """
    for field in fields(config):
        value = getattr(config, field.name)
        kind: Any = field.type
        if not _is_kind(value, kind):
            wanted = KINDS.get(kind) or f"a {kind.__name__}"
            raise ValueError(f"{field.name}={shown(value)} is not {wanted}")


def counts(config: DataClass, *names: str) -> None:
    """Check that the fields named are whole numbers of at least 1."""
    for name in names:
        whole_number(name, getattr(config, name), 1, MOST)


def probabilities(config: DataClass, *names: str) -> None:
    """Check that the fields named are numbers from 0 to 1."""
    for name in names:
        probability(name, getattr(config, name))


def positive(config: DataClass, *names: str, most: float | None = None) -> None:
    """Check that the fields named are finite numbers above 0, and at most ``most``."""
    for name in names:
        in_range(name, getattr(config, name), high=most, above=0)


def not_negative(config: DataClass, *names: str, most: float | None = None) -> None:
    """Check that the fields named are finite numbers of at least 0, and at most ``most``."""
    for name in names:
        in_range(name, getattr(config, name), 0, most)


def config_from(
    table: Mapping[str, Any],
    kind: type[Config],
    where: str,
) -> Config:
    """A dataclass ``kind`` from a table of its fields, with every entry checked.

    Args:
        table: names and values of fields; the others keep their defaults.
        kind: the dataclass; what it checks itself (``__post_init__``) is reported too.
        where: what to name in a message, such as a file or "policy expert".
    """
    known = [field.name for field in fields(kind)]
    for name in table:
        if name not in known:
            listed = ", ".join(known) or "none"
            raise ValueError(f"{where}: no parameter {shown(name)}; there is {listed}")
    try:
        config = kind(**table)
        check_kinds(config)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from None
    return config


def shown(value: Any) -> str:
    """``value`` as a message repeats it: on one line, without control characters, cut if long."""
    try:
        text = printable(repr(value))
    except Exception:  # a stranger's __repr__ may do anything
        text = f"a {type(value).__name__}"
    if len(text) <= LONGEST_VALUE:
        return text
    return text[: LONGEST_VALUE - 3] + "..."


def printable(text: str) -> str:
    """``text`` on one line, with every character that a terminal would obey written as an escape.

    Names that come from a file are passed through this before they are printed.
    """
    characters = []
    for character in " ".join(text.split()):
        safe = character.isprintable()
        characters.append(character if safe else character.encode("unicode_escape").decode())
    return "".join(characters)


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value counts as a real number; nan does, True does not."""
    return isinstance(value, Real) and not isinstance(value, bool)


def _within(value: Any, low: float | None, high: float | None) -> bool:
    if low is not None and value < low:
        return False
    return high is None or value <= high


def _strictly_within(value: Any, above: float | None, below: float | None) -> bool:
    if above is not None and value <= above:
        return False
    return below is None or value < below


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f" of at least {low}"
    return "" if high is None else f" of at most {high}"


def _open_range(above: float | None, below: float | None) -> list[str]:
    ends = []
    if above is not None:
        ends.append(f"above {above}")
    if below is not None:
        ends.append(f"below {below}")
    return ends


def _is_kind(value: Any, kind: Any) -> bool:
    if kind is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and math.isfinite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)
