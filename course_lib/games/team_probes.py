"""Probes for learners of teams: the smallest worlds that a broken one fails, one mistake each.

Each is a game whose answer is known exactly, with the method that must pass it. Run `PROBES` of
`probes` first; they find the mistakes that have nothing to do with a team.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .factoring import factoring, one_shot, two_step
from .markov import MarkovGame
from .matrix import team_game
from .team_batch import TeamBatch


@dataclass(frozen=True)
class TeamProbe:
    """A game, what the agents see of it, and what is wrong with a learner that fails."""

    game: Callable[[], MarkovGame]
    """Builds the game."""
    method: str
    """Who must pass."""
    mistake: str
    """What is wrong with a learner that does not, having passed the probes before."""
    blind: bool = False
    """Whether the agents see nothing: all states look alike to them."""

    def env(self, num_envs: int = 64) -> TeamBatch:
        """``num_envs`` copies to learn in."""
        game = self.game()
        sees = np.ones((game.states, game.agents, 1)) if self.blind else None
        return TeamBatch(game, num_envs, sees)


def hidden_state() -> MarkovGame:
    """A coin that no agent sees pays +1 or -1, whatever is done: only the state tells the value."""
    lucky, unlucky, over = range(3)
    rewards = np.zeros((3, 2, 2))
    rewards[lucky] = 1
    rewards[unlucky] = -1
    transitions = np.zeros((3, 2, 2, 3))
    transitions[..., over] = 1
    return MarkovGame(
        "hidden state",
        rewards,
        transitions,
        start=np.array([0.5, 0.5, 0]),
        terminal=np.eye(3, dtype=bool)[over],
        discount=0.99,
        horizon=1,
        actions=(("a", "b"),) * 2,
        features=np.arange(3)[:, None],
    )


def two_payers() -> MarkovGame:
    """Each agent's own action pays its own share: 0 or 1 by agent 0, 0 or 10 by agent 1."""
    return one_shot(team_game("two payers", ((0, 10), (1, 11)), "ab"))


def both_or_nothing() -> MarkovGame:
    """One point if both agents do b, else nothing: it rises with both, and is no sum."""
    return one_shot(team_game("both or nothing", ((0, 0), (0, 1)), "ab"))


def idle_agent() -> MarkovGame:
    """Agent 0's action pays 0 or 1; agent 1's changes nothing, so its credit is exactly 0."""
    return one_shot(team_game("idle agent", ((0, 0), (1, 1)), "ab"))


TEAM_PROBES = {
    "hidden state": TeamProbe(
        hidden_state,
        "MAPPO",
        "the state does not reach the critic: all values are near 0",
        blind=True,
    ),
    "two payers": TeamProbe(
        two_payers,
        "VDN",
        "the sum or its gradient leaves an agent out: one of the shares is not learned",
    ),
    "both or nothing": TeamProbe(
        both_or_nothing,
        "QMIX",
        "the mixer is linear, or not monotone: it learns -0.25, 0.25, 0.25, 0.75",
    ),
    "two steps": TeamProbe(
        two_step,
        "QMIX",
        "the next state does not reach the mixer of the target: the first step is worth less",
    ),
    "factoring": TeamProbe(
        lambda: one_shot(factoring()),
        "QTRAN",
        "the joint value does not correct the sum: it stays as wrong as VDN's",
    ),
    "idle agent": TeamProbe(
        idle_agent,
        "COMA",
        "the baseline is not the mean over the agent's own actions: the idle agent gets credit",
    ),
}
"""All probes in the order in which they should be tried."""
