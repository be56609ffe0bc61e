"""The quiz at the end of a lesson: three questions, and a reason for each option, right or wrong.

In JupyterLab it is a set of radio buttons that answer at once; on GitHub, in an exported page and
in the tests it is its static twin, which says the same. Both are made from the same `Question`
objects.
"""

import textwrap

from course_lib import static_twin, validate

from .card import inline, plain
from .question import LETTERS, Question, reason
from .quiz_widget import QuizWidget


class Quiz:
    """Questions, shown together. The last expression of a cell displays it."""

    def __init__(self, *questions: Question):
        for question in questions:
            validate.instance("question", question, Question, "Question(text, right, wrong)")
        self.questions = questions

    def __repr__(self) -> str:
        blocks = []
        for number, question in enumerate(self.questions, 1):
            lines = [
                f"  {letter}) {plain(option)}"
                for letter, option in zip(LETTERS, question.options, strict=False)
            ]
            blocks.append(
                "\n".join([textwrap.fill(f"{number}. {plain(question.text)}", 100), *lines])
            )
        return "\n".join(["Quiz", *blocks])

    def _repr_html_(self) -> str:
        return "".join(
            _static(number, question) for number, question in enumerate(self.questions, 1)
        )

    def _ipython_display_(self) -> None:
        static_twin.show(self._repr_mimebundle_())

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, object]:
        data, _ = self.widget()._repr_mimebundle_()
        return {**data, "text/plain": repr(self), "text/html": self._repr_html_()}

    def widget(self) -> QuizWidget:
        """The radio buttons: a `quiz_widget.QuizWidget`."""
        return QuizWidget(self.questions)


def _static(number: int, question: Question) -> str:
    options = "".join(f"<li>{inline(option)}</li>" for option in question.options)
    reasons = "".join(f"<li>{reason(question, option)}</li>" for option in question.options)
    return (
        f"<p><b>{number}. {inline(question.text)}</b></p><ol type='a'>{options}</ol>"
        f"<details><summary>Answer to question {number}</summary>"
        f"<ol type='a'>{reasons}</ol></details>"
    )
