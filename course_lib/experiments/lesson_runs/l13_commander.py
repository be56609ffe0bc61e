"""Recorded run of lesson 13b: one repair crew for seven zones, and who decides where it goes.

Written before the run. Primary contrast, 5 training seeds, points an episode on the defended part
of the score: a learned commander minus the crew drawn among those who ask (nobody commands), with
one Restore every 25 ticks. The control that must make it collapse: the same commander, when the
requests are dealt out anew among the zones that ask. Second questions: zones that hold back by
themselves (only where red is root), a commander by rule, and less or more scarcity (rules only).
Every arm of a seed plays the same 200 episodes, on which nobody has learned.
"""

import numpy as np

from course_lib.experiments.shared_crew import (
    CREW_TICKS,
    Commander,
    CrossEntropyConfig,
    Dispatch,
    drawn,
    first_zone,
    learn_commander,
    only_root,
    play,
    root_then_price,
)

from .held_out import held_out_seeds
from .record import LessonRun, Row

EPISODES = 200
"""Official episodes that every arm of a seed plays."""
FIRST_SEED = 5_900_000
"""Of those episodes; the searches play others."""
SEARCH = CrossEntropyConfig(population=24, elite=6, generations=12)
SEARCH_EPISODES_EACH = 64
"""Episodes that each try of a generation plays."""

RULES: dict[str, Dispatch] = {
    "drawn": drawn,
    "first zone first": first_zone,
    "zones ask only for root": only_root,
    "commander by rule": root_then_price,
}
"""Who gets the crew, without learning."""
SCARCITY = (1, 10, CREW_TICKS, 50)
"""Ticks from one Restore to the next."""


def one_crew(seed: int) -> list[Row]:
    """One row for each arm: its mean defended part."""
    seeds = np.array(held_out_seeds(FIRST_SEED + seed * EPISODES, EPISODES))
    rows = []
    for crew_ticks in SCARCITY:
        for arm, dispatch in RULES.items():
            rows.append(_row(arm, crew_ticks, play(dispatch, seeds, crew_ticks, seed)))
    found = learn_commander(SEARCH, SEARCH_EPISODES_EACH, seed)[-1].mean
    for arm, commander in (
        ("learned commander", Commander(found)),
        ("learned commander, requests shuffled", Commander(found, shuffled=True)),
    ):
        rows.append(_row(arm, CREW_TICKS, play(commander, seeds, CREW_TICKS, seed), found))
    return rows


def _row(arm: str, crew_ticks: int, defended: np.ndarray, weights: np.ndarray | None = None) -> Row:
    worst = np.sort(defended)[: len(defended) // 10]
    shown = "" if weights is None else " ".join(f"{weight:.2f}" for weight in weights)
    return {
        "arm": arm,
        "crew_ticks": crew_ticks,
        "defended": round(float(defended.mean()), 2),
        "worst_tenth": round(float(worst.mean()), 2),
        "weights": shown,
    }


RUNS: dict[str, LessonRun] = {
    "l13-one-crew": LessonRun(
        one_crew,
        seeds=5,
        question=(
            "Does a commander matter when seven zones share one repair crew? Primary: a learned "
            "commander minus the crew drawn among those who ask, defended part, one Restore every "
            "25 ticks, 5 training seeds. Control: the same commander with requests shuffled."
        ),
        minutes=3,
        config={
            "episodes": EPISODES,
            "first_seed": FIRST_SEED,
            "population": SEARCH.population,
            "elite": SEARCH.elite,
            "generations": SEARCH.generations,
            "search_episodes": SEARCH_EPISODES_EACH,
            "scarcity": list(SCARCITY),
        },
    )
}
