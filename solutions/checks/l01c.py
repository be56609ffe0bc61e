"""Exercise and quiz of lesson 01c, explaining a decision."""

from collections.abc import Callable

import numpy as np

from course_lib.workbook.exercise import Lesson, Probe
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "01c",
    quiz=Quiz(
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
        Question(
            "Occlusion says that a missing domain speaks for harmless. What comes before "
            "believing it?",
            right=(
                "Compare real alerts with and without it",
                "An intervention, or cases that exist: here a missing domain multiplies the odds "
                "of an attack by 9/7.",
            ),
            wrong={
                "Take the mean over some more alerts": (
                    "The same mistake, averaged: in 72 to 97 % of the alerts it had the wrong sign."
                ),
                "Ask another post-hoc method instead": (
                    "It may fall into the same trap: both ask the network about alerts that "
                    "cannot exist."
                ),
            },
        ),
        Question(
            "A tree of seven leaves loses 32 points, the network 9. When is the tree the right "
            "choice?",
            right=(
                "When each decision must be checked",
                "Its readability costs about 23 points per 100 alerts; whether that is much, the "
                "auditor knows.",
            ),
            wrong={
                "Never, since the network loses less": (
                    "Loss is not the only price: nobody reads 241 numbers."
                ),
                "Always, since it can be read aloud": (
                    "A deeper tree can be read, too, and less well; the price has to be named."
                ),
            },
        ),
    ),
)


def a_sum_knows_no_order(probe: Probe) -> None:
    """importance(np.sum, rows, 1, rng) gives 0, whatever the rows: a sum does not depend on the
    order."""
    got = probe(np.sum, np.array([[1.0, 2.0], [3.0, 4.0]]), 1, np.random.default_rng(0))
    probe.equal(got, 0.0, "a sum does not depend on the order, so nothing rises")


@LESSON.exercise(
    title="Permutation importance",
    priority="must",
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
    look_at='"A model that is questioned" in lesson 01c',
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
