"""What one iteration of a training of host-shared teams came to."""

from dataclasses import dataclass, field

import numpy as np

from .ppo_update import Diagnostics


@dataclass
class StrongRecord:
    """One iteration."""

    iteration: int
    steps: int
    """Environment steps so far."""
    scores: np.ndarray
    """(E,) official scores of this iteration's episodes."""
    defended: np.ndarray
    """(E,) their defended part: own zones and Restores."""
    groups: dict[str, Diagnostics]
    """Diagnostics of the leaves and of each level of commanders."""
    decisions_by_group: dict[str, int]
    """Samples learned from, by group."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall time by part: rollout, update, commanders."""

    @property
    def terms(self) -> dict[str, float]:
        """Mean defended part of an episode, for the learning curve."""
        return {"defended": float(np.mean(self.defended))}

    @property
    def decisions(self) -> int:
        """Samples learned from."""
        return sum(self.decisions_by_group.values())

    @property
    def score(self) -> float:
        """Mean official score."""
        return float(np.mean(self.scores))
