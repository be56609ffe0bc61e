"""Exercises and quiz of lesson 01, rule, classifier, bandit or RL."""

import numpy as np

from course_lib.lessons.l01_triage import costs, generate
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "01",
    quiz=Quiz(
        Question(
            "Your desk may try one of four alert queues per hour. Nothing you do changes what comes next, and nobody "
            "labels alerts in advance. What fits?",
            right=(
                "A bandit",
                "Only the chosen action answers, so one must explore; nothing carries over, so there is nothing to "
                "plan.",
            ),
            wrong={
                "Reinforcement learning": "It would work, and it would learn about a future that does not depend on "
                "the action: more to estimate, nothing to gain.",
                "A supervised classifier": "It needs the right answer for past cases, and here only the queue that "
                "was tried has answered.",
            },
        ),
        Question(
            "In the state foothold, isolating is the cheapest action of the tick, and still the wrong one. Why?",
            right=(
                "It makes the expensive states come back more often",
                "The value of an action is what it pays now plus what the states it leads to are worth.",
            ),
            wrong={
                "The bandit had too few episodes": "With every amount of training it learns what an action pays now, "
                "and that it learnt correctly.",
                "The costs of isolating are noisy": "They are fixed numbers in a table; even an exact planner without "
                "foresight isolates.",
            },
        ),
        Question(
            "Shuffling a feature makes a network much worse. What follows?",
            right=(
                "This network, as it is, uses the feature on the shuffled rows",
                "Nothing more: the rows may be impossible ones, and a network trained without the feature may be as "
                "good.",
            ),
            wrong={
                "The feature is needed for the task": "Retraining without it is the test of that, and here it cost "
                "next to nothing.",
                "The feature points towards an attack": "Importance has no sign; it only says that the answers change.",
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


@LESSON.exercise(
    title="Spot the wrong paradigm",
    priority="must",
    difficulty="easy",
    minutes=10,
    hints=(
        "Ask four questions: is the solution known? Are the right answers of past cases known? Does an action change "
        "what comes next? Is the model known?",
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
    for case, (fits, reason) in BETTER.items():
        probe.equal(answers[case], fits, f"case {case}: {reason}")


@LESSON.exercise(
    title="UCB1's index",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        "Two terms: what was seen, and how much more it could be. The second shrinks with the arm's own count.",
        "`np.log` is the natural logarithm; the root covers the whole fraction 2 ln(time) / counts.",
    ),
    examples=(
        example(np.array([0.5, 0.25]), np.array([4, 1]), 1, gives=np.array([0.5, 0.25])),
        example(
            np.array([0.5, 0.5]),
            np.array([10, 40]),
            100,
            gives=np.array([1.459705, 0.979853]),
            tolerance=1e-5,
        ),
    ),
    look_at='the formula in "4. A bandit" of lesson 01',
    done="The bonus of an arm that is left alone grows with ln(time): no arm is given up for ever.",
)
def ucb1_index(probe: Probe) -> None:
    rng = np.random.default_rng(11)
    for shape in ((3,), (5,), (4, 3)):
        means, counts = rng.random(shape).round(2), rng.integers(1, 60, shape)
        time = int(counts.sum())
        bonus = (2 * np.log(time) / counts) ** 0.5
        said = "mean plus the root of 2 ln(time) / counts, with the natural logarithm and each arm's own count"
        probe.equal(probe(means, counts, time), means + bonus, said)


@LESSON.exercise(
    title="The cheapest decision",
    priority="must",
    difficulty="medium",
    minutes=10,
    hints=(
        "What does action a cost on average, when the alert is malicious with probability p?",
        "`np.outer(1 - p, prices[0]) + np.outer(p, prices[1])` is a table (n, A); the smallest entry's column wins.",
    ),
    examples=(
        example(
            np.array([0.0, 0.5, 1.0]),
            np.array([[0.0, 1.0, 6.0], [20.0, 1.0, 0.0]]),
            gives=np.array([0, 1, 2]),
        ),
    ),
    look_at='"What a decision costs" in lesson 01',
    done="A classifier gives probabilities. Turning them into decisions needs prices, and these are not in the data.",
)
def cheapest_action(probe: Probe) -> None:
    rng = np.random.default_rng(12)
    tables = [
        np.array([[0.0, 1.0, 6.0], [20.0, 1.0, 0.0]]),
        np.array([[0.0, 1.0, 6.0], [200.0, 1.0, 0.0]]),
    ]
    tables += [np.array([[0.0, 3.0], [5.0, 1.0]]), rng.random((2, 4)).round(2)]
    for prices in tables:
        probability = rng.random(12).round(3)
        expected = [
            int(np.argmin([(1 - p) * row[0] + p * row[1] for row in prices.T])) for p in probability
        ]
        said = "the action with the smallest expected price: 1 - p times the benign row plus p times the malicious row"
        probe.equal(probe(probability, prices), np.array(expected), said)


def one_decision_per_alert(probe: Probe) -> None:
    """For a log of n alerts it returns n numbers, each 0 (close), 1 (investigate) or 2
    (isolate)."""
    log = generate("fuzzy", 20, 1)
    actions = np.asarray(probe(log))
    probe.require(
        actions.shape == (20,) and bool(np.isin(actions, (0, 1, 2)).all()),
        "one of 0, 1, 2 for each alert",
    )


@LESSON.exercise(
    title="A playbook of your own",
    priority="should",
    difficulty="medium",
    minutes=20,
    hints=(
        "Look at what the tree of the lesson asks first, and give attention (1), not isolation (2), to the doubtful.",
        "`np.select([sure, doubtful], [2, 1], 0)` with `sure` = ten failed logins, and `doubtful` = a young domain, "
        "five failed logins, or a shell at night. A comparison with a missing age (nan) is False.",
    ),
    examples=(one_decision_per_alert,),
    look_at='"1. A rule" in lesson 01',
    done="A few readable lines, no labels. Now try them in the worlds drift and evasive.",
)
def playbook(probe: Probe) -> None:
    for world, bound in (("fuzzy", 35), ("known", 15)):
        logs = [generate(world, 3000, seed) for seed in (21, 22)]
        points = np.mean(
            [100 * costs(log["malicious"], np.asarray(probe(log))).mean() for log in logs]
        )
        said = f"at most {bound} points per 100 alerts in the world {world!r}; it lost {points:.0f}"
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
        "Work on a copy, and put a permutation of the one column into it. What is the rise measured against?",
        "`shuffled[:, column] = rng.permutation(rows[:, column])`, then `measure(shuffled) - measure(rows)`.",
    ),
    examples=(a_sum_knows_no_order,),
    look_at='"Explaining a decision" in lesson 01',
    done="It says what *this* model leans on, not what the task needs; compare with retraining before you believe it.",
)
def importance(probe: Probe) -> None:
    rng = np.random.default_rng(15)
    for column in (0, 2, 1):
        rows = rng.normal(size=(60, 3)).round(2)
        others = np.delete(rows, column, axis=1)

        def measure(table, rows=rows, others=others, column=column):
            untouched = np.array_equal(np.delete(table, column, axis=1), others)
            same_values = np.array_equal(np.sort(table[:, column]), np.sort(rows[:, column]))
            moved = not np.array_equal(table[:, column], rows[:, column])
            return 3.0 + 2.0 * moved + 100.0 * (not untouched) + 1000.0 * (not same_values)

        said = "the rise of the measure when this one column is put in random order, its values and all else kept"
        probe.equal(probe(measure, rows, column, np.random.default_rng(column)), 2.0, said)
