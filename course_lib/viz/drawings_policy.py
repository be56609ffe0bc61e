"""Drawings of the policy function and of pay in a command tree: what lessons 11 and 12 compute."""

from collections.abc import Mapping, Sequence

from course_lib.hierarchy.tree import Tree

from .sketch import Sketch
from .tree_map import places

COLUMN = 164
"""Pixels from one step to the next."""
NAMES = 108
"""Pixels for the names of the classes, left of the first step."""
BAR = 100
"""Pixels of a bar that stands for a share of 1."""
ROW = 24
LEAF = 112
"""Pixels from one leaf of a tree to the next."""
FLOOR = 84
"""Pixels from one level of a tree to the next."""


def draw_policy_steps(steps: Mapping[str, Sequence[float]], names: Sequence[str]) -> Sketch:
    """What each step of the policy function leaves of each class of actions, as bars.

    Args:
        steps: name of a step -> weight of each class, 0 to 1; an arrow leads to the next step.
        names: the classes, in the same order.

    Raises:
        ValueError: if a step does not have one weight for each class.
    """
    for step, weights in steps.items():
        if len(weights) != len(names):
            raise ValueError(f"step {step!r} has {len(weights)} weights for {len(names)} classes")
    said = []
    for step, weights in steps.items():
        most = max(range(len(names)), key=lambda place: weights[place])
        said.append(f"{step}: most on {names[most]}, {weights[most]:.0%}")
    height = 52 + ROW * len(names)
    alt = f"Bars for {len(names)} classes of actions, step by step. {'; '.join(said)}."
    sketch = Sketch(NAMES + COLUMN * len(steps), height, alt)
    for row, name in enumerate(names):
        sketch.text(NAMES - 10, 52 + ROW * row, name, "end", size=12)
    for column, (step, weights) in enumerate(steps.items()):
        left = NAMES + COLUMN * column
        sketch.text(left, 18, step, "start", bold=True)
        if column:
            sketch.arrow((left - 32, 18), (left - 8, 18), "blue", thick=2)
        for row, weight in enumerate(weights):
            y = 52 + ROW * row
            width = max(BAR * weight, 1.0)
            sketch.box(left + width / 2, y, width, 14, "", "blue")
            sketch.text(left + width + 6, y, f"{weight:.0%}", "start", size=12)
    return sketch


def draw_pay(tree: Tree, paid: Mapping[str, float]) -> Sketch:
    """A command tree with what each unit is paid; leaves below, the root on top.

    Args:
        tree: the units.
        paid: name of a unit -> points, for every unit of the tree.
    """
    spots = places(tree)
    depth = max(level for _, level in spots.values())
    leaves = sum(not unit.children for unit in tree.units)
    said = ", ".join(f"{unit.name} {paid[unit.name]:+.2f}" for unit in tree.units)
    alt = f"The command tree with the points that each unit is paid: {said}."
    sketch = Sketch(LEAF * leaves, FLOOR * depth + 60, alt)
    for unit in tree.units:
        x, y = _place(spots[unit.name])
        for child in unit.children:
            below_x, below_y = _place(spots[child.name])
            sketch.arrow((below_x, below_y - 22), (x, y + 22), "orange")
    for unit in tree.units:
        x, y = _place(spots[unit.name])
        words = f"{unit.name}\n{paid[unit.name]:+.2f}"
        sketch.box(x, y, 98, 42, words, "plain" if unit.children else "blue")
    return sketch


def _place(spot: tuple[float, int]) -> tuple[float, float]:
    """Centre of a unit in pixels."""
    across, level = spot
    return LEAF * (across + 0.5), 30 + FLOOR * level
