"""Text for terminals and pipes as they are: old code pages, and readers who stop before the end."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata

PLAIN = {
    **dict.fromkeys("·–—−", "-"),
    **dict.fromkeys("✗×", "x"),
    **dict.fromkeys("“”", '"'),
    "’": "'",
    "›": ">",
    "→": "->",
    "±": "+/-",
    "≤": "<=",
    "≥": ">=",
    "…": "...",
    "✓": "+",
    "○": "o",
    "█": "#",
}
"""What stands for a character that a code page does not have."""
HANDLER = "course"


def in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    """Replace what cannot be encoded by what comes nearest; an error handler for `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    return "".join(plain(character) for character in unknown), error.end


def plain(character: str) -> str:
    """A character in ASCII: from the table, or without its accent, or a question mark."""
    if character in PLAIN:
        return PLAIN[character]
    decomposed = unicodedata.normalize("NFKD", character)
    letters = "".join(letter for letter in decomposed if letter.isascii())
    return letters or "?"


def survive_code_pages() -> None:
    """Make `print` replace what the terminal, the pipe or the file has no code for."""
    codecs.register_error(HANDLER, in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def drop_the_rest() -> None:
    """Send what is still to be written nowhere, so that the interpreter ends without complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
