"""What is kept of a training in tables. Letters as in `learn`; P recorded moments, F followed
runs."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .games import World


class Length(Protocol):
    """How long is played, and what is recorded: `learn.Training`."""

    runs: int
    plays: int
    moments: int
    followed: int


class Players(Protocol):
    """Who is watched: `learn.Team`."""

    world: World
    values: np.ndarray

    def greedy_actions(self, state: int) -> np.ndarray:
        """(R, N) int: what each agent would do in ``state`` without exploring."""


@dataclass(frozen=True, eq=False)
class Record:
    """What happened in R runs, at P recorded moments; moment p comes after ``plays[p]`` plays."""

    plays: np.ndarray
    """(P,) plays made so far."""
    epsilon: np.ndarray
    """(P,) mean exploration probability since the moment before."""
    exploring: np.ndarray
    """(P,) share of plays since the moment before in which at least one learner explored."""
    payoff: np.ndarray
    """(P, R) mean payoff per play since the moment before (mean over agents where they are paid
    differently)."""
    greedy_path: np.ndarray
    """(P, R, N) int: greedy action of each agent in the first state."""
    values_path: np.ndarray
    """(P, F, learners, S, A) values of the followed runs; -inf where a learner has fewer actions
    than A."""
    greedy: np.ndarray
    """(R, N, S) int: greedy joint policy at the end."""
    values: np.ndarray
    """(R, learners, S, A) values at the end."""
    optimal: np.ndarray | None
    """(R,) bool: the final greedy joint action has the largest expected payoff (matrix games; else
    None)."""

    @property
    def final_joint(self) -> np.ndarray:
        """(R, N) int: final greedy joint action in state 0, the only state of a matrix game."""
        return self.greedy[:, :, 0]


class History:
    """Collects a Record while a team plays."""

    def __init__(self, training: Length, team: Players):
        """``training``: its length and its moments; ``team``: the learners to watch."""
        self._team = team
        self._followed = training.followed
        # The last play of each moment, counted from 1: evenly spaced, the last one at the end.
        self._marks = np.arange(1, training.moments + 1) * training.plays // training.moments
        moments = training.moments
        self._epsilon = np.zeros(moments)
        self._exploring = np.zeros(moments)
        self._payoff = np.zeros((moments, training.runs))
        agents = len(team.world.actions)
        self._greedy_path = np.zeros((moments, training.runs, agents), dtype=int)
        self._values_path = np.zeros((moments, self._followed, *team.values.shape[1:]))
        self._moment = 0

    def append(self, play: int, epsilon: float, payoff: np.ndarray, explored: np.ndarray) -> None:
        """Add one play: ``payoff`` (R,) and whether anybody ``explored`` (R,) in it."""
        moment = self._moment
        self._epsilon[moment] += epsilon
        self._exploring[moment] += explored.mean()
        self._payoff[moment] += payoff
        if play + 1 == self._marks[moment]:
            self._greedy_path[moment] = self._team.greedy_actions(self._team.world.first_state)
            self._values_path[moment] = self._team.values[: self._followed]
            self._moment += 1

    def record(self) -> Record:
        """Everything so far, sums turned into means."""
        team = self._team
        lengths = np.diff(self._marks, prepend=0)
        states = range(team.world.states)
        greedy = np.stack([team.greedy_actions(state) for state in states], axis=2)
        return Record(
            plays=self._marks,
            epsilon=self._epsilon / lengths,
            exploring=self._exploring / lengths,
            payoff=self._payoff / lengths[:, None],
            greedy_path=self._greedy_path,
            values_path=self._values_path,
            greedy=greedy,
            values=team.values,
            optimal=_optimal(team.world, greedy[:, :, 0]),
        )


def _optimal(world: World, joint: np.ndarray) -> np.ndarray | None:
    """Which runs' joint actions (R, N) have the largest expected payoff (R,); None for a game with
    states."""
    if world.expected is None:
        return None
    number = np.ravel_multi_index(tuple(joint.T), world.actions)
    best = world.expected.max() - 1e-9
    return world.expected[number] >= best
