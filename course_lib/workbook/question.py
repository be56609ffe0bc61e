"""One question of a quiz, and what is said about each of its options."""

import zlib
from dataclasses import dataclass

from course_lib import validate

from .card import LOOKS, inline

LETTERS = "abcdefgh"


@dataclass(frozen=True)
class Question:
    """One question with one right option. `Backticks` set code in every text."""

    text: str
    right: tuple[str, str]
    """The right option, and why it is right."""
    wrong: dict[str, str]
    """Each wrong option, and why it is wrong."""

    def __post_init__(self) -> None:
        validate.word("text", self.text)
        pair = isinstance(self.right, tuple | list) and len(self.right) == 2
        if not pair or not all(isinstance(word, str) for word in self.right):
            shown = validate.shown(self.right)
            raise ValueError(f"right={shown} is no pair: the right option, and why it is right")
        if not isinstance(self.wrong, dict) or not self.wrong:
            shown = validate.shown(self.wrong)
            raise ValueError(f"wrong={shown} is no table of wrong options, each with its reason")
        for word in (*self.wrong, *self.wrong.values()):
            validate.word("an entry of wrong", word)
        if self.right[0] in self.wrong:
            raise ValueError(f"{validate.shown(self.right[0])} is right and wrong at once")

    @property
    def options(self) -> list[str]:
        """All options in the order shown: mixed, and the same every time."""
        return sorted(
            [self.right[0], *self.wrong],
            key=lambda option: zlib.crc32((self.text + option).encode()),
        )

    def answer(self, option: str) -> tuple[bool, str]:
        """Whether an option is right, and why. KeyError for something that is no option."""
        right, why = self.right
        if option == right:
            return True, why
        return False, self.wrong[option]


def feedback(question: Question, option: str) -> str:
    """What the widget says about an option, as HTML."""
    sign = LOOKS["correct" if option == question.right[0] else "wrong"][
        0
    ]  # in the colour of text: it must be readable
    return f"<b>{sign}</b> {reason(question, option)}"


def reason(question: Question, option: str) -> str:
    right, reason = question.answer(option)
    return f"<b>{'Correct' if right else 'Not this one'}.</b> {inline(reason)}"
