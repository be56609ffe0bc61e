"""The matrix games of the course, each built from its definition.

Sources: climbing and penalty games, Claus & Boutilier (1998), "The dynamics of reinforcement
learning in cooperative multiagent systems"; their noisy versions, Kapetanakis & Kudenko (2002); the
three types of games, the guidelines, section 2; the factoring matrix, Son et al. (2019), "QTRAN".
The security stories are ours.
"""

from collections.abc import Sequence

import numpy as np

from course_lib import array_checks, validate

from .matrix import MatrixGame, team_game

LARGEST = 10**6
"""Entries of a payoff table, at most."""
CLIMBING = ((11, -30, 0), (-30, 7, 6), (0, 0, 5))
"""Rows as printed in the paper. The 6 stands in the second row; a well-known public copy has it
transposed."""

NOISY_CLIMBING = (
    ((10, 5, 8), (5, 14, 12), (5, 5, 10)),
    ((12, -65, -8), (-65, 0, 0), (-5, -5, 0)),
)
"""Two equally likely payoffs for each joint action; their mean is CLIMBING."""

CLIMBING_NOISE = ("none", "partial", "full")


def climbing(noise: str = "none") -> MatrixGame:
    """Two agents; the best joint action (11) lies beside the worst (-30), so that exploring
    partners make it look bad.

    Args:
        noise: "none"; "partial": only the second-best joint action is a coin toss between 14 and 0;
            "full": every joint action is a coin toss. The expected payoffs are the same in all
            three.
    """
    validate.choice("noise", noise, CLIMBING_NOISE)
    story = (
        "Two teams replace a gateway together (a), in a fallback way (b), or leave it to the "
        "provider (c)."
    )
    if noise == "none":
        return team_game("climbing", CLIMBING, "abc", story)
    if noise == "full":
        return team_game("climbing, fully stochastic", NOISY_CLIMBING, "abc", story, (0.5, 0.5))
    tables = np.array([CLIMBING, CLIMBING], dtype=float)
    tables[:, 1, 1] = 14, 0
    return team_game("climbing, partially stochastic", tables, "abc", story, (0.5, 0.5))


def penalty(k: float = -10) -> MatrixGame:
    """Two equally good joint actions (10), a safe one (2), and a penalty ``k`` <= 0 for mixing the
    two good ones."""
    validate.in_range("k (the penalty for picking different good actions)", k, high=0)
    table = ((10, 0, k), (0, 2, 0), (k, 0, 10))
    story = (
        "Two administrators rotate a shared key in the morning (a) or in the evening (c), or not "
        "at all (b)."
    )
    return team_game(f"penalty k = {k:g}", table, "abc", story)


def coverage(values: Sequence[float] = (5, 5), agents: int = 2) -> MatrixGame:
    """Each agent watches one zone; the team gets the value of every zone that at least one agent
    watches.

    Args:
        values: worth of each zone, at least 0; an agent has as many actions as there are zones.
        agents: how many agents watch. The payoff table has ``len(values) ** agents`` entries.

    Two zones of equal worth and two agents is the smallest game in which agents must *differ* from
    one another.
    """
    worth = array_checks.numbers("values", values, None)
    if len(worth) < 2 or not (worth >= 0).all():
        shown = validate.shown(values)
        raise ValueError(
            f"values must be at least two numbers of at least 0, one per zone; got {shown}"
        )
    most = int(np.log(LARGEST) / np.log(len(worth)))
    validate.whole_number("agents", agents, 2, most)
    joint = np.indices((len(worth),) * agents)  # (agents, zones, ..., zones): who watches what
    table = sum(value * (joint == zone).any(axis=0) for zone, value in enumerate(worth))
    names = tuple(f"zone {zone}" for zone in range(len(worth)))
    return team_game(
        f"coverage, {agents} agents",
        table,
        names,
        "A monitoring team splits the zones of a network.",
    )


def intelligence_sharing() -> MatrixGame:
    """General-sum: two organisations share threat intelligence or withhold it (a prisoner's
    dilemma)."""
    own = np.array(
        [[3, 0], [5, 1]], dtype=float
    )  # rows: share, withhold; columns: what the other does
    actions = (("share", "withhold"),) * 2
    story = (
        "Sharing helps the other and shows one's own weak spots; each is better off withholding, "
        "both are worse."
    )
    return MatrixGame(
        "intelligence sharing", np.stack([own, own.T])[None], np.ones(1), actions, story
    )
