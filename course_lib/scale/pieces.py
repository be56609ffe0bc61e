"""Cutting a training's environments into pieces, and putting together what the pieces collected.

A piece is a run of neighbouring environments with everything that decides how their episodes go
on: the state of the range, what the team remembers, what the rewards remember. Every random number
of the range and of the team depends on an episode's own seed alone. So a piece plays the same
episodes wherever it is played, and as often as it is played: a worker that dies takes nothing with
it, another repeats the piece.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib import validate
from course_lib.training.groups import Samples
from course_lib.training.rollout_buffer import Collected, Rollout, SampleLog
from course_lib.training.trainer import Trainer

State = dict[str, Any]
"""Arrays and tensors whose first axis is the environment, by name; tables of such; or None."""
Decisions = tuple[np.ndarray, Samples]
"""Ticks (B,) of some decisions, and the decisions."""


@dataclass(frozen=True)
class Piece:
    """Some neighbouring environments between two ticks."""

    range: State
    defender: State
    rewards: State


@dataclass(frozen=True)
class PieceRollout:
    """What one piece collected, and where it stands now."""

    piece: Piece
    rollout: Rollout
    decisions: dict[str, Decisions]
    """By group; a group that decided nothing is left out."""
    scores: np.ndarray
    terms: dict[str, float]
    engine_seconds: float
    processor_seconds: float
    """Of the worker, for all of it."""

    @property
    def num_envs(self) -> int:
        """Environments of the piece."""
        return self.rollout.rewards.shape[1]


def bounds(num_envs: int, count: int) -> list[slice]:
    """E environments as ``count`` runs of nearly equal length.

    Raises:
        ValueError: for more pieces than environments.
    """
    validate.whole_number("count", count, 1)
    if count > num_envs:
        raise ValueError(
            f"{num_envs} environments cannot be shared by {count} workers; take fewer workers, or "
            "more environments (--set training.num_envs=N)"
        )
    found = []
    for number in range(count):
        first = number * num_envs // count
        last = (number + 1) * num_envs // count
        found.append(slice(first, last))
    return found


def split(trainer: Trainer, count: int) -> list[Piece]:
    """The environments of a trainer that has begun, as pieces."""
    num_envs = trainer.config.num_envs
    whole = whole_piece(trainer)
    pieces = []
    for rows in bounds(num_envs, count):
        world = rows_of(whole.range, rows)
        world |= {"seed": trainer.range.seed + rows.start, "stride": num_envs}
        team = rows_of(whole.defender, rows) | {"stride": num_envs}
        pieces.append(Piece(world, team, rows_of(whole.rewards, rows)))
    return pieces


def whole_piece(trainer: Trainer) -> Piece:
    """All environments of a trainer as one piece."""
    team = trainer.defender
    remembered = team.state_dict()
    if remembered["seeds"] is None:  # nobody has acted yet
        size = trainer.config.num_envs
        team.start(size)
        remembered = team.state_dict()
        # The first tick of an episode moves on by one stride, so begin one stride early.
        remembered["seeds"] = trainer.range.seed + np.arange(size, dtype=np.int64) - size
    return Piece(trainer.range.state_dict(), remembered, trainer.design.state_dict())


def put_back(trainer: Trainer, pieces: Sequence[Piece]) -> None:
    """Let the trainer's environments stand where the pieces stand."""
    seed = trainer.range.seed
    world = joined_states([piece.range for piece in pieces]) | {"seed": seed}
    team = joined_states([piece.defender for piece in pieces])
    rewards = joined_states([piece.rewards for piece in pieces])
    trainer.resume(world, team, rewards)


def rows_of(state: State, rows: slice) -> State:
    """Copies of some environments' rows of every array; whatever is no array stays."""
    found: State = {}
    for name, value in state.items():
        if isinstance(value, dict):
            found[name] = rows_of(value, rows)
        elif isinstance(value, np.ndarray):
            found[name] = value[rows].copy()
        elif isinstance(value, Tensor):
            found[name] = value[rows].clone()
        else:
            found[name] = value
    return found


def joined_states(states: Sequence[State]) -> State:
    """The rows of several states, one after the other; the reverse of `rows_of`. A stride is left
    out: the whole has no larger whole."""
    found: State = {}
    for name, first in states[0].items():
        values = [state[name] for state in states]
        if isinstance(first, dict):
            found[name] = joined_states(values)
        elif isinstance(first, np.ndarray):
            found[name] = np.concatenate(values)
        elif isinstance(first, Tensor):
            found[name] = torch.cat(values)
        elif name != "stride":
            found[name] = first
    return found


def packed(trainer: Trainer, collected: Collected, processor_seconds: float) -> PieceRollout:
    """What a worker hands back: few large arrays, because thousands of small ones travel slowly."""
    decisions = {}
    for name, log in collected.logs.items():
        if log.samples:
            decisions[name] = log.joined()
    return PieceRollout(
        piece=whole_piece(trainer),
        rollout=collected.rollout,
        decisions=decisions,
        scores=collected.scores,
        terms=collected.terms,
        engine_seconds=collected.engine_seconds,
        processor_seconds=processor_seconds,
    )


def joined(parts: Sequence[PieceRollout], group_names: Sequence[str]) -> Collected:
    """The rollouts of all pieces as one, as if the environments had been one batch."""
    logs = {}
    for name in group_names:
        logs[name] = joined_decisions(decisions_of(parts, name))
    return Collected(
        rollout=joined_rollouts([part.rollout for part in parts]),
        logs=logs,
        scores=np.concatenate([part.scores for part in parts]),
        terms=weighted_terms(parts),
        engine_seconds=max(part.engine_seconds for part in parts),
    )


def decisions_of(parts: Sequence[PieceRollout], group: str) -> list[Decisions]:
    """One group's decisions in all pieces, with environments counted through."""
    found = []
    first_env = 0
    for part in parts:
        if group in part.decisions:
            found.append(shifted(part.decisions[group], first_env))
        first_env += part.num_envs
    return found


def shifted(decisions: Decisions, first_env: int) -> Decisions:
    """The same decisions, with their environments counted from ``first_env``."""
    ticks, samples = decisions
    return ticks, samples._replace(env_idx=samples.env_idx + first_env)


def joined_decisions(parts: Sequence[Decisions]) -> SampleLog:
    """Decisions of all pieces, in the order of time and then of environments, as a single batch
    would have them."""
    log = SampleLog()
    if not parts:
        return log
    for ticks, samples in parts:
        log.ticks.append(ticks)
        log.samples.append(samples)
    all_ticks, everything = log.joined()
    order = np.argsort(all_ticks, kind="stable")
    rows = torch.as_tensor(order)
    data = {name: values[rows] for name, values in everything.data.items()}
    in_time = Samples(
        env_idx=everything.env_idx[order],
        unit_idx=everything.unit_idx[order],
        data=data,
        log_prob=everything.log_prob[rows],
    )
    return SampleLog([all_ticks[order]], [in_time])


def joined_rollouts(rollouts: Sequence[Rollout]) -> Rollout:
    """Rollouts side by side."""
    return Rollout(
        rewards=np.concatenate([one.rewards for one in rollouts], axis=1),
        ended=np.concatenate([one.ended for one in rollouts], axis=1),
        summaries=np.concatenate([one.summaries for one in rollouts], axis=1),
        messages=np.concatenate([one.messages for one in rollouts]),
        final=joined_ends(rollouts),
    )


def joined_ends(rollouts: Sequence[Rollout]) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Last observations by tick; zeros for pieces in which no episode ended in that tick, where
    nobody reads them."""
    found = {}
    for tick in sorted({tick for one in rollouts for tick in one.final}):
        summaries, messages = [], []
        for one in rollouts:
            nothing = np.zeros_like(one.summaries[0]), np.zeros_like(one.messages)
            last_summaries, last_messages = one.final.get(tick, nothing)
            summaries.append(last_summaries)
            messages.append(last_messages)
        found[tick] = np.concatenate(summaries), np.concatenate(messages)
    return found


def weighted_terms(parts: Sequence[PieceRollout]) -> dict[str, float]:
    """Mean reward terms of the whole."""
    total = sum(part.num_envs for part in parts)
    found: dict[str, float] = {}
    for part in parts:
        share = part.num_envs / total
        for name, mean in part.terms.items():
            found[name] = found.get(name, 0.0) + share * mean
    return found


def writable(piece: Piece) -> Piece:
    """A copy that may be written to; what comes out of an object store may not."""
    everything = slice(None)
    return replace(
        piece,
        range=rows_of(piece.range, everything),
        defender=rows_of(piece.defender, everything),
        rewards=rows_of(piece.rewards, everything),
    )
