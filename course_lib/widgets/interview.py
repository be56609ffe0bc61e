"""The interview of lesson 03 as a widget: questions on the left, the verdict and its argument
growing on the right.

What is said is `suitability`'s; this file keeps the answers, and interview_view.js shows both
sides.
"""

import html

import traitlets

from course_lib import static_twin, suitability, validate
from course_lib.suitability import QUESTIONS, SECTIONS, UNKNOWN, VERDICTS, Assessment
from course_lib.viz.tables import table_bundle

from .picture_widget import TwinWidget
from .script import widget_script


def shown_questions() -> list[dict]:
    """The questions as the view needs them: id, heading of its section, text, why, options as
    [answer, label]."""
    return [
        {
            "id": question.id,
            "heading": f"{question.section} · {SECTIONS[question.section]}",
            "text": question.text,
            "why": question.why,
            "options": [
                [UNKNOWN, "I do not know"],
                *([name, one.label] for name, one in question.answers.items()),
            ],
        }
        for question in QUESTIONS.values()
    ]


def verdict_list(found: Assessment) -> str:
    """HTML: all verdicts, the simplest first; those that the answers exclude are greyed out."""
    items = []
    for name, verdict in VERDICTS.items():
        title = html.escape(verdict.title)
        if name == found.verdict:
            items.append(f'<li data-verdict="chosen"><b>✓ {title}</b></li>')
        elif name in found.possible:
            items.append(f'<li data-verdict="possible">{title}</li>')
        else:
            items.append(f'<li data-verdict="excluded"><s>{title}</s></li>')
    return f"<ul>{''.join(items)}</ul>"


def verdict_line(found: Assessment) -> str:
    """The verdict in one line; while several are possible, how many."""
    if found.verdict != "open":
        return f"Verdict: {found.title}"
    return f"Verdict: still open, {len(found.possible)} of {len(VERDICTS)} are possible"


class InterviewWidget(TwinWidget):
    """The questions of `suitability`, answered one by one or filled in from a worked case."""

    _esm = widget_script("interview_view.js")
    _css = static_twin.HIDE_TWIN
    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    """What `shown_questions` gives."""
    cases = traitlets.List().tag(sync=True)
    """Worked cases, each [name, title]."""
    case = traitlets.Unicode().tag(sync=True)
    """Name of the case that was filled in last; "" for answers of one's own."""
    answers = traitlets.Dict().tag(sync=True)
    """Question id -> answer. Missing ones are unknown."""
    text = traitlets.Unicode().tag(sync=True)
    """The verdict in one line."""
    verdicts = traitlets.Unicode().tag(sync=True)
    """What `verdict_list` shows."""
    path = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Ids of the questions whose answers have decided so far."""
    argument = traitlets.Unicode().tag(sync=True)
    """The argument, HTML."""
    ask_next = traitlets.Unicode().tag(sync=True)
    """Id of the question that is best asked next; "" when nothing that decides is open."""

    def __init__(self, answers: dict[str, str] | None = None, case: str = ""):
        if answers is not None and not isinstance(answers, dict):
            raise ValueError(f"answers={validate.shown(answers)} is no table of questions")
        validate.word("case", case)
        cases = [[name, suitability.load_case(name).title] for name in suitability.case_names()]
        super().__init__(
            questions=shown_questions(),
            cases=cases,
            answers=answers or {},
        )
        self._weigh()
        self.case = case

    @traitlets.validate("answers")
    def _check(self, proposal) -> dict:
        suitability.assess(
            proposal.value
        )  # a ValueError here says what is wrong, and nothing changes
        return proposal.value

    @traitlets.observe("case")
    def _fill_in(self, change) -> None:
        if change.new:
            self.answers = dict(suitability.load_case(change.new).answers)

    @traitlets.observe("answers")
    def _weigh(self, change=None) -> None:
        found = suitability.assess(self.answers)
        self.text = verdict_line(found)
        self.verdicts = verdict_list(found)
        self.path = [argument.question for argument in found.deciding]
        self.argument = suitability.to_html(found, heading=False)
        self.ask_next = next(iter(found.unknown_deciding), "")
        if self.case and found.answers != suitability.load_case(self.case).answers:
            self.case = ""

    def __repr__(self) -> str:
        given = suitability.assess(self.answers).answers
        return f"Interview, {len(given)} of {len(QUESTIONS)} questions answered\n{self.text}"

    def twin(self) -> str:
        """The verdicts, the answers they rest on, and the argument."""
        given = suitability.assess(self.answers).answers
        rows = []
        for name, answer in given.items():
            question = QUESTIONS[name]
            rows.append((question.text, question.answers[answer].label))
        table = table_bundle(("question", "answer"), rows)["text/html"] if rows else ""
        return f"<p><b>{html.escape(self.text)}</b></p>{self.verdicts}{table}{self.argument}"
