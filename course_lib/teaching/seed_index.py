"""Which part of the two seed documents is taught where: what seed_index.md says, checked."""

import re
from dataclasses import dataclass
from pathlib import Path

from .plans import lesson_path

SOURCE = Path(__file__).with_name("seed_index.md")
SECTION = re.compile(r"## (?P<document>[GP]) (?P<number>[\w.]+): (?P<title>.+)")
PART = re.compile(r"- (?P<about>.+) -> (?P<places>.+)")
NOWHERE = "nowhere: "
DOCUMENTS = {
    "G": "Guidelines for applying RL and MARL in cybersecurity",
    "P": "HC-MARL",
}


@dataclass(frozen=True)
class Part:
    """One paragraph, list or table of a seed document."""

    about: str
    places: tuple[str, ...]
    """Where it is taught: "05", or "05: Miscoordination" with the heading; empty: nowhere."""
    why_not: str = ""


@dataclass(frozen=True)
class Section:
    """One section of a seed document."""

    document: str
    """"G", the guidelines, or "P", the HC-MARL paper."""
    number: str
    title: str
    parts: tuple[Part, ...]


def read_index(path: Path = SOURCE) -> tuple[Section, ...]:
    """All sections in the order of the file; ValueError for a line of another form."""
    sections: list[Section] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            sections.append(Section(**_matched(SECTION, line), parts=()))
        elif line.startswith("- "):
            parts = (*sections[-1].parts, _part(line))
            sections[-1] = Section(**{**vars(sections[-1]), "parts": parts})
    return tuple(sections)


def index_markdown(folder: str) -> str:
    """The index with links; ``folder`` is where the lessons are from there."""
    lines = ["# What is taught where", ""]
    for document, title in DOCUMENTS.items():
        lines += [f"## {title}", ""]
        for section in read_index():
            if section.document != document:
                continue
            lines += [f"**{section.number} {section.title}**", ""]
            lines += [f"- {part.about}: {_links(part, folder)}" for part in section.parts]
            lines.append("")
    return "\n".join(lines)


def _part(line: str) -> Part:
    found = _matched(PART, line)
    if found["places"].startswith(NOWHERE):
        return Part(found["about"], (), found["places"].removeprefix(NOWHERE))
    return Part(found["about"], tuple(found["places"].split(" | ")))


def _matched(form: re.Pattern[str], line: str) -> dict[str, str]:
    found = form.fullmatch(line)
    if found is None:
        raise ValueError(f"seed_index.md: {line!r} is neither a section nor a part of one")
    return found.groupdict()


def _links(part: Part, folder: str) -> str:
    if not part.places:
        return f"nowhere ({part.why_not})"
    links = []
    for place in part.places:
        number, _, heading = place.partition(": ")
        words = f"lesson {number}, {heading}" if heading else f"lesson {number}"
        links.append(f"[{words}]({folder}/{lesson_path(number).name})")
    return "; ".join(links)
