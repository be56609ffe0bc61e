"""Hand a defender to the evaluation script of CAGE Challenge 4, in the form that it asks for.

Writes OUT/submission.py (default: my-work/submission). With --run N it lets the simulator's own
script play N episodes with it (10 to 17 seconds each; the simulator must be found, see doctor),
whose files land in OUT/results; `evaluate --read OUT/results` reads them back. Without --run, give
OUT to the script yourself: python CybORG/Evaluation/evaluation.py OUT RESULTS

The script makes one simulator for all episodes: with --seed its first episode is that of `evaluate
--engine cyborg --seed SEED`, the others are episodes of their own."""

from __future__ import annotations

import argparse
import pathlib

from . import natural, parser, seed_number, venv
from .evaluate import POLICY_HELP

TEMPLATE = '''"""Submission of {policy!r}, written by: python -m course_lib submission."""

import sys

sys.path.insert(0, {root!r})  # where the course is

from course_lib import cyber_range, training  # noqa: E402

Submission = cyber_range.OfficialSubmission(
    training.load_policy({policy!r}, "official"),
    team={team!r},
    technique={technique!r},
)
'''


def run(arguments: list[str]) -> int:
    """Write the submission, and run it where that was asked for."""
    options = parsed(arguments)
    venv.enter_if_ready(["submission", *arguments])
    from course_lib import cyber_range, storage, training

    policy = training.load_policy(options.policy, "official")
    submission = cyber_range.OfficialSubmission(policy, options.team, options.technique)
    folder = options.out or venv.ROOT / "my-work" / "submission"
    file = pathlib.Path(options.policy)
    text = TEMPLATE.format(
        policy=str(file.absolute()) if file.is_file() else options.policy,
        root=str(venv.ROOT),
        team=options.team,
        technique=options.technique,
    )
    folder.mkdir(parents=True, exist_ok=True)
    storage.write_atomically(folder / "submission.py", text)
    print(f"Submission: {folder}/submission.py")
    if options.run:
        results = folder / "results"
        cyber_range.run_official_script(submission, results, options.run, options.seed)
        print(cyber_range.read_official_results(results).summary())
    return 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``submission``."""
    made = parser(__name__)
    add = made.add_argument
    add("--policy", required=True, metavar="NAME|FILE", help=POLICY_HELP)
    add("--out", type=pathlib.Path, metavar="FOLDER", help="(default: my-work/submission)")
    add("--team", default="the course", help="who submits (default: the course)")
    technique = "hierarchical multi-agent PPO"
    add("--technique", default=technique, help=f"in a few words (default: {technique})")
    run_help = "let the simulator's script play N episodes, 2 or more"
    add("--run", type=natural, metavar="N", help=run_help)
    add("--seed", type=seed_number, help="of the simulator, with --run (default: chance)")
    options = made.parse_args(arguments)
    if options.seed is not None and not options.run:
        raise ValueError("--seed belongs to --run N")
    if options.run == 1:
        raise ValueError("--run 1: the script's spread needs 2 episodes or more")
    return options
