"""The reader's progress: one small JSON file, written whole or not at all, by two notebooks too.

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
from collections.abc import Callable, Iterator

from course_lib import storage

VERSION = 1
WAIT = 5.0
"""How long to wait for another notebook that is writing (seconds)."""
OUTCOMES = ("correct", "wrong", "not attempted")

KINDS = {
    "outcome": str, "solved": str, "last": str, "attempts": int, "hints": int, "solution": bool,
}  # fmt: skip
"""What an entry of an exercise may hold, and the type of each."""


MOVED = {
    "01/better": "01b/better",
    "01/ucb1_index": "01b/ucb1_index",
    "01/importance": "01c/importance",
    "10/lost_child": "10b/lost_child",
    "10/my_tree": "10b/my_tree",
    "13/my_defender": "13b/my_defender",
    "13/training_gain": "13b/training_gain",
    "14/contribution": "14b/contribution",
    "14/screened": "14b/screened",
    "14/honest_pay": "14b/honest_pay",
    "14/learned_price": "14b/learned_price",
}
"""Exercises whose lesson was divided: what was solved before stays solved."""


def progress_file() -> pathlib.Path | None:
    """The file this process notes progress in, or None if it notes none."""
    chosen = os.environ.get("COURSE_PROGRESS")
    if chosen is not None:
        return pathlib.Path(chosen) if chosen else None
    here = pathlib.Path.cwd()
    for folder in (here, *here.parents):
        if folder.name == "my-work":
            return folder / "progress.json"
    return None


def record(key: str, what: str, value: object) -> str:
    """Note one event of an exercise, ``key`` being "05/hysteretic_update". Never raises.

    what, value: ("checks", outcome) · ("hints", number shown) · ("solution", True).
    Returns a sentence for the reader when the note could not be made, else "".
    """
    return _note(lambda notes: _add(notes["exercises"].setdefault(key, {}), what, value))


def keep_guess(question: str, entered: list[str]) -> str:
    """Keep what was guessed before an answer was seen; returns and raises as `record` does."""
    return _note(lambda notes: notes.update(guesses={**_guesses(notes), question: entered}))


def kept_guess(question: str) -> list[str]:
    """What was entered for this question; empty if nothing was kept or can be read."""
    path = progress_file()
    try:
        entered = _guesses(read(path)).get(question) if path is not None else None
    except (OSError, ValueError):
        return []
    texts = isinstance(entered, list) and all(isinstance(text, str) for text in entered)
    return entered if texts else []


def _guesses(notes: dict) -> dict:
    """Question -> what was entered. Anything else in its place counts as no guesses."""
    kept = notes.get("guesses")
    return kept if isinstance(kept, dict) else {}


def _note(change: Callable[[dict], None]) -> str:
    """Make a change to the notes. Never raises; returns a sentence where it could not be made."""
    path = progress_file()
    if path is None:
        return ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path):
            notes, damaged = _load_or_start(path)
            change(notes)
            storage.write_atomically(path, json.dumps(notes, indent=1, sort_keys=True))
        return damaged
    except (OSError, RuntimeError, sqlite3.Error, TypeError, ValueError) as error:
        # the verdict of the exercise matters more than its note, whatever is wrong with the file
        reason = getattr(error, "strerror", None) or error
        return f"your progress was not noted in {path}: {reason}"


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
        notes = storage.read_json(storage.read_text(path), str(path))
    except ValueError as error:
        raise ValueError(f"{error}. Delete it, or take it from a copy") from error
    entries = notes.get("exercises") if isinstance(notes, dict) else None
    if not isinstance(entries, dict):
        raise ValueError(f"{path} is no progress file of this course")
    if notes.get("version") != VERSION:
        raise ValueError(
            f"{path} has version {notes.get('version')!r}, this course reads {VERSION}: update the "
            "course"
        )
    for key, entry in entries.items():
        fault = fault_of(entry)
        if fault:
            raise ValueError(f"{path} is damaged: the entry {key!r} has {fault}")
    for old, new in MOVED.items():
        if old in entries:
            earlier = entries.pop(old)
            later = entries.get(new, {})
            if not later or ("solved" in earlier and "solved" not in later):
                entries[new] = earlier
    return notes


def fault_of(entry: object) -> str:
    """What is wrong with the entry of one exercise, or ''. Unknown names are left alone."""
    if not isinstance(entry, dict):
        return "no fields"
    for name, kind in KINDS.items():
        value = entry.get(name, kind())
        if type(value) is not kind:
            return f"a field {name!r} of another kind than {kind.__name__}"
    if entry.get("outcome", "correct") not in OUTCOMES:
        return f"an outcome that is not one of: {', '.join(OUTCOMES)}"
    return ""


def _load_or_start(path: pathlib.Path) -> tuple[dict, str]:
    """The notes so far, and a sentence if an unreadable file had to be set aside."""
    fresh = {"version": VERSION, "exercises": {}}
    if not path.exists() or path.stat().st_size == 0:
        return fresh, ""
    try:
        return read(path), ""
    except ValueError as error:
        aside = path.with_name(f"{path.stem}-set-aside-{time.time_ns()}.txt")
        os.replace(path, aside)
        return fresh, f"{error}; it is kept as {aside.name} and a new one was begun"


@contextlib.contextmanager
def locked(path: pathlib.Path) -> Iterator[None]:
    """Keep other processes of the course from writing ``path``.

    The lock is SQLite's, on an empty database beside the file: the only one of the standard library
    that is the same on every system, and the system frees it when a process dies. TimeoutError
    after `WAIT` seconds; sqlite3.Error where that database is something else.
    """
    connection = sqlite3.connect(f"{path}.lock", timeout=WAIT, isolation_level=None)
    with contextlib.closing(connection) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):  # a full disk, for example
                raise
            raise TimeoutError(
                f"another notebook has been writing for {WAIT:.0f} seconds ({error})"
            ) from error
        yield
