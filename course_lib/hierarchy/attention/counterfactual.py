"""What a message did: one recorded tick again, with messages withheld, added or falsified.

Attention says how much a unit *listened* to a message; it does not say what the message *changed*.
Here both can be compared: the tick is passed through the real team twice, once as it was and once
with other messages at one unit. Everything else stays: what the zones themselves know, the IOC, the
doctrine, who is lost. So each difference comes through the messages alone.

Commands are drawn by chance, and one draw would hide a small effect or blow it up. Both passes are
therefore exact expectations over all draws, see `expected`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from course_lib import validate

from ..arbitration import turns
from ..message_function import MessageRecord
from ..spaces import CLASSES, MESSAGE, PHASE
from .expected import expected
from .falsified import Falsified, FalsifiedTeam
from .influence import check_tick, observed
from .record import AttentionRecord
from .recorder import strengths

QUIET = "quiet zone"
"""A child that reports the mission phase and nothing else."""

Poison = Mapping[str, Mapping[str | int, float]]
"""For each child, or unit further below, which entries of its message are set to what."""


@dataclass(frozen=True)
class Pass:
    """One tick, as it was or as it would have been.

    N counts added children too, which are absent in the pass as it was.
    """

    child_messages: np.ndarray
    """(N, 76) messages of the unit's children."""
    child_mask: np.ndarray
    """(N,) bool, which of them reached the unit."""
    message: np.ndarray
    """(76,) the unit's fused message."""
    attention: np.ndarray
    """(H, N, N) receiver x sender."""
    pooling: np.ndarray
    """(N,) weight of each child."""
    class_probabilities: np.ndarray
    """(U, 8) of every commander's next command; zeros for leaves."""
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
        """(U,) how much of each commander's class probabilities moved, 0 to 1 (total variation)."""
        moved = self.after.class_probabilities - self.before.class_probabilities
        return np.abs(moved).sum(axis=1) / 2

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
    poison: Poison | None = None,
    silence: str = "",
    other: AttentionRecord | None = None,
) -> WhatIf:
    """One recorded tick with other messages at one unit.

    Args:
        record: of a team.
        tick: 0 .. T - 1.
        unit: a commander; by default the root.
        drop: children whose messages do not arrive.
        add: further children: `QUIET`, or the name of a child whose message comes once more.
        poison: for each child, added ones too, which entries of its message are set to what: names
            of ``record.entry_names`` or numbers 0..75. A leaf's entries lie in 0..1; those of an
            inner unit are "latent", numbers of about -3 to 3. A unit further below may be named,
            too: its superior hears the lie, and passes on what it makes of it.
        silence: a commander that is lost: its superior does not hear it, and its children get no
            command.
        other: what another training made of the same tick (see `replay`); the unit hears the
            messages of that one's children. Leaves repeat the range, so only those of commanders
            differ.

    Raises:
        ValueError: for an unknown unit, child, entry or tick, a value that is not finite, or
            another record of another tree or length.
    """
    replayed = _ReplayedTick(record, tick, unit)
    validate.word("silence", silence)
    if other is not None:
        validate.instance("other", other, AttentionRecord, "replay(record, team) makes one")
    poisoned = {} if poison is None else _table("poison", poison)
    below = _poison_below(record, replayed.unit, poisoned)
    near = dict(poisoned)
    for name in below:
        del near[name]
    edit = _Edit(
        replayed,
        _words("drop", drop),
        _words("add", add),
        near,
    )
    changed = replayed
    if silence or below:
        changed = _ReplayedTick(record, tick, replayed.unit, silence, below)
    theirs = None if other is None else _messages_of(other, changed, tick)
    before = replayed.passed(*edit.before())
    anything = edit.changes_anything or changed is not replayed or theirs is not None
    after = changed.passed(*edit.after(changed, theirs)) if anything else before
    return WhatIf(replayed.unit, edit.everyone, before, after)


def _poison_below(record: AttentionRecord, unit: str, poison: Poison) -> dict[str, dict]:
    """The part of the poison that is about units further below than the unit's children."""
    children = record.children(unit)
    everyone = {one.name for one in record.tree.find(unit).units}
    lower = everyone - {unit, *children}
    found: dict[str, dict] = {}
    for name, entries in poison.items():
        if name not in lower:
            continue
        names = record.entry_names(name)
        found[name] = {}
        for entry, value in entries.items():
            number = _entry(name, names, entry)
            found[name][number] = _finite(value)
    return found


def _messages_of(other: AttentionRecord, tick: "_ReplayedTick", number: int) -> Tensor:
    """(N, 76) what another training made the unit's children say."""
    record = tick.record
    if other.units != record.units or other.ticks != record.ticks:
        raise ValueError("the other record has another tree or length; make it with replay(record)")
    numbers = [record.wiring.number(child) for child in tick.children]
    return torch.as_tensor(other.messages(number)[numbers])


class _ReplayedTick:
    """One tick of a record, to be passed again in variants that differ in what one unit hears."""

    def __init__(
        self,
        record: AttentionRecord,
        tick: int,
        unit: str | None,
        silence: str = "",
        below: Falsified | None = None,
    ) -> None:
        validate.instance("record", record, AttentionRecord, "record_attention makes one")
        check_tick(record, tick)
        unit = record.units[-1] if unit is None else validate.word("unit", unit)
        self.record = record
        self.unit = unit
        self.children = record.children(unit)
        self.team = FalsifiedTeam(record.team, below) if below else record.team
        self.alive = record.alive[[tick]].astype(bool)
        if silence:
            record.children(silence)  # refuses who is no commander
            self.alive[0, record.wiring.number(silence)] = False
        with torch.no_grad():
            self.observation = observed(record, np.array([tick]), self.alive)
            self.up = self.team.up(self.observation.messages, self.alive)
        # A changed message changes the unit and its superiors, nobody else.
        self.path = [record.wiring.position(u) for u in record.wiring.path(self.number)]
        level, place = self.path[0]
        messages, mask = self.team.children_of(level, self.up.messages, self.alive)
        count = len(self.children)  # the level's widest unit may have more
        self.child_messages = messages[0, place, :count]
        self.child_mask = mask[0, place, :count]

    @property
    def number(self) -> int:
        """Of the unit that hears other messages."""
        return self.record.wiring.number(self.unit)

    @torch.no_grad()
    def passed(self, child_messages: Tensor, child_mask: Tensor) -> Pass:
        """A full pass with what the unit hears (1, N, 76) and whom (1, N)."""
        messages, phi = self._upward(child_messages, child_mask)
        chances, probabilities = expected(self.team, self.observation, messages)
        turn = turns(
            self.team,
            self.record.owner,
            self.observation.rule,
            len(self.record.doctrine.rules),
            self.alive,
            pooling=lambda level: self._pooling(level, phi),
            strength=self._strengths(),
        )
        return Pass(
            child_messages=child_messages[0].numpy(),
            child_mask=child_mask[0].numpy(),
            message=phi[0].message[0].numpy(),
            attention=phi[0].attention[0].numpy(),
            pooling=phi[0].pooling[0].numpy(),
            class_probabilities=chances[0].numpy(),
            probabilities=probabilities[0].numpy(),
            turn=turn[0],
        )

    def _strengths(self) -> Tensor | None:
        """How much each leaf has to do without a command, where that decides who acts."""
        uncommanded = torch.ones(1, self.record.wiring.count, CLASSES)
        return strengths(self.team, self.observation, uncommanded)

    def _upward(
        self, child_messages: Tensor, child_mask: Tensor
    ) -> tuple[Tensor, list[MessageRecord]]:
        """Pass R variants up from the unit to the root.

        Returns:
            Messages of all units (R, U, 76), those on the path computed anew, and what phi computed
            at each stop.
        """
        variants = len(child_messages)
        messages = self.up.messages.repeat(variants, 1, 1)
        phi: list[MessageRecord] = []
        for level, place in self.path:
            if phi:  # a superior: it hears what the stop before has just said
                everything, mask = self.team.children_of(level, messages, self.alive)
                child_messages = everything[:, place]
                child_mask = mask[:, place].expand(variants, -1)
            unit = self.team.unit_at(level, place)
            computed = unit.aggregate(child_messages, child_mask)
            phi.append(computed)
            number = self.record.wiring.levels[level][place]
            messages[:, number] = computed.message
        return messages, phi

    def _pooling(self, level: int, phi: list[MessageRecord]) -> Tensor:
        """(1, units, N) pooling weights of a level, those on the path computed anew."""
        pooling = self.up.record(level).pooling.clone()
        for (path_level, place), computed in zip(self.path, phi, strict=True):
            if path_level == level:
                # Added children have a weight, but no leaf that could act.
                count = min(pooling.shape[2], computed.pooling.shape[1])
                pooling[:, place, :count] = computed.pooling[:, :count]
        return pooling


class _Edit:
    """The changes that `what_if` makes to the messages of one unit."""

    def __init__(
        self,
        tick: _ReplayedTick,
        drop: tuple[str, ...],
        add: tuple[str, ...],
        poison: Poison,
    ) -> None:
        self.tick = tick
        self.drop = drop
        self.add = add
        self.poison = poison
        self.everyone = (*tick.children, *added_names(add))
        """(N,) names of the unit's children, the added ones last."""
        _check_names(tick.unit, drop, tick.children)
        _check_names(tick.unit, [name for name in add if name != QUIET], tick.children)
        _check_names(tick.unit, poison, self.everyone)

    @property
    def changes_anything(self) -> bool:
        """Whether the two passes can differ."""
        return bool(self.drop or self.add or self.poison)

    def before(self) -> tuple[Tensor, Tensor]:
        """Messages (1, N, 76) and mask (1, N) as recorded; the added children are absent."""
        return self._heard(self.tick.child_messages, self.tick.child_mask)

    def _heard(self, child_messages: Tensor, child_mask: Tensor) -> tuple[Tensor, Tensor]:
        added = [self._added(name) for name in self.add]
        messages = torch.stack([*child_messages, *added])
        absent = torch.zeros(len(self.add), dtype=torch.bool)
        mask = torch.cat([child_mask, absent])
        return messages[None], mask[None]

    def after(self, tick: "_ReplayedTick", theirs: Tensor | None) -> tuple[Tensor, Tensor]:
        """The same with all changes.

        Args:
            tick: the tick with whoever was silenced.
            theirs: (N, 76) messages of another training in place of the unit's own.
        """
        said = tick.child_messages if theirs is None else theirs
        messages, mask = self._heard(said, tick.child_mask)
        mask[0, len(self.tick.children) :] = True
        for name in self.drop:
            mask[0, self.everyone.index(name)] = False
        for name, entries in self.poison.items():
            place = self.everyone.index(name)
            for entry, value in entries.items():
                number = _entry(name, self.entry_names(place), entry)
                messages[0, place, number] = _finite(value)
        return messages, mask

    def _added(self, name: str) -> Tensor:
        """(76,) message of an added child."""
        if name != QUIET:
            return self.tick.child_messages[self.tick.children.index(name)]
        message = torch.zeros(MESSAGE)
        message[PHASE] = self.tick.observation.phase[0]
        return message

    def entry_names(self, place: int) -> tuple[str, ...]:
        """Names of the entries that one of the children sends."""
        record, children = self.tick.record, self.tick.children
        if place >= len(children):
            name = self.add[place - len(children)]
            # A quiet zone speaks the language of the leaves.
            return record.entry_names(record.leaves[0] if name == QUIET else name)
        return record.entry_names(children[place])


def _entry(unit: str, names: tuple[str, ...], entry: str | int) -> int:
    """Number of an entry in the message of a unit, given the names of all."""
    if isinstance(entry, int) and not isinstance(entry, bool) and 0 <= entry < MESSAGE:
        return entry
    if entry in names:
        return names.index(str(entry))
    last = MESSAGE - 1
    raise ValueError(
        f"no entry {entry!r} in the message of {unit}; give a number 0..{last} or a name of "
        f"record.entry_names, such as {names[last]!r}"
    )


def added_names(added: Iterable[str]) -> list[str]:
    """Names of the added children, numbered where the same comes twice."""
    counts: dict[str, int] = {}
    names = []
    for child in added:
        name = child if child == QUIET else f"copy of {child}"
        counts[name] = counts.get(name, 0) + 1
        names.append(name if counts[name] == 1 else f"{name} {counts[name]}")
    return names


def _words(name: str, value: Iterable[str]) -> tuple[str, ...]:
    """Names of children as a tuple; a single word is not taken for its letters."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"{name}={validate.shown(value)} is no list of names of children")
    return tuple(validate.word(f"a name of {name}", word) for word in value)


def _table(name: str, value: Poison) -> dict[str, Mapping[str | int, float]]:
    """{child: {entry: value}} as a dictionary."""
    validate.instance(name, value, Mapping, "a table of children")
    for entries in value.values():
        validate.instance(name, entries, Mapping, "a table of entries")
    return dict(value)


def _check_names(
    unit: str,
    names: Iterable[str],
    known: tuple[str, ...],
) -> None:
    for name in names:
        if name not in known:
            shown = validate.shown(name)
            raise ValueError(f"{unit!r} has no child {shown}; it has {', '.join(known)}")


def _finite(value: float) -> float:
    return validate.in_range("an entry of a message", value)
