"""Training configurations by name."""

from dataclasses import dataclass, replace
from typing import Any

from course_lib import validate

from .limits import LARGEST, LARGEST_BATCH, check_rates, check_weights
from .strong_config import SettledConfig, StrongConfig, TaughtConfig

PRECISIONS = ("float32", "bfloat16")
CRITICS = ("central", "local")


@dataclass(frozen=True)
class TrainConfig:
    """How a team is trained; the defaults are ``study``, the budget of the recorded study.

    ValueError for a value outside its range.
    """

    num_envs: int = 32
    """E, parallel environments."""
    num_steps: int = 499
    """T, ticks between two updates; E * T environment steps make a batch. 499 is one whole official
    episode."""
    iterations: int = 96
    """Updates."""
    learning_rate: float = 1e-3
    """Of Adam, for policies, message functions and critics."""
    anneal_lr: bool = True
    """Whether the learning rate falls linearly towards 0."""
    discount: float = 0.99
    """gamma, per tick."""
    gae_lambda: float = 0.95
    """lambda of generalised advantage estimation, per decision."""
    bootstrap_end: bool = True
    """Whether the end of an episode counts as a truncation (the critic says what would follow) or
    as the end of everything."""
    clip_coef: float = 0.2
    """Half-width of PPO's clip."""
    epochs: int = 4
    """Passes over a batch."""
    minibatch_size: int = 1024
    """Decisions in a gradient step."""
    ent_coef: float = 0.001
    """Weight of the entropy bonus."""
    max_grad_norm: float = 0.5
    """Largest norm of a gradient."""
    target_kl: float = 0.03
    """An update stops after an epoch whose last minibatch shows that the policy has moved this far,
    nats; 0 never stops."""
    critic: str = "central"
    """"central" (MAPPO) or "local" (IPPO)."""
    value_noise: float = 0.0
    """Standard deviation of the noise on the critic's input."""
    precision: str = "bfloat16"
    """Of the networks' multiplications in the update: "float32", or "bfloat16", which is twice as
    fast where the processor has it (log-probabilities, losses and weights stay float32)."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.choice("critic", self.critic, CRITICS)
        validate.choice("precision", self.precision, PRECISIONS)
        for name, most in LARGEST.items():
            validate.whole_number(name, getattr(self, name), 1, most)
        validate.probabilities(self, "discount", "gae_lambda")
        check_rates(self, "learning_rate", "clip_coef", "max_grad_norm")
        check_weights(self, "ent_coef", "target_kl", "value_noise")
        batch = self.num_envs * self.num_steps
        if batch > LARGEST_BATCH:
            raise ValueError(
                f"num_envs={self.num_envs} times num_steps={self.num_steps} is more than the "
                f"{LARGEST_BATCH:,} ticks that fit into memory; take fewer of one"
            )

    @property
    def total_steps(self) -> int:
        """Environment steps of the whole training."""
        return self.num_envs * self.num_steps * self.iterations


STUDY = TrainConfig()
PAPER = replace(
    STUDY,
    num_envs=64,
    num_steps=512,
    iterations=200,
    anneal_lr=False,
    clip_coef=0.3,
    epochs=15,
    minibatch_size=8192,
    target_kl=0.0,
)
"""Section 4: learning rate 1e-3, discount 0.99, batch 32,768, minibatch 8,192, 15 epochs, clip 0.3,
200 iterations.

What the paper does not print (gae_lambda, ent_coef, max_grad_norm) is as in `STUDY`.
"""
FAST = replace(
    STUDY,
    num_envs=16,
    iterations=40,
    minibatch_size=512,
    precision="float32",
)
"""For a notebook cell: the first improvement within a minute."""

AnyConfig = TrainConfig | StrongConfig | SettledConfig | TaughtConfig
CONFIGS: dict[str, AnyConfig] = {
    "study": STUDY,
    "paper": PAPER,
    "fast": FAST,
    "strong": StrongConfig(),
    "settled": SettledConfig(),
    "decided": SettledConfig(decide_iterations=60),
    "taught": TaughtConfig(),
}
HOST_SHARED = ("strong", "settled", "decided", "taught")
"""Configurations that train host-shared units with notes and without doctrine."""


def get_config(name: str, **changes: Any) -> AnyConfig:
    """A configuration by name, with some fields changed.

    Raises:
        ValueError: for an unknown name or field, or a value outside the allowed range.
    """
    validate.choice("config", name, CONFIGS)
    try:
        return replace(CONFIGS[name], **changes)
    except TypeError as error:
        raise ValueError(f"a training configuration has no such field: {error}") from None


def at_its_shortest(config: AnyConfig) -> AnyConfig:
    """The configuration of the shortest training of this kind, to compare all but the length."""
    if isinstance(config, TaughtConfig):
        return replace(config, fine_tune_iterations=0)
    if isinstance(config, SettledConfig) and config.decide_iterations:
        return replace(config, decide_iterations=1)
    if isinstance(config, SettledConfig):
        return replace(config, settle_iterations=1)
    return replace(config, iterations=1)
