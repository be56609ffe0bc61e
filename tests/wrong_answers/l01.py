"""Wrong answers to the exercises of lesson 01, as readers give them."""

import numpy as np

from wrong_answers import WrongAnswers

WRONG = WrongAnswers("01")


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
