"""Wrong answers to the exercises of lesson 13, as readers give them."""

import torch

from course_lib.hierarchy import FULL, STANDARD, THREE_LAYER, Doctrine, Rule, Tree
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("13")


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


NEVER_REACHED = Rule("never reached", see="anything", do=("Sleep",))
WRONG.value("my_doctrine", Doctrine((*FULL.rules, NEVER_REACHED)), says="decides at least once")
SAME_SIGN = Rule("remove what red holds as root", see="root file", do=("Remove",))
BEHIND = (FULL.rules[0], SAME_SIGN, *FULL.rules[1:])  # the rule before it sees the same sign
WRONG.value("my_doctrine", Doctrine(BEHIND), says="decides at least once")


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
