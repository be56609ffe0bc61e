"""The glossary: one line a word in glossary.md, with the lesson that introduces it."""

import re
from dataclasses import dataclass
from pathlib import Path

from .plans import lesson_path

SOURCE = Path(__file__).with_name("glossary.md")
LINE = re.compile(r"- \*\*(?P<word>[^*]+)\*\* · (?P<lesson>\w+) · (?P<meaning>.+)")


@dataclass(frozen=True)
class Word:
    """One entry."""

    word: str
    lesson: str
    """Number of the lesson that introduces it."""
    meaning: str


def read_glossary() -> list[Word]:
    """All entries in the order of the file; ValueError for a line that is none."""
    words = []
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("- "):
            continue
        found = LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"glossary.md: {line!r} is no '- **word** · lesson · meaning'")
        words.append(Word(**found.groupdict()))
    return words


def glossary_markdown(folder: str) -> str:
    """The glossary with a link to each lesson; ``folder`` is where the lessons are from there."""
    lines = ["# Glossary", ""]
    for entry in read_glossary():
        name = lesson_path(entry.lesson).name
        link = f"[lesson {entry.lesson}]({folder}/{name})"
        lines.append(f"- **{entry.word}**: {entry.meaning} ({link})")
    return "\n".join(lines) + "\n"
