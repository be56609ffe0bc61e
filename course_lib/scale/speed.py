"""Steps a second with workers: by the clock, and by the processor time that each process needs.

The clock says what this machine did while it was busy with other things too. Processor time says
what it would do alone: an iteration lasts as long as its slowest worker collects and the learner
learns, for the two take turns.
"""

import statistics
import time
from dataclasses import dataclass

from course_lib.training import RunSpec

from .distributed import DistributedTrainer, LocalPool, Pool, distributed_trainer
from .ray_pool import RayPool

HEADINGS = (
    "rollouts",
    "steps/s by the clock",
    "steps/s by processor time",
    "seconds of the slowest worker",
    "seconds of the learner",
)


@dataclass(frozen=True)
class WorkersSpeed:
    """Medians over a few iterations."""

    workers: int
    """Ray workers; 0 for rollouts in the learner's own process."""
    steps: int
    """Environment steps of an iteration."""
    seconds: float
    """Of the clock."""
    collecting: float
    """Processor seconds of the slowest worker."""
    learning: float
    """Processor seconds of the learner, with what it costs to send and to put together."""

    @property
    def steps_per_second(self) -> float:
        """By the clock."""
        return self.steps / self.seconds

    @property
    def steps_per_processor_second(self) -> float:
        """On a machine with a free core for each process."""
        return self.steps / (self.collecting + self.learning)


def measure(spec: RunSpec, counts: tuple[int, ...], iterations: int = 3) -> list[WorkersSpeed]:
    """Speeds with these numbers of workers, 0 among them for none; a first iteration warms up."""
    found = []
    for count in counts:
        if count == 0:
            found.append(speed_of(spec, LocalPool(spec, 1), 0, iterations))
            continue
        with RayPool(spec, count) as pool:
            found.append(speed_of(spec, pool, count, iterations))
    return found


def speed_of(spec: RunSpec, pool: Pool, workers: int, iterations: int) -> WorkersSpeed:
    """Speed of a training whose rollouts a pool plays."""
    trainer = distributed_trainer(spec, pool)
    trainer.step()
    clock, collecting, learning = [], [], []
    for _ in range(iterations):
        took, spent = timed_step(trainer)
        # In its own process the learner spends what the worker spends.
        own = spent - trainer.collecting_seconds if workers == 0 else spent
        clock.append(took)
        collecting.append(trainer.collecting_seconds)
        learning.append(own)
    return WorkersSpeed(
        workers=workers,
        steps=trainer.steps_done // trainer.iteration,
        seconds=statistics.median(clock),
        collecting=statistics.median(collecting),
        learning=statistics.median(learning),
    )


def timed_step(trainer: DistributedTrainer) -> tuple[float, float]:
    """Seconds of the clock and of this process for one iteration."""
    started = time.perf_counter()
    spent = time.process_time()
    trainer.step()
    return time.perf_counter() - started, time.process_time() - spent


def table_rows(speeds: list[WorkersSpeed]) -> list[list[str]]:
    """One row for each number of workers, under `HEADINGS`."""
    rows = []
    for one in speeds:
        where = f"{one.workers} Ray workers" if one.workers else "in the learner's process"
        rates = [f"{one.steps_per_second:,.0f}", f"{one.steps_per_processor_second:,.0f}"]
        rows.append([where, *rates, f"{one.collecting:.1f}", f"{one.learning:.1f}"])
    return rows
