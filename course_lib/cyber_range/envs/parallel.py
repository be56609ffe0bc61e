"""The PettingZoo face: one ParallelEnv over the fast engine or over the real simulator."""

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from ..actions import SIZES, defender_zones
from ..constants import DEFENDED_ZONES, MESSAGE_LENGTH, OFFICIAL_OWNER, TEAM_BITS
from ..engine.message import MEMORY, forget, remember, write_messages
from ..engine.visible import FACTS
from ..entities import ENTITY_COLUMNS, entity_table
from ..flat import flat_length, flat_vectors
from .range_backend import RangeBackend

ENGINES = ("range", "cyborg")
OBSERVATIONS = ("flat", "message", "entities")


def parallel_env(
    engine="range",
    defenders="official",
    red="finite-state",
    steps=500,
    observation="flat",
    **options,
):
    """A CC4 world as a PettingZoo ParallelEnv.

    Args:
        engine: "range" (the fast engine) or "cyborg" (the real simulator, which you install
            yourself).
        defenders: "official" (blue_agent_0..4) or "per-zone" (blue_agent_0..6; the range alone).
        red: behaviour of the red agents, a name in RED_VARIANTS.
        steps: nominal length; the episode ends after steps - 1 ticks.
        observation: "flat" (92 or 210 integers), "message" (76 integers; HQ (3, 76)) or "entities"
            (H, F) floats.
        options: further fields of RangeOptions (the range alone).

    Raises:
        ValueError: for an unknown or nonsensical option; for ``engine="cyborg"`` also where no
            simulator is found.
    """
    if engine == "range":
        backend = RangeBackend(defenders=defenders, red=red, steps=steps, **options)
    elif engine == "cyborg":
        from ..cyborg.backend import CyborgBackend

        backend = CyborgBackend(defenders=defenders, red=red, steps=steps, **options)
    else:
        raise ValueError(f"engine={engine!r} is unknown; allowed: {', '.join(ENGINES)}")
    return DefenderEnv(backend, observation)


class DefenderEnv(ParallelEnv):
    """The defenders of one CC4 world as PettingZoo agents ``blue_agent_0`` .. ; all get the same
    team reward.

    ``infos[agent]`` holds "action_mask" (82,) or (242,) bool, "busy" ticks until the agent is free
    again, and "step" ticks since reset. After the last tick (step ``steps - 1``) every agent is
    truncated and ``agents`` is empty. ``message_filter``, if set, is a function that gets the (D,
    8) team bits sent in a tick and returns those that arrive.
    """

    metadata = {"name": "cc4_range_v0", "render_modes": []}
    render_mode = None

    def __init__(self, backend, observation="flat"):
        if observation not in OBSERVATIONS:
            raise ValueError(
                f"observation={observation!r} is unknown; allowed: {', '.join(OBSERVATIONS)}"
            )
        self.backend = backend
        self.observation = observation
        self.zones = defender_zones(backend.defenders)
        self.possible_agents = [f"blue_agent_{d}" for d in range(len(self.zones))]
        self.agents = []
        self.message_filter = None
        self._owner = np.arange(DEFENDED_ZONES)
        if backend.defenders == "official":
            self._owner = OFFICIAL_OWNER[:DEFENDED_ZONES].copy()
        self._memory = np.zeros(1, MEMORY)
        self._messages = np.zeros((DEFENDED_ZONES, MESSAGE_LENGTH), np.int8)
        self._rng = np.random.default_rng()
        self._observation_spaces = {
            a: self._observation_space(d) for d, a in enumerate(self.possible_agents)
        }
        self._action_spaces = {
            a: spaces.Discrete(int(SIZES[int(len(z) > 1)]))
            for a, z in zip(self.possible_agents, self.zones, strict=True)
        }

    def observation_space(self, agent):
        """Space of one agent's observation; the same object each time."""
        return self._observation_spaces[agent]

    def action_space(self, agent):
        """Discrete(82), or Discrete(242) for the official HQ defender; the same object each
        time."""
        return self._action_spaces[agent]

    def _observation_space(self, d):
        zones = len(self.zones[d])
        if self.observation == "flat":
            return spaces.MultiDiscrete([3] + [2] * (flat_length(self.backend.defenders, d) - 1))
        if self.observation == "message":
            shape = (MESSAGE_LENGTH,) if zones == 1 else (zones, MESSAGE_LENGTH)
            return spaces.Box(0, 3, shape, np.int64)
        return spaces.Sequence(spaces.Box(0, 15, (len(ENTITY_COLUMNS),), np.float32), stack=True)

    def reset(self, seed=None, options=None):
        """Begin an episode. Without a seed the next one comes from the env's own generator."""
        if seed is not None:
            if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
                raise ValueError(f"seed={seed!r} is not a whole number of at least 0")
            self._rng = np.random.default_rng(seed)
        else:
            seed = int(self._rng.integers(2**31))
        self._facts = self.backend.reset(int(seed))
        self._masks = self.backend.masks()
        self.agents = list(self.possible_agents)
        forget(self._memory[0])
        self._take_in()
        return self._observations(), self._infos()

    def step(self, actions, messages=None):
        """One tick.

        Args:
            actions: agent -> index; a missing agent sleeps. A masked index is a Sleep.
            messages: agent -> eight bits for the others; only with observation "flat" (else they
                are in use).

        Raises:
            ValueError: after the end of an episode, for an unknown agent, or for an action out of
                range.
        """
        if not self.agents:
            raise ValueError(
                "the episode is over (or was never begun); call reset() before the next step"
            )
        bits = self._bits(messages)
        if self.message_filter is not None:
            bits = np.asarray(self.message_filter(bits)).astype(np.uint8)
        self._facts, reward = self.backend.step(self._indices(actions), bits)
        self._take_in()
        acting = list(self.agents)
        over = int(self._facts.step) >= self.backend.steps - 1
        result = (
            self._observations(),
            {a: float(reward) for a in acting},
            {a: False for a in acting},
            {a: over for a in acting},
            self._infos(),
        )
        if over:
            self.agents = []
        return result

    def truth(self) -> dict:
        """The true state, which no defender sees: for records, pictures and tests."""
        return self.backend.truth()

    def facts(self):
        """What the defenders could see of the last tick, a copy as a FACTS record."""
        return np.array([self._facts], FACTS)[0]

    def messages(self) -> np.ndarray:
        """The seven 76-entry messages of the last tick, (7, 76) int8 (not with observation
        "flat")."""
        return self._messages.copy()

    def statistics(self):
        """Counts of the running episode, a STATISTICS record."""
        return self.backend.statistics()

    def _take_in(self):
        """Bring the remembered messages up to date with the facts of this tick."""
        if self.observation != "flat":
            remember(self._memory[0], self._facts, self._owner)
            write_messages(self._memory[0], self._facts, self._messages)
            self.backend.note_priorities(self._memory[0])

    def _indices(self, actions):
        out = np.zeros(len(self.possible_agents), np.int64)
        for agent in actions:
            if agent not in self.possible_agents:
                raise ValueError(
                    f"unknown agent {agent!r}; agents are {', '.join(self.possible_agents)}"
                )
        for d, agent in enumerate(self.possible_agents):
            size = int(self._action_spaces[agent].n)
            action = actions.get(agent, SLEEP_INDEX[size])
            if (
                isinstance(action, bool)
                or not isinstance(action, (int, np.integer))
                or not 0 <= action < size
            ):
                raise ValueError(
                    f"action {action!r} of {agent} is out of range; allowed: whole numbers 0..{size - 1}"
                )
            out[d] = action
        return out

    def _bits(self, messages):
        bits = np.zeros((len(self.possible_agents), TEAM_BITS), np.uint8)
        if self.observation != "flat":
            if messages is not None:
                raise ValueError(
                    f'observation="{self.observation}" sends the messages itself; use "flat" to send own'
                )
            bits[:] = self._memory[0].tell[: len(bits)]
        for agent, sent in (messages or {}).items():
            sent = np.asarray(sent)
            if (
                agent not in self.possible_agents
                or sent.shape != (TEAM_BITS,)
                or not np.isin(sent, (0, 1)).all()
            ):
                raise ValueError(
                    f"message of {agent!r} must be {TEAM_BITS} bits of an agent that exists"
                )
            bits[self.possible_agents.index(agent)] = sent
        return bits

    def _observations(self):
        if self.observation == "flat":
            vectors = flat_vectors(self._facts, self.backend.defenders)
            return dict(zip(self.possible_agents, vectors, strict=True))
        out = {}
        for agent, zones in zip(self.possible_agents, self.zones, strict=True):
            rows = self._messages[list(zones)].astype(np.int64)
            if self.observation == "entities":
                out[agent] = entity_table(rows, self._facts.exists[list(zones)])[0]
            else:
                out[agent] = rows[0] if len(zones) == 1 else rows
        return out

    def _infos(self):
        return {
            agent: {
                "action_mask": self._masks[d, : int(self._action_spaces[agent].n)].copy(),
                "busy": int(self._facts.busy[d]),
                "step": int(self._facts.step),
            }
            for d, agent in enumerate(self.possible_agents)
        }


SLEEP_INDEX = {82: 49, 242: 145}
