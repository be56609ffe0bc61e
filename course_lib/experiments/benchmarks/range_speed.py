"""How fast the range is: steps per second, memory, compile time, beside the real simulator in the
same run."""

import datetime
import itertools
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass

import numpy as np

from course_lib.cyber_range.envs.parallel import parallel_env
from course_lib.cyber_range.envs.vector import VectorRange

SIZES = (1, 64, 1024, 8192)
REPEATS = 5
SECONDS = 1.0
"""Length of one repeat, at least."""


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


@dataclass(frozen=True)
class SpeedReport:
    """Everything ``bench speed`` measures, with the machine and the versions it was measured on."""

    date: str
    machine: str
    cores: int
    versions: dict
    bytes_per_environment: int
    compile_cold_seconds: float
    compile_cached_seconds: float
    rates: list[Rate]
    simulator: Rate | None

    def to_dict(self) -> dict:
        """The report for JSON, with the ratio to the real simulator at E = 1024 on one thread."""
        engine = next(
            (r.median for r in self.rates if (r.environments, r.threads) == (1024, 1)), None
        )
        ratio = engine / self.simulator.median if engine and self.simulator else None
        return {**asdict(self), "version": 1, "ratio_at_1024": ratio}


def machine_facts() -> dict:
    """Date (UTC), machine, core count and package versions, for any report."""
    import numba

    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
        "cores": os.cpu_count() or 1,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "numba": numba.__version__,
        },
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(
                line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")
            )
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"


def time_repeats(
    step, per_call: int, seconds: float, repeats: int = REPEATS
) -> tuple[float, float, float]:
    """Median, lowest and highest rate of a function that makes ``per_call`` steps a call."""
    rates = []
    for _ in range(repeats):
        calls, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            step()
            calls += 1
        rates.append(calls * per_call / spent)
    return statistics.median(rates), min(rates), max(rates)


def engine_rate(environments: int, threads: int, seconds: float) -> Rate:
    """The batch engine under uniformly random actions (masked ones included, as Sleep),
    observations and resets in."""
    batch = VectorRange(environments, threads=threads)
    batch.reset()
    rng = np.random.default_rng(0)
    plans = itertools.cycle(rng.integers(0, 242, (16, environments, batch.num_defenders)))
    return Rate(
        "engine",
        environments,
        threads,
        *time_repeats(lambda: batch.step(next(plans)), environments, seconds),
    )


def face_rate(engine: str, seconds: float, repeats: int = REPEATS) -> Rate:
    """The PettingZoo face with uniformly random valid actions, resets included."""
    env = parallel_env(engine=engine)
    rng = np.random.default_rng(0)
    masks = {}

    def step():
        if not env.agents:
            infos = env.reset(seed=int(rng.integers(1000)))[1]
            masks.update({a: np.flatnonzero(info["action_mask"]) for a, info in infos.items()})
        env.step({a: int(rng.choice(masks[a])) for a in env.agents})

    step()
    what = "PettingZoo face" if engine == "range" else "real simulator (CybORG)"
    return Rate(what, 1, 1, *time_repeats(step, 1, seconds, repeats))


def compile_seconds() -> list[float]:
    """Seconds to make the engine ready in a new process: without a cache, then with it."""
    code = "from course_lib.cyber_range.envs.warm_up import warm_up; print(warm_up())"
    with tempfile.TemporaryDirectory() as folder:
        options = {
            "env": {**os.environ, "COURSE_CACHE": folder},
            "capture_output": True,
            "check": True,
        }
        return [
            float(subprocess.run([sys.executable, "-c", code], **options).stdout) for _ in range(2)
        ]


def measure(
    with_simulator: bool = True, seconds: float = SECONDS, progress=lambda text: None
) -> SpeedReport:
    """Run the whole report; ``progress`` is told what comes next."""
    facts, single = machine_facts(), VectorRange(1)
    memory = sum(part.nbytes for part in (single.state, single.statistics, single.visible))
    progress("compiling in a new process, cold and cached")
    cold, cached = compile_seconds()
    rates = []
    for threads in sorted({1, facts["cores"]}):
        for size in SIZES:
            progress(f"engine, {size} environments, {threads} thread{'s' * (threads > 1)}")
            rates.append(engine_rate(size, threads, seconds))
    progress("PettingZoo face")
    rates.append(face_rate("range", seconds))
    simulator = None
    if with_simulator:
        progress("real simulator")
        simulator = face_rate("cyborg", max(10.0, seconds), repeats=3)
    return SpeedReport(*facts.values(), memory, cold, cached, rates, simulator)


def as_text(report: SpeedReport) -> str:
    """The report as a Markdown table."""
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    lines = [
        f"Measured {report.date} on {report.machine}, {report.cores} cores; {versions}",
        "",
        (
            "| what | environments | threads | steps/s (median) | lowest to highest | times the "
            "simulator |"
        ),
        "|---|---|---|---|---|---|",
    ]
    for r in [*report.rates, *([report.simulator] if report.simulator else [])]:
        ratio = f"{r.median / report.simulator.median:,.0f}" if report.simulator else "not measured"
        spread = f"{r.low:,.0f} to {r.high:,.0f}"
        lines.append(
            f"| {r.what} | {r.environments} | {r.threads} | {r.median:,.0f} | {spread} | {ratio} |"
        )
    compiling = (
        f"{report.compile_cold_seconds:.1f} s cold, {report.compile_cached_seconds:.2f} s from the "
        "cache"
    )
    memory = f"{report.bytes_per_environment / 1024:.1f} KiB an environment"
    return "\n".join([*lines, "", f"Compile time: {compiling}. Memory: {memory}."]) + "\n"
