"""Counterfactual multi-agent policy gradients (COMA; Foerster et al. 2018).

    learner = COMA(env, COMAConfig())
    learner.learn(50_000)
    play_team(greedy(learner.actor), env)

The critic says what a joint action is worth. An agent's credit is that value, minus the mean over
the agent's *own* actions, the others' held fixed: what did my action change? It is the difference
reward of `difference_rewards`, learned instead of looked up, and without a default action.
"""

from dataclasses import dataclass

import torch
from torch import nn

from course_lib.validate import choice, counts, not_negative, positive, probabilities, seed, sizes

from .gradient_step import gradient_step
from .networks import entropy, seeded
from .ppo_loss import RunningMeanStd
from .team_env import SHARING, AgentNetworks, TeamEnv, config_of, team_env
from .team_rollout import Collector, Rollout, TeamCurve, team_advantages
from .tensor_checks import check_tensor
from .value_factorisation.learn import of_actions
from .vector_env import choose


@dataclass(frozen=True)
class COMAConfig:
    """How to learn. Raises ValueError for values out of range."""

    sharing: str = "identity"
    """One actor each ("none"), one for all ("shared"), or one that is told who it is."""
    hidden: tuple[int, ...] = (64, 64)
    """Sizes of the hidden layers of actor and critic."""
    num_steps: int = 11
    """Ticks per iteration in each environment."""
    critic_epochs: int = 4
    """Gradient steps of the critic per iteration; the actor makes one, on what it just did."""
    learning_rate: float = 3e-3
    """Step size of Adam for the actor."""
    critic_learning_rate: float = 3e-3
    """The same for the critic, which must keep up."""
    discount: float = 0.95
    """Weight gamma of the next tick's reward."""
    td_lambda: float = 0.8
    """Lambda of the critic's targets."""
    ent_coef: float = 0.01
    """How much randomness of the policy is worth, in units of normalised values."""
    max_grad_norm: float = 0.5
    """Longest gradient allowed, for actor and critic each."""
    seed: int = 0
    """Fixes weights, choices, batches and episodes."""

    def __post_init__(self) -> None:
        choice("sharing", self.sharing, SHARING)
        sizes("hidden", self.hidden)
        counts(self, "num_steps", "critic_epochs")
        probabilities(self, "discount", "td_lambda")
        positive(self, "learning_rate", "critic_learning_rate", "max_grad_norm")
        not_negative(self, "ent_coef")
        seed(self.seed)


class CounterfactualCritic(nn.Module):
    """For each agent the value of each of its own actions, given the state and what the others
    did."""

    def __init__(self, env: TeamEnv, hidden: tuple[int, ...]):
        super().__init__()
        self.agents = env.agents
        self.actions = env.actions
        inputs = env.state_size + env.agents * env.actions
        self.network = AgentNetworks(env.agents, inputs, env.actions, "identity", hidden)

    def forward(self, state: torch.Tensor, actions: torch.Tensor) -> torch.Tensor:
        """State (..., S) and joint actions (..., N) -> (..., N, A)."""
        chosen = nn.functional.one_hot(actions, self.actions).float()
        # Agent i's own action is blanked out in its row: the outputs run over that action.
        of_others = 1 - torch.eye(self.agents)
        others = chosen[..., None, :, :] * of_others[..., None]
        rows = (*actions.shape, -1)
        repeated = state[..., None, :].expand(rows)
        return self.network(torch.cat([repeated, others.flatten(-2)], dim=-1))


def counterfactual_advantages(
    values: torch.Tensor, probabilities: torch.Tensor, actions: torch.Tensor
) -> torch.Tensor:
    """What each agent's action was better than its own policy's mean (equation 4 of the paper).

    Args:
        values: (..., N, A) value of each own action, what the others did held fixed.
        probabilities: (..., N, A) of the agent's policy.
        actions: (..., N) integers, what was done.

    Returns:
        (..., N), in the unit of the values.

    Raises:
        ValueError: for shapes that do not fit, or actions that are no int64.
    """
    taken = of_actions(values, actions)
    check_tensor("probabilities", probabilities, *values.shape)
    baseline = (probabilities * values).sum(-1)
    return taken - baseline


class COMA:
    """A team's actor, its counterfactual critic, their optimisers and the worlds.

    Attributes: ``actor`` (all that is needed on duty), ``critic``, ``scale`` (of the returns),
        ``curve`` (`TeamCurve`), ``steps`` (team decisions so far).
    """

    def __init__(self, env: TeamEnv, config: COMAConfig | None = None):
        team_env(env)
        self.config = config_of(config, COMAConfig)
        hidden = self.config.hidden
        with seeded(self.config.seed):
            sizes = (env.agents, env.obs_size, env.actions)
            self.actor = AgentNetworks(*sizes, self.config.sharing, hidden, last_gain=0.01)
            self.critic = CounterfactualCritic(env, hidden)
        self.actor_optimiser = torch.optim.Adam(
            self.actor.parameters(), self.config.learning_rate, eps=1e-5
        )
        self.critic_optimiser = torch.optim.Adam(
            self.critic.parameters(), self.config.critic_learning_rate, eps=1e-5
        )
        self.collector = Collector(env, self.config.seed)
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
            if returns:
                self.curve.steps.append(self.steps)
                self.curve.score.append(sum(returns) / len(returns))
        return self.curve

    def update(self, rollout: Rollout) -> None:
        """Several steps of the critic, then one of the actor. ValueError if a loss is not
        finite."""
        targets = self._targets(rollout)
        longest = self.config.max_grad_norm
        for _ in range(self.config.critic_epochs):
            values = self.critic(rollout.state, rollout.actions)
            error = of_actions(values, rollout.actions) - targets
            loss = 0.5 * error.square().mean()
            gradient_step(loss, self.critic, self.critic_optimiser, longest)
        loss = self.actor_loss(rollout)
        gradient_step(loss, self.actor, self.actor_optimiser, longest)

    def actor_loss(self, rollout: Rollout) -> torch.Tensor:
        """Policy gradient with counterfactual credit, less what randomness is worth."""
        log_probs = self.actor(rollout.obs).log_softmax(-1)
        with torch.no_grad():
            values = self.critic(rollout.state, rollout.actions)
            credit = counterfactual_advantages(values, log_probs.exp(), rollout.actions)
        taken = of_actions(log_probs, rollout.actions)
        gain = (taken * credit).mean()
        return -gain - self.config.ent_coef * entropy(log_probs).mean()

    @torch.no_grad()
    def _targets(self, rollout: Rollout) -> torch.Tensor:
        """(T, E, N) lambda-returns in normalised units; the policy's mean stands for what
        follows."""
        now = self.actor(rollout.obs).log_softmax(-1)
        values = self._expected(rollout.state, now.exp(), rollout.actions)
        following = self.actor(rollout.next_obs).log_softmax(-1)
        # What the others do next stands in no rollout where an episode ended, so it is drawn.
        next_actions = choose(following, self.collector.generator)
        next_values = self._expected(rollout.next_state, following.exp(), next_actions)
        _, returns = team_advantages(
            rollout, values, next_values, self.config.discount, self.config.td_lambda
        )
        self.scale.update(returns.numpy())
        return self.scale.normalise(returns)

    def _expected(
        self, state: torch.Tensor, probabilities: torch.Tensor, actions: torch.Tensor
    ) -> torch.Tensor:
        """(T, E, N), in points: mean of the critic over each agent's own policy."""
        values = (probabilities * self.critic(state, actions)).sum(-1)
        return self.scale.denormalise(values)
