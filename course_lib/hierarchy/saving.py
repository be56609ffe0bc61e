"""The file of a trained team: weights in half precision, everything else as JSON text beside them.

The file is a torch archive that is read with ``weights_only=True``, so a stranger's file runs no
code. The text holds a SHA-256 of itself and the weights; what does not fit it, and weights that are
no finite numbers, are refused. Critics are not saved: a defender needs none.
"""

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from course_lib.storage import parse, write_atomically
from course_lib.validate import printable, shown

from .checksum import sha256_of
from .doctrine import Doctrine
from .message_function import MessageConfig
from .policy import PolicyConfig
from .team import TeamConfig
from .unit import UnitConfig

FORMAT, VERSION = "course_lib hierarchy", 1
FIELDS = {"format", "version", "name", "defenders", "tree", "config", "doctrine", "about"}
"""What the text of a file says; its checksum comes on top."""
MAX_FILE_BYTES = 200_000_000


class SavableDefender(Protocol):
    """What `save_defender` writes: a hierarchy, or agents without superiors."""

    name: str
    defenders: str

    @property
    def team(self) -> Any:
        """Networks with ``config``, ``tree`` and ``state_dict``."""

    @property
    def doctrine(self) -> Doctrine | None:
        """Its rules; None for agents that can have none."""


def save_defender(
    defender: SavableDefender,
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
    doctrine = defender.doctrine
    text = {
        "format": FORMAT,
        "version": VERSION,
        "name": defender.name,
        "defenders": defender.defenders,
        "tree": defender.team.tree.description(),
        "config": asdict(defender.team.config),
        "doctrine": None if doctrine is None else doctrine.to_list(),
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


def read_defender(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The text and the weights of a file that `save_defender` wrote.

    ValueError, one line, for anything else.
    """
    if not path.is_file():
        missing = printable(str(path))
        raise ValueError(f"{missing} does not exist; train it with: python -m course_lib train")
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
    foreign = sorted(set(text) - FIELDS)
    if foreign:  # a damaged word "sha256" must not pass for a file without a checksum
        raise ValueError(f"{path} is damaged: it has an entry {shown(foreign[0])}")
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
