"""Scripted defenders, by name: ``make("expert")``, or from a file: ``load_policy("mine.json")``.

From the floor to the best: ``sleep`` and ``monitor`` do nothing, ``random`` and
``random-no-traffic`` act blindly, ``firewall`` obeys the written policy alone, ``blind-restore``
and ``react-restore`` only repair, ``decoy-roundrobin`` looks for trouble, ``expert`` weighs costs.
"""

import json
from pathlib import Path

from .base import FORMAT, VERSION, ScriptedPolicy, config_from
from .expert import Expert, ExpertConfig
from .firewall import Firewall
from .reactive import BlindRestore, DecoyRoundRobin, ReactRestore, RoundRobinConfig
from .simple import Monitor, RandomNoTraffic, Sleep, UniformRandom

_KINDS = {
    kind.name: kind
    for kind in (
        Sleep,
        Monitor,
        UniformRandom,
        RandomNoTraffic,
        Firewall,
        BlindRestore,
        ReactRestore,
        DecoyRoundRobin,
        Expert,
    )
}
POLICIES = tuple(_KINDS)
"""Names of the scripted defenders, roughly from the simplest to the best."""

MAX_FILE_BYTES = 1_000_000
"""A saved scripted policy is a few hundred bytes; anything much larger is something else."""

_registered: dict = {}
"""Name -> loader of policies that live in a higher room."""

__all__ = [
    "POLICIES",
    "ExpertConfig",
    "RoundRobinConfig",
    "ScriptedPolicy",
    "load_policy",
    "make",
    "make_policy",
    "register",
]


def make(name: str, defenders: str = "official", **parameters) -> ScriptedPolicy:
    """The scripted policy of that name for ``"official"`` or ``"per-zone"`` defenders.

    Args:
        name: one of ``POLICIES``.
        defenders: ``"official"`` or ``"per-zone"``.
        parameters: fields of the policy's ``Config``, for example ``decoys=3``.

    Raises:
        ValueError: for an unknown name, defenders, or parameter.
    """
    if name not in _KINDS:
        raise ValueError(f"no scripted policy {name!r}; there are {', '.join(POLICIES)}")
    kind = _KINDS[name]
    return kind(defenders, config_from(parameters, kind.Config, f"policy {name}"))


make_policy = make
"""The same function, under the name that ``course_lib.cyber_range`` offers."""


def register(name: str, loader) -> None:
    """Make ``load_policy(name)`` call ``loader(name, defenders)``, for policies that live in a room
    above this one."""
    _registered[name] = loader


def load_policy(name_or_file, defenders: str | None = None) -> ScriptedPolicy:
    """A policy by name, or a scripted one from a JSON file that its ``save`` wrote. Reading a file
    runs no code.

    Args:
        name_or_file: one of ``POLICIES``, a path, or (after ``import
            course_lib.training.pretrained``) the name of a trained policy.
        defenders: ``"official"`` or ``"per-zone"``; by default official, or what the file says.

    Raises:
        ValueError: if it is neither a name nor a file, or the file is damaged, foreign or of
            another version.
    """
    if str(name_or_file) in _KINDS:
        return make(str(name_or_file), defenders or "official")
    if str(name_or_file) in _registered:
        return _registered[str(name_or_file)](str(name_or_file), defenders)
    path = Path(name_or_file)
    if not path.is_file():
        names = ", ".join(POLICIES)
        raise ValueError(
            f"{str(name_or_file)!r} is neither a file nor a scripted policy; there are {names}"
            " (trained ones: import course_lib.training.pretrained first)"
        )
    record = _read(path)
    kind = _KINDS[record["policy"]]
    config = config_from(record["config"], kind.Config, str(path))
    return kind(defenders or record["defenders"], config)


def _read(path: Path) -> dict:
    """The checked contents of a saved policy."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(
            f"{path} is not a saved scripted policy: it is larger than {MAX_FILE_BYTES} bytes"
        )
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise ValueError(
            f"{path} is not a saved scripted policy: it is not JSON, or it is damaged"
        ) from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise ValueError(
            f"{path} is not a saved scripted policy: it lacks the entry format = {FORMAT!r}"
        )
    if record.get("version") != VERSION:
        raise ValueError(
            f"{path} has version {record.get('version')!r} and this course reads version {VERSION}"
        )
    if not isinstance(record.get("policy"), str) or record["policy"] not in _KINDS:
        raise ValueError(
            f"{path} holds a policy {record.get('policy')!r}; there are {', '.join(POLICIES)}"
        )
    if record.get("defenders") not in ("official", "per-zone") or not isinstance(
        record.get("config"), dict
    ):
        raise ValueError(
            f"{path} is damaged: defenders must be official or per-zone, and config a table"
        )
    return record
