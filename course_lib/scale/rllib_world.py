"""The range as RLlib sees it: each leaf of a team is an agent, and decides when it is free.

The team plays as ever. It passes messages up, sends commands down, keeps notes and consults its
doctrine; only the leaves' actions come from RLlib. What a leaf decides on is one row of numbers:

    phase (1) | command (8) | message (76) | IOC (1) | doctrine (82) | allowed (82) | notes (194)

the last part only in teams that keep notes. RLlib adds up the rewards of an agent that is not asked
and gives them to its last decision, which is what a busy tick asks for.
"""

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from ray.rllib.env.multi_agent_env import MultiAgentEnv
from torch import Tensor

from course_lib.cyber_range import VectorRange
from course_lib.hierarchy.decisions import LeafInputs
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.note_entries import NOTES_SIZE
from course_lib.hierarchy.observation import Observation
from course_lib.hierarchy.policy import PolicyConfig
from course_lib.hierarchy.spaces import ACTIONS, CLASSES, MESSAGE
from course_lib.training import load_policy
from course_lib.training.trainer import training_seeds

SIZES = (1, CLASSES, MESSAGE, 1, ACTIONS, ACTIONS)
"""Lengths of the parts of a row that every team has."""

ACTION_SPACE = spaces.Discrete(ACTIONS)
"""What a leaf chooses from."""

Rows = dict[str, np.ndarray]
"""Leaf -> what it decides on."""
Step = tuple[Rows, dict[str, float], dict[str, bool], dict[str, bool], dict]
"""Rows, rewards, terminated, truncated, infos, by leaf."""


def row_length(config: PolicyConfig) -> int:
    """Numbers in the row of a leaf with this policy."""
    return sum(SIZES) + NOTES_SIZE * (config.notes != "none")


def row_space(length: int) -> spaces.Box:
    """Rows of so many numbers."""
    return spaces.Box(-np.inf, np.inf, (length,), np.float32)


def rows_of(asked: LeafInputs) -> np.ndarray:
    """(K, row length) float32, what K leaves decide on."""
    seen = asked.observation
    parts = [seen.phase[:, None], seen.command, seen.message, seen.ioc[:, None]]
    parts += [asked.doctrine, asked.allowed.float()]
    if seen.notes is not None:
        parts.append(seen.notes)
    return torch.cat(parts, dim=1).numpy()


def read_rows(rows: Tensor) -> tuple[Observation, Tensor, Tensor]:
    """The reverse of `rows_of`: observation, doctrine (B, 82) and allowed (B, 82) bool."""
    notes = rows.shape[1] - sum(SIZES)
    parts = rows.split([*SIZES, notes], dim=1)
    phase, command, message, ioc, doctrine, allowed, remembered = parts
    kept = remembered if notes else None
    observation = Observation(phase[:, 0], command, message, ioc[:, 0], kept)
    return observation, doctrine, allowed > 0.5


def team_of(path: str) -> HierarchicalDefender:
    """A saved team with an agent for each leaf, so that no two leaves wait for one another.

    ValueError for a file that is none, agents without a hierarchy, leaves with weights of their
    own, or with a learned memory.
    """
    team = load_policy(path, "per-zone")
    if not isinstance(team, HierarchicalDefender):
        raise ValueError(f"{path} holds no hierarchy, so it has no leaves to train")
    if len(team.team.groups(0)) > 1:
        raise ValueError(f"{path}: the leaves have weights of their own; take share='level'")
    if team.team.config.unit.policy.memory_width:
        raise ValueError(f"{path}: RLlib's rows hold no learned memory; train it with the course")
    return team


class LeafWorld(MultiAgentEnv):
    """One world of the range, in which RLlib decides for the leaves of a team.

    Args:
        config: "team", the file of a saved team; "steps", nominal length of an episode (500).

    Every leaf is rewarded with the team's reward.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        self.team = team_of(config["team"])
        self.world = VectorRange(1, "per-zone", observation="message", steps=config["steps"])
        length = row_length(self.team.team.config.unit.policy)
        names = self.team.team.wiring.names[: len(self.team.zones)]
        self.possible_agents = list(names)
        self.agents = self.possible_agents
        self.observation_spaces = dict.fromkeys(names, row_space(length))
        self.action_spaces = dict.fromkeys(names, ACTION_SPACE)
        self._seen: Rows = {}
        self._episode, _ = training_seeds(0)

    def reset(
        self,
        *,
        seed: int | None = None,
        options: dict | None = None,
    ) -> tuple[Rows, dict]:
        """Begin the next episode; with a seed, the first of the training of that seed, which no
        evaluation plays."""
        if seed is not None:
            self._episode, _ = training_seeds(seed)
        obs, info = self.world.reset(self._episode)
        self.team.reset(self._episode)
        self._episode += 1
        self._seen = {}
        return self._ask(obs, info), {}

    def step(self, action_dict: dict[str, int]) -> Step:
        """Carry out the actions of the leaves that were asked, up to the next question."""
        chosen = [int(action_dict[leaf]) for leaf in self._asked_leaves]
        actions = self.team.carried_out(1, self._asked, np.array(chosen, np.int64))
        points = 0.0
        rows: Rows = {}
        over = False
        # A tick in which everybody is busy is no decision.
        while not rows and not over:
            obs, reward, _, truncated, info = self.world.step(actions)
            points += float(reward[0])
            over = bool(truncated[0])
            # In the end everybody is shown its last row again: RLlib wants to value an end.
            rows = dict(self._seen) if over else self._ask(obs, info)
            actions = self.team.sleeping(1)
        rewards = dict.fromkeys(self.possible_agents, points)
        return rows, rewards, {"__all__": False}, {"__all__": over}, {}

    def _ask(self, obs: np.ndarray, info: dict[str, np.ndarray]) -> Rows:
        """What the free leaves decide on, by name."""
        self._asked = self.team.ask(self.team.open_tick(obs, info))
        self._asked_leaves = [self.possible_agents[leaf] for leaf in self._asked.leaf_idx]
        rows = dict(zip(self._asked_leaves, rows_of(self._asked), strict=True))
        self._seen.update(rows)
        return rows
