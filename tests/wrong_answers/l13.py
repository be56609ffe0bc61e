"""Wrong answers to the exercises of lesson 13, as readers give them."""

import numpy as np
import torch

from course_lib import cyber_range
from course_lib.hierarchy import (
    FULL,
    STANDARD,
    THREE_LAYER,
    Doctrine,
    HierarchicalDefender,
    PolicyConfig,
    Rule,
    Team,
    TeamConfig,
    Tree,
    UnitConfig,
)
from course_lib.stats import t_quantile
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("13")


def interval(gains, quantile, ddof=1):
    """Mean and interval of a sample."""
    half = quantile * np.std(gains, ddof=ddof) / np.sqrt(len(gains))
    return float(np.mean(gains)), float(np.mean(gains) - half), float(np.mean(gains) + half)


def by_seed(trained, random):
    return [np.mean(one) - np.mean(other) for one, other in zip(trained, random, strict=True)]


@WRONG("training_gain", says="a seed is one observation")
def every_episode_is_an_observation(trained, random):
    gains = (np.array(trained) - np.array(random)).mean(axis=0)
    return interval(gains, t_quantile(0.975, len(gains) - 1))


@WRONG("training_gain", says="a seed is one observation")
def normal_quantile(trained, random):
    return interval(by_seed(trained, random), 1.96)


@WRONG("training_gain", says="a seed is one observation")
def divided_by_n(trained, random):
    gains = by_seed(trained, random)
    return interval(gains, t_quantile(0.975, len(gains) - 1), ddof=0)


@WRONG("training_gain", says="trained minus random")
def the_other_way_round(trained, random):
    gains = by_seed(random, trained)
    return interval(gains, t_quantile(0.975, len(gains) - 1))


WRONG.value("my_tree", THREE_LAYER, says="the groups differ")
WRONG.value(
    "my_tree",
    Tree.from_description(
        {"chief": {"A": ["RZA", "OZA"], "B": ["RZB", "OZB"], "rest": ["ADM", "OFF"]}}
    ),
    says="missing: PAZ",
)
WRONG.value(
    "my_tree",
    Tree.from_description(
        {
            "chief": {
                "A": ["RZA", "OZA"],
                "B": ["RZB", "OZB"],
                "HQ": ["ADM", "OFF", "PAZ"],
                "outside": ["CON"],
            }
        }
    ),
    says="not one: CON",
)
WRONG.value(
    "my_tree",
    Tree.from_description({"chief": ["RZA", "OZA", "RZB", "OZB", "ADM", "OFF", "PAZ"]}),
    says="at least three layers",
)

QUIET = Rule("watch", see="no event", do=("Monitor",))
LOOK = Rule("look and lay decoys", see="anything", do=("Analyse", "DeployDecoy"))
for rules, says in (
    (FULL.rules, "at least one rule is your own"),
    (
        (*STANDARD.rules, Rule("clean", see="connection event", do=("Remove",))),
        "better than -1,300",
    ),  # quiet ticks
    ((LOOK, *STANDARD.rules), "better than -1,300"),  # nobody asks the others any more
    ((QUIET, *STANDARD.rules), "better than -1,300"),
):
    WRONG.value("my_doctrine", Doctrine(tuple(rules)), says=says)


def hierarchy(doctrine, w=0.8, defenders="official"):
    unit = UnitConfig(policy=PolicyConfig(doctrine_weight=w))
    return HierarchicalDefender(
        Team(THREE_LAYER, TeamConfig(unit=unit), seed=0), doctrine, defenders
    )


WRONG.value("my_defender", cyber_range.load_policy("decoy-roundrobin"), says="not one of the ready")
WRONG.value("my_defender", hierarchy(STANDARD), says="better than react-restore")
WRONG.value("my_defender", hierarchy(FULL), says="better than react-restore")
WRONG.value("my_defender", hierarchy(FULL, 1.0, "per-zone"), says="five official")


NEVER_REACHED = Rule("never reached", see="anything", do=("Sleep",))
WRONG.value("my_doctrine", Doctrine((*FULL.rules, NEVER_REACHED)), says="decides at least once")
SAME_SIGN = Rule("remove what red holds as root", see="root file", do=("Remove",))
BEHIND = (FULL.rules[0], SAME_SIGN, *FULL.rules[1:])  # the rule before it sees the same sign
WRONG.value("my_doctrine", Doctrine(BEHIND), says="decides at least once")


@WRONG.right("training_gain")
def by_arrays(trained, random):
    gains = (np.asarray(trained) - np.asarray(random)).mean(axis=1)
    return interval(gains, t_quantile(0.975, len(gains) - 1))


HOST_ACTIONS = (slice(0, 16), slice(17, 33), slice(33, 49), slice(66, 82))


def shared_out(pi, allowed, same, classes=HOST_ACTIONS):
    """The mean over hosts that are the same, class by class."""
    averaged = pi.clone()
    for part in classes:
        there = allowed[:, part]
        alike = (same & there[:, None] & there[:, :, None]).float()
        averaged[:, part] = (alike @ pi[:, part, None]).squeeze(2) / alike.sum(2).clamp(min=1)
    return averaged


def alike_in(message, *parts):
    signs = torch.stack([message[:, part] for part in parts], dim=2)
    return (signs[:, :, None] == signs[:, None]).all(dim=3)


PROCESS, CONNECTION, PRIORITY = slice(28, 44), slice(44, 60), slice(60, 76)


@WRONG("look_alikes", says="the same three signs")
def averages_over_the_whole_zone(pi, message, allowed):
    return shared_out(pi, allowed, torch.ones(len(pi), 16, 16, dtype=torch.bool))


@WRONG("look_alikes", says="the same three signs")
def forgets_the_priority(pi, message, allowed):
    return shared_out(pi, allowed, alike_in(message, PROCESS, CONNECTION))


@WRONG("look_alikes", says="the same three signs")
def any_event_is_an_event(pi, message, allowed):
    shows = (message[:, PROCESS] + message[:, CONNECTION] + message[:, PRIORITY]) > 0
    return shared_out(pi, allowed, shows[:, :, None] == shows[:, None])


@WRONG("look_alikes", says="hosts that do not exist keep 0")
def absent_hosts_share_too(pi, message, allowed):
    everybody = torch.ones_like(allowed)
    return shared_out(pi, everybody, alike_in(message, PROCESS, CONNECTION, PRIORITY))


@WRONG("look_alikes", says="each class of action keeps its sum")
def divides_by_the_number_of_slots_that_look_alike(pi, message, allowed):
    same = alike_in(message, PROCESS, CONNECTION, PRIORITY)
    averaged = pi.clone()
    for part in HOST_ACTIONS:
        alike = (same & allowed[:, part][:, None] & allowed[:, part][:, :, None]).float()
        averaged[:, part] = (alike @ pi[:, part, None]).squeeze(2) / same.float().sum(2)
    return averaged


@WRONG("look_alikes", says="the arguments stay as they are")
def writes_into_pi(pi, message, allowed):
    pi[:] = shared_out(pi, allowed, alike_in(message, PROCESS, CONNECTION, PRIORITY))
    return pi


@WRONG("look_alikes", says="the same three signs")
def decoys_are_forgotten(pi, message, allowed):
    same = alike_in(message, PROCESS, CONNECTION, PRIORITY)
    return shared_out(pi, allowed, same, HOST_ACTIONS[:3])


@WRONG.right("look_alikes")
def with_a_where(pi, message, allowed):
    same = alike_in(message, PROCESS, CONNECTION, PRIORITY)
    return torch.where(allowed, shared_out(pi, allowed, same), torch.zeros_like(pi))
