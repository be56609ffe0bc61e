"""Exercises and quiz of lesson 01, rule, classifier or detector."""

import numpy as np

from course_lib.lessons.l01_triage import costs, generate
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "01",
    quiz=Quiz(
        Question(
            "A classifier says that an alert is an attack with probability 0.10. What costs least?",
            right=(
                "Have an analyst look at it",
                "Closing costs 20 · 0.1 = 2 points on average, looking 1, isolating 6 · 0.9 = 5.4.",
            ),
            wrong={
                "Close it: nine in ten are harmless": (
                    "The tenth costs 20 points, so closing costs 2 on average."
                ),
                "Isolate the machine, to be safe": (
                    "Nine users in ten are cut off for nothing: 5.4 points on average."
                ),
            },
        ),
        Question(
            "In a log, 92 of 100 alerts are harmless, and a model is right in 92 of 100. What "
            "follows?",
            right=(
                "It may do no more than close all",
                "Closing everything is right in 92 of 100, too, and loses 160 points. Count in "
                "prices.",
            ),
            wrong={
                "It finds 92 of 100 attacks": (
                    "It may find none: all its 8 mistakes may be the 8 attacks."
                ),
                "It is close to an analyst": (
                    "An analyst's look costs 1 point and decides rightly; this says nothing of "
                    "either."
                ),
            },
        ),
        Question(
            "What has to be there before the lesson's detector can be used?",
            right=(
                "Alerts, most of them ordinary",
                "It learns what is usual, and hands on what is strange. No label is used.",
            ),
            wrong={
                "A label for each past alert": ("That is what a classifier needs."),
                "One example of each attack": (
                    "It never sees what an attack is; that is why it also flags forgotten "
                    "passwords."
                ),
            },
        ),
    ),
)


@LESSON.exercise(
    title="The cheapest decision",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        "What does action a cost on average, when the alert is malicious with probability p?",
        (
            "`np.outer(1 - p, prices[0]) + np.outer(p, prices[1])` is a table (n, A); the smallest "
            "entry's column wins."
        ),
    ),
    examples=(
        example(
            np.array([0.0, 0.5, 1.0]),
            np.array([[0.0, 1.0, 6.0], [20.0, 1.0, 0.0]]),
            gives=np.array([0, 1, 2]),
        ),
    ),
    look_at='"What a decision costs" in lesson 01',
    done=(
        "A classifier gives probabilities. Turning them into decisions needs prices, and these are "
        "not in the data."
    ),
)
def cheapest_action(probe: Probe) -> None:
    rng = np.random.default_rng(12)
    tables = [
        np.array([[0.0, 1.0, 6.0], [20.0, 1.0, 0.0]]),
        np.array([[0.0, 1.0, 6.0], [200.0, 1.0, 0.0]]),
        np.array([[0.0, 3.0], [5.0, 1.0]]),
        rng.random((2, 4)).round(2),
    ]
    for prices in tables:
        probability = np.array([0.0, *rng.random(12).round(3), 1.0])
        said = (
            "the action with the smallest expected price: 1 - p times the benign row plus p times "
            "the malicious row"
        )
        got = probe(probability, prices)
        probe.equal(got, _cheapest(probability, prices), said)
        said = "actions are whole numbers, because one counts and indexes with them"
        probe.require(np.asarray(got).dtype.kind in "iu", said)
    ties = np.array([[3.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 2.0]])
    probability = np.array([0.5, 0.75, 1.0])
    said = "where several actions cost the same, the first of them"
    probe.equal(probe(probability, ties), _cheapest(probability, ties), said)


def _cheapest(probability: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """The cheapest action for each probability, the first among equals."""
    benign, malicious = prices
    costs = [(1 - p) * benign + p * malicious for p in probability]
    return np.array([np.argmin(of_actions) for of_actions in costs])


def one_decision_per_alert(probe: Probe) -> None:
    """For a log of n alerts it returns n whole numbers, each 0 (close), 1 (investigate) or 2
    (isolate)."""
    actions = np.asarray(probe(generate("fuzzy", 20, 1)))
    right = actions.shape == (20,) and bool(np.isin(actions, (0, 1, 2)).all())
    probe.require(right, "one of 0, 1, 2 for each alert")


def _decisions(probe: Probe, log: np.ndarray) -> np.ndarray:
    """What the answer decides about each alert, (n,) int."""
    actions = np.asarray(probe(log))
    right = actions.shape == (len(log),) and bool(np.isin(actions, (0, 1, 2)).all())
    probe.require(right, "one of 0, 1, 2 for each alert")
    said = "decisions are whole numbers: 0, 1 and 2, not 0.0, 1.0 and 2.0"
    probe.require(actions.dtype.kind in "iu", said)
    return actions


FIELDS = "hour process port kilobytes packets seconds failures domain_days signature".split()
"""What a decision may look at; the other two fields are the truth, known only afterwards."""


def _with_another_truth(log: np.ndarray) -> np.ndarray:
    """The same alerts, with the two fields that say what they really were turned round."""
    other = log.copy()
    other["malicious"] = ~log["malicious"]
    other["kind"] = np.where(log["malicious"], "browsing", "theft")
    return other


@LESSON.exercise(
    title="A playbook of your own",
    priority="should",
    difficulty="medium",
    minutes=20,
    hints=(
        "The long playbook isolates for one reason only. Isolating pays where the probability of "
        "an attack is above 5/6: which other alerts of a log are nearly always attacks? Group a "
        "log of your own by a field and look.",
        "Take the long playbook of the lesson and change what it does about domains that are only "
        "days or weeks old. A comparison with a missing age (nan) is False.",
    ),
    examples=(one_decision_per_alert,),
    look_at='"1. A rule" in lesson 01, and "A model that can be read" in lesson 01c',
    done="A few readable lines, no labels. Now try them in the worlds drift and evasive.",
)
def playbook(probe: Probe) -> None:
    log = generate("fuzzy", 300, 20)
    decided = _decisions(probe, log)
    said = (
        f"a decision looks at {', '.join(FIELDS)} only: what an alert really was (kind, malicious) "
        "is known too late"
    )
    probe.require(np.array_equal(_decisions(probe, _with_another_truth(log)), decided), said)
    said = "a decision depends on its own alert, not on the others in the log"
    probe.require(np.array_equal(_decisions(probe, log[:7]), decided[:7]), said)
    for world, bound in (("fuzzy", 22), ("known", 15)):
        logs = [generate(world, 3000, seed) for seed in (21, 22, 23, 24)]
        points = np.mean([100 * costs(one["malicious"], probe(one)).mean() for one in logs])
        said = f"at most {bound} points per 100 alerts in the world {world!r}; it lost {points:.1f}"
        probe.require(points <= bound, said)
