"""Recorded run of lesson 13b: what a scripted defender scores that is told where red is."""

from course_lib.experiments import informed

from .record import LessonRun, Row, episode_rows

EPISODES = 200
"""Official episodes of one seed of the run."""
FIRST_SEED = 700_000
"""The study's own episodes: 700,000 to 700,999."""


def told_where_red_is(seed: int) -> list[Row]:
    """One row for each episode."""
    first = FIRST_SEED + seed * EPISODES
    scores = informed.scores(EPISODES, first)
    return episode_rows(range(first, first + EPISODES), {}, score=scores)


RUNS: dict[str, LessonRun] = {
    "l13-told-where-red-is": LessonRun(
        told_where_red_is,
        seeds=5,
        question=(
            "How much does a defender score that knows red's sessions? A scale for the paper's "
            "claim (-91) and for what learning could still gain; mean of 1,000 official episodes."
        ),
        minutes=0.5,
        config={"episodes": EPISODES, "first_seed": FIRST_SEED},
    )
}
