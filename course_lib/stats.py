"""Intervals, contrasts and equivalence of mean scores, with numpy alone.

A score of one episode or of one training run is a single noisy number. The functions here say how
far a mean of such numbers can be trusted, and return small frozen records, so that a lesson can
print them and a report can store them with ``dataclasses.asdict``.

Sources: Student's t interval and Welch's unequal-variance test are textbook material; the two
one-sided tests follow Schuirmann (1987).
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib import array_checks, validate

MOST_FREEDOM = 1e12
"""Degrees of freedom, at most: long before, the t distribution is the normal one."""
QUADRATURE_NODES = 200
"""Gauss-Legendre nodes: relative error of the t distribution below 1e-10 for |t| < 40."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(QUADRATURE_NODES)


@dataclass(frozen=True)
class Interval:
    """Mean of one sample with its confidence interval, in the unit of the sample."""

    mean: float
    std: float
    """Sample standard deviation (ddof 1); nan for a single value."""
    low: float
    high: float
    """Ends of the interval; infinite for a single value, which says nothing about its spread."""
    n: int

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2

    def __str__(self) -> str:
        return f"{self.mean:.1f} [{self.low:.1f}, {self.high:.1f}] (n = {self.n})"


@dataclass(frozen=True)
class Contrast:
    """Mean difference ``a - b`` of paired values, in the unit of the values."""

    difference: float
    std: float
    """Sample standard deviation of the differences."""
    low: float
    high: float
    p_value: float
    """Two-sided, against a mean difference of zero."""
    n: int

    def __str__(self) -> str:
        return f"{self.difference:+.0f} [{self.low:+.0f}, {self.high:+.0f}]"


@dataclass(frozen=True)
class Equivalence:
    """Outcome of two one-sided tests: are two means closer than a margin?"""

    difference: float
    """mean(a) - mean(b)."""
    low: float
    high: float
    """Ends of the 90 % interval of the difference; inside the margin means equivalent at 5 %."""
    margin: float
    p_value: float
    """The larger of the two one-sided p values."""
    equivalent: bool


def t_cdf(t: float, freedom: float) -> float:
    """Distribution function of Student's t with ``freedom`` >= 1 degrees of freedom (a real
    number).

    With ``t = sqrt(freedom) * tan(angle)`` the density becomes ``cos(angle) ** (freedom - 1)``,
    which is smooth and has finite ends, so that fixed Gauss-Legendre quadrature is exact enough.
    """
    validate.in_range("degrees of freedom", freedom, 1, MOST_FREEDOM)
    if not validate.is_number(t) or math.isnan(t):
        raise ValueError(f"t={validate.shown(t)} is not a number")
    angle = math.atan(t / math.sqrt(freedom))
    points = angle / 2 * (_NODES + 1)
    area = angle / 2 * float(_WEIGHTS @ np.cos(points) ** (freedom - 1))
    upper = math.lgamma((freedom + 1) / 2)
    lower = math.lgamma(freedom / 2)
    log_scale = upper - lower - math.log(math.pi) / 2
    return min(max(0.5 + math.exp(log_scale) * area, 0.0), 1.0)


def t_quantile(probability: float, freedom: float) -> float:
    """Value below which Student's t stays with ``probability``, by bisection.

    ValueError unless ``probability`` lies strictly between 0 and 1 and ``freedom`` is at least 1.
    """
    validate.in_range("probability", probability, above=0, below=1)
    if probability < 0.5:
        return -t_quantile(1 - probability, freedom)
    low, high = 0.0, 1.0
    while t_cdf(high, freedom) < probability:
        high *= 2
        if high > 1e9:
            raise ValueError(f"probability {probability} is too close to 1; use at most 1 - 1e-9")
    for _ in range(80):
        middle = (low + high) / 2
        if t_cdf(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def mean_interval(x: ArrayLike, level: float = 0.95) -> Interval:
    """Mean of ``x`` (n,) with its t interval at ``level``.

    One value gives an infinite interval. An empty sample or one with nan raises ValueError.
    """
    values = _sample(x, "x")
    _check_level(level)
    mean = float(values.mean())
    n = len(values)
    if n == 1:
        return Interval(mean, math.nan, -math.inf, math.inf, 1)
    std = float(values.std(ddof=1))
    error = std / math.sqrt(n)
    half = t_quantile((1 + level) / 2, n - 1) * error
    return Interval(mean, std, mean - half, mean + half, n)


def paired_contrast(a: ArrayLike, b: ArrayLike, level: float = 0.95) -> Contrast:
    """Difference ``a - b`` of values that belong together pairwise, e.g. two policies on the same
    seeds.

    ``a`` and ``b`` are (n,) with n >= 2; the interval is Student's t on the n differences. Pairing
    removes the spread that both share, and is wrong for samples that have nothing to do with each
    other.
    """
    first = _sample(a, "a")
    second = _sample(b, "b")
    if len(first) != len(second):
        raise ValueError(f"paired values need equal lengths, got {len(first)} and {len(second)}")
    if len(first) < 2:
        raise ValueError("a paired contrast needs at least 2 pairs")
    difference = first - second
    interval = mean_interval(difference, level)
    error = interval.std / math.sqrt(interval.n)
    p_value = min(1.0, 2 * _upper_tail(abs(interval.mean), error, interval.n - 1))
    return Contrast(interval.mean, interval.std, interval.low, interval.high, p_value, interval.n)


def welch_tost(a: ArrayLike, b: ArrayLike, margin: float) -> Equivalence:
    """Are the means of two independent samples closer than ``margin``, at the 5 % level?

    Two one-sided Welch tests (variances may differ, n >= 2 each). ``margin`` > 0 is in the unit of
    the values. "Not equivalent" may also mean that the samples are too small to tell: look at the
    interval.
    """
    first = _sample(a, "a")
    second = _sample(b, "b")
    if min(len(first), len(second)) < 2:
        raise ValueError("an equivalence test needs at least 2 values in each sample")
    validate.in_range("margin", margin, above=0)
    difference = float(first.mean() - second.mean())
    error, freedom = _welch_error(first, second)
    half = t_quantile(0.95, freedom) * error
    not_below = _upper_tail(difference + margin, error, freedom)  # a lies a margin below b?
    not_above = _upper_tail(margin - difference, error, freedom)  # a lies a margin above b?
    p_value = max(not_below, not_above)
    return Equivalence(
        difference=difference,
        low=difference - half,
        high=difference + half,
        margin=float(margin),
        p_value=p_value,
        equivalent=p_value < 0.05,
    )


class Difference(NamedTuple):
    """Difference of the means of two independent samples with its confidence interval."""

    difference: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def welch_difference(a: ArrayLike, b: ArrayLike, level: float = 0.95) -> Difference:
    """mean(a) - mean(b) of independent samples (n >= 1 each) with Welch's t interval.

    The interval is infinite if one of them has a single value.
    """
    _check_level(level)
    first = _sample(a, "a")
    second = _sample(b, "b")
    difference = float(first.mean() - second.mean())
    if min(len(first), len(second)) < 2:
        return Difference(difference, -math.inf, math.inf)
    error, freedom = _welch_error(first, second)
    half = t_quantile(0.5 + level / 2, freedom) * error
    return Difference(difference, difference - half, difference + half)


def welch_p_value(a: ArrayLike, b: ArrayLike) -> float:
    """Two-sided p-value of Welch's test that two independent samples have the same mean.

    ValueError for fewer than two numbers in a sample.
    """
    one, other = _sample(a, "a"), _sample(b, "b")
    if min(len(one), len(other)) < 2:
        raise ValueError("a p-value needs at least two numbers in each sample")
    error, freedom = _welch_error(one, other)
    difference = float(one.mean() - other.mean())
    return 2 * _upper_tail(abs(difference), error, freedom)


def bootstrap_interval(
    differences: ArrayLike,
    level: float = 0.95,
    resamples: int = 4000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile interval of the mean of (S, K) differences by a hierarchical bootstrap.

    The S rows are seeds, the K columns what was measured with each seed (episodes, zones). A
    resample draws S rows with replacement, and K values within each drawn row; so the interval
    holds the spread between seeds and the one within them. Resampling single values instead would
    count K values of one seed as K seeds. With a handful of seeds it is somewhat too narrow; the t
    interval over the row means (`mean_interval`) is the safer one to judge by.

    ValueError for fewer than 2 rows, or values that are not finite.
    """
    _check_level(level)
    resamples = validate.whole_number("resamples", resamples, 100, 1_000_000)
    values = array_checks.numbers("differences", differences, None, None)
    rows, columns = values.shape
    if rows < 2 or not columns:
        raise ValueError(f"a bootstrap needs at least 2 seeds with a value each, got {rows} seeds")
    rng = np.random.default_rng(validate.seed(seed))
    means = np.empty(resamples)
    for number in range(resamples):
        drawn = rng.integers(rows, size=(rows, 1))
        within = rng.integers(columns, size=(rows, columns))
        means[number] = values[drawn, within].mean()
    low, high = np.quantile(means, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def wilson_interval(
    wins: int,
    runs: int,
    level: float = 0.95,
) -> tuple[float, float]:
    """Confidence interval of a share, sensible also for 0 and all (Wilson, 1927).

    ValueError unless ``0 <= wins <= runs``, ``runs >= 1`` and ``0 < level < 1``.
    """
    validate.whole_number("runs", runs, 1)
    validate.whole_number("wins", wins, 0, runs)
    _check_level(level)
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = wins / runs
    weight = z * z / runs
    middle = (share + weight / 2) / (1 + weight)
    variance = share * (1 - share) / runs + weight / (4 * runs)
    half = z / (1 + weight) * math.sqrt(variance)
    return max(0.0, middle - half), min(1.0, middle + half)


def _sample(x: ArrayLike, name: str) -> np.ndarray:
    values = array_checks.numbers(name, x)
    if values.ndim != 1 or not len(values):
        wanted = "a one-dimensional sample with at least 1 value"
        raise ValueError(f"{name} must be {wanted}, got shape {values.shape}")
    return values


def _check_level(level: float) -> None:
    validate.in_range("level (0.95 is usual)", level, above=0, below=1)


def _welch_error(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Standard error of mean(a) - mean(b) and the Welch-Satterthwaite degrees of freedom."""
    part_a = a.var(ddof=1) / len(a)
    part_b = b.var(ddof=1) / len(b)
    total = part_a + part_b
    if total == 0:
        return 0.0, float(len(a) + len(b) - 2)
    spread_a = part_a**2 / (len(a) - 1)
    spread_b = part_b**2 / (len(b) - 1)
    freedom = total**2 / (spread_a + spread_b)
    return math.sqrt(total), max(1.0, float(freedom))  # it is at least 1 but for rounding


def _upper_tail(distance: float, error: float, freedom: float) -> float:
    """Probability that ``error * t`` exceeds ``distance``; without spread 0, 1, or 1/2 at zero."""
    if error == 0:
        return 0.5 * (1 - float(np.sign(distance)))
    return t_cdf(-distance / error, freedom)
