"""Opponent models: what the other side will do next, learned from what it did.

Two sizes. `HabitModel` counts, for each situation, how often each action followed; old counts fade,
because an opponent may change. `ActionPredictor` is a small network from observations to the
chances of the next action, for situations that are too many to be counted.

Either answers with *probabilities*. How good they are is measured in bits: the mean of
-log2 p(what really came). A model that knows nothing but how often each action comes up in general
sets the mark to beat.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from course_lib.array_checks import numbers, whole_numbers
from course_lib.validate import (
    check_kinds,
    counts,
    in_range,
    instance,
    positive,
    seed,
    whole_number,
)

from .networks import mlp, seeded

LARGEST_TABLE = 10_000
"""Situations, actions or features, at most."""


class HabitModel:
    """Counts of the next action in each situation, with forgetting.

    Args:
        situations: S.
        actions: A.
        prior: count that every action begins with; large is slow to believe.
        memory: factor for all counts of a situation when it comes up again; 1 never forgets.
    """

    def __init__(
        self, situations: int, actions: int, prior: float = 0.5, memory: float = 1.0
    ) -> None:
        self.prior = in_range("prior", prior, above=0)
        self.memory = in_range(
            "memory",
            memory,
            above=0,
            high=1,
        )
        rows = whole_number("situations", situations, 1, LARGEST_TABLE)
        columns = whole_number("actions", actions, 1, LARGEST_TABLE)
        self.counts = np.zeros((rows, columns))

    def observe(
        self,
        situation: int,
        action: int,
    ) -> None:
        """In this situation the opponent did that."""
        self.counts[situation] *= self.memory
        self.counts[situation, action] += 1

    def probabilities(self, situation: int) -> np.ndarray:
        """(A,) chances of the next action."""
        weighed = self.counts[situation] + self.prior
        return weighed / weighed.sum()


def best_response(chances: np.ndarray, importance: np.ndarray) -> int:
    """The host to watch: the largest chance times importance, of equals the first."""
    worth = numbers("chances", chances, None) * numbers("importance", importance, len(chances))
    return int(np.argmax(worth))


@dataclass(frozen=True)
class PredictorConfig:
    """Size and training of a predictor."""

    hidden: int = 32
    """Nodes of its hidden layer."""
    learning_rate: float = 3e-3
    """Step size of Adam."""
    batch_size: int = 512
    """Examples of a gradient step."""
    steps: int = 600
    """Gradient steps."""
    seed: int = 0
    """Fixes weights and batches."""

    def __post_init__(self) -> None:
        check_kinds(self)
        counts(self, "hidden", "batch_size", "steps")
        positive(self, "learning_rate")
        seed(self.seed)


class ActionPredictor:
    """A network from F features to the chances of A next actions.

    Args:
        features: F.
        actions: A.
        config: size and training.
    """

    def __init__(
        self,
        features: int,
        actions: int,
        config: PredictorConfig | None = None,
    ) -> None:
        self.config = PredictorConfig() if config is None else config
        instance("config", self.config, PredictorConfig, "PredictorConfig() has the defaults")
        inputs = whole_number("features", features, 1, LARGEST_TABLE)
        outputs = whole_number("actions", actions, 1, LARGEST_TABLE)
        with seeded(self.config.seed):
            sizes = (inputs, self.config.hidden, outputs)
            self.network = mlp(
                sizes,
                last_gain=0.01,
                activation=nn.ReLU,
            )

    def fit(
        self,
        features: np.ndarray,
        actions: np.ndarray,
    ) -> float:
        """Learn from (K, F) features and the (K,) actions that followed; returns the last loss,
        nats."""
        inputs = torch.as_tensor(np.asarray(features, np.float32))
        targets = torch.as_tensor(np.asarray(actions, np.int64))
        optimiser = torch.optim.Adam(self.network.parameters(), self.config.learning_rate)
        generator = torch.Generator().manual_seed(self.config.seed)
        loss = torch.zeros(())
        for _ in range(self.config.steps):
            size = (self.config.batch_size,)
            chosen = torch.randint(
                len(inputs),
                size,
                generator=generator,
            )
            loss = nn.functional.cross_entropy(self.network(inputs[chosen]), targets[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return loss.item()

    @torch.no_grad()
    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """(K, A) chances of the next action."""
        inputs = torch.as_tensor(np.asarray(features, np.float32))
        return torch.softmax(self.network(inputs), dim=-1).numpy()


def bits(probabilities: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """(K,) surprise of each action that really came, -log2 of its (K, A) probability."""
    probabilities = numbers("probabilities", probabilities, None, None)
    actions = whole_numbers("actions", actions, len(probabilities))
    if ((actions < 0) | (actions >= probabilities.shape[1])).any():
        raise ValueError(f"an action is none of 0 to {probabilities.shape[1] - 1}")
    rows = np.arange(len(actions))
    return -np.log2(
        np.clip(
            probabilities[rows, actions],
            1e-12,
            1.0,
        )
    )
