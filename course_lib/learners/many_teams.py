"""Hundreds of teams of two agents at once, each on its own, in a game of one move.

What `mappo` does with networks is done here with a table of preferences for each agent, so that
what happens to one team in ten is seen in a second. With one pass over each batch the clip of PPO
never acts, and where all states are alike the critic is the mean of the batch.
"""

from dataclasses import dataclass

import numpy as np

from course_lib.array_checks import numbers
from course_lib.validate import (
    choice,
    counts,
    instance,
    not_negative,
    positive,
    probabilities,
    seed,
)

NOISES = ("own", "same")
ADAM_MEAN, ADAM_SQUARE, ADAM_LEAST = 0.9, 0.999, 1e-5


@dataclass(frozen=True)
class ManyTeamsConfig:
    """How all the teams learn. Raises ValueError for values out of range."""

    teams: int = 500
    """How many there are; none hears of another."""
    updates: int = 100
    """Steps of the optimiser, each on a batch of its own."""
    batch: int = 32
    """Joint actions a team tries for an update."""
    learning_rate: float = 0.1
    """Step size of Adam."""
    ent_coef: float = 0.01
    """How much randomness of a policy is worth, in units of normalised advantage."""
    advantage_noise: float = 0.0
    """Share of every advantage that is not the advantage but a number, drawn once (Hu et al.
    2021)."""
    noise: str = "own"
    """Whether each agent has a number of its "own", or both the "same"."""
    seed: int = 0
    """Fixes the noise and every batch."""

    def __post_init__(self) -> None:
        counts(self, "teams", "updates", "batch")
        positive(self, "learning_rate")
        not_negative(self, "ent_coef")
        probabilities(self, "advantage_noise")
        choice("noise", self.noise, NOISES)
        seed(self.seed)


def train_teams(payoffs: np.ndarray, config: ManyTeamsConfig | None = None) -> np.ndarray:
    """Train every team; what each earns by its first choices, (teams,) points.

    Args:
        payoffs: (A, A) the team's payoff of each joint action.
        config: how to learn.

    Raises:
        ValueError: for payoffs that are no square table, or a config that is none.
    """
    config = ManyTeamsConfig() if config is None else config
    instance("config", config, ManyTeamsConfig, "ManyTeamsConfig() is one")
    payoffs = numbers("payoffs", payoffs)
    if payoffs.ndim != 2 or payoffs.shape[0] != payoffs.shape[1]:
        raise ValueError(f"payoffs must be a square table of two agents, not {payoffs.shape}")
    rng = np.random.default_rng(config.seed)
    preferences = np.zeros((config.teams, 2, len(payoffs)))
    noise = rng.normal(size=(config.teams, 2, 1))
    if config.noise == "same":
        noise[:, 1] = noise[:, 0]
    mean = np.zeros_like(preferences)
    square = np.zeros_like(preferences)
    for update in range(1, config.updates + 1):
        policies = softmax(preferences)
        tried = tried_shares(policies, config.batch, rng)
        uphill = gradient(policies, tried, payoffs, noise, config)
        mean = ADAM_MEAN * mean + (1 - ADAM_MEAN) * uphill
        square = ADAM_SQUARE * square + (1 - ADAM_SQUARE) * uphill**2
        length = np.sqrt(square / (1 - ADAM_SQUARE**update)) + ADAM_LEAST
        preferences += config.learning_rate * mean / (1 - ADAM_MEAN**update) / length
    first, second = preferences.argmax(axis=-1).T
    return payoffs[first, second]


def softmax(preferences: np.ndarray) -> np.ndarray:
    """Probabilities over the last axis."""
    grown = np.exp(preferences - preferences.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def tried_shares(policies: np.ndarray, batch: int, rng: np.random.Generator) -> np.ndarray:
    """Share of the batch (teams, A, A) that tried each joint action, drawn from both policies."""
    teams, _, actions = policies.shape
    joint = policies[:, 0, :, None] * policies[:, 1, None, :]
    counts = rng.multinomial(batch, joint.reshape(teams, -1))
    return counts.reshape(teams, actions, actions) / batch


def gradient(
    policies: np.ndarray,
    tried: np.ndarray,
    payoffs: np.ndarray,
    noise: np.ndarray,
    config: ManyTeamsConfig,
) -> np.ndarray:
    """Of MAPPO's objective with respect to the preferences, (teams, 2, A).

    Args:
        policies: (teams, 2, A) probabilities.
        tried: (teams, A, A) share of the batch that tried each joint action.
        payoffs: (A, A).
        noise: (teams, 2, 1) what is mixed into each agent's advantages.
        config: see `ManyTeamsConfig`.
    """
    expected = (tried * payoffs).sum(axis=(1, 2), keepdims=True)
    variance = (tried * (payoffs - expected) ** 2).sum(axis=(1, 2), keepdims=True)
    advantages = tried * (payoffs - expected) / (np.sqrt(variance) + 1e-8)
    share = config.advantage_noise
    praised = (1 - share) * by_action(advantages) + share * noise * by_action(tried)
    # More of what was praised, at the cost of all actions alike.
    uphill = praised - policies * praised.sum(axis=-1, keepdims=True)
    logs = np.log(np.maximum(policies, 1e-300))
    randomness = -(policies * logs).sum(axis=-1, keepdims=True)
    return uphill - config.ent_coef * policies * (logs + randomness)


def by_action(table: np.ndarray) -> np.ndarray:
    """(teams, A, A) -> (teams, 2, A): sums over what the other agent did."""
    of_first = table.sum(axis=2)
    of_second = table.sum(axis=1)
    return np.stack([of_first, of_second], axis=1)
