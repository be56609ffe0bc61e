"""What a message did: one recorded tick again, with messages withheld, added or falsified.

Attention says how much a unit *listened* to a message; it does not say what the message *changed*.
Here both can be
compared: the tick is passed through the real team twice, once as it was and once with other
    messages at one unit.
Everything else stays: what the zones themselves know, the IOC, the doctrine, who is lost. So each
difference comes through the messages alone.

Commands are drawn by chance, and one draw would hide a small effect or blow it up. Both passes are
therefore exact
expectations over all draws: a leaf's probabilities are averaged over the eight commands it may get,
each as often as it would.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..message_function import MessageRecord
from ..policy import Observation, class_probabilities
from ..spaces import ACTIONS, CLASSES, MESSAGE, PHASE, message_names
from ..team import Team
from ..unit import one_hot_command, shares_to_command
from .record import AttentionRecord
from .recorder import allowed_actions, scenery, turns

QUIET = "quiet zone"
"""A child that reports the mission phase and nothing else."""


@dataclass(frozen=True)
class Pass:
    """One tick, as it was or as it would have been. N counts added children too, absent in the pass
    as it was."""

    heard: np.ndarray
    """(N, 76) messages of the unit's children."""
    present: np.ndarray
    """(N,) bool, which of them the unit heard."""
    message: np.ndarray
    """(76,) the unit's fused message."""
    attention: np.ndarray
    """(H, N, N) receiver x sender."""
    pooling: np.ndarray
    """(N,) weight of each child."""
    shares: np.ndarray
    """(U, 8) class shares of every commander's next command; zeros for leaves."""
    probabilities: np.ndarray
    """(L, 82) action probabilities of every leaf after new commands."""
    turn: np.ndarray
    """(L,) probability that the leaf acts through its shared agent."""


@dataclass(frozen=True)
class WhatIf:
    """The two passes of `what_if`, and how far apart they are."""

    unit: str
    children: tuple[str, ...]
    """(N,) the unit's children, the added ones last."""
    before: Pass
    after: Pass

    @property
    def message_change(self) -> float:
        """Distance of the two fused messages (Euclidean)."""
        return float(np.linalg.norm(self.after.message - self.before.message))

    @property
    def class_change(self) -> np.ndarray:
        """(U,) how much of each commander's class shares moved, 0 to 1 (total variation)."""
        return np.abs(self.after.shares - self.before.shares).sum(axis=1) / 2

    @property
    def action_change(self) -> np.ndarray:
        """(L,) how much of each leaf's action probabilities moved, 0 to 1 (total variation)."""
        return np.abs(self.after.probabilities - self.before.probabilities).sum(axis=1) / 2


def what_if(
    record: AttentionRecord,
    tick: int,
    unit: str | None = None,
    drop: Iterable[str] = (),
    add: Iterable[str] = (),
    poison: Mapping[str, Mapping[str | int, float]] | None = None,
) -> WhatIf:
    """One recorded tick with other messages at one unit.

    Args:
        record: one with its team.
        tick: 0 .. T - 1.
        unit: a commander; by default the root.
        drop: children whose messages do not arrive.
        add: further children: `QUIET`, or the name of a child whose message comes once more.
        poison: for each child, added ones too, which entries of its message are set to what: names
            of `layout.message_names` or numbers 0..75, on the scale of normalised messages (0 to
            1).

    Raises:
        ValueError: for an unknown unit, child, entry or tick, or for a record without its team.
    """
    unit = unit or record.units[-1]
    add, drop, poison = tuple(add), tuple(drop), dict(poison or {})
    children = record.children(unit)
    everyone = (*children, *added_names(add))
    for names, known in (
        (drop, children),
        (poison, everyone),
        ((name for name in add if name != QUIET), children),
    ):
        for name in names:
            if name not in known:
                raise ValueError(f"{unit!r} has no child {name!r}; it has {', '.join(known)}")
    scene = _Scene(record, tick, unit)
    heard, present = scene.heard
    added = [_quiet(scene) if name == QUIET else heard[children.index(name)] for name in add]
    heard = torch.stack([*heard, *added])[None].repeat(2, 1, 1)  # (before and after, N, 76)
    present = torch.cat([present, torch.zeros(len(add), dtype=torch.bool)])[None].repeat(2, 1)
    present[1, len(children) :] = True
    present[1, [children.index(name) for name in drop]] = False
    for name, entries in poison.items():
        for entry, value in entries.items():
            heard[1, everyone.index(name), _entry(entry)] = _finite(value)
    before = scene.passed(heard[[0]], present[[0]])
    after = scene.passed(heard[[1]], present[[1]]) if drop or add or poison else before
    return WhatIf(unit, everyone, before, after)


def influence(record: AttentionRecord, tick: int, unit: str | None = None) -> np.ndarray:
    """(N,) how much of a commander's class shares each child's message moves: 0 to 1, 0 for an
    absent child.

    That is the total variation between its shares with all messages and without that one. Compare
    it with attention and pooling.
    """
    scene = _Scene(record, tick, unit or record.units[-1])
    heard, present = scene.heard
    variants = present[None] & ~torch.eye(len(present), dtype=torch.bool)
    variants = torch.cat([present[None], variants])  # (1 + N, N): all, and each child left out once
    shares = scene.own_shares(heard[None].expand(len(variants), -1, -1), variants)
    return np.abs(shares[1:] - shares[0]).sum(axis=1) / 2 * present.numpy()


class _Scene:
    """One tick of a record, ready to be passed again in variants that differ in what one unit
    hears."""

    def __init__(self, record: AttentionRecord, tick: int, unit: str):
        if record.team is None:
            raise ValueError(
                "this record has no team; give it the one that made it: attach(record, team)"
            )
        if not 0 <= tick < record.ticks:
            raise ValueError(
                f"tick {tick} is not in this record; it has ticks 0 to {record.ticks - 1}"
            )
        record.children(unit)
        self.record, self.team, self.wiring = record, record.team, record.wiring
        self.alive = record.alive[[tick]].astype(bool)
        allowed = allowed_actions(record.exists.astype(bool))
        with torch.no_grad():
            self.scene = scenery(
                self.team, record.doctrine, record.raw[[tick]], allowed, self.alive
            )
            self.up = self.team.up(self.scene["leaves"], self.alive)
        self.path = self._path(record.units.index(unit))
        level, place = self.path[0]
        heard, present = self.team.heard(level, self.up.messages, self.alive)
        count = len(record.children(unit))
        self.heard = heard[0, place, :count], present[0, place, :count]

    def _path(self, number: int) -> list[tuple[int, int]]:
        """(level, place) of the unit and of its superiors up to the root."""
        path = []
        while number >= 0:
            level = next(k for k, units in enumerate(self.wiring.levels) if number in units)
            path.append((level, int(np.flatnonzero(self.wiring.levels[level] == number)[0])))
            number = self.wiring.parent[number]
        return path

    @torch.no_grad()
    def passed(self, heard: Tensor, present: Tensor) -> Pass:
        """A full pass with what the unit hears (1, N, 76) and whom (1, N)."""
        messages, found = self._upward(heard, present)
        shares, probabilities = expected(self.team, self.scene, messages, self.alive)
        rule, rules, owner = self.scene["rule"], len(self.record.doctrine.rules), self.record.owner
        turn = turns(
            self.team, owner, rule, rules, self.alive, lambda level: self._pooling(level, found)
        )
        arrays = (
            heard,
            present,
            found[0].message,
            found[0].attention,
            found[0].pooling,
            shares,
            probabilities,
            turn,
        )
        return Pass(*(np.asarray(array[0]) for array in arrays))

    @torch.no_grad()
    def own_shares(self, heard: Tensor, present: Tensor) -> np.ndarray:
        """(R, 8) class shares of the unit alone, in each variant."""
        messages, _ = self._upward(heard, present)
        chain = {int(self.wiring.levels[level][place]) for level, place in self.path}
        shares, _ = expected(self.team, self.scene, messages, self.alive, chain)
        level, place = self.path[0]
        return shares[:, self.wiring.levels[level][place]].numpy()

    def _upward(self, heard: Tensor, present: Tensor) -> tuple[Tensor, list[MessageRecord]]:
        """Messages of all units (R, U, 76), those on the path computed anew, and what phi computed
        at each stop."""
        messages, found = self.up.messages.repeat(len(heard), 1, 1), []
        for stop, (level, place) in enumerate(self.path):
            if stop:
                all_heard, all_present = self.team.heard(level, messages, self.alive)
                heard, present = (
                    all_heard[:, place],
                    all_present[:, place].expand(len(messages), -1),
                )
            found.append(self.team.unit_at(level, place).aggregate(heard, present))
            messages[:, self.wiring.levels[level][place]] = found[-1].message
        return messages, found

    def _pooling(self, level: int, found: list[MessageRecord]) -> Tensor:
        """(1, units, N) pooling weights of a level, those on the path computed anew."""
        pooling = self.up.records[level].pooling.clone()
        for (height, place), result in zip(self.path, found, strict=True):
            if height == level:
                count = min(pooling.shape[2], result.pooling.shape[1])
                pooling[:, place, :count] = result.pooling[:, :count]
        return pooling


def expected(
    team: Team, scene: dict, messages: Tensor, alive: np.ndarray, only: set[int] | None = None
) -> tuple[Tensor, Tensor]:
    """Class shares (R, U, 8) and leaf probabilities (R, L, 82) after new commands, averaged over
    all draws.

    Each unit decides under every command it may get: the eight that can be drawn, and none. From
    the root downwards it is known how likely each is. With ``command_from="shares"`` nothing is
    drawn, and there is one command.

    Args:
        team, scene: the team, and `scenery` of one tick.
        messages: (R, U, 76) in R variants of the tick.
        alive: (1, U) bool.
        only: numbers of the units that are wanted; by default all. The others stay zero.
    """
    rows, wiring, config = len(messages), team.wiring, team.config.unit
    drawn = config.command_from == "sample"
    options = torch.cat(
        [one_hot_command(torch.arange(CLASSES), config.command_floor), torch.ones(1, CLASSES)]
    )
    commands = (options if drawn else options[-1:]).repeat(rows, wiring.count, 1, 1)  # (R, U, K, 8)
    weights = torch.zeros(commands.shape[:3])
    weights[:, :, -1] = 1
    shares, leaves = (
        torch.zeros(rows, wiring.count, CLASSES),
        torch.zeros(rows, wiring.leaf_count, ACTIONS),
    )
    for level in reversed(range(len(wiring.levels))):
        for unit, places in team.groups(level):
            numbers = [n for n in wiring.levels[level][places] if only is None or n in only]
            if not numbers:
                continue
            decided = _decided(unit, scene, messages, commands, numbers)  # (R, units, K, 82)
            mean = torch.einsum("ruk,ruka->rua", weights[:, numbers], decided)
            if level == 0:
                leaves[:, numbers] = mean
                continue
            shares[:, numbers] = class_probabilities(mean.flatten(0, 1)).unflatten(
                0, mean.shape[:2]
            )
            for number in numbers:
                below = np.flatnonzero((wiring.parent == number) & alive[0, number])
                if drawn:
                    weights[:, below] = functional.pad(shares[:, number], (0, 1))[:, None]
                else:
                    commands[:, below] = shares_to_command(shares[:, number])[:, None, None]
    return shares, leaves


def _decided(unit, scene: dict, messages: Tensor, commands: Tensor, numbers: list[int]) -> Tensor:
    """(R, units, K, 82) distributions of some units under each of K commands."""
    rows, _, count, _ = commands.shape
    shape = (rows, len(numbers), count)

    def spread(part, width):  # (R, units, width) -> (R * units * K, width)
        return part[:, :, None].expand(*shape, width).reshape(-1, width)

    seen = Observation(
        scene["phase"].expand(len(commands[:, numbers].flatten(0, 2))),
        commands[:, numbers].flatten(0, 2),
        spread(messages[:, numbers], MESSAGE),
        spread(scene["ioc"][:, numbers, None].expand(rows, -1, -1), 1).squeeze(1),
    )
    parts = [
        spread(scene[name][:, numbers].expand(rows, -1, -1), ACTIONS)
        for name in ("doctrine", "allowed")
    ]
    return unit.decide(seen, *parts).probabilities.view(*shape, ACTIONS)


def _quiet(scene: _Scene) -> Tensor:
    message = torch.zeros(MESSAGE)
    message[PHASE] = scene.scene["phase"][0]
    return message


def added_names(added: Iterable[str]) -> list[str]:
    """Names of the added children, numbered where the same comes twice."""
    names = [name if name == QUIET else f"copy of {name}" for name in added]
    return [
        f"{name} {names[:i].count(name) + 1}" if name in names[:i] else name
        for i, name in enumerate(names)
    ]


def _entry(entry: str | int) -> int:
    names = message_names()
    if isinstance(entry, str) and entry in names:
        return names.index(entry)
    if isinstance(entry, int) and not isinstance(entry, bool) and 0 <= entry < MESSAGE:
        return entry
    raise ValueError(
        f"no entry {entry!r} in a message; give a number 0..{MESSAGE - 1} or a name of message_names()"
    )


def _finite(value: float) -> float:
    if not np.isfinite(value):
        raise ValueError(f"an entry of a message cannot be {value}; give a number, usually 0 to 1")
    return float(value)
