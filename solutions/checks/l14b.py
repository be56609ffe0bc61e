"""Exercises and quiz of lesson 14b, may it be switched on?"""

from itertools import combinations
from math import factorial

import numpy as np

from course_lib.lessons import l14_failures as failures
from course_lib.workbook.exercise import Lesson, Probe, example
from course_lib.workbook.quiz import Question, Quiz

LESSON = Lesson(
    "14b",
    quiz=Quiz(
        Question(
            "Why are the authorised bounds enforced outside of the network, and not by a penalty "
            "in the reward?",
            right=(
                "Penalties make breaches rare, screens impossible",
                "And the screen can be read and tested without knowing the weights.",
            ),
            wrong={
                "Because a penalty would slow the training down": (
                    "It may, but that is no reason to trust the result."
                ),
                "Because a screen, unlike a penalty, costs no points": (
                    "It does cost points: the frontier in the lesson shows how many."
                ),
            },
        ),
        Question(
            "The commander's message function gives a child 60 % of the weight. Is the child then "
            "worth 60 % of the defence?",
            right=(
                "No: it says what was read, not what would be lost",
                "What is lost without a member is found by leaving it out: Shapley values and "
                "difference rewards do that.",
            ),
            wrong={
                "Yes, attention is importance once it is trained": (
                    "Attention is a share of a sum. The sum may change nothing that anybody does."
                ),
                "Only if the weights of all children add up to one": (
                    "They always do, and it says nothing about points."
                ),
            },
        ),
        Question(
            "A person approves each action of the hierarchy. What makes that more than a delay?",
            right=(
                "Reasons, refusals that count, and a log",
                "Whoever approves everything is part of the loop and changes nothing: count the "
                "refusals, and play the log again.",
            ),
            wrong={
                "Nothing: a person in the loop is a guarantee": (
                    "A person who cannot see why, or is never heard, guarantees nothing."
                ),
                "That the hierarchy is sure of its proposal": (
                    "The probability of an action is no value of it: most single decisions make no "
                    "difference that can be shown."
                ),
            },
        ),
    ),
)


def by_counting(members: int, worth) -> np.ndarray:
    """Shapley values by the definition, for the check."""
    values = np.zeros(members)
    for member in range(members):
        others = [other for other in range(members) if other != member]
        for size in range(members):
            share = factorial(size) * factorial(members - size - 1) / factorial(members)
            for group in combinations(others, size):
                before = frozenset(group)
                values[member] += share * (worth(before | {member}) - worth(before))
    return values


@LESSON.exercise(
    title="Who contributed?",
    priority="must",
    difficulty="medium",
    minutes=20,
    hints=(
        "For each order: begin with nobody, let the members come one by one, and note what the "
        "worth grows by.",
        "`itertools.permutations(range(members))` gives all orders; the value is the mean over "
        "them.",
    ),
    examples=(
        example(2, len, gives=np.array([1.0, 1.0])),
        example(1, len, gives=np.array([1.0])),
    ),
    look_at='"Who contributed?" in lesson 14b',
    done="Your values add up to what the team earns: efficiency.",
)
def contribution(probe: Probe) -> None:
    rng = np.random.default_rng(142)
    for members in (2, 3, 4):
        table = {}
        for size in range(members + 1):
            for group in combinations(range(members), size):
                table[frozenset(group)] = float(rng.normal(5 * size, 3))
        wanted = by_counting(members, table.__getitem__)
        got = np.asarray(probe(members, table.__getitem__))
        probe.require(got.shape == (members,), "one value comes back for each member")
        total = table[frozenset(range(members))] - table[frozenset()]
        probe.equal(
            got.sum(),
            total,
            "the values add up to what the team earns more than nobody (efficiency)",
        )
        probe.equal(got, wanted, "a value is the mean of what the member adds, over all orders")


@LESSON.exercise(
    title="A screen",
    priority="must",
    difficulty="medium",
    minutes=20,
    hints=(
        "Go through the ticks one by one and remember in which ticks a repair was *permitted*.",
        "A repair is permitted while fewer than `budget` were so far, and fewer than `rate` in the "
        "last `window` ticks, the present one included.",
    ),
    examples=(
        example(
            np.array([True, True, True]),
            budget=2,
            rate=3,
            window=2,
            gives=np.array([True, True, False]),
        ),
        example(
            np.array([True, True, False, True]),
            budget=9,
            rate=1,
            window=2,
            gives=np.array([True, False, False, True]),
        ),
    ),
    look_at='"Authorised bounds" in lesson 14b, and course_lib/cyber_range/policies/bounds.py',
    done="The next cell tries to break your screen with policies that do anything.",
)
def screened(probe: Probe) -> None:
    rng = np.random.default_rng(143)
    for budget, rate, window in ((5, 2, 4), (30, 1, 3), (0, 9, 2), (12, 3, 6)):
        wanted = rng.random(60) < 0.6
        got = np.asarray(probe(wanted, budget=budget, rate=rate, window=window))
        probe.require(
            got.shape == wanted.shape and got.dtype == bool, "one truth comes back for each tick"
        )
        probe.require(not (got & ~wanted).any(), "nothing is done that nobody wanted")
        probe.require(got.sum() <= budget, f"no more than {budget} repairs are permitted in all")
        counts = [got[max(0, t - window + 1) : t + 1].sum() for t in range(len(got))]
        probe.require(
            max(counts) <= rate, f"within {window} ticks no more than {rate} repairs are permitted"
        )
        permitted = []
        for tick, asked in enumerate(wanted):
            recent = sum(permitted[max(0, tick - window + 1) :])
            permitted.append(bool(asked and sum(permitted) < budget and recent < rate))
        probe.equal(
            got, np.array(permitted), "only permitted repairs count against budget and rate"
        )


@LESSON.exercise(
    title="Find and mend",
    priority="should",
    difficulty="medium",
    minutes=15,
    hints=(
        "Pay for the state that you want, not for the action that usually leads there.",
        "An infected tick must cost more than a repair, and a repair more than nothing.",
    ),
    look_at='"Six failures to find and mend" in lesson 14b',
    done="A reward that names the outcome has no door to be left open.",
)
def honest_pay(probe: Probe) -> None:
    wait, repair, invite = failures.WAIT, failures.REPAIR, failures.INVITE
    for catch, clumsy in ((0.1, False), (0.02, False), (0.4, False), (0.1, True)):

        def paid(state, action):
            got = probe(state, action)
            probe.require(bool(np.isfinite(got)), "a reward is a finite number")
            return float(got)

        clean, infected = failures.action_values(paid, catch, clumsy)
        if clumsy:
            probe.require(
                clean[wait] > clean[repair],
                "a guard who breaks a clean host by repairing it must not be paid for that: the "
                "reward forbids one way to cheat and pays for the next",
            )
        probe.require(clean.argmax() != invite, "the best guard never leaves the door open")
        probe.require(infected.argmax() == repair, "the best guard repairs an infected host")
        probe.require(
            clean[wait] > clean[repair] + 1e-9,
            "while the host is clean, waiting is worth more than a repair for nothing",
        )


def always_10(price: float) -> float:
    """Restores of a learner that does not look at the price."""
    return 10.0


def always_8(price: float) -> float:
    """The same, just within the budget."""
    return 8.0


def always_1(price: float) -> float:
    """The same, far below the budget."""
    return 1.0


@LESSON.exercise(
    title="The price of a Restore",
    priority="bonus",
    difficulty="medium",
    minutes=15,
    hints=(
        "The price rises by `step` for each Restore above the budget, and falls for each below.",
        "It never falls below 0: `max(0.0, ...)`.",
    ),
    examples=(
        example(always_10, budget=8.0, step=0.5, rounds=2, gives=2.0),
        example(always_1, budget=8.0, step=0.5, rounds=3, gives=0.0),
        example(always_8, budget=8.0, step=0.5, rounds=3, gives=0.0),
    ),
    look_at='"A learner that knows its budget" in lesson 14b',
    done="Dual ascent in three lines; the next cell gives it the expert.",
)
def learned_price(probe: Probe) -> None:
    rng = np.random.default_rng(145)
    for budget in (4.0, 9.0, 25.0):
        scale = float(rng.uniform(15, 25))
        slope = float(rng.uniform(0.5, 2))
        asked = []

        def spent(price, scale=scale, slope=slope, asked=asked):
            asked.append(price)
            return scale / (1 + slope * price)

        got = probe(spent, budget=budget, step=0.05, rounds=6)
        price = 0.0
        for _ in range(6):
            price = max(0.0, price + 0.05 * (scale / (1 + slope * price) - budget))
        probe.require(got >= 0, "a price is never below 0")
        probe.require(len(asked) == 6, "the learner is tried once in each round")
        probe.equal(got, price, "in each round: price + step * (spent - budget), at least 0")
