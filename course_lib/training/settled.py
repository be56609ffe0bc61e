"""Learning from the reward alone, in stages: fast from small batches, then steadily from large.

Far from a good policy many updates from few episodes learn most; near one the advantages are small
beside their noise, and the same steps lead back and forth. So a team that has learned as in
`strong` learns on with batches six times as large, a lower learning rate, a longer horizon, and new
critics. Where a third stage is wanted, it sharpens the scores once more, until a team that draws
its actions plays nearly as the team that does what it thinks likeliest. Nobody teaches it, and
every stage is a `StrongTrainer`.
"""

from collections.abc import Iterator
from typing import Any

from course_lib import validate
from course_lib.hierarchy.defender import HierarchicalDefender

from .strong import StrongTrainer
from .strong_config import SettledConfig
from .strong_record import StrongRecord

STAGE_EPISODES = 400_000_000
"""Distance between the first episodes of two stages: none sees another's."""


class SettledTrainer:
    """Trains a host-shared hierarchy in place, one of its ``stages`` after the other.

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
        self.stages = [
            StrongTrainer(defender, stage, seed, first_episode=number * STAGE_EPISODES, **options)
            for number, stage in enumerate(self.config.stages)
        ]
        self.iteration = 0
        self.lengthened_at: list[int] = []
        """Iterations at which the training was made longer than planned."""

    @property
    def iterations(self) -> int:
        """Updates of all stages."""
        return sum(stage.iterations for stage in self.stages)

    @property
    def steps_done(self) -> int:
        """Environment steps so far."""
        number, done = self._stage_after(self.iteration)
        return self._steps_before(number) + done * self.stages[number].batch_steps

    @property
    def can_resume(self) -> bool:
        """Whether ``state_dict`` is enough to go on from here."""
        return True

    def state_dict(self) -> dict[str, dict]:
        """Weights and optimisers of the stage that learned last, and which it was."""
        number, _ = self._stage_after(self.iteration)
        return self.stages[number].state_dict() | {"stage": {"number": number}}

    def load_state_dict(self, state: dict[str, dict]) -> None:
        """Take up what ``state_dict`` gave; ValueError where there is no such stage."""
        number = validate.whole_number("stage", state["stage"]["number"], 0, len(self.stages) - 1)
        rest = {name: part for name, part in state.items() if name != "stage"}
        self.stages[number].load_state_dict(rest)

    def _stage_after(self, iterations: int) -> tuple[int, int]:
        """The stage that learned last, and how many of its own updates it has made."""
        number, done = 0, iterations
        while number + 1 < len(self.stages) and done > self.stages[number].iterations:
            done -= self.stages[number].iterations
            number += 1
        return number, done

    def _steps_before(self, number: int) -> int:
        """Environment steps of all stages before one."""
        return sum(stage.iterations * stage.batch_steps for stage in self.stages[:number])

    def run(self) -> Iterator[StrongRecord]:
        """Train to the end, one record at a time."""
        while self.iteration < self.iterations:
            yield self.step()

    def step(self) -> StrongRecord:
        """One iteration of the stage whose turn it is."""
        number, done = self._stage_after(self.iteration + 1)
        stage = self.stages[number]
        stage.iteration = done - 1
        record = stage.step()
        self.iteration += 1
        record.iteration = self.iteration
        record.steps += self._steps_before(number)
        return record
