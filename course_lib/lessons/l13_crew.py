"""When does a commander matter? The recorded run of lesson 13 with one crew for seven zones.

l13_crew.arms()       who sends the crew, and what that costs
l13_crew.scarcity()   what a commander by rule gains when the crew is away for longer
l13_crew.drawing()    both as a figure
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
from course_lib.viz.figures import label_axes, new_figure, series_style

RUN = "l13-one-crew"
NOBODY, RULE, LEARNED = "drawn", "commander by rule", "learned commander"
SHUFFLED = "learned commander, requests shuffled"
HOLD_BACK = "zones ask only for root"
ORDER = ("first zone first", NOBODY, HOLD_BACK, SHUFFLED, LEARNED, RULE)


def by_seed(arm: str, crew_ticks: int = CREW_TICKS, column: str = "defended") -> np.ndarray:
    """(5,) mean of every training seed, points an episode on the defended part."""
    recorded = read_run(RUN)
    wanted = (recorded["arm"] == arm) & (recorded["crew_ticks"] == crew_ticks)
    return recorded[column][wanted]


def gain(arm: str, over: str = NOBODY, crew_ticks: int = CREW_TICKS) -> Interval:
    """Points an episode, 95 % interval over the five seeds, paired."""
    return mean_interval(by_seed(arm, crew_ticks) - by_seed(over, crew_ticks))


def arms() -> list[tuple[str, ...]]:
    """Rows (who decides, defended part, worst tenth, minus nobody), from the worst on."""
    rows = []
    for arm in ORDER:
        mean, worst = by_seed(arm).mean(), by_seed(arm, column="worst_tenth").mean()
        difference = "" if arm == NOBODY else _text(gain(arm))
        rows.append((arm, f"{mean:.0f}", f"{worst:,.0f}", difference))
    return rows


def scarcity() -> list[tuple[str, ...]]:
    """Rows (ticks between two Restores, nobody commands, a commander by rule, gain)."""
    rows = []
    for ticks in RUNS[RUN].config["scarcity"]:
        without, ruled = by_seed(NOBODY, ticks).mean(), by_seed(RULE, ticks).mean()
        found = _text(gain(RULE, crew_ticks=ticks))
        rows.append((str(ticks), f"{without:,.0f}", f"{ruled:,.0f}", found))
    return rows


def drawing() -> Described:
    """What each way to decide costs at 25 ticks, every seed a dot."""
    figure, ax = new_figure(figsize=(7, 2.8))
    for place, arm in enumerate(ORDER):
        means = by_seed(arm)
        commanded = arm in (LEARNED, RULE)
        color = series_style(2 if commanded else 0)["color"]
        height = np.full(len(means), place)
        ax.plot(means, height, "o", color=color, alpha=0.7)
        ax.plot(means.mean(), place, "|", color=color, markersize=18)
    ax.set_yticks(range(len(ORDER)), ORDER)
    label_axes(ax, "defended part (points an episode)", "arm (who sends it)", "One crew")
    told = "; ".join(f"{arm} {by_seed(arm).mean():.0f}" for arm in ORDER)
    return Described(figure, f"Defended part by who sends the crew, mean of five seeds: {told}.")


def _text(found: Interval) -> str:
    return f"{found.mean:+.0f} [{found.low:+.0f}, {found.high:+.0f}]"
