"""Recording what a team says to itself: play one episode, and pass every tick of it through the
team once more.

    record = record_attention(defender, seed=3, steps=100)     # plays one episode
    record.attention("commander")[20, 0]                       # (N, N) head 0 in tick 20, receiver
    x sender attention_entropy(record.attention("commander"), record.present("commander"))        #
    (T, H), 1 = uniform

Every number comes from a forward pass of the team. On the range commands are due every few ticks
only; here both passes are made for *every* tick, on what the zones said then, so that attention can
be followed through time. The event strip
is taken from the true state, which no defender sees: it is for looking at, never an input.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch

from course_lib.cyber_range import constants as names
from course_lib.cyber_range.evaluation.episode_record import EpisodeRecord, record_episode
from course_lib.cyber_range.policies.rng import uniform

from .. import arbitration
from ..defender import ON_HOST
from ..doctrine import STANDARD, Doctrine
from ..message_function import MessageRecord
from ..policy import class_probabilities
from ..spaces import ACTION_SLOT, ACTIONS, CLASSES, MESSAGE, PHASE, normalised, zone_ioc
from ..team import Team, gather
from ..wiring import Wiring
from .record import EVENTS, AttentionRecord

SCANS = (names.DRS, names.ASD, names.SSD, names.DD)
CHUNK = 64
"""Ticks that are passed through the team together."""


def record_attention(
    defender,
    seed: int = 0,
    steps: int = 500,
    changes: Mapping[int, Callable] | None = None,
    **options,
) -> AttentionRecord:
    """Play one episode with a `HierarchicalDefender` and record what its units said, heard and did.

    Args:
        defender: the team; it is copied, so training it further changes nothing in the record.
        seed: of the episode.
        steps: length option of the environment; the record has ``steps - 1`` ticks.
        changes: what happens to the defender before it decides in a tick, for example
            ``{100: lambda d: d.lose("OFF")}``. Its tree must stay the same.
        options: passed on to `cyber_range.parallel_env`.
    """
    player = _Watched(defender, changes or {})
    episode = record_episode(player, seed=seed, steps=steps, **options)
    seen, wiring = player.seen, defender.team.wiring
    if any(tick["wiring"].names != wiring.names for tick in seen):
        raise ValueError(
            "the tree changed in mid-episode; a record has one tree, use defender.lose() to lose a unit"
        )
    series = {
        name: np.stack([tick[name] for tick in seen])
        for name in ("raw", "alive", "commands", "drawn", "chosen")
    }
    return _record(
        player.defender.team, defender.doctrine, **series, exists=seen[0]["exists"], owner=defender.owner,
        reward=episode.reward, events=_events(episode)[:, defender.zones],
        meta={"policy": defender.name, "seed": seed, "defenders": defender.defenders},
    )  # fmt: skip


def record_messages(
    team: Team, raw: np.ndarray, doctrine: Doctrine = STANDARD, seed: int = 0, name: str = "team"
) -> AttentionRecord:
    """The same record for a team that is not on the range.

    Any tree will do; ``raw`` (T, L, 76) is what its leaves said, in the range's whole numbers 0 to
    3. Commands come down as often as the team's configuration says. Nothing is played: no action is
        chosen, no event is known.
    """
    team = copy.deepcopy(team).eval()
    raw, wiring, every = np.asarray(raw), team.wiring, team.config.command_every
    ticks, leaves = raw.shape[:2]
    alive, allowed = np.ones((ticks, wiring.count), bool), np.ones((leaves, ACTIONS), bool)
    due = np.arange(0, ticks, every)
    with torch.no_grad():
        scene = scenery(team, doctrine, raw[due], allowed, alive[due])
        up = team.up(scene["leaves"], alive[due])
        draws = uniform(np.full(len(due), seed), due, wiring.count)
        passed = (up.messages, scene["phase"], scene["ioc"], scene["doctrine"], alive[due], draws)
        down = team.down(*passed)
    held = np.arange(ticks) // every
    return _record(
        team, doctrine, raw, alive, down.commands.numpy()[held], down.drawn.numpy()[held][:, leaves:],
        np.full((ticks, leaves), -1), np.ones((leaves, names.SLOTS)), np.arange(leaves), np.zeros(ticks),
        np.zeros((ticks, leaves, len(EVENTS))), {"policy": name, "seed": seed, "defenders": ""},
    )  # fmt: skip


def replay(record: AttentionRecord, team: Team, name: str | None = None) -> AttentionRecord:
    """What another team with the same tree would have thought of the same messages, under the same
    commands and rules.

    For "before and after training": both hear the same, so every difference is due to the weights.
    ``chosen``, events and rewards stay those of the record.
    """
    if team.wiring.names != record.units:
        raise ValueError(f"the trees differ: the team has {', '.join(team.wiring.names)}")
    kept = ("raw", "alive", "commands", "drawn", "chosen", "exists", "owner", "reward", "events")
    meta = {"policy": name or record.policy, "seed": record.seed, "defenders": record.defenders}
    return _record(
        team, record.doctrine, **{part: getattr(record, part) for part in kept}, meta=meta
    )


def attach(record: AttentionRecord, team: Team) -> AttentionRecord:
    """A loaded record with the team that made it, which `what_if` needs; ValueError if another one
    did."""
    found = replay(record, team)
    error = np.abs(found.inner.astype(np.float32) - record.inner).max(initial=0)
    if error > 0.01:
        raise ValueError(
            f"this team did not make this record: its messages differ by up to {error:.2g}"
        )
    return replace(record, team=found.team)


def allowed_actions(exists: np.ndarray) -> np.ndarray:
    """(L, 16) which hosts exist -> (L, 82) bool which actions have a target."""
    return exists[:, ACTION_SLOT] | ~ON_HOST


def scenery(
    team: Team, doctrine: Doctrine, raw: np.ndarray, allowed: np.ndarray, alive: np.ndarray
) -> dict:
    """What R ticks show the team, all that both passes need: raw (R, L, 76), allowed (L, 82), alive
    (R, U)."""
    wiring, config = team.wiring, team.config.unit
    rows, leaves = raw.shape[:2]
    targets = np.broadcast_to(allowed, (rows, leaves, ACTIONS))
    mask, rule = doctrine.consult(raw.reshape(-1, MESSAGE), targets.reshape(-1, ACTIONS))
    ioc = wiring.merge_up(zone_ioc(raw) * alive[:, :leaves], alive, config.ioc_merge)
    everyone = np.ones((rows, wiring.count, ACTIONS), bool)
    everyone[:, :leaves] = targets
    return {
        "leaves": torch.as_tensor(normalised(raw)),
        "phase": torch.as_tensor(normalised(raw)[:, 0, PHASE]),
        "own ioc": ioc,
        "ioc": torch.as_tensor(wiring.observed_ioc(ioc, config.ioc_scope, alive)),
        "doctrine": torch.as_tensor(
            wiring.merge_up(mask.reshape(rows, leaves, ACTIONS), alive, "mean")
        ),
        "rule": rule.reshape(rows, leaves),
        "allowed": torch.as_tensor(everyone),
    }


def turns(
    team: Team, owner: np.ndarray, rule: np.ndarray, rules: int, alive: np.ndarray, pooling
) -> np.ndarray:
    """(R, L) probability that each leaf is the one that acts through its agent; ``pooling(level)``
    is (R, units, N)."""
    shares = np.ones(rule.shape, np.float32)
    for arbiter in arbitration.arbiters(team.wiring, owner):
        there = alive[:, arbiter.leaves]
        urgent = torch.as_tensor(arbitration.urgency(rule[:, arbiter.leaves], rules, there))
        heard = pooling(arbiter.level)[:, arbiter.place, arbiter.child] * torch.as_tensor(
            alive[:, [arbiter.unit]]
        )
        weight = team.unit_at(arbiter.level, arbiter.place).policy_function.config.doctrine_weight
        chance = arbitration.choice(heard, urgent, torch.as_tensor(there), weight)
        shares[:, arbiter.leaves] = torch.where(
            torch.as_tensor(there.any(axis=1))[:, None], chance, 0.0
        )
    return shares


def _record(
    team, doctrine, raw, alive, commands, drawn, chosen, exists, owner, reward, events, meta
) -> AttentionRecord:
    if len(team.wiring.levels) == 1:
        raise ValueError(
            "this team has one unit only: nobody sends a message, so there is nothing to record"
        )
    team = copy.deepcopy(
        team
    ).eval()  # a copy, so that further training changes no record; and no dropout
    alive, allowed = (
        np.asarray(alive).astype(bool),
        allowed_actions(np.asarray(exists).astype(bool)),
    )
    parts = []
    with torch.no_grad():
        for start in range(0, len(raw), CHUNK):
            rows = slice(start, start + CHUNK)
            parts.append(
                _passes(
                    team,
                    doctrine,
                    np.asarray(raw[rows]),
                    allowed,
                    alive[rows],
                    commands[rows],
                    owner,
                )
            )
    passes = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return AttentionRecord(
        **meta, heads=team.config.unit.message.nhead, tree=team.tree, doctrine=doctrine, raw=raw, exists=exists,
        owner=owner, alive=alive, commands=commands, drawn=drawn, chosen=chosen, reward=reward, events=events, **passes,
        team=team,
    )  # fmt: skip


def _passes(team, doctrine, raw, allowed, alive, commands, owner) -> dict[str, np.ndarray]:
    """Both passes for R ticks at once: the upward one in full, then every unit's decision under the
    command it held."""
    scene = scenery(team, doctrine, raw, allowed, alive)
    up, count = team.up(scene["leaves"], alive), team.wiring.leaf_count
    decided = decisions(team, scene, up.messages, torch.tensor(commands, dtype=torch.float32))
    turn = turns(
        team,
        owner,
        scene["rule"],
        len(doctrine.rules),
        alive,
        lambda level: up.records[level].pooling,
    )
    return {
        "ioc": scene["own ioc"],
        "inner": up.messages[:, count:].numpy(),
        "attention_weights": _flat(team.wiring, up.records, "attention"),
        "pooling_weights": _flat(team.wiring, up.records, "pooling"),
        "shares": class_probabilities(decided[:, count:].flatten(0, 1))
        .view(len(raw), -1, CLASSES)
        .numpy(),
        "probabilities": decided[:, :count].numpy(),
        "turn": turn,
        "rule": scene["rule"],
    }


def decisions(
    team: Team, scene: dict, messages: torch.Tensor, commands: torch.Tensor
) -> torch.Tensor:
    """(R, U, 82) every unit's distribution, for given messages (R, U, 76) and commands held (R, U,
    8)."""
    probabilities = messages.new_zeros(*messages.shape[:2], ACTIONS)
    for level, numbers in enumerate(team.wiring.levels):
        for unit, places in team.groups(level):
            mine = numbers[places]
            seen = gather(scene["phase"], commands, messages, scene["ioc"], mine)
            parts = (scene[name][:, mine].flatten(0, 1) for name in ("doctrine", "allowed"))
            decided = unit.decide(seen, *parts).probabilities
            probabilities[:, mine] = decided.unflatten(0, (len(messages), len(mine)))
    return probabilities


def _flat(wiring: Wiring, records: tuple[MessageRecord | None, ...], what: str) -> np.ndarray:
    """Attention or pooling weights of all inner units side by side, (R, ...), without padding."""
    parts = []
    for level, record in list(enumerate(records))[1:]:
        for place in range(len(wiring.levels[level])):
            n = int(wiring.has_child[level][place].sum())
            values = getattr(record, what)[:, place]
            values = values[:, :, :n, :n] if what == "attention" else values[:, :n]
            parts.append(values.flatten(1).numpy())
    return np.concatenate(parts, axis=1)


class _Watched:
    """A defender as a policy that notes what it saw and did, and to which things may happen."""

    def __init__(self, defender, changes: Mapping[int, Callable]):
        self.defender, self.changes, self.seen = copy.copy(defender), changes, []
        self.observation, self.defenders, self.name = (
            defender.observation,
            defender.defenders,
            defender.name,
        )
        self.defender.team, self.defender.recorder = copy.deepcopy(defender.team), self._note

    def reset(self, seed: int) -> None:
        self.defender.reset(seed)
        self.seen.clear()
        self.held = None

    def act(self, observations: dict, infos: dict) -> dict[str, int]:
        self.changes.get(len(self.seen), lambda defender: None)(self.defender)
        return self.defender.act(observations, infos)

    def _note(self, defender, tick, scene, done) -> None:
        wiring = defender.team.wiring
        if done.commands is not None:
            self.held = done.commands.down.commands[0].numpy(), done.commands.down.drawn[0].numpy()
        commands, drawn = self.held or (np.ones((wiring.count, CLASSES)), np.full(wiring.count, -1))
        chosen = np.full(wiring.leaf_count, -1)
        chosen[done.leaves.leaves] = done.leaves.chosen
        self.seen.append(
            {
                "wiring": wiring, "raw": scene.raw[0].copy(), "alive": scene.alive[0].copy(), "commands": commands,
                "drawn": drawn[wiring.leaf_count :], "chosen": chosen, "exists": tick.exists[0, defender.zones],
            }
        )  # fmt: skip


def _events(episode: EpisodeRecord) -> np.ndarray:
    """(T, 7, 5) counts of `EVENTS` in the tick before each decision, by zone."""
    counts = np.zeros((episode.ticks, names.ZONE_COUNT, len(EVENTS)), np.int64)
    target = np.where(episode.red_host >= 0, episode.red_host, episode.red_source)
    exploited = (episode.red_kind == names.EXP) & (episode.red_success == 1)
    for kind, (hosts, happened) in enumerate(
        (
            (target, np.isin(episode.red_kind, SCANS)),
            (target, exploited),
            (np.arange(names.HOST_COUNT)[None], (episode.process | episode.connection) > 0),
            (episode.blue_host, episode.blue_class == names.REMOVE),
            (episode.blue_host, episode.blue_class == names.RESTORE),
        )
    ):
        tick, place = np.nonzero(happened & (hosts >= 0))
        host = np.broadcast_to(hosts, happened.shape)[tick, place]
        later = tick + 1 < episode.ticks
        np.add.at(counts, (tick[later] + 1, host[later] // names.SLOTS, kind), 1)
    return counts[:, : names.DEFENDED_ZONES]
