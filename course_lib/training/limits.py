"""What the settings of a training may be at most, and the checks that they share."""

from typing import Any

from course_lib import validate

LARGEST_BATCH = 2_000_000
"""Environment ticks of one rollout: its observations and decisions are kept in memory."""
LARGEST = {
    "num_envs": 100_000,
    "num_steps": 1_000_000,
    "iterations": 1_000_000,
    "epochs": 1000,
    "minibatch_size": 100_000_000,
}
"""Whole numbers are at least 1 and at most these."""
OFFICIAL_TICKS = 499
"""Ticks of an official episode."""
MOST_WHOLE_EPISODES = LARGEST_BATCH // OFFICIAL_TICKS
"""Environments that can each play a whole official episode for a batch."""
LARGEST_REAL = 1000.0
"""Of the settings that are not whole: far beyond any use, and no overflow."""


def check_rates(config: Any, *names: str) -> None:
    """At 0 nothing would be learned; a negative norm would turn the gradient round."""
    validate.positive(config, *names, most=LARGEST_REAL)


def check_weights(config: Any, *names: str) -> None:
    """0 switches a term off."""
    validate.not_negative(config, *names, most=LARGEST_REAL)
