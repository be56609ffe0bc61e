"""Set trained teams on the range beside the same teams on the public simulator, for lesson 15.

The simulator's episodes are read from course_lib/data/simulator, one file a team; add some with
`evaluate --policy NAME --engine cyborg --seed 1000 --episodes N --resume FILE`. The range plays
--episodes of its own (default 300). With the simulator (see doctor) the first ticks of an episode
are played on both engines; without it those recorded before are kept.

Prints the table. Writes two-engines.md and two-engines.json only with --write."""

from __future__ import annotations

import argparse
import pathlib

from .. import bench, natural, parser, venv


def run(arguments: list[str]) -> int:
    """Run the report."""
    options = parsed(arguments)
    venv.enter_if_ready(["bench", "two-engines", *arguments])
    import torch

    from course_lib import storage, training
    from course_lib.cyber_range.cyborg.locate import TESTED_COMMIT
    from course_lib.experiments.benchmarks import timing, two_engines

    torch.set_num_threads(1)
    # Who is not asked for keeps the episodes that were recorded.
    scores = dict(two_engines.read_report()["range"]) if options.teams else {}
    for name in options.teams or two_engines.TEAMS:
        bench.progress(f"{name} on the range")
        policy = training.load_policy(name, "official")
        scores[name] = two_engines.range_scores(policy, options.episodes)
    teams = two_engines.study_teams() + two_engines.compared(scores)
    facts = timing.machine_facts()
    text = two_engines.as_text(teams, facts["date"])
    print(text, end="")
    if options.write:
        begun = {engine: first_ticks(engine) for engine in ("range", "cyborg")}
        figures = {"simulator_commit": TESTED_COMMIT, **facts, "range": scores, "begun": begun}
        folder = options.write
        bench.write(str(folder), "two-engines", text, {}, of="course's teams")
        target = folder / "two-engines.json"
        storage.write(target, two_engines.FORMAT, two_engines.VERSION, figures)
    return 0


def first_ticks(engine: str) -> list:
    """Played now, or, without the simulator, as recorded before."""
    from course_lib.cyber_range.cyborg.locate import SimulatorNotFound
    from course_lib.experiments.benchmarks import two_engines

    try:
        return two_engines.first_ticks(engine)
    except SimulatorNotFound:
        return two_engines.read_report()["begun"][engine]


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``bench two-engines``."""
    made = parser(__name__)
    made.prog = "python -m course_lib bench two-engines"
    add = made.add_argument
    add("--teams", nargs="+", metavar="NAME", help="play only these (default: all of the report)")
    add("--episodes", type=natural, default=300, help="on the range (default: 300)")
    add("--write", type=pathlib.Path, metavar="FOLDER", help="also write the two files there")
    return made.parse_args(arguments)
