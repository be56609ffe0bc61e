"""Ten worked cases from security practice: answers, verdict, the argument in words, and the lesson
that shows it."""

import difflib
import pathlib
from dataclasses import dataclass

from course_lib import validate

from .report import read_file

FOLDER = pathlib.Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """One worked case."""

    name: str
    title: str
    story: str
    answers: dict[str, str]
    verdict: str
    """What the rules make of the answers; a test compares."""
    because: str
    """The argument as one would put it to a colleague."""
    lesson: str
    """Number of the lesson whose experiment supports the verdict, such as "03"."""
    experiment: str
    """What to look at there."""


def case_names() -> list[str]:
    """The names of all cases, from no learning at all to several agents."""
    return [path.stem.split("-", 1)[1] for path in sorted(FOLDER.glob("*.json"))]


def load_case(name: str) -> Case:
    """The case with this name. ValueError, with the nearest name, if there is none."""
    validate.word("name", name)
    found = [path for path in FOLDER.glob("*.json") if path.stem.split("-", 1)[1] == name]
    if not found:
        near = difflib.get_close_matches(str(name), case_names(), n=1, cutoff=0.3)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(
            f"there is no case {name!r}: {hint}the cases are {', '.join(case_names())}"
        )
    stored = read_file(found[0])
    return Case(
        name=name, **{key: stored[key] for key in Case.__dataclass_fields__ if key != "name"}
    )
