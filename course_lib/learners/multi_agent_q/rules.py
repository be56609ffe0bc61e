"""How far a table value moves after a surprise: the one line in which the tabular methods differ.

A *rule* is anything that can be called as ``rule(error, visits, luck)`` and returns step sizes:

- ``error`` float, any shape: target minus current value of the entries just used;
- ``visits`` float, same shape: how often each entry was used before (a use shared by half counts
    half);
- ``luck`` float in [0, 1), same shape: fresh random numbers, for rules that draw lots;
- result float, same shape: the value moves by ``result * error``.

A plain function of this form is a rule too, so that a reader's own update plugs in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from course_lib.validate import in_range


def _check_share(name: str, value: float) -> None:
    in_range(f"{name} (the share of the error that is learned)", value, high=1, above=0)


@dataclass(frozen=True)
class Plain:
    """Ordinary Q-learning: good and bad surprises count the same (Watkins, 1989)."""

    alpha: float = 0.1
    """Share of every error that is learned."""

    def __post_init__(self) -> None:
        _check_share("alpha", self.alpha)

    def __call__(self, error: np.ndarray, visits: np.ndarray, luck: np.ndarray) -> np.ndarray:
        return np.full_like(error, self.alpha)


@dataclass(frozen=True)
class Hysteretic:
    """Slow to believe bad news: it may be the partner's exploration (Matignon et al., 2007)."""

    alpha: float = 0.1
    """Share of a positive error that is learned."""
    beta: float = 0.01
    """Share of a negative error that is learned; at most alpha."""

    def __post_init__(self) -> None:
        _check_share("alpha", self.alpha)
        in_range("beta", self.beta, 0, self.alpha)

    def __call__(self, error: np.ndarray, visits: np.ndarray, luck: np.ndarray) -> np.ndarray:
        return np.where(error >= 0, self.alpha, self.beta)


@dataclass(frozen=True)
class Distributed:
    """Optimistic: a value is the best ever seen and is never lowered (Lauer & Riedmiller, 2000).

    Sound only without chance, and only when the first values lie below all that can be earned.
    """

    def __call__(self, error: np.ndarray, visits: np.ndarray, luck: np.ndarray) -> np.ndarray:
        return np.where(error > 0, 1.0, 0.0)


@dataclass(frozen=True)
class Lenient:
    """Forgives bad news while an entry is new, later not, in the form of Palmer et al. (2018).

    The idea is older (Panait et al., 2008; Wei & Luke, 2016, with another curve).

    The temperature of an entry is ``temperature * cooling ** visits``; a negative error is ignored
    with probability ``1 - exp(-moderation * temperature)``.
    """

    alpha: float = 0.1
    """Share of an error that is learned, when it is learned."""
    temperature: float = 50.0
    """Temperature of an entry that was never used."""
    cooling: float = 0.9997
    """Factor per use of the entry, below 1."""
    moderation: float = 1.0
    """How much leniency a temperature gives."""

    def __post_init__(self) -> None:
        _check_share("alpha", self.alpha)
        in_range("temperature", self.temperature, above=0)
        in_range("moderation", self.moderation, above=0)
        # With a cooling of 1 leniency would never end.
        in_range("cooling", self.cooling, above=0, below=1)

    def leniency(self, visits: ArrayLike) -> np.ndarray:
        """Probability that a negative error is ignored after ``visits`` uses of an entry; same
        shape."""
        temperature = self.temperature * self.cooling ** np.asarray(visits, dtype=float)
        return 1 - np.exp(-self.moderation * temperature)

    def __call__(self, error: np.ndarray, visits: np.ndarray, luck: np.ndarray) -> np.ndarray:
        learns = (error >= 0) | (luck >= self.leniency(visits))
        return np.where(learns, self.alpha, 0.0)
