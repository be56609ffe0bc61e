"""Saving and loading a team: weights in half precision, everything else as JSON text beside them.

The file is a torch archive that is read with ``weights_only=True``, so a stranger's file runs no
code. The text holds a SHA-256 of itself and the weights; what does not fit it, and weights that are
no finite numbers, are refused. Critics are not saved: a defender needs none.
"""

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.doctrine import Doctrine
from course_lib.hierarchy.message_function import MessageConfig
from course_lib.hierarchy.policy import PolicyConfig
from course_lib.hierarchy.team import Team, TeamConfig
from course_lib.hierarchy.tree import Tree
from course_lib.hierarchy.unit import UnitConfig
from course_lib.storage import parse, write_atomically
from course_lib.validate import printable

from .baselines import FlatConfig, FlatDefender, FlatTeam
from .checksum import sha256_of

FORMAT, VERSION = "course_lib hierarchy", 1
MAX_FILE_BYTES = 200_000_000


def save_defender(
    defender: HierarchicalDefender | FlatDefender,
    path: str | Path,
    about: dict[str, Any] | None = None,
) -> None:
    """Write a hierarchical or flat defender: tree, choices, doctrine, weights as float16.

    Args:
        defender: whose team is saved.
        path: of the file, usually ending in ``.pt``.
        about: anything worth knowing about it (seed, configuration, score), JSON values.

    Raises:
        ValueError: if a weight is no finite number in half precision.
        OSError: if the file cannot be written; an old one stays as it was.
    """
    is_flat = isinstance(defender, FlatDefender)
    text = {
        "format": FORMAT,
        "version": VERSION,
        "name": defender.name,
        "defenders": defender.defenders,
        "tree": defender.team.tree.description(),
        "config": asdict(defender.team.config),
        "doctrine": None if is_flat else defender.doctrine.to_list(),
        "about": about or {},
    }
    weights = {name: tensor.half() for name, tensor in defender.team.state_dict().items()}
    _check_numbers(weights, "the weights to be saved are not")
    write_defender(path, text, weights)


def write_defender(path: str | Path, text: dict[str, Any], weights: dict[str, Tensor]) -> None:
    """Write what a file of a defender holds, with its checksum."""
    as_read = json.loads(json.dumps(text))
    sha256 = sha256_of({"text": as_read, "weights": weights})
    file = io.BytesIO()
    torch.save({"text": json.dumps({**text, "sha256": sha256}), "weights": weights}, file)
    write_atomically(path, file.getvalue())


def load_defender(
    path: str | Path, defenders: str | None = None
) -> HierarchicalDefender | FlatDefender:
    """Read what ``save_defender`` wrote; the description stands in the result's ``about``.

    Args:
        path: of the file.
        defenders: "official" or "per-zone"; by default what the file says.

    Raises:
        ValueError: one line, for a missing, damaged or foreign file, weights that do not fit the
            tree or its checksum, or that are no finite floating point numbers.
    """
    text, weights = _read(Path(path))
    try:
        defender = _built(text, defenders or text["defenders"])
        defender.team.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
        defender.about = dict(text["about"])
    except (KeyError, TypeError, RuntimeError, AttributeError):
        raise ValueError(
            f"{path} is damaged: its weights or choices do not fit its command tree"
        ) from None
    return defender


def _built(text: dict[str, Any], defenders: str) -> HierarchicalDefender | FlatDefender:
    """The defender a file describes, with weights yet to come."""
    name = printable(str(text["name"]))
    if text["doctrine"] is None:
        if defenders != "official":
            raise ValueError(f"a flat team plays the five official defenders, not {defenders!r}")
        return FlatDefender(FlatTeam(FlatConfig(**text["config"])), name)
    team = Team(Tree.from_description(text["tree"]), team_config(text["config"]))
    return HierarchicalDefender(team, Doctrine.from_list(text["doctrine"]), defenders, name)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    if not path.is_file():
        raise ValueError(f"{path} does not exist; train it with: python -m course_lib train")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(
            f"{path} is not a saved hierarchy: it is larger than {MAX_FILE_BYTES} bytes"
        )
    try:
        record = torch.load(path, weights_only=True, map_location="cpu")
        raw = record["text"]
        weights = dict(record["weights"])
        is_text = isinstance(raw, str)
    except Exception:  # torch raises a dozen kinds for files that are not its own
        is_text = False
    if not is_text:
        raise ValueError(f"{path} is not a saved hierarchy, or it is damaged")
    text = parse(raw, FORMAT, VERSION, str(path))
    kept = text.pop("sha256", None)  # files of earlier versions of the course have none
    if kept is not None and kept != sha256_of({"text": text, "weights": weights}):
        raise ValueError(f"{path} is damaged: its checksum differs from that of what it holds")
    _check_numbers(weights, f"{path} is damaged: its weights are not")
    return text, weights


def _check_numbers(weights: dict[str, Any], complaint: str) -> None:
    for name, tensor in weights.items():
        if not isinstance(tensor, Tensor) or not tensor.is_floating_point():
            raise ValueError(f"{complaint} floating point numbers ({printable(str(name))})")
        if not torch.isfinite(tensor).all():
            raise ValueError(f"{complaint} finite numbers ({printable(str(name))})")


def team_config(table: dict[str, Any]) -> TeamConfig:
    """A TeamConfig from the nested tables of ``asdict``; TypeError for a foreign entry."""
    unit = dict(table["unit"])
    unit["message"] = MessageConfig(**unit["message"])
    unit["policy"] = PolicyConfig(**unit["policy"])
    return TeamConfig(**{**table, "unit": UnitConfig(**unit)})
