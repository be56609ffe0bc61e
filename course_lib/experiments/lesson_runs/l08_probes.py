"""Recorded run of lesson 08: what CC4 demands, and what the expert makes of it.

Written before the run. Primary contrast: bits above the permutation null about what happens next in
a zone, from the neighbour zone now, given what the own zone shows; mean of 5 groups of 8 games.
"""

from course_lib.learners.information import Information

from .record import LessonRun, Row
from .team_probes import probes, recorded_games

POLICY = "expert"
GAMES = 8
"""Episodes of a group; a group is a seed of the run."""
FIRST_SEED = 800_000


def ask(seed: int) -> list[Row]:
    """Play a group of games and ask all questions of it."""
    games = recorded_games(POLICY, GAMES, FIRST_SEED + GAMES * seed)
    return [row_of(question, found) for question, found in probes(games, seed).items()]


def row_of(question: str, found: Information) -> Row:
    """A row for one question, such as "next: talk"."""
    return {
        "question": question,
        "bits": round(found.bits, 5),
        "excess": round(found.excess, 5),
        "p_value": round(found.p_value, 4),
    }


RUNS = {
    "l08-probes": LessonRun(
        make=ask,
        seeds=5,
        question="What does CC4 demand? Primary contrast: bits above the permutation null about "
        "what happens next in a zone, from the neighbour zone, given the own zone; 5 groups of 8 "
        "games of the expert.",
        minutes=0.5,
        config={"policy": POLICY, "games": GAMES, "first seed": FIRST_SEED},
    ),
}
"""The recorded probes of lesson 08 by name."""
