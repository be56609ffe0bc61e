"""Exercises and quiz of lesson 01, rule, classifier, bandit or RL."""

from collections.abc import Callable

import numpy as np

from course_lib.lessons.l01_triage import costs, generate
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "01",
    quiz=Quiz(
        Question(
            "Your desk may try one of four alert queues per hour. Nothing you do changes what "
            "comes next, and nobody labels alerts in advance. What fits?",
            right=(
                "A bandit",
                "Only the chosen action answers, so one must explore; nothing carries over, so "
                "there is nothing to plan.",
            ),
            wrong={
                "Reinforcement learning": (
                    "It would work, and it would learn about a future that does not depend on the "
                    "action: more to estimate, nothing to gain."
                ),
                "A supervised classifier": (
                    "It needs the right answer for past cases, and here only the queue that was "
                    "tried has answered."
                ),
            },
        ),
        Question(
            (
                "In the state foothold, isolating is the cheapest action of the tick, and still "
                "the wrong one. Why?"
            ),
            right=(
                "It makes the expensive states come back more often",
                (
                    "The value of an action is what it pays now plus what the states it leads to "
                    "are worth."
                ),
            ),
            wrong={
                "The bandit had too few episodes to learn what it costs": (
                    "With every amount of training it learns what an action pays now, and that it "
                    "learned correctly."
                ),
                "The costs of isolating are too noisy to be learned": (
                    "They are fixed numbers in a table; even an exact planner without foresight "
                    "isolates."
                ),
            },
        ),
        Question(
            "Shuffling a feature makes a network much worse. What follows?",
            right=(
                "This network, as it is, uses the feature on the shuffled rows",
                "Nothing more: the rows may be impossible ones, and a network trained without the "
                "feature may be as good.",
            ),
            wrong={
                "The feature is needed for the task, whatever network solves it": (
                    "Retraining without it is the test of that, and here it cost next to nothing."
                ),
                "The feature points towards an attack where its value is large": (
                    "Importance has no sign; it only says that the answers change."
                ),
            },
        ),
    ),
)

BETTER = {
    "a": (
        "rule",
        "membership of a list is exact, needs no data, and the reason for a decision is the entry",
    ),
    "b": (
        "classifier",
        "the right answer of each past case is known, and a decision changes nothing later",
    ),
    "c": ("detector", "there is no example of what is looked for, only of what is usual"),
    "d": ("bandit", "only what was tried answers, and one try does not influence the next"),
    "e": ("planning", "all probabilities are written down, so nothing has to be explored"),
    "f": ("rl", "actions change what comes next, and the rules of the world are not written down"),
    "g": ("rule", "the steps are straightforward to define, and somebody already has defined them"),
    "h": (
        "bandit",
        "each situation is new, only the chosen action answers, and nothing carries over",
    ),
}
WORDS = ("rule", "classifier", "detector", "bandit", "planning", "rl")
"""The answers that exercise 1 offers; upper and lower case are the same to it."""


@LESSON.exercise(
    title="Spot the wrong paradigm",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "Ask four questions: is the solution known? Are the right answers of past cases known? "
        "Does an action change what comes next? Is the model known?",
        "Two cases need a rule and two a bandit; the other four words occur once each.",
    ),
    look_at='"Which one for which problem" at the end of lesson 01',
    done="Four questions sorted eight proposals. Try them on a project of your own.",
)
def better(probe: Probe) -> None:
    answers = probe.answer
    probe.require(
        isinstance(answers, dict) and set(answers) == set(BETTER),
        f"a dict with the keys {', '.join(BETTER)}",
    )
    for answer in answers.values():
        probe.attempted(answer)
    for case, (fits, reason) in BETTER.items():
        word = answers[case].strip().lower() if isinstance(answers[case], str) else answers[case]
        # A word that is not on the list says nothing about the idea behind it.
        allowed = f"case {case}: one of the words {', '.join(WORDS)}; {answers[case]!r} is none"
        probe.require(isinstance(word, str) and word in WORDS, allowed)
        probe.require(word == fits, f"case {case}: {reason}")


@LESSON.exercise(
    title="UCB1's index",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        (
            "Two terms: what was seen, and how much more it could be. The second shrinks with the "
            "arm's own count."
        ),
        (
            "`np.log` is the natural logarithm; the root covers the whole fraction 2 ln(time) / "
            "counts."
        ),
    ),
    examples=(
        example(np.array([0.5]), np.array([1]), 1, gives=np.array([0.5])),
        example(
            np.array([0.5, 0.5]),
            np.array([20, 80]),
            100,
            gives=np.array([1.178614, 0.839307]),
            tolerance=1e-5,
        ),
    ),
    look_at='the formula in "4. A bandit" of lesson 01',
    done="The bonus of an arm that is left alone grows with ln(time): no arm is given up for ever.",
)
def ucb1_index(probe: Probe) -> None:
    rng = np.random.default_rng(11)
    said = (
        "mean plus the root of 2 ln(time) / counts, with the natural logarithm and each arm's own "
        "count"
    )
    for runs in (None, 4, 2):
        arms = 5 if runs is None else 3
        shape = (arms,) if runs is None else (runs, arms)
        means = rng.random(shape).round(2)
        counts = rng.integers(1, 60, shape)
        # The runs of a batch go on side by side: in each of them the arms' pulls add up to time.
        time = int(counts.sum(axis=-1).max())
        counts[..., -1] += time - counts.sum(axis=-1)
        if runs is not None:
            said = (
                f"time is the number of pulls in each of the {runs} runs (rows), not in all "
                "together"
            )
        bonus = (2 * np.log(time) / counts) ** 0.5
        probe.equal(probe(means, counts, time), means + bonus, said)


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
    look_at='"1. A rule" and the tree in "Explaining a decision", lesson 01',
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


def a_sum_knows_no_order(probe: Probe) -> None:
    """importance(np.sum, rows, 1, rng) gives 0, whatever the rows: a sum does not depend on the
    order."""
    got = probe(np.sum, np.array([[1.0, 2.0], [3.0, 4.0]]), 1, np.random.default_rng(0))
    probe.equal(got, 0.0, "a sum does not depend on the order, so nothing rises")


@LESSON.exercise(
    title="Permutation importance",
    priority="bonus",
    difficulty="medium",
    minutes=15,
    hints=(
        (
            "Work on a copy, and put a permutation of the one column into it. What is the rise "
            "measured against?"
        ),
        (
            "`shuffled[:, column] = rng.permutation(rows[:, column])`, then `measure(shuffled) - "
            "measure(rows)`."
        ),
    ),
    examples=(a_sum_knows_no_order,),
    look_at='"Explaining a decision" in lesson 01',
    done=(
        "It says what *this* model leans on, not what the task needs; compare with retraining "
        "before you believe it."
    ),
)
def importance(probe: Probe) -> None:
    rng = np.random.default_rng(15)
    for column in (0, 2, 1):
        rows = rng.normal(size=(60, 3)).round(2)
        measure = _rise_of_two(rows, column)
        said = (
            "the rise of the measure when this one column is put in random order, its values and "
            "all else kept"
        )
        probe.equal(probe(measure, rows, column, np.random.default_rng(column)), 2.0, said)
    rows = rng.normal(size=(60, 3)).round(2)
    rise = _rise_of_two(rows, 2)
    said = (
        "the measure afterwards minus the measure before, also where it falls: shuffling a column "
        "may help"
    )
    fall = probe(lambda table: -rise(table), rows, 2, np.random.default_rng(5))
    probe.equal(fall, -2.0, said)
    weights = rng.normal(size=60)

    def in_order(table):  # depends on the order, so two orders give two values
        return float(weights @ table[:, 0])

    rises = [probe(in_order, rows, 0, np.random.default_rng(seed)) for seed in (1, 1, 2, 3)]
    said = (
        "the order is drawn from the generator that is handed in: the same seed gives the same "
        "rise, others differ"
    )
    probe.require(rises[0] == rises[1] and len(set(rises)) == 3, said)
    said = "the measure afterwards minus the measure before, also where all rows are equal"
    probe.equal(probe(in_order, np.ones((60, 3)), 0, np.random.default_rng(4)), 0.0, said)


def _rise_of_two(rows: np.ndarray, column: int) -> Callable[[np.ndarray], float]:
    """A measure that rises from 3 to 5 when the one column has been put in another order, and far
    more when its values or anything else have changed."""
    others = np.delete(rows, column, axis=1)
    values = np.sort(rows[:, column])

    def measure(table: np.ndarray) -> float:
        moved = not np.array_equal(table[:, column], rows[:, column])
        other_values = not np.array_equal(np.sort(table[:, column]), values)
        touched = not np.array_equal(np.delete(table, column, axis=1), others)
        return 3.0 + 2.0 * moved + 100.0 * touched + 1000.0 * other_values

    return measure
