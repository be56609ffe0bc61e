"""Recorded runs of lesson 09: what a model of the world saves, and what a perfect one is worth."""

from dataclasses import asdict

from course_lib import cyber_range
from course_lib.cyber_range.evaluation.planner import PlannerConfig, play_planned

from .record import LessonRun, Row

PLANNED_EPISODES = 4
PLANNER = PlannerConfig(futures=8, horizon=25)
PLANNER_SEED = 90_000


def planner(seed: int) -> list[Row]:
    """Four episodes with the planner, and the same four with the expert that it stands on."""
    first = PLANNER_SEED + PLANNED_EPISODES * seed
    played = play_planned(PLANNED_EPISODES, first, PLANNER)
    base = cyber_range.evaluate("expert", episodes=PLANNED_EPISODES, seed=first)
    share = played.trials / played.ticks
    rows = []
    for episode, score in enumerate(played.scores):
        rows.append(
            {
                "episode": first + episode,
                "planner": float(score),
                "expert": float(base.scores[episode]),
                "trials per tick": round(share, 2),
                "seconds per tick": round(played.seconds_per_tick, 4),
            }
        )
    return rows


RUNS = {
    "l09-planner": LessonRun(
        make=planner,
        seeds=4,
        question=(
            "What does planning in the perfect model add to the expert? Primary contrast: official "
            "score of the planner minus that of the expert on the same 16 seeds, paired."
        ),
        minutes=5.0,
        config={
            **asdict(PLANNER),
            "episodes a seed": PLANNED_EPISODES,
            "first seed": PLANNER_SEED,
        },
    ),
}
