"""How fast can this training be at all? The time of single samples, and what a training must cost
because of them.

The limit of an update is the time its multiplications take: for every decision and epoch one pass
forward and backward through the policy (or message function) and through the critic. Everything
else (engine, observations, bookkeeping) comes on top.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib import markdown
from course_lib.cyber_range import VectorRange
from course_lib.hierarchy.spaces import MESSAGE
from course_lib.hierarchy.unit import Unit
from course_lib.training.config import PAPER
from course_lib.training.critic import SUMMARY, Critic
from course_lib.training.runs import RunSpec, build_defender, build_trainer
from course_lib.training.train_record import TrainRecord
from course_lib.training.trainer import Trainer

from .rllib_speed import RllibSpeed
from .timing import rate, seconds_a_call

STRUCTURES = ("flat", "two-layer", "three-layer")
BATCH = 1024
"""Decisions in a measured pass, as in the study's minibatches."""


@dataclass(frozen=True)
class SampleTimes:
    """Microseconds a sample, forward and backward, on the threads in use."""

    threads: int
    precision: str
    actor: float
    """Network of the policy function alone, 76 -> 256 -> 256 -> 82."""
    critic: float
    message_function: float
    """With seven children."""


def sample_times(precision: str = "float32", repeats: int = 20, batch: int = BATCH) -> SampleTimes:
    """Measure the three networks of one unit, ``batch`` samples a pass."""
    unit = Unit()
    critic = Critic(np.ones((7, SUMMARY), np.float32), own_message=True)
    message = torch.rand(batch, MESSAGE)
    summaries = torch.rand(batch, SUMMARY)
    unit_idx = torch.randint(7, (batch,))
    child_messages = torch.rand(batch, 7, MESSAGE)
    child_mask = torch.ones(batch, 7, dtype=torch.bool)

    def microseconds(network: Callable[[], Tensor]) -> float:
        def forward_and_backward() -> None:
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16"):
                outputs = network()
            outputs.float().square().mean().backward()

        return 1e6 * seconds_a_call(forward_and_backward, repeats) / batch

    return SampleTimes(
        torch.get_num_threads(),
        precision,
        actor=microseconds(lambda: unit.policy_function.network(message)),
        critic=microseconds(lambda: critic(summaries, message, unit_idx)),
        message_function=microseconds(lambda: unit.aggregate(child_messages, child_mask).message),
    )


@dataclass(frozen=True)
class TrainingSpeed:
    """One training's speed and where its time goes."""

    structure: str
    config: str
    threads: int
    steps_per_second: float
    shares: dict[str, float]
    """Share of the wall time by part: engine, team, update."""
    decisions_per_step: float
    """Samples learned from for each environment step; busy ticks carry none."""
    decisions_by_level: dict[str, float]
    """The same for "leaves" and for "inner" units (commands and choices)."""
    limit_seconds: float
    """What the multiplications of an iteration's update must take at least."""
    update_seconds: float
    """What an iteration's update took."""


def training_speed(spec: RunSpec, iterations: int = 3) -> TrainingSpeed:
    """Measure a few iterations after a first one that warms up."""
    trainer = build_trainer(spec)
    trainer.step()
    started = time.perf_counter()
    records = [trainer.step() for _ in range(iterations)]
    took = time.perf_counter() - started
    steps = iterations * trainer.config.num_envs * trainer.config.num_steps
    seconds = {name: sum(record.seconds[name] for record in records) for name in records[0].seconds}
    return TrainingSpeed(
        spec.structure,
        spec.config,
        torch.get_num_threads(),
        steps / took,
        {name: value / took for name, value in seconds.items()},
        sum(record.decisions for record in records) / steps,
        _by_level(trainer, records, steps),
        least_update_seconds(trainer, records[-1].decisions_by_group),
        seconds["update"] / iterations,
    )


def _by_level(trainer: Trainer, records: list[TrainRecord], steps: int) -> dict[str, float]:
    total = {"leaves": 0, "inner": 0}
    for record in records:
        for group in trainer.groups:
            level = "inner" if group.level else "leaves"
            total[level] += record.decisions_by_group.get(group.name, 0)
    return {name: count / steps for name, count in total.items()}


def least_update_seconds(trainer: Trainer, decisions: dict[str, int]) -> float:
    """Seconds of one update if only the networks' passes took time, for the decisions of each
    group."""
    times = sample_times(trainer.config.precision, batch=trainer.config.minibatch_size)
    total = 0.0
    for group in trainer.groups:
        acts = 0.0 if group.name.startswith("choice") else times.actor
        hears = times.message_function if group.level > 0 else 0.0
        total += decisions.get(group.name, 0) * (acts + hears + times.critic)
    return total * trainer.config.epochs * 1e-6


def plain_loop_steps_per_second(spec: RunSpec, seconds: float = 10.0) -> float:
    """Environment steps a second of the same team played one environment at a time, without
    learning."""
    defender = build_defender(spec)
    world = VectorRange(1, observation="message", seed=0)
    now = world.reset()
    defender.reset(0)

    def tick() -> None:
        nonlocal now
        obs, _, _, _, info = world.step(defender.act_batch(*now))
        now = obs, info

    tick()  # compiles, and is not measured
    return rate(tick, 1, seconds)


def paper_hours(
    times: SampleTimes, decisions_per_step: dict[str, float], steps: int, epochs: int
) -> float:
    """Hours that the paper's configuration must take for its passes alone.

    Args:
        times: of one sample.
        decisions_per_step: decisions an environment step of leaves ("leaves") and of inner units
            ("inner").
        steps: environment steps; epochs: passes over each.
    """
    leaf = times.actor + times.critic
    inner = times.actor + times.critic + times.message_function
    each = decisions_per_step["leaves"] * leaf + decisions_per_step["inner"] * inner
    return steps * epochs * each * 1e-6 / 3600


@dataclass(frozen=True)
class TrainingReport:
    """Everything ``bench training`` measures."""

    times: list[SampleTimes]
    speeds: list[TrainingSpeed]
    plain_loop: float
    """Environment steps a second of the three-layer team in a plain loop, without learning."""
    paper_hours: float
    paper_precision: str
    simulator: float | None
    """Steps a second of the public simulator under random actions, where it is found."""
    rllib: list[RllibSpeed]
    """RLlib's training on both engines, where it is installed."""
    machine: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return asdict(self)


def measure(
    config: str,
    threads: list[int],
    machine: dict[str, Any],
    simulator: float | None,
    rllib: list[RllibSpeed],
) -> TrainingReport:
    """Measure every structure with ``threads[0]`` threads, and three layers with each further
    number; ``simulator`` and ``rllib`` are measured apart, where they are installed."""
    torch.set_num_threads(threads[0])
    precisions = ("float32", "bfloat16")
    times = [sample_times(precision) for precision in precisions]
    speeds = [training_speed(RunSpec(structure, config=config)) for structure in STRUCTURES]
    paper_times = sample_times(PAPER.precision, batch=PAPER.minibatch_size)
    per_step = speeds[-1].decisions_by_level
    for more in threads[1:]:
        torch.set_num_threads(more)
        times += [sample_times(precision) for precision in precisions]
        speeds.append(training_speed(RunSpec(config=config)))
    torch.set_num_threads(threads[0])
    return TrainingReport(
        times,
        speeds,
        plain_loop=plain_loop_steps_per_second(RunSpec()),
        paper_hours=paper_hours(paper_times, per_step, PAPER.total_steps, PAPER.epochs),
        paper_precision=PAPER.precision,
        simulator=simulator,
        rllib=rllib,
        machine=machine,
    )


def as_text(report: TrainingReport) -> str:
    """The report as Markdown."""
    machine = report.machine
    sample_rows = []
    for t in report.times:
        parts = [f"{part:.1f}" for part in (t.actor, t.critic, t.message_function)]
        sample_rows.append([t.precision, t.threads, *parts])
    sample_headings = ["precision", "threads", "actor", "critic", "message function, 7 children"]
    lines = [
        f"Measured on {machine['machine']}, {machine['cores']} cores, {machine['date']}.",
        "",
        "Microseconds a sample, forward and backward, batch 1,024:",
        "",
        *markdown.table(sample_headings, sample_rows),
        "",
        f"Training, configuration `{report.speeds[0].config}`, end to end:",
        "",
        *_speed_table(report.speeds),
        "",
        "The three-layer team in a plain loop over single environments, without learning: "
        f"{report.plain_loop:,.0f} steps/s.",
        "The paper's configuration (6.55 million steps, 15 epochs, minibatch 8,192, "
        f"{report.paper_precision}): at least {report.paper_hours:.1f} hours on one thread for the "
        "networks' passes alone.",
        *_beside(report),
    ]
    return "\n".join(lines) + "\n"


def _speed_table(speeds: list[TrainingSpeed]) -> list[str]:
    headings = ["structure", "threads", "steps/s", "engine", "team", "update"]
    rows = []
    for s in speeds:
        of_time = [f"{s.shares[part]:.0%}" for part in ("engine", "team", "update")]
        decisions = f"{s.decisions_per_step:.2f}"
        above_limit = f"{s.update_seconds / s.limit_seconds:.2f}"
        speed = f"{s.steps_per_second:,.0f}"
        rows.append([s.structure, s.threads, speed, *of_time, decisions, above_limit])
    return markdown.table([*headings, "decisions a step", "update / its limit"], rows)


def _beside(report: TrainingReport) -> list[str]:
    """What else trains on this game, as far as it was measured."""
    lines = []
    if report.simulator is not None:
        lines.append(f"The public simulator alone, one process: {report.simulator:.0f} steps/s.")
    for r in report.rllib:
        engine = {"cyborg": "the public simulator", "range": "the range"}[r.engine]
        lines.append(
            f"RLlib {r.version} (multi-agent PPO, {r.runners} runners) on {engine}: "
            f"{r.steps_per_second:,.0f} steps/s end to end, {r.update_share:.0%} of it outside "
            "sampling."
        )
    return lines
