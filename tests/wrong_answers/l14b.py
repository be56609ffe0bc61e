"""Wrong answers to the exercises of lesson 14b, as readers give them."""

from itertools import combinations, permutations

import numpy as np

from wrong_answers import WrongAnswers

WRONG = WrongAnswers("14b")


@WRONG("contribution", says="efficiency")
def only_the_last_to_come(members, worth):
    everybody = frozenset(range(members))
    return np.array([worth(everybody) - worth(everybody - {m}) for m in range(members)], float)


@WRONG("contribution", says="over all orders")
def one_order(members, worth):
    values, present = np.zeros(members), frozenset()
    for member in range(members):
        values[member] = worth(present | {member}) - worth(present)
        present = present | {member}
    return values


@WRONG("contribution", says="efficiency")
def all_coalitions_alike(members, worth):
    values = np.zeros(members)
    for member in range(members):
        others = [other for other in range(members) if other != member]
        groups = [g for size in range(members) for g in combinations(others, size)]
        added = [worth(frozenset(g) | {member}) - worth(frozenset(g)) for g in groups]
        values[member] = np.mean(added)
    return values


@WRONG("contribution", says="over all orders")
def equal_shares(members, worth):
    total = worth(frozenset(range(members))) - worth(frozenset())
    return np.full(members, total / members)


@WRONG("contribution", says="efficiency")
def sum_over_orders(members, worth):
    values = np.zeros(members)
    for order in permutations(range(members)):
        present = frozenset()
        for member in order:
            values[member] += worth(present | {member}) - worth(present)
            present = present | {member}
    return values / members


def screen(wanted, budget, rate, window, counts_wanted=False, past=0, more=0):
    """A screen; its two mistakes are switched on by the wrong answers below."""
    permitted = []
    for tick, asked in enumerate(wanted):
        counted = wanted[:tick].tolist() if counts_wanted else permitted
        recent = sum(counted[max(0, tick - window + 1 - past) :])
        permitted.append(bool(asked and sum(permitted) < budget + more and recent < rate))
    return np.array(permitted)


@WRONG("screened", says="only permitted repairs count")
def refused_ones_count_too(wanted, budget, rate, window):
    return screen(wanted, budget, rate, window, counts_wanted=True)


@WRONG("screened", says="only permitted repairs count")
def window_one_too_long(wanted, budget, rate, window):
    return screen(wanted, budget, rate, window, past=1)


@WRONG("screened", says="within")
def rate_forgotten(wanted, budget, rate, window):
    return wanted & (np.cumsum(wanted) <= budget)


@WRONG("screened", says="in all")
def budget_one_too_large(wanted, budget, rate, window):
    return screen(wanted, budget, rate, window, more=1)  # <= in place of <


@WRONG("learned_price", says="never below 0")
def price_below_nothing(spent, budget, step, rounds):
    price = 0.0
    for _ in range(rounds):
        price += step * (spent(price) - budget)
    return price


@WRONG("learned_price", says="in each round")
def sign_turned(spent, budget, step, rounds):
    price = 0.0
    for _ in range(rounds):
        price = max(0.0, price - step * (spent(price) - budget))
    return price


@WRONG("learned_price", says="in each round")
def always_asked_at_nothing(spent, budget, step, rounds):
    price = 0.0
    for _ in range(rounds):
        price = max(0.0, price + step * (spent(0.0) - budget))
    return price


@WRONG("learned_price", says="once in each round")
def one_round_too_many(spent, budget, step, rounds):
    price = 0.0
    for _ in range(rounds + 1):
        price = max(0.0, price + step * (spent(price) - budget))
    return price


@WRONG("honest_pay", says="never leaves the door open")
def paid_by_the_repair(state, action):
    return float(state == 1 and action == 1)


@WRONG("honest_pay", says="pays for the next")
def door_forbidden(state, action):
    return float(state == 1 and action == 1) - 0.01 * (action == 1) - 2.0 * (action == 2)


@WRONG("honest_pay", says="repair for nothing")
def repairs_for_nothing(state, action):
    return -float(state == 1)


@WRONG("honest_pay", says="repairs an infected host")
def repairs_too_dear(state, action):
    return -float(state == 1) - 25.0 * (action == 1)


@WRONG("honest_pay", says="never leaves the door open")
def paid_by_the_infection(state, action):
    return float(state == 1) - 0.1 * (action == 1)
