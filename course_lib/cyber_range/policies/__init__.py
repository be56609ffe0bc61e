"""Scripted defenders, by name (``make_policy("expert")``) or from a file (``load_policy``).

From the floor to the best: ``sleep`` and ``monitor`` do nothing, ``random`` and
``random-no-traffic`` act blindly, ``firewall`` obeys the written policy alone, ``blind-restore``
and ``react-restore`` only repair, ``decoy-roundrobin`` looks for trouble, ``expert`` weighs costs.
"""

from pathlib import Path
from typing import Any

from course_lib import storage, validate

from ..policy import DEFENDERS
from .base import FORMAT, VERSION, ScriptedPolicy
from .expert import Expert, ExpertConfig
from .firewall import Firewall
from .reactive import BlindRestore, DecoyRoundRobin, ReactRestore, RoundRobinConfig
from .simple import Monitor, RandomNoTraffic, Sleep, UniformRandom

KINDS: dict[str, type[ScriptedPolicy]] = {
    "sleep": Sleep,
    "monitor": Monitor,
    "random": UniformRandom,
    "random-no-traffic": RandomNoTraffic,
    "firewall": Firewall,
    "blind-restore": BlindRestore,
    "react-restore": ReactRestore,
    "decoy-roundrobin": DecoyRoundRobin,
    "expert": Expert,
}
"""The class of each scripted defender, roughly from the simplest to the best."""
POLICIES = tuple(KINDS)
"""Their names."""
MAX_FILE_BYTES = 1_000_000
"""A saved scripted policy is a few hundred bytes; anything much larger is something else."""

__all__ = [
    "POLICIES",
    "ExpertConfig",
    "RoundRobinConfig",
    "ScriptedPolicy",
    "load_policy",
    "make_policy",
]


def make_policy(name: str, defenders: str = "official", **parameters: Any) -> ScriptedPolicy:
    """The scripted policy of that name for ``"official"`` or ``"per-zone"`` defenders.

    Args:
        name: one of ``POLICIES``.
        defenders: ``"official"`` or ``"per-zone"``.
        parameters: fields of the policy's ``Config``, for example ``decoys=3``.

    Raises:
        ValueError: for an unknown name, defenders, or parameter.
    """
    if not isinstance(name, str) or name not in POLICIES:
        listed = ", ".join(POLICIES)
        raise ValueError(f"no scripted policy {validate.shown(name)}; there are {listed}")
    kind = KINDS[name]
    config: Any = validate.config_from(parameters, kind.Config, f"policy {name}")
    return kind(defenders, config)


def load_policy(name_or_file: str | Path, defenders: str | None = None) -> ScriptedPolicy:
    """A scripted policy by name, or from a JSON file that its ``save`` wrote.

    Reading a file runs no code. Trained policies are loaded by ``course_lib.training.load_policy``,
    which knows these as well.

    Args:
        name_or_file: one of ``POLICIES``, or a path.
        defenders: ``"official"`` or ``"per-zone"``; by default official, or what the file says.

    Raises:
        ValueError: if it is neither a name nor a file, or the file is damaged, foreign or of
            another version.
    """
    validate.instance("name_or_file", name_or_file, str | Path, "it is a name or a path")
    if defenders is not None:
        validate.word("defenders", defenders)
    name = str(name_or_file)
    if name in POLICIES:
        return make_policy(name, defenders or "official")
    if not Path(name_or_file).is_file():
        listed = ", ".join(POLICIES)
        raise ValueError(
            f"{validate.shown(name)} is neither a file nor a scripted policy; there are {listed} "
            "(trained ones: course_lib.training.load_policy)"
        )
    return _from_file(Path(name_or_file), defenders)


def _from_file(path: Path, defenders: str | None) -> ScriptedPolicy:
    """A saved policy, every entry of the file checked."""
    record = storage.read(path, FORMAT, VERSION, MAX_FILE_BYTES)
    name = record.get("policy")
    if not isinstance(name, str) or name not in POLICIES:
        listed = ", ".join(POLICIES)
        raise ValueError(f"{path} holds a policy {validate.shown(name)}; there are {listed}")
    if record.get("defenders") not in DEFENDERS or not isinstance(record.get("config"), dict):
        words = " or ".join(DEFENDERS)
        raise ValueError(f"{path} is damaged: defenders must be {words}, and config a table")
    kind = KINDS[name]
    config: Any = validate.config_from(record["config"], kind.Config, str(path))
    return kind(defenders or record["defenders"], config)
