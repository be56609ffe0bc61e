"""What makes two policies the same for a file of finished episodes: a hash of all that they hold.

A score belongs to weights, doctrine, tree, options and code, and a policy may keep them under any
name. So everything that can be reached from the policy is hashed: attributes, arrays, tensors,
states of generators, and the code and the globals of functions that are not part of an installed
package. What cannot be looked into counts by its type. Two policies with equal fingerprints play
alike; two that play alike may differ, and are then played anew rather than mixed up.
"""

import dis
import functools
import hashlib
import inspect
import random
import sys
import types
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from pettingzoo import ParallelEnv

INSTALLED = {"course_lib", "torch", "numpy", "gymnasium", "pettingzoo", "numba"}
"""Packages whose code does not change between two runs: a class of theirs counts by its name."""
PLAIN = (type(None), bool, int, float, complex, str, bytes, np.generic, np.dtype)


def fingerprint(value: Any) -> str:
    """SHA-256, as text, over everything that ``value`` holds.

    Call it on a policy just after ``reset(seed)``, so that what it remembers of the last episode is
    not taken for a part of it. ValueError for what is nested too deep to walk through.
    """
    try:
        return _Walk().digest(value).hex()
    except RecursionError:
        raise ValueError(
            f"{type(value).__name__} is nested too deep to be told from another; go without resume"
        ) from None


class _Walk:
    """One walk through the objects that hang together."""

    def __init__(self) -> None:
        self._seen: dict[int, bytes] = {}
        self._kept: list[Any] = []  # or the id of a temporary object could be given out again

    def digest(self, value: Any) -> bytes:
        """Hash of one object; an object that is met again inside itself counts as a mark."""
        if isinstance(value, PLAIN):
            return _hash(type(value).__name__, repr(value))
        if id(value) not in self._seen:
            self._seen[id(value)] = b"met before"
            self._kept.append(value)
            self._seen[id(value)] = self._compound(value)
        return self._seen[id(value)]

    def _compound(self, value: Any) -> bytes:
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, Mapping):
            return _hash("table", *sorted(self._items(value)))
        if isinstance(value, list | tuple):
            return _hash(type(value).__name__, *self._each(value))
        if isinstance(value, set | frozenset):
            return _hash("set", *sorted(self._each(value)))
        if isinstance(value, types.ModuleType | ParallelEnv):
            return _hash("named", type(value).__name__)  # surroundings, not part of the policy
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, types.FunctionType | types.MethodType):
            return self._function(value)
        return self._object(value)

    def _array(self, value: np.ndarray) -> bytes:
        if value.dtype.hasobject:
            entries = self._each(value.ravel().tolist())
            return _hash("objects", repr(value.shape), *entries)
        kind = f"{value.dtype!r} {value.shape!r}"
        return _hash("array", kind, value.tobytes())

    def _items(self, table: Mapping[Any, Any]) -> list[bytes]:
        items = []
        for name, value in table.items():
            items.append(_hash("item", self.digest(name), self.digest(value)))
        return items

    def _each(self, values: Iterable[Any]) -> list[bytes]:
        return [self.digest(value) for value in values]

    def _class(self, kind: type) -> bytes:
        if _is_installed(kind):
            return _hash("class", kind.__module__, kind.__qualname__)
        parts = [self.digest(base) for base in kind.__bases__]
        for name, member in sorted(vars(kind).items()):
            plain = isinstance(member, staticmethod | classmethod)
            member = member.__func__ if plain else member
            member = member.fget if isinstance(member, property) else member
            if isinstance(member, types.FunctionType) or not name.startswith("__"):
                parts.append(_hash(name, self.digest(member)))
        return _hash("class", kind.__qualname__, *parts)

    def _function(self, function: types.FunctionType | types.MethodType) -> bytes:
        if isinstance(function, types.MethodType):
            owner = self.digest(function.__self__)
            return _hash("method", owner, self.digest(function.__func__))
        if _is_installed(function):
            return _hash("function", function.__module__, function.__qualname__)
        code = function.__code__
        used = {name: function.__globals__.get(name) for name in _globals_read(code)}
        held = [_captured(function), function.__defaults__, function.__kwdefaults__, used]
        return _hash("function", self._code(code), *self._each(held))

    def _code(self, code: types.CodeType) -> bytes:
        parts: list[bytes] = []
        for constant in code.co_consts:
            inner = isinstance(constant, types.CodeType)
            parts.append(self._code(constant) if inner else self.digest(constant))
        return _hash("code", code.co_code, " ".join(code.co_names), *parts)

    def _object(self, value: Any) -> bytes:
        state = _state(value)
        if state is not None:
            return _hash(type(value).__name__, self.digest(state))
        held = {
            name: held
            for name, held in getattr(value, "__dict__", {}).items()
            if not _is_worked_out(type(value), name)
        }
        for kind in type(value).__mro__:
            for name in vars(kind).get("__slots__", ()):
                if hasattr(value, name):  # a slot may be empty
                    held[name] = getattr(value, name)
        name = str(getattr(value, "__name__", ""))  # of a function written in C
        return _hash("object", self.digest(type(value)), name, self.digest(held))


def _state(value: Any) -> Any:
    """What an object of numpy, torch or the standard library holds inside; None for any other."""
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    if isinstance(value, np.random.RandomState):
        return value.get_state()
    if isinstance(value, random.Random):
        return value.getstate()
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    torch = sys.modules.get("torch")  # this package does without it, but a policy may not
    if torch is not None and isinstance(value, torch.Tensor):
        dense = value.detach().cpu()
        known_to_numpy = dense.dtype != torch.bfloat16
        return [str(value.dtype), (dense if known_to_numpy else dense.float()).numpy()]
    if torch is not None and isinstance(value, torch.Generator):
        return value.get_state().numpy()
    return None


def _is_worked_out(kind: type, name: str) -> bool:
    """Whether an attribute only keeps what was worked out from the others once."""
    return isinstance(inspect.getattr_static(kind, name, None), functools.cached_property)


def _is_installed(member: Any) -> bool:
    """Whether a class or function comes from a package that is not edited between two runs."""
    package = str(member.__module__).partition(".")[0]
    return package in INSTALLED or package in sys.stdlib_module_names - {"__main__"}


def _captured(function: types.FunctionType) -> list[Any]:
    """Values of the variables around a function that it uses."""
    values = []
    for cell in function.__closure__ or ():
        try:
            values.append(cell.cell_contents)
        except ValueError:  # not filled yet
            values.append(None)
    return values


def _globals_read(code: types.CodeType) -> list[str]:
    """Global names that a function reads, and those of the functions inside it."""
    reads = [each for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"]
    names = {str(each.argval) for each in reads}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names.update(_globals_read(constant))
    return sorted(names)


def _hash(*parts: str | bytes) -> bytes:
    total = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(len(raw).to_bytes(8, "little"))  # so that "a", "bc" is not "ab", "c"
        total.update(raw)
    return total.digest()
