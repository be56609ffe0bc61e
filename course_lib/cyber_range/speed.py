"""How fast the range is: steps per second, memory, compile time, beside the real simulator in the same run."""

import datetime
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field

import numpy as np

from .parallel import parallel_env
from .vector import VectorRange

SIZES = (1, 64, 1024, 8192)
REPEATS = 5
SECONDS = 1.0
"""Length of one repeat, at least."""


@dataclass(frozen=True)
class Rate:
    """Steps per second of one set-up: one step is one tick of one environment with all its agents."""

    what: str
    environments: int
    threads: int
    median: float
    low: float
    high: float


@dataclass
class SpeedReport:
    """Everything ``bench speed`` measures, with the machine and the versions it was measured on."""

    date: str
    machine: str
    cores: int
    versions: dict
    bytes_per_environment: int = 0
    compile_cold_seconds: float = 0.0
    compile_cached_seconds: float = 0.0
    rates: list = field(default_factory=list)
    simulator: Rate | None = None

    def ratio(self, environments: int, threads: int = 1) -> float | None:
        """Steps per second of the batch engine over those of the real simulator, or None where it is absent."""
        if self.simulator is None:
            return None
        fitting = [r for r in self.rates if (r.what, r.environments, r.threads) == ("engine", environments, threads)]
        return fitting[0].median / self.simulator.median if fitting else None

    def to_dict(self) -> dict:
        """The report for JSON, with the ratio at E = 1024 on one thread."""
        return {**asdict(self), "version": 1, "ratio_at_1024": self.ratio(1024)}


def machine_facts() -> dict:
    """Date (UTC), machine, core count and package versions, for any report."""
    import numba

    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
        "cores": os.cpu_count() or 1,
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "numba": numba.__version__},
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"


def time_repeats(step, per_call: int, repeats: int = REPEATS, seconds: float = SECONDS) -> tuple[float, float, float]:
    """Median, lowest and highest rate of a function that makes ``per_call`` steps a call."""
    rates = []
    for _ in range(repeats):
        calls, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            step()
            calls += 1
        rates.append(calls * per_call / spent)
    return statistics.median(rates), min(rates), max(rates)


def engine_rate(environments: int, threads: int, seconds: float = SECONDS) -> Rate:
    """The batch engine under uniformly random actions (masked ones included, as Sleep), observations and resets in."""
    batch = VectorRange(environments, threads=threads)
    batch.reset()
    rng = np.random.default_rng(0)
    plans = rng.integers(0, 242, (16, environments, batch.num_defenders))
    turn = iter(range(10**9))
    rate = time_repeats(lambda: batch.step(plans[next(turn) % 16]), environments, seconds=seconds)
    return Rate("engine", environments, threads, *rate)


def face_rate(engine: str, repeats: int = REPEATS, seconds: float = SECONDS) -> Rate:
    """The PettingZoo face with uniformly random valid actions, resets included."""
    env = parallel_env(engine=engine)
    rng = np.random.default_rng(0)
    masks = {}

    def step():
        nonlocal masks
        if not env.agents:
            infos = env.reset(seed=int(rng.integers(1000)))[1]
            masks = {a: np.flatnonzero(info["action_mask"]) for a, info in infos.items()}
        env.step({a: int(rng.choice(masks[a])) for a in env.agents})

    step()
    what = "PettingZoo face" if engine == "range" else "real simulator (CybORG)"
    return Rate(what, 1, 1, *time_repeats(step, 1, repeats, seconds))


def compile_seconds() -> tuple[float, float]:
    """Seconds to make the engine ready in a new process: without a cache, then with it."""
    code = "from course_lib.cyber_range.compiled import warm_up; print(warm_up())"
    with tempfile.TemporaryDirectory() as folder:
        found = [_ready_in(code, folder) for _ in range(2)]
    return found[0], found[1]


def _ready_in(code: str, folder: str) -> float:
    env = {**os.environ, "COURSE_CACHE": folder}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return float(done.stdout)


def measure(sizes=SIZES, with_simulator: bool = True, seconds: float = SECONDS, progress=lambda text: None):
    """Run the whole report; ``progress`` is told what comes next."""
    report = SpeedReport(**machine_facts())
    progress("compiling in a new process, cold and cached")
    report.compile_cold_seconds, report.compile_cached_seconds = compile_seconds()
    single = VectorRange(1)
    report.bytes_per_environment = sum(part.nbytes for part in (single.state, single.statistics, single.facts))
    for threads in sorted({1, report.cores}):
        for size in sizes:
            progress(f"engine, {size} environments, {threads} thread{'s' * (threads > 1)}")
            report.rates.append(engine_rate(size, threads, seconds))
    progress("PettingZoo face")
    report.rates.append(face_rate("range", seconds=seconds))
    if with_simulator:
        progress("real simulator")
        report.simulator = face_rate("cyborg", repeats=3, seconds=max(10.0, seconds))
    return report


def as_text(report: SpeedReport) -> str:
    """The report as a Markdown table."""
    rows = [*report.rates, *([report.simulator] if report.simulator else [])]
    base = report.simulator.median if report.simulator else None
    lines = [
        f"Measured {report.date} on {report.machine}, {report.cores} cores; "
        + ", ".join(f"{k} {v}" for k, v in report.versions.items()),
        "",
        "| what | environments | threads | steps/s (median) | lowest to highest | times the simulator |",
        "|---|---|---|---|---|---|",
    ]
    for r in rows:
        ratio = f"{r.median / base:,.0f}" if base else "not measured"
        lines.append(
            f"| {r.what} | {r.environments} | {r.threads} | {r.median:,.0f} | {r.low:,.0f} to {r.high:,.0f} | {ratio} |"
        )
    lines += [
        "",
        f"Compile time: {report.compile_cold_seconds:.1f} s cold, {report.compile_cached_seconds:.2f} s from the cache. "
        f"Memory: {report.bytes_per_environment / 1024:.1f} KiB an environment.",
    ]
    return "\n".join(lines) + "\n"
