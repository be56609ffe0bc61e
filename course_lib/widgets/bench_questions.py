"""What can be found out on the policy bench; the answers are computed from the team on it."""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from course_lib.hierarchy import Doctrine
from course_lib.hierarchy.policy import PolicyStages
from course_lib.hierarchy.spaces import ACTION_CLASS, ACTION_CLASSES

from .questions import LookUp

NEUTRAL = (1.0,) * len(ACTION_CLASSES)
WHO = ("the network, under the order", "the doctrine", "nobody: all actions alike")
SHARES = ("under 1 %", "1 to 5 %", "over 5 %")
GAINS = ("nothing", "a fifth", "a half", "all of it")
GAIN_SHARES = (0.0, 0.2, 0.5, 1.0)


class Answer(Protocol):
    """What the unit said: see `policy_bench.Decision`."""

    @property
    def stages(self) -> PolicyStages: ...

    @property
    def rule(self) -> str: ...

    @property
    def weight(self) -> float: ...


Ask = Callable[[str, Doctrine, tuple[float, ...], float, float], Answer]
"""Situation, doctrine, command, IOC and w -> what the unit says."""


def weight_question(situation: str) -> LookUp:
    """Who decides where w is 0: the same for every team."""
    return LookUp(
        ask=f"Situation “{situation}”, any order, w = 0: who decides now?",
        options=WHO,
        right=WHO[0],
        because="From the second column on nothing changes but the mask, which takes away what has "
        "no target.",
        hint="Set w to 0 and compare the columns “after command” and “after doctrine”.",
    )


def rule_question(ask: Ask, situation: str, doctrine: Doctrine, weight: float) -> LookUp | None:
    """Which rule takes over where the one that fires is switched off; None where none fires."""
    first = ask(situation, doctrine, NEUTRAL, 0.0, weight).rule
    if not first:
        return None
    rest = Doctrine(tuple(rule for rule in doctrine.rules if rule.name != first))
    second = ask(situation, rest, NEUTRAL, 0.0, weight).rule or "none"
    names = [rule.name for rule in rest.rules]
    return LookUp(
        ask=f"Situation “{situation}”: switch “{first}” off. Which rule takes over?",
        options=(*names, "none"),
        right=second,
        because="One rule speaks per zone and tick: the first of the list whose sign is seen.",
        hint="Take the tick from its box and read the line above the table.",
    )


def share_question(ask: Ask, situation: str, doctrine: Doctrine, weight: float) -> LookUp:
    """How much of BlockTraffic the network itself wants."""
    network = ask(situation, doctrine, NEUTRAL, 0.0, weight).stages[0][0].numpy()
    share = float(np.asarray(network)[_of_class("BlockTraffic")].sum() / network.sum())
    place = 0 if share < 0.01 else 1 if share <= 0.05 else 2
    return LookUp(
        ask=f"Situation “{situation}”, no order: how much does the network want BlockTraffic?",
        options=SHARES,
        right=SHARES[place],
        because=f"It is {100 * share:.1f} %; an untrained network gives 9 of its 82 actions, 11 %.",
        hint="Choose the situation, the order “none”, and read the first column.",
    )


def alert_question(ask: Ask, situation: str, doctrine: Doctrine, weight: float) -> LookUp | None:
    """How much of what is missing to 1 the alert adds to w; None where w is 0 or 1 anyway."""
    calm = ask(situation, doctrine, NEUTRAL, 0.0, weight).weight
    alarmed = ask(situation, doctrine, NEUTRAL, 1.0, weight).weight
    if not 0 < calm < 1:
        return None
    gained = (alarmed - calm) / (1 - calm)
    place = int(np.abs(np.array(GAIN_SHARES) - gained).argmin())
    return LookUp(
        ask="Raise the IOC to 1: how much of what is missing to 1 does w gain?",
        options=GAINS,
        right=GAINS[place],
        because=f"w rises from {calm:.2f} to {alarmed:.2f}: {100 * gained:.0f} % of the way.",
        hint="Where a rule fires, read w in the line above the table, with the IOC at 0 and at 1.",
    )


def bench_questions(
    ask: Ask, situations: Mapping[str, object], doctrine: Doctrine, weight: float
) -> list[LookUp]:
    """The questions that this team and these situations can answer."""
    alarmed = "decoy touched" if "decoy touched" in situations else next(iter(situations))
    quiet = "quiet zone in a mission"
    found = [weight_question(alarmed), rule_question(ask, alarmed, doctrine, weight)]
    if quiet in situations:
        found.append(share_question(ask, quiet, doctrine, weight))
    found.append(alert_question(ask, alarmed, doctrine, weight))
    return [question for question in found if question is not None]


def _of_class(name: str) -> np.ndarray:
    """(82,) bool, the actions of a class."""
    return ACTION_CLASS == ACTION_CLASSES.index(name)
