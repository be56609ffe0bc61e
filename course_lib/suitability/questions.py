"""The questions of the guidelines' sections 3 to 5.3, as data: what is asked, why, and what each
answer implies.

The texts are in questions.json, in this course's own words. The source is V. Mavroudis and others,
*Guidelines for applying RL and MARL in cybersecurity applications*; every question names the
section it comes from.
"""

import difflib
import json
import pathlib
from dataclasses import dataclass

HERE = pathlib.Path(__file__).parent
SECTIONS = {
    "3": "Learning at all?",
    "4": "Reinforcement learning?",
    "4.1": "What kind of process?",
    "5": "Several agents?",
    "5.1": "Or is that too much?",
    "5.1.1": "Who sees what, and who wants what?",
    "5.2": "Talking and fitting together",
    "5.3": "Data, reward, time",
}
"""Section of the guidelines -> what it asks, in this course's words."""
UNKNOWN = "unknown"
"""The answer to a question that is still open; a question left out counts as answered so."""


@dataclass(frozen=True)
class Answer:
    """One answer that a question allows, and what follows from it."""

    label: str
    """How it is offered to the reader."""
    says: str
    """What it implies, one or two sentences."""
    speaks_for: frozenset[str]
    """The verdicts (ids of `verdicts.VERDICTS`) it is an argument for."""
    speaks_against: frozenset[str]
    """The verdicts it is an argument against."""


@dataclass(frozen=True)
class Question:
    """One question of the guidelines."""

    id: str
    section: str
    """The section of the guidelines it comes from, such as "5.1.1"."""
    concerns: str
    """Which verdicts it helps to work out in detail: "all", "learning", "acting" (with
    consequences), "team"."""
    text: str
    why: str
    answers: dict[str, Answer]
    """Answer -> what follows; "unknown" is allowed besides."""


def _question(entry: dict) -> Question:
    answers = {
        name: Answer(
            answer.get("label", name),
            answer["says"],
            frozenset(answer.get("for", ())),
            frozenset(answer.get("against", ())),
        )
        for name, answer in entry["answers"].items()
    }
    return Question(**{**entry, "answers": answers})


QUESTIONS: dict[str, Question] = {
    entry["id"]: _question(entry)
    for entry in json.loads((HERE / "questions.json").read_text("utf-8"))
}
"""All questions by id, in the order of the guidelines."""


def checked(answers: dict[str, str]) -> dict[str, str]:
    """The answers that say something, in the order of the questions; "unknown" and missing ones are
    left out.

    ValueError, in one line, for a question that does not exist or an answer it does not allow.
    """
    if not isinstance(answers, dict):
        raise ValueError(
            f"answers are a dict such as {{'steps_known': 'no'}}, not {type(answers).__name__}"
        )
    for question, answer in answers.items():
        if question not in QUESTIONS:
            near = difflib.get_close_matches(str(question), QUESTIONS, n=1)
            hint = (
                f"did you mean {near[0]!r}?"
                if near
                else f"the questions are {', '.join(QUESTIONS)}"
            )
            raise ValueError(f"there is no question {question!r}: {hint}")
        allowed = [*QUESTIONS[question].answers, UNKNOWN]
        if answer not in allowed:
            raise ValueError(
                f"{answer!r} is no answer to {question}; it takes {', '.join(allowed)}"
            )
    return {
        question: answers[question]
        for question in QUESTIONS
        if answers.get(question, UNKNOWN) != UNKNOWN
    }
