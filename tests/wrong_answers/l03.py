"""Wrong answers to the exercises of lesson 03, as readers give them."""

import math

import numpy as np

from wrong_answers import WrongAnswers

WRONG = WrongAnswers("03")

TYPES = {
    "a": "POMDP",
    "b": "Dec-MDP",
    "c": "Dec-POMDP",
    "d": "POMG",
    "e": "Markov game",
    "f": "MDP",
}
WRONG.value("types", {**TYPES, "a": "Dec-POMDP"}, says="situation a: one program decides")
WRONG.value(
    "types",
    {**TYPES, "b": "Dec-POMDP"},
    says="situation b: one shared score, and each of the six sees",
)
WRONG.value("types", {**TYPES, "b": "MMDP"}, says="situation b: the types are MDP, POMDP, Dec-MDP")
WRONG.value(
    "types", {**TYPES, "d": "Markov game"}, says="situation d: each company pays for its own losses"
)
WRONG.value("types", {**TYPES, "e": "Dec-MDP"}, says="situation e: each owner has an own budget")
WRONG.value("types", list(TYPES.values()), says="the answer is a dict")


@WRONG("choices", says="combinations multiply")
def the_first_to_the_power(sizes):
    return sizes[0] ** len(sizes), sum(sizes)


@WRONG("choices", says="however large")
def overflows(sizes):
    return int(np.prod(np.array(sizes, np.int64))), sum(sizes)


@WRONG("choices", says="separate choices add up")
def largest_only(sizes):
    return math.prod(sizes), 2 * max(sizes) if len(sizes) > 1 else sizes[0]


@WRONG("choices", says="combinations multiply")
def adds_both(sizes):
    return sum(sizes), sum(sizes)


HOSPITAL = {
    "steps_known": "no",
    "signal": "consequences",
    "may_explore": "yes",
    "long_effect": "yes",
    "model_known": "no",
    "only_speed": "no",
    "simple_structure": "no",
    "fragmented": "no",
    "resilience": "no",
    "joint_size": "yes",
    "weak_dependence": "no",
    "levels": "yes",
}
WRONG.value(
    "hospital",
    {**HOSPITAL, "weak_dependence": "yes"},
    says="all wards share laboratory and pharmacy",
)
WRONG.value("hospital", {**HOSPITAL, "fragmented": "yes"}, says="the backbone is doubled")
WRONG.value(
    "hospital",
    {**HOSPITAL, "model_known": "yes"},
    says="how the staff react is only found out by trying",
)
WRONG.value(
    "hospital",
    {**HOSPITAL, "signal": "yes"},
    says="signal takes right-answers, items-only, consequences",
)
WRONG.value("hospital", {**HOSPITAL, "observed": "no"}, says="it says nothing about observed")


@WRONG("spill", says="all damage off the diagonal")
def noise_counts_against(damage):
    return 1 - np.trace(damage) / damage.sum()


@WRONG("spill", says="divided by all damage")
def mean_of_the_rows(damage):
    counted = np.maximum(damage, 0)
    return float(np.mean(1 - np.diag(counted) / counted.sum(axis=1)))


@WRONG("spill", says="all damage off the diagonal")
def last_columns_are_forgotten(damage):
    counted = np.maximum(damage, 0)[:, : len(damage)]
    return 1 - np.trace(counted) / counted.sum()


CLAIMS = {
    "steps_known": "no",
    "signal": "consequences",
    "may_explore": "yes",
    "long_effect": "yes",
    "model_known": "no",
    "explore_or_plan": "plan",
    "fragmented": "yes",
    "links": "good",
    "only_speed": "yes",
    "simple_structure": "no",
    "weak_dependence": "yes",
    "coordination": "high",
}
FIXED = {"explore_or_plan": "explore", "links": "poor", "only_speed": "no", "coordination": "low"}
WRONG.value(
    "repaired",
    {**CLAIMS, **FIXED, "links": "good"},
    says="still this one: The network falls into parts",
)
WRONG.value(
    "repaired",
    {**CLAIMS, **FIXED, "links": "good", "fragmented": "no"},
    says="fragmented is as the minutes",
)
WRONG.value(
    "repaired",
    {**CLAIMS, **FIXED, "may_explore": "no"},
    says="four answers; changed are may_explore",
)
WRONG.value(
    "repaired", {**CLAIMS, **FIXED, "only_speed": "unknown"}, says="the verdict is several agents"
)
WRONG.value("repaired", {**CLAIMS, **FIXED, "links": "bad"}, says="'bad' is no answer to links")
WRONG.value("repaired", {**CLAIMS, **FIXED, "levels": "yes"}, says="none added, none dropped")


@WRONG("urgency", says="times one plus a tenth")
def added(signs, waited):
    return waited + 4 * (signs / 10)


@WRONG("urgency", says="times one plus a tenth")
def any_sign_doubles(signs, waited):
    return np.where(signs > 0, 2.0, 1.0) * waited


@WRONG("urgency", says="zone by zone")
def signs_of_the_worst_zone(signs, waited):
    return waited * (1 + signs / max(10.0, signs.max()))
