"""How the rules are compiled, and where the compiled code is kept.

The rules are plain Python functions. ``compiled`` marks a helper and ``entry`` a function that is
called from Python; numba turns both into machine code at the first call. With ``NUMBA_DISABLE_JIT=1``
the very same functions run uncompiled, for reading, debugging and coverage.

Compiled entries are cached in a folder named by a hash of every engine source, because numba by
itself would not notice that a helper in another file was edited.
"""

import hashlib
import os
import pathlib
import tempfile
import time

import numba
import numpy as np

ROOM = pathlib.Path(__file__).resolve().parent
SINGLE_SOURCES = ("compiled.py", "facts.py", "message.py", "names.py", "statistics_record.py")


def engine_sources() -> list[pathlib.Path]:
    """Every file whose text decides what the compiled engine does, in a fixed order."""
    return [ROOM / name for name in SINGLE_SOURCES] + sorted((ROOM / "rules").glob("*.py"))


def source_digest() -> str:
    """First 16 hex digits of a SHA-256 over the engine sources (line endings do not count)."""
    digest = hashlib.sha256()
    for path in engine_sources():
        digest.update(path.name.encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def cache_folder() -> pathlib.Path:
    """Folder of the compiled code: ``COURSE_CACHE``, else ``.cache`` of the course, else a temporary one."""
    chosen = os.environ.get("COURSE_CACHE")
    parent = pathlib.Path(chosen) if chosen else ROOM.parents[1] / ".cache"
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


def warm_up() -> float:
    """Compile every entry of the engine, or load it from the cache; returns the seconds it took."""
    from .parallel import parallel_env
    from .vector import VectorRange

    start = time.perf_counter()
    for observation in ("flat", "message"):
        batch = VectorRange(1, observation=observation)
        batch.reset()
        batch.step(np.zeros((1, batch.num_defenders), np.int64))
        single = parallel_env(observation=observation)
        single.reset(seed=0)
        single.step({})
    return time.perf_counter() - start
