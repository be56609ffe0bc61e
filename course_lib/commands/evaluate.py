"""Score a defender by the official protocol of CAGE Challenge 4: whole episodes of 500 steps, the
team reward of the first 498 summed. Episode i uses the seed SEED + i, so the same command gives the
same scores on the range. A public simulator's episode takes 10 to 17 seconds, one of the range a
moment.

Writes nothing but its answer (text, or with --json one JSON object), and with --resume the file
named there."""

from __future__ import annotations

import argparse
import json

from . import natural, parser
from . import venv as environment


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parsed(arguments)
    environment.enter_if_ready(["evaluate", *arguments])
    from tqdm import tqdm

    from course_lib import cyber_range

    policy = resolved(options)
    with tqdm(
        total=options.episodes, unit="episode", disable=None
    ) as bar:  # silent where there is no terminal
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


def resolved(options: argparse.Namespace):
    """The policy that was asked for; torch is loaded only for a trained one."""
    from course_lib import cyber_range

    asked = options.doctrine is not None or options.weights is not None
    if options.policy in cyber_range.POLICIES and not asked:
        return cyber_range.load_policy(options.policy, options.defenders)
    from course_lib.training import pretrained as shipped

    return shipped.load_policy(
        options.policy, options.defenders, options.doctrine != 0, options.weights or "trained"
    )


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``evaluate``."""
    made = parser(__name__)
    made.add_argument(
        "--policy", required=True, metavar="NAME|FILE", help="a defender by name, or a saved one"
    )
    made.add_argument(
        "--engine", choices=("range", "cyborg"), default="range", help="(default: range)"
    )
    made.add_argument(
        "--episodes", type=natural, default=100, metavar="N", help="how many (default: 100)"
    )
    made.add_argument("--seed", type=int, default=0, help="seed of the first episode (default: 0)")
    made.add_argument(
        "--steps",
        type=natural,
        default=500,
        metavar="N",
        help="of an episode (default: 500, official)",
    )
    made.add_argument(
        "--red", metavar="NAME", default="finite-state", help="the attacker (default: finite-state)"
    )
    made.add_argument(
        "--defenders",
        choices=("official", "per-zone"),
        help="five or seven (default: the policy's own)",
    )
    made.add_argument(
        "--doctrine",
        type=int,
        choices=(0, 1),
        help="of a trained hierarchy: off or on (default: on)",
    )
    made.add_argument(
        "--weights", choices=("trained", "random"), help="of a trained policy (default: trained)"
    )
    made.add_argument(
        "--processes",
        type=natural,
        default=1,
        metavar="N",
        help="for the public simulator (default: 1)",
    )
    made.add_argument(
        "--resume",
        metavar="FILE",
        help="keep finished episodes there, and go on from it after a stop",
    )
    made.add_argument(
        "--json", action="store_true", help="print one JSON object, with the score of every episode"
    )
    return made.parse_args(arguments)
