"""What lesson 16 runs and shows: the study kit, the three example studies, and an audit of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from course_lib import games
from course_lib.experiments.own_study import (
    EXAMPLES,
    RESULTS_FOLDER,
    Judged,
    Measured,
    StudyPlan,
    draw_study,
    judge,
    recorded,
    run_study,
    study_values,
    write_report,
)
from course_lib.experiments.own_study.examples.owners import HARM_AT_HOME
from course_lib.experiments.own_study.examples.scale import SIZES, growth
from course_lib.experiments.own_study.report import arm_rows, contrast_rows
from course_lib.experiments.study.verdicts import holm
from course_lib.learners import METHODS, Training, learn

__all__ = [
    "EXAMPLES",
    "HARM_AT_HOME",
    "RESULTS_FOLDER",
    "Measured",
    "StudyPlan",
    "growth",
    "holm",
    "judge",
    "run_study",
    "write_report",
]

CLIMBING_PLAYS = 1_500
"""Plays of each team in the lesson's own small study."""
CLIMBING_TEAMS = 40


class Question(NamedTuple):
    """An open question of the seeds, and how the kit would go about it."""

    name: str
    source: str
    """G: guidelines, P: paper, with the section."""
    arms: str
    metric: str
    pieces: str
    """Where in the course the pieces are."""


QUESTIONS = (
    Question(
        "Pareto optimality",
        "G 10",
        "two learners; a game with a known best",
        "share of teams at the best joint policy",
        "05, 06; the small study below",
    ),
    Question(
        "level of cooperation",
        "G 10",
        "pay by one's own zone, by half, by the team",
        "official score",
        "12 (credit), 13b (own-zone)",
    ),
    Question(
        "contribution",
        "G 10",
        "pay by Shapley value, by difference, by team",
        "score; hours of processor beside it",
        "14b (Shapley), 06 (difference rewards)",
    ),
    Question(
        "number of agents",
        "G 10",
        "7, 28, 70 zones",
        "points lost per zone and tick",
        "study 2 below; 10b (trees)",
    ),
    Question(
        "protocols, learned or given",
        "G 10",
        "learned bits, a code by hand, silence",
        "share of riddles solved; bits used",
        "08",
    ),
    Question(
        "heterogeneous units",
        "G 10, P 5 (1)",
        "alike, told, refused",
        "official score",
        "study 1 below",
    ),
    Question(
        "generalisation across adversaries",
        "G 10",
        "trained on one, on a mixture; tested on all",
        "worst world's mean",
        "14 (cross table)",
    ),
    Question(
        "order of actions",
        "G 10",
        "red first, blue first, drawn each tick",
        "points lost per tick",
        "05 (turns); 14 (red first in a tick)",
    ),
    Question(
        "self-interested owners",
        "G 11",
        "own pay, team pay, liability",
        "points lost by all per tick",
        "study 3 below",
    ),
    Question(
        "networks and settings, tuned",
        "P 5 (2)",
        "message function: attention, mean, maximum",
        "official score",
        "10, 13 (ablations)",
    ),
    Question(
        "training tall trees",
        "P 5 (3)",
        "two, three, four levels; equal budget",
        "score after equal steps",
        "10b, 13",
    ),
    Question(
        "real-world integration",
        "G 10",
        "range, simulator, testbed",
        "difference with its margin",
        "15 (equivalence)",
    ),
)


def question_rows() -> list[tuple[str, ...]]:
    """The open questions as rows of a table."""
    return [tuple(question) for question in QUESTIONS]


def climbing_plan() -> StudyPlan:
    """The lesson's own study: do teams reach the best joint action of the climbing game?"""
    return StudyPlan(
        name="climbing",
        question="Does learning slowly from bad news help a team to the best joint action?",
        hypothesis="Yes: a hysteretic learner forgives its partner's exploring.",
        metric="teams that end at the best joint action (%)",
        arms={
            "hysteretic": "slow from bad news",
            "independent": "plain Q-learning",
            "shuffled": "plain Q-learning, other exploration",
        },
        primary=("hysteretic", "independent"),
        expected="higher",
        margin=10.0,
        control=("shuffled", "independent"),
        control_says="The same method with other luck in exploring is the same method.",
        seeds=5,
        minutes=1.0,
    )


def climb(arm: str, seed: int) -> Measured:
    """The share of teams, in percent, that end at the best joint action; four blocks of ten."""
    method = METHODS["hysteretic" if arm == "hysteretic" else "independent"]
    luck = seed + 1000 if arm == "shuffled" else seed
    training = Training(runs=CLIMBING_TEAMS, plays=CLIMBING_PLAYS, seed=luck)
    record = learn(games.climbing("partial"), method, training)
    assert record.optimal is not None  # a matrix game has a best joint action
    blocks = record.optimal.reshape(4, -1).mean(axis=1)
    return Measured((100 * blocks).tolist())


def stopped_after(count: int) -> Callable[[str, int], Measured]:
    """`climb`, but somebody pulls the plug after so many results."""
    made = []

    def measure(arm: str, seed: int) -> Measured:
        if len(made) == count:
            raise KeyboardInterrupt
        made.append((arm, seed))
        return climb(arm, seed)

    return measure


class Study(NamedTuple):
    """An example study as the lesson shows it."""

    plan: StudyPlan
    judged: Judged
    values: dict[str, np.ndarray]
    """arm -> (seeds, K)."""
    facts: dict[str, dict[str, float]]
    """arm -> name -> mean over seeds."""

    def draw(self) -> Figure:
        """Seeds, means and intervals of every arm."""
        return draw_study(self.plan, self.judged, self.values)

    def arms(self) -> list[tuple[str, ...]]:
        """Rows (arm, what it is, mean)."""
        return [_plain(row) for row in arm_rows(self.plan, self.judged)]

    def contrasts(self) -> list[tuple[str, ...]]:
        """Rows (contrast, difference, bootstrap, p)."""
        return [_plain(row) for row in contrast_rows(self.judged)]

    def mean(self, arm: str) -> float:
        """Of an arm, over seeds and values."""
        return float(self.values[arm].mean())


def study(name: str, folder: Path = RESULTS_FOLDER) -> Study:
    """A recorded example study."""
    plan, _ = EXAMPLES[name]
    return read_study(plan, folder / name)


def read_study(plan: StudyPlan, folder: Path) -> Study:
    """A complete study in a folder."""
    results = recorded(plan, folder)
    facts = {}
    for arm in plan.arms:
        of_arm = [results[arm, seed].facts for seed in range(plan.seeds)]
        facts[arm] = {}
        for name in of_arm[0]:
            of_seeds = [one[name] for one in of_arm]
            facts[arm][name] = float(np.mean(of_seeds))
    return Study(plan, judge(plan, folder), study_values(plan, results), facts)


def growth_rows(sizes: Sequence[int] = SIZES) -> list[tuple[str, ...]]:
    """Rows (what, at each size): what a hierarchy over so many zones is made of."""
    found = [growth(size) for size in sizes]
    rows = []
    for name, words in (
        ("messages", "messages up, per tick"),
        ("decisions", "decisions per tick"),
        ("weights_flat", "attention weights of a head, one commander"),
        ("weights_grouped", "the same, commanders of groups of seven"),
        ("shared", "parameters, shared by level"),
        ("own", "parameters, one set for each unit"),
    ):
        cells = [f"{getattr(one, name):,.4g}" for one in found]
        if name in ("shared", "own"):
            cells = [f"{getattr(one, name):,}" for one in found]
        rows.append((words, *cells))
    timed = study("scale").facts
    passes = [f"{timed[f'own-{size}']['upward pass, ms']:.1f}" for size in sizes]
    rows.append(("upward pass for one environment, ms", *passes))
    return rows


def chance_of_a_find(questions: int, level: float = 0.05) -> float:
    """How likely at least one of so many independent questions about nothing looks significant."""
    return 1 - (1 - level) ** questions


def audit() -> list[tuple[str, str, str]]:
    """The eleven pitfalls of deep RL in security, asked of the three example studies.

    Rows (pitfall, what is found, "kept" or "open"). What can be counted is counted from the
    records, so that the table changes when they do.
    """
    studies = [study(name) for name in EXAMPLES]
    seeds = min(one.plan.seeds for one in studies)
    controls = sum(one.judged.control_holds for one in studies)
    asked = sum(len(one.plan.contrasts) for one in studies)
    settings = all(one.plan.settings for one in studies)
    scale, owners = study("scale"), study("owners")
    late = scale.mean("team-70") - scale.mean("team-70-longer")
    best = owners.facts["team-paid"]["exact: best"]
    off = abs(owners.mean("team-paid") - best)
    rows = [
        ("model specification", "rules of both small worlds in their files", True),
        ("modelling correctness", f"team-paid owners are {off:.2f} from the exact best", off < 0.2),
        ("partial observability", "in both small worlds everybody sees all they need", False),
        ("hyper-parameter reporting", "settings stand in every plan", settings),
        ("variance", f"at least {seeds} seeds for every arm, intervals over them", seeds >= 5),
        ("convergence", f"four times the ticks win another {late:.2f} at 70 zones", late < 0.05),
        ("motivation", "rules beside the team in study 1; exact values in study 3", True),
        ("gain attribution", f"controls that hold: {controls} of 3", controls == 3),
        ("environment complexity", "two of three worlds have three or eight states", False),
        ("underlying assumptions", "owners see every infection, and at once", False),
        ("non-stationarity", "no attacker learns in any of the three", False),
    ]
    assert len(rows) == 11 and asked == sum(len(one.judged.contrasts) for one in studies)
    return [(pitfall, found, "kept" if kept else "open") for pitfall, found, kept in rows]


def _plain(row: tuple[str, ...]) -> tuple[str, ...]:
    """Cells without the marks of Markdown."""
    return tuple(cell.replace("`", "") for cell in row)
