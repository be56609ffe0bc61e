"""Checkpoints of a training: enough to go on to the very same numbers.

Weights, optimisers, critics, scales, the minibatch order, and the state of every environment go
into one file, which replaces the one before only when it is complete. Reading it runs no code
(``weights_only=True``), and nothing in it is used before its SHA-256 was compared, because compiled
code follows the engine's state without a look.
"""

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course_lib import validate
from course_lib.hierarchy.checksum import sha256_of
from course_lib.storage import write_atomically

from .trainer import Trainer

FORMAT, VERSION = "course_lib training checkpoint", 2
PARTS = ("team", "critics", "optimisers", "scales", "generator", "range", "defender", "rewards")


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
    text = {
        **fingerprint(trainer),
        "iteration": trainer.iteration,
        "planned": trainer.config.iterations,
        "lengthened_at": list(trainer.lengthened_at),
    }
    sha256 = sha256_of({"text": text, **parts})
    file = io.BytesIO()
    torch.save({"text": json.dumps({**text, "sha256": sha256}), **parts}, file)
    write_atomically(path, file.getvalue())


def load_checkpoint(trainer: Trainer, path: str | Path) -> None:
    """Take up a training where ``save_checkpoint`` left it.

    The number of iterations may be larger than it was planned: then the training is lengthened, and
    ``trainer.lengthened_at`` says after which iteration.

    Raises:
        ValueError: one line, for a damaged or foreign file, or one of another training (structure,
            configuration, range, seed). Of a custom reward only the name is compared.
    """
    text, parts = _read(Path(path))
    wanted_text = json.loads(json.dumps(fingerprint(trainer)))
    for name, wanted in wanted_text.items():
        if text.get(name) != wanted:
            difference = _difference(text.get(name), wanted)
            raise ValueError(f"{path} belongs to another training: {name} {difference}")
    try:
        if text["sha256"] != sha256_of({"text": _without(text, "sha256"), **parts}):
            raise ValueError("its checksum differs")
        iteration = validate.whole_number("iteration", text["iteration"], 1)
        planned = validate.whole_number("planned", text["planned"], iteration)
        lengthened_at = [
            validate.whole_number("lengthened_at", n, 1) for n in text["lengthened_at"]
        ]
        if iteration > trainer.config.iterations:
            raise _TooFew(f"{path} has {iteration} iterations, more than the iterations wanted")
        _restore(trainer, parts)
    except _TooFew:
        raise
    except (KeyError, RuntimeError, ValueError, TypeError, AttributeError, IndexError):
        raise ValueError(
            f"{path} is damaged: its parts do not fit together; delete it to start again"
        ) from None
    if planned != trainer.config.iterations:
        lengthened_at.append(iteration)
    trainer.iteration = iteration
    trainer.lengthened_at = lengthened_at


class _TooFew(ValueError):
    """The checkpoint is further than the training is to go."""


def fingerprint(trainer: Trainer) -> dict[str, Any]:
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
        "config": _without(asdict(trainer.config), "iterations"),
        "rewards": asdict(trainer.rewards),
        "custom_reward": getattr(trainer.design.custom, "__qualname__", None),
        "range": asdict(trainer.range.options),
    }


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The text of a checkpoint and its parts, which are tensors, numbers and tables of them."""
    try:
        record = torch.load(path, weights_only=True)
        text = json.loads(record["text"])
        text.get("format")
    except Exception:  # torch raises a dozen kinds for files that are not its own
        raise ValueError(
            f"{path} is no training checkpoint, or it is damaged; delete it to start again"
        ) from None
    return text, _without(record, "text")


def _restore(trainer: Trainer, parts: dict[str, Any]) -> None:
    trainer.defender.team.load_state_dict(parts["team"])
    for name, critic in trainer.critics.items():
        critic.load_state_dict(parts["critics"][name])
        trainer.scales[name].load_state_dict(parts["scales"][name])
    for level, optimiser in trainer.optimisers.items():
        optimiser.load_state_dict(parts["optimisers"][level])
    trainer.generator.set_state(parts["generator"])
    trainer.resume(
        _as_arrays(parts["range"], trainer.range.state_dict()),
        parts["defender"],
        {name: array.numpy() for name, array in parts["rewards"].items()},
    )


def _states(objects: dict[Any, Any]) -> dict[Any, Any]:
    return {name: one.state_dict() for name, one in objects.items()}


def _as_tensors(state: dict[str, Any]) -> dict[str, Any]:
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


def _as_arrays(state: dict[str, Any], template: dict[str, Any]) -> dict[str, Any]:
    """Undo `_as_tensors`, with the types and shapes of ``template``; ValueError if they differ."""
    arrays = {}
    for name, own in template.items():
        value = state[name]
        if isinstance(own, np.ndarray):
            raw = value.numpy().tobytes()
            value = np.frombuffer(raw, own.dtype).reshape(own.shape)
        arrays[name] = value
    return arrays


def _without(table: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key != name}


def _difference(found: Any, wanted: Any) -> str:
    """What was found and what was wanted; of two tables only the entries that differ."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        names = [name for name in wanted if found.get(name) != wanted[name]]
        found = {name: found.get(name) for name in names}
        wanted = {name: wanted[name] for name in names}
    return f"is {_short(found)}, wanted {_short(wanted)}"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < 60 else text[:57] + "..."
