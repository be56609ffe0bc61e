"""``bench speed``: steps per second of the range, its memory and its compile time, beside the real simulator's."""

from __future__ import annotations

import argparse
import json
import pathlib
import sys

DESCRIPTION = """\
Measure steps per second of the batch engine at 1, 64, 1024 and 8192 environments, on one thread and on all, of the
PettingZoo face, and of the real simulator (CybORG) where it is found, all in one run; also memory and compile time.
Takes about two minutes. Close what else is running: a busy machine measures itself.

Prints a Markdown table. Writes it, with the same figures as JSON beside it, only with --write."""


def run(arguments: list[str]) -> int:
    """Run the report."""
    parser = argparse.ArgumentParser(
        "python -m course_lib bench speed",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--write", metavar="FOLDER", help="also write speed.md and speed.json there")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of each of five repeats (default: 1)")
    parser.add_argument("--no-simulator", action="store_true", help="leave the real simulator out")
    options = parser.parse_args(arguments)
    if not 0.01 <= options.seconds <= 600:
        raise ValueError(f"--seconds {options.seconds} is not between 0.01 and 600")
    from course_lib.cyber_range import speed
    from course_lib.cyber_range.bridge import find

    with_simulator = not options.no_simulator
    if with_simulator:
        try:
            find.find_simulator()
        except find.SimulatorNotFound as reason:
            with_simulator = False
            print(f"The real simulator is left out: {reason}", file=sys.stderr)
    report = speed.measure(
        with_simulator=with_simulator,
        seconds=options.seconds,
        progress=lambda text: print(f"measuring: {text}", file=sys.stderr),
    )
    text = speed.as_text(report)
    print(text, end="")
    if options.write:
        folder = pathlib.Path(options.write)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "speed.md").write_text("# Speed of the range\n\n" + text, encoding="utf-8")
        (folder / "speed.json").write_text(json.dumps(report.to_dict(), indent=1) + "\n", encoding="utf-8")
    return 0
