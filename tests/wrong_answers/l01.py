"""Wrong answers to the exercises of lesson 01, as readers give them."""

import numpy as np

from wrong_answers import WrongAnswers

WRONG = WrongAnswers("01")

RIGHT = dict(
    a="rule", b="classifier", c="detector", d="bandit", e="planning", f="rl", g="rule", h="bandit"
)

WRONG.value("better", {**RIGHT, "d": "rl"}, says="case d: only what was tried answers")
WRONG.value("better", {**RIGHT, "e": "rl"}, says="case e: all probabilities are written down")
WRONG.value("better", {**RIGHT, "c": "classifier"}, says="case c: there is no example")
WRONG.value("better", {**RIGHT, "h": "classifier"}, says="case h: each situation is new")
WRONG.value("better", {**RIGHT, "f": "planning"}, says="case f: actions change what comes next")


@WRONG("ucb1_index", says="2 ln(time)")
def two_forgotten(means, counts, time):
    return means + np.sqrt(np.log(time) / counts)


@WRONG("ucb1_index", says="the natural logarithm")
def logarithm_to_base_ten(means, counts, time):
    return means + np.sqrt(2 * np.log10(time) / counts)


@WRONG("ucb1_index", says="root")
def root_forgotten(means, counts, time):
    return means + 2 * np.log(time) / counts


@WRONG("ucb1_index", says="mean plus")
def lower_bound(means, counts, time):
    return means - np.sqrt(2 * np.log(time) / counts)


@WRONG("ucb1_index", says="each arm's own count")
def one_count_for_all(means, counts, time):
    return means + np.sqrt(2 * np.log(time) / np.mean(counts))


@WRONG("cheapest_action", says="smallest expected price")
def likelier_class_decides(probability, prices):
    return np.where(
        probability > 0.5, prices[1].argmin(), np.where(probability < 0.5, prices[0].argmin(), 1)
    )


@WRONG("cheapest_action", says="smallest expected price")
def prices_not_weighted(probability, prices):
    rows = (probability[:, None] > 0.5).astype(int)
    middle = np.full(len(probability), prices.sum(axis=0).argmin())
    return np.where(
        probability == 0.5,
        middle,
        np.where(rows[:, 0] == 1, prices[1].argmin(), prices[0].argmin()),
    )


@WRONG("cheapest_action", says="smallest expected price")
def thresholds_of_the_lesson(probability, prices):
    return np.select([probability < 1 / 20, probability < 5 / 6], [0, 1], 2)


@WRONG("cheapest_action", says="p times the malicious row")
def worst_case_decides_when_in_doubt(probability, prices):
    sure = (probability < 0.01) | (probability > 0.99)
    expected = np.outer(1 - probability, prices[0]) + np.outer(probability, prices[1])
    return np.where(sure, expected.argmin(axis=1), prices.max(axis=0).argmin())


@WRONG("playbook", says="in the world 'fuzzy'")
def known_marks_only(log):
    return np.where((log["signature"] != "-") | (log["failures"] >= 10), 2, 0)


@WRONG("playbook", says="in the world 'fuzzy'")
def isolates_what_it_should_look_at(log):
    return np.where(
        (log["domain_days"] < 100) | (log["failures"] >= 3) | (log["signature"] != "-"), 2, 0
    )


@WRONG("playbook", says="in the world 'fuzzy'")
def looks_at_everything_at_night(log):
    night = (log["hour"] < 7) | (log["hour"] > 20)
    return np.where(log["failures"] >= 10, 2, np.where(night, 1, 0))


@WRONG("importance", says="the rise of the measure")
def sign_the_other_way(measure, rows, column, rng):
    shuffled = rows.copy()
    shuffled[:, column] = rng.permutation(rows[:, column])
    return measure(rows) - measure(shuffled)


@WRONG("importance", says="all else kept")
def whole_rows_shuffled(measure, rows, column, rng):
    return measure(rng.permutation(rows)) - measure(rows)


@WRONG("importance", says="the arguments stay as they are")
def works_in_place(measure, rows, column, rng):
    before = measure(rows)
    rows[:, column] = rng.permutation(rows[:, column])
    return measure(rows) - before


@WRONG("importance", says="its values")
def noise_instead_of_order(measure, rows, column, rng):
    shuffled = rows.copy()
    shuffled[:, column] += rng.choice([-1.0, 1.0]) * np.resize([0.5, -0.5], len(rows))
    return measure(shuffled) - measure(rows)
