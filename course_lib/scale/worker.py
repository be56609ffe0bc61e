"""A worker: one process that plays pieces of a training's environments with the weights it is
given."""

import os
import time
from dataclasses import asdict, replace
from typing import Any

import torch
from torch import Tensor

from course_lib.training import RunSpec, build_trainer
from course_lib.training.trainer import Trainer

from .pieces import Piece, PieceRollout, packed, writable

Weights = dict[str, Tensor]


class RolloutWorker:
    """Plays pieces. It keeps nothing between two of them but its compiled engine and its buffers.

    Args:
        spec: the training, as plain data (`dataclasses.asdict` of a RunSpec).
        num_envs: environments of its pieces.
    """

    def __init__(self, spec: dict[str, Any], num_envs: int) -> None:
        torch.set_num_threads(1)
        whole = RunSpec(**spec)
        part = replace(whole, training={**whole.training, "num_envs": num_envs})
        trainer = build_trainer(part)
        assert isinstance(trainer, Trainer)  # `distributed_trainer` refuses the others
        self.trainer = trainer

    def collect(self, weights: Weights, piece: Piece) -> PieceRollout:
        """Play a piece on for one rollout."""
        started = time.process_time()
        self.trainer.defender.team.load_state_dict(weights)
        own = writable(piece)
        self.trainer.resume(own.range, own.defender, own.rewards)
        collected = self.trainer.collect()
        return packed(self.trainer, collected, time.process_time() - started)

    def process(self) -> int:
        """Number of the process that this worker is."""
        return os.getpid()


def plain(spec: RunSpec) -> dict[str, Any]:
    """A spec as plain data, for another process."""
    return asdict(spec)
