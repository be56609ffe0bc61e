"""What a reward design pays for behaviour that is already known: whoever earns most is what
training would look for.

A policy is played without any learning; beside its official score stands what each term of a design
would have paid it.
"""

from dataclasses import dataclass

import numpy as np

from course_lib.cyber_range import VectorRange
from course_lib.training.rewards import (
    RewardConfig,
    RewardDesign,
    finished_actions,
    penalties_by_zone,
)


@dataclass(frozen=True)
class Audit:
    """What a policy earned, by episode."""

    scores: np.ndarray
    """(n,) official scores."""
    terms: dict[str, np.ndarray]
    """Pay of each term, (n,) points an episode, mean over the seven zones."""

    @property
    def score(self) -> float:
        """Mean official score."""
        return float(self.scores.mean())

    def pay(self, *names: str) -> float:
        """Mean pay an episode and zone of the named terms together; of all terms if none is
        named."""
        return float(sum(self.terms[name].mean() for name in names or self.terms))


def audit(
    policy,
    config: RewardConfig | None = None,
    custom=None,
    episodes: int = 16,
    seed: int = 900_000,
    discount=1.0,
) -> Audit:
    """Play whole official episodes and add up what a reward design pays.

    Args:
        policy: one that reads messages and has ``act_batch``, such as a HierarchicalDefender.
        config: the terms; the paper's by default.
        custom: optional function, see `RewardDesign`; its pay is the term "custom".
        episodes: all played at once, seeds ``seed`` and following.
        discount: of the potential alone; sums over the episode are not discounted.
    """
    world = VectorRange(episodes, policy.defenders, seed, "message")
    obs, info = world.reset()
    policy.reset(seed)
    design = RewardDesign(config or RewardConfig(), discount, custom)
    design.begin(obs)
    terms: dict[str, np.ndarray] = {}
    ended = np.zeros(episodes, bool)
    while not ended.all():
        following, reward, _, ended, info = world.step(policy.act_batch(obs, info))
        done = (
            finished_actions(world.state, world.visible) & ~ended[:, None, None]
        )  # after the end visible are new ones
        statistics = info["final_statistics"] if ended.all() else world.statistics
        last = info["final_obs"] if ended.all() else following
        rewards = design.compute(
            obs,
            last,
            reward,
            done,
            penalties_by_zone(statistics),
            ended,
        )
        for name, term in rewards.terms.items():
            terms[name] = terms.get(name, 0.0) + term.mean(axis=1)
        obs = following
    return Audit(np.asarray(info["final_statistics"]["score"], float), terms)


def pay_row(audit: Audit) -> tuple[str, str, str, str]:
    """Official score, and the pay for local, for staged and for both terms, as a table shows
    them."""
    pays = (audit.pay("local"), audit.pay("staged"), audit.pay("local", "staged"))
    local, staged, together = (f"{pay:.1f}" for pay in pays)
    return f"{audit.score:,.0f}", local, staged, together
