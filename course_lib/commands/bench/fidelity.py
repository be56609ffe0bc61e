"""Compare the range with the public simulator: several defenders of very different behaviour play
official episodes on both; mean scores are tested for equivalence within 10 %, and about 170 further
figures are set side by side.

Without --record the simulator's episodes are read from files of the course, and only the range is
run (about a minute). With --record episodes are played on the simulator, which must be found (see
doctor), and added to those files; an episode takes 10 to 17 seconds, and a stopped recording goes
on where it was.

Prints the report. Writes fidelity.md and fidelity.json only with --write."""

from __future__ import annotations

import argparse
import dataclasses
import pathlib
import sys

from .. import bench, natural, parser, venv

SIMULATOR_SEED = 1000
"""First seed of the simulator's episodes."""
PILOT = 20
"""Episodes from which the number that is needed is worked out."""


def run(arguments: list[str]) -> int:
    """Run the report."""
    options = parsed(arguments)
    venv.enter_if_ready(["bench", "fidelity", *arguments])
    from course_lib.cyber_range.cyborg.locate import TESTED_COMMIT
    from course_lib.experiments.benchmarks import fidelity, timing

    names = options.defenders or fidelity.DEFENDERS
    for name in names:
        if name not in fidelity.DEFENDERS:
            raise ValueError(
                f"no defender {name!r} in the report; it has {', '.join(fidelity.DEFENDERS)}"
            )
    folder = options.recordings or fidelity.RECORDINGS
    if options.record:
        record(names, folder, options.episodes, options.processes)
    results = [compare_one(name, folder, options.range_episodes) for name in names]
    facts = timing.machine_facts()
    text = fidelity.as_text(results, facts)
    print(text, end="")
    if options.write:
        defenders = [dataclasses.asdict(result) for result in results]
        figures = {"version": 1, "simulator_commit": TESTED_COMMIT, **facts, "defenders": defenders}
        bench.write(options.write, "fidelity", text, figures)
    return 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``bench fidelity``."""
    made = parser(__name__)
    made.add_argument(
        "--defenders", nargs="+", metavar="NAME", help="only these (default: all of the report)"
    )
    made.add_argument(
        "--record", action="store_true", help="play the missing episodes on the simulator first"
    )
    made.add_argument(
        "--episodes", type=natural, help="simulator episodes wanted (default: by a pilot of 20)"
    )
    made.add_argument(
        "--processes", type=natural, default=1, help="simulators side by side (default: 1)"
    )
    made.add_argument(
        "--range-episodes", type=natural, default=1000, help="episodes on the range (default: 1000)"
    )
    made.add_argument(
        "--recordings",
        type=pathlib.Path,
        metavar="FOLDER",
        help="those files (default: the course's)",
    )
    made.add_argument(
        "--write", metavar="FOLDER", help="also write fidelity.md and fidelity.json there"
    )
    return made.parse_args(arguments)


def record(names, folder: pathlib.Path, episodes: int | None, processes: int) -> None:
    """Bring each defender's file to the wanted number of episodes; what is in it already is not
    played again."""
    from course_lib.cyber_range import evaluate
    from course_lib.experiments.benchmarks import fidelity

    def say(done: int, wanted: int) -> None:
        print(f"{name}: {done} of {wanted}", file=sys.stderr, flush=True)

    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        how = dict(processes=processes, resume=folder / f"{name}.jsonl", progress=say)
        report = evaluate(name, "cyborg", episodes or PILOT, SIMULATOR_SEED, **how)
        if not episodes:
            evaluate(name, "cyborg", fidelity.wanted_episodes(report.scores), SIMULATOR_SEED, **how)


def compare_one(name: str, folder: pathlib.Path, episodes: int):
    """One defender's recorded simulator episodes beside fresh ones of the range."""
    from course_lib.cyber_range import evaluate
    from course_lib.experiments.benchmarks import fidelity

    recorded = fidelity.recorded_episodes(name, folder)
    ours = evaluate(name, episodes=episodes).statistics
    if ours["overflow"].any():
        raise ValueError("a table of the engine overflowed; the episodes do not count")
    return fidelity.compare(name, fidelity.table(recorded), fidelity.table(ours))
