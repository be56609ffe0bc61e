"""Measure how fast a training goes with rollouts in Ray workers: steps a second by the clock, and
by the processor time of each process, beside the same training in one process. Needs Ray
(course_lib/scale/requirements.txt).

Prints the table. Writes workers.md and workers.json into course_lib/data/reports with --write."""

from __future__ import annotations

import argparse
import pathlib
from dataclasses import asdict

from .. import bench, natural, parser, venv


def run(arguments: list[str]) -> int:
    """Run the report."""
    options = parsed(arguments)
    venv.enter_if_ready(["bench", "workers", *arguments])
    import torch

    from course_lib import markdown
    from course_lib.experiments.benchmarks import timing
    from course_lib.scale import speed
    from course_lib.training import RunSpec

    torch.set_num_threads(1)
    spec = RunSpec(options.structure, config=options.config)
    speeds = speed.measure(spec, (0, *options.workers), options.iterations)
    facts = timing.machine_facts()
    intro = (
        f"{options.structure}, configuration {options.config}, medians of {options.iterations} "
        f"iterations, {facts['cores']} cores shared with other work, {facts['date'][:10]}."
    )
    table = markdown.table(speed.HEADINGS, speed.table_rows(speeds))
    text = "\n".join([intro, "", *table]) + "\n"
    print(text, end="")
    if options.write:
        folder = pathlib.Path(__file__).resolve().parents[2] / "data" / "reports"
        figures = {**facts, "ray": version("ray"), "speeds": [asdict(one) for one in speeds]}
        bench.write(str(folder), "workers", text, figures, of="training")
    return 0


def version(package: str) -> str:
    """Of an installed package."""
    from importlib import metadata

    return metadata.version(package)


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of the report."""
    made = parser(__name__)
    add = made.add_argument
    counts = "numbers of workers (default: 1 2)"
    add("--workers", type=natural, nargs="+", default=[1, 2], metavar="N", help=counts)
    add("--structure", default="three-layer", help="(default: three-layer)")
    add("--config", default="study", help="(default: study)")
    add("--iterations", type=natural, default=3, help="timed, after one (default: 3)")
    add("--write", action="store_true", help="also write the report of the course")
    return made.parse_args(arguments)
