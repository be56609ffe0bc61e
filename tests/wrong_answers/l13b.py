"""Wrong answers to the exercises of lesson 13b, as readers give them."""

import numpy as np

from course_lib import cyber_range
from course_lib.hierarchy import (
    FULL,
    STANDARD,
    THREE_LAYER,
    HierarchicalDefender,
    PolicyConfig,
    Team,
    TeamConfig,
    UnitConfig,
)
from course_lib.stats import t_quantile
from wrong_answers import WrongAnswers

WRONG = WrongAnswers("13b")


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


@WRONG.right("training_gain")
def by_arrays(trained, random):
    gains = (np.asarray(trained) - np.asarray(random)).mean(axis=1)
    return interval(gains, t_quantile(0.975, len(gains) - 1))


def hierarchy(doctrine, w=0.8, defenders="official"):
    unit = UnitConfig(policy=PolicyConfig(doctrine_weight=w))
    return HierarchicalDefender(
        Team(THREE_LAYER, TeamConfig(unit=unit), seed=0), doctrine, defenders
    )


WRONG.value("my_defender", cyber_range.load_policy("decoy-roundrobin"), says="not one of the ready")
WRONG.value("my_defender", hierarchy(STANDARD), says="better than react-restore")
WRONG.value("my_defender", hierarchy(FULL), says="better than react-restore")
WRONG.value("my_defender", hierarchy(FULL, 1.0, "per-zone"), says="five official")
