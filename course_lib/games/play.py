"""PettingZoo faces of the table games, so that any multi-agent code can play them."""

from copy import copy

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from course_lib import validate

from .markov import MarkovGame


class TableEnv(ParallelEnv):
    """What the faces share: agents ``agent_0`` .., discrete actions, and one numpy generator for
    all chance.

    Raises ValueError for a step after the end, a missing or unknown agent, and an action out of
    range.
    """

    render_mode = None

    def __init__(self, actions: tuple[int, ...], observation_space: spaces.Space):
        """``actions`` is the number of actions of each agent; the observation space is the same for
        all."""
        self.possible_agents = [f"agent_{i}" for i in range(len(actions))]
        self.agents: list[str] = []
        self._observation_spaces = dict.fromkeys(self.possible_agents, observation_space)
        self._action_spaces = {
            f"agent_{i}": spaces.Discrete(size) for i, size in enumerate(actions)
        }
        self._rng = np.random.default_rng()
        self._steps = 0

    def observation_space(self, agent):
        """Space of what ``agent`` sees."""
        return self._observation_spaces[agent]

    def action_space(self, agent):
        """``Discrete`` over the actions of ``agent``."""
        return self._action_spaces[agent]

    def reset(self, seed=None, options=None):
        """Begin an episode; ``seed`` fixes the chance of this and later episodes."""
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self.agents = list(self.possible_agents)
        self._steps = 0
        observation = self._first()
        return {agent: copy(observation) for agent in self.agents}, {
            agent: {} for agent in self.agents
        }

    def _first(self):
        """Observation of all agents at the start of an episode."""
        return np.zeros(1, np.int64)

    def _joint(self, actions) -> tuple[int, ...]:
        if not self.agents:
            raise ValueError(
                "the episode is over (or was never begun); call reset() before the next step"
            )
        if set(actions) != set(self.agents):
            raise ValueError(
                f"give one action for each of {self.agents}, got actions for {sorted(actions)}"
            )
        for agent, action in actions.items():
            if not self._action_spaces[agent].contains(action):
                raise ValueError(
                    f"action {action!r} of {agent} is not one of 0 .. "
                    f"{self.action_space(agent).n - 1}"
                )
        self._steps += 1
        return tuple(int(actions[agent]) for agent in self.agents)

    def _answers(self, observation, rewards, terminated: bool, truncated: bool):
        """The five dictionaries of a PettingZoo step; ``rewards`` is one number per agent."""
        seen = {agent: copy(observation) for agent in self.agents}
        earned = {
            agent: float(reward)
            for agent, reward in zip(
                self.agents,
                rewards,
                strict=True,
            )
        }
        over = dict.fromkeys(self.agents, terminated), dict.fromkeys(self.agents, truncated)
        infos = {agent: {} for agent in self.agents}
        if terminated or truncated:
            self.agents = []
        return seen, earned, *over, infos


class MarkovEnv(TableEnv):
    """A MarkovGame. Agents see the features of the state, (F,) integers; ``infos`` are empty."""

    metadata = {"name": "markov_game_v0", "render_modes": []}

    def __init__(self, game: MarkovGame):
        validate.instance("game", game, MarkovGame, "for example patch_the_network()")
        super().__init__(game.shape, spaces.MultiDiscrete(game.features.max(axis=0) + 1))
        self.game, self.state = game, game.first_state

    def _first(self):
        self.state = int(self._rng.choice(self.game.states, p=self.game.start))
        return self.game.features[self.state].astype(np.int64)

    def step(self, actions):
        """One tick; terminated in a terminal state, truncated after ``game.horizon`` ticks."""
        here = (self.state, *self._joint(actions))
        self.state = int(self._rng.choice(self.game.states, p=self.game.transitions[here]))
        rewards = [self.game.rewards[here]] * self.game.agents
        terminated = bool(self.game.terminal[self.state])
        truncated = not terminated and self._steps >= self.game.horizon
        return self._answers(
            self.game.features[self.state].astype(np.int64), rewards, terminated, truncated
        )
