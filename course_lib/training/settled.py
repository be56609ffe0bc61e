"""Learning from the reward alone, in two stages: fast from small batches, then steadily from large.

Far from a good policy many updates from few episodes learn most; near one the advantages are small
beside their noise, and the same steps lead back and forth. So a team that has learned as in
`strong` learns on with batches six times as large, a lower learning rate, a longer horizon, and new
critics. Nobody teaches it, and both stages are `StrongTrainer`.
"""

from collections.abc import Iterator
from typing import Any

from course_lib.hierarchy.defender import HierarchicalDefender

from .strong import StrongTrainer
from .strong_config import SettledConfig
from .strong_record import StrongRecord

SETTLING_EPISODES = 400_000_000
"""Episodes of the second stage are numbered from here on, so that no stage sees the other's."""


class SettledTrainer:
    """Trains a host-shared hierarchy in place, one stage after the other.

    Args:
        defender: see `host_play.require_host_shared`.
        config: how it is trained.
        seed: of minibatches, critics and episodes.
        options: of the range.
    """

    def __init__(
        self,
        defender: HierarchicalDefender,
        config: SettledConfig | None = None,
        seed: int = 0,
        **options: Any,
    ) -> None:
        self.defender, self.config, self.seed = defender, config or SettledConfig(), seed
        self.options = options
        self.learning = StrongTrainer(defender, self.config.learning, seed, **options)
        self.settling = StrongTrainer(
            defender, self.config.settling, seed, first_episode=SETTLING_EPISODES, **options
        )
        self.iteration = 0
        self.lengthened_at: list[int] = []
        """Iterations at which the training was made longer than planned."""

    @property
    def iterations(self) -> int:
        """Updates of both stages."""
        return self.learning.iterations + self.settling.iterations

    @property
    def steps_done(self) -> int:
        """Environment steps so far."""
        learned = min(self.iteration, self.learning.iterations)
        settled = self.iteration - learned
        return learned * self.learning.batch_steps + settled * self.settling.batch_steps

    @property
    def can_resume(self) -> bool:
        """Whether ``state_dict`` is enough to go on from here."""
        return True

    @property
    def _has_settled(self) -> bool:
        """Whether the second stage has learned anything yet."""
        return self.iteration > self.learning.iterations

    def state_dict(self) -> dict[str, dict]:
        """Weights and optimisers of the stage that learned last, and which it was."""
        stage = self.settling if self._has_settled else self.learning
        return stage.state_dict() | {"stage": {"settling": self._has_settled}}

    def load_state_dict(self, state: dict[str, dict]) -> None:
        """Take up what ``state_dict`` gave."""
        settling = state["stage"]["settling"]
        rest = {name: part for name, part in state.items() if name != "stage"}
        stage = self.settling if settling else self.learning
        stage.load_state_dict(rest)

    def run(self) -> Iterator[StrongRecord]:
        """Train to the end, one record at a time."""
        while self.iteration < self.iterations:
            yield self.step()

    def step(self) -> StrongRecord:
        """One iteration of the stage whose turn it is."""
        learned = self.learning.iterations
        if self.iteration < learned:
            self.learning.iteration = self.iteration
            record = self.learning.step()
        else:
            self.settling.iteration = self.iteration - learned
            record = self.settling.step()
            record.iteration += learned
            record.steps += learned * self.learning.batch_steps
        self.iteration += 1
        return record
