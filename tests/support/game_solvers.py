"""Oracles of the tests: exact solvers for small games, which no lesson uses.

Sources: support enumeration as in Nisan et al. (2007), "Algorithmic game theory", chapter 3;
zero-sum values from square sub-matrices, Shapley & Snow (1950).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from course_lib.games import MarkovGame, MatrixGame, action_values, policy_values, team_game
from course_lib.games.markov import _checked, _value_iteration

TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A Nash equilibrium of a two-agent game."""

    strategies: tuple[np.ndarray, np.ndarray]
    """Probabilities (A_0,) and (A_1,)."""
    values: np.ndarray
    """Expected payoff (2,) of each agent."""


def inspection() -> MatrixGame:
    """Zero-sum: a defender watches one of two hosts, an attacker strikes one. An unwatched strike
    costs 4 at the server and 1 at the workstation."""
    loss = np.array([[0, -1], [-4, 0]], dtype=float)  # rows watch, columns strike
    hosts = ("server", "workstation")
    return MatrixGame("inspection", np.stack([loss, -loss])[None], np.ones(1), (hosts, hosts))


def factoring_game() -> MatrixGame:
    """The matrix that sums and monotone mixtures of per-agent values cannot represent (lesson
    07)."""
    table = ((8, -12, -12), (-12, 0, 0), (-12, 0, 0))
    return team_game(
        "factoring game",
        table,
        "ABC",
        "Two sites isolate a worm at the same moment, or make it spread.",
    )


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
    payoffs = np.asarray(getattr(game, "payoffs", game), dtype=float)
    if len(payoffs) != 2:
        raise ValueError(
            f"support enumeration is for two agents, this game has {len(payoffs)}; see "
            "pure_equilibria"
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
    payoffs = np.asarray(getattr(game, "payoffs", game), dtype=float)
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


def best_response_values(game: MarkovGame, policy: np.ndarray, agent: int) -> np.ndarray:
    """Values (S,) that ``agent`` can reach alone, in every state, while the others keep ``policy``
    (N, S)."""
    policy = _checked(game, policy)
    if not 0 <= agent < game.agents:
        raise ValueError(f"agent={agent} must be 0 to {game.agents - 1}")
    rows = np.arange(game.states)[:, None]
    choices = [actions[:, None] for actions in policy]
    choices[agent] = np.arange(game.shape[agent])[None, :]
    return _value_iteration(game, lambda stage: stage[(rows, *choices)].max(axis=1))


def is_equilibrium(game: MarkovGame, policy: np.ndarray, state: int | None = None) -> bool:
    """True when no agent alone can gain by changing its part of ``policy`` (N, S).

    Looks at every state, or only at ``state``: then play that ``policy`` never reaches from there
    does not count.
    """
    own = policy_values(game, policy)
    gains = np.stack(
        [best_response_values(game, policy, agent) - own for agent in range(game.agents)]
    )
    return bool((gains if state is None else gains[:, state]).max() < 1e-6)
