"""Many copies of a team game in lock step, in the form that learners of teams ask for."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course_lib.array_checks import numbers
from course_lib.validate import instance, whole_number

from .markov import MarkovGame


class TeamBatch:
    """E copies of a MarkovGame, for the learners of teams (`learners.TeamEnv`).

    The state is one-hot over the states of the game. An agent sees the same, unless ``sees`` says
    otherwise.

    Attributes: ``num_envs`` E, ``agents`` N, ``actions``, ``obs_size`` F, ``state_size`` S.
    """

    def __init__(self, game: MarkovGame, num_envs: int = 64, sees: ArrayLike | None = None):
        """``sees``: (S, N, F) what each agent sees in each state.

        ValueError where the agents have different numbers of actions, or ``sees`` does not fit.
        """
        instance("game", game, MarkovGame, "make one, for example with games.one_shot")
        if len(set(game.shape)) > 1:
            raise ValueError(f"agents must have the same number of actions, not {game.shape}")
        self.game = game
        self.num_envs = whole_number("num_envs", num_envs, 1, 1_000_000)
        self.agents = game.agents
        self.actions = game.shape[0]
        self.state_size = game.states
        if sees is None:
            # Everybody sees the state itself, as one-hot.
            one_hot = np.eye(game.states)[:, None]
            sees = np.repeat(one_hot, game.agents, axis=1)
        self.sees = numbers("sees", sees, None, None, None).astype(np.float32)
        if self.sees.shape[:2] != (game.states, game.agents):
            raise ValueError(
                f"sees has shape {self.sees.shape}; its first axes are states and agents, "
                f"({game.states}, {game.agents}, F)"
            )
        self.obs_size = self.sees.shape[2]
        self._rng = np.random.default_rng()

    def reset(self, seed: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Begin new episodes everywhere: observations (E, N, F) and state (E, S), float32."""
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self._state = self._first_states()
        self._ticks = np.zeros(self.num_envs, int)
        return self._seen()

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Joint actions (E, N) -> observations, state, reward (E, N), terminated (E,), truncated
        (E,), and info with what followed the actions: "final_obs" and "final_state"."""
        array = np.asarray(actions)
        wanted = (self.num_envs, self.agents)
        if array.shape != wanted:
            raise ValueError(f"actions have shape {array.shape}; give one per agent, {wanted}")
        if array.min() < 0 or array.max() >= self.actions:
            raise ValueError(f"an action is not one of 0 to {self.actions - 1}")
        # One entry of the tables for each environment: its state, and the action of every agent.
        chosen = (self._state, *array.T)
        team_reward = self.game.rewards[chosen].astype(np.float32)
        reward = np.repeat(team_reward[:, None], self.agents, axis=1)
        self._state = self._drawn(self.game.transitions[chosen])
        self._ticks += 1
        terminated = self.game.terminal[self._state]
        truncated = ~terminated & (self._ticks >= self.game.horizon)
        final_obs, final_state = self._seen()
        # Where an episode is over, what is returned already belongs to the next one; learners
        # that look ahead take what really followed from the info.
        over = terminated | truncated
        self._state = np.where(over, self._first_states(), self._state)
        self._ticks[over] = 0
        obs, state = self._seen()
        info = {"final_obs": final_obs, "final_state": final_state}
        return obs, state, reward, terminated, truncated, info

    def _seen(self) -> tuple[np.ndarray, np.ndarray]:
        state = np.eye(self.game.states, dtype=np.float32)[self._state]
        return self.sees[self._state], state

    def _first_states(self) -> np.ndarray:
        return self._drawn(np.repeat(self.game.start[None], self.num_envs, axis=0))

    def _drawn(self, probabilities: np.ndarray) -> np.ndarray:
        """One state of each row (E, S) of probabilities."""
        # How many sums of probabilities one uniform number has passed is the state drawn.
        uniform = self._rng.random((self.num_envs, 1))
        passed = probabilities.cumsum(axis=1) <= uniform
        # Rounding may leave the last sum a hair below 1.
        return np.minimum(passed.sum(axis=1), self.game.states - 1)
