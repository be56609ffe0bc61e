"""Exercises and quiz of lesson 05, five pathologies."""

from itertools import combinations

import numpy as np

from course_lib.games import firewall_acl, intelligence_sharing, penalty, pure_equilibria
from course_lib.games.acl import edit
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "05",
    quiz=Quiz(
        Question(
            (
                "Independent learners settle on the relay, and no agent gains by leaving it alone. "
                "What is true?"
            ),
            right=(
                "It is a Nash equilibrium, and not Pareto optimal",
                (
                    "Nobody gains alone, but both together would: the gateway is worth 11, the "
                    "relay 5."
                ),
            ),
            wrong={
                "It is Pareto optimal, or they would not stay": (
                    "Staying is what Nash means. Pareto asks what all could reach together."
                ),
                "It is no equilibrium, since something better exists": (
                    "An equilibrium only rules out gains by one agent alone."
                ),
            },
        ),
        Question(
            (
                "Four agents explore with epsilon = 0.1 each. In about what share of the steps "
                "does somebody explore?"
            ),
            right=("34 %", "1 - 0.9 ** 4 = 0.344."),
            wrong={
                "10 %": "That is the share for one given agent.",
                "40 %": (
                    "Adding up counts steps in which two explore twice; with eleven agents it "
                    "would exceed 100 %."
                ),
            },
        ),
        Question(
            "A team of independent learners scores badly on your network. What makes it a "
            "pathology in the sense of this lesson?",
            right=(
                "A joint learner does well with the same budget",
                (
                    "Then the task can be learned and the data suffice; what fails is learning "
                    "side by side."
                ),
            ),
            wrong={
                "The score has stopped improving for a long time": (
                    "Perhaps nothing better can be reached, or the noise is too large for anybody."
                ),
                "Ten training seeds agree on the same bad score": (
                    "Then it is no accident, but the budget may still be too small for every "
                    "learner."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="What an exploring partner hides",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "Which index of the table is yours, and which is the partner's?",
        "Weigh each column with the partner's probability and add up: a matrix times a vector.",
    ),
    examples=(
        example(
            np.array([[4.0, 0.0], [0.0, 4.0]]), np.array([0.5, 0.5]), gives=np.array([2.0, 2.0])
        ),
    ),
    look_at='"1. Relative overgeneralisation" in lesson 05',
    done="This vector is all an independent learner ever sees of the table.",
)
def expected_values(probe: Probe) -> None:
    rng = np.random.default_rng(51)
    for rows, columns in ((3, 3), (2, 2), (2, 4), (4, 3)):
        payoffs, partner = (
            rng.normal(0, 10, (rows, columns)).round(1),
            rng.dirichlet(np.ones(columns)),
        )
        expected = (payoffs * partner).sum(axis=1)
        probe.equal(
            probe(payoffs, partner),
            expected,
            (
                "one value per own action (row): the payoffs of the row, weighted with the "
                "partner's probabilities"
            ),
        )


@LESSON.exercise(
    title="Somebody explores",
    priority="must",
    difficulty="easy",
    minutes=5,
    hints=(
        "What is the chance that one agent does not explore? That nobody does?",
        "One minus the chance of nobody.",
    ),
    examples=(example(0.25, 1, gives=0.25), example(1.0, 3, gives=1.0)),
    look_at='"3. Alter-exploration" in lesson 05',
    done="With 22 agents and epsilon = 0.1 it is nine steps in ten.",
)
def someone_explores(probe: Probe) -> None:
    for epsilon in (0.0, 0.01, 0.1, 0.5):
        for agents in (1, 2, 5, 20):
            expected = 1 - (1 - epsilon) ** agents
            probe.equal(
                probe(epsilon, agents),
                expected,
                "one minus the chance that each of the agents does not explore",
            )


@LESSON.exercise(
    title="Contradictory rules",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        "`itertools.combinations(edits, 2)` gives each pair of agents once.",
        (
            "A route is contradicted when one edit permits it and the other denies it, whichever "
            "way round."
        ),
    ),
    examples=(
        example([[("permit", 0), ("deny", 1)], [("permit", 0), ("deny", 1)]], gives=0),
        example([[("permit", 0)], [("deny", 0)]], gives=1),
    ),
    look_at='"The same on a network" in lesson 05, and edit() in course_lib/games/acl.py',
    done=(
        "With the three routes of the lesson two agents either agree fully or contradict each "
        "other about two routes."
    ),
)
def contradictions(probe: Probe) -> None:
    cases = [
        [edit(route) for route in choices]
        for choices in ((0, 1), (0, 1, 2), (2, 2, 0), (1, 1, 1), (0, 1, 0, 1))
    ]
    cases += [
        [[("deny", 0)], [("permit", 0)], [("deny", 0), ("permit", 1)]],
        [[("permit", 2)], [("deny", 1)]],
        [[("permit", 0), ("permit", 0)], [("deny", 0)]],
    ]
    for edits in cases:
        expected = sum(
            (("permit", route) in a and ("deny", route) in b)
            or (("deny", route) in a and ("permit", route) in b)
            for a, b in combinations(edits, 2)
            for route in range(3)
        )
        said = "each pair of agents and each route counts once, whichever of the two permits"
        probe.equal(probe(edits), expected, said)


def equilibria(probe: Probe, payoffs: np.ndarray) -> list[tuple[int, int]]:
    """What the answer finds, as a list of pairs; rows of an array and sets of pairs will do."""
    got = probe(payoffs)
    rows = sorted(got) if isinstance(got, (set, frozenset)) else got
    is_rows = isinstance(rows, (list, tuple, np.ndarray)) and all(np.size(r) == 2 for r in rows)
    probe.require(is_rows, "a list of (row, column) comes back, one pair for each equilibrium")
    return [(int(row), int(column)) for row, column in rows]


def two_places_to_meet(probe: Probe) -> None:
    """pure_nash(np.array([[[2, 0], [0, 1]], [[2, 0], [0, 1]]])) gives [(0, 0), (1, 1)]"""
    found = equilibria(probe, np.array([[[2, 0], [0, 1]], [[2, 0], [0, 1]]]))
    probe.equal(found, [(0, 0), (1, 1)], "both of two places to meet are found")


@LESSON.exercise(
    title="Where a team can rest",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "The first agent changes the row and looks at payoffs[0]; the second changes the "
            "column, payoffs[1]."
        ),
        (
            "Compare payoffs[0] with the maximum of its column, payoffs[1] with the maximum of its "
            "row; ties may stay."
        ),
    ),
    examples=(two_places_to_meet,),
    look_at='"What is a good outcome?" in lesson 05',
    done="Compare with `games.pure_equilibria`, which does the same for any number of agents.",
)
def pure_nash(probe: Probe) -> None:
    rng = np.random.default_rng(53)
    tables = [penalty(-5).payoffs, intelligence_sharing().payoffs, firewall_acl().payoffs]
    tables += [rng.integers(0, 5, (2, 3, 4)) for _ in range(6)]
    for payoffs in tables:
        found = equilibria(probe, payoffs)
        said = (
            "no agent gains by changing its own action alone; a tie is no gain; row by row, from "
            "the first"
        )
        probe.equal(found, pure_equilibria(np.asarray(payoffs, float)), said)


@LESSON.exercise(
    title="What a team should want",
    priority="should",
    difficulty="medium",
    minutes=10,
    hints=(
        "Compare outcome j with every other outcome k: is k nowhere worse, and somewhere better?",
        "`(others >= own).all(axis=1) & (others > own).any(axis=1)` with one row per outcome.",
    ),
    examples=(example(np.array([[3, 1, 0], [3, 1, 5]]), gives=np.array([True, False, True])),),
    look_at='"What is a good outcome?" in lesson 05',
    done="In a team all rows are equal, and only the best outcomes are left.",
)
def pareto_optimal(probe: Probe) -> None:
    rng = np.random.default_rng(54)
    cases = [rng.integers(0, 4, (agents, 7)) for agents in (2, 2, 3, 1)]
    cases += [np.array([[2, 2, 1], [2, 2, 2]]), np.array([[1, 1, 4], [5, 3, 0]])]
    for payoffs in cases:
        expected = np.array([not _dominated(payoffs, j) for j in range(payoffs.shape[1])])
        probe.equal(
            probe(payoffs),
            expected,
            (
                "an outcome is out only if another one is nowhere worse and somewhere better; "
                "equal outcomes both stay"
            ),
        )


def _dominated(payoffs: np.ndarray, j: int) -> bool:
    """Whether another column is at least as good everywhere and better somewhere."""
    own = payoffs[:, [j]]
    return bool(((payoffs >= own).all(axis=0) & (payoffs > own).any(axis=0)).any())


@LESSON.exercise(
    title="How far did the target move?",
    priority="bonus",
    difficulty="easy",
    minutes=10,
    hints=(
        (
            "For each action, how far apart are its largest and its smallest value over time? "
            "Which axis is time?"
        ),
        "`np.ptp(values, axis=0)` is the largest minus the smallest along time.",
    ),
    examples=(example(np.array([[0.0, 2.0], [1.0, 5.0]]), gives=3.0),),
    look_at='"5. The moving target" in lesson 05',
    done=(
        "A memory of old experience is off by up to that much: the reason to keep it short, or to "
        "label it."
    ),
)
def target_drift(probe: Probe) -> None:
    rng = np.random.default_rng(56)
    # The action that drifts most: the first, one in between, the last.
    for moments, actions, most in ((6, 3, 0), (10, 2, 1), (5, 4, 2), (7, 3, 2)):
        values = rng.normal(0, 5, (moments, actions)).round(1) + 20 * np.arange(actions)
        values[0, most] -= 40
        expected = max(max(column) - min(column) for column in values.T)
        said = (
            "per action the largest minus the smallest value over time (rows), then the largest of "
            "these"
        )
        probe.equal(probe(values), expected, said)
