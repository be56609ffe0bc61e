"""From answers to a verdict with its argument: what decides, what supports and opposes it, what is
open."""

from dataclasses import dataclass
from typing import NamedTuple

from .conflicts import Conflict, conflicts
from .environments import Environment, environment
from .questions import QUESTIONS, UNKNOWN, checked
from .verdicts import VERDICTS, paths, shaping


class Argument(NamedTuple):
    """What one answer implies."""

    question: str
    answer: str
    section: str
    says: str


class Change(NamedTuple):
    """A single answer that would change the verdict."""

    question: str
    answer: str
    """The other answer."""
    verdict: str
    """The verdict it would lead to, or "open"."""
    contradicts: bool
    """Whether it would contradict another answer, so that more than one would have to change."""


@dataclass(frozen=True)
class Assessment:
    """The verdict on a problem and everything that speaks for and against it."""

    answers: dict[str, str]
    """The answers given, without the unknown ones."""
    verdict: str
    """A key of `verdicts.VERDICTS`, or "open" while several are possible."""
    possible: tuple[str, ...]
    """All verdicts the answers leave possible, the simplest first."""
    deciding: tuple[Argument, ...]
    """The answers that lead to the verdict, in the order in which they were weighed."""
    supporting: tuple[Argument, ...]
    """Further answers that speak for it."""
    opposing: tuple[Argument, ...]
    """Answers that speak against it."""
    shaping: tuple[Argument, ...]
    """Answers that do neither but tell how to carry it out."""
    conflicts: tuple[Conflict, ...]
    """Answers that do not fit together."""
    unknown_deciding: tuple[str, ...]
    """Questions that are open and could still decide; the first is the one to ask next."""
    unknown_shaping: tuple[str, ...]
    """Open questions that would only tell how to carry the verdict out."""
    environment: Environment

    @property
    def title(self) -> str:
        """The verdict in words."""
        if self.verdict == "open":
            names = [VERDICTS[one].title for one in self.possible]
            return f"still open between {', '.join(names[:-1])} and {names[-1]}"
        return VERDICTS[self.verdict].title

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is the verdict (or why it is open): never empty."""
        given = [argument.says for argument in self.deciding]
        asked = [
            f"Not answered yet: {QUESTIONS[question].text}"
            for question in self.unknown_deciding[:1]
        ]
        return (*given, *asked)

    def changes(self) -> list[Change]:
        """Every single answer that would lead to another verdict, in the order of the questions."""
        found = []
        for question in QUESTIONS.values():
            for answer in question.answers:
                other = {**self.answers, question.id: answer}
                verdict = _verdict(other)
                if answer != self.answers.get(question.id) and verdict != self.verdict:
                    clashes = {one.kind for one in conflicts(other) if question.id in one.between}
                    found.append(Change(question.id, answer, verdict, "contradiction" in clashes))
        return found


def assess(answers: dict[str, str]) -> Assessment:
    """The verdict on a problem.

    answers: question id -> answer, see `questions.QUESTIONS`; missing ones count as "unknown".
    ValueError, in one line, for a question or answer that does not exist.
    """
    answers = checked(answers)
    ways = paths(answers)
    possible = tuple(verdict for verdict in VERDICTS if any(way.verdict == verdict for way in ways))
    verdict = possible[0] if len(possible) == 1 else "open"
    weighed = list(dict.fromkeys(q for way in ways for q in way.answered))
    if verdict == "open":  # what lies on some ways only has decided nothing yet
        weighed = [q for q in weighed if all(q in way.answered for way in ways)]
    unsettled = [] if verdict != "open" else dict.fromkeys(q for way in ways for q in way.open)
    arguments = {
        q: Argument(q, a, QUESTIONS[q].section, QUESTIONS[q].answers[a].says)
        for q, a in answers.items()
    }
    relevant = {q for one in possible for q in shaping(one)}
    support, oppose, shape = [], [], []
    for question, argument in arguments.items():
        answer = QUESTIONS[question].answers[argument.answer]
        if verdict in answer.speaks_against:
            oppose.append(argument)
        elif question not in weighed and verdict in answer.speaks_for:
            support.append(argument)
        elif question not in weighed and question in relevant:
            shape.append(argument)
    against = {argument.question for argument in oppose}
    return Assessment(
        answers=answers,
        verdict=verdict,
        possible=possible,
        deciding=tuple(arguments[q] for q in weighed if q not in against),
        supporting=tuple(support),
        opposing=tuple(oppose),
        shaping=tuple(shape),
        conflicts=conflicts(answers),
        unknown_deciding=tuple(unsettled),
        unknown_shaping=tuple(
            q for q in QUESTIONS if q in relevant and q not in answers and q not in unsettled
        ),
        environment=environment(answers, verdict),
    )


def _verdict(answers: dict[str, str]) -> str:
    found = {way.verdict for way in paths(answers)}
    return found.pop() if len(found) == 1 else "open"


def open_questions(answers: dict[str, str]) -> list[str]:
    """The questions worth asking next: those that decide, and once nothing does, those that shape
    the verdict."""
    found = assess(answers)
    asked = [question for question, answer in answers.items() if answer == UNKNOWN]
    return [q for q in found.unknown_deciding or found.unknown_shaping if q not in asked]
