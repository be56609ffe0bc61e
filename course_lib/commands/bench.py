"""``bench``: measure the range. The measurements themselves are in bench_speed.py and bench_fidelity.py."""

from __future__ import annotations

import importlib

from course_lib.commands import environment

REPORTS = {
    "speed": "steps per second of the range, its memory and its compile time, beside the public simulator's",
    "fidelity": "how like the public simulator the range is: scores, events and rates of several defenders on both",
    "picture": "draw the picture of the README anew",
}


def usage() -> str:
    """The help text of ``bench``."""
    lines = ["usage: python -m course_lib bench REPORT [options]", "", "Measure the range and print a report.", ""]
    lines += [f"  {name:<10}{purpose}" for name, purpose in REPORTS.items()]
    return "\n".join([*lines, "", "bench REPORT --help tells the options of a report and what it writes."])


def run(arguments: list[str]) -> int:
    """Run one report."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage())
        return 0 if arguments else 1
    name, rest = arguments[0], arguments[1:]
    if name not in REPORTS:
        raise ValueError(f"there is no report {name!r}; the reports are: {', '.join(REPORTS)}")
    if "-h" not in rest and "--help" not in rest:
        environment.enter_if_ready(["bench", *arguments])
    return importlib.import_module(f"course_lib.commands.bench_{name}").run(rest)
