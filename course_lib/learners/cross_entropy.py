"""The cross-entropy method: a learner that needs nothing but a score for each try.

It draws parameters from a normal distribution, keeps the best tries, and moves the distribution to
them (Rubinstein 1999; Mannor, Rubinstein and Gat 2003 for policies). No gradient and no value: for
some dozens of parameters and a score that is a whole episode it is hard to beat, and easy to trust.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_lib import validate

Scores = Callable[[np.ndarray], np.ndarray]
"""(P, n) parameters of P tries -> (P,) scores, larger is better."""


@dataclass(frozen=True)
class CrossEntropyConfig:
    """How it searches."""

    population: int = 16
    """P, tries in a generation."""
    elite: int = 4
    """Best tries that the next generation is drawn around."""
    generations: int = 8
    spread: float = 1.0
    """Standard deviation of every parameter at the start."""
    least_spread: float = 0.1
    """Standard deviation below which no parameter falls, so that the search goes on."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.whole_number("population", self.population, 2, 100_000)
        validate.whole_number("elite", self.elite, 1, self.population)
        validate.whole_number("generations", self.generations, 1, 100_000)
        validate.not_negative(self, "spread", "least_spread")


@dataclass(frozen=True)
class Generation:
    """What one generation came to."""

    number: int
    mean_score: float
    mean: np.ndarray
    """(n,) centre of the next generation."""


def cross_entropy(
    scores: Scores,
    start: np.ndarray,
    config: CrossEntropyConfig | None = None,
    seed: int = 0,
) -> list[Generation]:
    """Search from ``start`` (n,) for parameters with a larger score; one record a generation.

    The answer is the ``mean`` of the last record: the best single try owes its score to luck as
    well. ValueError for scores of another shape.
    """
    config = config or CrossEntropyConfig()
    rng = np.random.default_rng(validate.seed(seed))
    mean = np.asarray(start, float)
    spread = np.full(mean.shape, config.spread)
    found = []
    for number in range(1, config.generations + 1):
        noise = rng.normal(size=(config.population, len(mean)))
        tries = mean + spread * noise
        earned = np.asarray(scores(tries), float)
        if earned.shape != (config.population,):
            wanted = (config.population,)
            raise ValueError(f"scores have shape {earned.shape}; wanted one a try, {wanted}")
        best = np.argsort(-earned)[: config.elite]
        mean = tries[best].mean(axis=0)
        spread = np.maximum(tries[best].std(axis=0), config.least_spread)
        found.append(Generation(number, float(earned.mean()), mean))
    return found
