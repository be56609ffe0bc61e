"""What a trained hierarchy owes to its parts: the four corners, and parts replaced while it plays.

Nothing is trained here. Every variant plays the same evaluation episodes, so differences are paired
by seed; over several trained seeds the mean difference of each is one observation. A variant is a
team of its own with the same weights: nobody's configuration is changed under it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from course_lib.cyber_range import evaluate
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.doctrine import FULL, Doctrine
from course_lib.hierarchy.team import Team
from course_lib.hierarchy.unit import UnitConfig
from course_lib.training.pretrained import load_policy

from .arms import EVALUATION_EPISODES, EVALUATION_SEED

TRAINED, UNTRAINED = "trained, doctrine", "random, doctrine"
WITHOUT_RULES, NEITHER = "trained, no doctrine", "random, no doctrine"
RULES_ALONE = "full doctrine alone"
CORNERS: dict[str, dict[str, Any]] = {
    TRAINED: {},
    WITHOUT_RULES: {"doctrine": False},
    UNTRAINED: {"weights": "random"},
    NEITHER: {"weights": "random", "doctrine": False},
}
"""The four corners: arguments of ``load_policy``."""


def with_units(
    defender: HierarchicalDefender, unit: UnitConfig, doctrine: Doctrine | None = None
) -> HierarchicalDefender:
    """The same weights in a team whose units are made with other choices.

    Weights that such a unit has no use for stay behind (without an encoder, for example); KeyError
    if it needs one that the trained unit lacks.
    """
    trained = defender.team
    team = Team(trained.tree, replace(trained.config, unit=unit))
    weights = trained.state_dict()
    team.load_state_dict({name: weights[name] for name in team.state_dict()})
    rules = defender.doctrine if doctrine is None else doctrine
    return HierarchicalDefender(team, rules, defender.defenders, defender.name)


def commands_of_ones(defender: HierarchicalDefender) -> HierarchicalDefender:
    """Every command is all ones: nobody prefers anything."""
    defender.command_override = "ones"
    return defender


def commands_of_another_episode(defender: HierarchicalDefender) -> HierarchicalDefender:
    """Every unit obeys the commands given in another episode at the same tick."""
    defender.command_override = "another"
    return defender


def messages_of_zeros(defender: HierarchicalDefender) -> HierarchicalDefender:
    """Inner units hear nothing: phi's output is zeros, and whoever chooses among zones does so
    evenly."""
    unit = defender.team.config.unit
    return with_units(defender, replace(unit, message=replace(unit.message, kind="zeros")))


def messages_averaged(defender: HierarchicalDefender) -> HierarchicalDefender:
    """Inner units get the plain mean of their encoded children instead of a learned weighting, and
    whoever chooses among zones does so evenly."""
    unit = defender.team.config.unit
    return with_units(defender, replace(unit, message=replace(unit.message, pooling="mean")))


def doctrine_alone(defender: HierarchicalDefender) -> HierarchicalDefender:
    """No network: the full doctrine with weight 1."""
    unit = defender.team.config.unit
    rules_only = replace(unit, policy=replace(unit.policy, doctrine_weight=1.0))
    return with_units(defender, rules_only, FULL)


REPLACEMENTS: dict[str, Callable[[HierarchicalDefender], HierarchicalDefender]] = {
    "commands: ones": commands_of_ones,
    "commands: another episode's": commands_of_another_episode,
    "messages: zeros": messages_of_zeros,
    "messages: averaged": messages_averaged,
    RULES_ALONE: doctrine_alone,
}


def scores(
    policy_file: str | Path, episodes: int = EVALUATION_EPISODES, seed: int = EVALUATION_SEED
) -> Iterator[tuple[str, list[int]]]:
    """(variant, scores of all episodes) of the four corners and all replacements, one after the
    other."""
    for name, arguments in CORNERS.items():
        report = evaluate(load_policy(policy_file, **arguments), episodes=episodes, seed=seed)
        yield name, [int(score) for score in report.scores]
    for name, replaced in REPLACEMENTS.items():
        defender = load_policy(policy_file)
        if not isinstance(defender, HierarchicalDefender):
            raise ValueError(f"{policy_file} is no hierarchy: it has no parts to replace")
        report = evaluate(replaced(defender), episodes=episodes, seed=seed)
        yield name, [int(score) for score in report.scores]
