"""Learning from a teacher who looks over the shoulder: DAgger, dataset aggregation.

A student that copies a teacher's games sees only the states that a good player reaches; after its
first mistake it stands where nobody ever showed it what to do, and mistakes add up with the square
of the time (Ross, Gordon and Bagnell 2011). So the *student* plays, and the teacher says in every
state what it would have done:

    round 1      the teacher plays everywhere
    round 2..    the teacher plays in a falling share of the games, then nowhere
    each round   minimise the cross entropy to what the teacher said, in the last rounds' states

Environment, teacher and student are handed in as one function that plays a round.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from course_lib.validate import check_kinds, counts, positive, probabilities


class Demonstrations(Protocol):
    """States of one round, with what the teacher said."""

    def __len__(self) -> int:
        """Number of decisions, or of episodes where a student with a memory learns whole ones."""
        ...

    def log_likelihood(self, chosen: Tensor) -> Tensor:
        """(B,) log-probability that the student, as it is now, does what the teacher said, for some
        decisions, or for all decisions of some episodes; it carries a gradient."""
        ...


Collect = Callable[[float], list[Demonstrations]]
"""Plays a round with the teacher acting in a share of the games."""


@dataclass(frozen=True)
class DaggerConfig:
    """How a student is taught."""

    rounds: int = 10
    """Rounds of playing and learning."""
    remembered: int = 6
    """Rounds whose states are learned from; older ones are forgotten."""
    update_epochs: int = 3
    """Passes over half of the remembered states, after each round."""
    minibatch_size: int = 2048
    """Decisions (or episodes, see `Demonstrations`) in a gradient step."""
    learning_rate: float = 1e-3
    """Of Adam, falling linearly towards 0 over the rounds."""
    second_share: float = 0.4
    """Share of the games that the teacher still plays in the second round."""
    share_step: float = 0.1
    """How much that share falls in each further round."""
    max_grad_norm: float = 1.0
    """Largest norm of a gradient."""

    def __post_init__(self) -> None:
        check_kinds(self)
        counts(self, "rounds", "remembered", "update_epochs", "minibatch_size")
        positive(self, "learning_rate", "max_grad_norm")
        probabilities(self, "second_share", "share_step")

    def teacher_share(self, number: int) -> float:
        """Share of the games that the teacher plays in a round, counted from 0."""
        if number == 0:
            return 1.0
        return max(0.0, self.second_share - self.share_step * (number - 1))


@dataclass(frozen=True)
class DaggerRound:
    """What one round came to."""

    number: int
    """Rounds done."""
    decisions: int
    """Decisions of this round."""
    agreement: float
    """Geometric mean of the probability that the student gave to the teacher's choice, in this
    round's states and before it learned from them."""
    loss: float
    """Mean cross entropy while learning, nats."""


class Dagger:
    """Teaches a student in place.

    Args:
        parameters: of the student.
        collect: plays a round.
        config: how it is taught.
        seed: orders the minibatches.
    """

    def __init__(
        self,
        parameters: Iterable[torch.nn.Parameter],
        collect: Collect,
        config: DaggerConfig | None = None,
        seed: int = 0,
    ):
        self.config = config or DaggerConfig()
        self.collect = collect
        self.parameters = list(parameters)
        self.optimiser = torch.optim.Adam(self.parameters, lr=self.config.learning_rate)
        self.generator = torch.Generator().manual_seed(seed)
        self.remembered: list[list[Demonstrations]] = []
        self.rounds_done = 0

    def run(self) -> Iterator[DaggerRound]:
        """All rounds, one after the other."""
        while self.rounds_done < self.config.rounds:
            yield self.step()

    def step(self) -> DaggerRound:
        """Play one round and learn."""
        config = self.config
        fresh = self.collect(config.teacher_share(self.rounds_done))
        decisions, agreement = self._agreement(fresh)
        self.remembered = [*self.remembered, fresh][-config.remembered :]
        left = 1 - self.rounds_done / config.rounds
        for group in self.optimiser.param_groups:
            group["lr"] = config.learning_rate * left
        losses = [
            self._learn(demonstrations)
            for _ in range(config.update_epochs)
            for played in self.remembered
            for demonstrations in played
        ]
        self.rounds_done += 1
        loss = sum(losses) / len(losses)
        return DaggerRound(self.rounds_done, decisions, agreement, loss)

    def _learn(self, demonstrations: Demonstrations) -> float:
        """One pass over half of some states; the mean loss."""
        order = torch.randperm(len(demonstrations), generator=self.generator)
        losses = []
        for decisions in order[: (len(order) + 1) // 2].split(self.config.minibatch_size):
            loss = -demonstrations.log_likelihood(decisions).mean()
            self.optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.parameters, self.config.max_grad_norm)
            self.optimiser.step()
            losses.append(float(loss.detach()))
        return sum(losses) / len(losses)

    @torch.no_grad()
    def _agreement(self, fresh: list[Demonstrations]) -> tuple[int, float]:
        """How many decisions there are, and `DaggerRound.agreement`."""
        count = 0
        total = 0.0
        for demonstrations in fresh:
            for chosen in torch.arange(len(demonstrations)).split(self.config.minibatch_size):
                log_likelihood = demonstrations.log_likelihood(chosen)
                count += len(log_likelihood)
                total += float(log_likelihood.sum())
        return count, float(torch.tensor(total / count).exp())
