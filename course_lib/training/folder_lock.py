"""One training a folder: a lock that ends with the process that holds it, however it ends."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

LOCK = ".lock"


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold the folder while training in it.

    A transaction of SQLite is a lock of the operating system's: a killed process lets go of it.

    Raises:
        ValueError: if another training holds the folder.
        OSError: if nothing can be written there.
    """
    path = folder / LOCK
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
            _acquire(lock, folder)
            yield
    except sqlite3.Error as error:
        raise OSError(
            f"{path} cannot be locked ({error}); delete it, or choose another folder"
        ) from None


def _acquire(lock: sqlite3.Connection, folder: Path) -> None:
    try:
        lock.execute("PRAGMA journal_mode=OFF")  # nothing is written, so a kill leaves no journal
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise ValueError(
            f"another training runs in {folder}; wait for it, or choose another folder with --out"
        ) from None
