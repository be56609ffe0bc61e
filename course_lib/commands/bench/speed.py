"""Measure steps per second of the batch engine at 1, 64, 1024 and 8192 environments, on one thread
and on all, of the PettingZoo face, and of the real simulator (CybORG) where it is found, all in one
run; also memory and compile time. Takes about two minutes. Close what else is running: a busy
machine measures itself.

Prints a Markdown table. Writes it, with the same figures as JSON beside it, only with --write."""

from __future__ import annotations

import sys

from .. import bench, parser, venv


def run(arguments: list[str]) -> int:
    """Run the report."""
    made = parser(__name__)
    made.add_argument("--write", metavar="FOLDER", help="also write speed.md and speed.json there")
    options = made.parse_args(arguments)
    venv.enter_if_ready(["bench", "speed", *arguments])
    from course_lib.experiments.benchmarks import range_speed

    report = range_speed.measure(bench.progress, simulator_is_here())
    text = range_speed.as_text(report)
    print(text, end="")
    if options.write:
        bench.write(options.write, "speed", text, report.to_dict())
    return 0


def simulator_is_here() -> bool:
    """Whether the real simulator can be measured; if not, say why."""
    from course_lib.cyber_range.cyborg import locate

    try:
        locate.find_simulator()
    except locate.SimulatorNotFound as reason:
        print(f"The real simulator is left out: {reason}", file=sys.stderr)
        return False
    return True
