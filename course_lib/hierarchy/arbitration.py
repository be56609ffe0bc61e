"""Who acts when several units share one agent.

CC4's HQ agent owns three zones and takes one action a tick. The paper's seven zone units do not say
how they share it.
Here their commander decides: the zone it listens to most is the zone most likely to act. Its
pooling weights over these children are mixed with the doctrine's urgency in the same weighted sum
as a unit's actions:

    pi(zone) = normalise((1 - w) * pooling weight + w * urgency)

So a commander's attention is an action with a probability, and learning it is the same policy
gradient. For any number of children, and with no further weight. Urgency is shared by the zones
whose firing rule stands highest in the doctrine.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .wiring import Wiring


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
    found = []
    for agent in np.unique(owner):
        leaves = np.flatnonzero(owner == agent)
        if len(leaves) < 2:
            continue
        paths = [_path(wiring, leaf) for leaf in leaves]
        unit = next(u for u in paths[0] if all(u in path for path in paths))
        level = next(n for n, units in enumerate(wiring.levels) if unit in units)
        place = int(np.flatnonzero(wiring.levels[level] == unit)[0])
        children = list(wiring.children[level][place, wiring.has_child[level][place]])
        child = np.array([children.index(path[path.index(unit) - 1]) for path in paths])
        found.append(Arbiter(int(agent), int(unit), level, place, leaves, child))
    return tuple(found)


def _path(wiring: Wiring, leaf: int) -> list[int]:
    """The leaf and its superiors up to the root."""
    path = [int(leaf)]
    while wiring.parent[path[-1]] >= 0:
        path.append(int(wiring.parent[path[-1]]))
    return path


def urgency(decided: np.ndarray, rules: int, alive: np.ndarray) -> np.ndarray:
    """(R, K) which rule fired for each leaf -> (R, K) float32 shares of the most urgent; zeros
    where no rule fired.

    Args:
        decided: place of the rule in the doctrine, ``rules`` where none fired.
        rules: length of the doctrine.
        alive: (R, K) bool.
    """
    rank = np.where(alive, decided, rules)
    best = (rank == rank.min(axis=1, keepdims=True)) & (rank < rules)
    return (best / np.maximum(best.sum(axis=1, keepdims=True), 1)).astype(np.float32)


def choice(pooling: Tensor, urgent: Tensor, alive: Tensor, weight: float) -> Tensor:
    """Probabilities (R, K) with which each leaf acts.

    Args:
        pooling: (R, K) the unit's pooling weights of the children through which the leaves are
            reached.
        urgent: (R, K) shares by doctrine, rows sum to 1 or 0.
        alive: (R, K) bool; at least one in each row.
        weight: w of the doctrine.
    """
    own = pooling * alive
    total = own.sum(dim=1, keepdim=True)
    own = torch.where(
        total > 0, own / total.clamp(min=1e-12), alive / alive.sum(dim=1, keepdim=True).clamp(min=1)
    )
    share = weight * (urgent.sum(dim=1, keepdim=True) > 0)
    return (1 - share) * own + share * urgent
