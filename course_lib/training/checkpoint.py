"""Checkpoints of a training: enough to go on to the very same numbers.

Weights, optimisers, critics, scales, the minibatch order, and the state of every environment go
into one file, which replaces the one before only when it is complete. Reading it runs no code
(``weights_only=True``).
"""

import json
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

FORMAT, VERSION = "course_lib training checkpoint", 2
ENGINE_ARRAYS = ("state", "statistics", "visible", "memory", "masks", "_message", "_episode")


def save_checkpoint(trainer, path: str | Path) -> None:
    """Write the trainer's whole state."""
    path = Path(path)
    defender = trainer.defender
    record = {
        "text": json.dumps(_question(trainer) | {"iteration": trainer.iteration}),
        "team": trainer.defender.team.state_dict(),
        "critics": {name: critic.state_dict() for name, critic in trainer.critics.items()},
        "optimisers": {
            level: optimiser.state_dict() for level, optimiser in trainer.optimisers.items()
        },
        "scales": {name: scale.state_dict() for name, scale in trainer.scales.items()},
        "generator": trainer.generator.get_state(),
        "engine": {name: _bytes(getattr(trainer.range, name)) for name in ENGINE_ARRAYS},
        "defender": _as_tensors(defender.state_dict()),
        "known": torch.as_tensor(trainer.design._known),
        "penalties": torch.as_tensor(trainer.design._penalties),
    }
    unfinished = path.with_suffix(path.suffix + ".part")
    torch.save(record, unfinished)
    os.replace(unfinished, path)


def load_checkpoint(trainer, path: str | Path) -> None:
    """Take up a training where ``save_checkpoint`` left it.

    Raises:
        ValueError: one line, for a damaged or foreign file, or one of another training (structure,
            configuration, range, seed). Of a custom reward only the name is compared.
    """
    try:
        record = torch.load(path, weights_only=True)
        text = json.loads(record["text"])
        found = {name: text.get(name) for name in _question(trainer)}
    except Exception:  # torch raises a dozen kinds for files that are not its own
        raise ValueError(
            f"{path} is no training checkpoint, or it is damaged; delete it to begin anew"
        ) from None
    for name, wanted in json.loads(json.dumps(_question(trainer))).items():
        if found[name] != wanted:
            raise ValueError(
                f"{path} belongs to another training: {name} {_difference(found[name], wanted)}"
            )
    try:
        _restore(trainer, record)
    except (KeyError, RuntimeError, ValueError, TypeError):
        raise ValueError(
            f"{path} is damaged: its parts do not fit together; delete it to begin anew"
        ) from None
    trainer.iteration = int(text["iteration"])


def _restore(trainer, record: dict) -> None:
    trainer.range.reset()
    for name in ENGINE_ARRAYS:
        array = getattr(trainer.range, name)
        array[...] = np.frombuffer(record["engine"][name].numpy().tobytes(), array.dtype).reshape(
            array.shape
        )
    trainer.defender.team.load_state_dict(record["team"])
    for name, critic in trainer.critics.items():
        critic.load_state_dict(record["critics"][name])
        trainer.scales[name].load_state_dict(record["scales"][name])
    for level, optimiser in trainer.optimisers.items():
        optimiser.load_state_dict(record["optimisers"][level])
    trainer.generator.set_state(record["generator"])
    trainer.defender.reset(trainer.range.seed)
    trainer.defender.start(trainer.config.num_envs)
    trainer.defender.load_state_dict(record["defender"])
    trainer.design._known, trainer.design._penalties = (
        record["known"].numpy(),
        record["penalties"].numpy(),
    )
    trainer._now = trainer.range.current()


def _question(trainer) -> dict:
    """What must be the same for a training to be the same."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "seed": trainer.seed,
        "tree": trainer.defender.team.tree.description(),
        "team": asdict(trainer.defender.team.config),
        "doctrine": trainer.defender.doctrine.to_list() if trainer.defender.doctrine else None,
        "defenders": trainer.defender.defenders,
        "config": asdict(trainer.config),
        "rewards": asdict(trainer.rewards),
        "custom_reward": getattr(trainer.design.custom, "__qualname__", None),
        "range": asdict(trainer.range.options),
    }


def _as_tensors(state: dict) -> dict:
    """A state without numpy arrays, which a file that is read with ``weights_only`` cannot hold."""
    return {
        name: torch.as_tensor(value) if isinstance(value, np.ndarray) else value
        for name, value in state.items()
    }


def _bytes(array: np.ndarray) -> torch.Tensor:
    return torch.frombuffer(bytearray(np.ascontiguousarray(array).tobytes()), dtype=torch.uint8)


def _difference(found, wanted) -> str:
    """What was found and what was wanted; of two tables only the entries that differ."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        names = [name for name in wanted if found.get(name) != wanted[name]]
        found, wanted = ({name: table.get(name) for name in names} for table in (found, wanted))
    return f"is {_short(found)}, wanted {_short(wanted)}"


def _short(value) -> str:
    text = json.dumps(value)
    return text if len(text) < 60 else text[:57] + "..."
