"""Measure how fast a team trains: environment steps a second end to end, where the time goes, what
the networks' passes alone must cost, what the paper's configuration would take, and the same team
in a plain loop. With the public simulator importable, its steps a second stand beside it: no
trainer on it can be faster than that. With Ray RLlib importable too (an environment of its own, for
it pins another gymnasium), RLlib's PPO trains beside it on both engines.

Takes two to four minutes, with RLlib three more. Prints the report; writes training.md and
training.json only with --write."""

from __future__ import annotations

import argparse
import pathlib
from typing import TYPE_CHECKING

from .. import bench, natural, parser, venv

if TYPE_CHECKING:
    from course_lib.experiments.benchmarks.rllib_speed import RllibSpeed


def run(arguments: list[str]) -> int:
    """Run the report."""
    options = parsed(arguments)
    venv.enter_if_ready(["bench", "training", *arguments])
    from course_lib.experiments.benchmarks import timing, training_speed

    simulator = simulator_speed()
    rllib = [] if simulator is None else rllib_speeds()
    facts = timing.machine_facts()
    report = training_speed.measure(options.config, options.threads, facts, simulator, rllib)
    text = training_speed.as_text(report)
    print(text)
    if options.write:
        folder = pathlib.Path(__file__).resolve().parents[2] / "data" / "reports"
        bench.write(str(folder), "training", text, report.to_dict(), of="hierarchy")
    return 0


def simulator_speed() -> float | None:
    """Steps a second of the public simulator under random actions, None without it."""
    from course_lib.cyber_range.cyborg.locate import SimulatorNotFound, find_simulator
    from course_lib.experiments.benchmarks import range_speed

    try:
        find_simulator()
    except SimulatorNotFound:
        return None
    return range_speed.face_rate("cyborg", seconds=5.0, repeats=1).median


def rllib_speeds() -> list[RllibSpeed]:
    """RLlib's training on the public simulator and on the range; empty without RLlib."""
    from course_lib.experiments.benchmarks import rllib_speed

    if not rllib_speed.available():
        return []
    return [rllib_speed.training_speed(engine) for engine in ("cyborg", "range")]


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
