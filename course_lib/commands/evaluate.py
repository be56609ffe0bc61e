"""Score a defender by the official protocol of CAGE Challenge 4: whole episodes of 500 steps, the
team reward of the first 498 summed. Episode i uses the seed SEED + i, so the same command gives the
same scores on the range. A public simulator's episode takes 10 to 17 seconds, one of the range a
moment.

Beside the score stands its defended part: the points of the seven zones that have a defender, and
of Restores, without the contractor's zone, where nobody can defend anything.

With --read it plays nothing, but reads what the simulator's own evaluation script has written: its
folder of results, or the summary.json in it.

Writes nothing but its answer (text, or with --json one JSON object), and with --resume the file
named there: one line for each finished episode. Such a file belongs to one policy with its weights
and options, and is refused for any other; a file that is something else is left as it is."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from . import natural, parser, venv

if TYPE_CHECKING:
    from course_lib.cyber_range import Policy

LONGEST_SEED = 40
"""Digits; the range takes 19 at most and says so itself."""
POLICY_HELP = "a scripted or trained defender by name (a wrong name lists them), or a saved one"


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parsed(arguments)
    venv.enter_if_ready(["evaluate", *arguments])
    from tqdm import tqdm

    from course_lib import cyber_range

    if options.read:
        results = cyber_range.read_official_results(options.read)
        print(json.dumps(results.to_dict()) if options.json else results.summary())
        return 0
    policy = resolved(options)
    if options.greedy:
        if not hasattr(policy, "greedy"):
            raise ValueError(f"--greedy: {options.policy} is not a trained hierarchy")
        policy.greedy = True
    # disable=None: no bar where there is no terminal
    with tqdm(total=options.episodes, unit="episode", disable=None) as bar:
        report = cyber_range.evaluate(
            policy,
            engine=options.engine,
            episodes=options.episodes,
            seed=options.seed,
            steps=options.steps,
            red=options.red,
            processes=options.processes,
            resume=options.resume,
            progress=lambda done, wanted: bar.update(done - bar.n),
        )
    print(json.dumps(report.to_dict()) if options.json else report.summary())
    return 0


def resolved(options: argparse.Namespace) -> Policy:
    """The policy that was asked for; torch is loaded only for a trained one."""
    from course_lib import cyber_range

    wants_a_corner = options.doctrine is not None or options.weights is not None
    if options.policy in cyber_range.POLICIES and not wants_a_corner:
        return cyber_range.load_policy(options.policy, options.defenders)
    from course_lib import training

    doctrine = options.doctrine != "0"
    weights = options.weights or "trained"
    return training.load_policy(options.policy, options.defenders, doctrine, weights)


def seed_number(text: str) -> int:
    """The type of an option that is a seed, in the digits 0 to 9; `evaluate` checks its range."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_SEED):
        raise argparse.ArgumentTypeError(f"{text[:LONGEST_SEED]!r} is not a whole number")
    return int(text)


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``evaluate``."""
    options = parser(__name__)
    add = options.add_argument
    wanted = options.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--policy", metavar="NAME|FILE", help=POLICY_HELP)
    read_help = "results of the simulator's own evaluation script, instead of playing"
    wanted.add_argument("--read", metavar="FILE", help=read_help)
    add("--engine", choices=("range", "cyborg"), default="range", help="(default: range)")
    add("--episodes", type=natural, default=100, metavar="N", help="how many (default: 100)")
    add("--seed", type=seed_number, default=0, help="seed of the first episode (default: 0)")
    steps_help = "of an episode (default: 500, official)"
    add("--steps", type=natural, default=500, metavar="N", help=steps_help)
    red_help = "the attacker (default: finite-state)"
    add("--red", metavar="NAME", default="finite-state", help=red_help)
    defenders_help = "five or seven (default: the policy's own)"
    add("--defenders", choices=("official", "per-zone"), help=defenders_help)
    doctrine_help = "of a trained hierarchy: off or on (default: on)"
    add("--doctrine", choices=("0", "1"), help=doctrine_help)
    weights_help = "of a trained policy (default: trained)"
    add("--weights", choices=("trained", "random"), help=weights_help)
    processes_help = "for the public simulator (default: 1)"
    add("--processes", type=natural, default=1, metavar="N", help=processes_help)
    greedy_help = "a trained hierarchy does what it thinks likeliest, instead of drawing"
    add("--greedy", action="store_true", help=greedy_help)
    resume_help = "keep finished episodes there, and go on from it after a stop"
    add("--resume", metavar="FILE", help=resume_help)
    json_help = "print one JSON object, with the score of every episode"
    add("--json", action="store_true", help=json_help)
    return options.parse_args(arguments)
