"""How fast the range is: steps per second, memory, compile time, beside the real simulator in the
same run."""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from pettingzoo import ParallelEnv

from course_lib import markdown
from course_lib.cyber_range.envs.parallel import parallel_env
from course_lib.cyber_range.envs.vector import VectorRange

from .timing import REPEATS, Rates, machine_facts, measured_on, rates

SIZES = (1, 64, 1024, 8192)
SECONDS = 1.0
"""Length of one repeat, at least."""
PLAN_SEED = 0
"""Of the episode that measures the single environments."""


@dataclass(frozen=True)
class Rate:
    """Steps per second of one set-up: one step is one tick of one environment with all its
    agents."""

    what: str
    environments: int
    threads: int
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, what: str, environments: int, threads: int, measured: Rates) -> "Rate":
        """What was measured, with its name."""
        return cls(what, environments, threads, measured.median, measured.low, measured.high)


@dataclass(frozen=True)
class SpeedReport:
    """Everything ``bench speed`` measures, with the machine and the versions it was measured on."""

    date: str
    machine: str
    cores: int
    versions: dict[str, str]
    bytes_per_environment: int
    compile_cold_seconds: float
    compile_cached_seconds: float
    rates: list[Rate]
    simulator: Rate | None

    def to_dict(self) -> dict[str, Any]:
        """The report for JSON, with the ratio to the real simulator at E = 1024 on one thread."""
        ratio = None
        for row in self.rates:
            if (row.environments, row.threads) == (1024, 1) and self.simulator is not None:
                ratio = row.median / self.simulator.median
        return {**asdict(self), "version": 1, "ratio_at_1024": ratio}


def engine_rate(environments: int, threads: int, seconds: float) -> Rate:
    """The batch engine under uniformly random actions (masked ones included, as Sleep),
    observations and resets in."""
    batch = VectorRange(environments, threads=threads)
    batch.reset()
    rng = np.random.default_rng(0)
    plans = itertools.cycle(rng.integers(0, 242, (16, environments, batch.num_defenders)))
    measured = rates(lambda: batch.step(next(plans)), environments, seconds)
    return Rate.of("engine", environments, threads, measured)


def random_plan(env: ParallelEnv) -> list[dict[str, int]]:
    """The actions of one episode, drawn from those that are possible.

    Drawn beforehand, so that the environment is measured and not the drawing.
    """
    _, infos = env.reset(seed=PLAN_SEED)
    rng = np.random.default_rng(PLAN_SEED)
    ticks = env.unwrapped.backend.steps - 1
    drawn = {}
    for agent, info in infos.items():
        allowed = np.flatnonzero(info["action_mask"])
        drawn[agent] = rng.choice(allowed, ticks).tolist()
    return [{agent: actions[tick] for agent, actions in drawn.items()} for tick in range(ticks)]


def episode_rates(
    env: Any,
    plan: list,
    seconds: float,
    repeats: int = REPEATS,
    clock: Callable[[], float] = time.perf_counter,
) -> Rates:
    """Steps a second of whole episodes, resets included; ``plan`` holds the action of each tick."""

    def episode() -> None:
        env.reset(seed=PLAN_SEED)
        for action in plan:
            env.step(action)

    return rates(episode, len(plan), seconds, repeats, clock)


def face_rate(engine: str, seconds: float, repeats: int = REPEATS) -> Rate:
    """The PettingZoo face with uniformly random valid actions, resets included.

    Measured in processor time of the one thread it takes, so that what else the machine does counts
    less, as `experiments.trainers` measures the other faces.
    """
    env = parallel_env(engine=engine)
    measured = episode_rates(env, random_plan(env), seconds, repeats, time.process_time)
    what = "PettingZoo face" if engine == "range" else "real simulator (CybORG)"
    return Rate.of(what, 1, 1, measured)


def compile_seconds() -> list[float]:
    """Seconds to make the engine ready in a new process: without a cache, then with it."""
    code = "from course_lib.cyber_range.envs.warm_up import warm_up; print(warm_up())"
    found = []
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "COURSE_CACHE": folder}
        for _ in range(2):
            process = subprocess.run(
                [sys.executable, "-c", code], env=environment, capture_output=True, check=True
            )
            found.append(float(process.stdout))
    return found


def measure(
    progress: Callable[[str], None], with_simulator: bool = True, seconds: float = SECONDS
) -> SpeedReport:
    """Run the whole report; ``progress`` is told what comes next."""
    facts = machine_facts()
    single = VectorRange(1)
    memory = sum(part.nbytes for part in (single.state, single.statistics, single.visible))
    progress("compiling in a new process, cold and cached")
    cold, cached = compile_seconds()
    found = []
    for threads in sorted({1, facts["cores"]}):
        for size in SIZES:
            progress(f"engine, {size} environments, {threads} thread{'s' * (threads > 1)}")
            found.append(engine_rate(size, threads, seconds))
    progress("PettingZoo face")
    found.append(face_rate("range", seconds))
    simulator = None
    if with_simulator:
        progress("real simulator")
        simulator = face_rate("cyborg", max(10.0, seconds), repeats=3)
    return SpeedReport(
        **facts,
        bytes_per_environment=memory,
        compile_cold_seconds=cold,
        compile_cached_seconds=cached,
        rates=found,
        simulator=simulator,
    )


def as_text(report: SpeedReport) -> str:
    """The report as a Markdown table."""
    headings = ["what", "environments", "threads", "steps/s (median)", "lowest to highest"]
    simulator = report.simulator
    measured = report.rates if simulator is None else [*report.rates, simulator]
    rows = []
    for r in measured:
        ratio = "not measured" if simulator is None else f"{r.median / simulator.median:,.0f}"
        spread = f"{r.low:,.0f} to {r.high:,.0f}"
        rows.append([r.what, r.environments, r.threads, f"{r.median:,.0f}", spread, ratio])
    cold = f"{report.compile_cold_seconds:.1f} s cold"
    cached = f"{report.compile_cached_seconds:.2f} s from the cache"
    memory = f"{report.bytes_per_environment / 1024:.1f} KiB an environment"
    lines = [
        measured_on(report.date, report.machine, report.cores, report.versions),
        "",
        *markdown.table([*headings, "times the simulator"], rows),
        "",
        f"Compile time: {cold}, {cached}. Memory: {memory}.",
        "The engine is measured by the clock, single environments in processor time.",
    ]
    return "\n".join(lines) + "\n"
