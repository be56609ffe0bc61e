"""The interview in a terminal: one question after the other, those that decide first."""

from collections.abc import Callable

from .assessment import assess, open_questions
from .questions import QUESTIONS, UNKNOWN

COMMANDS = "a number, Enter for “I do not know”, ? for why it is asked, q to stop here"


def interview(
    ask: Callable[[str], str] = input, say: Callable[[str], None] = print
) -> dict[str, str]:
    """Ask until nothing relevant is open. Returns the answers, the unknown ones included.

    ask: shows a prompt and returns a line; say: shows a line. An end of input stops as "q" does.
    """
    answers: dict[str, str] = {}
    say(f"Answer with {COMMANDS}.")
    settled = False
    while waiting := open_questions(answers):
        found = assess(answers)
        if found.verdict != "open" and not settled:
            settled = True
            say(
                f"\nThe verdict is settled: {found.title}. What follows only shapes how to carry "
                "it out."
            )
        answer = _one(waiting[0], ask, say)
        if answer is None:
            break
        answers[waiting[0]] = answer
    return answers


def _one(
    name: str,
    ask: Callable[[str], str],
    say: Callable[[str], None],
) -> str | None:
    """The answer to one question, None to stop."""
    question = QUESTIONS[name]
    offered = list(question.answers)
    say(f"\n[section {question.section}] {question.text}")
    for number, answer in enumerate(offered, 1):
        say(f"  {number}  {question.answers[answer].label}")
    while True:
        try:
            given = ask("> ").strip().lower()
        except EOFError:
            return None
        if given == "q":
            return None
        if given == "":
            return UNKNOWN
        if given == "?":
            say(question.why)
        elif given in offered:
            return given
        elif given.isdecimal() and 1 <= int(given) <= len(offered):
            return offered[int(given) - 1]
        else:
            say(f"{given!r} is no answer here: {COMMANDS}.")
