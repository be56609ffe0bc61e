"""How the rules are compiled, and where the compiled code is kept.

The rules are plain Python functions. ``compiled`` marks a helper and ``entry`` a function that is
called from Python; numba turns both into machine code at the first call. With
``NUMBA_DISABLE_JIT=1`` the very same functions run uncompiled, for reading, debugging and coverage.

Compiled entries are cached in a folder named by a hash of every engine source, because numba by
itself would not notice that a helper in another file was edited.
"""

import functools
import hashlib
import os
import pathlib
import stat
import tempfile
from typing import Any

import numba
import numpy as np

ENGINE = pathlib.Path(__file__).resolve().parent
CYBER_RANGE = ENGINE.parent
COURSE = CYBER_RANGE.parents[1]
SHARED_SOURCES = ("actions.py", "constants.py")
"""What the engine imports from the package around it."""
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
ROOT_USER = 0


def engine_sources() -> list[pathlib.Path]:
    """Every file whose text decides what the compiled engine does, in a fixed order."""
    return [CYBER_RANGE / name for name in SHARED_SOURCES] + sorted(ENGINE.glob("*.py"))


def source_digest() -> str:
    """First 16 hex digits of a SHA-256 over the engine sources (line endings do not count)."""
    digest = hashlib.sha256()
    for path in engine_sources():
        digest.update(path.name.encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def cache_folder() -> pathlib.Path:
    """Folder of the compiled code, one that this user can write and nobody else can.

    In ``COURSE_CACHE``, else in ``.cache`` of the course; where that cannot be used, in the user's
    own cache folder, and last in a temporary one. What numba keeps there is loaded with pickle,
    which runs code, so a folder that somebody else owns or may write is passed over.
    """
    chosen = os.environ.get("COURSE_CACHE")
    own = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(own):  # its standard says so; it would lie wherever a notebook lies
        own = os.path.expanduser("~/.cache")
    candidates = (
        pathlib.Path(chosen).absolute() if chosen else COURSE / ".cache",
        pathlib.Path(own) / "cyber-marl-course",
        pathlib.Path(tempfile.gettempdir()) / f"cyber-marl-course-{_user()}",
    )
    name = f"numba-{source_digest()}"
    for parent in candidates:
        if _is_usable(parent / name):
            return parent / name
    folder = _new_folder(_user()) / name
    folder.mkdir(exist_ok=True)
    return folder


def _is_usable(folder: pathlib.Path) -> bool:
    """Make the folder where it is absent; True if it is this user's alone, and stays so."""
    try:
        folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        parent, own = folder.parent.stat(), folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(own.st_mode) or not os.access(folder, os.W_OK | os.X_OK):
        return False
    if os.name == "nt":  # Windows has neither owner numbers nor these mode bits
        return True
    # Whoever may rename entries of the parent could put another folder in this one's place.
    replaceable = parent.st_mode & OTHERS_MAY_WRITE and not parent.st_mode & stat.S_ISVTX
    if replaceable or parent.st_uid not in (_user(), ROOT_USER):
        return False
    return own.st_uid == _user() and not own.st_mode & OTHERS_MAY_WRITE


def _user() -> int:
    """Number of the user that this process acts for; on Windows, which has none, 0."""
    return os.geteuid() if hasattr(os, "geteuid") else 0


@functools.cache
def _new_folder(user: int) -> pathlib.Path:
    """A folder that is as good as none: only this process will find its compiled code again."""
    return pathlib.Path(tempfile.mkdtemp(prefix=f"cyber-marl-course-{user}-"))


# numba fills its module of settings when it is imported, so a type checker sees it empty.
settings: Any = numba.config
settings.CACHE_DIR = str(cache_folder())
if settings.DISABLE_JIT:
    np.seterr(over="ignore")  # the random generator wraps around 64 bits on purpose

compiled = numba.njit(error_model="numpy")
"""Decorator for a helper of the rules; it becomes part of the entry that calls it."""

entry = numba.njit(error_model="numpy", nogil=True, cache=True)
"""Decorator for a function called from Python; cached on disk, and free of the interpreter lock."""


def is_warm() -> bool:
    """True if this version of the engine was compiled on this machine before."""
    return any(cache_folder().rglob("*.nbi"))
