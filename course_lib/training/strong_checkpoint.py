"""Checkpoints of a training that plays whole episodes (`strong`, `taught`).

Every iteration begins with new episodes, and its random numbers come from its own number. So
weights and optimisers are all there is to keep; the engine's state, which `checkpoint` saves for
the study's trainer, is not needed.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from course_lib import validate

from . import checkpoint_file

FORMAT, VERSION = "course_lib strong training checkpoint", 2


def save_checkpoint(trainer: Any, path: str | Path) -> None:
    """Write the trainer's state, if it can go on from here; else leave the file as it is."""
    if trainer.can_resume:
        progress = {"iteration": trainer.iteration}
        parts = {"state": trainer.state_dict()}
        checkpoint_file.write(path, fingerprint(trainer), progress, parts)


def load_checkpoint(trainer: Any, path: str | Path) -> None:
    """Take up a training where ``save_checkpoint`` left it.

    Raises:
        ValueError: one line, for a damaged or foreign file, or one of another training.
    """
    progress, parts = checkpoint_file.read(path, fingerprint(trainer))
    try:
        iteration = validate.whole_number("iteration", progress["iteration"], 0)
        trainer.load_state_dict(parts["state"])
    except (KeyError, RuntimeError, ValueError, TypeError):
        raise checkpoint_file.damaged(path) from None
    trainer.iteration = iteration


def fingerprint(trainer: Any) -> dict[str, Any]:
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
