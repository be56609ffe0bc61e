"""What a team said to itself in one episode: messages, attention, commands and decisions of every
tick, as arrays.

`recording` makes such records; here is what they hold, how they are saved, and two measures of
attention. A file is
plain JSON: reading one that a stranger sent runs no code.
"""

import base64
import json
import zlib
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from course_lib.cyber_range import constants as names

from ..doctrine import Doctrine
from ..spaces import ACTIONS, CLASSES, MESSAGE, normalised
from ..team import Team
from ..tree import Tree
from ..wiring import Wiring

FORMAT, VERSION = "course-attention", 1
MAX_TICKS, MAX_UNITS, MAX_HEADS = 10_000, 1_000, 76
EVENTS = ("scan", "exploit", "alert", "remove", "restore")
"""Rows of the event strip."""
META = {"policy": str, "seed": int, "defenders": str, "heads": int, "tree": dict, "doctrine": list}


def _array(kind: str, *shape: str, low: float = -np.inf, high: float = np.inf):
    return field(metadata={"kind": kind, "shape": shape, "low": low, "high": high})


@dataclass(frozen=True, eq=False)
class AttentionRecord:
    """T ticks of a team with U units, L of them leaves and I inner; arrays of units are in the
    order of `Wiring`.

    Row t is the decision of tick t, made on what the zones showed then; ``events[t]`` is what had
    just happened, in the tick before. Arrays of 16-bit floats have three to four exact digits.
    """

    policy: str
    """Name of the policy."""
    seed: int
    """Seed of the episode, and of the commanders' draws."""
    defenders: str
    """"official" or "per-zone" on the range, "" where nothing was played."""
    heads: int
    """Attention heads H."""
    tree: Tree
    doctrine: Doctrine
    raw: np.ndarray = _array("i1", "T", "L", "message", low=0, high=3)
    """(T, L, 76) what the zones said, as the range gives it."""
    exists: np.ndarray = _array("u1", "L", "slots", low=0, high=1)
    """(L, 16) 1 where a zone has a host."""
    owner: np.ndarray = _array("i1", "L", low=0, high=127)
    """(L,) number of the agent through which a leaf acts."""
    alive: np.ndarray = _array("u1", "T", "U", low=0, high=1)
    """(T, U) 0 where a unit was lost."""
    ioc: np.ndarray = _array("<f2", "T", "U", low=0, high=1)
    """(T, U) every unit's own IOC."""
    inner: np.ndarray = _array("<f2", "T", "I", "message")
    """(T, I, 76) the fused messages of the inner units."""
    attention_weights: np.ndarray = _array("<f2", "T", "attention", low=0, high=1)
    """(T, sum of H * N * N over inner units); see `attention`."""
    pooling_weights: np.ndarray = _array("<f2", "T", "pooling", low=0, high=1)
    """(T, sum of N over inner units); see `pooling`."""
    commands: np.ndarray = _array("<f4", "T", "U", "classes", low=0, high=1)
    """(T, U, 8) the command every unit held, ones where it had none."""
    drawn: np.ndarray = _array("i1", "T", "I", low=-1, high=CLASSES - 1)
    """(T, I) class each commander drew last, -1 before the first time."""
    shares: np.ndarray = _array("<f2", "T", "I", "classes", low=0, high=1)
    """(T, I, 8) class shares from which each commander would draw in this tick, under the command
    it held."""
    probabilities: np.ndarray = _array("<f2", "T", "L", "actions", low=0, high=1)
    """(T, L, 82) action probabilities of every leaf under the command it held, also of those that
    could not act."""
    turn: np.ndarray = _array("<f2", "T", "L", low=0, high=1)
    """(T, L) probability that a leaf is the one that acts through a shared agent; 1 with an agent
    of its own."""
    chosen: np.ndarray = _array("i1", "T", "L", low=-1, high=ACTIONS - 1)
    """(T, L) action that was begun; -1 where a leaf was busy, lost, or another zone of its agent
    acted."""
    rule: np.ndarray = _array("i1", "T", "L", low=0, high=127)
    """(T, L) place of the doctrine rule that fired, ``len(doctrine.rules)`` where none did."""
    reward: np.ndarray = _array("<f4", "T")
    """(T,) team reward that followed, points."""
    events: np.ndarray = _array("u1", "T", "L", "events")
    """(T, L, 5) number of `EVENTS` at each zone: scans and successful exploits of red, hosts with
    an event, finished removes and restores. A search for hosts counts where it was started from,
    for it has no target."""
    team: Team | None = None
    """The team as it was, or None in a record that was loaded; see `recording.attach`."""

    def __post_init__(self):
        object.__setattr__(self, "wiring", Wiring.of(self.tree))
        sizes = _sizes(self.wiring, self.heads, len(self.raw))
        for spec in ARRAYS:
            object.__setattr__(self, spec.name, _checked(getattr(self, spec.name), spec, sizes))

    @property
    def ticks(self) -> int:
        """T."""
        return len(self.raw)

    @property
    def units(self) -> tuple[str, ...]:
        """(U,) names, the leaves first, the root last."""
        return self.wiring.names

    @property
    def leaves(self) -> tuple[str, ...]:
        """(L,) names of the leaves."""
        return self.units[: self.wiring.leaf_count]

    @property
    def commanders(self) -> tuple[str, ...]:
        """(I,) names of the inner units, the root last."""
        return self.units[self.wiring.leaf_count :]

    def children(self, unit: str) -> tuple[str, ...]:
        """Names of a commander's N children; ValueError for a unit that commands nobody."""
        self._place(unit)
        return tuple(child.name for child in self.tree.find(unit).children)

    def messages(self, tick: int) -> np.ndarray:
        """(U, 76) float32 what every unit said in a tick."""
        return np.concatenate([normalised(self.raw[tick]), self.inner[tick].astype(np.float32)])

    def attention(self, unit: str) -> np.ndarray:
        """(T, H, N, N) float32 attention of receiver (row) to sender (column) among a commander's
        children."""
        return self._ragged(
            self.attention_weights, unit, lambda n: self.heads * n * n, (self.heads, -1)
        )

    def pooling(self, unit: str) -> np.ndarray:
        """(T, N) float32 weight of each child in a commander's fused message."""
        return self._ragged(self.pooling_weights, unit, lambda n: n, ())

    def present(self, unit: str) -> np.ndarray:
        """(T, N) bool, which children a commander could hear."""
        return self.alive[:, [self.units.index(child) for child in self.children(unit)]] > 0

    def save(self, path: str | Path) -> None:
        """Write one JSON file (arrays: little-endian bytes, zlib, base64); the team is not in
        it."""
        content = {"format": FORMAT, "version": VERSION, "ticks": self.ticks}
        content |= {name: getattr(self, name) for name in ("policy", "seed", "defenders", "heads")}
        content |= {"tree": self.tree.description(), "doctrine": self.doctrine.to_list()}
        packed = {
            spec.name: zlib.compress(getattr(self, spec.name).tobytes(), 6) for spec in ARRAYS
        }
        content["arrays"] = {
            name: base64.b64encode(data).decode("ascii") for name, data in packed.items()
        }
        Path(path).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, path: str | Path) -> "AttentionRecord":
        """Read a file written by `save`. ValueError, one line, for a damaged, foreign or newer
        file."""
        try:
            return _from_json(json.loads(Path(path).read_text(encoding="utf-8")))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise ValueError(
                f"{path}: not an attention record (no readable JSON: {type(error).__name__})"
            ) from None
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    def _place(self, unit: str) -> int:
        if unit not in self.commanders:
            raise ValueError(
                f"{unit!r} commands nobody; the commanders are {', '.join(self.commanders)}"
            )
        return self.commanders.index(unit)

    def _ragged(self, flat: np.ndarray, unit: str, size, lead: tuple[int, ...]) -> np.ndarray:
        counts = [len(self.children(name)) for name in self.commanders]
        place = self._place(unit)
        start, n = sum(size(c) for c in counts[:place]), counts[place]
        return flat[:, start : start + size(n)].reshape(self.ticks, *lead, n).astype(np.float32)


ARRAYS = tuple(spec for spec in fields(AttentionRecord) if spec.metadata)


def attention_entropy(attention: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Entropy of each head, as a share of the most it can be: 1 = listens to all alike, 0 = each to
    one sender only.

    Args:
        attention: (..., H, N, N), rows of present receivers sum to 1.
        present: (..., N) bool.

    Returns:
        (..., H) float: mean over present receivers of ``-sum p log p / log n`` with n present
        children; nan where n < 2, for then there is nothing to choose.
    """
    weights = np.asarray(attention, np.float64)
    entropy = (
        -(weights * np.log(np.where(weights > 0, weights, 1))).sum(axis=-1).sum(axis=-1)
    )  # (..., H)
    count = np.asarray(present).sum(axis=-1)[..., None]
    most = count * np.log(np.maximum(count, 2))
    return np.where(count > 1, entropy / np.maximum(most, 1), np.nan)


def attention_change(attention: np.ndarray) -> np.ndarray:
    """(T, H, N, N) -> (T, H): share of attention that moved since the tick before, 0 to 1, mean
    over receivers."""
    moved = np.abs(np.diff(attention, axis=0, prepend=attention[:1])).sum(axis=-1) / 2
    return moved.mean(axis=-1)


def _sizes(wiring: Wiring, heads: int, ticks: int) -> dict[str, int]:
    counts = np.concatenate([real.sum(axis=1) for real in wiring.has_child])
    return {
        "T": ticks, "U": wiring.count, "L": wiring.leaf_count, "I": wiring.count - wiring.leaf_count,
        "message": MESSAGE, "classes": CLASSES, "actions": ACTIONS, "slots": names.SLOTS, "events": len(EVENTS),
        "attention": int(heads * (counts**2).sum()), "pooling": int(counts.sum()),
    }  # fmt: skip


def _checked(value, spec, sizes: dict[str, int]) -> np.ndarray:
    """Read-only array of the declared type, after a look at shape and values."""
    array, shape = np.asarray(value), tuple(sizes[size] for size in spec.metadata["shape"])
    if array.shape != shape:
        raise ValueError(f"attention record: {spec.name} has shape {array.shape}, expected {shape}")
    low, high = spec.metadata["low"], spec.metadata["high"]
    if array.size and not (
        np.isfinite(array).all() and array.min() >= low - 1e-3 and array.max() <= high + 1e-3
    ):
        raise ValueError(f"attention record: {spec.name} holds values outside {low}..{high}")
    array = array.astype(spec.metadata["kind"])
    array.setflags(write=False)
    return array


def _from_json(content) -> AttentionRecord:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f'not an attention record (format "{FORMAT}" expected)')
    if content.get("version") != VERSION:
        raise ValueError(
            f"attention record of version {content.get('version')}, this course reads version {VERSION}"
        )
    for name, kind in META.items():
        if not isinstance(content.get(name), kind) or isinstance(content.get(name), bool):
            raise ValueError(f"damaged attention record: {name} is missing or no {kind.__name__}")
    tree, ticks, arrays = (
        Tree.from_description(content["tree"]),
        content.get("ticks"),
        content.get("arrays"),
    )
    if not isinstance(ticks, int) or not 1 <= ticks <= MAX_TICKS or not isinstance(arrays, dict):
        raise ValueError("damaged attention record: ticks or arrays are missing or out of range")
    if len(tree.units) > MAX_UNITS or not 1 <= content["heads"] <= MAX_HEADS:
        raise ValueError("damaged attention record: too many units or heads")
    sizes = _sizes(Wiring.of(tree), content["heads"], ticks)
    loaded = {spec.name: _unpack(arrays.get(spec.name), spec, sizes) for spec in ARRAYS}
    meta = {name: content[name] for name in ("policy", "seed", "defenders", "heads")}
    return AttentionRecord(
        **meta, tree=tree, doctrine=Doctrine.from_list(content["doctrine"]), **loaded
    )


def _unpack(text, spec, sizes: dict[str, int]) -> np.ndarray:
    """An array from a file; never inflates more bytes than its shape allows."""
    shape = tuple(sizes[size] for size in spec.metadata["shape"])
    size = int(np.prod(shape)) * np.dtype(spec.metadata["kind"]).itemsize
    try:
        raw = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), size + 1)
    except (TypeError, ValueError, zlib.error):
        raise ValueError(f"damaged attention record: array {spec.name} cannot be read") from None
    if len(raw) != size:
        raise ValueError(f"damaged attention record: array {spec.name} has the wrong length")
    return np.frombuffer(raw, spec.metadata["kind"]).reshape(shape)
