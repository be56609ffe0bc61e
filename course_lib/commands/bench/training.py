"""Measure how fast a team trains: environment steps a second end to end, where the time goes, what
the networks' passes alone must cost, what the paper's configuration would take, and the same team
in a plain loop. With the public
simulator importable, its steps a second stand beside it: no trainer on it can be faster than that.
With Ray RLlib importable too (an environment of its own, for it pins another gymnasium), RLlib's
PPO trains beside it on both engines.

Takes two to four minutes, with RLlib three more. Prints the report; writes training.md and
training.json only with --write."""

from __future__ import annotations

import argparse
import dataclasses
import pathlib

from .. import bench, natural, parser, venv

STRUCTURES = ("flat", "two-layer", "three-layer")


def run(arguments: list[str]) -> int:
    """Run the report."""
    options = parsed(arguments)
    venv.enter_if_ready(["bench", "training", *arguments])
    from course_lib.experiments.benchmarks.range_speed import machine_facts

    figures = measure(options.config, options.threads)
    figures["machine"] = machine_facts()
    text = report(figures)
    print(text)
    if options.write:
        folder = pathlib.Path(__file__).resolve().parents[2] / "data" / "reports"
        bench.write(str(folder), "training", text, figures, of="hierarchy")
    return 0


def measure(config: str, threads: list[int]) -> dict:
    """All figures of the report, as plain data."""
    import torch

    from course_lib.experiments.benchmarks import training_speed as limits
    from course_lib.training.config import PAPER
    from course_lib.training.runs import RunSpec

    torch.set_num_threads(threads[0])
    times = [limits.sample_times(precision) for precision in ("float32", "bfloat16")]
    speeds = [limits.training_speed(RunSpec(structure, config=config)) for structure in STRUCTURES]
    three = speeds[-1]
    paper = limits.sample_times(PAPER.precision, batch=PAPER.minibatch_size)
    for more in threads[1:]:
        torch.set_num_threads(more)
        times += [limits.sample_times(precision) for precision in ("float32", "bfloat16")]
        speeds.append(limits.training_speed(RunSpec(config=config)))
    torch.set_num_threads(threads[0])
    per_step = {
        "leaves": three.decisions_by_level["leaves"],
        "inner": three.decisions_by_level["inner"],
    }
    simulator = simulator_speed()
    return {
        "times": [dataclasses.asdict(found) for found in times],
        "speeds": [dataclasses.asdict(found) for found in speeds],
        "plain_loop": limits.plain_loop_steps_per_second(RunSpec()),
        "paper_hours": limits.paper_hours(paper, per_step, PAPER.total_steps, PAPER.epochs),
        "paper_precision": PAPER.precision,
        "simulator": simulator,
        "rllib": [] if simulator is None else rllib_speeds(),
    }


def simulator_speed() -> float | None:
    """Steps a second of the public simulator under random actions, None without it."""
    from course_lib.cyber_range.cyborg.locate import SimulatorNotFound, find_simulator
    from course_lib.experiments.benchmarks import range_speed as speed

    try:
        find_simulator()
    except SimulatorNotFound:
        return None
    return speed.face_rate("cyborg", seconds=5.0, repeats=1).median


def rllib_speeds() -> list[dict]:
    """RLlib's training on the public simulator and on the range; empty without RLlib."""
    from course_lib.experiments.benchmarks import rllib_speed

    if not rllib_speed.available():
        return []
    return [
        dataclasses.asdict(rllib_speed.training_speed(engine)) for engine in ("cyborg", "range")
    ]


def report(figures: dict) -> str:
    """The figures as Markdown."""
    machine = figures["machine"]
    lines = [
        f"Measured on {machine['machine']}, {machine['cores']} cores, {machine['date']}.",
        "",
        "Microseconds a sample, forward and backward, batch 1,024:",
        "",
    ]
    lines += [
        "| precision | threads | actor | critic | message function, 7 children |",
        "|---|---|---|---|---|",
    ]
    for row in figures["times"]:
        parts = (row["actor"], row["critic"], row["message_function"])
        lines.append(
            f"| {row['precision']} | {row['threads']} | "
            + " | ".join(f"{part:.1f}" for part in parts)
            + " |"
        )
    lines += ["", f"Training, configuration `{figures['speeds'][0]['config']}`, end to end:", ""]
    lines += [
        (
            "| structure | threads | steps/s | engine | team | update | decisions a step | update "
            "/ its limit |"
        ),
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in figures["speeds"]:
        share = row["shares"]
        ratio = row["update_seconds"] / row["limit_seconds"]
        parts = [f"{share[name]:.0%}" for name in ("engine", "team", "update")]
        parts += [f"{row['decisions_per_step']:.2f}", f"{ratio:.2f}"]
        lines.append(
            f"| {row['structure']} | {row['threads']} | {row['steps_per_second']:,.0f} | "
            + " | ".join(parts)
            + " |"
        )
    lines += [
        "",
        f"The three-layer team in a plain loop over single environments, without learning: "
        f"{figures['plain_loop']:,.0f} steps/s.",
        "The paper's configuration (6.55 million steps, 15 epochs, minibatch 8,192, "
        f"{figures['paper_precision']}): at least {figures['paper_hours']:.1f} hours on one thread "
        "for the networks' passes alone.",
    ]
    if figures["simulator"] is not None:
        lines.append(
            f"The public simulator alone, one process: {figures['simulator']:.0f} steps/s."
        )
    for row in figures["rllib"]:
        engine = {"cyborg": "the public simulator", "range": "the range"}[row["engine"]]
        lines.append(
            f"RLlib {row['version']} (multi-agent PPO, {row['runners']} runners) on {engine}: "
            f"{row['steps_per_second']:,.0f} steps/s end to end, {row['update_share']:.0%} of it "
            "outside sampling."
        )
    return "\n".join(lines) + "\n"


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of the report."""
    made = parser(__name__)
    made.add_argument("--config", default="study", help="training configuration (default: study)")
    threads = (
        "of torch; with several numbers the three-layer team is measured with each (default: 1)"
    )
    made.add_argument("--threads", type=natural, nargs="+", default=[1], metavar="N", help=threads)
    made.add_argument("--write", action="store_true", help="write the report into the course")
    return made.parse_args(arguments)
