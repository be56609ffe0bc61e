"""Records attention while a team plays: every tick of one episode, passed through the team again.

    record = record_attention(defender, seed=3, steps=100)     # plays one episode
    record.attention("commander")[20, 0]                       # (N, N): tick 20, head 0
    attention_entropy(record.attention("commander"), record.child_mask("commander"))   # 1 = uniform

Every number comes from a forward pass of the team. On the range commands are due every few ticks
only; here both passes are made for *every* tick, on what the zones said then, so that attention can
be followed through time. The event strip is taken from the true state, which no defender sees: it
is for looking at, never an input.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib import validate
from course_lib.cyber_range import EpisodeRecord, record_episode
from course_lib.cyber_range.constants import (
    ASD,
    DD,
    DEFENDED_ZONES,
    DRS,
    EXP,
    HOST_COUNT,
    REMOVE,
    RESTORE,
    SLOTS,
    SSD,
    ZONE_COUNT,
)
from course_lib.cyber_range.policy import Infos, Observations, Tick

from ..arbitration import turns
from ..decisions import TickDecisions
from ..defender import HierarchicalDefender
from ..policy import class_probabilities
from ..spaces import ACTIONS, CLASSES
from ..team import Team, Upward, gather
from ..team_observation import TeamObservation, observe_team
from ..wiring import Wiring
from .record import EPISODE_FIELDS, EVENTS, AttentionRecord, TeamEpisode

SCANS = (DRS, ASD, SSD, DD)
CHUNK = 64
"""Ticks that are passed through the team together."""

Change = Callable[[HierarchicalDefender], None]
"""What happens to a defender, such as ``lambda defender: defender.lose("OFF")``."""


def record_attention(
    defender: HierarchicalDefender,
    seed: int = 0,
    steps: int = 500,
    changes: Mapping[int, Change] | None = None,
    **options: Any,
) -> AttentionRecord:
    """Play one episode with a `HierarchicalDefender` and record what its units said and did.

    Args:
        defender: the team; it is copied, so training it further changes nothing in the record.
        seed: of the episode.
        steps: length option of the environment; the record has ``steps - 1`` ticks.
        changes: what happens to the defender before it decides in a tick, for example
            ``{100: lambda d: d.lose("OFF")}``. Its tree must stay the same.
        options: passed on to `cyber_range.parallel_env`.

    Raises:
        ValueError: for a team of one unit, and if the tree changes in mid-episode.
    """
    hint = "attention is recorded of a team, for example of load_policy('three-layer')"
    validate.instance("defender", defender, HierarchicalDefender, hint)
    _check_levels(defender.team)
    if changes is not None and not isinstance(changes, Mapping):
        raise ValueError(f"changes={validate.shown(changes)} is no table of ticks and functions")
    player = _Watched(defender, changes or {})
    played = record_episode(player, seed=seed, steps=steps, **options)
    ticks = player.ticks
    # Arrays over time need one axis of units.
    if any(tick.units != defender.team.wiring.names for tick in ticks):
        raise ValueError(
            "the tree changed in mid-episode; a record has one tree, "
            "use defender.lose() to lose a unit"
        )
    episode = TeamEpisode(
        policy=defender.name,
        seed=seed,
        defenders=defender.defenders,
        doctrine=defender.doctrine,
        raw=np.stack([tick.raw for tick in ticks]),
        exists=ticks[0].exists,
        owner=defender.owner,
        alive=np.stack([tick.alive for tick in ticks]),
        commands=np.stack([tick.commands for tick in ticks]),
        drawn=np.stack([tick.drawn for tick in ticks]),
        chosen=np.stack([tick.chosen for tick in ticks]),
        reward=played.reward,
        events=count_events(played)[:, defender.zones],
        notes=_stacked([tick.notes for tick in ticks]),
    )
    # What was played is noted, what was thought is computed again: one function serves recording,
    # replay and what-if, so they cannot disagree.
    return recompute(player.defender.team, episode)


def _stacked(notes: list[np.ndarray | None]) -> np.ndarray | None:
    """Notes of all ticks as one array; None for a team that keeps none."""
    kept = [array for array in notes if array is not None]
    return np.stack(kept) if kept else None


def replay(
    record: AttentionRecord,
    team: Team,
    name: str | None = None,
) -> AttentionRecord:
    """What another team with the same tree would have made of the same messages and commands.

    For "before and after training": both hear the same, so every difference is due to the weights.
    ``chosen``, events and rewards stay those of the record. ValueError if the trees differ.
    """
    validate.instance("record", record, AttentionRecord, "record_attention makes one")
    validate.instance("team", team, Team, "for example load_policy('three-layer').team")
    if name is not None:
        validate.word("name", name)
    if team.wiring.names != record.units:
        raise ValueError(f"the trees differ: the team has {', '.join(team.wiring.names)}")
    return recompute(team, record, name)


def recompute(
    team: Team,
    episode: TeamEpisode,
    policy: str | None = None,
) -> AttentionRecord:
    """Pass every tick of an episode through a team, whose tree has the episode's units.

    Args:
        team: it is copied.
        episode: a record of one is an episode too.
        policy: another name for the policy.
    """
    _check_levels(team)
    team = copy.deepcopy(team).eval()  # eval: no dropout
    facts: dict[str, Any] = {name: getattr(episode, name) for name in EPISODE_FIELDS}
    if policy is not None:
        facts["policy"] = policy
    # In pieces, because the attention of a long episode in one batch would fill the memory.
    passes = []
    with torch.no_grad():
        for start in range(0, len(episode.raw), CHUNK):
            passes.append(_both_passes(team, episode, slice(start, start + CHUNK)))
    computed: dict[str, Any] = {
        name: np.concatenate([part[name] for part in passes]) for name in passes[0]
    }
    return AttentionRecord(**facts, **computed, team=team)


def _check_levels(team: Team) -> None:
    if len(team.wiring.levels) == 1:
        raise ValueError(
            "this team has one unit only: nobody sends a message, so there is nothing to record"
        )


def _both_passes(
    team: Team,
    episode: TeamEpisode,
    ticks: slice,
) -> dict[str, np.ndarray]:
    """Both passes for R ticks: the upward one in full, then each decision under its command."""
    alive = np.asarray(episode.alive[ticks]).astype(bool)
    observation = observe_team(
        team,
        episode.doctrine,
        raw=np.asarray(episode.raw[ticks]),
        exists=np.asarray(episode.exists).astype(bool),
        alive=alive,
        notes=None if episode.notes is None else episode.notes[ticks],
    )
    up = team.up(observation.messages, alive)
    commands = torch.tensor(episode.commands[ticks], dtype=torch.float32)
    probabilities = all_probabilities(team, observation, up.messages, commands)
    # Only units above the leaves command; a leaf's distribution is one over actions.
    leaves = team.wiring.leaf_count
    chances = class_probabilities(probabilities[:, leaves:].flatten(0, 1))
    turn = turns(
        team,
        episode.owner,
        observation.rule,
        len(episode.doctrine.rules),
        alive,
        pooling=lambda level: up.record(level).pooling,
        strength=strengths(team, observation, commands),
    )
    return {
        "ioc": observation.own_ioc,
        "inner": up.messages[:, leaves:].numpy(),
        "attention_weights": _flat_attention(team.wiring, up),
        "pooling_weights": _flat_pooling(team.wiring, up),
        "class_probabilities": chances.view(len(alive), -1, CLASSES).numpy(),
        "probabilities": probabilities[:, :leaves].numpy(),
        "turn": turn,
        "rule": observation.rule,
    }


def all_probabilities(
    team: Team,
    observation: TeamObservation,
    messages: Tensor,
    commands: Tensor,
) -> Tensor:
    """(R, U, 82) every unit's distribution, whether it can act or not.

    Args:
        team: whose units decide.
        observation: of R ticks.
        messages: (R, U, 76) what every unit says.
        commands: (R, U, 8) what every unit is commanded.
    """
    probabilities = messages.new_zeros(*messages.shape[:2], ACTIONS)
    for level, numbers in enumerate(team.wiring.levels):
        for unit, places in team.groups(level):
            mine = numbers[places]
            notes = observation.leaf_notes(level)
            inputs = gather(observation.phase, commands, messages, observation.ioc, mine, notes)
            doctrine = observation.all_doctrine[:, mine].flatten(0, 1)
            allowed = observation.all_allowed[:, mine].flatten(0, 1)
            decided = unit.decide(inputs, doctrine, allowed).probabilities
            probabilities[:, mine] = decided.unflatten(0, (len(messages), len(mine)))
    return probabilities


def strengths(team: Team, observation: TeamObservation, commands: Tensor) -> Tensor | None:
    """(R, L) how much each leaf has to do under commands (R, U, 8), where that decides who acts."""
    if team.config.arbitration != "scores":
        return None
    leaves = observation.messages
    found = leaves.new_zeros(leaves.shape[:2])
    for unit, places in team.groups(0):
        inputs = gather(
            observation.phase, commands, leaves, observation.ioc, places, observation.notes
        )
        allowed = observation.all_allowed[:, places].flatten(0, 1)
        strength = unit.policy_function.strength(inputs, allowed)
        found[:, places] = strength.unflatten(0, (len(found), len(places)))
    return found


def _flat_attention(wiring: Wiring, up: Upward) -> np.ndarray:
    """Attention of all inner units side by side, (R, sum of H * N * N), without padding."""
    parts = []
    for level, place, children in _inner_units(wiring):
        attention = up.record(level).attention[:, place, :, :children, :children]
        parts.append(attention.flatten(1).numpy())
    return np.concatenate(parts, axis=1)


def _flat_pooling(wiring: Wiring, up: Upward) -> np.ndarray:
    """Pooling weights of all inner units side by side, (R, sum of N), without padding."""
    parts = []
    for level, place, children in _inner_units(wiring):
        parts.append(up.record(level).pooling[:, place, :children].numpy())
    return np.concatenate(parts, axis=1)


def _inner_units(wiring: Wiring) -> list[tuple[int, int, int]]:
    """Level, place and number of children of every inner unit, in the order of the wiring."""
    units = []
    for level in range(1, len(wiring.levels)):
        for place, real in enumerate(wiring.has_child[level]):
            units.append((level, place, int(real.sum())))
    return units


@dataclass(frozen=True)
class _WatchedTick:
    """What one tick showed a team and what it did; see `TeamEpisode`."""

    units: tuple[str, ...]
    raw: np.ndarray
    exists: np.ndarray
    alive: np.ndarray
    commands: np.ndarray
    drawn: np.ndarray
    chosen: np.ndarray
    notes: np.ndarray | None = None


class _Watched:
    """A copy of a defender that notes what it saw and did, and to which things may happen."""

    def __init__(self, defender: HierarchicalDefender, changes: Mapping[int, Change]) -> None:
        self.observation = defender.observation
        self.defenders = defender.defenders
        self.name = defender.name
        self.defender = copy.copy(defender)
        # The changes of a tick may lose units; the caller's team keeps them.
        self.defender.team = copy.deepcopy(defender.team)
        self.defender.recorder = self._note
        self.changes = changes
        self.ticks: list[_WatchedTick] = []

    def reset(self, seed: int) -> None:
        self.defender.reset(seed)
        self.ticks.clear()

    def act(self, observations: Observations, infos: Infos) -> dict[str, int]:
        # As many ticks were noted as were played: their number is the time.
        change = self.changes.get(len(self.ticks))
        if change is not None:
            change(self.defender)
        return self.defender.act(observations, infos)

    def _note(
        self,
        defender: HierarchicalDefender,
        tick: Tick,
        observation: TeamObservation,
        decided: TickDecisions,
    ) -> None:
        wiring, held = defender.team.wiring, defender.held_commands
        # A leaf whose agent is busy, or another zone's turn, chose nothing: -1.
        chosen = np.full(wiring.leaf_count, -1)
        chosen[decided.leaves.leaf_idx] = decided.leaves.chosen
        watched = _WatchedTick(
            units=wiring.names,
            # Copies: the engine writes the next tick into the same arrays.
            raw=observation.raw[0].copy(),
            exists=tick.exists[0, defender.zones],
            alive=observation.alive[0].copy(),
            commands=held.priorities[0].numpy().copy(),
            drawn=held.drawn[0, wiring.leaf_count :].copy(),
            chosen=chosen,
            notes=None if observation.notes is None else observation.notes[0].numpy(),
        )
        self.ticks.append(watched)


def count_events(episode: EpisodeRecord) -> np.ndarray:
    """(T, 7, 5) counts of `EVENTS` in the tick before each decision, by zone."""
    target = np.where(episode.red_host >= 0, episode.red_host, episode.red_source)
    exploited = (episode.red_kind == EXP) & (episode.red_success == 1)
    alerts = (episode.process | episode.connection) > 0
    everywhere = np.broadcast_to(np.arange(HOST_COUNT), alerts.shape)
    # Of each kind in EVENTS: on which host, and whether it happened, each (T, something).
    kinds = (
        (target, np.isin(episode.red_kind, SCANS)),
        (target, exploited),
        (everywhere, alerts),
        (episode.blue_host, episode.blue_class == REMOVE),
        (episode.blue_host, episode.blue_class == RESTORE),
    )
    counts = np.zeros((episode.ticks, ZONE_COUNT, len(EVENTS)), np.int64)
    for kind, (hosts, happened) in enumerate(kinds):
        tick, column = np.nonzero(happened & (hosts >= 0))
        zone = hosts[tick, column] // SLOTS
        # What happens in a tick is seen in the next, and after the last there is none.
        seen_at = tick + 1
        has_next = seen_at < episode.ticks
        cells = (seen_at[has_next], zone[has_next])
        np.add.at(counts[:, :, kind], cells, 1)  # several events of a tick may share a zone
    return counts[:, :DEFENDED_ZONES]
