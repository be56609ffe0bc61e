"""Predict, then run: a guess is asked for, kept, and compared with the answer.

In a lesson, in two cells::

    guess = predict("How many of the 16 hosts does red hold in the end?", unit="hosts", within=2)

    held = count_held(episode)
    show_map(episode)
    guess.reveal(held, "Nobody removes red while the defenders sleep.")

While the guess waits, everything else in the cell that ends with ``reveal`` is hidden; a guess, or
the button "Skip, show me", shows it. Where no program answers (GitHub, an exported page, the tests)
the question and the answer stand there as text, and that text never depends on a guess.
"""

import textwrap

from course_lib import static_twin, validate

from . import progress
from .card import inline, plain
from .predict_kinds import Choice, Kind, Number, Range
from .predict_widget import PredictWidget
from .question import LETTERS


def predict(
    question: str,
    *,
    choices: list[str] | None = None,
    unit: str = "",
    within: float = 0.0,
    interval: bool = False,
) -> "Prediction":
    """Ask for a guess before its answer is shown.

    Args:
        question: one sentence; `backticks` set code.
        choices: the options, for one to be chosen; without them a number is asked for.
        unit: unit of the number, such as "points" or "%".
        within: how far off a number may be and still count as near enough.
        interval: ask for two numbers between which the answer is expected.

    Raises:
        ValueError: if there are fewer than two choices, or two that are equal, or if something
            about a number is said of a choice.
    """
    validate.word("question", question)
    validate.word("unit", unit)
    validate.in_range("within", within, 0)
    validate.truth("interval", interval)
    if choices is None:
        return Prediction(question, Range(unit) if interval else Number(unit, within))
    words = isinstance(choices, list | tuple) and all(isinstance(c, str) for c in choices)
    if not words or len(set(choices)) != len(choices) or len(choices) < 2:
        shown = validate.shown(choices)
        raise ValueError(f"a prediction needs two or more different choices, not {shown}")
    if unit or within or interval:
        raise ValueError("unit, within and interval belong to a number: leave choices out")
    return Prediction(question, Choice(tuple(choices)))


class Prediction:
    """A question with at most one guess. The last expression of a cell displays it."""

    def __init__(self, question: str, kind: Kind):
        self.question = question
        self.kind = kind
        self.guess: object = None
        """What the reader guessed: a number, (low, high) or a choice; None until then."""
        self.skipped = False
        self.answer: object = None
        self.explanation = ""
        self.trouble = ""
        """Why the last entry could not be taken, or the guess not be kept; "" if all is well."""
        self.views: list[PredictWidget] = []
        kept = progress.kept_guess(repr(self))
        if kept:
            self._take(kept)

    @property
    def waits(self) -> bool:
        """Whether the question was neither answered nor skipped."""
        return self.guess is None and not self.skipped

    def reveal(self, answer: object, explanation: str = "") -> "Answer":
        """The answer, for the end of the cell that finds it.

        Args:
            answer: a number, or one of the choices.
            explanation: one or two sentences on why; `backticks` set code.

        Raises:
            ValueError: if this is no answer to the question.
        """
        self.answer = self.kind.checked(answer)
        self.explanation = explanation
        self.refresh()
        return Answer(self)

    def note(self, entered: list[str]) -> None:
        """Take a guess as it stands in the form, and keep it; the first one counts.

        What is wrong with an entry is said, and the question waits on.
        """
        if not self.waits:
            return
        self._take(entered)
        if self.guess is not None and not self.trouble:
            self.trouble = progress.keep_guess(repr(self), entered)

    def _take(self, entered: list[str]) -> None:
        try:
            self.guess = self.kind.read(entered)
            self.trouble = ""
        except (ValueError, IndexError) as error:
            self.trouble = str(error)

    def skip(self) -> None:
        """Show the answer without a guess."""
        self.skipped = True
        self.trouble = ""

    def verdict(self) -> str:
        """The guess and, once it is known, the answer, and how far apart they are; plain text."""
        answered = self.answer is not None
        if self.guess is None:
            return f"The answer: {self.kind.show_answer(self.answer)}." if answered else ""
        said = f"You said {self.kind.show(self.guess)}"
        return f"{said}; {self.kind.compare(self.guess, self.answer)}" if answered else f"{said}."

    def said(self, role: str) -> str:
        """What stands below the form, as HTML; ``role`` is "question" or "answer"."""
        parts = [inline(self.trouble)]
        if self.waits and role == "answer":
            parts.append("What this cell shows is hidden until you have guessed, or skipped.")
        elif not self.waits:
            parts.append(f"<b>{inline(self.verdict())}</b>")
            known = self.answer is not None
            parts.append(inline(self.explanation) if known else "Now run the next cell.")
        return " ".join(filter(None, parts))

    def refresh(self) -> None:
        """Bring every view up to date."""
        for view in self.views:
            view.refresh()

    def widget(self, role: str = "question") -> PredictWidget:
        """The form, for below the question or for the cell of the "answer"."""
        view = PredictWidget(
            self,
            self.refresh,
            role=role,
            question=f"Predict: {inline(self.question)}",
            fields=list(self.kind.fields),
            options=[inline(option) for option in self.kind.options],
        )
        self.views.append(view)
        return view

    def __repr__(self) -> str:
        asked = textwrap.fill(f"Predict: {plain(self.question)}", 100)
        pairs = zip(LETTERS, self.kind.options, strict=False)
        return "\n".join([asked, *(f"  {letter}) {plain(option)}" for letter, option in pairs)])

    def _repr_html_(self) -> str:
        options = "".join(f"<li>{inline(option)}</li>" for option in self.kind.options)
        listed = f"<ol type='a'>{options}</ol>" if options else ""
        return f"<p><b>Predict:</b> {inline(self.question)}</p>{listed}"

    def _ipython_display_(self) -> None:
        static_twin.show(_bundle(self, self.widget()))


class Answer:
    """The answer to a prediction, hidden with the rest of its cell until there is a guess."""

    def __init__(self, asked: Prediction):
        self.asked = asked

    def __repr__(self) -> str:
        shown = self.asked.kind.show_answer(self.asked.answer)
        return textwrap.fill(f"Answer: {shown}. {plain(self.asked.explanation)}".rstrip(), 100)

    def _repr_html_(self) -> str:
        shown = inline(self.asked.kind.show_answer(self.asked.answer))
        return f"<p><b>Answer:</b> {shown}. {inline(self.asked.explanation)}</p>"

    def _ipython_display_(self) -> None:
        static_twin.show(_bundle(self, self.asked.widget("answer")))


def _bundle(shown: Prediction | Answer, view: PredictWidget) -> dict[str, object]:
    """All MIME types of one output: the live view, and the twins that say the same."""
    data, _ = view._repr_mimebundle_()
    return {**data, "text/plain": repr(shown), "text/html": shown._repr_html_()}
