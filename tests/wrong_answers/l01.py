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
WRONG.value("better", {**RIGHT, "d": "contextual bandit"}, says="case d: one of the words rule")
WRONG.value("better", {**RIGHT, "b": "clasifier"}, says="'clasifier' is none")
WRONG.value("better", {**RIGHT, "f": 6}, says="case f: one of the words rule")


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


@WRONG("ucb1_index", says="the arguments stay as they are")
def adds_to_the_means(means, counts, time):
    means += np.sqrt(2 * np.log(time) / counts)
    return means


@WRONG("ucb1_index", says="pulls in each of the 4 runs")
def adds_up_all_runs(means, counts, time):
    return means + np.sqrt(2 * np.log(counts.sum()) / counts)


@WRONG("cheapest_action", says="the first of them")
def last_among_equals(probability, prices):
    expected = np.outer(1 - probability, prices[0]) + np.outer(probability, prices[1])
    return prices.shape[1] - 1 - expected[:, ::-1].argmin(axis=1)


@WRONG("cheapest_action", says="actions are whole numbers")
def numbers_with_a_point(probability, prices):
    expected = np.outer(1 - probability, prices[0]) + np.outer(probability, prices[1])
    return expected.argmin(axis=1).astype(float)


@WRONG("cheapest_action", says="the arguments stay as they are")
def subtracts_in_place(probability, prices):
    prices -= prices.min()  # the same in every column, so the choice stays right
    expected = np.outer(1 - probability, prices[0]) + np.outer(probability, prices[1])
    return expected.argmin(axis=1)


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


@WRONG("playbook", says="is known too late")
def reads_the_label(log):
    return np.where(log["malicious"], 2, 0)


@WRONG("playbook", says="is known too late")
def reads_what_it_was(log):
    return np.where(np.isin(log["kind"], ["theft", "beacon", "brute force"]), 2, 0)


def young_domains_first(log):
    """A right answer, from which the next ones depart."""
    night = (log["hour"] < 7) | (log["hour"] > 20)
    sure = (log["failures"] >= 10) | (log["domain_days"] < 50)
    doubtful = (log["domain_days"] < 150) | (log["failures"] >= 5) | (log["signature"] != "-")
    return np.select([sure, doubtful | ((log["process"] == "shell") & night)], [2, 1], 0)


@WRONG("playbook", says="decisions are whole numbers")
def decisions_with_a_point(log):
    return young_domains_first(log).astype(float)


@WRONG("playbook", says="on its own alert")
def compares_with_the_rest_of_the_log(log):
    unusual = log["kilobytes"] > np.quantile(log["kilobytes"], 0.99)
    return np.maximum(young_domains_first(log), unusual)


@WRONG("playbook", says="at most 22 points per 100 alerts in the world 'fuzzy'; it lost 24.0")
def the_long_playbook_of_the_lesson(log):
    night = (log["hour"] < 7) | (log["hour"] > 20)
    doubtful = (log["domain_days"] < 100) | (log["failures"] >= 5) | (log["signature"] != "-")
    doubtful |= (log["process"] == "shell") & night
    return np.select([log["failures"] >= 10, doubtful], [2, 1], 0)


@WRONG("playbook", says="in the world 'fuzzy'")
def the_long_playbook_without_the_shell(log):
    doubtful = (log["domain_days"] < 100) | (log["failures"] >= 5) | (log["signature"] != "-")
    return np.select([log["failures"] >= 10, doubtful], [2, 1], 0)


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


@WRONG("importance", says="drawn from the generator that is handed in")
def shifts_the_column(measure, rows, column, rng):
    shuffled = rows.copy()
    shuffled[:, column] = np.roll(rows[:, column], 1)
    return measure(shuffled) - measure(rows)


@WRONG("importance", says="drawn from the generator that is handed in")
def a_generator_of_its_own(measure, rows, column, rng):
    shuffled = rows.copy()
    shuffled[:, column] = np.random.default_rng(0).permutation(rows[:, column])
    return measure(shuffled) - measure(rows)


@WRONG("importance", says="also where it falls")
def size_of_the_change(measure, rows, column, rng):
    shuffled = rows.copy()
    shuffled[:, column] = rng.permutation(rows[:, column])
    return abs(measure(shuffled) - measure(rows))
