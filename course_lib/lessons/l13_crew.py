"""When does a commander matter? The recorded run of lesson 13b with one crew for seven zones.

l13_crew.scarcity()   what a commander by rule gains when the crew is away for longer
l13_crew.drawing()    who sends the crew, and what that costs
"""

# ruff: noqa: F401 (the imports below are what this module offers)

import numpy as np

from course_lib.experiments.lesson_runs import RUNS, read_run
from course_lib.experiments.shared_crew import (
    CREW_TICKS,
    FEATURES,
    Commander,
    Requests,
    drawn,
    first_zone,
    only_root,
    play,
    root_then_price,
)
from course_lib.experiments.study.figures import Described
from course_lib.stats import Interval, mean_interval

from .l13_rows import draw_rows, row_of

RUN = "l13-one-crew"
NOBODY, RULE, LEARNED = "drawn", "commander by rule", "learned commander"
SHUFFLED = "learned commander, requests shuffled"
HOLD_BACK = "zones ask only for root"
SAID = {NOBODY: "by lot"}
"""What the lesson calls an arm: *drawn* are actions, there and in lesson 13."""
ORDER = ("first zone first", NOBODY, HOLD_BACK, SHUFFLED, LEARNED, RULE)


def by_seed(arm: str, crew_ticks: int = CREW_TICKS, column: str = "defended") -> np.ndarray:
    """(5,) mean of every training seed, points an episode on the defended part."""
    recorded = read_run(RUN)
    wanted = (recorded["arm"] == arm) & (recorded["crew_ticks"] == crew_ticks)
    return recorded[column][wanted]


def gain(arm: str, over: str = NOBODY, crew_ticks: int = CREW_TICKS) -> Interval:
    """Points an episode, 95 % interval over the five seeds, paired."""
    return mean_interval(by_seed(arm, crew_ticks) - by_seed(over, crew_ticks))


def scarcity() -> list[tuple[str, ...]]:
    """Rows (ticks between two Restores, nobody commands, a commander by rule, gain)."""
    rows = []
    for ticks in RUNS[RUN].config["scarcity"]:
        without, ruled = by_seed(NOBODY, ticks).mean(), by_seed(RULE, ticks).mean()
        found = _text(gain(RULE, crew_ticks=ticks))
        rows.append((str(ticks), f"{without:,.0f}", f"{ruled:,.0f}", found))
    return rows


def drawing() -> Described:
    """What each way to decide costs at 25 ticks, every seed a dot, the best on top."""
    rows = []
    for arm in reversed(ORDER):
        commanded = arm in (LEARNED, RULE)
        rows.append(row_of(SAID.get(arm, arm), by_seed(arm), 2 if commanded else 0))
    return draw_rows(rows, "defended part (points an episode)", "Who sends the one crew?")


def _text(found: Interval) -> str:
    return f"{found.mean:+.0f} [{found.low:+.0f}, {found.high:+.0f}]"
