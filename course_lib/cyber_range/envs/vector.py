"""VectorRange: the batch engine, stepping E environments in one call."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..actions import SIZES, defender_zones
from ..constants import (
    DEFENDED_ZONES,
    FLAT_LARGE,
    LARGE_ACTIONS,
    MESSAGE_LENGTH,
    OFFICIAL_OWNER,
    TEAM_BITS,
)
from ..engine import step as tick
from ..engine.counters import STATISTICS
from ..engine.message import MEMORY
from ..engine.state import ENV
from ..engine.visible import FACTS
from ..options import RangeOptions, make_options

VECTOR_OBSERVATIONS = ("flat", "message")


class VectorRange:
    """E independent CC4 worlds with D defenders each, in lock step, with same-step autoreset.

    Environment e plays its k-th episode (k = 0, 1, ..) with seed ``seed + e + k * num_envs``; an
    episode depends on its own seed alone, not on ``num_envs`` and not on ``threads``.

    Args:
        num_envs: E, at least 1.
        defenders: "official" (five defenders) or "per-zone" (seven).
        seed: seed of the first episode, 0 or more.
        observation: "flat", (E, D, 210) int8, or "message", (E, 7, 76) int8 in zone order RZA OZA
            RZB OZB ADM OFF PAZ. With "message" the defenders' eight team bits carry the message
            protocol itself.
        threads: how many threads share the environments.
        options: fields of RangeOptions as keywords, or ``options=RangeOptions(...)``.

    Raises:
        ValueError: for a nonsensical argument, an action out of range, or a step before the first
            reset.
    """

    def __init__(
        self,
        num_envs=1,
        defenders="official",
        seed=0,
        observation="flat",
        threads=1,
        options=None,
        **keywords,
    ):
        self.num_envs = _at_least("num_envs", num_envs, 1)
        self.threads = _at_least("threads", threads, 1)
        self.seed = _at_least("seed", seed, 0)
        if observation not in VECTOR_OBSERVATIONS:
            raise ValueError(
                f"observation={observation!r} is unknown; allowed: {', '.join(VECTOR_OBSERVATIONS)}"
            )
        if options is not None and (keywords or not isinstance(options, RangeOptions)):
            raise ValueError(
                "options must be a RangeOptions object, and then no further option is allowed beside it"
            )
        self.options = options if options is not None else make_options(**keywords)
        self.defenders = defenders
        self.observation = observation
        self._prepare_defenders()
        self._prepare_memory()

    def _prepare_defenders(self):
        zones = defender_zones(self.defenders)
        self.num_defenders = len(zones)
        self._first_zone = np.array([z[0] for z in zones])
        self._zone_count = np.array([len(z) for z in zones])
        self._sizes = SIZES[(self._zone_count > 1).astype(int)]
        self._owner = (
            OFFICIAL_OWNER[:DEFENDED_ZONES]
            if self.defenders == "official"
            else np.arange(DEFENDED_ZONES)
        )
        self._owner = np.ascontiguousarray(self._owner)

    def _prepare_memory(self):
        E, D = self.num_envs, self.num_defenders
        self._params = self.options.parameters()
        self._blank = np.zeros(1, ENV), np.zeros(1, STATISTICS), np.zeros(1, FACTS)
        self.state = np.zeros(E, ENV)
        self.statistics = np.zeros(E, STATISTICS)
        self.facts = np.zeros(E, FACTS)
        self.memory = np.zeros(E, MEMORY)
        self.masks = np.zeros((E, D, LARGE_ACTIONS), bool)
        self._flat = np.zeros((E, D, FLAT_LARGE), np.int8)
        self._message = np.zeros((E, DEFENDED_ZONES, MESSAGE_LENGTH), np.int8)
        self._reward = np.zeros(E, np.float32)
        self._done = np.zeros(E, np.uint8)
        self._no_messages = np.zeros((E, D, TEAM_BITS), np.uint8)
        self._episode = np.zeros(E, np.int64)
        self._started = False
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    @property
    def episode_seeds(self) -> np.ndarray:
        """Seed of the episode each environment is playing, shape (E,), uint64."""
        return self.state["seed"].copy()

    def reset(self, seed=None, seeds=None):
        """Begin new episodes everywhere.

        Args:
            seed: new base seed; by default the one given at construction, so that reset repeats
                itself.
            seeds: instead, one seed for each environment, shape (E,), for the first episode of
                each.

        Returns:
            observation and info, as ``step`` returns them.
        """
        if seed is not None:
            self.seed = _at_least("seed", seed, 0)
        self._episode[:] = 0
        if seeds is None:
            seeds = self.seed + np.arange(self.num_envs)
        elif len(seeds) != self.num_envs:
            raise ValueError(
                f"{len(seeds)} seeds for {self.num_envs} environments; give one for each"
            )
        elif np.min(seeds) < 0:
            raise ValueError(
                f"seed {np.min(seeds)} is negative; seeds are whole numbers of at least 0"
            )
        self._reset_rows(np.ones(self.num_envs, np.uint8), np.asarray(seeds).astype(np.uint64))
        self._started = True
        return self._observe(), self._info()

    def _reset_rows(self, wanted, seeds):
        rows = (self.state, self.statistics, self.facts, self.memory)
        tick.reset_some(*rows, self._params, seeds, wanted, *self._blank)
        tick.masks_some(self.facts, self._first_zone, self._zone_count, self.masks)

    def step(self, actions, messages=None):
        """One tick of every environment.

        Args:
            actions: (E, D) integers, 0..81 for a one-zone defender, 0..241 for HQ (padding up to
                241 is a Sleep).
            messages: (E, D, 8) of 0/1, what each defender tells the others; only with observation
                "flat".

        Returns:
            observation; reward (E,) float32, the team reward; terminated (E,) bool, always False;
            truncated (E,) bool, True at the end of an episode, where the observation is already
            that of the next one; info with "action_mask" (E, D, 242) bool, "busy" (E, D) int16
            ticks left, "step" (E,) int32 ticks since reset, and, where any episode ended,
            "final_obs" and "final_statistics" (valid in the truncated rows).
        """
        if not self._started:
            raise ValueError("step before reset; call reset() first")
        self._tick(actions, self._checked_messages(messages))
        observation, truncated = self._observe(), self._done.astype(bool)
        reward, final = self._reward.copy(), {}
        if truncated.any():
            final = {"final_obs": observation, "final_statistics": self.statistics.copy()}
            observation = self._start_next(truncated, observation)
        return (
            observation,
            reward,
            np.zeros(self.num_envs, bool),
            truncated,
            {**self._info(), **final},
        )

    def step_once(self, actions, messages):
        """One tick without observations and without autoreset, for the single-environment face.

        Args:
            actions: (E, D) integers; messages: (E, D, 8) uint8 of 0/1.

        Returns:
            the team reward of environment 0, a float.
        """
        self._tick(actions, messages)
        return float(self._reward[0])

    def _tick(self, actions, messages):
        """Advance every environment by one tick; rewards and ends are left in ``_reward`` and
        ``_done``."""
        arguments = (
            self._first_zone,
            self._zone_count,
            self._checked(actions),
            messages,
            self._reward,
            self._done,
        )
        self._run(tick.step_some, self.state, self.statistics, self.facts, self._params, *arguments)

    def _start_next(self, truncated, observation):
        """Reset the finished rows with their next seeds; the observation afterwards."""
        self._episode[truncated] += 1
        seeds = (self.seed + np.arange(self.num_envs) + self._episode * self.num_envs).astype(
            np.uint64
        )
        self._reset_rows(truncated.astype(np.uint8), seeds)
        fresh = np.flatnonzero(truncated)
        first = self._first_observation(fresh)
        observation = observation.copy()
        observation[fresh] = first
        return observation

    def _first_observation(self, rows):
        facts, memory, stats = self.facts[rows], self.memory[rows], self.statistics[rows]
        if self.observation == "flat":
            out = np.zeros((len(rows), *self._flat.shape[1:]), np.int8)
            tick.flat_some(facts, self._first_zone, self._zone_count, out, 0, len(rows))
        else:
            out = np.zeros((len(rows), *self._message.shape[1:]), np.int8)
            tick.message_some(facts, memory, stats, self._owner, out, 0, len(rows))
            self.memory[rows], self.statistics[rows] = memory, stats
        return out

    def _run(self, function, *arguments):
        """Call an engine loop over all environments, in one piece or shared by the threads."""
        if self._pool is None:
            return function(*arguments, 0, self.num_envs)
        cuts = np.linspace(0, self.num_envs, self.threads + 1).astype(int)
        parts = [
            self._pool.submit(function, *arguments, a, b)
            for a, b in zip(cuts[:-1], cuts[1:], strict=True)
        ]
        for part in parts:
            part.result()

    def _observe(self):
        if self.observation == "flat":
            self._run(tick.flat_some, self.facts, self._first_zone, self._zone_count, self._flat)
            return self._flat.copy()
        self._run(
            tick.message_some, self.facts, self.memory, self.statistics, self._owner, self._message
        )
        return self._message.copy()

    def _info(self):
        return {
            "action_mask": self.masks.copy(),
            "busy": self.facts["busy"][:, : self.num_defenders].copy(),
            "step": self.facts["step"].copy(),
        }

    def _checked(self, actions):
        actions = np.asarray(actions)
        shape = (self.num_envs, self.num_defenders)
        if actions.shape != shape or not np.issubdtype(actions.dtype, np.integer):
            raise ValueError(
                f"actions have shape {actions.shape} and type {actions.dtype}; wanted integers {shape}"
            )
        if actions.size and (actions.min() < 0 or actions.max() >= LARGE_ACTIONS):
            bad = actions[(actions < 0) | (actions >= LARGE_ACTIONS)][0]
            raise ValueError(f"action {bad} is out of range; allowed: 0..{LARGE_ACTIONS - 1}")
        return np.ascontiguousarray(actions, np.int64)

    def _checked_messages(self, messages):
        if self.observation == "message":
            if messages is not None:
                raise ValueError(
                    'observation="message" sends the messages itself; use "flat" to send own'
                )
            return np.ascontiguousarray(self.memory["tell"][:, : self.num_defenders])
        if messages is None:
            return self._no_messages
        messages = np.asarray(messages)
        if messages.shape != self._no_messages.shape:
            raise ValueError(
                f"messages have shape {messages.shape}; wanted {self._no_messages.shape}"
            )
        return np.ascontiguousarray(messages.astype(bool), np.uint8)


def _at_least(name, value, low):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise ValueError(f"{name}={value!r} is not a whole number of at least {low}")
    return int(value)
