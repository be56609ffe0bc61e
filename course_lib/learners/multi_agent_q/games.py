"""The games as a learner meets them: many runs of one game, stepped together with numpy.

R runs, N agents, S states, J joint actions, K outcomes of a game of chance. Joint actions are flat
numbers below J, the product of the agents' numbers of actions, in numpy's order (the last agent
changes fastest).
"""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from course_lib import array_checks, validate


@runtime_checkable
class MatrixGame(Protocol):
    """A game of one state, with K outcomes of chance."""

    outcomes: np.ndarray
    """(K, N, A_0, ...) payoffs."""
    probabilities: np.ndarray
    """(K,)."""


@runtime_checkable
class TeamGame(Protocol):
    """A game with S states and one reward for all."""

    transitions: np.ndarray
    """(S, A_0, ..., S) probability of each next state."""
    rewards: np.ndarray
    """(S, A_0, ...)."""
    start: np.ndarray
    """(S,) probability of each first state."""
    terminal: np.ndarray
    """(S,) bool."""
    discount: float
    horizon: int
    """Ticks of an episode."""


Game = MatrixGame | TeamGame | ArrayLike
"""What can be learned: an array is a table (A_0, ..., A_N-1) of shared payoffs."""


class Step(NamedTuple):
    """What one play or tick gives, in every run."""

    rewards: np.ndarray
    """(R, N) what the learners get."""
    payoff: np.ndarray
    """(R,) what the game pays, in the mean over the agents."""
    next_states: np.ndarray
    """(R,) where the joint action led."""
    done: np.ndarray
    """(R,) bool: the episode ended there."""
    fresh_states: np.ndarray
    """(R,) where the run goes on: ``next_states``, or the first state of a new episode."""


class World(Protocol):
    """One game, played in many runs at once."""

    actions: tuple[int, ...]
    """Number of actions of each agent."""
    states: int
    discount: float
    first_state: int
    expected: np.ndarray | None
    """(J,) expected payoff of each joint action; None where there are several states."""

    def begin(self, runs: int, rng: np.random.Generator) -> np.ndarray:
        """First state of every run (R,)."""

    def step(
        self, states: np.ndarray, joint: np.ndarray, time: int, rng: np.random.Generator
    ) -> Step:
        """Play the joint actions (R,) in the states (R,); ``time`` counts plays from 0."""


def make_world(game: Game, credit: str = "team", default: int | None = None) -> World:
    """The world of a game.

    Args:
        game: a `TeamGame`, a `MatrixGame`, or an array (A_0, ..., A_N-1) of shared payoffs.
        credit: "team" gives what the game pays; "difference" gives difference rewards.
        default: for difference rewards, the action that stands for "agent absent"; None averages
            over its actions.
    """
    if isinstance(game, TeamGame):
        agents = game.rewards.ndim - 1
        shared = np.asarray(game.rewards, dtype=float)[:, None]
        return ManyStates(
            game,
            _credited(
                np.repeat(shared, agents, axis=1),
                credit,
                default,
            ),
        )
    if isinstance(game, MatrixGame):
        rewards = _credited(game.outcomes, credit, default)
        return OneState(rewards, game.probabilities, game.outcomes)
    table = array_checks.numbers("game", game)
    if table.ndim < 2 or not table.size:
        raise ValueError(
            f"payoffs need one axis per agent (two or more), and actions; got shape {table.shape}"
        )
    outcomes = np.repeat(
        table[None, None],
        table.ndim,
        axis=1,
    )
    return OneState(
        _credited(outcomes, credit, default),
        np.ones(1),
        outcomes,
    )


def difference_rewards(payoffs: np.ndarray, default: int | None = None) -> np.ndarray:
    """What each agent's presence changed: D_i(a) = G_i(a) - G_i(a with agent i's action replaced).

    Args:
        payoffs: (N, A_0, ..., A_N-1), one table per agent.
        default: the replacing action, or None for the mean over all actions of the agent.

    Returns the same shape. The part of the payoff that agent i has no influence on cancels; what is
    best for i, given the others, stays the same (Wolpert & Tumer, 2001; the guidelines, section
    7.3).
    """
    payoffs = array_checks.numbers("payoffs", payoffs)
    if payoffs.ndim < 2 or payoffs.ndim != 1 + payoffs.shape[0]:
        raise ValueError(
            "payoffs must have the shape (N, A_0, ..., A_N-1), one table per agent; got "
            f"{payoffs.shape}"
        )
    if default is not None:
        validate.whole_number("default", default, 0, min(payoffs.shape[1:]) - 1)
    result = np.empty_like(payoffs)
    for agent, own in enumerate(payoffs):
        if default is None:
            absent = own.mean(axis=agent, keepdims=True)
        else:
            absent = own.take([default], axis=agent)
        result[agent] = own - absent
    return result


def _credited(payoffs: np.ndarray, credit: str, default: int | None) -> np.ndarray:
    """Payoffs (K, N, A_0, ..) or (S, N, A_0, ..) as the learners get them: within one outcome or
    state each.

    In a game with states only this tick's difference counts. What the replaced action would have
    led to later is not followed, since that would need every episode to be played again.
    """
    if credit not in ("team", "difference"):
        raise ValueError(f"credit={credit!r} is unknown; allowed: team, difference")
    if credit == "team":
        return payoffs
    return np.stack([difference_rewards(table, default) for table in payoffs])


class OneState:
    """A matrix game: one state, every play is an episode, no future."""

    states = 1
    first_state = 0
    discount = 0.0

    def __init__(self, rewards: np.ndarray, probabilities: np.ndarray, payoffs: np.ndarray):
        """``rewards`` (K, N, A_0, ..): what the learners get; ``payoffs``, same shape: what the
        game pays."""
        self.actions = payoffs.shape[2:]
        self._limits = np.cumsum(probabilities)[:-1]
        self._rewards = _by_joint_action(rewards)
        self._payoffs = _by_joint_action(payoffs).mean(axis=2)
        self.expected = np.asarray(probabilities) @ self._payoffs

    def begin(self, runs: int, rng: np.random.Generator) -> np.ndarray:
        """First state of every run (R,)."""
        return np.zeros(runs, dtype=int)

    def step(
        self, states: np.ndarray, joint: np.ndarray, time: int, rng: np.random.Generator
    ) -> Step:
        """One play, which is a whole episode."""
        outcome = self._limits.searchsorted(rng.random(len(joint)), side="right")
        return Step(
            rewards=self._rewards[outcome, joint],
            payoff=self._payoffs[outcome, joint],
            next_states=states,
            done=np.ones(len(joint), dtype=bool),
            fresh_states=states,
        )


class ManyStates:
    """A team game with states. An episode ends in a terminal state, or is cut off after ``horizon``
    steps."""

    expected = None

    def __init__(self, game: TeamGame, rewards: np.ndarray):
        """``rewards`` (S, N, A_0, ..): what the learners get for a joint action in a state."""
        self.states = len(game.start)
        self.actions = tuple(game.rewards.shape[1:])
        self.discount = game.discount
        self.horizon = game.horizon
        self.first_state = int(np.argmax(game.start))
        self._terminal = np.asarray(game.terminal)
        self._rewards = _by_joint_action(rewards)
        self._payoffs = np.asarray(game.rewards, dtype=float).reshape(self.states, -1)
        # A number drawn uniformly is compared with these limits between neighbouring next states.
        limits = np.cumsum(
            game.transitions.reshape(
                self.states,
                -1,
                self.states,
            ),
            axis=2,
        )
        self._next_limits = limits[:, :, :-1]
        self._start_limits = np.cumsum(game.start)[:-1]

    def begin(self, runs: int, rng: np.random.Generator) -> np.ndarray:
        """First state of every run (R,)."""
        return self._start_limits.searchsorted(rng.random(runs), side="right")

    def step(
        self, states: np.ndarray, joint: np.ndarray, time: int, rng: np.random.Generator
    ) -> Step:
        """One tick. Runs that ended, or all when the horizon is reached, go on from a fresh
        state."""
        drawn = rng.random(len(joint))[:, None]
        next_states = (drawn >= self._next_limits[states, joint]).sum(axis=1)
        done = self._terminal[next_states]
        clock_ran_out = (time + 1) % self.horizon == 0
        fresh = np.where(
            done | clock_ran_out,
            self.begin(len(joint), rng),
            next_states,
        )
        return Step(
            rewards=self._rewards[states, joint],
            payoff=self._payoffs[states, joint],
            next_states=next_states,
            done=done,
            fresh_states=fresh,
        )


def _by_joint_action(payoffs: np.ndarray) -> np.ndarray:
    """(K, N, A_0, ..) to (K, J, N), so that one joint action's rewards lie side by side."""
    flat = payoffs.reshape(*payoffs.shape[:2], -1)
    return np.ascontiguousarray(
        np.moveaxis(flat, 1, 2),
        dtype=float,
    )
