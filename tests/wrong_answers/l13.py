"""Wrong answers to the exercises of lesson 13, as readers give them."""

import numpy as np

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
NO_PHASE = Rule("in no phase", see="anything", do=("Restore",), phases=())
WRONG.value("my_doctrine", Doctrine((NO_PHASE, *FULL.rules)), says="decides at least once")


@WRONG.right("training_gain")
def by_arrays(trained, random):
    gains = (np.asarray(trained) - np.asarray(random)).mean(axis=1)
    return interval(gains, t_quantile(0.975, len(gains) - 1))
