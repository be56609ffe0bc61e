"""What every configuration checks first: that each field holds the kind of value its annotation
names."""

import math
from dataclasses import fields

KINDS = {int: "a whole number", float: "a finite number", bool: "true or false", str: "a word"}


def check_kinds(config) -> None:
    """ValueError for the first field of a dataclass that holds another kind of value; a whole
    number is a float too.

    Annotations must be classes (no strings, no generics). Numbers are Python's own, as they are
    written to JSON.
    """
    for field in fields(config):
        value = getattr(config, field.name)
        if not _fits(value, field.type):
            wanted = KINDS.get(field.type) or f"a {field.type.__name__}"
            raise ValueError(f"{field.name}={value!r} is not {wanted}")


def _fits(value, kind: type) -> bool:
    if kind is float:
        return (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        )
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)
