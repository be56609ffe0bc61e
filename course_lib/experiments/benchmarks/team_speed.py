"""How fast a team is: units per second of a batched pass, what a loop over environments would cost,
where time goes.

Times are processor time of one thread, so that what else the machine does counts less.
"""

import statistics
import time
from collections import defaultdict
from dataclasses import asdict, dataclass

import numpy as np
import torch

from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.doctrine import STANDARD, Doctrine
from course_lib.hierarchy.spaces import ACTIONS, MESSAGE
from course_lib.hierarchy.team import Team, gather
from course_lib.hierarchy.tree import STRUCTURES

from .range_speed import machine_facts

SIZES = (1, 64, 1024)
LOOPED = 64
"""Environments of the pass that is also made in a Python loop, one environment after the other."""
FLOWN = 128
"""Environments of the flights on the range."""
REPEATS = 5
PARTS = ("engine", "message function", "policy", "doctrine")


@dataclass(frozen=True)
class Pass:
    """Units per second of full passes: every message up, every command down, every leaf's
    distribution."""

    structure: str
    levels: int
    units: int
    environments: int
    how: str
    """"batched", or "loop": one environment after the other in Python."""
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Flight:
    """One official defender with untrained weights on the range."""

    structure: str
    environments: int
    steps_per_second: float
    """Environment steps, everything included."""
    shares: dict[str, float]
    """Share of the time spent in each part; "the rest" is gathering, drawing and bookkeeping."""


@dataclass(frozen=True)
class ThroughputReport:
    """Everything ``bench hierarchy`` measures, on one thread."""

    date: str
    machine: str
    cores: int
    versions: dict
    passes: list[Pass]
    flights: list[Flight]

    def to_dict(self) -> dict:
        """The report for JSON."""
        return {**asdict(self), "version": 1}


@torch.no_grad()
def whole_pass(team: Team, leaves: torch.Tensor, draws: np.ndarray) -> torch.Tensor:
    """Leaf messages (R, L, 76) and uniform numbers (R, U) -> the leaves' distributions (R * L,
    82)."""
    rows, units = draws.shape
    alive, phase, ioc = np.ones((rows, units), bool), torch.zeros(rows), torch.zeros(rows, units)
    doctrine = torch.zeros(rows, units, ACTIONS)
    up = team.up(leaves, alive)
    down = team.down(up.messages, phase, ioc, doctrine, alive, draws)
    numbers = team.wiring.levels[0]
    seen = gather(phase, down.commands, up.messages, ioc, numbers)
    allowed = torch.ones(len(seen.phase), ACTIONS, dtype=torch.bool)
    ((unit, _),) = team.groups(0)
    return unit.decide(seen, doctrine[:, numbers].flatten(0, 1), allowed).probabilities


def pass_rate(structure: str, environments: int, how: str, seconds: float) -> Pass:
    """Units per second of one structure."""
    tree = STRUCTURES[structure]
    team, rng = Team(tree).eval(), np.random.default_rng(0)
    units = team.wiring.count
    leaves = torch.as_tensor(
        rng.random((environments, team.wiring.leaf_count, MESSAGE), np.float32)
    )
    draws = rng.random((environments, units))

    def batched():
        whole_pass(team, leaves, draws)

    def loop():
        for row in range(environments):
            whole_pass(team, leaves[row : row + 1], draws[row : row + 1])

    step = {"batched": batched, "loop": loop}[how]
    step()
    rates = [repeat(step, environments * units, seconds) for _ in range(REPEATS)]
    return Pass(
        structure,
        tree.height,
        units,
        environments,
        how,
        statistics.median(rates),
        min(rates),
        max(rates),
    )


def repeat(step, per_call: int, seconds: float) -> float:
    """Rate of a function that serves ``per_call`` units a call."""
    calls, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        step()
        calls += 1
    return calls * per_call / spent


class Stopwatch:
    """Adds up the seconds spent in some functions."""

    def __init__(self):
        self.seconds = defaultdict(float)

    def timed(self, part: str, function):
        """The function, with its time counted under ``part``."""

        def counted(*args, **options):
            start = time.process_time()
            result = function(*args, **options)
            self.seconds[part] += time.process_time() - start
            return result

        return counted


def fly(structure: str, environments: int, seconds: float) -> Flight:
    """Fly an untrained official team on the range for some seconds, with a stopwatch on its
    parts."""
    watch, doctrine = Stopwatch(), Doctrine(STANDARD.rules)
    team = Team(STRUCTURES[structure])
    for unit in team.units.values():
        unit.aggregate = watch.timed("message function", unit.aggregate)
        unit.decide = watch.timed("policy", unit.decide)
    vars(doctrine)["consult"] = watch.timed("doctrine", doctrine.consult)
    defender = HierarchicalDefender(team, doctrine)
    world = VectorRange(environments, observation="message")
    world_step = watch.timed("engine", world.step)
    obs, info = world.reset()
    for _ in range(5):
        obs, _, _, _, info = world_step(defender.act_batch(obs, info))
    watch.seconds.clear()
    ticks, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        obs, _, _, _, info = world_step(defender.act_batch(obs, info))
        ticks += 1
    shares = {part: watch.seconds[part] / spent for part in PARTS}
    return Flight(
        structure,
        environments,
        ticks * environments / spent,
        {**shares, "the rest": 1 - sum(shares.values())},
    )


def measure(seconds: float = 0.3, progress=lambda text: None) -> ThroughputReport:
    """Run the whole report on one thread; ``progress`` is told what comes next."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        passes, flights = [], []
        for structure in STRUCTURES:
            progress(f"passes, {structure}")
            passes += [pass_rate(structure, size, "batched", seconds) for size in SIZES]
            passes.append(pass_rate(structure, LOOPED, "loop", seconds))
        for structure in ("two-layer", "three-layer"):
            progress(f"on the range, {structure}")
            flights.append(fly(structure, FLOWN, 8 * seconds))
    finally:
        torch.set_num_threads(threads)
    facts = machine_facts()
    facts["versions"]["torch"] = torch.__version__
    return ThroughputReport(**facts, passes=passes, flights=flights)


def as_text(report: ThroughputReport) -> str:
    """The report as Markdown."""
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    lines = [
        (
            f"Measured {report.date} on {report.machine}, {report.cores} cores, processor time of "
            f"one thread; {versions}"
        ),
        "",
        (
            "A pass is every message up, every command down, and every leaf's distribution over "
            "its 82 actions."
        ),
        "",
        (
            "| structure | levels | units | environments | how | units/s (median) | lowest to "
            "highest |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    for p in report.passes:
        numbers = f"{p.median:,.0f} | {p.low:,.0f} to {p.high:,.0f}"
        lines.append(
            f"| {p.structure} | {p.levels} | {p.units} | {p.environments:,} | {p.how} | {numbers} |"
        )
    lines += ["", *(gain(report, name) for name in STRUCTURES), "", *_flights(report)]
    return "\n".join(lines) + "\n"


def gain(report: ThroughputReport, structure: str) -> str:
    """A sentence on what the batched pass gains."""
    rate = {
        p.how: p.median
        for p in report.passes
        if (p.structure, p.environments) == (structure, LOOPED)
    }
    times = rate["batched"] / rate["loop"]
    return (
        f"- {structure}: one pass over {LOOPED} environments is {times:.0f} times as fast as a "
        "loop over them."
    )


def _flights(report: ThroughputReport) -> list[str]:
    parts = [*PARTS, "the rest"]
    lines = [
        "Where time goes when an untrained official team with its doctrine plays the range:",
        "",
        f"| structure | environments | environment steps/s | {' | '.join(parts)} |",
        f"|---|---|---|{'---|' * len(parts)}",
    ]
    for f in report.flights:
        shares = " | ".join(f"{f.shares[part]:.0%}" for part in parts)
        lines.append(f"| {f.structure} | {f.environments} | {f.steps_per_second:,.0f} | {shares} |")
    return lines
