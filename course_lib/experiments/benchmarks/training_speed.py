"""How fast can this training be at all? The time of single samples, and what a training must cost
because of them.

The limit of an update is the time its multiplications take: for every decision and epoch one pass
forward and backward through the policy (or message function) and through the critic. Everything
else (engine, observations, bookkeeping) comes on top.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch

from course_lib.cyber_range import VectorRange
from course_lib.hierarchy.spaces import MESSAGE
from course_lib.hierarchy.unit import Unit
from course_lib.training.critic import SUMMARY, Critic
from course_lib.training.runs import RunSpec, build_defender, build_trainer
from course_lib.training.trainer import Trainer

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
    unit, critic = Unit(), Critic(np.ones((7, SUMMARY), np.float32), own_message=True)
    message, seen = torch.rand(batch, MESSAGE), torch.rand(batch, SUMMARY)
    which, heard = torch.randint(7, (batch,)), torch.rand(batch, 7, MESSAGE)
    present = torch.ones(batch, 7, dtype=torch.bool)
    network = unit.policy_function.network
    parts = {
        "actor": lambda: network(message),
        "critic": lambda: critic(seen, message, which),
        "message_function": lambda: unit.aggregate(heard, present).message,
    }
    found = {name: 1e6 * _seconds(part, precision, repeats) / batch for name, part in parts.items()}
    return SampleTimes(torch.get_num_threads(), precision, **found)


def _seconds(part, precision: str, repeats: int) -> float:
    """Median time of a pass forward and backward."""
    took = []
    for _ in range(repeats + 2):
        started = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16"):
            outputs = part()
        outputs.float().square().mean().backward()
        took.append(time.perf_counter() - started)
    return float(np.median(took[2:]))


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


def _by_level(trainer: Trainer, records: list, steps: int) -> dict[str, float]:
    total = {"leaves": 0, "inner": 0}
    for record in records:
        for group in trainer.groups:
            total["inner" if group.level else "leaves"] += record.decisions_by_group.get(
                group.name, 0
            )
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
    defender, world = build_defender(spec), VectorRange(1, observation="message", seed=0)
    obs, info = world.reset()
    defender.reset(0)
    steps, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        obs, _, _, _, info = world.step(defender.act_batch(obs, info))
        steps += 1
    return steps / (time.perf_counter() - started)


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
