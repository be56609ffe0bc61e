"""Team games with several states, written down as tables, and their exact values.

A policy of the team is an integer array (N, S): the action of each agent in each state. Values are
expected discounted sums of the team reward from each state on, (S,) floats.

Sources: Markov games, Littman (1994); value iteration and policy evaluation, Sutton & Barto
(2018), chapter 4.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_lib import array_checks, validate


@dataclass(frozen=True, eq=False)
class MarkovGame:
    """A cooperative game of N agents and S states; every agent sees the state and gets the same
    reward.

    Raises ValueError when the tables do not fit together.
    """

    name: str
    """How the game is called in figures and tables."""
    rewards: np.ndarray
    """Expected team reward (S, A_0, ..., A_N-1) of a joint action in a state."""
    transitions: np.ndarray
    """Probability (S, A_0, ..., A_N-1, S) of the next state."""
    start: np.ndarray
    """Probability (S,) of the first state."""
    terminal: np.ndarray
    """True (S,) where the episode is over; no reward comes after it."""
    discount: float
    """Weight of the next step's reward, in [0, 1)."""
    horizon: int
    """Steps after which an episode is cut off (a truncation: the values below look beyond it)."""
    actions: tuple[tuple[str, ...], ...]
    """Names of the actions, one tuple per agent."""
    features: np.ndarray
    """What a state looks like, (S, F) integers; the row of a state is the agents' observation."""
    story: str = ""
    """The security situation the tables stand for."""

    def __post_init__(self):
        for field in ("rewards", "transitions", "start", "terminal", "features"):
            table = np.array(getattr(self, field))
            table.setflags(write=False)
            object.__setattr__(self, field, table)
        joint = (self.states, *self.shape)
        expected = {
            "rewards": joint,
            "transitions": (*joint, self.states),
            "terminal": (self.states,),
        }
        for field, wanted in expected.items():
            if getattr(self, field).shape != wanted:
                raise ValueError(
                    f"{field} must have the shape {wanted}, got {getattr(self, field).shape}"
                )
        for field in ("transitions", "start"):
            table = getattr(self, field)
            if (table < 0).any() or not np.allclose(table.sum(axis=-1), 1):
                raise ValueError(
                    f"{field} must hold probabilities that sum to 1 over the (next) states"
                )
        validate.in_range("discount", self.discount, 0, below=1)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of actions of each agent."""
        return tuple(len(names) for names in self.actions)

    @property
    def agents(self) -> int:
        """Number of agents, N."""
        return len(self.actions)

    @property
    def states(self) -> int:
        """Number of states, S."""
        return len(self.start)

    @property
    def first_state(self) -> int:
        """The most likely first state."""
        return int(np.argmax(self.start))


def check_game(game: object) -> None:
    """ValueError for anything that is no MarkovGame."""
    validate.instance("game", game, MarkovGame, "for example patch_the_network()")


def stage_payoffs(game: MarkovGame, values: np.ndarray) -> np.ndarray:
    """Value (S, A_0, ..., A_N-1) of each joint action, when the states it leads to are worth
    ``values`` (S,).

    With the optimal values these are the matrix games hidden in the states: ``stage_payoffs(game,
    v)[s]`` is a team payoff table.
    """
    check_game(game)
    values = array_checks.numbers("values", values, game.states)
    future = game.transitions @ np.where(game.terminal, 0.0, values)
    stage = game.rewards + game.discount * future
    return np.where(
        game.terminal.reshape((-1,) + (1,) * game.agents),
        0.0,
        stage,
    )


def optimal_values(game: MarkovGame) -> np.ndarray:
    """Best values (S,) any joint policy can reach, by value iteration over joint actions."""
    check_game(game)
    return _value_iteration(game, lambda stage: stage.reshape(game.states, -1).max(axis=1))


def _value_iteration(game: MarkovGame, best: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Values (S,) at which ``best``, from the stage payoffs to the best values (S,), changes
    nothing any more."""
    values = np.zeros(game.states)
    while True:
        better = best(stage_payoffs(game, values))
        if np.abs(better - values).max() < 1e-10 * (1 - game.discount):
            return better
        values = better


def optimal_policy(game: MarkovGame) -> np.ndarray:
    """A best joint policy (N, S); among equally good joint actions the lexicographically first."""
    stage = stage_payoffs(game, optimal_values(game)).reshape(game.states, -1)
    best = np.argmax(stage >= stage.max(axis=1, keepdims=True) - 1e-8, axis=1)
    return np.stack(np.unravel_index(best, game.shape))


def policy_values(game: MarkovGame, policy: np.ndarray) -> np.ndarray:
    """Values (S,) of a joint policy (N, S), by solving the linear system ``v = r + discount * P
    v``."""
    policy = _checked(game, policy)
    chosen = (np.arange(game.states), *policy)
    going_on = np.where(game.terminal, 0.0, 1.0)
    # Nothing is paid in a terminal state, and nothing follows where one is reached.
    moves = game.transitions[chosen] * going_on[:, None] * going_on[None, :]
    rewards = game.rewards[chosen] * going_on
    return np.linalg.solve(np.eye(game.states) - game.discount * moves, rewards)


def _checked(game: MarkovGame, policy: np.ndarray) -> np.ndarray:
    check_game(game)
    policy = array_checks.whole_numbers("policy", policy)
    sizes = np.reshape(game.shape, (-1, 1))
    fits = policy.shape == (game.agents, game.states)
    if not fits or (policy < 0).any() or (policy >= sizes).any():
        wanted = f"({game.agents}, {game.states}) of action numbers below {game.shape}"
        raise ValueError(f"a policy is an integer array {wanted}; got one of shape {policy.shape}")
    return policy
