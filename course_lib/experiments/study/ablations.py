"""What a trained hierarchy owes to its parts: the four corners, and parts replaced while it plays.

Nothing is trained here. Every variant plays the same evaluation episodes, so differences are paired
by seed; over several trained seeds the mean difference of each is one observation.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from course_lib.cyber_range import evaluate
from course_lib.hierarchy.doctrine import FULL
from course_lib.training.pretrained import load_policy

from .arms import EVALUATION_EPISODES, EVALUATION_SEED

CORNERS = {
    "trained, doctrine": {},
    "trained, no doctrine": {"doctrine": False},
    "random, doctrine": {"weights": "random"},
    "random, no doctrine": {"weights": "random", "doctrine": False},
}
"""The four corners: arguments of ``load_policy``."""


def commands_of_ones(defender) -> None:
    """Every command is all ones: nobody prefers anything."""
    defender.command_override = "ones"


def commands_of_another_episode(defender) -> None:
    """Every unit obeys the commands given in another episode at the same tick."""
    defender.command_override = "another"


def messages_of_zeros(defender) -> None:
    """Inner units hear nothing: phi's output is zeros, and whoever chooses among zones does so
    evenly."""
    _change_messages(defender, kind="zeros")


def messages_averaged(defender) -> None:
    """Inner units get the plain mean of their children's messages instead of phi's output."""
    _change_messages(defender, kind="mean")


def doctrine_alone(defender) -> None:
    """No network: the full doctrine with weight 1."""
    defender.doctrine = FULL
    for unit in defender.team.units.values():
        policy = unit.policy_function
        policy.config = replace(policy.config, doctrine_weight=1.0)


REPLACEMENTS: dict[str, Callable] = {
    "commands: ones": commands_of_ones,
    "commands: another episode's": commands_of_another_episode,
    "messages: zeros": messages_of_zeros,
    "messages: averaged": messages_averaged,
    "full doctrine alone": doctrine_alone,
}


def _change_messages(defender, **changes) -> None:
    for unit in defender.team.units.values():
        function = unit.message_function
        function.config = replace(function.config, **changes)


def scores(
    policy_file, episodes: int = EVALUATION_EPISODES, seed: int = EVALUATION_SEED
) -> Iterator[tuple[str, list[int]]]:
    """(variant, scores of all episodes) of the four corners and all replacements, one after the
    other."""
    for name, arguments in CORNERS.items():
        report = evaluate(load_policy(policy_file, **arguments), episodes=episodes, seed=seed)
        yield name, [int(score) for score in report.scores]
    for name, change in REPLACEMENTS.items():
        defender = load_policy(policy_file)
        change(defender)
        yield (
            name,
            [int(score) for score in evaluate(defender, episodes=episodes, seed=seed).scores],
        )
