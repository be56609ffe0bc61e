"""What lesson 13 trains in front of the reader: a bar that shows the score, and what is kept.

Teams are small and trainings short: a cell shows that the machinery learns, never how well.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from IPython.display import display
from ipywidgets import IntProgress

from course_lib.experiments.benchmarks.training_speed import SampleTimes, paper_hours, sample_times
from course_lib.experiments.study.figures import Described
from course_lib.training import FAST, PAPER, STUDY, RunSpec, build_trainer
from course_lib.viz.figures import label_axes, new_figure, series_style

CONFIGS = {"paper": PAPER, "study": STUDY, "fast": FAST}
SETTINGS = ("total_steps", "iterations", "epochs", "minibatch_size", "clip_coef", "learning_rate")


class Trains(Protocol):
    """What learns one iteration at a time: a trainer, or a school."""

    def step(self) -> Any:
        """One iteration; its record."""


def first_recipe(structure: str = "three-layer"):
    """A small trainer of the study's recipe: 8 episodes side by side, one update after each."""
    small = {"num_envs": 8, "minibatch_size": 256, "iterations": 10}
    return build_trainer(RunSpec(structure, config="fast", training=small))


def school(**plan: int):
    """A new three-layer team of host-shared units with notes, and its teacher."""
    return build_trainer(RunSpec(config="taught", doctrine="none", training=plan))


def from_reward():
    """The trainer of `three-layer-reward`, seed 0: `train --config strong`, not shortened."""
    return build_trainer(RunSpec(config="strong", doctrine="none"))


def watch(trainer: Trains, iterations: int, what: str = "training") -> list:
    """Train on; the bar shows the official score of the last episodes. Returns the records."""
    bar = IntProgress(max=iterations, description=what)
    display(bar)
    records = []
    for done in range(iterations):
        record = trainer.step()
        records.append(record)
        bar.value = done + 1
        bar.description = f"{record.score:,.0f}"
    return records


def decided(record) -> float:
    """Share of the agent-ticks of an iteration in which a leaf took a decision, 0 to 1."""
    agents = 5
    leaves = record.decisions_by_group["leaves"]
    return leaves / (record.steps * agents)


def inner_decisions(record) -> float:
    """Decisions of all inner units for each decision of a leaf."""
    leaves = record.decisions_by_group["leaves"]
    return sum(record.decisions_by_group.values()) / leaves - 1


def configuration_rows() -> list[tuple[str, ...]]:
    """Rows (setting, paper, study, fast)."""
    rows = []
    for name in SETTINGS:
        values = [f"{getattr(config, name):,}" for config in CONFIGS.values()]
        rows.append((name, *values))
    return rows


def cost_of_paper(record) -> tuple[SampleTimes, float]:
    """Microseconds of a sample on this machine, and hours that the paper's training takes in
    multiplications alone."""
    times = sample_times(PAPER.precision, repeats=5)
    leaves = record.decisions_by_group["leaves"] / record.steps
    decisions = {"leaves": leaves, "inner": leaves * inner_decisions(record)}
    return times, paper_hours(times, decisions, PAPER.total_steps, PAPER.epochs)


def draw_cost(times: SampleTimes, hours: float) -> Described:
    """One sample forward and backward, and in the title what the paper's training costs here."""
    figure, ax = new_figure(figsize=(6.5, 2.2))
    names = ["policy network", "critic", "message function"]
    costs = [times.actor, times.critic, times.message_function]
    colour = series_style(0)["color"]
    ax.barh(names, costs, color=colour)
    title = f"On this machine the paper's training takes {hours:.1f} hours or more"
    label_axes(ax, "time of a sample (microseconds)", "", title)
    # The figures differ from machine to machine; what a reader must see does not.
    alt = (
        "Three bars: the time of one sample, forward and backward. Policy network and critic "
        "cost about the same, the message function several times as much."
    )
    return Described(figure, alt)


def draw_scores(records: Sequence, title: str) -> Described:
    """Official score of the episodes of every iteration."""
    figure, ax = new_figure(figsize=(6.5, 2.6))
    steps = [record.steps / 1000 for record in records]
    scores = [record.score for record in records]
    ax.plot(steps, scores, **series_style(0))
    label_axes(ax, "environment steps (thousands)", "official score (points)", title)
    alt = f"{title}: the official score against steps, climbing from far below zero."
    return Described(figure, alt)


def agreement(record) -> float:
    """What chance the student gave to the teacher's choices before it learned from them: the
    geometric mean, 0 to 1."""
    return float(np.exp(-record.groups["leaves"].kl))
