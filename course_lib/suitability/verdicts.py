"""The verdicts, and the rules that lead to one: a tree of questions, asked in the order of the
guidelines.

An open answer leads down all its branches, so that an incomplete interview has several possible
verdicts, and more answers can only make them fewer.
"""

from dataclasses import dataclass
from typing import NamedTuple

from .questions import QUESTIONS


@dataclass(frozen=True)
class Verdict:
    """What to use for a problem."""

    id: str
    title: str
    means: str
    """What it asks you to do, one sentence."""
    concerns: tuple[str, ...]
    """The kinds of questions (`Question.concerns`) whose answers shape it."""


ACTING = ("all", "learning", "acting")
VERDICTS = {
    verdict.id: verdict
    for verdict in (
        Verdict("rule", "a rule", "Write the steps down and let a program follow them.", ("all",)),
        Verdict(
            "classifier",
            "a supervised classifier",
            "Learn from past items and answers.",
            ("all", "learning"),
        ),
        Verdict(
            "unsupervised",
            "an unsupervised method",
            "Find groups and oddities in items.",
            ("all", "learning"),
        ),
        Verdict(
            "reframe",
            "no learning yet: recast the problem",
            "No known kind fits.",
            ("all", "learning"),
        ),
        Verdict("bandit", "a bandit", "Learn which single choice pays, by trying.", ACTING),
        Verdict(
            "planning", "planning", "Compute the best sequence from the model you have.", ACTING
        ),
        Verdict(
            "tabular",
            "tabular RL",
            "Learn sequences by trying, with a table (UCB-VI, Q-learning).",
            ACTING,
        ),
        Verdict(
            "deep",
            "deep RL with one agent",
            "Learn sequences by trying, with a neural network.",
            ACTING,
        ),
        Verdict(
            "hierarchy",
            "a hierarchy",
            "An upper level sets priorities, lower ones act.",
            (*ACTING, "team"),
        ),
        Verdict(
            "several",
            "several agents (MARL)",
            "Agents with views and actions of their own.",
            (*ACTING, "team"),
        ),
    )
}
"""All verdicts by id, the simplest first."""

TREE: dict[str, tuple[str, dict[str, str]]] = {
    "start": ("steps_known", {"yes": "rule", "no": "signal"}),
    "signal": (
        "signal",
        {
            "right-answers": "classifier",
            "items-only": "unsupervised",
            "consequences": "act",
            "none": "reframe",
        },
    ),
    "act": ("may_explore", {"yes": "sequence", "no": "nothing to try"}),
    "nothing to try": ("model_known", {"yes": "planning", "no": "rule"}),
    "sequence": ("long_effect", {"yes": "model", "no": "bandit"}),
    "model": ("model_known", {"yes": "planning", "no": "why several"}),
    "why several": ("only_speed", {"yes": "one", "no": "simple"}),
    "simple": ("simple_structure", {"yes": "one", "no": "cut off"}),
    "cut off": ("fragmented", {"yes": "several", "no": "loss"}),
    "loss": ("resilience", {"yes": "several", "no": "too many"}),
    "too many": ("joint_size", {"yes": "divide", "no": "growth"}),
    "growth": ("grows", {"yes": "divide", "no": "one"}),
    "divide": ("weak_dependence", {"yes": "several", "no": "levels"}),
    "levels": ("levels", {"yes": "hierarchy", "no": "several"}),
    "one": ("size_varies", {"yes": "deep", "no": "table"}),
    "table": ("state_size", {"small": "tabular", "large": "deep"}),
}
"""Place -> (question asked there, answer -> next place or verdict)."""


class Path(NamedTuple):
    """One way through the tree that the answers leave open."""

    answered: tuple[str, ...]
    """Questions on the way that were answered."""
    open: tuple[str, ...]
    """Questions on the way that were not."""
    verdict: str


def paths(answers: dict[str, str], place: str = "start") -> list[Path]:
    """All ways through the tree that agree with checked answers; one way when nothing that decides
    is open."""
    if place in VERDICTS:
        return [Path((), (), place)]
    question, following = TREE[place]
    if question in answers:
        return [
            Path((question, *path.answered), path.open, path.verdict)
            for path in paths(answers, following[answers[question]])
        ]
    ways = {
        after: paths({**answers, question: answer}, after) for answer, after in following.items()
    }
    return [
        Path(tuple(q for q in path.answered if q != question), (question, *path.open), path.verdict)
        for found in ways.values()
        for path in found
    ]


def shaping(verdict: str) -> list[str]:
    """Ids of the questions that do not decide but shape how a verdict is carried out, in the
    guidelines' order."""
    return [
        question.id
        for question in QUESTIONS.values()
        if question.concerns in VERDICTS[verdict].concerns
    ]
