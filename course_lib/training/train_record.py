"""What a training says of one iteration."""

from dataclasses import dataclass, field

import numpy as np

from .ppo_update import Diagnostics


@dataclass
class TrainRecord:
    """One iteration."""

    iteration: int
    steps: int
    """Environment steps so far."""
    scores: np.ndarray
    """Official scores of the episodes that ended in this iteration; they began up to 498 ticks
    earlier."""
    terms: dict[str, float]
    """Mean reward per tick and zone, by term."""
    groups: dict[str, Diagnostics]
    decisions_by_group: dict[str, int]
    """Samples learned from, by group."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall time by part: engine, team, update."""

    @property
    def decisions(self) -> int:
        """Samples learned from."""
        return sum(self.decisions_by_group.values())

    @property
    def score(self) -> float:
        """Mean official score, nan if no episode ended."""
        return float(np.mean(self.scores)) if len(self.scores) else float("nan")
