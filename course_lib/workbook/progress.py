"""The reader's progress: one small JSON file, written whole or not at all, also by two notebooks at
once.

It lies in ``my-work/progress.json`` and is written only by notebooks that run inside my-work/, so
that running the originals, as the tests do, notes nothing. ``COURSE_PROGRESS`` names another file;
set to nothing it switches notes off.
"""

import contextlib
import datetime
import json
import os
import pathlib
import sqlite3
import time
from collections.abc import Iterator

VERSION = 1
WAIT = 5.0
"""How long to wait for another notebook that is writing (seconds)."""


def progress_file() -> pathlib.Path | None:
    """The file this process notes progress in, or None if it notes none."""
    chosen = os.environ.get("COURSE_PROGRESS")
    if chosen is not None:
        return pathlib.Path(chosen) if chosen else None
    here = pathlib.Path.cwd()
    return next(
        (folder / "progress.json" for folder in (here, *here.parents) if folder.name == "my-work"),
        None,
    )


def record(key: str, what: str, value: object) -> str:
    """Note one event of an exercise, ``key`` being "05/hysteretic_update". Never raises.

    what, value: ("checks", outcome) · ("hints", number shown) · ("solution", True).
    Returns a sentence for the reader when the note could not be made, else "".
    """
    path = progress_file()
    if path is None:
        return ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path):
            notes, damaged = _load_or_start(path)
            _add(notes["exercises"].setdefault(key, {}), what, value)
            write_whole(path, json.dumps(notes, indent=1, sort_keys=True))
        return damaged
    except OSError as error:
        return f"your progress was not noted in {path}: {error.strerror or error}"


def _add(entry: dict, what: str, value: object) -> None:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    entry["last"] = now
    if what != "checks":
        entry[what] = max(entry.get(what, 0), value)
        return
    entry["outcome"] = value
    if value != "not attempted":
        entry["attempts"] = entry.get("attempts", 0) + 1
    if value == "correct":
        entry.setdefault("solved", now)


def read(path: pathlib.Path) -> dict:
    """The notes in a progress file. ValueError with one line if it is damaged or something else."""
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path} is damaged (no JSON). Delete it, or take it from a copy"
        ) from error
    entries = notes.get("exercises") if isinstance(notes, dict) else None
    if not isinstance(entries, dict) or not all(
        isinstance(entry, dict) for entry in entries.values()
    ):
        raise ValueError(f"{path} is no progress file of this course")
    if notes.get("version") != VERSION:
        raise ValueError(
            f"{path} has version {notes.get('version')!r}, this course reads {VERSION}: update the course"
        )
    return notes


def _load_or_start(path: pathlib.Path) -> tuple[dict, str]:
    """The notes so far, and a sentence if an unreadable file had to be set aside."""
    fresh = {"version": VERSION, "exercises": {}}
    if not path.exists():
        return fresh, ""
    try:
        return read(path), ""
    except ValueError as error:
        aside = path.with_name(f"{path.stem}-set-aside-{time.time_ns()}.txt")
        os.replace(path, aside)
        return fresh, f"{error}; it is kept as {aside.name} and a new one was begun"


def write_whole(path: pathlib.Path, text: str) -> None:
    """Replace a file so that a crash leaves the old or the new one, never half of it."""
    part = path.with_name(f"{path.name}-{os.getpid()}.tmp")
    try:
        with open(part, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(path: pathlib.Path) -> Iterator[None]:
    """Keep other processes of the course from writing ``path``; the system frees the lock when a
    process dies.

    The lock is SQLite's, on an empty database beside the file: the only one of the standard library
    that is the same on every system. TimeoutError after `WAIT` seconds.
    """
    with contextlib.closing(
        sqlite3.connect(f"{path}.lock", timeout=WAIT, isolation_level=None)
    ) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise TimeoutError(
                f"another notebook has been writing for {WAIT:.0f} seconds ({error})"
            ) from error
        yield
