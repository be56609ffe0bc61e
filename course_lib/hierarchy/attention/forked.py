"""What a changed message costs: the range is forked at a recorded tick and played on both ways.

Up to the tick the episode is played again as it was. From there two sets of copies go on, one in
which everything stays as it is, one in which a unit keeps hearing other messages; copy k of both
meets the same chances (common futures), so their scores are compared pair by pair.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from course_lib import stats, validate
from course_lib.cyber_range import VectorRange

from ..defender import HierarchicalDefender
from ..spaces import MESSAGE, PHASE
from ..team import Team
from .counterfactual import QUIET, added_names
from .falsified import FalsifiedTeam
from .influence import check_tick
from .record import AttentionRecord


@dataclass(frozen=True)
class ForkedScores:
    """Points of K futures, as it was and as it would have been."""

    ticks: int
    """How many ticks were played on."""
    recorded: np.ndarray
    """(K,) points with the messages as they are."""
    changed: np.ndarray
    """(K,) points with the changes."""

    @property
    def difference(self) -> stats.Contrast:
        """Changed minus recorded, pair by pair, with its 95 % interval."""
        return stats.paired_contrast(self.changed, self.recorded)


@dataclass(frozen=True)
class MessageChanges:
    """What a unit hears otherwise from now on."""

    unit: str
    drop: tuple[str, ...] = ()
    """Children whose messages do not arrive."""
    add: tuple[str, ...] = ()
    """Further children: `QUIET`, or whose message comes once more."""
    poison: Mapping[str, Mapping[int, float]] | None = None
    """Child, or unit further below, -> entry -> value; added children are named like in
    `what_if`."""
    silence: str = ""
    """A commander that is lost."""
    other: Team | None = None
    """Another training, whose messages the unit hears."""


def score_what_if(
    record: AttentionRecord,
    tick: int,
    changes: MessageChanges,
    copies: int = 32,
    ticks: int = 100,
    seed: int = 0,
) -> ForkedScores:
    """Play on from a recorded tick, with and without the changes.

    The changes hold from that tick on. Who acts through a shared agent is decided on what the zones
    really say.

    Args:
        record: of a team that plays on the range, with the default options of the environment.
        tick: where to fork.
        changes: what the unit hears.
        copies: futures of each kind.
        ticks: how long, at most to the end of the episode.
        seed: of the futures.

    Raises:
        ValueError: for an unknown tick, tick 0, and if the episode does not come out again as
            recorded.
    """
    check_tick(record, tick)
    if tick == 0:
        raise ValueError("nothing has happened before tick 0: fork from tick 1 on")
    validate.whole_number("copies", copies, 2)
    length = min(validate.whole_number("ticks", ticks, 1), record.ticks - tick)
    env, defender = _played_to(record, tick)
    scores = []
    for team in (record.team, _EditedTeam(record.team, changes)):
        futures = env.fork(0, copies, "common", seed)
        player = defender.fork(0, copies, "common", seed)
        player.team = team.eval()
        silent = changes.silence if team is not record.team else ""
        scores.append(_points(record, tick, length, futures, player, silent))
    return ForkedScores(length, *scores)


def _played_to(record: AttentionRecord, tick: int) -> tuple[VectorRange, HierarchicalDefender]:
    """The range and the team as they were when the decision of a tick was due."""
    if record.defenders not in ("official", "per-zone"):
        raise ValueError("this record was not played on the range, so there is nothing to fork")
    team = copy.deepcopy(record.team)
    defender = HierarchicalDefender(team, record.doctrine, record.defenders)
    env = VectorRange(1, record.defenders, record.seed, "message", steps=record.ticks + 1)
    observation, info = env.reset()
    defender.reset(record.seed)
    for now in range(tick + 1):
        if (observation[0, defender.zones] != record.raw[now]).any():
            raise ValueError(
                f"tick {now} does not come out as recorded: only episodes with the default options "
                "of the range can be played on"
            )
        if now < tick:
            defender.lose(*_lost(record, now))
            actions = defender.act_batch(observation, info)
            observation, _, _, _, info = env.step(actions)
    return env, defender


def _lost(record: AttentionRecord, tick: int) -> list[str]:
    """Names of the units that were lost in a tick."""
    return [record.units[number] for number in np.flatnonzero(record.alive[tick] == 0)]


def _points(
    record: AttentionRecord,
    tick: int,
    length: int,
    env: VectorRange,
    defender: HierarchicalDefender,
    silent: str,
) -> np.ndarray:
    """(K,) points of all copies over the next ticks."""
    points = np.zeros(env.num_envs)
    observation, info = env.current()
    for now in range(tick, tick + length):
        lost = {*_lost(record, now), *([silent] if silent else [])}
        defender.lose(*sorted(lost))
        actions = defender.act_batch(observation, info)
        observation, reward, _, _, info = env.step(actions)
        points += reward
    return points


class _EditedTeam(FalsifiedTeam):
    """A team in which one unit hears other messages; the weights are those of the first."""

    def __init__(self, team: Team, changes: MessageChanges) -> None:
        poison = changes.poison or {}
        unit = team.tree.find(changes.unit)
        children = [child.name for child in unit.children]
        further_below = {}
        for name in team.wiring.names:
            if name in poison and name not in children:
                further_below[name] = poison[name]
        super().__init__(team, further_below)
        self.changes = changes
        number = self.wiring.number(changes.unit)
        self.level, self.place = self.wiring.position(number)
        children = self.wiring.children[self.level][self.place]
        has_child = self.wiring.has_child[self.level][self.place]
        self.names = [self.wiring.names[child] for child in children[has_child]]

    def children_of(self, level: int, messages: Tensor, alive: np.ndarray) -> tuple[Tensor, Tensor]:
        """What reaches the units of a level: see `Team.children_of`."""
        heard, mask = super().children_of(level, messages, alive)
        if level != self.level:
            return heard, mask
        heard, mask = heard.clone(), mask.clone()
        self._take_theirs(heard, messages, alive)
        for name in self.changes.drop:
            mask[:, self.place, self.names.index(name)] = False
        names = list(self.names)
        for name, label in zip(self.changes.add, added_names(self.changes.add), strict=True):
            heard, mask = self._with(heard, mask, name, messages)
            names += [""] * (heard.shape[2] - 1 - len(names)) + [label]
        for name, entries in (self.changes.poison or {}).items():
            if name not in names:  # further below
                continue
            for entry, value in entries.items():
                heard[:, self.place, names.index(name), entry] = value
        return heard, mask

    def _take_theirs(self, heard: Tensor, messages: Tensor, alive: np.ndarray) -> None:
        """Replace what the unit's children say by what another training makes them say."""
        if self.changes.other is None:
            return
        leaves = messages[:, : self.wiring.leaf_count]
        theirs = self.changes.other.up(leaves, alive).messages
        numbers = [self.wiring.number(name) for name in self.names]
        heard[:, self.place, : len(numbers)] = theirs[:, numbers]

    def _with(
        self, heard: Tensor, mask: Tensor, name: str, messages: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One more child for the unit; for the others of its level an absent one."""
        added = heard.new_zeros(*heard.shape[:2], 1, MESSAGE)
        if name == QUIET:
            added[:, self.place, 0, PHASE] = messages[:, 0, PHASE]  # of the first leaf
        else:
            added[:, self.place, 0] = heard[:, self.place, self.names.index(name)]
        there = torch.zeros(*mask.shape[:2], 1, dtype=torch.bool)
        there[:, self.place] = True
        messages = torch.cat([heard, added], dim=2)
        return messages, torch.cat([mask, there], dim=2)
