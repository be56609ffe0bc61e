"""What an engine must offer to be played through the PettingZoo environment."""

from typing import Any, Protocol

import numpy as np

from ..options import RangeOptions


class Backend(Protocol):
    """One CC4 world with D defenders: the fast engine, or the public simulator.

    It knows no agent names and no spaces; it deals in numbers, one row for each defender.
    """

    engine: str
    defenders: str
    options: RangeOptions
    steps: int
    """Nominal length of an episode; it ends after ``steps - 1`` ticks."""

    def reset(self, seed: int) -> np.record:
        """Begin the episode of that seed; returns its VISIBLE record."""

    def step(self, actions: np.ndarray, team_bits: np.ndarray) -> tuple[np.record, float]:
        """One tick; (D,) int64 indices and (D, 8) uint8 of 0/1, which the caller has checked.

        Returns the VISIBLE record and the team reward.
        """

    def masks(self) -> np.ndarray:
        """(D, 242) bool action masks of the episode."""

    def statistics(self) -> np.record:
        """Counts of the episode so far, a STATISTICS record."""

    def counts(self) -> np.ndarray:
        """The backend's own STATISTICS (1,), to which the host priorities are added."""

    def truth(self) -> dict[str, Any]:
        """The true state, keys as `EpisodeRecord` names them."""
