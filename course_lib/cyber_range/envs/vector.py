"""VectorRange: the batch engine, stepping E environments in one call."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from course_lib import validate

from ..actions import action_layout
from ..constants import (
    DEFENDED_ZONES,
    FLAT_LARGE,
    LARGE_ACTIONS,
    MESSAGE_LENGTH,
    TEAM_BITS,
)
from ..engine import step as engine
from ..engine.counters import STATISTICS
from ..engine.message import MEMORY
from ..engine.state import ENV
from ..engine.visible import VISIBLE
from ..futures import Course, Rows, plan_fork
from ..options import RangeOptions, make_options
from . import saved_state

VECTOR_OBSERVATIONS = ("flat", "message")
SAVED = ("state", "statistics", "visible", "memory", "masks", "_episode", "_flat", "_message")
"""The arrays that make up the state of a VectorRange."""
RANGE_DRAWS = 1
"""Tells the futures of the world from those of a policy (`Fork.streams`)."""


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
        ValueError: for a nonsensical argument, more environments than fit into memory, an action
            out of range, or a step before the first reset.
    """

    def __init__(
        self,
        num_envs: int = 1,
        defenders: str = "official",
        seed: int = 0,
        observation: str = "flat",
        threads: int = 1,
        options: RangeOptions | None = None,
        **keywords: Any,
    ):
        self.num_envs = validate.whole_number("num_envs", num_envs, 1)
        self.threads = validate.whole_number("threads", threads, 1)
        self.seed = validate.seed(seed)
        self.observation = validate.choice("observation", observation, VECTOR_OBSERVATIONS)
        if options is not None and (keywords or not isinstance(options, RangeOptions)):
            raise ValueError(
                "options must be a RangeOptions object, and then no further option is allowed"
                " beside it"
            )
        self.options = options if options is not None else make_options(**keywords)
        self.defenders = defenders
        self.layout = action_layout(defenders)
        self.num_defenders = self.layout.count
        self._first_zone, self._zone_count = self.layout.first_zone, self.layout.zone_count
        self._params = self.options.parameters()
        try:
            self._allocate()
        except (MemoryError, OverflowError, ValueError):  # numpy raises one of the three
            gigabytes = self.num_envs * ENV.itemsize / 1e9
            raise ValueError(
                f"num_envs={self.num_envs} needs more than {gigabytes:,.0f} GB of memory; take"
                " fewer environments"
            ) from None
        workers = min(self.threads, self.num_envs)
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None

    def _allocate(self) -> None:
        num_envs, num_defenders = self.num_envs, self.num_defenders
        self._blank = tuple(np.zeros(1, kind) for kind in (ENV, STATISTICS, VISIBLE))
        self.state = np.zeros(num_envs, ENV)
        self.statistics = np.zeros(num_envs, STATISTICS)
        self.visible = np.zeros(num_envs, VISIBLE)
        self.memory = np.zeros(num_envs, MEMORY)
        self.masks = np.zeros((num_envs, num_defenders, LARGE_ACTIONS), bool)
        self._flat = np.zeros((num_envs, num_defenders, FLAT_LARGE), np.int8)
        self._message = np.zeros((num_envs, DEFENDED_ZONES, MESSAGE_LENGTH), np.int8)
        self._reward = np.zeros(num_envs, np.float32)
        self._done = np.zeros(num_envs, np.uint8)
        self._no_bits = np.zeros((num_envs, num_defenders, TEAM_BITS), np.uint8)
        self._episode = np.zeros(num_envs, np.uint64)
        self._started = False
        self._is_fork = False
        self._course = Course.plain(self.seed, num_envs)

    @property
    def episode_seeds(self) -> np.ndarray:
        """Seed of the episode each environment is playing, shape (E,), uint64."""
        return self.state["seed"].copy()

    def reset(self, seed: int | None = None, seeds: Any = None) -> tuple[np.ndarray, dict]:
        """Begin new episodes everywhere.

        Args:
            seed: new base seed; by default the one given at construction, so that reset repeats
                itself.
            seeds: instead, one seed for each environment, shape (E,), for the first episode of
                each.

        Returns:
            observation and info, as ``step`` returns them.

        Raises:
            ValueError: for a seed that is no whole number from 0 to 2**63 - 1, or for another
                number of seeds than E.
        """
        if seed is not None:
            self.seed = validate.seed(seed)
        self._episode[:] = 0
        self._is_fork = False
        self._course = Course.plain(self.seed, self.num_envs)
        first = (
            self._course.seeds(self._episode)
            if seeds is None
            else checked_seeds(seeds, self.num_envs)
        )
        self._reset_rows(np.ones(self.num_envs, np.uint8), first)
        self._started = True
        self._observe()
        return self.current()

    def step(
        self, actions: Any, team_bits: Any = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict]:
        """One tick of every environment.

        Args:
            actions: (E, D) integers, 0..81 for a one-zone defender, 0..241 for HQ (padding up to
                241 is a Sleep).
            team_bits: (E, D, 8) of 0/1, what each defender tells the others; only with observation
                "flat".

        Returns:
            observation; reward (E,) float32, the team reward; terminated (E,) bool, always False;
            truncated (E,) bool, True at the end of an episode, where the observation is already
            that of the next one; info with "action_mask" (E, D, 242) bool, "busy" (E, D) int16
            ticks left, "step" (E,) int32 ticks since reset, and, where any episode ended,
            "final_obs" and "final_statistics" (valid in the truncated rows).
        """
        self._check_started()
        self._tick(self._checked_actions(actions), self._checked_bits(team_bits))
        self._observe()
        reward, truncated = self._reward.copy(), self._done.astype(bool)
        final = {}
        if truncated.any():
            final = {
                "final_obs": self._observation().copy(),
                "final_statistics": self.statistics.copy(),
            }
            self._start_next(truncated)
        observation, info = self.current()
        terminated = np.zeros(self.num_envs, bool)
        return observation, reward, terminated, truncated, info | final

    def step_once(self, actions: np.ndarray, team_bits: np.ndarray) -> float:
        """One tick without observations and without autoreset, for the single environment.

        Compiled code follows ``actions`` (E, D) int64 and ``team_bits`` (E, D, 8) uint8 without a
        look, so the caller must have checked them. Returns the reward of environment 0.
        """
        self._tick(actions, team_bits)
        return float(self._reward[0])

    def current(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Observation and info of the present tick once more, as copies."""
        self._check_started()
        info = {
            "action_mask": self.masks.copy(),
            "busy": self.visible["busy"][:, : self.num_defenders].copy(),
            "step": self.visible["step"].copy(),
        }
        return self._observation().copy(), info

    def fork(
        self,
        row: Rows,
        copies: int = 1,
        futures: str = "fresh",
        seed: int = 0,
    ) -> "VectorRange":
        """Copies of running episodes, to be played on while this range stays where it is.

        Everything is copied: the network, red's sessions and beliefs, actions in progress, clock,
        statistics, and the observation's memory. A policy is forked beside it (`ForkablePolicy`).

        Args:
            row: one environment, or a list of them: then first all copies of the first one.
            copies: copies of each.
            futures: "fresh", "common" (copy k of any row, and of any fork with this seed, meets the
                same chances) or "own" (as the row itself would go on), see `futures`.
            seed: what fresh and common futures are drawn from.

        Returns:
            a VectorRange of len(rows) * copies environments, without threads, in the present tick.

        Raises:
            ValueError: for a row that there is not, no copies, unknown futures, or before reset.
        """
        self._check_started()
        plan = plan_fork(row, copies, futures, seed, self.num_envs)
        forked = VectorRange(
            plan.size,
            self.defenders,
            self.seed,
            self.observation,
            options=self.options,
        )
        for name in SAVED:
            getattr(forked, name)[...] = getattr(self, name)[plan.rows]
        forked._course = self._course.of(plan.rows)
        if futures != "own":
            before = forked.state["key"] + forked.state["draw_count"]
            streams = plan.streams(before, RANGE_DRAWS)
            forked.state["key"] = streams
            forked.state["draw_count"] = 0
            forked._course = Course.drawn(plan, streams)
        forked._started = True
        forked._is_fork = True
        return forked

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides how the running episodes go on: arrays (copies), and the seed.

        ValueError for a fork: keep the range it came from.
        """
        if self._is_fork:
            raise ValueError("a fork cannot be saved; save the range that it was forked from")
        copies = {name: array.copy() for name, array in self._arrays().items()}
        return {"seed": self.seed, **copies}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Go on where `state_dict` was taken, in a VectorRange of the same arguments.

        A "stride" in it says of how many environments these are a part: next seeds lie so far on.
        All numbers are checked first, because compiled code follows them without a look
        (`saved_state`): ValueError, one line, with this range as it was.
        """
        own = self._arrays()
        seed = validate.seed(saved["seed"])
        stride = validate.whole_number("stride", saved.get("stride", self.num_envs), 1)
        saved_state.check(saved, own, self.options.steps, self.layout)
        for name, array in own.items():
            array[...] = saved[name]
        self.seed = seed
        self._course = Course.plain(seed, self.num_envs, stride)
        self._started = True

    def _arrays(self) -> dict[str, np.ndarray]:
        """The arrays that make up the state, by name."""
        return {name.lstrip("_"): getattr(self, name) for name in SAVED}

    def _check_started(self) -> None:
        if not self._started:
            raise ValueError("step before reset; call reset() first")

    def _reset_rows(self, wanted: np.ndarray, seeds: np.ndarray) -> None:
        """Begin an episode where ``wanted`` (E,) is nonzero, from its own seed."""
        rows = self.state, self.statistics, self.visible, self.memory
        engine.reset_some(*rows, self._params, seeds, wanted, *self._blank)
        engine.masks_some(self.visible, self._first_zone, self._zone_count, self.masks)

    def _tick(self, actions: np.ndarray, team_bits: np.ndarray) -> None:
        """Advance every environment by one tick; rewards and ends are left in ``_reward`` and
        ``_done``."""
        if self._course.ticks is not None:
            self.state["key"] = self._course.key(self.state["tick"])
            self.state["draw_count"] = 0
        worlds = self.state, self.statistics, self.visible, self._params
        defenders = self._first_zone, self._zone_count
        chosen = actions, team_bits
        self._run(engine.step_some, *worlds, *defenders, *chosen, self._reward, self._done)

    def _start_next(self, truncated: np.ndarray) -> None:
        """Reset the finished rows with their next seeds, and show their first observation."""
        self._episode[truncated] += np.uint64(1)
        self._reset_rows(truncated.astype(np.uint8), self._course.seeds(self._episode))
        rows = np.flatnonzero(truncated)
        visible = self.visible[rows]
        # The other rows have been observed, and remembering a tick twice would count it twice.
        first = np.zeros_like(self._observation()[rows])
        if self.observation == "flat":
            engine.flat_some(visible, self._first_zone, self._zone_count, first, 0, len(rows))
        else:
            memory, statistics = self.memory[rows], self.statistics[rows]
            owner = self.layout.owner
            engine.message_some(visible, memory, statistics, owner, first, 0, len(rows))
            self.memory[rows] = memory
            self.statistics[rows] = statistics
        self._observation()[rows] = first

    def _observation(self) -> np.ndarray:
        """The array that holds the present observation; who hands it out makes a copy."""
        return self._flat if self.observation == "flat" else self._message

    def _observe(self) -> None:
        """Write the observation of this tick, once a tick."""
        if self.observation == "flat":
            defenders = self._first_zone, self._zone_count
            self._run(engine.flat_some, self.visible, *defenders, self._flat)
        else:
            worlds = self.visible, self.memory, self.statistics
            self._run(engine.message_some, *worlds, self.layout.owner, self._message)

    def _run(self, function: Callable, *arguments: Any) -> None:
        """Call an engine loop over all environments, in one piece or shared by the threads."""
        if self._pool is None:
            function(*arguments, 0, self.num_envs)
            return
        workers = min(self.threads, self.num_envs)
        cuts = np.linspace(0, self.num_envs, workers + 1).astype(int)
        pieces = zip(cuts[:-1], cuts[1:], strict=True)
        parts = [self._pool.submit(function, *arguments, low, high) for low, high in pieces]
        for part in parts:
            part.result()

    def _checked_actions(self, actions: Any) -> np.ndarray:
        """The actions as contiguous int64; ValueError for another shape, type or range."""
        array = as_array(actions)
        shape = (self.num_envs, self.num_defenders)
        if array.shape != shape or not np.issubdtype(array.dtype, np.integer):
            raise ValueError(
                f"actions have shape {array.shape} and type {array.dtype}; wanted integers {shape}"
            )
        outside = (array < 0) | (array >= LARGE_ACTIONS)
        if outside.any():
            raise ValueError(
                f"action {array[outside][0]} is out of range; allowed: 0..{LARGE_ACTIONS - 1}"
            )
        return np.ascontiguousarray(array, np.int64)

    def _checked_bits(self, team_bits: Any) -> np.ndarray:
        """(E, D, 8) uint8: the given bits, or those of the message protocol."""
        if self.observation == "message":
            if team_bits is not None:
                raise ValueError(
                    'observation="message" sends the team bits itself; use "flat" to send your own'
                )
            return np.ascontiguousarray(self.memory["tell"][:, : self.num_defenders])
        if team_bits is None:
            return self._no_bits
        return checked_bits(team_bits, self._no_bits.shape, "the team bits")


def checked_seeds(seeds: Any, count: int) -> np.ndarray:
    """(count,) uint64 seeds; ValueError for another number of them, or one that is no seed."""
    array = as_array(seeds)
    if array.ndim != 1:
        raise ValueError(f"seeds={validate.shown(seeds)} is not a list of {count} seeds")
    if len(array) != count:
        raise ValueError(f"{len(array)} seeds for {count} environments; give one for each")
    if not isinstance(seeds, np.ndarray) or array.dtype.kind not in "iu":
        array = np.array([validate.seed(seed) for seed in seeds])
    elif array.min() < 0 or array.max() > validate.LARGEST_SEED:
        outside = (array < 0) | (array > validate.LARGEST_SEED)
        validate.seed(array[outside][0])  # names the first one that is wrong
    return array.astype(np.uint64)


def as_array(values: Any) -> np.ndarray:
    """The values as an array; rows of different lengths, which are none, as an empty one."""
    try:
        return np.asarray(values)
    except (ValueError, OverflowError):
        return np.empty(0, object)


def checked_bits(bits: Any, shape: tuple[int, ...], what: str) -> np.ndarray:
    """Bits of a shape as contiguous uint8; ValueError for another shape or any other value."""
    array = as_array(bits)
    numbers = array.dtype.kind in "biuf"
    if array.shape != shape or not numbers or not ((array == 0) | (array == 1)).all():
        raise ValueError(
            f"{what} must be {shape[-1]} bits, each 0 or 1, in an array of shape {shape}, not"
            f" {validate.shown(bits)}"
        )
    return np.ascontiguousarray(array, np.uint8)
