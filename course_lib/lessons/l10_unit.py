"""Lessons 10 and 10b: an episode on the range that keeps what zones said, rounded numbers, and the
tree after three events."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from course_lib.cyber_range import VectorRange
from course_lib.hierarchy import THREE_LAYER, TWO_LAYER, Tree
from course_lib.viz import draw_tree, new_figure

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


FIGURES = {
    "three kinds": "Three trees side by side. Left, policies in layers: a master policy above the "
    "sub-policies investigate, recover and control traffic, all inside one defender. Middle, "
    "agents in two layers: an upper agent that selects above a lower agent that executes. Right, "
    "HC-MARL: ",
    "four heads": "Four 7 by 7 matrices, one for each head: attention of each receiving zone to "
    "each sending zone before any training, on a scale from 0 to 50 percent. All cells have nearly "
    "the same shade.",
}
"""What two figures of lesson 10 show, in words; the first goes on with the tree's own text."""
EVENTS = (
    "The command tree after three events. Tick 100: OFF is crossed out under headquarters, which "
    "hears two children. Tick 200: the commander of the operational zones is gone, and OZA and OZB "
    "hang directly under the commander beside restricted and headquarters. Tick 250: one commander "
    "over all seven zones."
)
"""What `draw_events` shows, in words."""


def draw_events(adopted: Tree) -> Figure:
    """The command tree after three of the events of lesson 10b; ``adopted`` is the tree without the
    operational group."""
    figure, axes = new_figure(3, 1, figsize=(6.4, 8.6))
    title = "tick 100: OFF is lost"
    draw_tree(THREE_LAYER, axes[0], lost=("OFF",), marked=("headquarters",), title=title)
    title = "tick 200: 'operational' is gone"
    draw_tree(adopted, axes[1], marked=("commander", "OZA", "OZB"), title=title)
    draw_tree(TWO_LAYER, axes[2], title="tick 250: one commander for all")
    return figure
