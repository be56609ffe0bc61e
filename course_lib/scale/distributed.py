"""A trainer whose rollouts are played elsewhere; it learns here, and its checkpoints are those of
the trainer that does everything here."""

from collections.abc import Sequence
from typing import Protocol

from course_lib.training import RunSpec
from course_lib.training.config import HOST_SHARED, TrainConfig
from course_lib.training.ppo_update import Diagnostics
from course_lib.training.rewards import RewardConfig
from course_lib.training.rollout_buffer import Batch, Collected
from course_lib.training.runs import build_defender
from course_lib.training.trainer import Trainer

from .device import CPU, batch_on, checked_device, networks_on
from .pieces import Piece, PieceRollout, bounds, joined, put_back, split
from .worker import RolloutWorker, Weights, plain


class Pool(Protocol):
    """Workers that play pieces at the same time."""

    count: int

    def collect(self, weights: Weights, pieces: Sequence[Piece]) -> list[PieceRollout]:
        """Each piece played on by one rollout, in the order of the pieces."""
        ...

    def close(self) -> None:
        """End the workers."""
        ...


class LocalPool:
    """The same without further processes, one piece after the other: for tests, and to compare
    with."""

    def __init__(self, spec: RunSpec, count: int) -> None:
        self.count = count
        sizes = piece_sizes(spec, count)
        self.workers = [RolloutWorker(plain(spec), size) for size in sizes]

    def collect(self, weights: Weights, pieces: Sequence[Piece]) -> list[PieceRollout]:
        """See `Pool`."""
        found = []
        for worker, piece in zip(self.workers, pieces, strict=True):
            found.append(worker.collect(weights, piece))
        return found

    def close(self) -> None:
        """There is nothing to end."""


class DistributedTrainer(Trainer):
    """A `Trainer` that lets a pool collect; everything else is the same."""

    pool: Pool
    collecting_seconds = 0.0
    """Processor time of the slowest worker in the last rollout."""
    device = CPU
    """Where the networks learn."""

    def collect(self) -> Collected:
        """One rollout of every environment, played by the pool."""
        if self._now is None:
            self._now = self._begin()
        weights = self.defender.team.state_dict()
        parts = self.pool.collect(weights, split(self, self.pool.count))
        self.collecting_seconds = max(part.processor_seconds for part in parts)
        put_back(self, [part.piece for part in parts])
        return joined(parts, [group.name for group in self.groups])

    def update_groups(self, batches: dict[str, Batch]) -> dict[str, Diagnostics]:
        """The same update, on the trainer's device."""
        with networks_on(self, self.device):
            moved = {name: batch_on(batch, self.device) for name, batch in batches.items()}
            return super().update_groups(moved)


def distributed_trainer(spec: RunSpec, pool: Pool, device: str = "cpu") -> DistributedTrainer:
    """The trainer of a spec, with its rollouts in a pool and its updates on a device ("cpu" or
    "cuda").

    Raises:
        ValueError: for a wrong choice in the spec, a configuration that plays otherwise, or a
            device that is not there.
    """
    where = checked_device(device)
    config = checked_config(spec)
    trainer = DistributedTrainer(
        build_defender(spec), RewardConfig(**spec.rewards), config, spec.seed
    )
    trainer.pool = pool
    trainer.device = where
    return trainer


def checked_config(spec: RunSpec) -> TrainConfig:
    """The training configuration; ValueError for one that workers cannot play."""
    config = spec.train_config
    if not isinstance(config, TrainConfig):
        these = ", ".join(HOST_SHARED)
        raise ValueError(
            f"config={spec.config!r} trains in one process only ({these} do); "
            "take study, fast or paper, or leave --runner out"
        )
    return config


def piece_sizes(spec: RunSpec, count: int) -> list[int]:
    """How many environments each of ``count`` workers plays; ValueError for too many workers."""
    rows = bounds(checked_config(spec).num_envs, count)
    return [one.stop - one.start for one in rows]
