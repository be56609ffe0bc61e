"""How fast a team is: units per second of a batched pass, what a loop over environments would cost,
and where time goes when a team plays.

Times are processor time of one thread, so that what else the machine does counts less.
"""

import cProfile
import pstats
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from course_lib import markdown
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.doctrine import Doctrine
from course_lib.hierarchy.spaces import ACTIONS, MESSAGE
from course_lib.hierarchy.team import Team, gather
from course_lib.hierarchy.tree import STRUCTURES
from course_lib.hierarchy.unit import Unit

from .timing import machine_facts, measured_on, rate, rates

SIZES = (1, 64, 1024)
LOOPED = 64
"""Environments of the pass that is also made in a Python loop, one environment after the other."""
PLAYED = 128
"""Environments of the rollouts on the range."""
PARTS: dict[str, Callable[..., object]] = {
    "engine": VectorRange.step,
    "message function": Unit.aggregate,
    "policy": Unit.decide,
    "doctrine": Doctrine.consult,
}
"""Parts of a tick, each with the function in which all of it happens; none calls another."""
REST = "the rest"
"""Gathering, drawing and bookkeeping."""


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
class Play:
    """One official team with untrained weights on the range."""

    structure: str
    environments: int
    steps_per_second: float
    """Environment steps, everything included."""
    shares: dict[str, float]
    """Share of the time spent in each of `PARTS` and in `REST`."""


@dataclass(frozen=True)
class TeamReport:
    """Everything ``bench hierarchy`` measures, on one thread."""

    date: str
    machine: str
    cores: int
    versions: dict[str, str]
    passes: list[Pass]
    plays: list[Play]

    def to_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return {**asdict(self), "version": 2}


@torch.no_grad()
def whole_pass(team: Team, leaves: torch.Tensor, draws: np.ndarray) -> torch.Tensor:
    """Leaf messages (R, L, 76) and uniform numbers (R, U) -> the leaves' distributions (R * L,
    82)."""
    rows, units = draws.shape
    alive = np.ones((rows, units), bool)
    phase = torch.zeros(rows)
    ioc = torch.zeros(rows, units)
    doctrine = torch.zeros(rows, units, ACTIONS)
    up = team.up(leaves, alive)
    down = team.down(up.messages, phase, ioc, doctrine, alive, draws)
    numbers = team.wiring.levels[0]
    seen = gather(phase, down.commands, up.messages, ioc, numbers)
    allowed = torch.ones(len(seen.phase), ACTIONS, dtype=torch.bool)
    leaf = team.unit_at(0, 0)  # level 0 shares its weights
    return leaf.decide(seen, doctrine[:, numbers].flatten(0, 1), allowed).probabilities


def pass_rate(structure: str, environments: int, how: str, seconds: float) -> Pass:
    """Units per second of one structure; ``how`` is "batched" or "loop"."""
    tree = STRUCTURES[structure]
    team = Team(tree).eval()
    rng = np.random.default_rng(0)
    messages = rng.random((environments, team.wiring.leaf_count, MESSAGE), np.float32)
    leaves = torch.as_tensor(messages)
    draws = rng.random((environments, team.wiring.count))

    def batched() -> None:
        whole_pass(team, leaves, draws)

    def loop() -> None:
        for row in range(environments):
            whole_pass(team, leaves[row : row + 1], draws[row : row + 1])

    call = {"batched": batched, "loop": loop}[how]
    per_call = environments * team.wiring.count
    found = rates(call, per_call, seconds, clock=time.process_time)
    return Pass(structure, tree.height, team.wiring.count, environments, how, *found)


def play(structure: str, environments: int, seconds: float) -> Play:
    """Let an untrained official team play the range: first for its speed, then under Python's
    profiler for the shares of its parts.

    The profiler slows down what makes many small calls, so the shares of Python code are rather too
    large than too small; the speed is measured without it.
    """
    defender = HierarchicalDefender(Team(STRUCTURES[structure]))
    world = VectorRange(environments, observation="message")
    now = world.reset()

    def tick() -> None:
        nonlocal now
        obs, _, _, _, info = world.step(defender.act_batch(*now))
        now = obs, info

    for _ in range(5):  # warm up
        tick()
    speed = rate(tick, environments, seconds, clock=time.process_time)
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    rate(tick, environments, seconds, clock=time.process_time)
    profile.disable()
    return Play(structure, environments, speed, shares(profile))


def shares(profile: cProfile.Profile) -> dict[str, float]:
    """Share of a profile's time that was spent in each of `PARTS`, with what they call, and in
    `REST`."""
    entries = pstats.Stats(profile)
    found = {}
    for part, function in PARTS.items():
        code = function.__code__  # type: ignore[attr-defined]
        place = (code.co_filename, code.co_firstlineno, code.co_name)
        cumulative = entries.stats[place][3]  # type: ignore[attr-defined]
        found[part] = cumulative / entries.total_tt  # type: ignore[attr-defined]
    return {**found, REST: 1 - sum(found.values())}


def measure(progress: Callable[[str], None], seconds: float = 0.3) -> TeamReport:
    """Run the whole report on one thread; ``progress`` is told what comes next."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        passes, plays = [], []
        for structure in STRUCTURES:
            progress(f"passes, {structure}")
            passes += [pass_rate(structure, size, "batched", seconds) for size in SIZES]
            passes.append(pass_rate(structure, LOOPED, "loop", seconds))
        for structure in ("two-layer", "three-layer"):
            progress(f"on the range, {structure}")
            plays.append(play(structure, PLAYED, 8 * seconds))
    finally:
        torch.set_num_threads(threads)
    facts = machine_facts()
    facts["versions"]["torch"] = torch.__version__
    return TeamReport(**facts, passes=passes, plays=plays)


def as_text(report: TeamReport) -> str:
    """The report as Markdown."""
    head = measured_on(report.date, report.machine, report.cores, report.versions)
    rows = []
    for p in report.passes:
        spread = f"{p.low:,.0f} to {p.high:,.0f}"
        size = f"{p.environments:,}"
        rows.append([p.structure, p.levels, p.units, size, p.how, f"{p.median:,.0f}", spread])
    headings = ["structure", "levels", "units", "environments", "how", "units/s (median)"]
    about = "A pass is every message up, every command down, and every leaf's distribution over "
    lines = [
        f"{head}; processor time of one thread.",
        "",
        f"{about}its 82 actions.",
        "",
        *markdown.table([*headings, "lowest to highest"], rows),
        "",
        *(gain(report, name) for name in STRUCTURES),
        "",
        "Where time goes when an untrained official team with its doctrine plays the range:",
        "",
        *_play_table(report),
    ]
    return "\n".join(lines) + "\n"


def gain(report: TeamReport, structure: str) -> str:
    """A sentence on what the batched pass gains."""
    median = {}
    for row in report.passes:
        if (row.structure, row.environments) == (structure, LOOPED):
            median[row.how] = row.median
    times = median["batched"] / median["loop"]
    return (
        f"- {structure}: {LOOPED} environments in one pass are {times:.0f} times as fast as a loop."
    )


def _play_table(report: TeamReport) -> list[str]:
    parts = [*PARTS, REST]
    rows = []
    for played in report.plays:
        of_time = [f"{played.shares[part]:.0%}" for part in parts]
        speed = f"{played.steps_per_second:,.0f}"
        rows.append([played.structure, played.environments, speed, *of_time])
    return markdown.table(["structure", "environments", "environment steps/s", *parts], rows)
