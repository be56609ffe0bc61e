"""How much do two things that were counted together tell about each other?

Plug-in estimates from counts, in bits. They are biased upwards: two variables that have nothing to
do with each other share some information in every finite sample. So every figure stands beside what
chance alone gives, by permutation: the same figures with the pairing broken.
(For probes of teams by such figures: Tessera and others, AAMAS 2026, arXiv 2602.20804.)
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib import array_checks
from course_lib.validate import seed as checked_seed
from course_lib.validate import whole_number

MOST_PERMUTATIONS = 1_000_000


class Information(NamedTuple):
    """An amount of information, and what chance gives."""

    bits: float
    """Plug-in estimate."""
    null: float
    """Its mean over permutations."""
    null_high: float
    """95 % of the permutations stay below."""
    p_value: float
    """Share of permutations, the sample itself counted, that reach the estimate."""

    @property
    def excess(self) -> float:
        """Bits above the mean of the permutations."""
        return self.bits - self.null


def labels(*columns: ArrayLike) -> np.ndarray:
    """(n,) one whole number from 0 for each different row of the columns, each (n,) or (n, k).

    ValueError if the columns differ in length, are empty, or hold no numbers.
    """
    wide = []
    for column in columns:
        array = array_checks.numbers("what was observed", column)
        if array.ndim not in (1, 2) or not array.size:
            raise ValueError(f"observations are (n,) or (n, k), not of shape {array.shape}")
        wide.append(array.reshape(len(array), -1))
    if len({len(column) for column in wide}) > 1:
        raise ValueError("the columns are of different lengths")
    rows = np.concatenate(wide, axis=1)
    return np.unique(
        rows,
        axis=0,
        return_inverse=True,
    )[1].reshape(-1)


def entropy(x: ArrayLike) -> float:
    """H(X) in bits, from observations (n,) or (n, k)."""
    counts = np.bincount(labels(x))
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log2(share)).sum())


def mutual_information(x: ArrayLike, y: ArrayLike) -> float:
    """I(X; Y) = H(X) + H(Y) - H(X, Y) in bits; 0 where one tells nothing about the other."""
    return entropy(x) + entropy(y) - entropy(labels(x, y))


def tested_information(
    x: ArrayLike,
    y: ArrayLike,
    given: ArrayLike | None = None,
    permutations: int = 200,
    seed: int = 0,
) -> Information:
    """I(X; Y) or I(X; Y | Z) beside its permutation null: Y is shuffled, within equal Z.

    Args:
        x: observations (n,) or (n, k).
        y: the same number of them.
        given: what is known already, or None.
        permutations: at least 20.
        seed: of the permutations.
    """
    whole_number("permutations", permutations, 20, MOST_PERMUTATIONS)
    seed = checked_seed(seed)
    x, y = labels(x), labels(y)
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} observations, y has {len(y)}")
    z = np.zeros(len(x), int) if given is None else labels(given)
    x_with_z = labels(x, z)
    found = _information(x_with_z, y, z)
    rng = np.random.default_rng(seed)
    by_group = np.argsort(z, kind="stable")
    by_chance = []
    for _ in range(permutations):
        # Sorted by group, and by chance within a group: y keeps its frequencies in each group.
        order = np.lexsort((rng.random(len(z)), z))
        mixed = np.empty_like(y)
        mixed[by_group] = y[order]
        by_chance.append(_information(x_with_z, mixed, z))
    reached = 1 + sum(value >= found - 1e-12 for value in by_chance)
    p_value = reached / (1 + permutations)
    high = float(np.quantile(by_chance, 0.95))
    return Information(
        found,
        float(np.mean(by_chance)),
        high,
        p_value,
    )


def _information(
    x_with_z: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
) -> float:
    """I(X; Y | Z) from whole numbers: labels of (x, z), of y and of z."""
    kinds = int(y.max()) + 1
    y_with_z = z * kinds + y
    all_three = x_with_z * kinds + y
    parts = (_entropy_of(x_with_z), _entropy_of(y_with_z), _entropy_of(all_three), _entropy_of(z))
    return parts[0] + parts[1] - parts[2] - parts[3]


def _entropy_of(numbers: np.ndarray) -> float:
    counts = np.bincount(numbers)
    share = counts[counts > 0] / len(numbers)
    return float(-(share * np.log2(share)).sum())


def topographic_similarity(meanings: ArrayLike, words: ArrayLike) -> float:
    """Do similar meanings have similar words? The rank correlation of their distances.

    Distances are numbers of differing places (Hamming), over all pairs; the correlation is
    Spearman's (Brighton and Kirby, 2006). 1: the more alike, the more alike said.

    Args:
        meanings: (n, attributes) ints.
        words: (n, bits).

    Raises:
        ValueError: for fewer than two meanings, or another number of words.
    """
    meanings = array_checks.numbers("meanings", meanings, None, None)
    words = array_checks.numbers("words", words, len(meanings), None)
    whole_number("number of meanings", len(meanings), 2)
    apart = [_distances(table) for table in (meanings, words)]
    first, second = (_ranks(distances) for distances in apart)
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _distances(rows: np.ndarray) -> np.ndarray:
    places = np.triu_indices(len(rows), 1)
    return (rows[:, None] != rows[None]).sum(axis=-1)[places]


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 0; equal values share the mean of theirs."""
    _, which, counts = np.unique(
        values,
        return_inverse=True,
        return_counts=True,
    )
    last = np.cumsum(counts)
    return (last - (counts + 1) / 2)[which]
