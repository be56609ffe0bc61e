"""The replay record: everything that happened in one episode, as arrays that a picture can be drawn
from.

A record holds the *true* state, which no defender sees. It is made for looking at an episode
afterwards (network map, animated replay, tests), never as an input of a policy. A file is plain
JSON: reading one that a stranger sent runs no code.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import array_record, storage, validate
from course_lib.array_record import Array

from ..constants import (
    ACTION_CLASSES,
    ALPHABET_COUNT,
    DEFENDED_ZONES,
    HOST_COUNT,
    MESSAGE_LENGTH,
    OFFICIAL_DEFENDERS,
    PER_ZONE_DEFENDERS,
    RED_ACTIONS,
    RED_COUNT,
    TEAM_BITS,
    ZONE_COUNT,
)
from ..envs.parallel import DefenderEnv, parallel_env
from ..policy import policy_name
from .evaluate import as_policy
from .rollout import play_episode

FORMAT, VERSION = "course-replay", 1
WHAT = "replay record"
"""The record's name in messages."""
MAX_TICKS = 100_000
"""Longest episode a file may claim, so that a damaged length cannot fill the memory."""
DEFENDER_COUNT = {"official": len(OFFICIAL_DEFENDERS), "per-zone": len(PER_ZONE_DEFENDERS)}
META = {"engine": str, "policy": str, "seed": int, "steps": int, "defenders": str, "options": dict}
"""What is no array, and its kind in a file."""

LAST_HOST = HOST_COUNT - 1
LAST_CLASS = len(ACTION_CLASSES) - 1
FRAMES, TICKS, DEFENDERS = "T+1", "T", "D"

# A drawing uses many of these values as indices, so their ranges are checked.
SCHEMA = {
    "exists": Array("u1", (HOST_COUNT,), 0, 1),
    "level": Array("u1", (FRAMES, HOST_COUNT), 0, 2),
    "decoys": Array("u1", (FRAMES, HOST_COUNT)),
    "reliability": Array("u1", (FRAMES, HOST_COUNT), 0, 100),
    "ot_stopped": Array("u1", (FRAMES, HOST_COUNT)),
    "blocked": Array("u1", (FRAMES, ZONE_COUNT, ALPHABET_COUNT)),
    "phase": Array("u1", (FRAMES,), 0, 2),
    "reward": Array("<f4", (TICKS,)),
    "process": Array("u1", (TICKS, HOST_COUNT)),
    "connection": Array("u1", (TICKS, HOST_COUNT)),
    "blue_class": Array("i1", (TICKS, DEFENDERS), 0, LAST_CLASS),
    "blue_host": Array("<i2", (TICKS, DEFENDERS), -1, LAST_HOST),
    "blue_started": Array("i1", (TICKS, DEFENDERS), -1, LAST_CLASS),
    "red_kind": Array("i1", (TICKS, RED_COUNT), 0, len(RED_ACTIONS) - 1),
    "red_source": Array("<i2", (TICKS, RED_COUNT), -1, LAST_HOST),
    "red_host": Array("<i2", (TICKS, RED_COUNT), -1, LAST_HOST),
    "red_success": Array("i1", (TICKS, RED_COUNT), -1, 1),
    "messages": Array("i1", (FRAMES, DEFENDED_ZONES, MESSAGE_LENGTH), optional=True),
    "told": Array("u1", (TICKS, DEFENDERS, TEAM_BITS), optional=True),
}
"""Every array of a record, in the order of a file; what each holds is said at its field."""


@dataclass(frozen=True, eq=False)
class EpisodeRecord:
    """One episode of T ticks and D defenders. Host numbers are ``16 * zone + slot``.

    Frame 0 is the state after reset, frame t + 1 the state after tick t. The arrays are read-only.
    """

    engine: str
    """"range" or "cyborg"."""
    policy: str
    """Name of the policy that defended."""
    seed: int
    steps: int
    """Length option of the environment; a whole episode has ``steps - 1`` ticks."""
    defenders: str
    """"official" (D = 5) or "per-zone" (D = 7)."""

    exists: np.ndarray
    """(128,) 1 where there is a host."""
    level: np.ndarray
    """(T+1, 128) 0 clean or absent, 1 red user session, 2 red root session."""
    decoys: np.ndarray
    """(T+1, 128) number of decoy services."""
    reliability: np.ndarray
    """(T+1, 128) lowest reliability of an active service, percent."""
    ot_stopped: np.ndarray
    """(T+1, 128) 1 where the operational-technology service is stopped."""
    blocked: np.ndarray
    """(T+1, 8, 9) 1 where traffic from a source (alphabetical) to a zone is blocked."""
    phase: np.ndarray
    """(T+1,) mission phase 0, 1, 2."""

    reward: np.ndarray
    """(T,) team reward of the tick, points."""
    process: np.ndarray
    """(T, 128) 1 where the tick raised a process event."""
    connection: np.ndarray
    """(T, 128) 1 where the tick raised a connection event."""
    blue_class: np.ndarray
    """(T, D) class of the action that finished (`ACTION_CLASSES`; Sleep if none did)."""
    blue_host: np.ndarray
    """(T, D) host that action was aimed at, or -1."""
    blue_started: np.ndarray
    """(T, D) class of the action accepted in this tick, -1 while busy."""
    red_kind: np.ndarray
    """(T, 6) red action that came due (`RED_ACTIONS`; Sleep if none did)."""
    red_source: np.ndarray
    """(T, 6) host it was started from, or -1."""
    red_host: np.ndarray
    """(T, 6) host it was aimed at, or -1."""
    red_success: np.ndarray
    """(T, 6) 1 success, 0 failure, -1 no result."""

    messages: np.ndarray | None = None
    """(T+1, 7, 76) message observation of every defended zone, or None."""
    told: np.ndarray | None = None
    """(T, D, 8) team bits sent with the actions, or None."""
    options: dict[str, Any] = field(default_factory=dict)
    """Further options of the environment, JSON values."""

    def __post_init__(self) -> None:
        sizes = _sizes(self.ticks, self.defenders)
        arrays = array_record.checked(self.arrays(), SCHEMA, sizes, WHAT)
        for name, array in arrays.items():
            object.__setattr__(self, name, array)  # frozen, but these are its own copies

    def arrays(self) -> dict[str, np.ndarray | None]:
        """All arrays by name."""
        return {name: getattr(self, name) for name in SCHEMA}

    @property
    def ticks(self) -> int:
        """T, the number of ticks played."""
        return len(self.reward)

    def score_so_far(self) -> np.ndarray:
        """(T+1,) points up to each frame by the official protocol, which never adds the reward of
        the last tick."""
        counted = np.where(np.arange(self.ticks) < self.steps - 2, self.reward, 0.0)
        return np.append(0.0, np.cumsum(counted, dtype=float))

    def official_score(self) -> float:
        """Points of the episode by the official protocol: the first ``steps - 2`` rewards."""
        return float(self.score_so_far()[-1])

    def hosts_held(self, level: int = 1) -> np.ndarray:
        """(T+1,) number of hosts with a red session of at least ``level`` (1 user, 2 root), CON
        included."""
        return (self.level >= level).sum(axis=1)

    def digest(self) -> str:
        """SHA-256 over all arrays: equal for equal episodes, whatever policy led to them."""
        return array_record.digest(self.arrays(), SCHEMA)

    def save(self, path: str | Path) -> None:
        """Write the record as one JSON file; OSError if it cannot be written."""
        meta = {name: getattr(self, name) for name in META}
        packed = array_record.pack(self.arrays(), SCHEMA)
        content = {"ticks": self.ticks, **meta, "arrays": packed}
        storage.write(path, FORMAT, VERSION, content)

    @classmethod
    def load(cls, path: str | Path) -> "EpisodeRecord":
        """Read a file written by `save`.

        ValueError, one line, for a missing, damaged, foreign or newer file.
        """
        content = storage.read(path, FORMAT, VERSION)
        try:
            return _from_table(content)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None


def record_from_truth(
    truths: Sequence[Mapping[str, Any]], meta: Mapping[str, Any], **optional: Any
) -> EpisodeRecord:
    """Stack the ``truth()`` dictionaries of one episode, the one after reset first, to a record.

    ``meta`` holds engine, policy, seed, steps, defenders and options; ``optional`` may hold
    messages and told.
    """
    if len(truths) < 2:
        raise ValueError(f"a {WHAT} needs the state after reset and at least one tick")
    steps = [int(truth["step"]) for truth in truths]
    if steps != list(range(len(truths))):
        raise ValueError(
            f"{WHAT}: step numbers must run 0, 1, 2 ... from reset, one truth() per tick"
        )
    exists = np.asarray(truths[0]["exists"])
    if any((np.asarray(truth["exists"]) != exists).any() for truth in truths):
        raise ValueError(f"{WHAT}: hosts changed in mid-episode; record one episode at a time")
    series: dict[str, Any] = {}
    for name, array in SCHEMA.items():
        if array.shape[0] in (FRAMES, TICKS) and not array.optional:
            # What a tick did is in the truth after it, so the one after reset has no tick.
            first = 0 if array.shape[0] == FRAMES else 1
            series[name] = np.stack([truth[name] for truth in truths[first:]])
    return EpisodeRecord(exists=exists, **series, **meta, **optional)


def record_episode(
    policy: Any, engine: str = "range", seed: int = 0, steps: int = 500, **options: Any
) -> EpisodeRecord:
    """Play one episode and return its record.

    Args:
        policy: whatever `evaluate` takes; it decides defenders and observation. If it uses the
            message observation, that is recorded too.
        engine: "range" or "cyborg".
        seed: of the episode.
        steps: nominal length.
        options: further options of the environment.
    """
    player = as_policy(policy)
    validate.seed(seed)
    env = parallel_env(
        engine, player.defenders, steps=steps, observation=player.observation, **options
    )
    truths = []
    shown = []
    told = []

    def tick(now: DefenderEnv) -> None:
        truths.append(now.truth())
        shown.append(now.zone_messages())
        told.append(now.visible().told[: len(now.possible_agents)])

    play_episode(env, player, seed, tick)
    meta = {
        "engine": engine,
        "policy": policy_name(player),
        "seed": seed,
        "steps": steps,
        "defenders": player.defenders,
        # as text what JSON cannot hold, such as Rules
        "options": json.loads(json.dumps(options, default=str)),
    }
    # The team bits of a tick are heard in the next: nothing was told before the first.
    messages = None if player.observation == "flat" else np.stack(shown)  # "flat" remembers none
    return record_from_truth(truths, meta, messages=messages, told=np.stack(told[1:]))


def _sizes(ticks: int, defenders: str) -> dict[str, int]:
    """The sizes that differ between records."""
    validate.choice("defenders", defenders, DEFENDER_COUNT)
    return {TICKS: ticks, FRAMES: ticks + 1, DEFENDERS: DEFENDER_COUNT[defenders]}


def _from_table(content: dict[str, Any]) -> EpisodeRecord:
    """The record that a file holds, with everything checked."""
    meta = {
        name: array_record.table_entry(content, name, kind, WHAT) for name, kind in META.items()
    }
    ticks = content.get("ticks")
    if not isinstance(ticks, int) or isinstance(ticks, bool) or not 1 <= ticks <= MAX_TICKS:
        raise ValueError(f"damaged {WHAT}: ticks are missing or out of range")
    sizes = _sizes(ticks, meta["defenders"])
    arrays: dict[str, Any] = array_record.unpack(content.get("arrays"), SCHEMA, sizes, WHAT)
    return EpisodeRecord(**meta, **arrays)
