"""Who contributed how much? Shapley values of a team's members.

A *coalition* is the set of members that take part; ``worth`` says what it earns. A member's Shapley
value is what it adds to those who came before it, averaged over every order in which the team can
come together (Shapley 1953). No other division keeps all of these:

* efficiency: the values add up to what the whole team earns more than nobody;
* symmetry: members who add the same to every coalition get the same;
* null player: who adds nothing to any coalition gets nothing;
* additivity: the values of a sum of two games are the sums of the values.
"""

from collections.abc import Callable, Collection
from itertools import combinations
from math import factorial

import numpy as np

from course_lib import validate
from course_lib.stats import Interval, mean_interval

MOST_EXACT = 12
"""Members of a team whose 2^N coalitions are counted out; more are sampled."""
MOST_MEMBERS = 1_000

Worth = Callable[[frozenset[int]], float]
"""What a coalition of members, numbered from 0, earns."""


def coalitions(members: int) -> list[frozenset[int]]:
    """All 2^N coalitions of N members, small ones first; ValueError for more than 12 members."""
    members = validate.whole_number("members", members, 1, MOST_EXACT)
    return [frozenset(c) for size in range(members + 1) for c in combinations(range(members), size)]


def shapley_values(members: int, worth: Worth) -> np.ndarray:
    """(N,) exact Shapley values; ``worth`` is asked once about each of the 2^N coalitions.

    Args:
        members: N, 1 to 12.
        worth: what a coalition earns, in any unit.

    Raises:
        ValueError: for another number of members: take `sampled_shapley_values`.
    """
    validate.function("worth", worth)
    earned = {}
    for coalition in coalitions(members):
        earned[coalition] = validate.in_range("what worth returns", worth(coalition))
    values = np.zeros(members)
    for coalition, before in earned.items():
        for member in set(range(members)) - coalition:
            share = _order_share(len(coalition), members)
            added = earned[coalition | {member}] - before
            values[member] += share * added
    return values


def _order_share(size: int, members: int) -> float:
    """Share of the orders in which a given member comes right after a given coalition."""
    return factorial(size) * factorial(members - size - 1) / factorial(members)


def sampled_shapley_values(
    members: int, worth: Worth, orders: int = 200, seed: int = 0
) -> list[Interval]:
    """Estimates of the Shapley values from random orders, each with its 95 % t interval.

    The mean over orders is unbiased; the estimates add up exactly to what the whole team earns more
    than nobody, as in every order they do.

    Args:
        members: N, 1 to 1,000.
        worth: what a coalition earns; asked about N + 1 coalitions an order.
        orders: how many, at least 2.
        seed: of the orders.
    """
    members = validate.whole_number("members", members, 1, MOST_MEMBERS)
    orders = validate.whole_number("orders", orders, 2, 1_000_000)
    validate.function("worth", worth)
    rng = np.random.default_rng(validate.seed(seed))
    added = np.zeros((orders, members))
    for number in range(orders):
        added[number] = marginal_gains(rng.permutation(members).tolist(), worth)
    return [mean_interval(added[:, member]) for member in range(members)]


def marginal_gains(order: Collection[int], worth: Worth) -> np.ndarray:
    """(N,) what each member adds when the team comes together in this order."""
    gains = np.zeros(len(order))
    present: frozenset[int] = frozenset()
    before = validate.in_range("what worth returns", worth(present))
    for member in order:
        present = present | {member}
        after = validate.in_range("what worth returns", worth(present))
        gains[member] = after - before
        before = after
    return gains
