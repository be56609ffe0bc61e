"""Red behaviours as tables: which action in which belief state, and how a host is chosen (sections
5.2, 5.9).

``finite-state`` is the agent of the official evaluation. ``aggressive`` and ``stealthy`` differ
from it only in how they scan; ``impact-hungry`` never degrades; ``random`` has no beliefs at all;
``idle`` never acts. ``policy`` does what it is told in each tick (`envs.red_seat.RedSeat`), and
nothing where nobody tells it.
"""

from dataclasses import dataclass, field

import numpy as np

from .constants import RED_ACTIONS

STATES = ("unknown", "K", "KD", "S", "SD", "U", "UD", "R", "RD", "F")
SHORT_NAMES = ("DRS", "ASD", "SSD", "DD", "EXP", "PE", "IMP", "DEG", "WD", "SLEEP")


@dataclass(frozen=True)
class RedTable:
    """One behaviour of the red agents."""

    actions: dict = field(default_factory=dict)
    """Belief state -> {short action name: probability}; each row sums to 1."""
    two_stage: bool = False
    """True: draw a state by its weight, then a host in that state; False: a host uniformly."""
    weights: dict = field(default_factory=dict)
    """Belief state -> weight for the two-stage choice."""
    server_preference: float = 0.0
    """Probability that the two-stage choice prefers a host known by name to be a server."""
    believes: bool = True
    """False: no belief states; a random command with random known parameters each time."""
    obeys: bool = False
    """True: somebody else decides."""

    def action_chances(self) -> np.ndarray:
        """Probabilities, shape (10 states, 10 red actions), float64."""
        out = np.zeros((len(STATES), len(RED_ACTIONS)))
        for state, row in self.actions.items():
            for name, probability in row.items():
                out[STATES.index(state), SHORT_NAMES.index(name)] = probability
        return out

    def state_weights(self) -> np.ndarray:
        """Weights of the two-stage choice, shape (10 states,), float64."""
        return np.array([self.weights.get(state, 0.0) for state in STATES])


FINITE_STATE = {
    "K": {"DRS": 0.5, "ASD": 0.25, "SSD": 0.25},
    "KD": {"ASD": 0.5, "SSD": 0.5},
    "S": {"DRS": 0.25, "DD": 0.25, "EXP": 0.5},
    "SD": {"DD": 0.25, "EXP": 0.75},
    "U": {"DRS": 0.5, "PE": 0.5},
    "UD": {"PE": 1.0},
    "R": {"DRS": 0.5, "IMP": 0.25, "DEG": 0.25},
    "RD": {"IMP": 0.5, "DEG": 0.5},
}
DISCOVERY = {
    "K": {"DRS": 0.25, "ASD": 0.75},
    "KD": {"ASD": 1.0},
    "S": {"DRS": 0.25, "EXP": 0.75},
    "SD": {"EXP": 1.0},
    "U": {"PE": 1.0},
    "UD": {"PE": 1.0},
    "R": {"DRS": 1.0},
    "RD": {"IMP": 0.5, "DEG": 0.5},
}
RED_VARIANTS = {
    "finite-state": RedTable(FINITE_STATE),
    "discovery": RedTable(
        DISCOVERY,
        two_stage=True,
        weights={"K": 20, "KD": 20, "S": 20, "SD": 20, "U": 10, "UD": 10},
        server_preference=0.75,
    ),
    "aggressive": RedTable({**FINITE_STATE, "K": {"DRS": 0.5, "ASD": 0.5}, "KD": {"ASD": 1.0}}),
    "stealthy": RedTable({**FINITE_STATE, "K": {"DRS": 0.5, "SSD": 0.5}, "KD": {"SSD": 1.0}}),
    "impact-hungry": RedTable({**FINITE_STATE, "R": {"IMP": 1.0}, "RD": {"IMP": 1.0}}),
    "random": RedTable(believes=False),
    "idle": RedTable(),
    "policy": RedTable(obeys=True),
}
"""Name -> table. Three of four scans of ``aggressive`` are detectable, one of four of
``stealthy``."""
