"""The games as a learner meets them: many runs of one game, stepped together with numpy.

A *world* has ``actions`` (number of actions per agent), ``states``, ``discount``, ``first_state``,
``expected`` (J,) or None, ``begin(runs, rng)`` and ``step(states, joint, time, rng)``. Joint
actions are flat numbers below J, the product of ``actions``, in numpy's order (the last agent
changes fastest).
"""

import numpy as np


def make_world(game, credit: str = "team", default: int | None = None):
    """The world of a game.

    Args:
        game: an object with ``transitions`` and ``rewards`` (several states), one with ``outcomes``
            and ``probabilities`` (a matrix game), or an array (A_0, ..., A_N-1) of shared payoffs.
        credit: "team" pays what the game pays; "difference" pays difference rewards.
        default: for difference rewards, the action that stands for "agent absent"; None averages
            over its actions.
    """
    if hasattr(game, "transitions"):
        rewards = np.repeat(
            np.asarray(game.rewards, dtype=float)[:, None], game.rewards.ndim - 1, axis=1
        )
        return ManyStates(game, _credited(rewards, credit, default))
    if hasattr(game, "outcomes"):
        return OneState(
            _credited(game.outcomes, credit, default), game.probabilities, game.outcomes
        )
    table = np.asarray(game, dtype=float)
    if table.ndim < 2 or not np.isfinite(table).all():
        raise ValueError(
            f"payoffs must be finite, with one axis per agent (two or more); got shape {table.shape}"
        )
    outcomes = np.repeat(table[None, None], table.ndim, axis=1)
    return OneState(_credited(outcomes, credit, default), np.ones(1), outcomes)


def difference_rewards(payoffs: np.ndarray, default: int | None = None) -> np.ndarray:
    """What each agent's presence changed: D_i(a) = G_i(a) - G_i(a with agent i's action replaced).

    Args:
        payoffs: (N, A_0, ..., A_N-1), one table per agent.
        default: the replacing action, or None for the mean over all actions of the agent.

    Returns the same shape. The part of the payoff that agent i has no influence on cancels; what is
    best for i, given the others, stays the same (Wolpert & Tumer, 2001; the guidelines, section
    7.3).
    """
    payoffs = np.asarray(payoffs, dtype=float)
    if payoffs.ndim < 2 or payoffs.ndim != 1 + payoffs.shape[0]:
        raise ValueError(
            f"payoffs must have the shape (N, A_0, ..., A_N-1), one table per agent; got {payoffs.shape}"
        )
    if default is not None and not 0 <= default < min(payoffs.shape[1:]):
        raise ValueError(
            f"default={default} must be an action of every agent; they have {payoffs.shape[1:]} actions"
        )
    result = np.empty_like(payoffs)
    for i, own in enumerate(payoffs):
        absent = own.mean(axis=i, keepdims=True) if default is None else own.take([default], axis=i)
        result[i] = own - absent
    return result


def _credited(payoffs: np.ndarray, credit: str, default: int | None) -> np.ndarray:
    """Payoffs (K, N, A_0, ..) or (S, N, A_0, ..) as the learners are paid them: within one outcome
    or state each.

    In a game with states only this tick's difference counts. What the replaced action would have
    led to later is not followed, since that would need every episode to be played again.
    """
    if credit not in ("team", "difference"):
        raise ValueError(f"credit={credit!r} is unknown; allowed: team, difference")
    return (
        payoffs
        if credit == "team"
        else np.stack([difference_rewards(table, default) for table in payoffs])
    )


class OneState:
    """A matrix game: one state, every play is an episode, no future."""

    states, first_state, discount = 1, 0, 0.0

    def __init__(self, rewards: np.ndarray, probabilities: np.ndarray, payoffs: np.ndarray):
        """``rewards`` (K, N, A_0, ..): what the learners get; ``payoffs``, same shape: what the
        game pays."""
        self.actions = payoffs.shape[2:]
        self._limits = np.cumsum(probabilities)[:-1]
        self._rewards = _by_joint_action(rewards)
        self._payoffs = _by_joint_action(payoffs).mean(axis=2)
        self.expected = np.asarray(probabilities) @ self._payoffs

    def begin(self, runs: int, rng) -> np.ndarray:
        """First state of every run (R,)."""
        return np.zeros(runs, dtype=int)

    def step(self, states, joint, time, rng):
        """One play: learners' rewards (R, N), mean payoff (R,), next states (R,), over (R,), fresh
        states (R,)."""
        chance = self._limits.searchsorted(rng.random(len(joint)), side="right")
        over = np.ones(len(joint), dtype=bool)
        return self._rewards[chance, joint], self._payoffs[chance, joint], states, over, states


class ManyStates:
    """A team game with states. An episode ends in a terminal state, or is cut off after ``horizon``
    steps."""

    expected = None

    def __init__(self, game, rewards: np.ndarray):
        """``rewards`` (S, N, A_0, ..): what the learners get for a joint action in a state."""
        self.states, self.actions = len(game.start), tuple(game.rewards.shape[1:])
        self.discount, self.horizon = game.discount, game.horizon
        self.first_state = int(np.argmax(game.start))
        self._terminal = np.asarray(game.terminal)
        self._rewards = _by_joint_action(rewards)
        self._payoffs = np.asarray(game.rewards, dtype=float).reshape(self.states, -1)
        limits = np.cumsum(game.transitions.reshape(self.states, -1, self.states), axis=2)
        self._next_limits = limits[:, :, :-1]
        self._start_limits = np.cumsum(game.start)[:-1]

    def begin(self, runs: int, rng) -> np.ndarray:
        """First state of every run (R,)."""
        return self._start_limits.searchsorted(rng.random(runs), side="right")

    def step(self, states, joint, time, rng):
        """One tick; as in OneState. Runs that ended, or all when the horizon is reached, go on from
        a fresh state."""
        following = (rng.random(len(joint))[:, None] >= self._next_limits[states, joint]).sum(
            axis=1
        )
        over = self._terminal[following]
        anew = over | ((time + 1) % self.horizon == 0)
        fresh = np.where(anew, self.begin(len(joint), rng), following)
        return self._rewards[states, joint], self._payoffs[states, joint], following, over, fresh


def _by_joint_action(payoffs: np.ndarray) -> np.ndarray:
    """(K, N, A_0, ..) to (K, J, N), so that one joint action's rewards lie side by side."""
    flat = payoffs.reshape(*payoffs.shape[:2], -1)
    return np.ascontiguousarray(np.moveaxis(flat, 1, 2), dtype=float)
