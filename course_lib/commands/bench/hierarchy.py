"""Measure units per second of one batched pass over 1, 64 and 1024 environments for a two-layer, a
three-layer and a four-level command tree, beside a plain Python loop over environments, and where
time goes when a team plays the range. One thread, about half a minute. Close what else is running:
a busy machine measures itself.

Prints Markdown tables. Writes them, with the same figures as JSON beside them, only with
--write."""

from __future__ import annotations

from .. import bench, parser, venv


def run(arguments: list[str]) -> int:
    """Run the report."""
    made = parser(__name__)
    made.add_argument(
        "--write", metavar="FOLDER", help="also write throughput.md and throughput.json there"
    )
    options = made.parse_args(arguments)
    venv.enter_if_ready(["bench", "hierarchy", *arguments])
    from course_lib.experiments.benchmarks import team_speed

    report = team_speed.measure(bench.progress)
    text = team_speed.as_text(report)
    print(text, end="")
    if options.write:
        bench.write(options.write, "throughput", text, report.to_dict(), of="hierarchy")
    return 0
