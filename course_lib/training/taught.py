"""Teaching a hierarchy what people wrote, and then letting it learn from the reward.

    trainer = TaughtTrainer(defender, TaughtConfig(), seed=0)
    for record in trainer.run():
        print(record.iteration, record.score)

First DAgger (`learners.dagger`): in every decision of every agent the teacher (`teachers`), told
what was really done, says what it would do; the leaves learn to say the same. No reward is used.
Then, where ``fine_tune_iterations`` are wanted, PPO on the reward alone (`strong.StrongTrainer`):
the pupil is made less sure of itself, and in the beginning the critic alone learns.

"Taught" and "learned from the reward" are different claims: a taught team knows what people wrote.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.constants import SLOTS
from course_lib.cyber_range.evaluation.report import defended_part
from course_lib.cyber_range.options import make_options
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.host_policy import HOST_ACTION, HOST_CLASSES
from course_lib.hierarchy.policy import SLEEP_ACTION
from course_lib.hierarchy.spaces import ACTIONS
from course_lib.learners.dagger import Dagger, DaggerConfig, DaggerRound, Demonstrations

from .host_play import Agents, HostPlayer, log_probabilities, require_host_shared, sampled
from .ppo_update import Diagnostics
from .strong import FIRST_SEED, SEEDS_EACH, StrongTrainer
from .strong_config import TaughtConfig
from .strong_record import StrongRecord
from .teachers import Adviser, make_teacher
from .through_time import episodes, rows_of

TEACHING_SEEDS = SEEDS_EACH // 2
"""Teaching uses the second half of a training's seeds, the reward the first."""
DECISIONS_AT_ONCE = 512
"""Decisions in a gradient step of teaching."""
EPISODES_AT_ONCE = 4
"""Episodes of single agents in a gradient step, where a memory is learned: some 600 decisions."""


class Labelled:
    """The decisions of one kind of agent in one round, with what the teacher said.

    Args:
        player: who played.
        number: of the kind of agent.
        labels: (K,) the teacher's choices among zones_each * 82.
    """

    def __init__(self, player: HostPlayer, number: int, labels: np.ndarray) -> None:
        self.policy, self.told = player.policy, player.told
        self.kind, self.log = player.kinds[number], player.logs[number]
        self.labels = torch.from_numpy(labels)

    def __len__(self) -> int:
        return len(self.labels)

    def log_likelihood(self, decisions: Tensor) -> Tensor:
        """(B,) log-probability of the teacher's choices."""
        batch = decisions.numpy()
        rows = rows_of(
            self.policy,
            self.log,
            self.told,
            batch,
        )
        held = self.log.held(batch)
        log_probs = log_probabilities(
            self.policy,
            rows,
            held,
            self.kind.zones_each,
        )
        return log_probs.gather(1, self.labels[decisions][:, None]).squeeze(1)


class LabelledEpisodes:
    """The same in whole episodes, for a policy that learns what to remember.

    Args:
        labelled: decisions with what the teacher said.
    """

    def __init__(self, labelled: Labelled) -> None:
        self.labelled = labelled
        self.episodes = episodes(labelled.log)

    def __len__(self) -> int:
        return len(self.episodes)

    def log_likelihood(self, chosen: Tensor) -> Tensor:
        """(B,) log-probability of the teacher's choices in all decisions of some episodes."""
        decisions = np.concatenate([self.episodes[i] for i in chosen])
        return self.labelled.log_likelihood(torch.from_numpy(decisions))


class Teacher:
    """A teacher beside a team that plays: it advises, and where it is its turn it decides.

    Args:
        player: the team.
        plays: (E,) bool, environments in which the teacher decides.
        adviser: who teaches.
        seed: of the first episode.
    """

    def __init__(self, player: HostPlayer, plays: np.ndarray, adviser: Adviser, seed: int) -> None:
        self.player, self.plays = player, plays
        self.adviser = adviser
        self.adviser.reset(seed)
        self.labels: list[list[np.ndarray]] = [[] for _ in player.kinds]

    def advise(self, obs: np.ndarray, info: dict[str, np.ndarray]) -> None:
        """Look at this tick, before the team decides."""
        orders = self.adviser.advise(self.adviser.open_tick(obs, info))
        self.classes, self.hosts = orders.classes, orders.hosts

    def decide(
        self, kind: Agents, env_idx: np.ndarray, agent_idx: np.ndarray, chosen: Tensor
    ) -> Tensor:
        """Note what the teacher would do, and take over where it plays; see `HostPlayer.act`."""
        label = self.label(kind, env_idx, agent_idx)
        number = next(i for i, other in enumerate(self.player.kinds) if other is kind)
        self.labels[number].append(label)
        return torch.where(
            torch.from_numpy(self.plays[env_idx]),
            torch.from_numpy(label),
            chosen,
        )

    def label(self, kind: Agents, env_idx: np.ndarray, agent_idx: np.ndarray) -> np.ndarray:
        """(K,) the teacher's choices as indices among zones_each * 82."""
        host, action_class = self.hosts[env_idx, agent_idx], self.classes[env_idx, agent_idx]
        first_zone = kind.zones[np.searchsorted(kind.members, agent_idx), 0]
        place = np.maximum(host // SLOTS - first_zone, 0)
        on_host = HOST_ACTION[np.minimum(action_class, HOST_CLASSES - 1), host % SLOTS]
        return np.where(host >= 0, place * ACTIONS + on_host, SLEEP_ACTION)

    def hear(self) -> None:
        """Be told what the team has begun."""
        table = self.player.defender.notes.table
        self.adviser.begin(table.action_class, table.host)


class TaughtTrainer:
    """Teaches a host-shared hierarchy in place.

    Args:
        defender: see `host_play.require_host_shared`.
        config: how it is taught.
        seed: of minibatches and episodes.
        options: of the range.
    """

    def __init__(
        self,
        defender: HierarchicalDefender,
        config: TaughtConfig | None = None,
        seed: int = 0,
        **options: Any,
    ) -> None:
        self.defender, self.config, self.seed = defender, config or TaughtConfig(), seed
        self.options = options
        require_host_shared(defender)
        leaf = defender.team.unit_at(0, 0).policy_function
        remembers = leaf.cell is not None
        settings = DaggerConfig(
            rounds=self.config.rounds,
            learning_rate=self.config.learning_rate,
            minibatch_size=EPISODES_AT_ONCE if remembers else DECISIONS_AT_ONCE,
        )
        self.dagger = Dagger(
            leaf.parameters(),
            self._collect,
            settings,
            seed,
        )
        tuning = self.config.fine_tuning
        self.tuner: StrongTrainer | None = None
        if tuning is not None:
            self.tuner = StrongTrainer(defender, tuning, seed, **options)
        self.num_steps = make_options(**options).steps - 1
        self.iteration = 0
        self.lengthened_at: list[int] = []
        """Iterations at which the training was made longer than planned."""

    @property
    def iterations(self) -> int:
        """Rounds of teaching and iterations of PPO."""
        return self.config.rounds + (self.tuner.iterations if self.tuner else 0)

    @property
    def steps_done(self) -> int:
        """Environment steps so far."""
        taught = min(self.iteration, self.config.rounds) * self._round_steps
        tuned = max(self.iteration - self.config.rounds, 0)
        return taught + (tuned * self.tuner.batch_steps if self.tuner else 0)

    @property
    def can_resume(self) -> bool:
        """Whether ``state_dict`` is enough to go on: teaching, which takes minutes, is done."""
        return self.iteration >= self.config.rounds

    def state_dict(self) -> dict[str, dict]:
        """Weights, and the optimisers of PPO."""
        return self.tuner.state_dict() if self.tuner else {"team": self.defender.team.state_dict()}

    def load_state_dict(self, state: dict[str, dict]) -> None:
        """Take up what ``state_dict`` gave, also without the optimisers: then PPO begins."""
        if self.tuner and "critic" in state:
            self.tuner.load_state_dict(state)
            return
        self.defender.team.load_state_dict(state["team"])
        if self.tuner:
            self.tuner.multiply_scores(self.config.fine_tune_softness)

    def run(self) -> Iterator[StrongRecord]:
        """Teach to the end, then learn from the reward, one record at a time."""
        while self.iteration < self.iterations:
            yield self.step()

    def step(self) -> StrongRecord:
        """One round of teaching, or one iteration of PPO."""
        teaching = self.iteration < self.config.rounds
        if teaching:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(SEEDS_EACH * self.seed + TEACHING_SEEDS + self.iteration)
                record = self._record(self.dagger.step())
        else:
            assert self.tuner is not None  # else the rounds are all there is
            self.tuner.iteration = self.iteration - self.config.rounds
            record = self.tuner.step()
            record.iteration += self.config.rounds
            record.steps += self.config.rounds * self._round_steps
        self.iteration += 1
        if teaching and self.tuner and self.iteration == self.config.rounds:
            self.tuner.multiply_scores(self.config.fine_tune_softness)
        return record

    def _record(self, taught: DaggerRound) -> StrongRecord:
        """A round of teaching in the form of an iteration; ``kl`` is that to the teacher."""
        statistics = self._statistics
        distance = -float(np.log(taught.agreement))
        diagnostics = Diagnostics(
            taught.loss,
            0.0,
            0.0,
            distance,
            0.0,
            0.0,
        )
        steps = taught.number * self._round_steps
        return StrongRecord(
            taught.number,
            steps,
            statistics["score"],
            defended_part(statistics),
            {"leaves": diagnostics},
            {"leaves": taught.decisions},
        )

    def first_seed(self, number: int) -> int:
        """Seed of the first episode of a round, counted from 0."""
        offset = TEACHING_SEEDS + number * self.config.num_envs
        return FIRST_SEED + SEEDS_EACH * self.seed + offset

    @property
    def _round_steps(self) -> int:
        """Environment steps of a round."""
        return self.config.num_envs * self.num_steps

    def _collect(self, teacher_share: float) -> list[Demonstrations]:
        """One whole episode of every environment."""
        size = self.config.num_envs
        seed = self.first_seed(self.dagger.rounds_done)
        world = VectorRange(size, "official", seed, "message", **self.options)
        player = HostPlayer(self.defender, size, self.num_steps)
        self.defender.reset(seed)
        teacher = Teacher(
            player,
            np.arange(size) < round(teacher_share * size),
            make_teacher(self.config.teacher),
            seed,
        )
        obs, info = world.reset()
        for tick in range(self.num_steps):
            teacher.advise(obs, info)
            actions, _, _ = player.act(
                obs,
                info,
                tick,
                sampled,
                teacher.decide,
            )
            teacher.hear()
            obs, _, _, _, info = world.step(actions)
        self._statistics = info["final_statistics"]
        labelled = [
            Labelled(player, number, np.concatenate(labels))
            for number, labels in enumerate(teacher.labels)
        ]
        if player.policy.cell is None:
            return list(labelled)
        return [LabelledEpisodes(part) for part in labelled]
