"""Lesson 02: the river for many episodes at once, for REINFORCE; whom six hosts listen to; and what
its figures show."""

import numpy as np
import torch

from course_lib.games.fleet import FEATURES, IMPORTANCE
from course_lib.games.markov import MarkovGame
from course_lib.learners.entity_policy import EntityPolicy

FIGURES = {
    "regret": "Regret against episodes, both axes logarithmic. Epsilon-greedy Q-learning and "
    "UCB-VI with the bonus of the paper follow the straight line of losing everything. UCB-VI with "
    "c = 0.1 leaves the line within the first hundred episodes and ends near a thousand points.",
    "memory": "Score while learning against training ticks for three policies. With an alarm that "
    "stays, the score rises fast to nearly zero. With an alarm seen once, the policy without "
    "memory stays clearly below, and the policy with memory ends in between, nearer to the top.",
    "reinforce": "Expected points per episode against episodes played, six seeds each. Learners "
    "that begin by pushing in half of the ticks climb to the best plan's 3.4 points; learners that "
    "begin by pushing in 5 % of them stay at the tickets' 0.1.",
}
"""Alternative texts of the figures."""


def chances(scores: np.ndarray) -> np.ndarray:
    """Softmax over the last axis: scores of actions become their probabilities."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def moving_mean(curves: list[list[float]], width: int) -> np.ndarray:
    """Mean of ``width`` points at a time, curve by curve: (R, T) become (R, T - width + 1)."""
    window = np.ones(width) / width
    return np.array([np.convolve(curve, window, "valid") for curve in curves])


def play_river(
    river: MarkovGame, chance: np.ndarray, episodes: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Play whole episodes from stage 0, all at once.

    Args:
        chance: (S, 2) probability of each action in each stage.

    Returns:
        stages and actions, both (H, episodes) int, and what was still to come from each tick on,
        (H, episodes) points.
    """
    below = river.transitions.cumsum(axis=-1)
    at = np.zeros(episodes, dtype=int)
    stages, actions, rewards = [], [], []
    for _ in range(river.horizon):
        action = (rng.random(episodes) < chance[at, 1]).astype(int)
        stages.append(at)
        actions.append(action)
        rewards.append(river.rewards[at, action])
        drawn = rng.random(episodes)
        at = (drawn[:, None] > below[at, action]).sum(axis=1)
    to_come = np.cumsum(rewards[::-1], axis=0)[::-1]
    return np.array(stages), np.array(actions), to_come


def expected_points(river: MarkovGame, chance: np.ndarray) -> float:
    """Exact points of an episode from stage 0, for a policy that draws its actions."""
    onward = np.einsum("sa,sat->st", chance, river.transitions)
    paid = (chance * river.rewards).sum(axis=1)
    values = np.zeros(len(paid))
    for _ in range(river.horizon):
        values = paid + onward @ values
    return float(values[0])


SIX = (
    (5, "alarm", 0),
    (1, "clean", 0),
    (2, "patched", 1),
    (2, "clean", 1),
    (1, "alarm", 2),
    (5, "patched", 2),
)
"""Importance, look and zone of six hosts: the fleet that `viz.draw_fleet` shows."""
SIX_HOSTS = tuple(f"{importance}, {look}" for importance, look, _ in SIX)
LISTENING = (
    "A square of attention over six hosts, a row for each host that listens. The column of the "
    "important host with an alarm is the brightest."
)


def listening(policy: EntityPolicy) -> np.ndarray:
    """(6, 6) who listens to whom among `SIX`, rows add up to 1."""
    table = np.zeros((1, len(SIX), len(FEATURES)), np.float32)
    for row, (importance, look, zone) in enumerate(SIX):
        table[0, row, FEATURES.index("present")] = 1
        table[0, row, FEATURES.index("importance")] = importance / max(IMPORTANCE)
        table[0, row, FEATURES.index(f"zone {zone}")] = 1
        if look != "clean":
            table[0, row, FEATURES.index(look)] = 1
    return policy.listens_to(torch.as_tensor(table))[0].numpy()
