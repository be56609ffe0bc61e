"""The quiz at the end of a lesson: three questions, and a reason for each option, right or wrong.

In JupyterLab it is a set of radio buttons that answer at once; on GitHub, in an exported page and in the tests it is
its static twin, which says the same. Both are made from the same `Question` objects.
"""

import textwrap
import zlib
from dataclasses import dataclass

from course_lib.workbook.card import LOOKS, inline, plain

LETTERS = "abcdefgh"


@dataclass(frozen=True)
class Question:
    """One question with one right option. `Backticks` set code in every text."""

    text: str
    right: tuple[str, str]
    """The right option, and why it is right."""
    wrong: dict[str, str]
    """Each wrong option, and why it is wrong."""

    @property
    def options(self) -> list[str]:
        """All options in the order shown: mixed, and the same every time."""
        return sorted([self.right[0], *self.wrong], key=lambda option: zlib.crc32((self.text + option).encode()))

    def answer(self, option: str) -> tuple[bool, str]:
        """Whether an option is right, and why. KeyError for something that is no option."""
        return (True, self.right[1]) if option == self.right[0] else (False, self.wrong[option])


class Quiz:
    """Questions, shown together. The last expression of a cell displays it."""

    def __init__(self, *questions: Question):
        self.questions = questions

    def __repr__(self) -> str:
        blocks = []
        for number, question in enumerate(self.questions, 1):
            lines = [f"  {letter}) {plain(option)}" for letter, option in zip(LETTERS, question.options, strict=False)]
            blocks.append("\n".join([textwrap.fill(f"{number}. {plain(question.text)}", 100), *lines]))
        return "\n".join(["Quiz", *blocks])

    def _repr_html_(self) -> str:
        return "".join(_static(number, question) for number, question in enumerate(self.questions, 1))

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        data, _ = self.widget()._repr_mimebundle_()
        return {**data, "text/plain": repr(self), "text/html": self._repr_html_()}

    def widget(self):
        """The radio buttons: a `quiz_widget.QuizWidget`."""
        from course_lib.workbook.quiz_widget import QuizWidget

        return QuizWidget(self.questions)


def feedback(question: Question, option: str) -> str:
    """What the widget says about an option, as HTML."""
    sign = LOOKS["correct" if option == question.right[0] else "wrong"][0]  # in the colour of text: it must be readable
    return f"<b>{sign}</b> {_reason(question, option)}"


def _static(number: int, question: Question) -> str:
    options = "".join(f"<li>{inline(option)}</li>" for option in question.options)
    reasons = "".join(f"<li>{_reason(question, option)}</li>" for option in question.options)
    return (
        f"<p><b>{number}. {inline(question.text)}</b></p><ol type='a'>{options}</ol>"
        f"<details><summary>Answer to question {number}</summary><ol type='a'>{reasons}</ol></details>"
    )


def _reason(question: Question, option: str) -> str:
    right, reason = question.answer(option)
    return f"<b>{'Correct' if right else 'Not this one'}.</b> {inline(reason)}"
