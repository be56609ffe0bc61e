"""Wrong answers to the exercises of lesson 05, as readers give them."""

from itertools import combinations, permutations

import numpy as np

from wrong_answers import WrongAnswers

WRONG = WrongAnswers("05")


@WRONG("expected_values", says="one value per own action")
def transposed(payoffs, partner):
    return np.resize(payoffs.T, (len(payoffs), len(partner))) @ partner


@WRONG("expected_values", says="weighted with the partner's probabilities")
def partner_is_always_uniform(payoffs, partner):
    return payoffs.mean(axis=1)


@WRONG("expected_values", says="weighted with the partner's probabilities")
def partner_does_the_most_likely(payoffs, partner):
    likely = partner == partner.max()
    return payoffs[:, likely].mean(axis=1)


@WRONG("someone_explores", says="one minus the chance")
def adds_up(epsilon, agents):
    return min(1.0, epsilon * agents)


@WRONG("someone_explores", says="one minus the chance")
def all_explore(epsilon, agents):
    return epsilon**agents


@WRONG("someone_explores", says="one minus the chance")
def a_partner_explores(epsilon, agents):
    return 1 - (1 - epsilon) ** (agents - 1)


@WRONG("someone_explores", says="one minus the chance")
def exactly_one_explores(epsilon, agents):
    return agents * epsilon * (1 - epsilon) ** (agents - 1)


def joint_actions(mask):
    return [tuple(map(int, joint)) for joint in np.argwhere(mask)]


@WRONG("pure_nash", says="changing its own action alone")
def axes_swapped(payoffs):
    first, second = np.asarray(payoffs)
    return joint_actions(
        (first == first.max(axis=1, keepdims=True)) & (second == second.max(axis=0, keepdims=True))
    )


@WRONG("pure_nash", says="no agent gains")
def only_the_first_agent_may_leave(payoffs):
    first, second = np.asarray(payoffs)
    best_for_second = second == second.max(axis=1, keepdims=True)
    return joint_actions(
        (first >= first.max(axis=0, keepdims=True)) & (best_for_second | (first == first.max()))
    )


@WRONG("pure_nash", says="a tie is no gain")
def ties_are_thrown_out(payoffs):
    first, second = np.asarray(payoffs)
    alone = (first == first.max(axis=0)).sum(axis=0) == 1
    sure = (second == second.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True) == 1
    best = (first == first.max(axis=0)) & (second == second.max(axis=1, keepdims=True))
    return joint_actions(best & alone & sure)


@WRONG("pareto_optimal", says="nowhere worse and somewhere better")
def better_everywhere_is_needed(payoffs):
    return np.array(
        [not (payoffs > payoffs[:, [j]]).all(axis=0).any() for j in range(payoffs.shape[1])]
    )


@WRONG("pareto_optimal", says="equal outcomes both stay")
def equal_outcomes_throw_each_other_out(payoffs):
    count = payoffs.shape[1]
    others = [np.delete(payoffs, j, axis=1) for j in range(count)]
    return np.array([not (others[j] >= payoffs[:, [j]]).all(axis=0).any() for j in range(count)])


@WRONG("pareto_optimal", says="nowhere worse and somewhere better")
def best_for_somebody(payoffs):
    return (payoffs == payoffs.max(axis=1, keepdims=True)).any(axis=0) & (
        payoffs.sum(axis=0) > payoffs.sum(axis=0).min()
    )


@WRONG("contradictions", says="whichever of the two permits")
def only_when_the_first_permits(edits):
    return sum(
        ("deny", route) in b
        for a, b in combinations(edits, 2)
        for verb, route in a
        if verb == "permit"
    )


@WRONG("contradictions", says="counts once")
def permits_of_a_pair_differ(edits):
    return sum(
        {r for v, r in a if v == "permit"} != {r for v, r in b if v == "permit"}
        for a, b in combinations(edits, 2)
    )


@WRONG("contradictions", says="each pair of agents")
def routes_instead_of_pairs(edits):
    lines = {line for lines in edits for line in lines}
    return sum(("permit", route) in lines and ("deny", route) in lines for route in range(3))


@WRONG("contradictions", says="counts once")
def pairs_counted_in_both_orders(edits):
    return sum(
        (("permit", r) in a and ("deny", r) in b) or (("deny", r) in a and ("permit", r) in b)
        for a, b in permutations(edits, 2)
        for r in range(3)
    )


@WRONG("target_drift", says="over time")
def last_minus_first(values):
    return float(np.max(np.abs(values[-1] - values[0])))


@WRONG("target_drift", says="over time")
def last_minus_first_of_the_best(values):
    return float(values[-1].max() - values[0].max())


@WRONG("target_drift", says="largest of these")
def mean_over_time_halves(values):
    half = len(values) // 2
    return float(np.max(np.abs(values[half:].mean(axis=0) - values[:half].mean(axis=0))))


@WRONG("contradictions", says="each pair of agents and each route counts once")
def counts_lines_instead_of_routes(edits):
    return sum(
        {one, other} == {"permit", "deny"} and route == same
        for a, b in combinations(edits, 2)
        for one, route in a
        for other, same in b
    )


@WRONG("pareto_optimal", says="the arguments stay as they are")
def sorts_its_argument(payoffs):
    right = np.array(
        [
            not any(
                (payoffs[:, k] >= payoffs[:, j]).all() and (payoffs[:, k] > payoffs[:, j]).any()
                for k in range(payoffs.shape[1])
            )
            for j in range(payoffs.shape[1])
        ]
    )
    payoffs.sort(axis=1)
    return right


def stays(payoffs):
    first, second = payoffs
    best_reply = first == first.max(axis=0, keepdims=True)
    return best_reply & (second == second.max(axis=1, keepdims=True))


@WRONG.right("pure_nash")
def as_rows_of_an_array(payoffs):
    return np.argwhere(stays(payoffs))


@WRONG.right("pure_nash")
def as_a_set(payoffs):
    return {tuple(row) for row in np.argwhere(stays(payoffs)).tolist()}


@WRONG("pure_nash", says="no agent gains by changing its own action")
def column_by_column(payoffs):
    return [(row, column) for column, row in np.argwhere(stays(payoffs).T).tolist()]


@WRONG("target_drift", says="per action the largest minus the smallest")
def of_the_last_action_only(values):
    return float(np.ptp(values[:, -1]))


@WRONG("target_drift", says="per action the largest minus the smallest")
def leaves_out_the_first_action(values):
    return float(np.ptp(values[:, 1:], axis=0).max())
