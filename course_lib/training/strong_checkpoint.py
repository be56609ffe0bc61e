"""Checkpoints of a training that plays whole episodes (`strong`, `settled`, `taught`).

Every iteration begins with new episodes, and its random numbers come from its own number. So
weights and optimisers are all there is to keep; the engine's state, which `checkpoint` saves for
the study's trainer, is not needed.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from course_lib import validate

from . import checkpoint_file
from .config import at_its_shortest

FORMAT, VERSION = "course_lib strong training checkpoint", 3


def save_checkpoint(trainer: Any, path: str | Path) -> None:
    """Write the trainer's state, if it can go on from here; else leave the file as it is."""
    if trainer.can_resume:
        progress = {
            "iteration": trainer.iteration,
            "planned": trainer.iterations,
            "lengthened_at": trainer.lengthened_at,
        }
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
        planned = validate.whole_number("planned", progress["planned"], 1)
        added = [validate.whole_number("lengthened_at", n, 1) for n in progress["lengthened_at"]]
        trainer.load_state_dict(parts["state"])
    except (KeyError, RuntimeError, ValueError, TypeError):
        raise checkpoint_file.damaged(path) from None
    trainer.iteration = iteration
    if planned != trainer.iterations:
        added.append(iteration)
    trainer.lengthened_at = added


def fingerprint(trainer: Any) -> dict[str, Any]:
    """What must be the same for a training to be the same; how long it lasts may change."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "trainer": type(trainer).__name__,
        "seed": trainer.seed,
        "config": asdict(at_its_shortest(trainer.config)),
        "options": repr(sorted(trainer.options.items())),
        "tree": trainer.defender.team.tree.description(),
        "team": asdict(trainer.defender.team.config),
    }
