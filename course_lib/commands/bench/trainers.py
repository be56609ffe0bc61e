"""Train on the range for a few steps with trainers that people already use: Stable-Baselines3,
TorchRL, RLlib, and the course's own. Lines of code, speed, and the score before and after.

Each runs where its library is installed; the figures of the others stay as they were, so give each
its own environment (requirements.txt of the course without its pins, then the library) and run the
command in each. --faces measures the single-environment faces instead, unless trainers are named.

Prints the table. Writes trainers.json and trainers.md into course_lib/data/reports with --write."""

from __future__ import annotations

import argparse

from .. import natural, parser, venv


def run(arguments: list[str]) -> int:
    """Run the report."""
    options = parsed(arguments)
    venv.enter_if_ready(["bench", "trainers", *arguments])
    from course_lib.commands import bench
    from course_lib.experiments import trainers

    installed = [name for name in trainers.TRAINERS if trainers.installed(name)]
    names = options.names or ([] if options.faces else installed)
    runs = []
    for name in names:
        bench.progress(name)
        runs.append(trainers.run_trainer(name, options.steps, options.episodes))
    faces = trainers.face_rates() if options.faces else {}
    if options.write:
        trainers.keep(runs, faces)
    table = {run.trainer: vars(run) for run in runs}
    print(trainers.as_text({"runs": table, "faces": faces}), end="")
    return 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``bench trainers``."""
    made = parser(__name__)
    add = made.add_argument
    add(
        "names",
        nargs="*",
        metavar="NAME",
        help="course, sb3, torchrl, rllib, rllib-unit (default: installed)",
    )
    add("--steps", type=natural, default=2048, help="of the training (default: 2048)")
    add("--episodes", type=natural, default=10, help="of the evaluation (default: 10)")
    add("--faces", action="store_true", help="measure the single-environment faces")
    add("--write", action="store_true", help="also write the report of the course")
    return made.parse_args(arguments)
