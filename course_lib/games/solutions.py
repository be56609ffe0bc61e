"""Exact answers for matrix games: equilibria, Pareto sets, values of zero-sum games. Everything is
computed.

All functions take a MatrixGame or an array of payoffs (N, A_0, ..., A_N-1). A joint action is a
tuple of N integers; a mixed strategy is a vector of probabilities over one agent's actions.

Sources: Nash (1951); support enumeration as in Nisan et al. (2007), "Algorithmic game theory",
chapter 3; zero-sum values from square sub-matrices, Shapley & Snow (1950).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

TOLERANCE = 1e-9
"""Payoffs closer than this count as equal."""


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A Nash equilibrium of a two-agent game."""

    strategies: tuple[np.ndarray, np.ndarray]
    """Probabilities (A_0,) and (A_1,)."""
    values: np.ndarray
    """Expected payoff (2,) of each agent."""


def _payoffs(game) -> np.ndarray:
    payoffs = np.asarray(getattr(game, "payoffs", game), dtype=float)
    if payoffs.ndim < 2 or payoffs.ndim != 1 + payoffs.shape[0]:
        raise ValueError(
            f"payoffs must have the shape (N, A_0, ..., A_N-1), one table per agent; got {payoffs.shape}"
        )
    return payoffs


def _joint_actions(mask: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(int(a) for a in joint) for joint in np.argwhere(mask)]


def regrets(game) -> np.ndarray:
    """What each agent could gain by changing its own action alone: (N, A_0, ..., A_N-1), at least
    0."""
    payoffs = _payoffs(game)
    return np.stack([table.max(axis=i, keepdims=True) - table for i, table in enumerate(payoffs)])


def pure_equilibria(game) -> list[tuple[int, ...]]:
    """All joint actions from which no agent gains by deviating alone, in lexicographic order."""
    return _joint_actions((regrets(game) <= TOLERANCE).all(axis=0))


def team_optima(game) -> list[tuple[int, ...]]:
    """All joint actions with the largest sum of payoffs (in a cooperative game: the best the team
    can do)."""
    total = _payoffs(game).sum(axis=0)
    return _joint_actions(total >= total.max() - TOLERANCE)


def pareto_set(game) -> list[tuple[int, ...]]:
    """All joint actions that no other joint action beats for one agent without hurting another."""
    payoffs = _payoffs(game)
    points = payoffs.reshape(len(payoffs), -1).T  # (joint actions, agents)
    kept = [not _dominated(point, points) for point in points]
    return _joint_actions(np.reshape(kept, payoffs.shape[1:]))


def _dominated(point: np.ndarray, others: np.ndarray) -> bool:
    no_worse = (others >= point - TOLERANCE).all(axis=1)
    better = (others > point + TOLERANCE).any(axis=1)
    return bool((no_worse & better).any())


def action_values(game, strategies=None) -> list[np.ndarray]:
    """Expected payoff of each action of each agent, N vectors (A_i,), when the others play
    ``strategies``.

    ``strategies`` is one vector of probabilities per agent; without it all others choose uniformly,
    which is what a learner meets while everybody explores (the source of relative
    overgeneralisation).
    """
    payoffs = _payoffs(game)
    if strategies is None:
        strategies = [np.full(size, 1 / size) for size in payoffs.shape[1:]]
    strategies = [np.asarray(s, dtype=float) for s in strategies]
    if tuple(s.shape for s in strategies) != tuple((size,) for size in payoffs.shape[1:]):
        raise ValueError(
            f"strategies must be one probability vector per agent, of lengths {payoffs.shape[1:]}"
        )
    return [_values_of_one(table, i, strategies) for i, table in enumerate(payoffs)]


def _values_of_one(table: np.ndarray, agent: int, strategies: list[np.ndarray]) -> np.ndarray:
    for other in reversed(
        range(table.ndim)
    ):  # from the last axis on, so that earlier axes keep their number
        if other != agent:
            table = np.tensordot(table, strategies[other], axes=(other, 0))
    return table


def is_nash(game, strategies) -> bool:
    """True when no agent gains by leaving the mixed ``strategies`` (one probability vector per
    agent) alone."""
    values = action_values(game, strategies)
    return all(v.max() <= v @ np.asarray(s) + 1e-7 for v, s in zip(values, strategies, strict=True))


def mixed_equilibria(game) -> list[Equilibrium]:
    """Nash equilibria of a two-agent game by support enumeration, pure ones included, smallest
    supports first.

    Tries every pair of equally large supports: complete for nondegenerate games. A degenerate game
    can have whole lines of equilibria; of these only points with an equally large, solvable pair of
    supports are returned.
    """
    payoffs = _payoffs(game)
    if len(payoffs) != 2:
        raise ValueError(
            f"support enumeration is for two agents, this game has {len(payoffs)}; see pure_equilibria"
        )
    full = (
        e
        for size, e in _equilibria(payoffs)
        if all(np.count_nonzero(s) == size for s in e.strategies)
    )
    return list(full)


def zero_sum_value(game) -> Equilibrium:
    """Value and optimal strategies of a two-agent zero-sum game; ``values`` is (v, -v).

    Some square sub-matrix always carries a pair of optimal strategies (Shapley & Snow), so the
    search ends with an answer, also in degenerate games. Meant for small tables: the number of
    sub-matrices grows exponentially.
    """
    payoffs = _payoffs(game)
    if len(payoffs) != 2 or not np.allclose(payoffs.sum(axis=0), 0):
        raise ValueError(
            "zero_sum_value needs two agents whose payoffs sum to 0 in every joint action"
        )
    return next(equilibrium for _, equilibrium in _equilibria(payoffs))


def _equilibria(payoffs: np.ndarray) -> Iterator[tuple[int, Equilibrium]]:
    """Equilibria on equally large supports, smallest first, with the size; a support may hold
    actions never played."""
    for size in range(1, min(payoffs.shape[1:]) + 1):
        for rows, columns in product(
            *(combinations(range(count), size) for count in payoffs.shape[1:])
        ):
            y = _indifference(payoffs[0][np.ix_(rows, columns)])
            x = _indifference(payoffs[1][np.ix_(rows, columns)].T)
            if x is None or y is None:
                continue
            strategies = np.zeros(payoffs.shape[1]), np.zeros(payoffs.shape[2])
            strategies[0][list(rows)], strategies[1][list(columns)] = x, y
            if is_nash(payoffs, strategies):
                values = [
                    v @ s
                    for v, s in zip(action_values(payoffs, strategies), strategies, strict=True)
                ]
                yield size, Equilibrium(strategies, np.array(values))


def _indifference(table: np.ndarray) -> np.ndarray | None:
    """Probabilities over the columns of a square table that give all its rows one value; None if
    there are none.

    Solves ``table @ y = value`` for every row together with ``sum(y) = 1``.
    """
    size = len(table)
    system = np.block([[table, -np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
    if np.linalg.matrix_rank(system) <= size:
        return None
    y = np.linalg.solve(system, np.append(np.zeros(size), 1.0))[:-1]
    return np.where(y > TOLERANCE, y, 0.0) if (y > -TOLERANCE).all() else None


def additive_fit(game) -> np.ndarray:
    """Least-squares fit (A_0, ..., A_N-1) of a team payoff by a *sum* of one value per agent and
    action.

    All joint actions weigh the same. This is what VDN learns under uniform exploration (Sunehag et
    al., 2018).
    """
    payoffs = _payoffs(game)
    if not np.allclose(payoffs, payoffs[0]):
        raise ValueError(
            "an additive fit needs one payoff shared by all agents; this game is not cooperative"
        )
    table, axes = payoffs[0], range(payoffs.ndim - 1)
    effects = [
        table.mean(axis=tuple(a for a in axes if a != own), keepdims=True) - table.mean()
        for own in axes
    ]
    return table.mean() + sum(effects)
