"""Workers on a Ray cluster: on this machine, or on many.

A worker that dies is started again by Ray, and its piece is played again: a piece is everything
that a worker needs, so the training goes on to the same numbers.
"""

import importlib.util
import os
import pathlib
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from course_lib import validate
from course_lib.training import RunSpec

from .distributed import piece_sizes
from .pieces import Piece, PieceRollout
from .worker import RolloutWorker, Weights, plain

ROOT = pathlib.Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "course_lib" / "scale" / "requirements.txt"
WITHOUT_RAY = (
    "Ray is not installed here; install it into the course's environment: "
    f"{sys.executable} -m pip install -r {REQUIREMENTS}"
)
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}


def available() -> bool:
    """Whether Ray is installed."""
    return importlib.util.find_spec("ray") is not None


class RayPool:
    """``count`` workers, each a process of its own; a context manager that ends them.

    Args:
        spec: what is trained.
        count: workers.
        address: of a running cluster, "auto" for the one of this machine; by default a small
            cluster is started here, and ended with the pool.

    Raises:
        ValueError: without Ray, for more workers than environments, or a cluster that does not
            answer or is too small.
    """

    def __init__(self, spec: RunSpec, count: int, address: str | None = None) -> None:
        self.count = validate.whole_number("count", count, 1)
        sizes = piece_sizes(spec, count)
        if not available():
            raise ValueError(WITHOUT_RAY)
        ray = connected(count, address)
        # As often as need be: what a worker is asked for has no effect but its answer.
        immortal = ray.remote(max_restarts=-1, max_task_retries=-1, num_cpus=1)
        remote = immortal(RolloutWorker)
        self.workers = [remote.remote(plain(spec), size) for size in sizes]
        self._ray = ray

    def collect(self, weights: Weights, pieces: Sequence[Piece]) -> list[PieceRollout]:
        """See `distributed.Pool`."""
        shared = self._ray.put(weights)  # sent once to every machine, not once to every worker
        asked = []
        for worker, piece in zip(self.workers, pieces, strict=True):
            asked.append(worker.collect.remote(shared, piece))
        try:
            return self._ray.get(asked)
        except self._ray.exceptions.RayError as error:
            reason = str(error).strip().splitlines()[-1]
            raise ValueError(f"a worker cannot play its episodes: {reason}") from error

    def close(self) -> None:
        """End the workers, and the cluster if it was started here."""
        self._ray.shutdown()

    def __enter__(self) -> "RayPool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def connected(count: int, address: str | None) -> Any:
    """The module ray, connected to a cluster; ValueError where none answers."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    before = os.environ.get("PYTHONPATH")
    paths = [str(ROOT), before] if before else [str(ROOT)]
    runtime_env = {"env_vars": {**ONE_THREAD, "PYTHONPATH": os.pathsep.join(paths)}}
    common = {"runtime_env": runtime_env, "log_to_driver": False, "logging_level": "ERROR"}
    if address is None:
        where: dict[str, Any] = {"num_cpus": count, "include_dashboard": False}
        problem = "Ray does not start here"
    else:
        where = {"address": address}
        problem = f"no Ray cluster answers at {address!r}"
    try:
        ray.init(**where, **common)
    except Exception as error:  # Ray raises a dozen kinds, a bare Exception among them
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{problem}: {reason}") from None
    cores = int(ray.cluster_resources().get("CPU", 0))
    if cores < count:  # else workers would wait for a place for ever
        ray.shutdown()
        raise ValueError(f"the cluster has {cores} cores for {count} workers; take fewer workers")
    return ray
