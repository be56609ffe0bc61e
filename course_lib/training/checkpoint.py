"""Checkpoints of the study's trainer: enough to go on to the very same numbers.

Weights, optimisers, critics, scales, the minibatch order, and the state of every environment go
into one file (`checkpoint_file`).
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course_lib import validate

from . import checkpoint_file
from .checkpoint_file import Table
from .trainer import Trainer, training_seeds

FORMAT, VERSION = "course_lib training checkpoint", 2


def save_checkpoint(trainer: Trainer, path: str | Path) -> None:
    """Write the trainer's whole state; OSError if there is no room, with the old file as it was."""
    parts = {
        "team": trainer.defender.team.state_dict(),
        "critics": _states(trainer.critics),
        "optimisers": _states(trainer.optimisers),
        "scales": _states(trainer.scales),
        "generator": trainer.generator.get_state(),
        "range": _as_tensors(trainer.range.state_dict()),
        "defender": _as_tensors(trainer.defender.state_dict()),
        "rewards": _as_tensors(trainer.design.state_dict()),
    }
    progress = {
        "iteration": trainer.iteration,
        "planned": trainer.config.iterations,
        "lengthened_at": list(trainer.lengthened_at),
    }
    checkpoint_file.write(path, fingerprint(trainer), progress, parts)


def load_checkpoint(trainer: Trainer, path: str | Path) -> None:
    """Take up a training where ``save_checkpoint`` left it.

    The number of iterations may be larger than it was planned: then the training is lengthened, and
    ``trainer.lengthened_at`` says after which iteration.

    Raises:
        ValueError: one line, for a damaged or foreign file, or one of another training (structure,
            configuration, range, seed). Of a custom reward only the name is compared.
    """
    progress, parts = checkpoint_file.read(path, fingerprint(trainer))
    try:
        iteration = validate.whole_number("iteration", progress["iteration"], 1)
        planned = validate.whole_number("planned", progress["planned"], iteration)
        lengthened_at = [
            validate.whole_number("lengthened_at", n, 1) for n in progress["lengthened_at"]
        ]
        if iteration > trainer.config.iterations:
            raise _TooFew(f"{path} has {iteration} iterations, more than the iterations wanted")
        _restore(trainer, parts)
    except _TooFew:
        raise
    except (KeyError, RuntimeError, ValueError, TypeError, AttributeError, IndexError):
        raise checkpoint_file.damaged(path) from None
    if planned != trainer.config.iterations:
        lengthened_at.append(iteration)
    trainer.iteration = iteration
    trainer.lengthened_at = lengthened_at


class _TooFew(ValueError):
    """The checkpoint is further than the training is to go."""


def fingerprint(trainer: Trainer) -> Table:
    """What must be the same for a training to be the same; how long it is to last is left out."""
    team = trainer.defender.team
    doctrine = trainer.defender.doctrine
    return {
        "format": FORMAT,
        "version": VERSION,
        "seed": trainer.seed,
        "tree": team.tree.description(),
        "team": asdict(team.config),
        "doctrine": doctrine.to_list() if doctrine else None,
        "defenders": trainer.defender.defenders,
        "config": _but_for(asdict(trainer.config), "iterations"),
        "rewards": asdict(trainer.rewards),
        "custom_reward": getattr(trainer.design.custom, "__qualname__", None),
        "range": asdict(trainer.range.options),
    }


def _restore(trainer: Trainer, parts: Table) -> None:
    trainer.defender.team.load_state_dict(parts["team"])
    for name, critic in trainer.critics.items():
        critic.load_state_dict(parts["critics"][name])
        trainer.scales[name].load_state_dict(parts["scales"][name])
    for level, optimiser in trainer.optimisers.items():
        _restore_optimiser(optimiser, parts["optimisers"][level])
    trainer.generator.set_state(parts["generator"])
    trainer.resume(
        _as_arrays(parts["range"], trainer.range.state_dict()),
        parts["defender"],
        {name: array.numpy() for name, array in parts["rewards"].items()},
    )
    _check_seeds(trainer)


def _restore_optimiser(optimiser: torch.optim.Optimizer, saved: Table) -> None:
    """ValueError for other settings than the training's (but for the rate, which every iteration
    sets), and for averages of another shape than their parameter."""
    own = optimiser.state_dict()
    for group, wanted in zip(saved["param_groups"], own["param_groups"], strict=True):
        if _but_for(group, "lr") != _but_for(wanted, "lr"):
            raise ValueError("an optimiser of other settings")
    optimiser.load_state_dict(saved)
    for parameter, averages in optimiser.state.items():
        for value in averages.values():
            if value.ndim > 0 and value.shape != parameter.shape:
                raise ValueError("an optimiser of other parameters")


def _check_seeds(trainer: Trainer) -> None:
    """ValueError unless range and defender play the same episodes, and episodes of this training:
    others may be those that an evaluation plays."""
    playing = trainer.range.episode_seeds.astype(np.int64)
    first, end = training_seeds(trainer.seed)
    if trainer.range.seed != first or playing.min() < first or playing.max() >= end:
        raise ValueError("episodes of another training")
    seeds = trainer.defender.state_dict()["seeds"]
    # A defender hears of a new episode in its first tick.
    begins = trainer.range.state["tick"] == 0
    if not np.array_equal(seeds + trainer.config.num_envs * begins, playing):
        raise ValueError("range and defender play different episodes")


def _states(objects: dict[Any, Any]) -> dict[Any, Any]:
    return {name: one.state_dict() for name, one in objects.items()}


def _as_tensors(state: Table) -> Table:
    """A state whose arrays are tensors; records and unsigned numbers, which torch has not, are
    their bytes."""
    tensors = {}
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            if value.dtype.kind in "Vu" and value.dtype != np.uint8:
                value = np.frombuffer(bytearray(value.tobytes()), np.uint8)
            value = torch.as_tensor(value)
        tensors[name] = value
    return tensors


def _as_arrays(state: Table, template: Table) -> Table:
    """Undo `_as_tensors`, with the types and shapes of ``template``; ValueError if they differ."""
    arrays = {}
    for name, own in template.items():
        value = state[name]
        if isinstance(own, np.ndarray):
            raw = value.numpy().tobytes()
            value = np.frombuffer(raw, own.dtype).reshape(own.shape)
        arrays[name] = value
    return arrays


def _but_for(table: Table, name: str) -> Table:
    return {key: value for key, value in table.items() if key != name}
