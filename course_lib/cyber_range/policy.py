"""What a policy is: the few methods that whoever plays, scores, records or trains one relies on.

Nothing has to be inherited. A class with the members of `Policy` can be evaluated on both engines;
one that also has ``act_batch`` is stepped on many episodes of the range at once::

    class Mine:
        observation, defenders = "flat", "official"

        def reset(self, seed):
            self.rng = np.random.default_rng(seed)

        def act(self, observations, infos):
            return {agent: 0 for agent in observations}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from .futures import Rows

DEFENDERS = ("official", "per-zone")
"""The two sets of agents: the five of CC4, and one for each of the seven defended zones."""

Observations = Mapping[str, np.ndarray]
Infos = Mapping[str, Mapping[str, Any]]


@runtime_checkable
class Policy(Protocol):
    """A defender of the range, for all of its agents at once."""

    observation: str
    """Which observation it reads: "flat", "message" or "entities"."""
    defenders: str
    """Which agents it plays: "official" (five) or "per-zone" (seven)."""

    def reset(self, seed: int) -> None:
        """Forget everything; the next tick is the first of the episode of that seed."""

    def act(self, observations: Observations, infos: Infos) -> Mapping[str, int]:
        """Observations and infos of one environment by agent -> action indices by agent.

        An agent that is left out sleeps.
        """


@runtime_checkable
class BatchPolicy(Policy, Protocol):
    """A policy that also plays on the batch engine's arrays, E environments at once."""

    def act_batch(self, obs: np.ndarray, info: Mapping[str, np.ndarray]) -> np.ndarray:
        """(E, ...) observations and the info of `VectorRange` -> (E, D) action indices.

        After ``reset(seed)`` row e plays the episode of seed ``seed + e``.
        """


@runtime_checkable
class ForkablePolicy(BatchPolicy, Protocol):
    """A policy that can be copied in the middle of an episode, beside `VectorRange.fork`."""

    def fork(
        self,
        row: Rows,
        copies: int = 1,
        futures: str = "fresh",
        seed: int = 0,
    ) -> "ForkablePolicy":
        """A policy for the copies of these rows, which remembers for each what this one does.

        Between two ticks, with the arguments that the range was forked with. The policy itself
        stays where it is. Its own chances are fresh, common or its own, like those of the range.
        """

    def overrule(self, actions: np.ndarray, where: np.ndarray) -> None:
        """Learn that free defenders began something else than this policy has just chosen.

        A policy that recalls its own actions would otherwise recall what never happened.

        Args:
            actions: (E, D) what was really submitted.
            where: (E, D) bool, which of them somebody else decided.
        """


@dataclass
class Tick:
    """What a policy may use in one tick, besides its own memory, for E environments at once."""

    obs: np.ndarray
    """Message (E, 7, 76) or flat (E, D, 210) observations."""
    mask: np.ndarray
    """(E, D, 242) bool, the actions that are valid."""
    exists: np.ndarray
    """(E, 7, 16) bool, where a zone has a host."""
    free: np.ndarray
    """(E, D) bool, True where no action is in progress."""
    step: np.ndarray
    """(E,) ticks since the reset."""
    fresh: np.ndarray
    """(E,) bool, True in the first tick of an episode."""
    seeds: np.ndarray
    """(E,) seeds of the episodes."""

    @property
    def size(self) -> int:
        """Number of environments E."""
        return len(self.obs)


def check_mask(mask: np.ndarray, agent: str) -> None:
    """ValueError if an agent's mask allows nothing: whoever chose all the same would choose what is
    forbidden."""
    if not np.any(mask):
        raise ValueError(
            f"the action_mask of {agent} allows no action; allow at least one, such as Sleep"
        )


def policy_name(policy: Policy) -> str:
    """What reports call a policy: its ``name`` if it has one, or else its class."""
    return str(getattr(policy, "name", "")) or type(policy).__name__
