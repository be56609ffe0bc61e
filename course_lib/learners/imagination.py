"""Learning in imagination, in the manner of Dreamer (Hafner et al. 2020, 2021), small.

    agent = ImaginationAgent(env, ImaginationConfig(seed=0))
    agent.learn(4_000)

Dreamer never learns its actions from real steps. Real steps train a *world model* that keeps its
own compact state, the *latent* state; actor and critic then learn in rollouts of that model alone.

The latent state has two parts. ``memory`` h is carried on by a recurrent network, so it can hold
what is no longer seen. ``guess`` z is a few discrete variables: the *posterior* draws them after
looking at the observation, the *prior* before looking, from h alone. In imagination there is
nothing to look at, so the prior has to do, and the model learns to make the two agree.

    h' = GRU(h, z, action)      z ~ posterior(h, observation)      z^ ~ prior(h)
    observation^, reward^ = decoder(h, z)
"""

from dataclasses import dataclass
from typing import NamedTuple

import gymnasium
import numpy as np
import torch
from torch import Tensor, nn

from course_lib.validate import check_kinds, in_range, probability, whole_number

from .networks import seeded


@dataclass(frozen=True)
class ImaginationConfig:
    """Size and training. Raises ValueError for values out of range."""

    memory: int = 32
    """Numbers of the recurrent memory h."""
    variables: int = 4
    """Discrete variables of z."""
    classes: int = 4
    """Values that each of them can take."""
    hidden: int = 48
    """Nodes of the hidden layers."""
    learning_rate: float = 3e-3
    """Step size of Adam for the world model."""
    actor_rate: float = 3e-3
    """Step size of Adam for actor and critic."""
    sequence: int = 10
    """Real ticks of a training sequence."""
    batch_size: int = 16
    """Sequences of a gradient step."""
    horizon: int = 6
    """Imagined ticks of a rollout."""
    every: int = 2
    """Real steps between two gradient steps."""
    warm_up: int = 400
    """Real steps with random actions before the first."""
    discount: float = 0.9
    """Weight gamma of the next tick's reward."""
    trace: float = 0.9
    """Lambda of the returns in imagination."""
    ent_coef: float = 0.05
    """Weight of the actor's entropy."""
    free_nats: float = 0.2
    """Disagreement of prior and posterior that costs nothing."""
    train_model: bool = True
    """False leaves the world model as it was drawn: a control."""
    seed: int = 0
    """Fixes weights, choices and batches."""

    def __post_init__(self) -> None:
        check_kinds(self)
        for name in ("memory", "variables", "classes", "hidden", "sequence", "batch_size"):
            whole_number(name, getattr(self, name), 1)
        for name in ("horizon", "every", "warm_up"):
            whole_number(name, getattr(self, name), 1)
        whole_number("seed", self.seed, 0)
        for name in ("discount", "trace"):
            probability(name, getattr(self, name))
        for name in ("learning_rate", "actor_rate"):
            in_range(name, getattr(self, name), above=0)
        for name in ("ent_coef", "free_nats"):
            in_range(name, getattr(self, name), low=0)


class Latent(NamedTuple):
    """The latent state of B rollouts."""

    memory: Tensor
    """(B, H)."""
    guess: Tensor
    """(B, variables * classes), one-hot for each variable."""

    def features(self) -> Tensor:
        """(B, H + Z) what decoder, actor and critic read."""
        return torch.cat([self.memory, self.guess], dim=-1)


def two_layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """A network with one hidden layer."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ELU(), nn.Linear(hidden, outputs))


class LatentModel(nn.Module):
    """The world model.

    Args:
        obs_size: n, bits of an observation.
        action_count: A.
        config: sizes.
    """

    def __init__(self, obs_size: int, action_count: int, config: ImaginationConfig) -> None:
        super().__init__()
        self.config = config
        self.action_count = action_count
        guess = config.variables * config.classes
        features = config.memory + guess
        self.recur = nn.GRUCell(guess + action_count, config.memory)
        self.prior = two_layers(config.memory, config.hidden, guess)
        self.posterior = two_layers(config.memory + obs_size, config.hidden, guess)
        self.decoder = two_layers(features, config.hidden, obs_size)
        self.reward = two_layers(features, config.hidden, 1)

    def begin(self, count: int) -> Latent:
        """Blank states for ``count`` episodes, before anything was seen."""
        guess = self.config.variables * self.config.classes
        return Latent(torch.zeros(count, self.config.memory), torch.zeros(count, guess))

    def carry_on(self, state: Latent, actions: Tensor) -> Tensor:
        """(B, H) the memory after (B,) actions, before the next observation."""
        chosen = nn.functional.one_hot(actions, self.action_count).to(state.memory.dtype)
        return self.recur(torch.cat([state.guess, chosen], dim=-1), state.memory)

    def look(self, memory: Tensor, obs: Tensor) -> tuple[Latent, Tensor]:
        """The state after an observation (B, n), and its (B, V, K) logits."""
        logits = self._logits(self.posterior(torch.cat([memory, obs], dim=-1)))
        return Latent(memory, self._draw(logits)), logits

    def imagine(self, memory: Tensor) -> tuple[Latent, Tensor]:
        """The state without one, and its logits."""
        logits = self._logits(self.prior(memory))
        return Latent(memory, self._draw(logits)), logits

    def _logits(self, flat: Tensor) -> Tensor:
        return flat.view(-1, self.config.variables, self.config.classes)

    def _draw(self, logits: Tensor) -> Tensor:
        """A draw of every variable as one-hot; gradients pass as if it were the probabilities."""
        chance = torch.softmax(logits, dim=-1)
        flat = chance.reshape(-1, self.config.classes)
        drawn = torch.multinomial(flat.detach(), 1)[:, 0]
        one_hot = nn.functional.one_hot(drawn, self.config.classes).to(chance.dtype)
        straight = one_hot.view_as(chance) + chance - chance.detach()
        return straight.flatten(1)


class Episodes:
    """Real experience, tick by tick, of one environment.

    Args:
        obs_size: bits of an observation.
        room: most ticks that are kept.
    """

    def __init__(self, obs_size: int, room: int = 20_000) -> None:
        self.count = 0
        self.obs = np.zeros((room, obs_size), np.float32)
        self.actions = np.zeros(room, np.int64)
        """Action that led to the observation; at the begin of an episode any."""
        self.rewards = np.zeros(room, np.float32)
        """Reward that came with it."""
        self.begins = np.zeros(room, bool)

    def add(self, obs: np.ndarray, action: int, reward: float, begins: bool) -> None:
        """Keep one tick. ValueError when there is no room left."""
        if self.count == len(self.obs):
            raise ValueError(f"there is room for {self.count} ticks; begin with another agent")
        self.obs[self.count] = obs
        self.actions[self.count] = action
        self.rewards[self.count] = reward
        self.begins[self.count] = begins
        self.count += 1

    def sample(
        self, count: int, length: int, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(L, B, n) observations, (L, B) actions, rewards and begins of B sequences."""
        starts = rng.integers(self.count - length, size=count)
        ticks = starts + np.arange(length)[:, None]
        parts = (self.obs, self.actions, self.rewards, self.begins)
        obs, actions, rewards, begins = (torch.as_tensor(part[ticks]) for part in parts)
        return obs, actions, rewards, begins

    def reward_scale(self) -> float:
        """Standard deviation of the rewards so far."""
        return max(float(self.rewards[: self.count].std()), 1e-3)


def trace_returns(rewards: Tensor, values: Tensor, discount: float, trace: float) -> Tensor:
    """(T, B) lambda-returns: what each tick of a rollout is worth.

    Args:
        rewards: (T, B) reward of the step from tick t to t + 1.
        values: (T + 1, B) the critic's value of each tick.
        discount: gamma; trace: lambda, 0 trusts the critic at once, 1 the rewards alone.
    """
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
            self.model = LatentModel(obs_size, self.action_count, self.config)
            self.actor = two_layers(features, self.config.hidden, self.action_count)
            self.critic = two_layers(features, self.config.hidden, 1)
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
            self.real.add(obs[0], 0, 0.0, True)
            state = self._first(obs)
            truncated = np.zeros(1, bool)
            for _ in range(steps):
                action = self._choose(state)
                begins = bool(truncated[0])
                obs, reward, _, truncated, _ = self.env.step(action.numpy())
                self.real.add(obs[0], int(action), float(reward[0]), begins)
                state = self._first(obs) if begins else self._next(state, action, obs)
                self.steps += 1
                if self.steps >= self.config.warm_up and self.steps % self.config.every == 0:
                    self.improve()

    @torch.no_grad()
    def act(self, state: Latent) -> Tensor:
        """(B,) the likeliest actions."""
        return self.actor(state.features()).argmax(dim=-1)

    @torch.no_grad()
    def play(self, env: gymnasium.vector.VectorEnv, seed: int) -> np.ndarray:
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

    def improve(self) -> dict[str, float]:
        """One gradient step of the world model on real sequences, one of actor and critic in
        imagination; returns the losses."""
        batch = self.real.sample(self.config.batch_size, self.config.sequence, self.rng)
        self.reward_scale = self.real.reward_scale()
        loss, states = self._model_loss(*batch)
        if self.config.train_model:
            self._step(self.model_optimiser, loss)
        player_loss = self._player_loss(states)
        self._step(self.player_optimiser, player_loss)
        return {"model": loss.item(), "player": player_loss.item()}

    def _model_loss(
        self, obs: Tensor, actions: Tensor, rewards: Tensor, begins: Tensor
    ) -> tuple[Tensor, Latent]:
        """Loss over B sequences of L ticks, and all their posterior states, without gradient."""
        state = self.model.begin(obs.shape[1])
        total = torch.zeros(())
        seen = []
        for t in range(len(obs)):
            keep = ~begins[t][:, None]
            memory = self.model.carry_on(state, actions[t]) * keep
            state, posterior = self.model.look(memory, obs[t])
            _, prior = self.model.imagine(memory)
            features = state.features()
            bits = self.model.decoder(features)
            total = total + nn.functional.binary_cross_entropy_with_logits(bits, obs[t])
            missed = self.model.reward(features)[:, 0] - rewards[t] / self.reward_scale
            total = total + 0.5 * (missed.square() * keep[:, 0]).mean()
            total = total + 0.1 * self._disagreement(posterior, prior)
            seen.append(Latent(state.memory.detach(), state.guess.detach()))
        memory = torch.cat([one.memory for one in seen])
        guess = torch.cat([one.guess for one in seen])
        return total / len(obs), Latent(memory, guess)

    def _disagreement(self, posterior: Tensor, prior: Tensor) -> Tensor:
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
            returns = trace_returns(torch.stack(rewards), values, discount, trace)
            advantage = returns - values[:-1]
            advantage = advantage / (advantage.std() + 1e-3)
        gain = torch.stack(log_probs) * advantage + self.config.ent_coef * torch.stack(entropies)
        return (values[:-1] - returns).square().mean() - gain.mean()

    def _step(self, optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
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
    def _next(self, state: Latent, action: Tensor, obs: np.ndarray) -> Latent:
        memory = self.model.carry_on(state, action)
        return self.model.look(memory, torch.as_tensor(obs))[0]

    @torch.no_grad()
    def imagined_bits(self, seen: np.ndarray, plan: np.ndarray, copies: int, seed: int = 0):
        """(T, n) mean decoded bits over ``copies`` rollouts of a plan (T,) from one observation."""
        with seeded(seed):
            state = self._first(np.repeat(seen[None], copies, axis=0))
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
