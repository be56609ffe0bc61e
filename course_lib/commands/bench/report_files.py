"""Where the reports made of records stand, and how a command writes one of them anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .. import venv

README = venv.ROOT / "README.md"
REPORTS = venv.ROOT / "course_lib" / "data" / "reports"
LEARNED = REPORTS / "learned.md"
STUDY = REPORTS / "study.md"
RUN_TIMES = REPORTS / "run-times.md"


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    """Write a file's text anew, as ``change`` gives it back; nothing is written where it raises."""
    from course_lib.storage import write_atomically

    text = change(path.read_text(encoding="utf-8"))
    write_atomically(path, text)
