"""Independent and multi-agent PPO (IPPO, MAPPO; Yu et al. 2022): one file and one difference.

    learner = MAPPO(env, MAPPOConfig(critic="state"))     # MAPPO; critic="own" is IPPO
    curve = learner.learn(50_000)
    play_team(greedy(learner.actor), env)

Both learn one actor per agent from the agent's own observation, by the clipped objective of PPO.
They differ in what the critic sees while it learns: the agent's own observation, or the state. The
critic stays in the lab; on duty only the actor is asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from course_lib.validate import (
    choice,
    counts,
    not_negative,
    positive,
    probabilities,
    seed,
    sizes,
    truth,
)

from .gradient_step import gradient_step
from .networks import entropy, mlp, seeded
from .ppo_loss import RunningMeanStd, clipped_policy_loss, normalised, value_loss
from .team_env import SHARING, AgentNetworks, TeamEnv, config_of, team_env
from .team_rollout import Collector, Rollout, TeamCurve, team_advantages

CRITICS = ("own", "state")
NOISE_SIZE = 8
"""Random numbers per agent that a noisy critic sees besides."""


@dataclass(frozen=True)
class MAPPOConfig:
    """How to learn. Raises ValueError for values out of range."""

    critic: str = "state"
    """What the critic sees: "own", what its agent sees (IPPO), or "state" (MAPPO)."""
    sharing: str = "identity"
    """One network each ("none"), one for all ("shared"), or one that is told who it is."""
    hidden: tuple[int, ...] = (64, 64)
    """Sizes of the hidden layers of actor and critic."""
    num_steps: int = 99
    """Ticks per iteration in each environment."""
    epochs: int = 4
    """How often each batch is used."""
    minibatch_size: int = 1024
    """Team decisions in a gradient step."""
    learning_rate: float = 1e-3
    """Step size of Adam."""
    discount: float = 0.95
    """Weight gamma of the next tick's reward."""
    gae_lambda: float = 0.95
    """Lambda of generalised advantage estimation."""
    clip_coef: float = 0.2
    """Ratio of new to old action probability beyond which there is nothing more to gain."""
    ent_coef: float = 0.01
    """How much randomness of the policy is worth, in units of normalised advantage."""
    max_grad_norm: float = 0.5
    """Longest gradient allowed, for actor and critic each."""
    normalise_values: bool = True
    """Whether the critic learns returns with their running mean and deviation taken out."""
    value_noise: float = 0.0
    """Standard deviation of the random numbers that the critic sees besides, new in each
    iteration (Hu et al. 2021); 0 leaves them out."""
    advantage_noise: float = 0.0
    """Share of every advantage that is not the advantage but a number of the agent's own, drawn
    once (Hu et al. 2021); 0 leaves advantages as they are."""
    seed: int = 0
    """Fixes weights, choices, batches and episodes."""

    def __post_init__(self) -> None:
        choice("critic", self.critic, CRITICS)
        sizes("hidden", self.hidden)
        choice("sharing", self.sharing, SHARING)
        counts(self, "num_steps", "epochs", "minibatch_size")
        probabilities(self, "discount", "gae_lambda", "advantage_noise")
        positive(self, "learning_rate", "clip_coef", "max_grad_norm")
        not_negative(self, "ent_coef", "value_noise")
        truth("normalise_values", self.normalise_values)
        seed(self.seed)


class Critic(nn.Module):
    """Value of what lies ahead for each agent, from its own observation or from the state."""

    def __init__(self, env: TeamEnv, config: MAPPOConfig):
        super().__init__()
        self.sees = config.critic
        self.agents = env.agents
        extra = NOISE_SIZE if config.value_noise else 0
        if self.sees == "own":
            sizes = (env.agents, env.obs_size + extra, 1)
            self.network: nn.Module = AgentNetworks(*sizes, config.sharing, config.hidden)
        else:
            self.network = mlp((env.state_size + extra, *config.hidden, 1))

    def forward(
        self, obs: torch.Tensor, state: torch.Tensor, noise: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(..., N, F), (..., S) and noise (N, K) -> (..., N), in units of normalised returns."""
        of_each_agent = obs.shape[:-1]
        seen = obs
        if self.sees != "own":
            seen = state[..., None, :].expand(*of_each_agent, -1)
        if noise is not None:
            repeated = noise.expand(*of_each_agent, -1)
            seen = torch.cat([seen, repeated], dim=-1)
        return self.network(seen)[..., 0]


class MAPPO:
    """A team's actor, its critic, their optimisers and the worlds they learn in.

    Attributes: ``actor`` (all that is needed on duty), ``critic``, ``scale`` (of the returns),
        ``curve`` (`TeamCurve`), ``steps`` (team decisions so far), ``agent_noise`` (N,) what is
        mixed into the advantages of each agent, or None.
    """

    def __init__(self, env: TeamEnv, config: MAPPOConfig | None = None):
        team_env(env)
        self.config = config_of(config, MAPPOConfig)
        with seeded(self.config.seed):
            self.actor = AgentNetworks(
                env.agents,
                env.obs_size,
                env.actions,
                self.config.sharing,
                self.config.hidden,
                last_gain=0.01,
            )
            self.critic = Critic(env, self.config)
        rate = self.config.learning_rate
        self.actor_optimiser = torch.optim.Adam(self.actor.parameters(), rate, eps=1e-5)
        self.critic_optimiser = torch.optim.Adam(self.critic.parameters(), rate, eps=1e-5)
        self.collector = Collector(env, self.config.seed)
        self.generator = torch.Generator().manual_seed(self.config.seed)
        self.agent_noise: torch.Tensor | None = None
        if self.config.advantage_noise:
            self.agent_noise = torch.randn(env.agents, generator=self.generator)
        self.scale = RunningMeanStd(memory=100_000)
        self.curve = TeamCurve()
        self.steps = 0

    def learn(self, steps: int) -> TeamCurve:
        """Learn for at least ``steps`` more team decisions, in whole iterations."""
        until = self.steps + steps
        while self.steps < until:
            rollout, returns = self.collector.collect(self.actor, self.config.num_steps)
            self.update(rollout)
            self.steps += rollout.done.numel()
            self.curve.steps.append(self.steps)
            score = sum(returns) / len(returns) if returns else float("nan")
            self.curve.score.append(score)
        return self.curve

    @torch.no_grad()
    def values(
        self, obs: torch.Tensor, state: torch.Tensor, noise: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(..., N) what the critic expects, in points."""
        return self.scale.denormalise(self.critic(obs, state, noise))

    def update(self, rollout: Rollout) -> None:
        """Several epochs of gradient steps on one rollout. ValueError if a loss is not finite."""
        noise = self.new_noise()
        advantages, returns = team_advantages(
            rollout,
            self.values(rollout.obs, rollout.state, noise),
            self.values(rollout.next_obs, rollout.next_state, noise),
            self.config.discount,
            self.config.gae_lambda,
        )
        if self.config.normalise_values:
            self.scale.update(returns.numpy())
        parts = {
            "obs": rollout.obs,
            "state": rollout.state,
            "actions": rollout.actions,
            "log_probs": rollout.log_probs,
            "advantages": self.with_noise(normalised(advantages)),
            "targets": self.scale.normalise(returns),
        }
        for _ in range(self.config.epochs):
            for minibatch in self._minibatches(parts):
                self._descend(self.actor_loss(minibatch), self.actor, self.actor_optimiser)
                loss = self.critic_loss(minibatch, noise)
                self._descend(loss, self.critic, self.critic_optimiser)

    def actor_loss(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """Clipped loss of the actions taken, less what randomness is worth; a scalar tensor."""
        log_probs = self.actor(batch["obs"]).log_softmax(-1)
        taken = log_probs.gather(-1, batch["actions"][..., None])[..., 0]
        old = batch["log_probs"]
        surrogate = clipped_policy_loss(taken, old, batch["advantages"], self.config.clip_coef)
        return surrogate.loss - self.config.ent_coef * entropy(log_probs).mean()

    def critic_loss(
        self, batch: dict[str, torch.Tensor], noise: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Half the mean squared error of the critic, in units of normalised returns."""
        return value_loss(self.critic(batch["obs"], batch["state"], noise), batch["targets"])

    def new_noise(self) -> torch.Tensor | None:
        """Random numbers (N, K) for the critic of each agent; None without noise."""
        if not self.config.value_noise:
            return None
        shape = (self.critic.agents, NOISE_SIZE)
        return self.config.value_noise * torch.randn(shape, generator=self.generator)

    def with_noise(self, advantages: torch.Tensor) -> torch.Tensor:
        """Normalised advantages (T, E, N), a share of each replaced by its agent's own number.

        An agent whose number is high takes whatever it happens to do for good; one whose number is
        low takes it for bad. Both see less of what the team really earned.
        """
        if self.agent_noise is None:
            return advantages
        share = self.config.advantage_noise
        return (1 - share) * advantages + share * self.agent_noise

    def _minibatches(self, parts: dict[str, torch.Tensor]) -> Iterator[dict[str, torch.Tensor]]:
        rows = {name: part.flatten(0, 1) for name, part in parts.items()}
        order = torch.randperm(len(rows["actions"]), generator=self.generator)
        for chosen in order.split(self.config.minibatch_size):
            yield {name: part[chosen] for name, part in rows.items()}

    def _descend(
        self, loss: torch.Tensor, network: nn.Module, optimiser: torch.optim.Optimizer
    ) -> None:
        advice = "use a smaller learning rate, or normalise_values=True"
        gradient_step(loss, network, optimiser, self.config.max_grad_norm, advice)
