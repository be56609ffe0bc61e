"""Small questions beside a widget: the reader looks, chooses an answer, and hears why.

A question is asked and answered in Python; the view shows a list to choose from and what `verdicts`
says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LookUp:
    """A question that is answered by operating the widget."""

    ask: str
    options: tuple[str, ...]
    right: str
    """One of the options."""
    because: str
    """What the widget shows, said with the right answer only."""
    hint: str
    """Where to look, said with a wrong one."""

    def __post_init__(self) -> None:
        if self.right not in self.options:
            raise ValueError(f"{self.right!r} is none of the options of {self.ask!r}")

    def verdict(self, answer: str) -> str:
        """What is said to an answer; "" to none."""
        if answer not in self.options:
            return ""
        return f"Right. {self.because}" if answer == self.right else f"Not so. {self.hint}"


def asked(questions: Sequence[LookUp]) -> list[dict]:
    """The questions as a view needs them, without their answers."""
    return [{"ask": one.ask, "options": list(one.options)} for one in questions]


def verdicts(questions: Sequence[LookUp], answers: Mapping[str, str]) -> list[str]:
    """What is said to each answer; ``answers`` has the places of the questions as keys."""
    return [one.verdict(answers.get(str(place), "")) for place, one in enumerate(questions)]
