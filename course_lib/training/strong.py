"""Learning to defend from the reward alone: PPO for a tree of host-shared units with notes.

    trainer = StrongTrainer(defender, StrongConfig(), seed=0)
    for record in trainer.run():
        print(record.steps, record.score, record.defended.mean())

What differs from the study's trainer (`trainer.Trainer`), and why:

* *whole episodes*: a batch is one official episode of every environment, so each update sees all
  phases;
* *credit*: a unit is paid for its own zone and its own Restores (`credit.zone_rewards`), a
  commander with the mean of its children's pay;
* *the horizon*: discount 0.995 and GAE lambda 0.98, because a decoy pays hundreds of ticks later;
* *the critic sees where red is* (`truth`), so that red's luck does not count as the team's doing;
* *the value scale* follows the returns (`value_norm.ValueHead`), and the critic has its own
  optimiser and its own limit on the gradient, so that a value loss of thousands cannot swamp the
  policy's gradient;
* *the weights are averaged* towards the end (`tail_average`);
* *the dice are taken away*, where it is wanted: the scores are multiplied by a growing factor
  (`StrongConfig.sharpness`), and the sharper policy plays and learns;
* *only what decides is computed* (`host_play`).

The commanders learn as in the study's trainer, from the same functions.
"""

import time
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.constants import DEFENDED_ZONES, ZONE_COUNT
from course_lib.cyber_range.evaluation.report import defended_part
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.host_policy import HostPolicy, SlotPolicy
from course_lib.hierarchy.reward_function import reward_function
from course_lib.hierarchy.spaces import normalised
from course_lib.learners.advantages import gae
from course_lib.learners.ppo_loss import RunningMeanStd, clipped_policy_loss
from course_lib.learners.ppo_loss import normalised as standardised

from .config import TrainConfig
from .credit import agent_rewards, zone_rewards
from .critic import SUMMARY, Critic, summary, zones_seen
from .decision_log import DecisionLog
from .groups import CommandGroup
from .host_play import Agents, HostPlayer, log_probabilities, sampled
from .ppo_update import Diagnostics, gradient_step, recomputed, update
from .rewards import penalties_by_zone
from .rollout_buffer import Rollout, SampleLog, make_batch
from .strong_config import StrongConfig
from .strong_record import StrongRecord
from .tail_average import TailAverage
from .through_time import minibatches, rows_of
from .truth import TRUTH, true_zones
from .zone_critic import ZoneCritic

FIRST_SEED = 20_000_000_000
"""Training episodes have seeds from here on; evaluations and the study's trainings stay below."""
SEEDS_EACH = 1_000_000_000
"""Distance between the first seeds of two trainings: none plays so many episodes."""
SCALE_BATCHES = 4
"""Batches after which a commander's value scale has forgotten the returns of the beginning."""


class StrongTrainer:
    """Trains a host-shared hierarchy in place.

    Args:
        defender: see `host_play.require_host_shared`.
        config: how it is trained.
        seed: of minibatches, critics and episodes.
        first_episode: number of this training's first episode, for one that follows another.
        options: of the range, for example ``red="aggressive"``.
    """

    def __init__(
        self,
        defender: HierarchicalDefender,
        config: StrongConfig | None = None,
        seed: int = 0,
        first_episode: int = 0,
        **options: Any,
    ) -> None:
        self.defender, self.config, self.seed = defender, config or StrongConfig(), seed
        self.options = options
        config = self.config
        self.first_seed = FIRST_SEED + SEEDS_EACH * seed + first_episode
        self.range = VectorRange(config.num_envs, "official", self.first_seed, "message", **options)
        self.num_steps = self.range.options.steps - 1
        self.player = HostPlayer(defender, config.num_envs, self.num_steps)
        self.groups = [
            CommandGroup(defender, level) for level in range(1, len(defender.team.wiring.levels))
        ]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + 1)
            self.critic = ZoneCritic(scale_memory=config.scale_memory)
            self.critics = {group.name: _command_critic(group) for group in self.groups}
        self.scales = {group.name: RunningMeanStd() for group in self.groups}
        self.average = TailAverage(self.player.policy, config.average_from)
        self.optimiser = _adam(self.player.policy.parameters())
        self.critic_optimiser = _adam(self.critic.parameters())
        self.command_optimisers = {
            group.name: _adam(
                [p for unit, _ in defender.team.groups(group.level) for p in unit.parameters()]
                + list(self.critics[group.name].parameters())
            )
            for group in self.groups
        }
        self.iteration = 0
        self.sharpness = 1.0  # what the leaves' scores have been multiplied by so far
        self.lengthened_at: list[int] = []
        """Iterations at which the training was made longer than planned."""

    @property
    def batch_steps(self) -> int:
        """Environment steps of an iteration."""
        return self.config.num_envs * self.num_steps

    @property
    def iterations(self) -> int:
        """Updates of the whole training."""
        return self.config.iterations

    @property
    def steps_done(self) -> int:
        """Environment steps so far."""
        return self.iteration * self.batch_steps

    @property
    def can_resume(self) -> bool:
        """Whether ``state_dict`` is enough to go on from here."""
        return True

    def state_dict(self) -> dict[str, dict]:
        """Weights, optimisers, and how far the policy is sharpened."""
        parts = {name: part.state_dict() for name, part in self._parts().items()}
        parts["progress"] = {"sharpness": self.sharpness}
        return parts | {f"scale {name}": s.state_dict() for name, s in self.scales.items()}

    def load_state_dict(self, state: dict[str, dict]) -> None:
        """Take up what ``state_dict`` gave."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        for name, scale in self.scales.items():
            scale.load_state_dict(state[f"scale {name}"])
        self.sharpness = float(state["progress"]["sharpness"])

    def _parts(self) -> dict[str, Any]:
        parts: dict[str, Any] = {"team": self.defender.team, "critic": self.critic}
        parts |= {"optimiser": self.optimiser, "critic optimiser": self.critic_optimiser}
        if self.config.average_from < 1:
            parts["average"] = self.average
        parts |= {f"critic {name}": critic for name, critic in self.critics.items()}
        return parts | {f"optimiser {name}": o for name, o in self.command_optimisers.items()}

    def run(self) -> Iterator[StrongRecord]:
        """Train to the end, one record at a time."""
        while self.iteration < self.iterations:
            yield self.step()

    def step(self) -> StrongRecord:
        """One rollout and one update. Its random numbers depend on the iteration alone, so that a
        training that was stopped goes on to the same weights."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEEDS_EACH * self.seed + self.iteration)
            return self._step()

    def _step(self) -> StrongRecord:
        started = time.perf_counter()
        rollout, logs, statistics = self._collect()
        collected = time.perf_counter()
        left = 1 - self.iteration / self.iterations
        self._set_rates(left)
        groups = {"leaves": self._learn(rollout, left)}
        learned = time.perf_counter()
        decisions_by_group = {"leaves": sum(len(log) for log in self.player.logs)}
        for group in self.groups:
            groups[group.name] = self._learn_commands(group, logs[group.name], rollout, left)
            decisions_by_group[group.name] = sum(len(s.env_idx) for s in logs[group.name].samples)
        self.iteration += 1
        self._sharpen()
        self.average.take(self.player.policy, self.iteration, self.iterations)
        seconds = {"rollout": collected - started, "update": learned - collected}
        seconds["commanders"] = time.perf_counter() - learned
        return StrongRecord(
            self.iteration,
            self.steps_done,
            statistics["score"],
            defended_part(statistics),
            groups,
            decisions_by_group,
            seconds,
        )

    def _sharpen(self) -> None:
        """Multiply the leaves' scores as far as `StrongConfig.sharpness_at` wants after this
        iteration; a training that is made longer is never blunted again."""
        wanted = self.config.sharpness_at(self.iteration / self.iterations)
        if wanted > self.sharpness:
            self.multiply_scores(wanted / self.sharpness)
            self.sharpness = wanted

    def multiply_scores(self, factor: float) -> None:
        """Make the leaves surer of themselves, or below 1 less sure."""
        network = self.player.policy.network
        assert isinstance(network, HostPolicy | SlotPolicy)  # `require_host_shared` says so
        network.sharpen(factor)

    def _set_rates(self, left: float) -> None:
        config = self.config
        for optimiser in (self.optimiser, *self.command_optimisers.values()):
            for group in optimiser.param_groups:
                group["lr"] = config.learning_rate * left
        for group in self.critic_optimiser.param_groups:
            group["lr"] = config.critic_learning_rate * max(left, 0.1)

    def _collect(self) -> tuple[Rollout, dict[str, SampleLog], np.ndarray]:
        """One whole episode of every environment, and the episodes' STATISTICS (E,)."""
        size, steps = self.config.num_envs, self.num_steps
        first = self.first_seed + self.iteration * size
        obs, info = self.range.reset(seed=first)
        self.defender.reset(first)
        self.player.clear()
        units = self.defender.team.wiring.count
        rollout = Rollout(
            np.zeros((steps, size, units), np.float32),
            np.zeros((steps, size), bool),
            np.zeros((steps + 1, size, SUMMARY), np.float32),
            normalised(obs),
        )
        rollout.ended[-1] = True  # the game is over there: nothing is expected after it
        restores = np.zeros((steps, size, self.player.layout.count), np.float32)
        lost = np.zeros((steps, size, ZONE_COUNT))
        self.truth = np.empty((steps, size, DEFENDED_ZONES, TRUTH), np.float32)
        logs = {group.name: SampleLog() for group in self.groups}
        points = penalties_by_zone(self.range.statistics)
        for tick in range(steps):
            self.truth[tick] = true_zones(self.range.state)
            actions, restores[tick], commands = self.player.act(obs, info, tick, sampled)
            if commands is not None:
                rollout.summaries[tick] = summary(obs, info["step"], self.range.options.steps)
                for group in self.groups:
                    logs[group.name].add(tick, group.samples_of(commands))
            obs, _, _, truncated, info = self.range.step(actions)
            ended = truncated.all()
            statistics = info["final_statistics"] if ended else self.range.statistics
            now = penalties_by_zone(statistics)
            lost[tick] = now - points
            points = now
        if not ended:
            raise RuntimeError("a batch must be whole episodes, and these have not ended")
        self._pay(rollout, lost, restores)
        return rollout, logs, statistics

    def _pay(self, rollout: Rollout, lost: np.ndarray, restores: np.ndarray) -> None:
        """Pay of every agent and of every unit in all ticks (T, E, 8) and (T, E, D)."""
        owner, share = self.player.layout.owner, self.config.team_share
        self.agent_rewards = agent_rewards(lost, restores, owner, share).astype(np.float32)
        wiring = self.defender.team.wiring
        by_zone = zone_rewards(lost, restores, owner, share)
        paid = rollout.rewards  # (T, E, U)
        paid[..., : wiring.leaf_count] = by_zone[..., self.defender.zones]
        for level in range(1, len(wiring.levels)):
            children = paid[..., wiring.children[level]]  # (T, E, units of the level, children)
            paid[..., wiring.levels[level]] = reward_function(children, wiring.has_child[level])

    def _learn(self, rollout: Rollout, left: float) -> Diagnostics:
        """Update the leaves' policy and their critic."""
        config = self.config
        ent_coef = config.ent_coef * left + config.final_ent_coef * (1 - left)
        advantages, returns, explained = self._advantages(rollout)
        kinds, logs = self.player.kinds, self.player.logs
        per_zone = [target / kind.zones_each for kind, target in zip(kinds, returns, strict=True)]
        self.critic.head.rescale(torch.cat(per_zone))
        sums: list[Tensor] = []
        for _ in range(config.update_epochs):
            for kind, log, advantage, target in zip(kinds, logs, advantages, returns, strict=True):
                for decisions in minibatches(self.player.policy, log, config.minibatch_size):
                    batch = decisions.numpy()
                    parts = self._policy_step(kind, log, batch, advantage[decisions], ent_coef)
                    error = self._critic_step(kind, log, batch, target[decisions])
                    sums.append(torch.stack([*parts, error]))
        policy_loss, entropy, kl, clipped, error = torch.stack(sums).mean(dim=0).tolist()
        return Diagnostics(policy_loss, error, entropy, kl, clipped, explained)

    @torch.no_grad()
    def _advantages(self, rollout: Rollout) -> tuple[list[Tensor], list[Tensor], float]:
        """Standardised advantages and returns of every kind's decisions, and the share of the
        returns' variance that the critic explained."""
        rewards, config = self.agent_rewards, self.config
        values = np.zeros(rewards.shape, np.float32)
        decides = np.zeros(rewards.shape, bool)
        for kind, log in zip(self.player.kinds, self.player.logs, strict=True):
            seen = self._seen(kind, log, np.arange(len(log)))
            values[log.where] = self.critic(seen, kind.zones_each).numpy()
            decides[log.where] = True
        ended = np.broadcast_to(rollout.ended[:, :, None], rewards.shape)
        shape = len(rewards), -1
        nothing = np.zeros_like(rewards).reshape(shape)
        advantages, returns = gae(
            rewards.reshape(shape),
            values.reshape(shape),
            decides.reshape(shape),
            ended.reshape(shape),
            nothing,
            nothing[0],
            config.discount,
            config.gae_lambda,
        )
        advantages, returns = advantages.reshape(rewards.shape), returns.reshape(rewards.shape)
        unexplained = (returns - values)[decides].var() / max(returns[decides].var(), 1e-12)
        logs = self.player.logs
        made = [standardised(torch.from_numpy(advantages[log.where])) for log in logs]
        return made, [torch.from_numpy(returns[log.where]) for log in logs], float(1 - unexplained)

    def _seen(self, kind: Agents, log: DecisionLog, decisions: np.ndarray) -> Tensor:
        """(B * zones_each, 69) what the critic reads about some decisions (B,)."""
        tick, env_idx, agent_idx = log.where
        place = np.searchsorted(kind.members, agent_idx[decisions])
        zones = kind.zones[place]  # (B, zones_each)
        when = tick[decisions, None]
        where = env_idx[decisions, None]
        truth = self.truth[when, where, zones].reshape(-1, TRUTH)
        shown = log.zone_entries(decisions)
        seen = np.concatenate([shown, truth], axis=1)
        return torch.from_numpy(seen)

    def _policy_step(
        self,
        kind: Agents,
        log: DecisionLog,
        decisions: np.ndarray,
        advantage: Tensor,
        ent_coef: float,
    ) -> list[Tensor]:
        """One gradient step of the policy: its loss, entropy, distance and clipped share."""
        held, old = log.held(decisions), torch.from_numpy(log.log_prob[decisions])
        chosen = torch.from_numpy(log.chosen[decisions])
        policy = self.player.policy
        rows = rows_of(policy, log, self.player.told, decisions)
        log_probs = log_probabilities(policy, rows, held, kind.zones_each)
        log_prob = log_probs.gather(1, chosen[:, None]).squeeze(1)
        parts = clipped_policy_loss(log_prob, old, advantage, self.config.clip_coef)
        # Masked actions have a log-probability of nearly -inf, and 0 * inf is no number.
        surprise = -log_probs.clamp(min=-30)
        entropy = (log_probs.exp() * surprise).sum(dim=1).mean()
        if self.iteration >= self.config.critic_only:
            loss = parts.loss - ent_coef * entropy
            gradient_step(loss, self.optimiser, self.config.max_grad_norm)
        detached = (parts.loss, entropy, parts.kl, parts.clip_fraction)
        return [part.detach() for part in detached]

    def _critic_step(
        self, kind: Agents, log: DecisionLog, decisions: np.ndarray, returns: Tensor
    ) -> Tensor:
        seen = self._seen(kind, log, decisions)
        loss = self.critic.head.loss(self.critic(seen, kind.zones_each), returns)
        gradient_step(loss, self.critic_optimiser, 1.0)
        return loss.detach()

    def _learn_commands(
        self, group: Any, log: SampleLog, rollout: Rollout, left: float
    ) -> Diagnostics:
        """Update one level of commanders, with the study's functions."""
        config, critic, scale = self.config, self.critics[group.name], self.scales[group.name]
        discount, gae_lambda = config.discount, config.gae_lambda
        batch = make_batch(group, log, rollout, critic, scale, None, discount, gae_lambda)
        scale.memory = SCALE_BATCHES * len(batch)
        settings = TrainConfig(
            epochs=config.update_epochs,
            minibatch_size=config.minibatch_size,
            ent_coef=config.ent_coef * left + config.final_ent_coef * (1 - left),
            clip_coef=config.clip_coef,
            max_grad_norm=config.max_grad_norm,
        )
        optimiser = self.command_optimisers[group.name]
        generator = torch.Generator().manual_seed(SEEDS_EACH * self.seed + self.iteration)
        batch = recomputed(group, batch, settings)
        return update(group, critic, scale, batch, optimiser, settings, generator)


def _command_critic(group: CommandGroup) -> Critic:
    """A central critic: it sees a summary of all zones."""
    return Critic(np.ones_like(zones_seen(group.zones_below)), own_message=False)


def _adam(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=1e-3, eps=1e-5)
