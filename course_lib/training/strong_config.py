"""Configurations that train host-shared units: from the reward, in two stages, and by a teacher."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from course_lib import validate

from .limits import (
    LARGEST,
    LARGEST_REAL,
    MOST_WHOLE_EPISODES,
    OFFICIAL_TICKS,
    check_rates,
    check_weights,
)

TEACHERS = ("expert", "five-rules")


def _check_stage(name: str, build: Callable[[], "StrongConfig"]) -> None:
    """Let `StrongConfig` check one stage's fields; a complaint names them as the reader set
    them."""
    try:
        build()
    except ValueError as error:
        raise ValueError(f"{name}_{error}") from None


@dataclass(frozen=True)
class StrongConfig:
    """How a host-shared team learns from the reward alone."""

    num_envs: int = 16
    """E, parallel environments; each plays one whole episode for a batch. Far from a good policy
    many updates from small batches learn more from an episode than few from large ones."""
    iterations: int = 280
    """Updates; each is a whole official episode of every environment."""
    learning_rate: float = 1e-3
    """Of the units' Adam, falling linearly to 0."""
    critic_learning_rate: float = 1e-3
    """Of the critic's Adam, falling linearly to a tenth."""
    update_epochs: int = 1
    """Passes over a batch."""
    minibatch_size: int = 512
    """Decisions in a gradient step."""
    clip_coef: float = 0.2
    """Half-width of PPO's clip."""
    ent_coef: float = 0.0015
    """Weight of the entropy bonus at the start."""
    final_ent_coef: float = 0.0
    """Weight of the entropy bonus at the end; between them it falls linearly."""
    discount: float = 0.995
    """Discount per tick."""
    gae_lambda: float = 0.98
    """Lambda of generalised advantage estimation, per decision."""
    max_grad_norm: float = 0.5
    """Largest norm of the policy's gradient; the critic's has a limit of 1 of its own."""
    team_share: float = 0.1
    """Share of the pay that is the whole team's."""
    scale_memory: float = 0.8
    """Share of the old scale of the returns that an update keeps; 1 freezes the first batch's."""
    sharpness: float = 1.0
    """What the scores of a new policy have been multiplied by in the end; 1 leaves them alone. The
    sharper policy plays and learns, so nothing that only dice could do survives."""
    sharpen_from: float = 0.4
    """Share of the training after which sharpening begins."""
    sharpen_until: float = 0.7
    """Share of the training after which it ends."""
    critic_only: int = 0
    """Iterations in the beginning in which the critic alone learns, for a team that was taught."""
    average_from: float = 0.7
    """Share of the training from which on the leaves' weights are averaged: the team ends with
    their mean, steadier than where the last noisy step led. 1 leaves them alone."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.whole_number("num_envs", self.num_envs, 1, MOST_WHOLE_EPISODES)
        validate.whole_number("update_epochs", self.update_epochs, 1, LARGEST["epochs"])
        for name in ("iterations", "minibatch_size"):
            validate.whole_number(name, getattr(self, name), 1, LARGEST[name])
        validate.whole_number("critic_only", self.critic_only, 0, LARGEST["iterations"])
        for name in ("discount", "gae_lambda", "team_share", "scale_memory"):
            validate.probability(name, getattr(self, name))
        check_rates(self, "learning_rate", "critic_learning_rate", "clip_coef", "max_grad_norm")
        check_weights(self, "ent_coef", "final_ent_coef")
        for name in ("sharpen_from", "sharpen_until", "average_from"):
            validate.probability(name, getattr(self, name))
        validate.in_range("sharpness", self.sharpness, 1, LARGEST_REAL)
        if self.sharpen_until <= self.sharpen_from:
            raise ValueError(
                f"sharpen_until={self.sharpen_until} is not after sharpen_from={self.sharpen_from}"
            )
        if self.sharpness > 1 and self.average_from < self.sharpen_until:
            raise ValueError(
                f"average_from={self.average_from} is before sharpen_until={self.sharpen_until}: "
                "a mean of sharp and blunt weights is neither; average later"
            )

    def sharpness_at(self, done: float) -> float:
        """What the scores have been multiplied by after a share of the training, 0 to 1.

        It grows by the same factor in every iteration between ``sharpen_from`` and
        ``sharpen_until``.
        """
        span = self.sharpen_until - self.sharpen_from
        share = (done - self.sharpen_from) / span
        return self.sharpness ** min(max(share, 0.0), 1.0)

    @property
    def total_steps(self) -> int:
        """Environment steps of the whole training, with official episodes."""
        return self.num_envs * OFFICIAL_TICKS * self.iterations


@dataclass(frozen=True)
class TaughtConfig:
    """How a team is taught, and how it learns on from the reward."""

    teacher: str = "expert"
    """Who teaches: the scripted "expert", or the "five-rules" of the full doctrine."""
    num_envs: int = 24
    """E, episodes that are played in a round of teaching."""
    rounds: int = 8
    """Rounds of teaching."""
    learning_rate: float = 1e-3
    """Of teaching, falling linearly to 0."""
    fine_tune_iterations: int = 0
    """Updates of PPO on the reward afterwards; 0 leaves the team as it was taught."""
    fine_tune_num_envs: int = 96
    """Parallel environments of PPO: near a good policy, advantages are small beside their noise."""
    fine_tune_learning_rate: float = 3e-4
    """Of PPO's Adam."""
    fine_tune_minibatch_size: int = 1024
    """Decisions in a gradient step of PPO."""
    fine_tune_discount: float = 0.995
    """Discount per tick of PPO."""
    fine_tune_gae_lambda: float = 0.98
    """Lambda of PPO's advantages, per decision."""
    fine_tune_softness: float = 1.0
    """What the scores are multiplied by before PPO begins. A pupil is nearly sure of itself, and
    who never tries anything else learns nothing from the reward; below 1 it tries again."""
    fine_tune_sharpness: float = 1.0
    """`StrongConfig.sharpness` of PPO."""
    fine_tune_average_from: float = 1.0
    """`StrongConfig.average_from` of PPO."""
    fine_tune_ent_coef: float = 0.0
    """Weight of PPO's entropy bonus: what the teacher decided is to be sharpened, not blurred."""
    critic_only: int = 6
    """Iterations of PPO in the beginning of which the critic alone learns."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.choice("teacher", self.teacher, TEACHERS)
        most = LARGEST["iterations"]
        validate.whole_number("num_envs", self.num_envs, 1, MOST_WHOLE_EPISODES)
        envs = self.fine_tune_num_envs
        validate.whole_number("fine_tune_num_envs", envs, 1, MOST_WHOLE_EPISODES)
        validate.whole_number("rounds", self.rounds, 1, most)
        validate.whole_number("fine_tune_iterations", self.fine_tune_iterations, 0, most)
        validate.whole_number("critic_only", self.critic_only, 0, most)
        size = self.fine_tune_minibatch_size
        validate.whole_number("fine_tune_minibatch_size", size, 1, LARGEST["minibatch_size"])
        for name in ("fine_tune_discount", "fine_tune_gae_lambda", "fine_tune_average_from"):
            validate.probability(name, getattr(self, name))
        check_rates(self, "learning_rate", "fine_tune_learning_rate", "fine_tune_softness")
        check_weights(self, "fine_tune_ent_coef")
        _check_stage("fine_tune", lambda: self._ppo(1))

    @property
    def total_steps(self) -> int:
        """Environment steps of teaching (official episodes) and PPO."""
        tuned = self.fine_tune_iterations * self.fine_tune_num_envs
        return (self.rounds * self.num_envs + tuned) * OFFICIAL_TICKS

    @property
    def iterations(self) -> int:
        """Rounds of teaching and updates of PPO."""
        return self.rounds + self.fine_tune_iterations

    @property
    def fine_tuning(self) -> StrongConfig | None:
        """The configuration of PPO, or None."""
        if not self.fine_tune_iterations:
            return None
        return self._ppo(self.fine_tune_iterations)

    def _ppo(self, iterations: int) -> StrongConfig:
        return StrongConfig(
            num_envs=self.fine_tune_num_envs,
            iterations=iterations,
            learning_rate=self.fine_tune_learning_rate,
            minibatch_size=self.fine_tune_minibatch_size,
            discount=self.fine_tune_discount,
            gae_lambda=self.fine_tune_gae_lambda,
            ent_coef=self.fine_tune_ent_coef,
            critic_only=self.critic_only,
            team_share=0.0,
            sharpness=self.fine_tune_sharpness,
            average_from=self.fine_tune_average_from,
        )


@dataclass(frozen=True)
class SettledConfig:
    """How a host-shared team learns from the reward in stages; the first is `StrongConfig`."""

    learn_iterations: int = 280
    """Updates of the first stage."""
    learn_num_envs: int = 16
    """E, parallel environments of the first stage."""
    settle_iterations: int = 110
    """Updates of the second stage."""
    settle_num_envs: int = 96
    """Its E: near a good policy, advantages are small beside their noise."""
    settle_learning_rate: float = 5e-4
    """Of its Adam, falling linearly to 0."""
    settle_minibatch_size: int = 2048
    """Decisions in one of its gradient steps."""
    settle_discount: float = 0.998
    """Its discount per tick: a decoy pays for hundreds of ticks."""
    settle_gae_lambda: float = 0.99
    """Its lambda of generalised advantage estimation, per decision."""
    settle_sharpness: float = 3.5
    """Its `StrongConfig.sharpness`: what only dice can do is unlearned."""
    settle_sharpen_from: float = 0.1
    """Its `StrongConfig.sharpen_from`."""
    settle_sharpen_until: float = 0.65
    """Its `StrongConfig.sharpen_until`."""
    settle_average_from: float = 0.8
    """Its `StrongConfig.average_from`."""
    decide_iterations: int = 0
    """Updates of the third stage, which is as the second but for the two settings below; 0 leaves
    it out."""
    decide_learning_rate: float = 3e-4
    """Of its Adam, falling linearly to 0."""
    decide_sharpness: float = 4.0
    """Its `StrongConfig.sharpness`, on top of what the second stage has sharpened."""
    critic_only: int = 3
    """Iterations in the beginning of later stages in which the new critic alone learns."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        for name in ("learn_iterations", "settle_iterations"):
            validate.whole_number(name, getattr(self, name), 1, LARGEST["iterations"])
        for name in ("learn_num_envs", "settle_num_envs"):
            validate.whole_number(name, getattr(self, name), 1, MOST_WHOLE_EPISODES)
        validate.whole_number("critic_only", self.critic_only, 0, LARGEST["iterations"])
        most = LARGEST["iterations"]
        validate.whole_number("decide_iterations", self.decide_iterations, 0, most)
        _check_stage("settle", lambda: self.settling)
        _check_stage("decide", lambda: self.deciding)

    @property
    def stages(self) -> list[StrongConfig]:
        """The configuration of every stage, first to last."""
        first = [self.learning, self.settling]
        return [*first, self.deciding] if self.decide_iterations else first

    @property
    def iterations(self) -> int:
        """Updates of all stages."""
        return sum(stage.iterations for stage in self.stages)

    @property
    def total_steps(self) -> int:
        """Environment steps of all stages (official episodes)."""
        return sum(stage.total_steps for stage in self.stages)

    @property
    def learning(self) -> StrongConfig:
        """The configuration of the first stage."""
        return StrongConfig(num_envs=self.learn_num_envs, iterations=self.learn_iterations)

    @property
    def settling(self) -> StrongConfig:
        """The configuration of the second stage; its entropy bonus is 0."""
        return StrongConfig(
            num_envs=self.settle_num_envs,
            iterations=self.settle_iterations,
            learning_rate=self.settle_learning_rate,
            minibatch_size=self.settle_minibatch_size,
            discount=self.settle_discount,
            gae_lambda=self.settle_gae_lambda,
            ent_coef=0.0,
            critic_only=self.critic_only,
            sharpness=self.settle_sharpness,
            sharpen_from=self.settle_sharpen_from,
            sharpen_until=self.settle_sharpen_until,
            average_from=self.settle_average_from,
        )

    @property
    def deciding(self) -> StrongConfig:
        """The configuration of the third stage."""
        return replace(
            self.settling,
            iterations=max(1, self.decide_iterations),
            learning_rate=self.decide_learning_rate,
            sharpness=self.decide_sharpness,
        )
