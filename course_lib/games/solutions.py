"""Exact answers for matrix games: pure equilibria, Pareto sets, values of actions.

All functions take a MatrixGame or an array of finite payoffs (N, A_0, ..., A_N-1). A joint action
is a tuple of N integers; a mixed strategy is a vector of probabilities over one agent's actions.

Sources: Nash (1951); additive fit: Sunehag et al. (2018).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from course_lib import array_checks, validate

from .matrix import MatrixGame

Game = MatrixGame | ArrayLike

TOLERANCE = 1e-9
"""Payoffs closer than this count as equal."""


def _payoffs(game: Game) -> np.ndarray:
    table = game.payoffs if isinstance(game, MatrixGame) else game
    payoffs = array_checks.numbers("payoffs (a nan has no best reply)", table)
    if payoffs.ndim < 2 or payoffs.ndim != 1 + payoffs.shape[0]:
        raise ValueError(
            "payoffs must have the shape (N, A_0, ..., A_N-1), one table per agent; got "
            f"{payoffs.shape}"
        )
    return payoffs


def _joint_actions(mask: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(int(a) for a in joint) for joint in np.argwhere(mask)]


def regrets(game: Game) -> np.ndarray:
    """What each agent could gain by changing its own action alone: (N, A_0, ..., A_N-1), at least
    0."""
    gains = []
    for agent, table in enumerate(_payoffs(game)):
        best_reply = table.max(axis=agent, keepdims=True)
        gains.append(best_reply - table)
    return np.stack(gains)


def pure_equilibria(game: Game) -> list[tuple[int, ...]]:
    """All joint actions from which no agent gains by deviating alone, in lexicographic order."""
    return _joint_actions((regrets(game) <= TOLERANCE).all(axis=0))


def team_optima(game: Game) -> list[tuple[int, ...]]:
    """All joint actions with the largest sum of payoffs (in a cooperative game: the best the team
    can do)."""
    total = _payoffs(game).sum(axis=0)
    return _joint_actions(total >= total.max() - TOLERANCE)


def pareto_set(game: Game) -> list[tuple[int, ...]]:
    """All joint actions that no other joint action beats for one agent without hurting another."""
    payoffs = _payoffs(game)
    points = payoffs.reshape(len(payoffs), -1).T  # (joint actions, agents)
    kept = [not _dominated(point, points) for point in points]
    return _joint_actions(np.reshape(kept, payoffs.shape[1:]))


def _dominated(point: np.ndarray, others: np.ndarray) -> bool:
    no_worse = (others >= point - TOLERANCE).all(axis=1)
    better = (others > point + TOLERANCE).any(axis=1)
    return bool((no_worse & better).any())


def action_values(game: Game, strategies: Sequence[ArrayLike] | None = None) -> list[np.ndarray]:
    """Expected payoff of each action of each agent, N vectors (A_i,), when the others play
    ``strategies``.

    ``strategies`` is one vector of probabilities per agent; without it all others choose uniformly,
    which is what a learner meets while everybody explores (the source of relative
    overgeneralisation).
    """
    payoffs = _payoffs(game)
    if strategies is None:
        strategies = [np.full(size, 1 / size) for size in payoffs.shape[1:]]
    if isinstance(strategies, str) or not isinstance(strategies, Sequence):
        raise ValueError(f"strategies={validate.shown(strategies)} is no list of vectors")
    vectors = [_probabilities(strategy) for strategy in strategies]
    if [len(vector) for vector in vectors] != list(payoffs.shape[1:]):
        raise ValueError(
            f"strategies must be one probability vector per agent, of lengths {payoffs.shape[1:]}"
        )
    return [_values_of_one(table, agent, vectors) for agent, table in enumerate(payoffs)]


def _probabilities(strategy: ArrayLike) -> np.ndarray:
    vector = np.atleast_1d(array_checks.numbers("a strategy", strategy))
    # A vector such as (2, -1) sums to 1 and is no strategy.
    proper = vector.ndim == 1 and (vector >= -TOLERANCE).all()
    if not proper or not np.isclose(vector.sum(), 1):
        shown = validate.shown(strategy)
        raise ValueError(f"a strategy holds probabilities that sum to 1; got {shown}")
    return vector


def _values_of_one(table: np.ndarray, agent: int, strategies: list[np.ndarray]) -> np.ndarray:
    # From the last axis on, so that earlier axes keep their number.
    for other in reversed(range(table.ndim)):
        if other != agent:
            table = np.tensordot(
                table,
                strategies[other],
                axes=(other, 0),
            )
    return table


def additive_fit(game: Game) -> np.ndarray:
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
    table = payoffs[0]
    mean = table.mean()
    fit = mean
    for agent in range(table.ndim):
        others = tuple(axis for axis in range(table.ndim) if axis != agent)
        fit = fit + (table.mean(axis=others, keepdims=True) - mean)
    return fit
