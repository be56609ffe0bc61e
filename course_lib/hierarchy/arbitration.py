"""Who acts when several units share one agent.

CC4's HQ agent owns three zones and takes one action a tick. The paper's seven zone units do not say
how they share it. Here their commander decides: the zone whose message weighs most is the zone most
likely to act. The commander's pooling weights over these children are mixed with the doctrine's
urgency in the same weighted sum as a unit's actions:

    pi(zone) = normalise((1 - w) * pooling weight + w * urgency)

So a commander's attention is an action with a probability, and learning it is the same policy
gradient, for any number of children and with no further weight. Urgency is shared by the zones
whose firing rule stands highest in the doctrine.

With ``TeamConfig.arbitration="scores"`` (ours) the zones themselves say how much there is to do: in
place of the pooling weight stands the weight of all of a zone's actions together (`by_strength`).
Choosing a zone and then one of its actions is then one softmax over the actions of all zones.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .team import Team
from .wiring import Wiring

TINY = 1e-12
"""A sum of weights below this counts as zero."""


@dataclass(frozen=True)
class Arbiter:
    """The unit that chooses for one shared agent, and among whom."""

    agent: int
    """Number of the shared agent."""
    unit: int
    """Number of the unit that chooses: the lowest one that commands all its zones."""
    level: int
    """Its level, 1 or more."""
    place: int
    """Its place within the level."""
    leaves: np.ndarray
    """(K,) numbers of the leaves among which it chooses."""
    child: np.ndarray
    """(K,) through which of the unit's children each leaf is reached."""


def arbiters(wiring: Wiring, owner: np.ndarray) -> tuple[Arbiter, ...]:
    """One arbiter for each agent that owns more than one leaf.

    Args:
        wiring: the tree.
        owner: (L,) the agent each leaf acts through.
    """
    shared = []
    for agent in np.unique(owner):
        leaves = np.flatnonzero(owner == agent)
        if len(leaves) > 1:
            shared.append(_arbiter(wiring, int(agent), leaves))
    return tuple(shared)


def _arbiter(
    wiring: Wiring,
    agent: int,
    leaves: np.ndarray,
) -> Arbiter:
    paths = [wiring.path(leaf) for leaf in leaves]
    # The first superior of one leaf that is a superior of all is the lowest of them.
    unit = next(u for u in paths[0] if all(u in path for path in paths))
    level, place = wiring.position(unit)
    children = wiring.below(level, place).tolist()
    child = []
    for path in paths:
        last_before_unit = path[path.index(unit) - 1]
        child.append(children.index(last_before_unit))
    return Arbiter(agent, unit, level, place, leaves, np.array(child))


def urgency(
    rule: np.ndarray,
    rules: int,
    alive: np.ndarray,
) -> np.ndarray:
    """Shares of the most urgent leaves, float32 (R, K); zeros where no rule fired.

    Args:
        rule: (R, K) place in the doctrine of the rule that fired for each leaf, ``rules`` where
            none did.
        rules: length of the doctrine.
        alive: (R, K) bool.
    """
    rank = np.where(alive, rule, rules)
    first = rank.min(axis=1, keepdims=True)
    most_urgent = (rank == first) & (rank < rules)
    count = most_urgent.sum(axis=1, keepdims=True)
    return (most_urgent / np.maximum(count, 1)).astype(np.float32)


def by_strength(strength: Tensor) -> Tensor:
    """(R, K) `PolicyFunction.strength` of the leaves -> (R, K) shares, in place of pooling."""
    return torch.softmax(strength, dim=1)


def choice(
    pooling: Tensor,
    urgent: Tensor,
    alive: Tensor,
    weight: float,
) -> Tensor:
    """Probabilities (R, K) with which each leaf acts.

    Args:
        pooling: (R, K) the unit's pooling weights of the children through which the leaves are
            reached.
        urgent: (R, K) shares by doctrine, rows sum to 1 or 0.
        alive: (R, K) bool; at least one in each row.
        weight: w of the doctrine.
    """
    kept = pooling * alive
    total = kept.sum(dim=1, keepdim=True)
    # A lost arbiter weighs nobody: then all who are there have equal chances.
    count = alive.sum(dim=1, keepdim=True)
    even = alive / count.clamp(min=1)
    own = torch.where(total > 0, kept / total.clamp(min=TINY), even)
    # Where no rule fired there is nothing urgent, and the pooling weights decide alone.
    someone_urgent = urgent.sum(dim=1, keepdim=True) > 0
    share = weight * someone_urgent
    return (1 - share) * own + share * urgent


def turns(
    team: Team,
    owner: np.ndarray,
    rule: np.ndarray,
    rules: int,
    alive: np.ndarray,
    pooling: Callable[[int], Tensor],
    strength: Tensor | None = None,
) -> np.ndarray:
    """Probability (R, L) that each leaf is the one that acts through its agent.

    Args:
        team: whose arbiters choose.
        owner: (L,) the agent each leaf acts through.
        rule: (R, L) place of the rule that fired for each leaf.
        rules: length of the doctrine.
        alive: (R, U) bool.
        pooling: gives the pooling weights (R, units, N) of a level.
        strength: (R, L) how much each leaf has to do, where this decides in place of pooling.
    """
    turn = np.ones(rule.shape, np.float32)  # a leaf with an agent of its own always acts
    for arbiter in arbiters(team.wiring, owner):
        leaf_alive = alive[:, arbiter.leaves]
        urgent = urgency(rule[:, arbiter.leaves], rules, leaf_alive)
        arbiter_alive = torch.as_tensor(alive[:, [arbiter.unit]])
        weights = pooling(arbiter.level)[:, arbiter.place, arbiter.child] * arbiter_alive
        if strength is not None:
            weights = by_strength(strength[:, arbiter.leaves])
        unit = team.unit_at(arbiter.level, arbiter.place)
        doctrine_weight = unit.policy_function.config.doctrine_weight
        chance = choice(
            weights, torch.as_tensor(urgent), torch.as_tensor(leaf_alive), doctrine_weight
        )
        anyone = torch.as_tensor(leaf_alive.any(axis=1))[:, None]
        turn[:, arbiter.leaves] = torch.where(anyone, chance, 0.0)
    return turn
