"""What one step of a game with messages gives its players."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Turn:
    """One step of E episodes of N agents."""

    observations: np.ndarray
    """(E, N, F) float32: what each agent sees."""
    hears: np.ndarray
    """(E, N, N) float32, listener x speaker: 1 where a listener now hears what the speaker said in
    the step before."""
    rewards: np.ndarray
    """(E, N) float32: points of the step that led here."""
    over: np.ndarray
    """(E,) bool: the episode has ended."""
