"""The trainer: MAPPO over a whole command tree, on the batch engine (sections 3.7 and 4).

    defender = HierarchicalDefender(Team(THREE_LAYER))
    trainer = Trainer(defender, RewardConfig(), get_config("study"), seed=0)
    for record in trainer.run():
        print(record.iteration, record.score)

Each level learns with its own optimiser, from its own decisions and its own reward; a superior's
reward is the reward function of its children's and is not added a second time. The score of a
record is always the official one.

The recorded study was made before these changes: all old log-probabilities of an iteration are now
taken before any group is updated (`ppo_update.recomputed`), value scales forget after
`SCALE_BATCHES` batches, the last observation of an episode is stamped with its own tick, and
``zone_share`` charges a Restore to the zone that began it and leaves the contractor zone out.
"""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from course_lib import validate
from course_lib.cyber_range import VectorRange
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.reward_function import reward_function, sibling_weights
from course_lib.hierarchy.spaces import normalised
from course_lib.hierarchy.wiring import Wiring
from course_lib.learners.ppo_loss import RunningMeanStd

from .baselines import FlatDefender, flat_groups
from .config import TrainConfig
from .critic import Critic, summary, zones_seen
from .groups import AgentGroup, hierarchy_groups
from .ppo_update import Diagnostics, recomputed, update
from .rewards import (
    CustomReward,
    RewardConfig,
    RewardDesign,
    RewardTerms,
    finished_actions,
    penalties_by_zone,
    restores_by_zone,
)
from .rollout_buffer import Batch, Collected, Rollout, SampleLog, make_batch
from .train_record import TrainRecord

FIRST_SEED = 10_000_000
"""Training episodes have seeds from here on; evaluations stay far below."""
SEEDS_EACH = 1_000_000
"""Episodes that belong to one training: more than any plays."""
SCALE_BATCHES = 4
"""Batches after which a value scale has forgotten the returns of the beginning."""
LARGEST_TRAINING_SEED = (validate.LARGEST_SEED - FIRST_SEED) // SEEDS_EACH - 1

Now = tuple[np.ndarray, dict[str, Any]]
"""Observation (E, 7, 76) and info between two ticks."""


class Trainer:
    """Trains a defender in place.

    Args:
        defender: a HierarchicalDefender, or a baseline.
        rewards: which terms make up a unit's reward.
        config: how it is trained.
        seed: of minibatches, critics and episodes.
        custom_reward: optional further term, see `RewardDesign`.
        options: of the range, for example ``red="aggressive"``.

    Raises:
        ValueError: for a seed that is negative or too large, or commands that are not drawn.
    """

    def __init__(
        self,
        defender: HierarchicalDefender | FlatDefender,
        rewards: RewardConfig | None = None,
        config: TrainConfig | None = None,
        seed: int = 0,
        custom_reward: CustomReward | None = None,
        **options: Any,
    ):
        self.defender = defender
        self.rewards = RewardConfig() if rewards is None else rewards
        self.config = TrainConfig() if config is None else config
        hint = "make one with HierarchicalDefender(Team(THREE_LAYER))"
        validate.instance("defender", defender, HierarchicalDefender | FlatDefender, hint)
        validate.instance("rewards", self.rewards, RewardConfig, "RewardConfig() has the defaults")
        validate.instance("config", self.config, TrainConfig, "get_config('fast') is one")
        self.seed = seed
        self.design = RewardDesign(self.rewards, self.config.discount, custom_reward)
        first, _ = training_seeds(seed)
        num_envs = self.config.num_envs
        self.range = VectorRange(num_envs, defender.defenders, first, "message", **options)
        self._check_episodes()
        self.groups = agent_groups(defender)
        self.generator = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + 1)
            self.critics = {group.name: self._critic(group) for group in self.groups}
        self.scales = {group.name: RunningMeanStd() for group in self.groups}
        levels = sorted({group.level for group in self.groups})
        self.optimisers = {level: self._optimiser(level) for level in levels}
        self.iteration = 0
        self.lengthened_at: list[int] = []
        """Iterations after which the training was given more of them than it was planned with."""
        self._now: Now | None = None
        self._mixing = sibling_mixing(defender.team.wiring, self.rewards.own_share)

    def _check_episodes(self) -> None:
        """ValueError if the training plays more episodes than its seed has."""
        config = self.config
        ticks = config.num_steps * config.iterations
        episodes = config.num_envs * (1 + ticks // (self.range.options.steps - 1))
        if episodes > SEEDS_EACH:
            raise ValueError(
                f"this training plays {episodes:,} episodes, more than the {SEEDS_EACH:,} episodes "
                "of one seed; take fewer iterations"
            )

    def _critic(self, group: AgentGroup) -> Critic:
        seen = zones_seen(group.zones_below)
        if self.config.critic == "central":
            seen = np.ones_like(seen)
        return Critic(seen, group.own_message, self.config.value_noise)

    def _optimiser(self, level: int) -> torch.optim.Optimizer:
        modules = [unit for unit, _ in self.defender.team.groups(level)]
        modules += [self.critics[group.name] for group in self.groups if group.level == level]
        # By identity: units of a level may share weights, which count once.
        parameters = {id(p): p for module in modules for p in module.parameters()}
        return torch.optim.Adam(parameters.values(), lr=self.config.learning_rate, eps=1e-5)

    @property
    def iterations(self) -> int:
        """Updates of the whole training."""
        return self.config.iterations

    @property
    def steps_done(self) -> int:
        """Environment steps so far."""
        return self.iteration * self.config.num_envs * self.config.num_steps

    def run(self) -> Iterator[TrainRecord]:
        """Train until the configuration's number of iterations is reached, one record at a time."""
        while self.iteration < self.config.iterations:
            yield self.step()

    def step(self) -> TrainRecord:
        """One rollout and one update."""
        started = time.perf_counter()
        collected = self.collect()
        rolled_out = time.perf_counter()
        self._set_rate()
        with torch.random.fork_rng(devices=[]):
            # The noise on the critics' inputs depends on the seed and the iteration alone, so that
            # a resumed training draws the same.
            torch.manual_seed(SEEDS_EACH * self.seed + self.iteration)
            diagnostics, decisions = self._learn(collected.rollout, collected.logs)
        self.iteration += 1
        seconds = {
            "engine": collected.engine_seconds,
            "team": rolled_out - started - collected.engine_seconds,
            "update": time.perf_counter() - rolled_out,
        }
        return TrainRecord(
            iteration=self.iteration,
            steps=self.steps_done,
            scores=collected.scores,
            terms=collected.terms,
            groups=diagnostics,
            decisions_by_group=decisions,
            seconds=seconds,
        )

    def _learn(
        self, rollout: Rollout, logs: dict[str, SampleLog]
    ) -> tuple[dict[str, Diagnostics], dict[str, int]]:
        """Update every group that decided something; diagnostics and sample counts by group."""
        batches = self._batches(rollout, logs)
        decisions = {name: len(batch) for name, batch in batches.items()}
        return self.update_groups(batches), decisions

    def _batches(self, rollout: Rollout, logs: dict[str, SampleLog]) -> dict[str, Batch]:
        """What each group that decided something learns from."""
        config = self.config
        batches: dict[str, Batch] = {}
        for group in self.groups:
            log = logs[group.name]
            if not log.samples:
                continue
            scale = self.scales[group.name]
            zones = self.defender.zones[group.units] if group.own_message else None
            batch = make_batch(
                group,
                log,
                rollout,
                self.critics[group.name],
                scale,
                zones,
                gamma=config.discount,
                gae_lambda=config.gae_lambda,
            )
            scale.memory = SCALE_BATCHES * len(batch)
            batches[group.name] = batch
        return batches

    def update_groups(self, batches: dict[str, Batch]) -> dict[str, Diagnostics]:
        """Update every group that has a batch.

        All log-probabilities of the policy that acted are taken before any group is updated: the
        groups of a level share weights, and the first update moves them.
        """
        learning = [group for group in self.groups if group.name in batches]
        ready = {g.name: recomputed(g, batches[g.name], self.config) for g in learning}
        diagnostics = {}
        for group in learning:
            diagnostics[group.name] = update(
                group,
                self.critics[group.name],
                self.scales[group.name],
                ready[group.name],
                self.optimisers[group.level],
                self.config,
                self.generator,
            )
        return diagnostics

    def _set_rate(self) -> None:
        rate = self.config.learning_rate
        if self.config.anneal_lr:
            rate *= 1 - self.iteration / self.config.iterations
        for optimiser in self.optimisers.values():
            for parameters in optimiser.param_groups:
                parameters["lr"] = rate

    def resume(
        self,
        range_state: dict[str, Any],
        defender_state: dict[str, Any],
        rewards: dict[str, Any],
    ) -> None:
        """Go on in the middle of the episodes of a checkpoint, from the ``state_dict`` of the
        range, the defender and the reward design; ValueError if one does not fit."""
        self._begin()
        self.range.load_state_dict(range_state)
        self.defender.start(self.config.num_envs)
        self.defender.load_state_dict(defender_state)
        self.design.load_state_dict(rewards)
        self._now = self.range.current()

    def _begin(self) -> Now:
        """The first tick of new episodes."""
        obs, info = self.range.reset()
        self.defender.reset(self.range.seed)
        self.design.begin(obs)
        return obs, info

    def collect(self) -> Collected:
        """T ticks of E environments with the present weights."""
        obs, info = self._now if self._now is not None else self._begin()
        config = self.config
        logs = {group.name: SampleLog() for group in self.groups}
        shape = (config.num_steps, config.num_envs)
        rewards = np.zeros((*shape, self.defender.team.wiring.count), np.float32)
        ended = np.zeros(shape, bool)
        summaries, scores, final = [], [], {}
        terms: dict[str, float] = {}
        engine_seconds = 0.0
        for tick in range(config.num_steps):
            summaries.append(self._summary(obs, info["step"]))
            decided = self.defender.decide_all(obs, info)
            for group in self.groups:
                logs[group.name].add(tick, group.samples(decided))
            sessions = self._sessions()
            before = time.perf_counter()
            next_obs, reward, _, truncated, info = self.range.step(decided.actions)
            engine_seconds += time.perf_counter() - before
            last = next_obs
            if truncated.any():
                # The engine shows the next episode's first tick; the last one is in the info.
                last = np.where(truncated[:, None, None], info["final_obs"], next_obs)
                scores.append(info["final_statistics"]["score"][truncated])
                if config.bootstrap_end:
                    over = np.full(config.num_envs, self.range.options.steps - 1)
                    final[tick] = self._summary(last, over), normalised(last)
            restores = restores_by_zone(decided.actions, self.defender.layout)
            paid = self._reward_terms(obs, last, reward, truncated, info, restores, sessions)
            _add_means(terms, paid.terms, config.num_steps)
            if truncated.any():
                self.design.restart(truncated, next_obs)
            rewards[tick] = self._unit_rewards(paid.total)
            ended[tick] = truncated
            obs = next_obs
        self._now = obs, info
        summaries.append(self._summary(obs, info["step"]))
        rollout = Rollout(rewards, ended, np.stack(summaries), normalised(obs), final)
        return Collected(
            rollout=rollout,
            logs=logs,
            scores=np.concatenate(scores) if scores else np.zeros(0),
            terms=terms,
            engine_seconds=engine_seconds,
        )

    def _summary(self, obs: np.ndarray, step: np.ndarray) -> np.ndarray:
        return summary(obs, step, self.range.options.steps)

    def _sessions(self) -> np.ndarray | None:
        """Red's sessions on each host, where rewards need to know what a Remove has ended."""
        wanted = self.rewards.remove_must_kill
        return self.range.state["host_sessions"].copy() if wanted else None

    def _reward_terms(
        self,
        before: np.ndarray,
        after: np.ndarray,
        reward: np.ndarray,
        truncated: np.ndarray,
        info: dict[str, Any],
        restores: np.ndarray,
        sessions: np.ndarray | None,
    ) -> RewardTerms:
        """Terms of this tick, from the messages (E, 7, 76) before and after it.

        ``restores`` (E, 7) began in it; ``sessions`` (E, 128) were red's on each host before it,
        where that is wanted.

        Where an episode ended, the range shows the next one: what the last tick finished is
        left out, and its penalties are taken from the final statistics.
        """
        finished = finished_actions(self.range.state, self.range.visible, sessions)
        finished &= ~truncated[:, None, None]
        statistics = self.range.statistics
        if truncated.any():
            statistics = np.where(truncated, info["final_statistics"], statistics)
        penalties = penalties_by_zone(statistics)
        return self.design.compute(before, after, reward, finished, penalties, truncated, restores)

    def _unit_rewards(self, zones: np.ndarray) -> np.ndarray:
        """Rewards of the zones (E, 7) -> of all units (E, U): siblings share, superiors get their
        children's mean."""
        wiring = self.defender.team.wiring
        unit_rewards = np.zeros((len(zones), wiring.count), np.float32)
        unit_rewards[:, : wiring.leaf_count] = zones[:, self.defender.zones] @ self._mixing.T
        for level in range(1, len(wiring.levels)):
            of_children = unit_rewards[:, wiring.children[level]]
            unit_rewards[:, wiring.levels[level]] = reward_function(
                of_children, wiring.has_child[level]
            )
        return unit_rewards


def _add_means(
    sums: dict[str, float],
    terms: dict[str, np.ndarray],
    num_steps: int,
) -> None:
    """Add a tick's share to the mean of each reward term over a rollout, in place."""
    for name, term in terms.items():
        share = float(term.mean()) / num_steps
        sums[name] = sums.get(name, 0.0) + share


def training_seeds(seed: int) -> tuple[int, int]:
    """First seed of the episodes of a training, and the first that is no longer its own.

    Trainings of different seeds have different episodes, none of which an evaluation plays.
    ValueError for a negative seed, or one whose episodes would need seeds beyond 64 bits.
    """
    validate.whole_number("seed", seed, 0, LARGEST_TRAINING_SEED)
    first = FIRST_SEED + SEEDS_EACH * seed
    return first, first + SEEDS_EACH


def agent_groups(defender: HierarchicalDefender | FlatDefender) -> list[AgentGroup]:
    """The groups whose decisions a defender learns from, each with its own critic."""
    if isinstance(defender, FlatDefender):
        return flat_groups(defender)
    return hierarchy_groups(defender)


def sibling_mixing(wiring: Wiring, own: float) -> np.ndarray:
    """(L, L) float32: row i says whose reward goes into leaf i's, by
    `reward_function.sibling_weights` among its siblings."""
    validate.instance("wiring", wiring, Wiring, "every team has one: team.wiring")
    parents = wiring.parent[: wiring.leaf_count]
    mixing = np.zeros((wiring.leaf_count, wiring.leaf_count), np.float32)
    for parent in np.unique(parents):
        family = np.flatnonzero(parents == parent)
        everybody = np.ones(len(family), bool)
        mixing[np.ix_(family, family)] = sibling_weights(everybody, own)
    return mixing
