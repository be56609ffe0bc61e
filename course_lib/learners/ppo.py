"""Proximal policy optimisation (PPO; Schulman et al. 2017) for one agent.

    learner = PPO(lambda: gymnasium.make("CartPole-v1"), PPOConfig(seed=0))
    curve = learner.learn(100_000)
    play(learner.policy, lambda: gymnasium.make("CartPole-v1")).returns

collect (let the policy act, and work out how good each action was) -> update (several epochs over
the same batch) -> repeat. The pieces with the mathematics are `advantages.gae` and
`ppo_loss.clipped_policy_loss`.

Arrays are T ticks by N environments. Actions that are not allowed (``info["action_mask"]``) are
never chosen.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields

import gymnasium
import numpy as np
import torch
from torch import nn

from course_lib.validate import (
    counts,
    function,
    instance,
    not_negative,
    positive,
    probabilities,
    seed,
    truth,
)

from .advantages import gae
from .gradient_step import gradient_step
from .networks import MLPPolicy, entropy, masked, seeded
from .ppo_loss import PolicyLoss, RunningMeanStd, clipped_policy_loss, normalised, value_loss
from .vector_env import Make, allowed_actions, as_vector_env, choose


@dataclass(frozen=True)
class PPOConfig:
    """How to learn. Raises ValueError for values out of range."""

    num_envs: int = 8
    """Environments side by side, if a factory is given; a vector environment brings its own
    number."""
    num_steps: int = 128
    """Ticks per iteration in each of them."""
    epochs: int = 4
    """How often each batch is used."""
    minibatch_size: int = 256
    """Decisions in a gradient step. With a memory it is as many whole environments as come
    nearest to that."""
    learning_rate: float = 1e-3
    """Step size of Adam at the start."""
    final_learning_rate: float = 1e-3
    """Step size once ``decay_steps`` have passed; in between it falls linearly."""
    decay_steps: int = 100_000
    """Environment steps over which the learning rate falls."""
    discount: float = 0.99
    """Weight gamma of the next tick's reward."""
    gae_lambda: float = 0.95
    """Lambda of generalised advantage estimation: 0 trusts the critic, 1 trusts the sampled
    return."""
    clip_coef: float = 0.2
    """Ratio of new to old action probability beyond which there is nothing more to gain."""
    ent_coef: float = 0.01
    """How much randomness of the policy is worth, in units of normalised advantage."""
    vf_coef: float = 0.5
    """Weight of the critic's loss."""
    max_grad_norm: float = 0.5
    """Longest gradient allowed; a longer one is scaled down."""
    scale_returns: bool = False
    """Whether the critic learns returns divided by their running standard deviation (for large
    rewards)."""
    seed: int = 0
    """Fixes weights, choices, batches and episodes."""

    def __post_init__(self) -> None:
        counts(self, "num_envs", "num_steps", "epochs", "minibatch_size", "decay_steps")
        probabilities(self, "discount", "gae_lambda")
        positive(self, "learning_rate", "clip_coef", "max_grad_norm")
        not_negative(self, "final_learning_rate", "ent_coef", "vf_coef")
        truth("scale_returns", self.scale_returns)
        seed(self.seed)

    def rate(self, steps: int) -> float:
        """Learning rate after ``steps`` environment steps."""
        passed = min(steps / self.decay_steps, 1.0)
        return self.learning_rate + (self.final_learning_rate - self.learning_rate) * passed


@dataclass
class Curve:
    """One entry per iteration."""

    steps: list[int] = field(default_factory=list)
    """Environment steps so far, over all environments."""
    score: list[float] = field(default_factory=list)
    """Mean return of the episodes that ended in the iteration; nan if none did."""
    value_loss: list[float] = field(default_factory=list)
    """Half the mean squared error of the critic."""
    entropy: list[float] = field(default_factory=list)
    """Mean entropy of the policy (nats): log of the number of actions when undecided, 0 when
    certain."""
    kl: list[float] = field(default_factory=list)
    """How far the last epoch's policy was from the one that acted (nats)."""
    clip_fraction: list[float] = field(default_factory=list)
    """Share of samples outside the clip interval in the last epoch."""

    def append(self, **values: float) -> None:
        """Add one iteration; every field must be given."""
        for one in fields(self):
            getattr(self, one.name).append(values[one.name])


@dataclass
class Batch:
    """One iteration of all environments: tensors (T, N, ...), or (1, B, ...) once laid flat."""

    obs: torch.Tensor
    episode_starts: torch.Tensor
    """bool: an episode begins in this tick."""
    valid: torch.Tensor
    """bool: False in the tick between two episodes, whose action is ignored."""
    actions: torch.Tensor
    log_probs: torch.Tensor
    allowed: torch.Tensor | None
    """(T, N, A) bool, or None where every action is always allowed."""
    advantages: torch.Tensor
    returns: torch.Tensor
    memory: torch.Tensor
    """(N, memory_size) before the first tick, as the acting policy left it."""

    def of_envs(self, chosen: torch.Tensor) -> "Batch":
        """The same for some of the environments only, numbered by ``chosen``."""
        return self._each(lambda part: part[:, chosen], memory=self.memory[chosen])

    def flat(self) -> "Batch":
        """All decisions in one row of ticks, (1, B, ...): for a policy to which the order does not
        matter."""
        decisions = int(self.valid.sum())
        return self._each(lambda part: part[self.valid][None], memory=torch.zeros(decisions, 0))

    def _each(
        self, select: Callable[[torch.Tensor], torch.Tensor], memory: torch.Tensor
    ) -> "Batch":
        selected = {}
        for one in fields(self):
            part = getattr(self, one.name)
            if one.name != "memory":
                selected[one.name] = None if part is None else select(part)
        return Batch(**selected, memory=memory)


class PPO:
    """A policy, its optimiser and the environments it learns in.

    Attributes: ``policy`` (torch module), ``curve`` (`Curve`), ``steps`` (environment steps).
    """

    def __init__(
        self,
        env: gymnasium.vector.VectorEnv | Make,
        config: PPOConfig | None = None,
        policy: Callable[..., nn.Module] = MLPPolicy,
        policy_loss: Callable[..., PolicyLoss] = clipped_policy_loss,
    ):
        """``env``: a Gymnasium vector environment, or a function that makes one environment.

        ``policy``: a factory as described in `networks`; ``policy_loss``: with the arguments of
        `clipped_policy_loss`. ValueError for spaces that do not fit.
        """
        self.config = PPOConfig() if config is None else config
        instance("config", self.config, PPOConfig, "PPOConfig() has the defaults")
        function("policy", policy)
        function("policy_loss", policy_loss)
        self.env = as_vector_env(env, self.config.num_envs)
        with seeded(self.config.seed):
            made = policy(self.env.single_observation_space, self.env.single_action_space)
        self.policy = instance("what policy made", made, nn.Module, "a policy is a torch module")
        self.optimiser = torch.optim.Adam(self.policy.parameters(), eps=1e-5)
        self.generator = torch.Generator().manual_seed(self.config.seed)
        self.policy_loss = policy_loss
        self.scale = RunningMeanStd(memory=100_000)
        self.curve = Curve()
        self.steps = 0

    def learn(self, steps: int) -> Curve:
        """Learn for at least ``steps`` more environment steps, in whole iterations; each call
        begins new episodes."""
        until = self.steps + steps
        self._begin()
        while self.steps < until:
            batch, returns = self.collect()
            self.steps += batch.actions.numel()
            score = float(np.mean(returns)) if returns else float("nan")
            self.curve.append(
                steps=self.steps,
                score=score,
                **self.update(batch),
            )
        return self.curve

    def _begin(self) -> None:
        # Its own seed for every call, so that a resumed run sees the episodes which an
        # uninterrupted one would see.
        self.obs, self.info = self.env.reset(seed=1_000_003 * self.config.seed + self.steps)
        self.memory = torch.zeros(self.env.num_envs, self.policy.memory_size)
        self.episode_starts = np.ones(self.env.num_envs, bool)
        self.done = np.zeros(self.env.num_envs, bool)
        self.episode_returns = np.zeros(self.env.num_envs)

    @torch.no_grad()
    def collect(self) -> tuple[Batch, list[float]]:
        """Let the policy act for one iteration; the batch, and the returns of the episodes that
        ended."""
        shape = (self.config.num_steps, self.env.num_envs)
        first_obs = torch.as_tensor(self.obs)
        # The arrays are filled tick by tick: what is written into them is a copy, so that an
        # environment may use its own arrays again.
        obs = torch.zeros((*shape, *first_obs.shape[1:]), dtype=first_obs.dtype)
        allowed = self._empty_masks(shape)
        episode_starts, valid, done, terminated = torch.zeros((4, *shape), dtype=torch.bool)
        actions = torch.zeros(shape, dtype=torch.long)
        log_probs, values, rewards = torch.zeros((3, *shape))
        first_memory = self.memory
        finished: list[float] = []
        for t in range(self.config.num_steps):
            obs[t] = torch.as_tensor(self.obs)
            episode_starts[t] = torch.as_tensor(self.episode_starts)
            valid[t] = torch.as_tensor(~self.done)
            log_probs_of_all, values[t], mask = self._evaluate()
            if mask is not None:
                allowed[t] = mask
            actions[t] = choose(log_probs_of_all, self.generator)
            log_probs[t] = log_probs_of_all.gather(-1, actions[t][:, None])[:, 0]
            reward, ended, finished_now = self._step(actions[t])
            rewards[t] = torch.as_tensor(reward)
            terminated[t] = torch.as_tensor(ended)
            done[t] = torch.as_tensor(self.done)
            finished += finished_now
        advantages, returns = self._advantages(
            rewards,
            values,
            valid,
            done,
            terminated,
        )
        batch = Batch(
            obs=obs,
            episode_starts=episode_starts,
            valid=valid,
            actions=actions,
            log_probs=log_probs,
            allowed=allowed,
            advantages=advantages,
            returns=returns,
            memory=first_memory,
        )
        return batch, finished

    def _empty_masks(self, shape: tuple[int, int]) -> torch.Tensor | None:
        if "action_mask" not in self.info:
            return None
        return torch.ones((*shape, int(self.env.single_action_space.n)), dtype=torch.bool)

    def _evaluate(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Log-probabilities (N, A), values (N,) and mask of what is seen now; moves the memory
        on."""
        starts = torch.as_tensor(self.episode_starts)[None]
        obs = torch.as_tensor(self.obs)[None]
        logits, values, self.memory = self.policy(
            obs,
            self.memory,
            starts,
        )
        mask = allowed_actions(self.info, self.done)
        return masked(logits[0], mask).log_softmax(-1), self.scale.denormalise(values[0]), mask

    def _step(self, actions: torch.Tensor) -> tuple[np.ndarray, np.ndarray, list[float]]:
        """One tick of all environments: rewards (N,), terminated (N,), and the returns of the
        episodes that ended."""
        self.obs, reward, terminated, truncated, self.info = self.env.step(actions.numpy())
        valid = ~self.done
        self.episode_starts = self.done
        self.done = (terminated | truncated) & valid
        self.episode_returns += reward * valid
        finished = self.episode_returns[self.done].tolist()
        self.episode_returns[self.done] = 0
        return reward, terminated, finished

    def _advantages(
        self,
        rewards: torch.Tensor,
        values: torch.Tensor,
        valid: torch.Tensor,
        done: torch.Tensor,
        terminated: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Advantages and returns (T, N), after a glance at what comes after the last tick."""
        memory = self.memory
        _, last_values, _ = self._evaluate()
        self.memory = memory  # the next iteration looks at the same observation again
        # In next-step mode the tick after an end still shows the last observation: its value is
        # the next row's. Where the world has stopped, nothing follows.
        next_values = torch.cat([values[1:], last_values[None]])
        end_values = next_values * ~terminated
        advantages, returns = gae(
            rewards.numpy(),
            values.numpy(),
            valid=valid.numpy(),
            done=done.numpy(),
            end_values=end_values.numpy(),
            last_values=last_values.numpy(),
            gamma=self.config.discount,
            gae_lambda=self.config.gae_lambda,
        )
        if self.config.scale_returns:
            self.scale.update(returns[valid.numpy()])
        return torch.as_tensor(advantages), torch.as_tensor(returns)

    def update(self, batch: Batch) -> dict[str, float]:
        """Several epochs of gradient steps on one batch; the diagnostics of the last epoch,
        averaged."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.rate(self.steps)
        for _ in range(self.config.epochs):
            notes = [self._gradient_step(minibatch) for minibatch in self._minibatches(batch)]
        means = {}
        for name in notes[0]:
            means[name] = float(torch.stack([note[name] for note in notes]).mean())
        return means

    def _gradient_step(self, minibatch: Batch) -> dict[str, torch.Tensor]:
        loss, note = self.loss(minibatch)
        advice = "use a smaller learning rate or scale_returns=True"
        gradient_step(loss, self.policy, self.optimiser, self.config.max_grad_norm, advice)
        return note

    def _minibatches(self, batch: Batch) -> Iterator[Batch]:
        size = self.config.minibatch_size
        if self.policy.memory_size:
            # A memory needs the ticks in their order: the parts are whole environments.
            size = max(1, round(size / self.config.num_steps))
        else:
            batch = batch.flat()
        order = torch.randperm(batch.actions.shape[1], generator=self.generator)
        for chosen in order.split(size):
            yield batch.of_envs(chosen)

    def loss(self, batch: Batch) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """What is minimised on a (mini)batch, a scalar tensor, and what to write down about it."""
        valid = batch.valid
        logits, values, _ = self.policy(
            batch.obs,
            batch.memory,
            batch.episode_starts,
        )
        log_probs_of_all = masked(logits, batch.allowed).log_softmax(-1)[valid]
        log_probs = log_probs_of_all.gather(-1, batch.actions[valid][:, None])[:, 0]
        advantages = normalised(batch.advantages[valid])
        policy_loss = self.policy_loss(
            log_probs, batch.log_probs[valid], advantages, self.config.clip_coef
        )
        targets = self.scale.normalise(batch.returns[valid])
        critic_loss = value_loss(values[valid], targets)
        randomness = entropy(log_probs_of_all).mean()
        loss = policy_loss.loss
        loss = loss + self.config.vf_coef * critic_loss
        loss = loss - self.config.ent_coef * randomness
        notes = {
            "value_loss": critic_loss,
            "entropy": randomness,
            "kl": policy_loss.kl,
            "clip_fraction": policy_loss.clip_fraction,
        }
        return loss, {name: value.detach() for name, value in notes.items()}

    def state_dict(self) -> dict:
        """All that is needed to go on: tensors and plain numbers, which
        ``torch.load(weights_only=True)`` reads."""
        return {
            "policy": self.policy.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scale": self.scale.state_dict(),
            "generator": self.generator.get_state(),
            "steps": self.steps,
        }

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken (at the end of a call of `learn`); the curve starts
        again."""
        self.policy.load_state_dict(state["policy"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.scale.load_state_dict(state["scale"])
        self.generator.set_state(state["generator"])
        self.steps = state["steps"]
