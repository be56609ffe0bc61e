"""Reading and writing the files of the course: JSON with a format and a version, replaced whole.

Everything the course saves is JSON text that says what it is::

    {"format": "course-replay", "version": 1, ...}

Reading such a file runs no code, whoever sent it. What is missing, damaged, foreign, of another
version or too large is one ValueError of one line. A file is written under a temporary name beside
it and then takes the old one's place, so a crash or a full disk leaves the old file or the new one.
"""

import json
import os
import shutil
import time
import uuid
from pathlib import Path
from typing import Any

from .validate import printable, shown

MAX_BYTES = 100_000_000
"""Largest file that is read unless a reader says otherwise."""
ABANDONED_AFTER = 600.0
"""Seconds after which an unfinished file is what a kill left behind."""


def read(
    path: str | Path,
    format: str,
    version: int,
    max_bytes: int = MAX_BYTES,
) -> dict[str, Any]:
    """The contents of a file that `write` wrote.

    Args:
        path: of the file.
        format: what the file must say it is.
        version: the one version that is read.
        max_bytes: a larger file is something else.

    Raises:
        ValueError: one line, if the file is missing, too large, damaged, foreign or of another
            version.
    """
    return parse(read_text(path, max_bytes), format, version, printable(str(path)))


def parse(text: str, format: str, version: int, where: str) -> dict[str, Any]:
    """Like `read`, for text that stands in something else; ``where`` is named in messages."""
    content = read_json(text, where)
    if not isinstance(content, dict) or content.get("format") != format:
        raise ValueError(f'{where} is something else: it lacks the entry "format": "{format}"')
    if content.get("version") != version:
        found = shown(content.get("version"))
        raise ValueError(f"{where} has version {found} and this course reads version {version}")
    return content


def read_json(text: str, where: str) -> Any:
    """The value of a JSON text; ValueError, one line, if it is damaged or nested too deep."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"{where} is damaged, or it is not JSON") from None


def path_of(value: Any, name: str = "path") -> Path:
    """``value`` as a path; ValueError for what names no file."""
    if not isinstance(value, str | Path) or not str(value).strip("."):
        raise ValueError(f"{name}={shown(value)} is not the name of a file")
    return Path(value)


def read_text(path: str | Path, max_bytes: int = MAX_BYTES) -> str:
    """The text of a file in UTF-8 or, as Windows tools write it, in UTF-16 or UTF-32, with or
    without a byte order mark.

    Raises:
        ValueError: one line, if there is no such file, it is too large, or it is not text.
    """
    file = path_of(path)
    path = printable(str(path))
    if file.is_dir():
        raise ValueError(f"{path} is a folder, not a file")
    if not file.is_file():
        raise ValueError(f"{path} does not exist")
    with file.open("rb") as opened:
        data = opened.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ValueError(f"{path} is something else: it is larger than {max_bytes} bytes")
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        raise ValueError(f"{path} is damaged, or it is not text in UTF-8") from None


def write(path: str | Path, format: str, version: int, content: dict[str, Any]) -> None:
    """Write a table of JSON values with its format and version; `read` reads it."""
    record = {"format": format, "version": version, **content}
    write_atomically(path, json.dumps(record, indent=1) + "\n")


def write_atomically(path: str | Path, data: str | bytes) -> None:
    """Replace a file as a whole, so that a crash leaves the old one or the new one, never half.

    The data is written beside the file, under a name that ends in ``.part``, and moved into place.

    Raises:
        OSError: with the path, if the folder is missing or the disk is full; nothing is left
            behind, and an old file stays as it was.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    target = Path(os.path.realpath(path))  # through a link, or the link itself would be replaced
    part = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with part.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None
    finally:
        part.unlink(missing_ok=True)
    _remove_abandoned(target)


def _remove_abandoned(target: Path) -> None:
    """Delete what earlier, killed writings of the same file left beside it."""
    for part in target.parent.glob(f"{_literal(target.name)}.????????.part"):
        try:
            if time.time() - part.stat().st_mtime > ABANDONED_AFTER:
                part.unlink()
        except OSError:  # another process was quicker, or it is not ours
            continue


def _literal(name: str) -> str:
    """A file name as a pattern that matches only itself."""
    return "".join(f"[{character}]" if character in "[*?" else character for character in name)
