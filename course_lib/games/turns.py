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


def nothing_seen(episodes: int, agents: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Observations (E, N, ``size``) and links (E, N, N) of a step in which nobody sees or hears
    anything yet, float32."""
    observations = np.zeros((episodes, agents, size), np.float32)
    hears = np.zeros((episodes, agents, agents), np.float32)
    return observations, hears
