"""The type of the environment: what kind of decision process the problem is, and why (guidelines,
4.1 and 5.1.1)."""

from dataclasses import dataclass

from course_lib import validate

from .verdicts import VERDICTS

TEAM = ("hierarchy", "several")
ONE = ("bandit", "planning", "tabular", "deep")


@dataclass(frozen=True)
class Environment:
    """A type of environment with the reason for it."""

    name: str
    """The guidelines' word, several joined by "or" while an answer is open; "none", or "open" with
    the verdict."""
    standard: str
    """The usual word of the literature."""
    reason: str
    notes: tuple[str, ...] = ()
    """What else follows from the answers: memory, history, the attacker."""


TYPES = {
    "MDP": ("MDP", "one who decides, and sees the whole state"),
    "POMDP": ("POMDP", "one who decides, and sees a part of the state"),
    "Dec-MDP": (
        "MMDP",
        "several agents with one shared reward, each of which sees the whole state",
    ),
    "Markov game": (
        "Markov game",
        "several agents with rewards of their own, each of which sees the whole state",
    ),
    "Dec-POMDP": (
        "Dec-POMDP",
        "several agents with one shared reward, each of which sees a part of the state",
    ),
    "POMG": (
        "POMG",
        "several agents with rewards of their own, each of which sees a part of the state",
    ),
}
"""Name in the guidelines -> (name in the literature, what makes it so)."""

DEC_MDP = (
    "The guidelines call it Dec-MDP. The usual name for a team in which each agent sees the whole "
    "state is MMDP (multi-agent MDP); there, a Dec-MDP is one whose state is known only when all "
    "agents put their observations together."
)
NOTES = (
    ("observed", "no", ONE, "The state is hidden in part, so the policy needs a memory (4.1)."),
    (
        "each_sees_all",
        "no",
        TEAM,
        "Each agent sees a part, so its policy needs a memory, or messages (4.1, 5.2).",
    ),
    (
        "markov",
        "no",
        (*ONE, *TEAM),
        "As described it is not yet Markov: put what still matters of the past in (4.1).",
    ),
    (
        "adversary",
        "yes",
        (*ONE, *TEAM),
        "With the attacker as a player it is a game with opposed rewards (a Markov game, or a POMG "
        "where players see a part). Taking the attacker as part of the environment leaves the type "
        "named here (5.1.1).",
    ),
)


def environment(answers: dict[str, str], verdict: str) -> Environment:
    """The type of the environment for checked answers and a verdict id.

    "none" where nothing learns by acting: rules, classifiers and unsupervised methods. ValueError
    for what is no verdict, or no table of answers.
    """
    if not isinstance(answers, dict):
        raise ValueError(f"answers={validate.shown(answers)} is no table of questions and answers")
    validate.choice("verdict", verdict, ("open", *VERDICTS))
    if verdict == "open":
        return Environment(
            "open", "open", "It depends on who decides: one, or several. That is not settled yet."
        )
    if verdict not in (*ONE, *TEAM):
        return Environment(
            "none", "none", "Nothing here learns by acting, so no decision process has to be named."
        )
    names = _team(answers) if verdict in TEAM else _one(answers)
    reason = f"{'; or '.join(TYPES[name][1] for name in names)}."
    notes = [
        text
        for question, answer, where, text in NOTES
        if verdict in where and answers.get(question) == answer
    ]
    if "Dec-MDP" in names:
        notes.insert(0, DEC_MDP)
    if verdict == "bandit":
        notes.insert(0, "A bandit is the simplest case: every episode is a single step.")
    return Environment(
        " or ".join(names), " or ".join(TYPES[name][0] for name in names), reason, tuple(notes)
    )


def _one(answers: dict[str, str]) -> list[str]:
    return {"yes": ["MDP"], "no": ["POMDP"]}.get(answers.get("observed"), ["MDP", "POMDP"])


def _team(answers: dict[str, str]) -> list[str]:
    full, shared = answers.get("each_sees_all"), answers.get("rewards")
    facts = {
        "Dec-MDP": ("yes", "shared"),
        "Markov game": ("yes", "own"),
        "Dec-POMDP": ("no", "shared"),
        "POMG": ("no", "own"),
    }
    return [
        name
        for name, (sees, reward) in facts.items()
        if full in (None, sees) and shared in (None, reward)
    ]
