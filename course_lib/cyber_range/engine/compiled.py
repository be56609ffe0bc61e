"""How the rules are compiled, and where the compiled code is kept.

The rules are plain Python functions. ``compiled`` marks a helper and ``entry`` a function that is
called from Python; numba turns both into machine code at the first call. With
``NUMBA_DISABLE_JIT=1`` the very same functions run uncompiled, for reading, debugging and coverage.

Compiled entries are cached in a folder named by a hash of every engine source, because numba by
itself would not notice that a helper in another file was edited.
"""

import hashlib
import os
import pathlib
import tempfile

import numba
import numpy as np

ENGINE = pathlib.Path(__file__).resolve().parent
CYBER_RANGE = ENGINE.parent
COURSE = CYBER_RANGE.parents[1]
SHARED_SOURCES = ("actions.py", "constants.py")
"""What the engine imports from the package around it."""


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
    """Folder of the compiled code: ``COURSE_CACHE``, else ``.cache`` of the course, else a
    temporary one."""
    chosen = os.environ.get("COURSE_CACHE")
    parent = pathlib.Path(chosen) if chosen else COURSE / ".cache"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        if not os.access(parent, os.W_OK):
            raise OSError
    except OSError:
        parent = pathlib.Path(tempfile.gettempdir()) / "hc-marl-course-cache"
    return parent / f"numba-{source_digest()}"


numba.config.CACHE_DIR = str(cache_folder())
if numba.config.DISABLE_JIT:
    np.seterr(over="ignore")  # the random generator wraps around 64 bits on purpose

compiled = numba.njit(error_model="numpy")
"""Decorator for a helper of the rules; it becomes part of the entry that calls it."""

entry = numba.njit(error_model="numpy", nogil=True, cache=True)
"""Decorator for a function called from Python; cached on disk, and free of the interpreter lock."""


def is_warm() -> bool:
    """True if this version of the engine was compiled on this machine before."""
    return any(cache_folder().rglob("*.nbi"))
