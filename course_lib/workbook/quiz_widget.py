"""The quiz as a widget: its state is here, its view in quiz_view.js only shows it and reports what
was chosen."""

import anywidget
import traitlets

from .card import inline
from .form import FORM_CSS, form_script
from .question import Question, feedback


class QuizWidget(anywidget.AnyWidget):
    """Radio buttons that say at once whether an option is right, and why."""

    _esm = form_script("quiz_view.js")
    _css = FORM_CSS
    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    """``text`` and ``options`` of each question, as HTML."""
    chosen = traitlets.List(traitlets.Int()).tag(sync=True)
    """The number of the chosen option of each question, from 0; -1 while none is chosen."""
    verdicts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """What is said about each chosen option, as HTML."""

    def __init__(self, asked: tuple[Question, ...]):
        self.asked = asked
        shown = [
            {
                "text": f"{number}. {inline(one.text)}",
                "options": [inline(option) for option in one.options],
            }
            for number, one in enumerate(asked, 1)
        ]
        super().__init__(questions=shown, chosen=[-1] * len(asked))

    @traitlets.observe("chosen")
    def _judge(self, change) -> None:
        pairs = zip(self.asked, change.new, strict=True)
        self.verdicts = [
            "" if number < 0 else feedback(one, one.options[number]) for one, number in pairs
        ]

    def __repr__(self) -> str:
        return f"QuizWidget({len(self.asked)} questions)"
