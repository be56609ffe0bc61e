"""A matrix game: every agent chooses one action at the same moment, and a table says what each of
them gets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from course_lib import array_checks, validate


@dataclass(frozen=True, eq=False)
class MatrixGame:
    """A one-shot game of N agents. Agent i has ``shape[i]`` actions; a joint action indexes the
    payoff tables.

    Raises ValueError when tables, probabilities and names do not fit together.
    """

    name: str
    """How the game is called in figures and tables."""
    outcomes: np.ndarray
    """Payoffs (K, N, A_0, ..., A_N-1) float: one table for each of K equally shaped outcomes of
    chance."""
    probabilities: np.ndarray
    """Probability (K,) of each outcome; chance is drawn anew in every play, once for all agents."""
    actions: tuple[tuple[str, ...], ...]
    """Names of the actions, one tuple per agent."""
    story: str = ""
    """The security situation the table stands for, in a sentence or two."""

    def __post_init__(self):
        for field in ("outcomes", "probabilities"):
            table = array_checks.numbers(field, getattr(self, field))
            table.setflags(write=False)
            object.__setattr__(self, field, table)
        validate.word("name", self.name)
        validate.word("story", self.story)
        outcomes, probabilities = self.outcomes, self.probabilities
        if outcomes.ndim < 3 or outcomes.ndim != 2 + outcomes.shape[1]:
            shape = "(K, N, A_0, ..., A_N-1)"
            raise ValueError(
                f"outcomes must have the shape {shape}, one action axis per agent; got "
                f"{outcomes.shape}"
            )
        if probabilities.shape != outcomes.shape[:1]:
            raise ValueError(
                f"{outcomes.shape[0]} outcomes need as many probabilities, got "
                f"{probabilities.shape}"
            )
        if (probabilities < 0).any() or not np.isclose(probabilities.sum(), 1):
            raise ValueError(
                f"probabilities must be at least 0 and sum to 1, got {probabilities.tolist()}"
            )
        for names in self.actions:
            if not isinstance(names, Sequence):
                raise ValueError(f"names of actions are words, not {validate.shown(names)}")
        if tuple(len(names) for names in self.actions) != outcomes.shape[2:]:
            axes, shown = outcomes.shape[2:], validate.shown(self.actions)
            raise ValueError(f"action names must match the action axes {axes}, got {shown}")

    @property
    def payoffs(self) -> np.ndarray:
        """Expected payoffs (N, A_0, ..., A_N-1)."""
        return np.tensordot(self.probabilities, self.outcomes, axes=1)

    @property
    def team_payoffs(self) -> np.ndarray:
        """Expected payoff (A_0, ..., A_N-1) that all agents share; ValueError when the game is not
        cooperative."""
        if self.kind != "cooperative":
            raise ValueError(
                f"{self.name} is {self.kind}: its agents share no payoff; use .payoffs"
            )
        return self.payoffs[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of actions of each agent."""
        return self.outcomes.shape[2:]

    @property
    def agents(self) -> int:
        """Number of agents, N."""
        return self.outcomes.shape[1]

    @property
    def kind(self) -> str:
        """ "cooperative" (equal payoffs), "zero-sum" (they sum to 0) or "general-sum", read off the
        tables."""
        if np.allclose(self.outcomes, self.outcomes[:, :1]):
            return "cooperative"
        return "zero-sum" if np.allclose(self.outcomes.sum(axis=1), 0) else "general-sum"

    def averaged(self) -> "MatrixGame":
        """The same game with every payoff replaced by its expectation, so that chance plays no
        part."""
        return MatrixGame(
            f"{self.name}, averaged", self.payoffs[None], np.ones(1), self.actions, self.story
        )


def team_game(
    name: str, tables: ArrayLike, actions, story: str = "", probabilities: ArrayLike | None = None
):
    """A cooperative MatrixGame.

    ``tables`` is one shared payoff table (A_0, ..., A_N-1), or, when ``probabilities`` (K,) is
    given, K of them. ``actions`` is one tuple of names for all agents.
    """
    tables = array_checks.numbers("tables", tables)
    if not isinstance(actions, Sequence):
        raise ValueError(f"actions={validate.shown(actions)} is no tuple of names")
    if probabilities is None:
        tables, probabilities = tables[None], np.ones(1)
    agents = tables.ndim - 1
    outcomes = np.repeat(tables[:, None], agents, axis=1)
    return MatrixGame(
        name,
        outcomes,
        array_checks.numbers("probabilities", probabilities),
        (tuple(actions),) * agents,
        story,
    )
