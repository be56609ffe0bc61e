"""Answers that do not fit together: contradictions, and tensions between what is wanted and what is
there."""

import json
from dataclasses import dataclass

from .questions import HERE


@dataclass(frozen=True)
class Conflict:
    """Answers that should not be given together."""

    between: dict[str, str]
    """Question -> answer; all of them together make the conflict."""
    kind: str
    """"contradiction": one of the answers must be wrong. "tension": all may be true, and then
    something must give."""
    says: str


CONFLICTS = tuple(
    Conflict(**entry) for entry in json.loads((HERE / "conflicts.json").read_text("utf-8"))
)


def conflicts(answers: dict[str, str]) -> tuple[Conflict, ...]:
    """The conflicts in a set of answers."""
    return tuple(
        one for one in CONFLICTS if all(answers.get(q) == a for q, a in one.between.items())
    )
