"""RiverSwim, the classic small world in which trying things at random is not enough, and a
Gymnasium face for tables.

The security story: a patching river. A campaign brings a fleet through six stages, from "known
vulnerable" to "fully patched". Each tick the team either drops the campaign for easy tickets
(action 0: a stage is lost, and at the first stage the tickets pay a little) or pushes on (action 1:
it may advance, stall, or be undone by new machines and new holes). Only the last stage pays well,
and nobody who now and then pushes for a single tick ever gets there.

Source: Strehl & Littman (2008), "An analysis of model-based interval estimation"; this is the
variant with horizon 20 whose best value is known to four digits, see `river_swim`.
"""

import bisect

import gymnasium
import numpy as np
from gymnasium import spaces

from course_lib import validate

from .markov import MarkovGame

LONGEST = 2_000
"""States of a river, at most: the table of its transitions grows with their square."""


def river_swim(states: int = 6, horizon: int = 20, hold: float = 0.6) -> MarkovGame:
    """The river as tables of one agent: transitions (S, 2, S), rewards (S, 2), start in state 0.

    Args:
        states: length of the river, at least 3.
        horizon: steps of an episode.
        hold: probability to stay at the right end when pushing there; otherwise the current takes
            one step left. With six states and horizon 20 the best undiscounted value from the start
            is 3.3973 for ``hold=0.6`` and 2.7492 for ``hold=0.4``. The two are easily confused, so
            always say which.
    """
    validate.whole_number("states", states, 3, LONGEST)
    validate.whole_number("horizon", horizon, 1)
    validate.probability("hold", hold)
    transitions = np.zeros((states, 2, states))
    transitions[np.arange(states), 0, np.maximum(np.arange(states) - 1, 0)] = (
        1  # drifting left always works
    )
    transitions[0, 1, :2] = 0.4, 0.6
    for s in range(1, states - 1):
        transitions[s, 1, s - 1 : s + 2] = 0.05, 0.6, 0.35
    transitions[-1, 1, -2:] = 1 - hold, hold
    rewards = np.zeros((states, 2))
    rewards[0, 0], rewards[-1, 1] = 0.005, 1.0
    return MarkovGame(
        name=f"RiverSwim, {states} states",
        rewards=rewards,
        transitions=transitions,
        start=np.eye(states)[0],
        terminal=np.zeros(states, dtype=bool),
        discount=0.99,
        horizon=horizon,
        actions=(("left", "right"),),
        features=np.arange(states)[:, None],
        story=(
            "A patching campaign swims upstream: easy tickets pay at once, a patched fleet pays "
            "well and late."
        ),
    )


class OneAgentEnv(gymnasium.Env):
    """A MarkovGame of one agent with the Gymnasium interface: sees the number of the state,
    truncated at the horizon.

    Raises ValueError for a game of several agents, a step after the end and an action out of range.
    """

    def __init__(self, game: MarkovGame):
        validate.instance("game", game, MarkovGame, "for example river_swim()")
        if game.agents != 1:
            raise ValueError(
                f"{game.name} has {game.agents} agents; use MarkovEnv for games of several"
            )
        self.game = game
        self.observation_space = spaces.Discrete(game.states)
        self.action_space = spaces.Discrete(game.shape[0])
        self._limits = np.cumsum(game.transitions, axis=2)[
            :, :, :-1
        ].tolist()  # plain lists: one draw is a bisection
        self._start = np.cumsum(game.start)[:-1].tolist()
        self._rewards, self._terminal = game.rewards.tolist(), game.terminal.tolist()
        self._ticks = game.horizon
        self.state = 0

    def reset(self, *, seed=None, options=None):
        """Begin an episode."""
        super().reset(seed=seed)
        self.state, self._ticks = bisect.bisect(self._start, self.np_random.random()), 0
        return self.state, {}

    def step(self, action):
        """One tick; terminated in a terminal state, truncated after ``game.horizon`` ticks."""
        if self._ticks >= self.game.horizon or self._terminal[self.state]:
            raise ValueError(
                "the episode is over (or was never begun); call reset() before the next step"
            )
        if not self.action_space.contains(action):
            raise ValueError(f"action {action!r} is not one of 0 .. {self.action_space.n - 1}")
        reward = self._rewards[self.state][action]
        self.state = bisect.bisect(self._limits[self.state][action], self.np_random.random())
        self._ticks += 1
        terminated = self._terminal[self.state]
        return (
            self.state,
            reward,
            terminated,
            not terminated and self._ticks >= self.game.horizon,
            {},
        )
