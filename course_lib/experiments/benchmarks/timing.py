"""What the speed benchmarks share: one loop against the clock, and the facts of the machine."""

import datetime
import os
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

REPEATS = 5


class Rates(NamedTuple):
    """A rate measured several times, per second."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:,.0f} to {self.high:,.0f}"


def rate(
    call: Callable[[], object],
    per_call: int,
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Call a function until ``seconds`` have passed.

    Args:
        call: what is measured.
        per_call: how many steps (or units) one call serves.
        seconds: length of the measurement, at least.
        clock: ``time.perf_counter`` for what somebody waits for, ``time.process_time`` for what one
            thread computes, so that what else the machine does counts less.

    Returns:
        Steps (or units) per second.
    """
    calls = 0
    start = clock()
    while (spent := clock() - start) < seconds:
        call()
        calls += 1
    return calls * per_call / spent


def rates(
    call: Callable[[], object],
    per_call: int,
    seconds: float,
    repeats: int = REPEATS,
    clock: Callable[[], float] = time.perf_counter,
) -> Rates:
    """`rate`, several times over, after one call that no clock sees.

    The first call compiles what is compiled when it is first asked for, such as the engine for
    several threads, and fills caches: that would make the first repeat look slow.
    """
    call()
    found = [rate(call, per_call, seconds, clock) for _ in range(repeats)]
    return Rates(statistics.median(found), min(found), max(found))


def seconds_a_call(call: Callable[[], object], repeats: int, warm_up: int = 2) -> float:
    """Median wall time of one call, after a few that warm up."""
    took = []
    for _ in range(warm_up + repeats):
        started = time.perf_counter()
        call()
        took.append(time.perf_counter() - started)
    return statistics.median(took[warm_up:])


def machine_facts() -> dict[str, Any]:
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


def measured_on(date: str, machine: str, cores: int, versions: dict[str, str]) -> str:
    """The first line of a report, from `machine_facts`."""
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"Measured {date} on {machine}, {cores} cores; {packages}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or "unknown processor"
