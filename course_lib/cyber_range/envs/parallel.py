"""The PettingZoo API: one ParallelEnv over the fast engine or over the real simulator."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from course_lib import validate

from ..actions import action_layout
from ..constants import DEFENDED_ZONES, FLAT_LARGE, MESSAGE_LENGTH, SLEEP, TEAM_BITS
from ..engine import step as engine
from ..engine.message import MEMORY, forget
from ..engine.visible import VISIBLE
from ..observations import ENTITY_COLUMNS, entity_rows, flat_length
from .backend import Backend
from .range_backend import RangeBackend
from .vector import checked_bits

ENGINES = ("range", "cyborg")
OBSERVATIONS = ("flat", "message", "entities")
NEW_SEEDS = 2**31
"""A reset without a seed draws one below this."""
OVER = "the episode is over (or was never begun); call reset() before the next step"

Actions = Mapping[str, Any]
"""Agent -> index of its action."""
TeamBits = Mapping[str, Any] | None
"""Agent -> the eight bits it sends; None: nobody sends any of its own."""
Infos = dict[str, dict[str, Any]]
"""Agent -> what it is told beside its observation."""
Start = tuple[dict[str, Any], Infos]
"""What a reset gives: observations and infos, by agent."""
Step = tuple[dict, dict, dict, dict, Infos]
"""What a step gives: observations, rewards, terminated, truncated, infos, by agent."""
MessageFilter = Callable[[np.ndarray], np.ndarray]
"""The (D, 8) team bits that were sent in a tick -> those that arrive."""


def parallel_env(
    engine: str = "range",
    defenders: str = "official",
    red: str = "finite-state",
    steps: int = 500,
    observation: str = "flat",
    pad_spaces: bool = False,
    **options: Any,
) -> "DefenderEnv":
    """A CC4 world as a PettingZoo ParallelEnv.

    Args:
        engine: "range" (the fast engine) or "cyborg" (the real simulator, which you install
            yourself).
        defenders: "official" (blue_agent_0..4) or "per-zone" (blue_agent_0..6; the range alone).
        red: behaviour of the red agents, a name in RED_VARIANTS.
        steps: nominal length; the episode ends after steps - 1 ticks.
        observation: "flat" (92 or 210 integers), "message" (76 integers; HQ (3, 76)) or "entities"
            (H, F) floats.
        pad_spaces: give all agents the spaces of the largest, as trainers with one shared policy
            want it: observations end in zeros, and further actions are masked and a Sleep.
        options: further fields of RangeOptions (the range alone).

    Raises:
        ValueError: for an unknown or nonsensical option; for ``engine="cyborg"`` also where no
            simulator is found.
    """
    backend: Backend
    if validate.choice("engine", engine, ENGINES) == "range":
        backend = RangeBackend(defenders=defenders, red=red, steps=steps, **options)
    else:
        from ..cyborg.backend import CyborgBackend

        backend = CyborgBackend(defenders=defenders, red=red, steps=steps, **options)
    return DefenderEnv(backend, observation, pad_spaces)


class DefenderEnv(ParallelEnv):
    """The defenders of one CC4 world as PettingZoo agents ``blue_agent_0`` ..; all get the same
    team reward.

    ``infos[agent]`` holds "action_mask", int8 of 0 and 1 with one entry for each action (so that
    ``action_space(agent).sample(mask)`` takes it), "busy", ticks until the agent is free again, and
    "step", ticks since reset. After the last tick (step ``steps - 1``) every agent is truncated and
    ``agents`` is empty.
    """

    metadata = {"name": "cc4_range_v0", "render_modes": []}
    render_mode = None

    def __init__(self, backend: Backend, observation: str = "flat", pad_spaces: bool = False):
        self.backend = backend
        self.observation = validate.choice("observation", observation, OBSERVATIONS)
        self.pad_spaces = validate.instance("pad_spaces", pad_spaces, bool, "give True or False")
        self.layout = action_layout(backend.defenders)
        self.possible_agents = list(self.layout.agents)
        self.agents: list[str] = []
        self.message_filter: MessageFilter | None = None
        """Decides which team bits arrive; set it, or use a wrapper of `wrappers`."""
        # One world is a batch of one, in the arrays that the compiled loops take.
        self._visible = np.zeros(1, VISIBLE)
        self._memory = np.zeros(1, MEMORY)
        self._messages = np.zeros((1, DEFENDED_ZONES, MESSAGE_LENGTH), np.int8)
        self._flat = np.zeros((1, self.layout.count, FLAT_LARGE), np.int8)
        # Views, which always show the present tick.
        self._step = self._visible["step"]
        self._busy = self._visible["busy"][0]
        self._exists = self._visible["exists"][0, :DEFENDED_ZONES]
        self._tell = self._memory["tell"][0, : self.layout.count]
        self._places = [zone_place(zones) for zones in self.layout.zones]
        self._no_bits = np.zeros((self.layout.count, TEAM_BITS), np.uint8)
        self._sleep = self.layout.single(SLEEP)
        self._rng = np.random.default_rng()
        numbers = list(enumerate(self.possible_agents))
        self._number = {agent: d for d, agent in numbers}
        self._flat_counts = [flat_length(backend.defenders, d) for d, _ in numbers]
        self._action_counts = {agent: self._action_count(d) for d, agent in numbers}
        self._action_spaces = {a: spaces.Discrete(n) for a, n in self._action_counts.items()}
        self._observation_spaces = {agent: self._observation_space(d) for d, agent in numbers}

    def observation_space(self, agent: str) -> spaces.Space:
        """Space of one agent's observation; the same object each time."""
        return self._observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Discrete:
        """Discrete(82), or Discrete(242) for the official HQ defender; the same object each
        time."""
        return self._action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict | None = None) -> Start:
        """Begin an episode. Without a seed the next one comes from the env's own generator.

        Returns observations and infos, by agent. ValueError for a seed that is no whole number
        from 0 to 2**63 - 1.
        """
        if seed is None:
            seed = int(self._rng.integers(NEW_SEEDS))
        else:
            seed = validate.seed(seed)
            self._rng = np.random.default_rng(seed)
        self._visible[0] = self.backend.reset(seed)
        masks = self.backend.masks().astype(np.int8)
        # A mask holds for a whole episode.
        self._masks = [masks[d, : self._action_counts[a]] for a, d in self._number.items()]
        self.agents = list(self.possible_agents)
        forget(self._memory[0])
        self._remember()
        return self._observations(), self._infos()

    def step(self, actions: Actions, team_bits: TeamBits = None) -> Step:
        """One tick.

        Args:
            actions: agent -> index; a missing agent sleeps. A masked index is a Sleep.
            team_bits: agent -> eight bits for the others; only with observation "flat" (else they
                are in use).

        Returns:
            observations, rewards (float), terminated (always False), truncated, infos, by agent.

        Raises:
            ValueError: after the end of an episode, for an unknown agent, for an action that is not
                in its space, and for bits that are none.
        """
        if not self.agents:
            raise ValueError(OVER)
        indices = self._action_indices(actions)
        arriving = self._arriving(self._sent_bits(team_bits))
        self._visible[0], reward = self.backend.step(indices, arriving)
        self._remember()
        acting = self.agents
        over = int(self._step[0]) >= self.backend.steps - 1
        if over:
            self.agents = []
        rewards = dict.fromkeys(acting, float(reward))
        terminated = dict.fromkeys(acting, False)
        truncated = dict.fromkeys(acting, over)
        return self._observations(), rewards, terminated, truncated, self._infos()

    def truth(self) -> dict[str, Any]:
        """The true state, which no defender sees: for records, pictures and tests."""
        return self.backend.truth()

    def visible(self) -> np.record:
        """What the defenders could see of the last tick, a copy as a VISIBLE record."""
        return self._visible.copy()[0]

    def zone_messages(self) -> np.ndarray:
        """The seven 76-entry messages of the last tick, (7, 76) int8 (not with observation
        "flat")."""
        return self._messages[0].copy()

    def statistics(self) -> np.record:
        """Counts of the running episode, a STATISTICS record."""
        return self.backend.statistics()

    def _action_count(self, defender: int) -> int:
        sizes = [self.layout.size(d) for d in range(self.layout.count)]
        return max(sizes) if self.pad_spaces else sizes[defender]

    def _flat_count(self, defender: int) -> int:
        return max(self._flat_counts) if self.pad_spaces else self._flat_counts[defender]

    def _zone_count(self, defender: int) -> int:
        counts = [len(zones) for zones in self.layout.zones]
        return max(counts) if self.pad_spaces else counts[defender]

    def _observation_space(self, defender: int) -> spaces.Space:
        if self.observation == "flat":
            return spaces.MultiDiscrete([3] + [2] * (self._flat_count(defender) - 1))
        if self.observation == "message":
            zones = self._zone_count(defender)
            shape = (MESSAGE_LENGTH,) if zones == 1 else (zones, MESSAGE_LENGTH)
            return spaces.Box(0, 3, shape, np.int64)
        host = spaces.Box(0, 15, (len(ENTITY_COLUMNS),), np.float32)
        return spaces.Sequence(host, stack=True)

    def _remember(self) -> None:
        """Bring the remembered messages up to date with what this tick showed."""
        if self.observation != "flat":
            worlds = self._visible, self._memory, self.backend.counts()
            engine.message_some(*worlds, self.layout.owner, self._messages, 0, 1)

    def _action_indices(self, actions: Actions) -> np.ndarray:
        """(D,) indices, from what the agents chose; whoever is not named sleeps."""
        if not isinstance(actions, Mapping):
            raise ValueError(
                f"actions={validate.shown(actions)}: give a dict, agent -> index of an action"
            )
        indices = self._sleep.copy()
        for agent, action in actions.items():
            if agent not in self._number:
                known = ", ".join(self.possible_agents)
                raise ValueError(f"unknown agent {agent!r}; agents are {known}")
            count = self._action_counts[agent]
            indices[self._number[agent]] = action_index(action, count, agent)
        return indices

    def _sent_bits(self, team_bits: TeamBits) -> np.ndarray:
        """(D, 8) bits that the defenders send: given ones, or those of the message protocol."""
        if self.observation != "flat":
            if team_bits is not None:
                raise ValueError(
                    f'observation="{self.observation}" sends the team bits itself; use "flat" to'
                    " send your own"
                )
            return self._tell.copy()
        sent = self._no_bits.copy()
        if not isinstance(team_bits, Mapping | None):
            raise ValueError(f"team_bits={validate.shown(team_bits)}: give a dict, agent -> bits")
        for agent, bits in (team_bits or {}).items():
            if agent not in self.possible_agents:
                raise ValueError(f"message of {agent!r}: only an agent that exists sends 8 bits")
            own = checked_bits(bits, (TEAM_BITS,), f"the message of {agent}")
            sent[self.possible_agents.index(agent)] = own
        return sent

    def _arriving(self, sent: np.ndarray) -> np.ndarray:
        """What is left of the sent bits on their way; compiled code reads it without a look."""
        if self.message_filter is None:
            return sent
        arriving = self.message_filter(sent)
        return checked_bits(arriving, sent.shape, "what a message filter returns")

    def _observations(self) -> dict[str, np.ndarray]:
        """New arrays in each tick: whoever keeps an observation keeps what it saw."""
        if self.observation == "flat":
            vectors = self._flat_vectors()
        elif self.observation == "message":
            messages = self._messages[0].astype(np.int64)
            vectors = [messages[place] for place in self._places]
        else:
            vectors = self._entity_tables()
        observations = dict(zip(self.possible_agents, vectors, strict=True))
        if self.pad_spaces and self.observation != "entities":
            shape = self._observation_spaces[self.possible_agents[0]].shape or ()
            observations = {agent: padded(row, shape) for agent, row in observations.items()}
        return observations

    def _flat_vectors(self) -> list[np.ndarray]:
        """Flat vector of each defender, int64, unpadded."""
        zones = self.layout.first_zone, self.layout.zone_count
        engine.flat_some(self._visible, *zones, self._flat, 0, 1)
        rows = self._flat[0].astype(np.int64)
        return [rows[d, :count] for d, count in enumerate(self._flat_counts)]

    def _entity_tables(self) -> list[np.ndarray]:
        """The hosts of each defender's zones one by one, from one table of all hosts."""
        rows = entity_rows(self._messages[0], self._exists)
        hosts_in_zone = self._exists.sum(axis=1)
        last_row = np.cumsum(hosts_in_zone)
        tables = []
        first = 0
        for zones in self.layout.zones:
            last = int(last_row[zones[-1]])
            tables.append(rows[first:last])
            first = last
        return tables

    def _infos(self) -> Infos:
        step = int(self._step[0])
        busy = self._busy.tolist()
        infos = {}
        for d, agent in enumerate(self.possible_agents):
            mask = self._masks[d].copy()
            infos[agent] = {"action_mask": mask, "busy": busy[d], "step": step}
        return infos


def zone_place(zones: np.ndarray) -> int | slice:
    """Where a defender's messages stand among the seven: one row, or HQ's three neighbours."""
    if len(zones) == 1:
        return int(zones[0])
    return slice(int(zones[0]), int(zones[-1]) + 1)


def action_index(action: Any, count: int, agent: str) -> int:
    """An action of a Discrete space of so many as an int: Python's or numpy's, or an array of no
    dimension."""
    try:
        index = operator.index(action)
    except TypeError:  # a fraction, a word, nothing, a list
        index = -1
    if not 0 <= index < count:
        raise ValueError(
            f"{agent}: action {validate.shown(action)} is out of range; allowed: whole numbers"
            f" 0..{count - 1}"
        )
    return index


def padded(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The array, with zeros behind it (and under it) up to the shape; (76,) counts as (1, 76)."""
    out = np.zeros(shape, array.dtype)
    rows = array if array.ndim == len(shape) else array[None]
    out[tuple(slice(0, size) for size in rows.shape)] = rows
    return out
