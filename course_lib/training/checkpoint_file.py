"""The file of a checkpoint: what training it belongs to, its parts, and a checksum over both.

A file replaces the one before only when it is complete. Reading it runs no code
(``weights_only=True``), and nothing in it is used before its fingerprint and its SHA-256 were
compared. A checksum tells damage and no forgery, so whoever takes a part up checks it once more.
"""

import io
import json
from pathlib import Path
from typing import Any

import torch

from course_lib.hierarchy.checksum import sha256_of
from course_lib.storage import write_atomically

Table = dict[str, Any]
SHOWN = 60
"""Characters of a value in an error message, at most."""


def write(path: str | Path, fingerprint: Table, progress: Table, parts: Table) -> None:
    """Write a checkpoint; OSError if there is no room, with the old file as it was.

    Args:
        path: of the file.
        fingerprint: what must be the same for a training to be the same, as plain data.
        progress: how far it is, as plain data.
        parts: tensors, numbers and tables of them.
    """
    text = {**fingerprint, **progress}
    sha256 = sha256_of({"text": text, **parts})
    sealed = json.dumps({**text, "sha256": sha256})
    file = io.BytesIO()
    torch.save({"text": sealed, **parts}, file)
    write_atomically(path, file.getvalue())


def read(path: str | Path, fingerprint: Table) -> tuple[Table, Table]:
    """What `write` was given besides the fingerprint: progress and parts.

    Raises:
        ValueError: one line, for a damaged or foreign file, or one of another training.
    """
    text, parts = _read(path)
    for name, wanted in json.loads(json.dumps(fingerprint)).items():
        if text.get(name) != wanted:
            difference = _difference(text.get(name), wanted)
            raise ValueError(f"{path} belongs to another training: {name} {difference}")
    sha256 = text.pop("sha256", None)
    if sha256 != sha256_of({"text": text, **parts}):
        raise damaged(path)
    if not _is_finite(parts):
        raise damaged(path)
    return {name: value for name, value in text.items() if name not in fingerprint}, parts


def damaged(path: str | Path) -> ValueError:
    """The error for a checkpoint that cannot be taken up."""
    return ValueError(f"{path} is damaged: its parts do not fit together; delete it to start again")


def _is_finite(part: Any) -> bool:
    """True if no tensor in nested tables holds a NaN or an infinity."""
    if isinstance(part, dict):
        return all(_is_finite(value) for value in part.values())
    if isinstance(part, torch.Tensor) and part.is_floating_point():
        return bool(torch.isfinite(part).all())
    return True


def _read(path: str | Path) -> tuple[Table, Table]:
    try:
        parts = torch.load(path, weights_only=True)
        text = json.loads(parts.pop("text"))
        text.get("format")
    except Exception:  # torch raises a dozen kinds for files that are not its own
        raise ValueError(
            f"{path} is no training checkpoint, or it is damaged; delete it to start again"
        ) from None
    return text, parts


def _difference(found: Any, wanted: Any) -> str:
    """What was found and what was wanted; of two tables only the entries that differ."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        names = [name for name in wanted if found.get(name) != wanted[name]]
        found = {name: found.get(name) for name in names}
        wanted = {name: wanted[name] for name in names}
    return f"is {_short(found)}, wanted {_short(wanted)}"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < SHOWN else text[: SHOWN - 3] + "..."
