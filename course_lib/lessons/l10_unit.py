"""Lessons 10 and 10b: an episode on the range that keeps what zones said, and rounded numbers."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from course_lib.cyber_range import VectorRange

Change = Callable[[Any], None]
"""Something done to the policy in mid-episode."""


def rollout(
    policy: Any,
    ticks: int,
    networks: int = 1,
    seed: int = 0,
    events: Mapping[int, Change] | None = None,
) -> np.ndarray:
    """Play some ticks, and keep what the zones said.

    Args:
        policy: it reads the message observation.
        ticks: how many.
        networks: played side by side.
        seed: of the networks.
        events: changes by the tick before which they happen.

    Returns:
        Raw messages (ticks, networks, 7, 76).
    """
    changes = dict(events or {})
    world = VectorRange(networks, policy.defenders, seed, "message")
    seen, info = world.reset()
    policy.reset(seed)
    said = []
    for tick in range(ticks):
        if tick in changes:
            changes[tick](policy)
        said.append(seen.copy())
        actions = policy.act_batch(seen, info)
        seen, _, _, _, info = world.step(actions)
    return np.stack(said)


def rounded(values: Any, digits: int = 3) -> Any:
    """Nested lists of rounded numbers, without -0.0."""
    numbers = torch.as_tensor(values).detach().double().numpy()
    return (np.round(numbers, digits) + 0.0).tolist()


MEASURES = ("entropy", "largest weight", "influence")
BEFORE_AND_AFTER = [f"{what} {when}" for what in MEASURES for when in ("before", "after")]
"""Columns of a table that compares a commander before and after training."""


def before_and_after(before: tuple[float, ...], after: tuple[float, ...]) -> list[Any]:
    """Its row: entropies as numbers, shares in per cent, in the order of `BEFORE_AND_AFTER`."""
    entropy, *shares = zip(before, after, strict=True)
    row = rounded(entropy, 2)
    for pair in shares:
        row += [f"{100 * share:.0f} %" for share in pair]
    return row
