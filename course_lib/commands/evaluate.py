"""``evaluate``: score a defender by the official protocol."""

from __future__ import annotations

import argparse
import json

from course_lib.commands import environment

DESCRIPTION = """\
Score a defender by the official protocol of CAGE Challenge 4: whole episodes of 500 steps, the team reward of the
first 498 summed. Episode i uses the seed SEED + i, so the same command gives the same scores on the range.
A public simulator's episode takes 10 to 17 seconds, one of the range a moment.

Writes nothing but its answer (text, or with --json one JSON object), and with --resume the file named there."""


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parser().parse_args(arguments)
    environment.enter_if_ready(["evaluate", *arguments])
    from tqdm import tqdm

    from course_lib import cyber_range

    policy = cyber_range.load_policy(options.policy, options.defenders)
    with tqdm(total=options.episodes, unit="episode", disable=None) as bar:  # silent where there is no terminal
        report = cyber_range.evaluate(
            policy,
            engine=options.engine,
            episodes=options.episodes,
            seed=options.seed,
            processes=options.processes,
            resume=options.resume,
            progress=lambda done, wanted: bar.update(done - bar.n),
            **{name: value for name in ("red", "steps") if (value := getattr(options, name)) is not None},
        )
    print(json.dumps(report.to_dict()) if options.json else report.summary())
    return 0


def parser() -> argparse.ArgumentParser:
    """The options of ``evaluate``."""
    made = argparse.ArgumentParser(
        "python -m course_lib evaluate", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--policy", required=True, metavar="NAME|FILE", help="a defender by name, or a saved one")
    made.add_argument("--engine", choices=("range", "cyborg"), default="range", help="(default: range)")
    made.add_argument("--episodes", type=natural, default=100, metavar="N", help="how many (default: 100)")
    made.add_argument("--seed", type=int, default=0, help="seed of the first episode (default: 0)")
    made.add_argument("--steps", type=natural, metavar="N", help="length of an episode (default: the official 500)")
    made.add_argument("--red", metavar="NAME", help="the attacker (default: finite-state, as in the challenge)")
    made.add_argument(
        "--defenders", choices=("official", "per-zone"), help="five or seven agents (default: the policy's own)"
    )
    made.add_argument("--processes", type=natural, default=1, metavar="N", help="for the public simulator (default: 1)")
    made.add_argument("--resume", metavar="FILE", help="keep finished episodes there, and go on from it after a stop")
    made.add_argument("--json", action="store_true", help="print one JSON object, with the score of every episode")
    return made


def natural(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)
