"""Proximal policy optimisation (PPO; Schulman et al. 2017) for one agent, in four functions.

    learner = PPO(lambda: gymnasium.make("CartPole-v1"), PPOConfig(seed=0))
    record = learner.learn(100_000)
    play(learner.policy, lambda: gymnasium.make("CartPole-v1")).returns

collect (let the policy act) -> advantages (how good was it?) -> update (several epochs over the
same batch) -> repeat. The pieces with the mathematics are `advantages.gae` and
`clipped.clipped_policy_loss`.

Arrays are T ticks by N environments. Actions that are not allowed (``info["action_mask"]``) are
never chosen.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields

import numpy as np
import torch
from torch import nn

from .advantages import gae
from .networks import MLPPolicy, entropy, masked, seeded
from .ppo_loss import PolicyLoss, RunningScale, clipped_policy_loss, normalised, value_loss
from .vector_env import allowed_actions, choose, side_by_side


@dataclass(frozen=True)
class PPOConfig:
    """How to learn. Raises ValueError for values out of range."""

    environments: int = 8
    """Environments side by side, if a factory is given; a vector environment brings its own
    number."""
    ticks: int = 128
    """Ticks per iteration in each of them."""
    epochs: int = 4
    """How often each batch is used."""
    minibatches: int = 4
    """Into how many parts a batch is split in each epoch; with a memory the parts are whole
    environments."""
    learning_rate: float = 1e-3
    """Step size of Adam at the start."""
    final_learning_rate: float = 1e-3
    """Step size once ``decay_steps`` have passed; in between it falls linearly."""
    decay_steps: int = 100_000
    """Environment steps over which the learning rate falls."""
    discount: float = 0.99
    """Weight gamma of the next tick's reward."""
    lam: float = 0.95
    """Lambda of generalised advantage estimation: 0 trusts the critic, 1 trusts the sampled
    return."""
    clip: float = 0.2
    """Ratio of new to old action probability beyond which there is nothing more to gain."""
    entropy_weight: float = 0.01
    """How much randomness of the policy is worth, in units of normalised advantage."""
    value_weight: float = 0.5
    """Weight of the critic's loss."""
    max_gradient: float = 0.5
    """Longest gradient allowed; a longer one is scaled down."""
    scale_returns: bool = False
    """Whether the critic learns returns divided by their running standard deviation (for large
    rewards)."""
    seed: int = 0
    """Fixes weights, choices, batches and episodes."""

    def __post_init__(self):
        for name in ("environments", "ticks", "epochs", "minibatches", "decay_steps"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 1")
        for name in ("discount", "lam"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}={getattr(self, name)} must be between 0 and 1")
        for name in ("learning_rate", "clip", "max_gradient"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}={getattr(self, name)} must be positive")

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

    def add(self, **values: float) -> None:
        """Append one iteration."""
        for name in (f.name for f in fields(self)):
            getattr(self, name).append(values[name])


@dataclass
class Batch:
    """What the environments answered in one iteration: tensors (T, N, ...), or (1, B, ...) once
    laid flat."""

    observations: torch.Tensor
    begins: torch.Tensor
    """An episode begins in this tick."""
    decides: torch.Tensor
    """False in the tick between two episodes, whose action is ignored."""
    actions: torch.Tensor
    log_probs: torch.Tensor
    allowed: torch.Tensor | None
    advantages: torch.Tensor
    returns: torch.Tensor
    memory: torch.Tensor
    """(N, memory_size) before the first tick, as the acting policy left it."""

    def columns(self, chosen: torch.Tensor) -> "Batch":
        """The same for some of the environments only."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        picked = {
            name: None if part is None else part[:, chosen]
            for name, part in parts.items()
            if name != "memory"
        }
        return Batch(**picked, memory=self.memory[chosen])

    def flat(self) -> "Batch":
        """All decisions in one row of ticks, (1, B, ...): for a policy to which the order does not
        matter."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        rows = {name: None if part is None else part[self.decides][None] for name, part in parts.items()
                if name != "memory"}  # fmt: skip
        return Batch(**rows, memory=torch.zeros(rows["actions"].shape[1], 0))


class PPO:
    """A policy, its optimiser and the environments it learns in.

    Attributes: ``policy`` (torch module), ``curve`` (`Curve`), ``steps`` (environment steps so
        far).
    """

    def __init__(
        self,
        env,
        config: PPOConfig | None = None,
        policy: Callable[..., nn.Module] = MLPPolicy,
        policy_loss: Callable[..., PolicyLoss] = clipped_policy_loss,
    ):
        """``env``: a Gymnasium vector environment, or a function that makes one environment.

        ``policy``: a factory as described in `networks`; ``policy_loss``: with the arguments of
        `clipped_policy_loss`. ValueError for spaces that do not fit.
        """
        self.config = config or PPOConfig()
        self.env = side_by_side(env, self.config.environments)
        with seeded(self.config.seed):
            self.policy = policy(self.env.single_observation_space, self.env.single_action_space)
        self.optimiser = torch.optim.Adam(self.policy.parameters(), eps=1e-5)
        self.generator = torch.Generator().manual_seed(self.config.seed)
        self.policy_loss = policy_loss
        self.scale = RunningScale(memory=100_000)
        self.curve, self.steps = Curve(), 0

    def learn(self, steps: int) -> Curve:
        """Learn for at least ``steps`` more environment steps, in whole iterations; each call
        begins new episodes."""
        until = self.steps + steps
        self._begin()
        while self.steps < until:
            batch, returns = self.collect()
            self.steps += batch.actions.numel()
            score = float(np.mean(returns)) if returns else float("nan")
            self.curve.add(steps=self.steps, score=score, **self.update(batch))
        return self.curve

    def _begin(self) -> None:
        count = self.env.num_envs
        # Its own seed for every call, so that a resumed run sees the episodes which an
        # uninterrupted one would see.
        self.seen, self.info = self.env.reset(seed=1_000_003 * self.config.seed + self.steps)
        self.memory = torch.zeros(count, self.policy.memory_size)
        self.begins, self.over, self.earned = (
            np.ones(count, bool),
            np.zeros(count, bool),
            np.zeros(count),
        )

    @torch.no_grad()
    def collect(self) -> tuple[Batch, list[float]]:
        """Let the policy act for one iteration; the batch, and the returns of the episodes that
        ended."""
        first_memory, finished, rows = self.memory, [], []
        for _ in range(self.config.ticks):
            allowed, observations, begins = (
                allowed_actions(self.info),
                torch.as_tensor(self.seen),
                self.begins,
            )
            log_probs, values = self._look()
            actions = choose(log_probs, self.generator)
            self.seen, reward, terminated, truncated, self.info = self.env.step(actions.numpy())
            decides, self.begins = ~self.over, self.over
            self.over = (terminated | truncated) & decides
            chosen = log_probs.gather(-1, actions[:, None])[:, 0]
            answers = np.float32(reward), self.over, terminated
            rows.append((observations, begins, decides, actions, chosen, allowed, values, *answers))
            self.earned += reward * decides
            finished += self.earned[self.over].tolist()
            self.earned[self.over] = 0
        return self._batch(rows, first_memory), finished

    def _look(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities (N, A) and values (N,) of what is seen now; moves the memory on."""
        begins = torch.as_tensor(self.begins)[None]
        logits, values, self.memory = self.policy(
            torch.as_tensor(self.seen)[None], self.memory, begins
        )
        return masked(logits[0], allowed_actions(self.info)).log_softmax(
            -1
        ), self.scale.denormalise(values[0])

    def _batch(self, rows: list[tuple], first_memory: torch.Tensor) -> Batch:
        """Stack the ticks, value what comes after the last one, and compute advantages."""
        memory = self.memory
        last_values = self._look()[1]
        self.memory = (
            memory  # only a glance: the next iteration looks at the same observation again
        )
        columns = [
            None if column[0] is None else _stacked(column) for column in zip(*rows, strict=True)
        ]
        (
            observations,
            begins,
            decides,
            actions,
            log_probs,
            allowed,
            values,
            rewards,
            over,
            terminated,
        ) = columns
        # In next-step mode the tick after an end still shows the last observation: its value is the
        # next row's.
        after = torch.cat([values[1:], last_values[None]])
        arrays = [
            part.numpy()
            for part in (rewards, values, decides, over, after * ~terminated, last_values)
        ]
        advantages, returns = map(
            torch.as_tensor, gae(*arrays, self.config.discount, self.config.lam)
        )
        if self.config.scale_returns:
            self.scale.update(returns[decides])
        return Batch(
            observations,
            begins,
            decides,
            actions,
            log_probs,
            allowed,
            advantages,
            returns,
            first_memory,
        )

    def update(self, batch: Batch) -> dict[str, float]:
        """Several epochs of gradient steps on one batch; the diagnostics of the last epoch,
        averaged."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.rate(self.steps)
        for _ in range(self.config.epochs):
            notes = []
            for part in self._minibatches(batch):
                loss, note = self.loss(part)
                if not torch.isfinite(loss):
                    raise ValueError(
                        "the loss is no longer finite; use a smaller learning rate or scale_returns=True"
                    )
                self.optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.policy.parameters(), self.config.max_gradient)
                self.optimiser.step()
                notes.append(note)
        return {
            name: float(torch.stack([note[name] for note in notes]).mean()) for name in notes[0]
        }

    def _minibatches(self, batch: Batch) -> Iterator[Batch]:
        batch = batch if self.policy.memory_size else batch.flat()
        order = torch.randperm(batch.actions.shape[1], generator=self.generator)
        for chosen in order.tensor_split(self.config.minibatches):
            if len(chosen):
                yield batch.columns(chosen)

    def loss(self, batch: Batch) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """What is minimised on a (mini)batch, a scalar tensor, and what to write down about it."""
        logits, values, _ = self.policy(batch.observations, batch.memory, batch.begins)
        log_probs = masked(logits, batch.allowed).log_softmax(-1)[batch.decides]
        chosen = log_probs.gather(-1, batch.actions[batch.decides][:, None])[:, 0]
        advantages = normalised(batch.advantages[batch.decides])
        gain = self.policy_loss(
            chosen, batch.log_probs[batch.decides], advantages, self.config.clip
        )
        targets = self.scale.normalise(batch.returns[batch.decides])
        error, random = value_loss(values[batch.decides], targets), entropy(log_probs).mean()
        loss = gain.loss + self.config.value_weight * error - self.config.entropy_weight * random
        notes = {
            "value_loss": error,
            "entropy": random,
            "kl": gain.kl,
            "clip_fraction": gain.clip_fraction,
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
        """Go on where `state_dict` was taken (at the end of a call of `learn`); the curve begins
        anew."""
        self.policy.load_state_dict(state["policy"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.scale.load_state_dict(state["scale"])
        self.generator.set_state(state["generator"])
        self.steps = state["steps"]


def _stacked(column: tuple) -> torch.Tensor:
    return torch.stack([torch.as_tensor(part) for part in column])
