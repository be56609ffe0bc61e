"""``bench fidelity``: the range beside the public simulator, defender by defender."""

from __future__ import annotations

import argparse
import json
import pathlib
import sys

DESCRIPTION = """\
Compare the range with the public simulator: several defenders of very different behaviour play official episodes on
both; mean scores are tested for equivalence within 10 %, and about 170 further figures are set side by side.

Without --record the simulator's episodes are read from files of the course, and only the range is run
(about a minute). With --record episodes are played on the simulator, which must be found (see doctor), and added to
those files; an episode takes 10 to 17 seconds, and a stopped recording goes on where it was.

Prints the report. Writes fidelity.md and fidelity.json only with --write."""

SIMULATOR_SEED = 1000
"""First seed of the simulator's episodes."""
PILOT = 20
"""Episodes from which the number that is needed is worked out."""


def run(arguments: list[str]) -> int:
    """Run the report."""
    options = parser().parse_args(arguments)
    from course_lib.cyber_range import fidelity, speed

    for name in options.defenders or fidelity.DEFENDERS:
        if name not in fidelity.DEFENDERS:
            raise ValueError(f"no defender {name!r} in the report; it has {', '.join(fidelity.DEFENDERS)}")
    names = tuple(options.defenders or fidelity.DEFENDERS)
    folder = pathlib.Path(options.recordings) if options.recordings else fidelity.RECORDINGS
    if options.record:
        record(names, folder, options.episodes, options.processes)
    results = [compare_one(name, folder, options.range_episodes) for name in names]
    text = fidelity.as_text(results, speed.machine_facts())
    print(text, end="")
    if options.write:
        write(pathlib.Path(options.write), text, results, speed.machine_facts())
    return 0


def parser() -> argparse.ArgumentParser:
    """The options of ``bench fidelity``."""
    made = argparse.ArgumentParser(
        "python -m course_lib bench fidelity",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--defenders", nargs="+", metavar="NAME", help="only these (default: all of the report)")
    made.add_argument("--record", action="store_true", help="play the missing episodes on the simulator first")
    made.add_argument("--episodes", type=int, default=0, help="simulator episodes wanted (default: by a pilot of 20)")
    made.add_argument("--processes", type=int, default=1, help="simulators side by side (default: 1)")
    made.add_argument("--range-episodes", type=int, default=1000, help="episodes on the range (default: 1000)")
    made.add_argument("--recordings", metavar="FOLDER", help="where those files are (default: inside the course)")
    made.add_argument("--write", metavar="FOLDER", help="also write fidelity.md and fidelity.json there")
    return made


def record(names, folder: pathlib.Path, episodes: int, processes: int) -> None:
    """Bring each defender's file to the wanted number of episodes; what is in it already is not played again."""
    from course_lib.cyber_range import evaluate, fidelity

    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        wanted = episodes or PILOT
        while True:
            say = lambda done, total, name=name: print(f"{name}: {done} of {total}", file=sys.stderr, flush=True)  # noqa: E731
            report = evaluate(
                name, "cyborg", wanted, SIMULATOR_SEED, processes=processes, resume=folder / f"{name}.jsonl", progress=say
            )
            enough = episodes or fidelity.wanted_episodes(report.scores)
            if wanted >= enough:
                break
            wanted = enough


def compare_one(name: str, folder: pathlib.Path, episodes: int):
    """One defender's recorded simulator episodes beside fresh ones of the range."""
    from course_lib.cyber_range import evaluate, fidelity

    recorded = fidelity.recorded_episodes(name, folder)
    ours = evaluate(name, episodes=episodes).statistics
    if ours["overflow"].any():
        raise ValueError("a table of the engine overflowed; the episodes do not count")
    return fidelity.compare(name, fidelity.table(recorded), fidelity.table(ours))


def write(folder: pathlib.Path, text: str, results: list, facts: dict) -> None:
    """Write the report as Markdown and as JSON."""
    from course_lib.cyber_range.bridge.find import TESTED_COMMIT

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fidelity.md").write_text("# Fidelity of the range\n\n" + text, encoding="utf-8")
    answer = {"version": 1, "simulator_commit": TESTED_COMMIT, **facts, "defenders": [r.to_dict() for r in results]}
    (folder / "fidelity.json").write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")
