"""Which episodes nobody has trained on.

An episode's seed fixes its network, so a team that is tested on a seed it was trained on may know
the network by heart. Whoever tests says which seeds were trained on, and an overlap is refused.
"""

from course_lib import validate
from course_lib.training import strong, trainer

TRAINING_SEEDS = 100
"""More than any report has trained."""


def _episodes(first: int, each: int) -> range:
    """Seeds of the episodes that trainings may play."""
    return range(first, first + TRAINING_SEEDS * each)


TRAINED_ON = {
    "the study": _episodes(trainer.FIRST_SEED, trainer.SEEDS_EACH),
    "the strong and taught teams": _episodes(strong.FIRST_SEED, strong.SEEDS_EACH),
}
"""Seeds of the trainings whose weights the course ships, by what they were used for."""


def held_out_seeds(first: int, count: int, trained_on: dict[str, range] | None = None) -> range:
    """``count`` seeds from ``first`` on, none of which was trained on.

    Args:
        first: smallest of the seeds.
        count: how many, at least 1.
        trained_on: seeds that are taken; by default `TRAINED_ON`.

    Raises:
        ValueError: one line, if a seed was trained on.
    """
    first = validate.seed(first)
    count = validate.whole_number("count", count, 1, 1_000_000)
    asked = range(first, first + count)
    for use, seeds in (TRAINED_ON if trained_on is None else trained_on).items():
        low = max(asked[0], seeds[0])
        high = min(asked[-1], seeds[-1])
        if low <= high:
            raise ValueError(
                f"seeds {low} to {high} were trained on ({use}): test on others, or the score "
                "says how well the networks are remembered"
            )
    return asked
