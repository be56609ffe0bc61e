"""The replay record: everything that happened in one episode, as arrays that a picture can be drawn from.

A record holds the *true* state, which no defender sees. It is made for looking at an episode afterwards
(network map, animated replay, tests), never as an input of a policy. A file is plain JSON: reading one
that a stranger sent runs no code.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .names import (
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

FORMAT = "course-replay"
VERSION = 1
MAX_TICKS = 100_000
"""Longest episode a file may claim, so that a damaged length cannot fill the memory."""

STATE_LAYOUT = {
    "level": ("u1", (HOST_COUNT,)),
    "decoys": ("u1", (HOST_COUNT,)),
    "reliability": ("u1", (HOST_COUNT,)),
    "ot_stopped": ("u1", (HOST_COUNT,)),
    "blocked": ("u1", (ZONE_COUNT, ALPHABET_COUNT)),
    "phase": ("u1", ()),
}
"""State after reset and after each tick: leading axis T + 1."""

EVENT_LAYOUT = {
    "reward": ("<f4", ()),
    "process": ("u1", (HOST_COUNT,)),
    "connection": ("u1", (HOST_COUNT,)),
    "blue_class": ("i1", ("D",)),
    "blue_host": ("<i2", ("D",)),
    "blue_started": ("i1", ("D",)),
    "red_kind": ("i1", (RED_COUNT,)),
    "red_source": ("<i2", (RED_COUNT,)),
    "red_host": ("<i2", (RED_COUNT,)),
    "red_success": ("i1", (RED_COUNT,)),
}
"""What happened in each tick: leading axis T. Row t leads from state t to state t + 1."""

OPTIONAL_LAYOUT = {
    "messages": ("i1", ("T+1", DEFENDED_ZONES, MESSAGE_LENGTH)),
    "told": ("u1", ("T", "D", TEAM_BITS)),
}
"""What the defenders were shown (message observation) and told each other."""

LAYOUT = (
    {"exists": ("u1", (HOST_COUNT,))}
    | {name: (kind, ("T+1", *shape)) for name, (kind, shape) in STATE_LAYOUT.items()}
    | {name: (kind, ("T", *shape)) for name, (kind, shape) in EVENT_LAYOUT.items()}
    | OPTIONAL_LAYOUT
)
LIMITS = {
    "exists": (0, 1),
    "level": (0, 2),
    "reliability": (0, 100),
    "phase": (0, 2),
    "blue_class": (0, len(ACTION_CLASSES) - 1),
    "blue_started": (-1, len(ACTION_CLASSES) - 1),
    "blue_host": (-1, HOST_COUNT - 1),
    "red_kind": (0, len(RED_ACTIONS) - 1),
    "red_source": (-1, HOST_COUNT - 1),
    "red_host": (-1, HOST_COUNT - 1),
    "red_success": (-1, 1),
}
"""Values that a drawing uses as indices must be inside their tables."""

DEFENDER_COUNT = {"official": len(OFFICIAL_DEFENDERS), "per-zone": len(PER_ZONE_DEFENDERS)}
META = {"engine": str, "policy": str, "seed": int, "steps": int, "defenders": str, "options": dict}


@dataclass(frozen=True, eq=False)
class EpisodeRecord:
    """One episode of T ticks and D defenders. Host numbers are ``16 * zone + slot`` (see `names`).

    Frame 0 is the state after reset, frame t + 1 the state after tick t.
    """

    engine: str
    """"range" or "cyborg"."""
    policy: str
    """Name of the policy that defended."""
    seed: int
    steps: int
    """Length option of the environment; an episode that was played to its end has ``steps - 1`` ticks."""
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
    """(T, D) class of the action that finished (`names.ACTION_CLASSES`; Sleep if none did)."""
    blue_host: np.ndarray
    """(T, D) host that action was aimed at, or -1."""
    blue_started: np.ndarray
    """(T, D) class of the action accepted in this tick, -1 while busy."""
    red_kind: np.ndarray
    """(T, 6) red action that came due (`names.RED_ACTIONS`; Sleep if none did)."""
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

    def __post_init__(self):
        if self.defenders not in DEFENDER_COUNT:
            raise ValueError(f'replay record: defenders must be "official" or "per-zone", got {self.defenders!r}')
        for name, kind, shape in _expected(self.ticks, self.defender_count):
            if name not in OPTIONAL_LAYOUT or getattr(self, name) is not None:
                object.__setattr__(self, name, _checked(getattr(self, name), name, kind, shape))

    @property
    def ticks(self) -> int:
        """T, the number of ticks played."""
        return len(self.reward)

    @property
    def defender_count(self) -> int:
        """D, the number of defenders: 5 official or 7 per zone."""
        return DEFENDER_COUNT[self.defenders]

    def score_so_far(self) -> np.ndarray:
        """(T+1,) points up to each frame by the official protocol, which never adds the reward of the last tick."""
        counted = np.where(np.arange(self.ticks) < self.steps - 2, self.reward, 0.0)
        return np.concatenate([[0.0], np.cumsum(counted, dtype=float)])

    def official_score(self) -> float:
        """Points of the episode by the official protocol: the first ``steps - 2`` rewards."""
        return float(self.score_so_far()[-1])

    def hosts_held(self, level: int = 1) -> np.ndarray:
        """(T+1,) number of hosts with a red session of at least ``level`` (1 user, 2 root), CON included."""
        return (self.level >= level).sum(axis=1)

    def digest(self) -> str:
        """SHA-256 over all arrays: equal for equal episodes, whatever policy or file name led to them."""
        total = hashlib.sha256()
        for name in LAYOUT:
            array = getattr(self, name)
            total.update(name.encode() + (b"-" if array is None else array.tobytes()))
        return total.hexdigest()

    def save(self, path: str | Path) -> None:
        """Write the record as one JSON file (arrays: little-endian bytes, zlib, base64)."""
        arrays = {name: _pack(getattr(self, name)) for name in LAYOUT if getattr(self, name) is not None}
        content = {"format": FORMAT, "version": VERSION, "ticks": self.ticks}
        content |= {name: getattr(self, name) for name in META} | {"arrays": arrays}
        Path(path).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, path: str | Path) -> "EpisodeRecord":
        """Read a file written by `save`. ValueError, one line, for a damaged, foreign or newer file."""
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise ValueError(f"{path}: not a replay record (no readable JSON: {type(error).__name__})") from None
        try:
            return _from_json(cls, content)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None


def record_from_truth(truths: Sequence[Mapping[str, Any]], meta: Mapping[str, Any], **optional: Any) -> EpisodeRecord:
    """Stack the ``truth()`` dictionaries of one episode, the one after reset first, to a record.

    ``meta`` holds engine, policy, seed, steps, defenders and options; ``optional`` may hold messages and told.
    """
    if len(truths) < 2:
        raise ValueError("a replay record needs the state after reset and at least one tick")
    steps = [int(truth["step"]) for truth in truths]
    if steps != list(range(len(truths))):
        raise ValueError("replay record: step numbers must run 0, 1, 2 ... from reset, one truth() per tick")
    exists = np.asarray(truths[0]["exists"])
    if any((np.asarray(truth["exists"]) != exists).any() for truth in truths):
        raise ValueError("replay record: hosts changed in mid-episode; record one episode at a time")
    state = {name: np.stack([np.asarray(truth[name]) for truth in truths]) for name in STATE_LAYOUT}
    events = {name: np.stack([np.asarray(truth[name]) for truth in truths[1:]]) for name in EVENT_LAYOUT}
    return EpisodeRecord(exists=exists, **state, **events, **meta, **optional)


def record_episode(
    policy: Any, engine: str = "range", seed: int = 0, steps: int = 500, **options: Any
) -> EpisodeRecord:
    """Play one episode with a contract policy and return its record.

    ``options`` go to `parallel_env`. The policy decides defenders and observation; if it uses the message
    observation, that is recorded too.
    """
    from .parallel import parallel_env

    env = parallel_env(
        engine=engine, defenders=policy.defenders, observation=policy.observation, steps=steps, **options
    )
    meta = {
        "engine": engine,
        "policy": getattr(policy, "name", type(policy).__name__),
        "seed": seed,
        "steps": steps,
        "defenders": policy.defenders,
        "options": {name: _json_value(value) for name, value in options.items()},
    }
    observations, infos = env.reset(seed=seed)
    policy.reset(seed)
    truths, shown, told = [_copy(env.truth())], [env.messages()], []
    while env.agents:
        observations, _, _, _, infos = env.step(policy.act(observations, infos))
        truths.append(_copy(env.truth()))
        shown.append(env.messages())
        told.append(np.array(env.facts().told[: len(env.possible_agents)]))
    env.close()
    messages = None if policy.observation == "flat" else np.stack(shown)  # "flat" remembers none
    return record_from_truth(truths, meta, messages=messages, told=np.stack(told))


def _copy(truth: Mapping[str, Any]) -> dict[str, Any]:
    """An engine may hand out views of arrays that the next tick overwrites."""
    return {name: np.array(value) for name, value in truth.items()}


def _json_value(value: Any) -> Any:
    """The value itself if JSON can hold it, else its text (a table of red's, a rules object)."""
    try:
        return json.loads(json.dumps(value))
    except TypeError:
        return str(value)


def _expected(ticks: int, defenders: int) -> list[tuple[str, str, tuple[int, ...]]]:
    """Name, dtype and shape of every array of an episode."""
    sizes = {"T": ticks, "T+1": ticks + 1, "D": defenders}
    return [(name, kind, tuple(sizes.get(n, n) for n in shape)) for name, (kind, shape) in LAYOUT.items()]


def _checked(value: Any, name: str, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """Read-only copy of an array in its declared type, after a look at shape and values."""
    array = np.asarray(value)
    if array.shape != shape:
        raise ValueError(f"replay record: {name} has shape {array.shape}, expected {shape}")
    low, high = LIMITS.get(name, (-np.inf, np.inf))
    if not np.isfinite(array).all() or array.min() < low or array.max() > high:
        raise ValueError(f"replay record: {name} holds values outside {low}..{high}")
    array = array.astype(kind)
    array.setflags(write=False)
    return array


def _pack(array: np.ndarray) -> str:
    return base64.b64encode(zlib.compress(array.tobytes(), 9)).decode("ascii")


def _unpack(text: Any, name: str, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """Inverse of `_pack`; never inflates more bytes than the shape allows."""
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    try:
        raw = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), size + 1)
    except (TypeError, ValueError, zlib.error):
        raise ValueError(f"damaged replay record: array {name} cannot be read") from None
    if len(raw) != size:
        raise ValueError(f"damaged replay record: array {name} has the wrong length")
    return np.frombuffer(raw, kind).reshape(shape)


def _from_json(cls: type[EpisodeRecord], content: Any) -> EpisodeRecord:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f'not a replay record (format "{FORMAT}" expected)')
    if content.get("version") != VERSION:
        raise ValueError(f"replay record of version {content.get('version')}, this course reads version {VERSION}")
    for name, kind in META.items():
        if not isinstance(content.get(name), kind) or isinstance(content.get(name), bool):
            raise ValueError(f"damaged replay record: {name} is missing or no {kind.__name__}")
    ticks, arrays = content.get("ticks"), content.get("arrays")
    if not isinstance(ticks, int) or not 1 <= ticks <= MAX_TICKS or not isinstance(arrays, dict):
        raise ValueError("damaged replay record: ticks or arrays are missing or out of range")
    if content["defenders"] not in DEFENDER_COUNT:
        raise ValueError('damaged replay record: defenders is neither "official" nor "per-zone"')
    loaded = {
        name: _unpack(arrays.get(name), name, kind, shape)
        for name, kind, shape in _expected(ticks, DEFENDER_COUNT[content["defenders"]])
        if name in arrays or name not in OPTIONAL_LAYOUT
    }
    return cls(**{name: content[name] for name in META}, **loaded)
