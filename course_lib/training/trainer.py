"""The trainer: MAPPO over a whole command tree, on the batch engine (sections 3.7 and 4).

    trainer = Trainer(HierarchicalDefender(Team(THREE_LAYER)), RewardConfig(), get_config("study"),
    seed=0) for record in trainer.run():
        print(record.iteration, record.score)

Each level learns with its own optimiser, from its own decisions and its own reward; a superior's reward
is the reward function of its children's and is not added a second time. The score of a record is
always the official one.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from course_lib.cyber_range import VectorRange
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.reward_function import reward_function, sibling_weights
from course_lib.hierarchy.spaces import normalised
from course_lib.learners.ppo_loss import RunningMeanStd

from .baselines import FlatDefender, flat_groups
from .config import TrainConfig
from .critic import Critic, summary, zones_seen
from .groups import AgentGroup, hierarchy_groups
from .ppo_update import Diagnostics, update
from .rewards import RewardConfig, RewardDesign, finished_actions, penalties_by_zone
from .rollout_buffer import Rollout, SampleLog, make_batch

FIRST_SEED = 10_000_000
"""Training episodes have seeds from here on; evaluations stay far below."""
SEEDS_EACH = 1_000_000


@dataclass
class TrainRecord:
    """One iteration."""

    iteration: int
    steps: int
    """Environment steps so far."""
    scores: np.ndarray
    """Official scores of the episodes that ended in this iteration; they began up to 498 ticks
    earlier."""
    terms: dict[str, float]
    """Mean reward per tick and zone, by term."""
    groups: dict[str, Diagnostics]
    decisions_by_group: dict[str, int]
    """Samples learned from, by group."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall time by part: engine, team, update."""

    @property
    def decisions(self) -> int:
        """Samples learned from."""
        return sum(self.decisions_by_group.values())

    @property
    def score(self) -> float:
        """Mean official score, nan if no episode ended."""
        return float(np.mean(self.scores)) if len(self.scores) else float("nan")


class Trainer:
    """Trains a defender in place.

    Args:
        defender: a HierarchicalDefender (or a baseline with the same methods).
        rewards: which terms make up a unit's reward.
        config: how it is trained.
        seed: of minibatches, critics and episodes.
        custom_reward: optional further term, see `RewardDesign`.
        options: of the range, for example ``red="aggressive"``.
    """

    def __init__(
        self,
        defender,
        rewards: RewardConfig | None = None,
        config: TrainConfig | None = None,
        seed: int = 0,
        custom_reward=None,
        **options,
    ):
        self.defender, self.config, self.seed = defender, config or TrainConfig(), seed
        self.rewards = rewards or RewardConfig()
        self.design = RewardDesign(self.rewards, self.config.discount, custom_reward)
        first = FIRST_SEED + SEEDS_EACH * seed
        self.range = VectorRange(
            self.config.num_envs, defender.defenders, first, "message", **options
        )
        self.groups = agent_groups(defender)
        self.generator = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + 1)
            self.critics = {group.name: self._critic(group) for group in self.groups}
        self.scales = {group.name: RunningMeanStd(memory=2e5) for group in self.groups}
        self.optimisers = {
            level: self._optimiser(level) for level in sorted({s.level for s in self.groups})
        }
        self.iteration, self._now = 0, None
        self._mixing = sibling_mixing(defender.team.wiring, self.rewards.own_share)

    def _critic(self, group) -> Critic:
        seen = zones_seen(group.zones_below)
        central = self.config.critic == "central"
        return Critic(
            np.ones_like(seen) if central else seen, group.own_message, self.config.value_noise
        )

    def _optimiser(self, level: int) -> torch.optim.Optimizer:
        modules = [unit for unit, _ in self.defender.team.groups(level)]
        modules += [self.critics[group.name] for group in self.groups if group.level == level]
        parameters = {id(p): p for module in modules for p in module.parameters()}
        return torch.optim.Adam(parameters.values(), lr=self.config.learning_rate, eps=1e-5)

    def run(self) -> Iterator[TrainRecord]:
        """Train until the configuration's number of iterations is reached, one record at a time."""
        while self.iteration < self.config.iterations:
            yield self.step()

    def step(self) -> TrainRecord:
        """One rollout and one update."""
        started = time.perf_counter()
        rollout, logs, scores, terms, seconds = self._collect()
        collected = time.perf_counter()
        self._set_rate()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(
                SEEDS_EACH * self.seed + self.iteration
            )  # of the noise on the critics' inputs
            diagnostics, decisions = self._learn(rollout, logs)
        self.iteration += 1
        seconds["team"] = collected - started - seconds["engine"]
        seconds["update"] = time.perf_counter() - collected
        steps = self.iteration * self.config.num_envs * self.config.num_steps
        return TrainRecord(self.iteration, steps, scores, terms, diagnostics, decisions, seconds)

    def _learn(
        self, rollout: Rollout, logs: dict[str, SampleLog]
    ) -> tuple[dict[str, Diagnostics], dict[str, int]]:
        """Update every group that decided something; diagnostics and numbers of samples by
        group."""
        diagnostics, decisions = {}, {}
        for group in self.groups:
            if not logs[group.name].samples:
                continue
            critic, scale = self.critics[group.name], self.scales[group.name]
            zones = self.defender.zones[group.units] if group.own_message else None
            batch = make_batch(
                group,
                logs[group.name],
                rollout,
                critic,
                scale,
                zones,
                self.config.discount,
                self.config.gae_lambda,
            )
            optimiser = self.optimisers[group.level]
            diagnostics[group.name] = update(
                group, critic, scale, batch, optimiser, self.config, self.generator
            )
            decisions[group.name] = len(batch)
        return diagnostics, decisions

    def _set_rate(self) -> None:
        left = 1 - self.iteration / self.config.iterations if self.config.anneal_lr else 1.0
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = self.config.learning_rate * left

    def _begin(self) -> None:
        obs, info = self.range.reset()
        self.defender.reset(self.range.seed)
        self.design.begin(obs)
        self._now = obs, info

    def _collect(self):
        """T ticks of E environments with the present weights."""
        if self._now is None:
            self._begin()
        config, units = self.config, self.defender.team.wiring.count
        logs = {group.name: SampleLog() for group in self.groups}
        rollout = Rollout(
            np.zeros((config.num_steps, config.num_envs, units), np.float32),
            np.zeros((config.num_steps, config.num_envs), bool),
            None,
            None,
        )
        seen, scores, terms, engine = [], [], {}, 0.0
        obs, info = self._now
        for tick in range(config.num_steps):
            seen.append(summary(obs, info["step"], self.range.options.steps))
            done = self.defender.decide_all(obs, info)
            for group in self.groups:
                logs[group.name].add(tick, group.samples(done))
            before = time.perf_counter()
            following, reward, _, truncated, info = self.range.step(done.actions)
            engine += time.perf_counter() - before
            rewards = self._reward_terms(obs, following, reward, truncated, info)
            rollout.rewards[tick], rollout.ended[tick] = (
                self._unit_rewards(rewards.total),
                truncated,
            )
            if truncated.any():
                last = np.where(truncated[:, None, None], info["final_obs"], following)
                ends = summary(
                    last,
                    np.full(config.num_envs, self.range.options.steps),
                    self.range.options.steps,
                )
                if config.bootstrap_end:
                    rollout.final[tick] = ends, normalised(last)
                scores.append(info["final_statistics"]["score"][truncated])
            for name, term in rewards.terms.items():
                terms[name] = terms.get(name, 0.0) + float(term.mean()) / config.num_steps
            obs = following
        self._now = obs, info
        seen.append(summary(obs, info["step"], self.range.options.steps))
        rollout.summaries, rollout.messages = np.stack(seen), normalised(obs)
        return (
            rollout,
            logs,
            np.concatenate(scores) if scores else np.zeros(0),
            terms,
            {"engine": engine},
        )

    def _reward_terms(self, before, after, reward, truncated, info):
        """Terms of this tick; where an episode ended, what the last tick showed would have told is
        left out."""
        finished = (
            finished_actions(self.range.state, self.range.visible) & ~truncated[:, None, None]
        )
        counts = self.range.statistics
        if truncated.any():
            counts = np.where(truncated, info["final_statistics"], counts)
        last = np.where(truncated[:, None, None], info.get("final_obs", after), after)
        rewards = self.design.compute(
            before, last, reward, finished, penalties_by_zone(counts), truncated
        )
        if truncated.any():
            self.design.restart(truncated, after)
        return rewards

    def _unit_rewards(self, zones: np.ndarray) -> np.ndarray:
        """Rewards of the zones (E, 7) -> of all units (E, U): siblings share, superiors get their
        children's mean."""
        wiring = self.defender.team.wiring
        leaves = zones[:, self.defender.zones] @ self._mixing.T
        unit_rewards = np.zeros((len(zones), wiring.count), np.float32)
        unit_rewards[:, : wiring.leaf_count] = leaves
        for level in range(1, len(wiring.levels)):
            unit_rewards[:, wiring.levels[level]] = reward_function(
                unit_rewards[:, wiring.children[level]], wiring.has_child[level]
            )
        return unit_rewards


def agent_groups(defender: HierarchicalDefender | FlatDefender) -> list[AgentGroup]:
    """The groups whose decisions a defender learns from, each with its own critic."""
    if isinstance(defender, FlatDefender):
        return flat_groups(defender)
    return hierarchy_groups(defender)


def sibling_mixing(wiring, own: float) -> np.ndarray:
    """(L, L) float32: row i says whose reward goes into leaf i's, by `reward_function.sibling_weights`
    among its siblings."""
    parents = wiring.parent[: wiring.leaf_count]
    mixing = np.zeros((wiring.leaf_count, wiring.leaf_count), np.float32)
    for parent in np.unique(parents):
        family = np.flatnonzero(parents == parent)
        mixing[np.ix_(family, family)] = sibling_weights(np.ones(len(family), bool), own)
    return mixing
