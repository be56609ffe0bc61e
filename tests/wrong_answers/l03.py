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
WRONG.value("types", {**TYPES, "b": "MMDP"}, says="in the guidelines' words MMDP is Dec-MDP")
WRONG.value("types", {**TYPES, "d": "POSG"}, says="in the guidelines' words POSG is POMG")
WRONG.value("types", {**TYPES, "a": "partly observed"}, says="situation a: the types are MDP")
WRONG.value(
    "types", {**TYPES, "d": "Markov game"}, says="situation d: each company pays for its own losses"
)
WRONG.value(
    "types", {**TYPES, "e": "Dec-MDP"}, says="situation e: each owner has a budget of its own"
)
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


@WRONG("choices", says="however large")
def multiplies_floats(sizes):
    return math.prod(map(float, sizes)), sum(sizes)


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


@WRONG("spill", says="all damage off the diagonal")
def largest_of_a_row_is_home(damage):
    counted = np.maximum(damage, 0)
    return 1 - counted.max(axis=1).sum() / counted.sum()


@WRONG("spill", says="below zero counts as 0")
def noise_at_home_counts(damage):
    elsewhere = np.maximum(damage, 0)
    np.fill_diagonal(elsewhere, 0)
    return elsewhere.sum() / (elsewhere.sum() + np.trace(damage))


@WRONG("spill", says="the arguments stay as they are")
def cuts_off_in_place(damage):
    damage[damage < 0] = 0
    return 1 - np.trace(damage) / damage.sum()


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


@WRONG("urgency", says="at least 300 points better than the loudest alarm")
def the_loudest_alarm(signs, waited):
    return 1000.0 * signs + waited


@WRONG("urgency", says="at least 300 points better than the loudest alarm")
def signs_alone(signs, waited):
    return signs


@WRONG("urgency", says="at least 300 points better than the loudest alarm")
def where_somebody_has_just_been(signs, waited):
    return -waited


@WRONG("urgency", says="changes nothing in another")
def signs_of_the_worst_zone_anywhere(signs, waited):
    return waited * (1 + signs / max(10.0, signs.max()))


@WRONG("urgency", says="the arguments stay as they are")
def raises_the_waits_in_place(signs, waited):
    waited *= 1 + signs / 10
    return waited


@WRONG("urgency", says="give the same urgency")
def a_roll_of_the_dice(signs, waited):
    return waited + 5 * np.random.default_rng().random(waited.shape)
