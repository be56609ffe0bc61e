"""The replay record: everything that happened in one episode, as arrays that a picture can be drawn
from.

A record holds the *true* state, which no defender sees. It is made for looking at an episode
afterwards (network map, animated replay, tests), never as an input of a policy. A file is plain
JSON: reading one that a stranger sent runs no code.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from .. import constants as names
from ..constants import ACTION_CLASSES, HOST_COUNT, RED_ACTIONS, RED_COUNT

FORMAT = "course-replay"
VERSION = 1
MAX_TICKS = 100_000
"""Longest episode a file may claim, so that a damaged length cannot fill the memory."""

DEFENDER_COUNT = {
    "official": len(names.OFFICIAL_DEFENDERS),
    "per-zone": len(names.PER_ZONE_DEFENDERS),
}
TICKS, FRAMES, DEFENDERS = "T", "T + 1", "D"
META = {"engine": str, "policy": str, "seed": int, "steps": int, "defenders": str, "options": dict}


def _array(
    kind: str, *shape: str | int, values: tuple[int, int] = (-np.inf, np.inf), **options: Any
) -> Any:
    """Field for an array of that dtype and shape; ``values`` are the ends allowed: a drawing uses
    some as indices."""
    return field(metadata={"kind": kind, "shape": shape, "values": values}, **options)


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
    """Length option of the environment; an episode that was played to its end has ``steps - 1``
    ticks."""
    defenders: str
    """"official" (D = 5) or "per-zone" (D = 7)."""

    exists: np.ndarray = _array("u1", HOST_COUNT, values=(0, 1))
    """(128,) 1 where there is a host."""
    level: np.ndarray = _array("u1", FRAMES, HOST_COUNT, values=(0, 2))
    """(T+1, 128) 0 clean or absent, 1 red user session, 2 red root session."""
    decoys: np.ndarray = _array("u1", FRAMES, HOST_COUNT)
    """(T+1, 128) number of decoy services."""
    reliability: np.ndarray = _array("u1", FRAMES, HOST_COUNT, values=(0, 100))
    """(T+1, 128) lowest reliability of an active service, percent."""
    ot_stopped: np.ndarray = _array("u1", FRAMES, HOST_COUNT)
    """(T+1, 128) 1 where the operational-technology service is stopped."""
    blocked: np.ndarray = _array("u1", FRAMES, names.ZONE_COUNT, names.ALPHABET_COUNT)
    """(T+1, 8, 9) 1 where traffic from a source (alphabetical) to a zone is blocked."""
    phase: np.ndarray = _array("u1", FRAMES, values=(0, 2))
    """(T+1,) mission phase 0, 1, 2."""

    reward: np.ndarray = _array("<f4", TICKS)
    """(T,) team reward of the tick, points."""
    process: np.ndarray = _array("u1", TICKS, HOST_COUNT)
    """(T, 128) 1 where the tick raised a process event."""
    connection: np.ndarray = _array("u1", TICKS, HOST_COUNT)
    """(T, 128) 1 where the tick raised a connection event."""
    blue_class: np.ndarray = _array("i1", TICKS, DEFENDERS, values=(0, len(ACTION_CLASSES) - 1))
    """(T, D) class of the action that finished (`names.ACTION_CLASSES`; Sleep if none did)."""
    blue_host: np.ndarray = _array("<i2", TICKS, DEFENDERS, values=(-1, HOST_COUNT - 1))
    """(T, D) host that action was aimed at, or -1."""
    blue_started: np.ndarray = _array("i1", TICKS, DEFENDERS, values=(-1, len(ACTION_CLASSES) - 1))
    """(T, D) class of the action accepted in this tick, -1 while busy."""
    red_kind: np.ndarray = _array("i1", TICKS, RED_COUNT, values=(0, len(RED_ACTIONS) - 1))
    """(T, 6) red action that came due (`names.RED_ACTIONS`; Sleep if none did)."""
    red_source: np.ndarray = _array("<i2", TICKS, RED_COUNT, values=(-1, HOST_COUNT - 1))
    """(T, 6) host it was started from, or -1."""
    red_host: np.ndarray = _array("<i2", TICKS, RED_COUNT, values=(-1, HOST_COUNT - 1))
    """(T, 6) host it was aimed at, or -1."""
    red_success: np.ndarray = _array("i1", TICKS, RED_COUNT, values=(-1, 1))
    """(T, 6) 1 success, 0 failure, -1 no result."""

    messages: np.ndarray | None = _array(
        "i1", FRAMES, names.DEFENDED_ZONES, names.MESSAGE_LENGTH, default=None
    )
    """(T+1, 7, 76) message observation of every defended zone, or None."""
    told: np.ndarray | None = _array("u1", TICKS, DEFENDERS, names.TEAM_BITS, default=None)
    """(T, D, 8) team bits sent with the actions, or None."""
    options: dict[str, Any] = field(default_factory=dict)
    """Further options of the environment, JSON values."""

    def __post_init__(self):
        for spec in ARRAYS:
            array = getattr(self, spec.name)
            if array is not None or spec.name not in OPTIONAL:
                object.__setattr__(
                    self, spec.name, _checked(array, spec, _shape(spec, self.ticks, self.defenders))
                )

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
        """SHA-256 over all arrays: equal for equal episodes, whatever policy or file name led to
        them."""
        total = hashlib.sha256()
        for spec in ARRAYS:
            array = getattr(self, spec.name)
            total.update(spec.name.encode() + (b"-" if array is None else array.tobytes()))
        return total.hexdigest()

    def save(self, path: str | Path) -> None:
        """Write the record as one JSON file (arrays: little-endian bytes, zlib, base64)."""
        arrays = {}
        for spec in ARRAYS:
            array = getattr(self, spec.name)
            if array is not None:
                arrays[spec.name] = base64.b64encode(zlib.compress(array.tobytes(), 9)).decode(
                    "ascii"
                )
        content = {"format": FORMAT, "version": VERSION, "ticks": self.ticks}
        content |= {name: getattr(self, name) for name in META} | {"arrays": arrays}
        Path(path).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, path: str | Path) -> "EpisodeRecord":
        """Read a file written by `save`. ValueError, one line, for a damaged, foreign or newer
        file."""
        try:
            return _from_json(json.loads(Path(path).read_text(encoding="utf-8")))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise ValueError(
                f"{path}: not a replay record (no readable JSON: {type(error).__name__})"
            ) from None
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None


ARRAYS = tuple(spec for spec in fields(EpisodeRecord) if spec.metadata)
"""The fields that are arrays, in the order of a file."""
OPTIONAL = ("messages", "told")


def record_from_truth(
    truths: Sequence[Mapping[str, Any]], meta: Mapping[str, Any], **optional: Any
) -> EpisodeRecord:
    """Stack the ``truth()`` dictionaries of one episode, the one after reset first, to a record.

    ``meta`` holds engine, policy, seed, steps, defenders and options; ``optional`` may hold
    messages and told.
    """
    if len(truths) < 2:
        raise ValueError("a replay record needs the state after reset and at least one tick")
    steps = [int(truth["step"]) for truth in truths]
    if steps != list(range(len(truths))):
        raise ValueError(
            "replay record: step numbers must run 0, 1, 2 ... from reset, one truth() per tick"
        )
    exists = np.asarray(truths[0]["exists"])
    if any((np.asarray(truth["exists"]) != exists).any() for truth in truths):
        raise ValueError(
            "replay record: hosts changed in mid-episode; record one episode at a time"
        )
    series = {}
    for spec in ARRAYS:
        if spec.metadata["shape"][0] in (FRAMES, TICKS) and spec.name not in OPTIONAL:
            rows = truths if spec.metadata["shape"][0] == FRAMES else truths[1:]
            series[spec.name] = np.stack([truth[spec.name] for truth in rows])
    return EpisodeRecord(exists=exists, **series, **meta, **optional)


def record_episode(
    policy: Any, engine: str = "range", seed: int = 0, steps: int = 500, **options
) -> EpisodeRecord:
    """Play one episode with a contract policy and return its record.

    ``options`` go to `parallel_env`. The policy decides defenders and observation; if it uses the
    message observation, that is recorded too.
    """
    from ..envs.parallel import parallel_env
    from .evaluate import as_policy

    policy = as_policy(policy)
    env = parallel_env(
        engine, policy.defenders, steps=steps, observation=policy.observation, **options
    )
    meta = {"engine": engine, "seed": seed, "steps": steps, "defenders": policy.defenders}
    meta["policy"] = getattr(policy, "name", type(policy).__name__)
    meta["options"] = json.loads(
        json.dumps(options, default=str)
    )  # as text what JSON cannot hold, such as Rules
    observations, infos = env.reset(seed=seed)
    policy.reset(seed)
    truths, shown, told = [env.truth()], [env.zone_messages()], []
    while env.agents:
        observations, _, _, _, infos = env.step(policy.act(observations, infos))
        truths.append(env.truth())
        shown.append(env.zone_messages())
        told.append(env.visible().told[: len(env.possible_agents)])
    messages = None if policy.observation == "flat" else np.stack(shown)  # "flat" remembers none
    return record_from_truth(truths, meta, messages=messages, told=np.stack(told))


def _shape(spec: Field, ticks: int, defenders: str) -> tuple[int, ...]:
    """Shape of an array in an episode of so many ticks."""
    if defenders not in DEFENDER_COUNT:
        raise ValueError(
            f'replay record: defenders must be "official" or "per-zone", got {defenders!r}'
        )
    sizes = {TICKS: ticks, FRAMES: ticks + 1, DEFENDERS: DEFENDER_COUNT[defenders]}
    return tuple(sizes.get(size, size) for size in spec.metadata["shape"])


def _checked(value: Any, spec: Field, shape: tuple[int, ...]) -> np.ndarray:
    """Read-only copy of an array in its declared type, after a look at shape and values."""
    array = np.asarray(value)
    if array.shape != shape:
        raise ValueError(f"replay record: {spec.name} has shape {array.shape}, expected {shape}")
    low, high = spec.metadata["values"]
    if not np.isfinite(array).all() or array.min() < low or array.max() > high:
        raise ValueError(f"replay record: {spec.name} holds values outside {low}..{high}")
    array = array.astype(spec.metadata["kind"])
    array.setflags(write=False)
    return array


def _unpack(text: Any, spec: Field, shape: tuple[int, ...]) -> np.ndarray:
    """An array from a file; never inflates more bytes than the shape allows."""
    size = int(np.prod(shape)) * np.dtype(spec.metadata["kind"]).itemsize
    try:
        raw = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), size + 1)
    except (TypeError, ValueError, zlib.error):
        raise ValueError(f"damaged replay record: array {spec.name} cannot be read") from None
    if len(raw) != size:
        raise ValueError(f"damaged replay record: array {spec.name} has the wrong length")
    return np.frombuffer(raw, spec.metadata["kind"]).reshape(shape)


def _from_json(content: Any) -> EpisodeRecord:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f'not a replay record (format "{FORMAT}" expected)')
    if content.get("version") != VERSION:
        raise ValueError(
            f"replay record of version {content.get('version')}, this course reads version {VERSION}"
        )
    for name, kind in META.items():
        if not isinstance(content.get(name), kind) or isinstance(content.get(name), bool):
            raise ValueError(f"damaged replay record: {name} is missing or no {kind.__name__}")
    ticks, arrays = content.get("ticks"), content.get("arrays")
    if not isinstance(ticks, int) or not 1 <= ticks <= MAX_TICKS or not isinstance(arrays, dict):
        raise ValueError("damaged replay record: ticks or arrays are missing or out of range")
    loaded = {
        spec.name: _unpack(arrays.get(spec.name), spec, _shape(spec, ticks, content["defenders"]))
        for spec in ARRAYS
        if spec.name in arrays or spec.name not in OPTIONAL
    }
    return EpisodeRecord(**{name: content[name] for name in META}, **loaded)
