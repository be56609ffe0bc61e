"""Checkpoints of a training that plays whole episodes (`strong`, `taught`).

Every iteration begins with new episodes, and its random numbers come from its own number. So
weights and optimisers are all there is to keep; the engine's state, which `checkpoint` saves for
the study's trainer, is not needed. Reading a file runs no code (``weights_only=True``).
"""

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from course_lib.storage import write_atomically

FORMAT, VERSION = "course_lib strong training checkpoint", 1


def save_checkpoint(trainer: Any, path: str | Path) -> None:
    """Write the trainer's state, if it can go on from here; else leave the file as it is."""
    if not trainer.can_resume:
        return
    text = _fingerprint(trainer) | {"iteration": trainer.iteration}
    file = io.BytesIO()
    torch.save({"text": json.dumps(text), "state": trainer.state_dict()}, file)
    write_atomically(path, file.getvalue())


def load_checkpoint(trainer: Any, path: str | Path) -> None:
    """Take up a training where ``save_checkpoint`` left it.

    Raises:
        ValueError: one line, for a damaged or foreign file, or one of another training.
    """
    try:
        record = torch.load(path, weights_only=True)
        text, state = json.loads(record["text"]), record["state"]
        iteration = int(text.pop("iteration"))
    except Exception:  # torch raises a dozen kinds for files that are not its own
        raise ValueError(
            f"{path} is no training checkpoint, or it is damaged; delete it to start again"
        ) from None
    wanted = json.loads(json.dumps(_fingerprint(trainer)))
    differs = [name for name in wanted if text.get(name) != wanted[name]]
    if differs:
        raise ValueError(f"{path} belongs to another training: its {differs[0]} differs")
    try:
        trainer.load_state_dict(state)
    except (KeyError, RuntimeError, ValueError, TypeError):
        raise ValueError(
            f"{path} is damaged: its parts do not fit together; delete it to start again"
        ) from None
    trainer.iteration = iteration


def _fingerprint(trainer: Any) -> dict[str, Any]:
    """What must be the same for a training to be the same."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "trainer": type(trainer).__name__,
        "seed": trainer.seed,
        "config": asdict(trainer.config),
        "options": repr(sorted(trainer.options.items())),
        "tree": trainer.defender.team.tree.description(),
        "team": asdict(trainer.defender.team.config),
    }
