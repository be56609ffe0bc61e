"""What a team said to itself in one episode: messages, attention, commands and decisions of every
tick, as arrays.

`recorder` makes such records; here is what they hold, and measures of attention.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields

import numpy as np

from course_lib import array_checks
from course_lib.array_record import Array, checked
from course_lib.cyber_range.constants import SLOTS

from ..doctrine import Doctrine
from ..spaces import ACTIONS, CLASSES, MESSAGE, message_names, normalised
from ..team import Team
from ..tree import Tree
from ..wiring import Wiring

EVENTS = ("scan", "exploit", "alert", "remove", "restore")
"""Rows of the event strip."""

SCHEMA = {
    "raw": Array("i1", ("T", "L", MESSAGE), 0, 3),
    "exists": Array("u1", ("L", SLOTS), 0, 1),
    "owner": Array("i1", ("L",), 0, 127),
    "alive": Array("u1", ("T", "U"), 0, 1),
    "commands": Array("<f4", ("T", "U", CLASSES), 0, 1),
    "drawn": Array("i1", ("T", "I"), -1, CLASSES - 1),
    "chosen": Array("i1", ("T", "L"), -1, ACTIONS - 1),
    "reward": Array("<f4", ("T",)),
    "events": Array("u1", ("T", "L", len(EVENTS))),
    "ioc": Array("<f2", ("T", "U"), 0, 1),
    "inner": Array("<f2", ("T", "I", MESSAGE)),
    "attention_weights": Array("<f2", ("T", "attention"), 0, 1),
    "pooling_weights": Array("<f2", ("T", "pooling"), 0, 1),
    "class_probabilities": Array("<f2", ("T", "I", CLASSES), 0, 1),
    "probabilities": Array("<f2", ("T", "L", ACTIONS), 0, 1),
    "turn": Array("<f2", ("T", "L"), 0, 1),
    "rule": Array("i1", ("T", "L"), 0, 127),
}
"""The arrays of an `AttentionRecord`: dtype, shape, smallest and largest value."""


@dataclass(frozen=True, eq=False)
class TeamEpisode:
    """T ticks of a team with U units, L of them leaves and I inner: what happened to it.

    Arrays of units are in the order of `Wiring`. Row t is the decision of tick t, made on what the
    zones showed then.
    """

    policy: str
    """Name of the policy."""
    seed: int
    """Seed of the episode, and of the commanders' draws."""
    defenders: str
    """"official" or "per-zone"."""
    doctrine: Doctrine
    raw: np.ndarray
    """(T, L, 76) what the zones said, as the range gives it."""
    exists: np.ndarray
    """(L, 16) 1 where a zone has a host."""
    owner: np.ndarray
    """(L,) number of the agent through which a leaf acts."""
    alive: np.ndarray
    """(T, U) 0 where a unit was lost."""
    commands: np.ndarray
    """(T, U, 8) the command every unit held, ones where it had none."""
    drawn: np.ndarray
    """(T, I) class each commander drew last, -1 before the first time."""
    chosen: np.ndarray
    """(T, L) action that was begun; -1 where a leaf was busy, lost, or another zone of its agent
    acted."""
    reward: np.ndarray
    """(T,) team reward that followed, points."""
    events: np.ndarray
    """(T, L, 5) number of `EVENTS` at each zone in the tick before: scans and successful exploits
    of red, hosts with an event, finished removes and restores. A search for hosts counts where it
    was started from, for it has no target."""
    notes: np.ndarray | None
    """(T, L, 194) what the leaves remembered, or None for a team that keeps no notes."""


@dataclass(frozen=True, eq=False)
class AttentionRecord(TeamEpisode):
    """An episode, and what a team computed in every tick of it.

    Arrays of 16-bit floats have three to four exact digits.

    Raises:
        ValueError: for an array of another shape, or with values outside its range.
    """

    ioc: np.ndarray
    """(T, U) every unit's own IOC."""
    inner: np.ndarray
    """(T, I, 76) the fused messages of the inner units."""
    attention_weights: np.ndarray
    """(T, sum of H * N * N over inner units); see `attention`."""
    pooling_weights: np.ndarray
    """(T, sum of N over inner units); see `pooling`."""
    class_probabilities: np.ndarray
    """(T, I, 8) from which each commander would draw in this tick, under the command it held."""
    probabilities: np.ndarray
    """(T, L, 82) action probabilities of every leaf under the command it held, also of those that
    could not act."""
    turn: np.ndarray
    """(T, L) probability that a leaf is the one that acts through a shared agent; 1 with an agent
    of its own."""
    rule: np.ndarray
    """(T, L) place of the doctrine rule that fired, ``len(doctrine.rules)`` where none did."""
    team: Team
    """The team as it was: a copy, so training it further changes no record."""
    wiring: Wiring = field(init=False)
    """Of the team's tree."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "wiring", self.team.wiring)
        values = {name: getattr(self, name) for name in SCHEMA}
        sizes = _sizes(self.wiring, self.heads, len(self.raw))
        arrays = checked(values, SCHEMA, sizes, "attention record")
        for name, array in arrays.items():
            # The class is frozen for its users; the checked copies replace what was given.
            object.__setattr__(self, name, array)

    @property
    def tree(self) -> Tree:
        """Who reports to whom."""
        return self.team.tree

    @property
    def heads(self) -> int:
        """Attention heads H."""
        return self.team.config.unit.message.nhead

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
        if unit not in self.commanders:
            listed = ", ".join(self.commanders)
            raise ValueError(f"{unit!r} commands nobody; the commanders are {listed}")
        return tuple(child.name for child in self.tree.find(unit).children)

    def messages(self, tick: int) -> np.ndarray:
        """(U, 76) float32 what every unit said in a tick."""
        leaves = normalised(self.raw[tick])
        inner = self.inner[tick].astype(np.float32)
        return np.concatenate([leaves, inner])

    def entry_names(self, unit: str) -> tuple[str, ...]:
        """Names of the 76 entries of a unit's message.

        Only a leaf's entries mean what the range's names say. After phi, entry 3 is no longer entry
        3 of any child: a layer norm has shifted and scaled it, so it is called "latent 3".
        """
        if self.wiring.number(unit) < self.wiring.leaf_count:
            return message_names()
        return latent_names()

    def attention(self, unit: str) -> np.ndarray:
        """(T, H, N, N) float32 attention of receiver (row) to sender (column) among children."""
        count = len(self.children(unit))
        flat = self._part(self.attention_weights, unit, lambda n: self.heads * n * n)
        return flat.reshape(self.ticks, self.heads, count, count)

    def pooling(self, unit: str) -> np.ndarray:
        """(T, N) float32 weight of each child in a commander's fused message."""
        return self._part(self.pooling_weights, unit, lambda count: count)

    def mixed_weights(self, unit: str) -> np.ndarray:
        """(T, N) float32 weight of each child after mixing, see `weight_after_mixing`."""
        attention = self.attention(unit)
        return weight_after_mixing(attention, self.pooling(unit))

    def child_mask(self, unit: str) -> np.ndarray:
        """(T, N) bool, which children reached a commander."""
        numbers = [self.wiring.number(child) for child in self.children(unit)]
        return self.alive[:, numbers] > 0

    def _part(
        self,
        flat: np.ndarray,
        unit: str,
        size: Callable[[int], int],
    ) -> np.ndarray:
        """The columns of one commander; ``size`` tells how many one with N children has."""
        counts = [len(self.children(name)) for name in self.commanders]
        place = self.commanders.index(unit)
        # Commanders have different numbers of children, so their parts differ in size.
        start = sum(size(n) for n in counts[:place])
        end = start + size(counts[place])
        return flat[:, start:end].astype(np.float32)


EPISODE_FIELDS = tuple(spec.name for spec in fields(TeamEpisode))


def latent_names() -> tuple[str, ...]:
    """Names of the 76 entries of a fused message, which have no meaning of their own."""
    return tuple(f"latent {entry}" for entry in range(MESSAGE))


def attention_entropy(attention: np.ndarray, child_mask: np.ndarray) -> np.ndarray:
    """Entropy of each head, as a share of the most it can be.

    1 = each child listens to all alike, 0 = each to one sender only.

    Args:
        attention: (..., H, N, N), rows of present receivers sum to 1.
        child_mask: (..., N) bool, which children are present.

    Returns:
        (..., H) float: mean over present receivers of ``-sum p log p / log n`` with n present
        children; nan where n < 2, for then there is nothing to choose.

    Raises:
        ValueError: for other shapes, and weights that are not finite.
    """
    weights = array_checks.numbers("attention", attention)
    child_mask = array_checks.truths("child_mask", child_mask)
    _check_square(weights)
    if child_mask.shape[-1:] != weights.shape[-1:]:
        raise ValueError("attention is (..., H, N, N) and child_mask (..., N): other N here")
    # 0 * log 0 counts as 0: a sender that nobody hears adds nothing.
    logs = np.log(np.where(weights > 0, weights, 1))
    by_receiver = -(weights * logs).sum(axis=-1)
    entropy = by_receiver.sum(axis=-1)  # (..., H)
    count = np.asarray(child_mask).sum(axis=-1)[..., None]
    # The most it can be: every receiver listens to all alike.
    most = count * np.log(np.maximum(count, 2))
    share = entropy / np.maximum(most, 1)
    return np.where(count > 1, share, np.nan)


def _check_square(attention: np.ndarray) -> None:
    """ValueError unless this is (..., H, N, N)."""
    shape = attention.shape
    if len(shape) < 3 or shape[-2] != shape[-1]:
        raise ValueError(f"attention has shape (..., H, N, N), not {shape}")


def attention_change(attention: np.ndarray) -> np.ndarray:
    """(T, H, N, N) -> (T, H): share of attention that moved since the tick before, 0 to 1.

    The mean over receivers; 0 in the first tick.
    """
    steps = np.diff(attention, axis=0, prepend=attention[:1])
    # Half, for what one sender loses another one gains.
    moved = np.abs(steps).sum(axis=-1) / 2
    return moved.mean(axis=-1)


def weight_after_mixing(attention: np.ndarray, pooling: np.ndarray) -> np.ndarray:
    """How much of each child's message is in the fused one, once attention has mixed them.

    Pooling weighs *encodings*, and an encoding holds a part of its siblings' messages. Attention
    rollout (Abnar and Zuidema 2020) follows both ways, the residual and the attention, half each:
    ``w' = w (I / 2 + A / 2)`` with A the mean of the heads. It is a better guide to influence than
    the pooling weight, and still no proof: `influence` measures.

    Args:
        attention: (..., H, N, N) receiver x sender, of one encoder layer; zeros without one.
        pooling: (..., N) weights of the encodings.

    Returns:
        (..., N) float32, with the same sum as ``pooling``.

    Raises:
        ValueError: for other shapes, and weights that are not finite.
    """
    attention = array_checks.numbers("attention", attention)
    pooling = array_checks.numbers("pooling", pooling)
    _check_square(attention)
    if attention.shape[:-3] + attention.shape[-1:] != pooling.shape:
        raise ValueError("attention is (..., H, N, N) and pooling (..., N): others here")
    heads = np.asarray(attention, np.float32).mean(axis=-3)  # (..., N, N)
    attended = heads.sum(axis=-1)  # 1 for a present receiver, 0 without an encoder
    weights = np.asarray(pooling, np.float32)
    kept = weights * (1 - attended / 2)
    passed_on = np.einsum("...r,...rs->...s", weights, heads) / 2
    return kept + passed_on


def _sizes(
    wiring: Wiring,
    heads: int,
    ticks: int,
) -> dict[str, int]:
    """The sizes that differ between records, by the names in `SCHEMA`."""
    counts = np.concatenate([real.sum(axis=1) for real in wiring.has_child])
    return {
        "T": ticks,
        "U": wiring.count,
        "L": wiring.leaf_count,
        "I": wiring.count - wiring.leaf_count,
        "attention": int(heads * (counts**2).sum()),
        "pooling": int(counts.sum()),
    }
