"""Learning in imagination, in the manner of Dreamer (Hafner et al. 2020, 2021), small.

    agent = ImaginationAgent(env, ImaginationConfig(seed=0))
    agent.learn(2_000)

Dreamer never learns its actions from real steps. Real steps train a *world model* that keeps its
own compact state, the *latent* state (`latent_model`); actor and critic then learn in rollouts of
that model alone.
"""

import gymnasium
import numpy as np
import torch
from torch import Tensor, nn

from course_lib.validate import probability

from .latent_model import Episodes, ImaginationConfig, Latent, LatentModel, two_layers
from .networks import seeded
from .tensor_checks import check_tensor


def trace_returns(
    rewards: Tensor,
    values: Tensor,
    discount: float,
    trace: float,
) -> Tensor:
    """(T, B) lambda-returns: what each tick of a rollout is worth.

    Args:
        rewards: (T, B) reward of the step from tick t to t + 1.
        values: (T + 1, B) the critic's value of each tick.
        discount: gamma; trace: lambda, 0 trusts the critic at once, 1 the rewards alone.

    Raises:
        ValueError: for shapes that do not fit, or a discount or trace outside 0 to 1.
    """
    check_tensor("rewards", rewards, None, None)
    check_tensor("values", values, len(rewards) + 1, rewards.shape[1])
    probability("discount", discount)
    probability("trace", trace)
    following = values[-1]
    returns = torch.zeros_like(rewards)
    for t in reversed(range(len(rewards))):
        mixed = (1 - trace) * values[t + 1] + trace * following
        following = rewards[t] + discount * mixed
        returns[t] = following
    return returns


class ImaginationAgent:
    """World model, actor and critic, and one real environment.

    Args:
        env: a Gymnasium vector environment of one, in next-step mode, whose observations are bits.
        config: size and training.
    """

    def __init__(
        self, env: gymnasium.vector.VectorEnv, config: ImaginationConfig | None = None
    ) -> None:
        if env.num_envs != 1:
            raise ValueError(f"the agent lives in one environment, not in {env.num_envs}")
        self.env = env
        self.config = config or ImaginationConfig()
        obs_size = int(env.single_observation_space.shape[0])
        self.action_count = int(env.single_action_space.n)
        features = self.config.memory + self.config.variables * self.config.classes
        with seeded(self.config.seed):
            self.model = LatentModel(
                obs_size,
                self.action_count,
                self.config,
            )
            self.actor = two_layers(
                features,
                self.config.hidden,
                self.action_count,
            )
            self.critic = two_layers(
                features,
                self.config.hidden,
                1,
            )
        rate = self.config.learning_rate
        players = [*self.actor.parameters(), *self.critic.parameters()]
        self.model_optimiser = torch.optim.Adam(self.model.parameters(), rate)
        self.player_optimiser = torch.optim.Adam(players, self.config.actor_rate)
        self.rng = np.random.default_rng(self.config.seed)
        self.real = Episodes(obs_size)
        self.steps = 0
        self.reward_scale = 1.0

    def learn(self, steps: int) -> None:
        """Learn for ``steps`` more real steps; each call begins new episodes."""
        with seeded(self.config.seed + self.steps):
            obs, _ = self.env.reset(seed=1_000_003 * self.config.seed + self.steps)
            self.real.add(
                obs[0],
                0,
                0.0,
                True,
            )
            state = self._first(obs)
            truncated = np.zeros(1, bool)
            for _ in range(steps):
                action = self._choose(state)
                begins = bool(truncated[0])
                obs, reward, _, truncated, _ = self.env.step(action.numpy())
                self.real.add(
                    obs[0],
                    int(action),
                    float(reward[0]),
                    begins,
                )
                state = self._first(obs) if begins else self._next(state, action, obs)
                self.steps += 1
                if self.steps == self.config.warm_up:
                    for _ in range(self.config.first_updates):
                        self.improve_model()
                if self.steps >= self.config.warm_up and self.steps % self.config.every == 0:
                    self.improve()

    @torch.no_grad()
    def act(self, state: Latent) -> Tensor:
        """(B,) the likeliest actions."""
        return self.actor(state.features()).argmax(dim=-1)

    @torch.no_grad()
    def play(
        self,
        env: gymnasium.vector.VectorEnv,
        seed: int,
    ) -> np.ndarray:
        """(N,) returns of one episode in each of N environments, with the likeliest actions."""
        obs, _ = env.reset(seed=seed)
        total = np.zeros(env.num_envs)
        truncated = np.zeros(env.num_envs, bool)
        with seeded(seed):
            state = self._first(obs)
            while not truncated.all():
                action = self.act(state)
                obs, reward, _, truncated, _ = env.step(action.numpy())
                total += reward
                state = self._next(state, action, obs)
        return total

    def improve(self) -> None:
        """One gradient step of the world model on real sequences, and one of actor and critic in
        rollouts of the model that begin there."""
        states = self.improve_model()
        self._step(self.player_optimiser, self._player_loss(states))

    def improve_model(self) -> Latent:
        """One gradient step of the world model alone; the latent states of its batch."""
        batch = self.real.sample(
            self.config.batch_size,
            self.config.sequence,
            self.rng,
        )
        self.reward_scale = self.real.reward_scale()
        loss, states = self._model_loss(*batch)
        if self.config.train_model:
            self._step(self.model_optimiser, loss)
        return states

    def _model_loss(
        self, obs: Tensor, actions: Tensor, rewards: Tensor, begins: Tensor
    ) -> tuple[Tensor, Latent]:
        """Loss over B sequences of L ticks, and all their posterior states, without gradient."""
        state = self.model.begin(obs.shape[1])
        memories, guesses, posteriors = [], [], []
        for t in range(len(obs)):
            keep = ~begins[t][:, None]
            memory = self.model.carry_on(state, actions[t]) * keep
            state, posterior = self.model.look(memory, obs[t])
            memories.append(memory)
            guesses.append(state.guess)
            posteriors.append(posterior)
        states = Latent(torch.cat(memories), torch.cat(guesses))
        # What needs no order is computed for all ticks at once.
        _, prior = self.model.imagine(states.memory)
        features = states.features()
        bits = self.model.decoder(features)
        loss = nn.functional.binary_cross_entropy_with_logits(bits, obs.flatten(0, 1))
        missed = self.model.reward(features)[:, 0] - rewards.flatten() / self.reward_scale
        loss = loss + 0.5 * (missed.square() * ~begins.flatten()).mean()
        loss = loss + 0.1 * self._disagreement(torch.cat(posteriors), prior)
        return loss, Latent(states.memory.detach(), states.guess.detach())

    def _disagreement(
        self,
        posterior: Tensor,
        prior: Tensor,
    ) -> Tensor:
        """KL of the posterior from the prior (nats), mostly teaching the prior."""
        towards = _kl(posterior.detach(), prior).clamp(min=self.config.free_nats)
        back = _kl(posterior, prior.detach()).clamp(min=self.config.free_nats)
        return 0.8 * towards.mean() + 0.2 * back.mean()

    def _player_loss(self, state: Latent) -> Tensor:
        """Loss of actor and critic over rollouts that begin in ``state``; no gradient enters the
        model."""
        features, log_probs, entropies, rewards = [], [], [], []
        for _ in range(self.config.horizon):
            features.append(state.features())
            choice = torch.distributions.Categorical(logits=self.actor(features[-1]))
            action = choice.sample()
            log_probs.append(choice.log_prob(action))
            entropies.append(choice.entropy())
            with torch.no_grad():
                state, _ = self.model.imagine(self.model.carry_on(state, action))
                rewards.append(self.model.reward(state.features())[:, 0])
        features.append(state.features())
        values = self.critic(torch.stack(features))[..., 0]
        with torch.no_grad():
            discount, trace = self.config.discount, self.config.trace
            returns = trace_returns(
                torch.stack(rewards),
                values,
                discount,
                trace,
            )
            advantage = returns - values[:-1]
            advantage = advantage / (advantage.std() + 1e-3)
        gain = torch.stack(log_probs) * advantage + self.config.ent_coef * torch.stack(entropies)
        return (values[:-1] - returns).square().mean() - gain.mean()

    def _step(
        self,
        optimiser: torch.optim.Optimizer,
        loss: Tensor,
    ) -> None:
        optimiser.zero_grad()
        loss.backward()
        for group in optimiser.param_groups:
            nn.utils.clip_grad_norm_(group["params"], 10.0)
        optimiser.step()

    @torch.no_grad()
    def _choose(self, state: Latent) -> Tensor:
        """(1,) a drawn action; any during the warm-up."""
        if self.steps < self.config.warm_up:
            return torch.as_tensor(self.rng.integers(self.action_count, size=1))
        return torch.distributions.Categorical(logits=self.actor(state.features())).sample()

    @torch.no_grad()
    def _first(self, obs: np.ndarray) -> Latent:
        blank = self.model.begin(len(obs))
        return self.model.look(blank.memory, torch.as_tensor(obs))[0]

    @torch.no_grad()
    def _next(
        self,
        state: Latent,
        action: Tensor,
        obs: np.ndarray,
    ) -> Latent:
        memory = self.model.carry_on(state, action)
        return self.model.look(memory, torch.as_tensor(obs))[0]

    @torch.no_grad()
    def imagined_bits(
        self,
        seen: np.ndarray,
        plan: np.ndarray,
        copies: int,
        seed: int = 0,
    ):
        """(T, n) mean decoded bits over ``copies`` rollouts of a plan (T,) from one observation."""
        with seeded(seed):
            state = self._first(
                np.repeat(
                    seen[None],
                    copies,
                    axis=0,
                )
            )
            shares = []
            for action in plan:
                actions = torch.full((copies,), int(action))
                state, _ = self.model.imagine(self.model.carry_on(state, actions))
                bits = torch.sigmoid(self.model.decoder(state.features()))
                shares.append(bits.mean(dim=0).numpy())
        return np.stack(shares)


def _kl(first: Tensor, second: Tensor) -> Tensor:
    """(B,) KL divergence of B x V categorical variables given by logits (B, V, K), nats."""
    log_first = torch.log_softmax(first, dim=-1)
    log_second = torch.log_softmax(second, dim=-1)
    return (log_first.exp() * (log_first - log_second)).sum(dim=(-1, -2))
