"""A command tree as a matplotlib figure: any depth, any width, the root on top.

Inner units are boxes, leaves (units that act in the world) are rounded and tinted. A *lost* unit is
drawn with a dashed, grey outline and a cross, so that it is told by more than a colour; *marked*
units have a thick orange outline.
"""

from collections.abc import Collection, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.hierarchy.tree import Tree

from .figures import INK, PALETTE, new_figure

LEAF_FILL, INNER_FILL, LOST, LINK, MARK = "#dcebf8", "#f1f1ec", "#6d6d68", "#8f8f89", PALETTE[1]
PITCH, LEVEL, NARROW = 0.95, 0.85, 0.3
"""Inches between neighbouring leaves, between levels, and between leaves whose names stand
upright."""
MOST_ABREAST = 12
"""With more leaves than this their names stand upright."""


def places(tree: Tree) -> dict[str, tuple[float, int]]:
    """Name -> (x, depth) of every unit: leaves at x = 0, 1, 2 ..., a superior above the middle of
    its children."""
    found: dict[str, tuple[float, int]] = {}

    def place(unit: Tree, depth: int, first: int) -> int:
        after = first
        for child in unit.children:
            after = place(child, depth + 1, after)
        below = [found[child.name][0] for child in unit.children]
        found[unit.name] = ((below[0] + below[-1]) / 2 if below else float(first), depth)
        return after if below else first + 1

    place(tree, 0, 0)
    return found


def tree_text(tree: Tree) -> str:
    """The tree in a sentence, for a figure's alternative text."""
    lines = [
        f"{u.name} commands {', '.join(c.name for c in u.children)}"
        for u in tree.units
        if u.children
    ]
    kinds = f"{tree.height} levels, {len(tree.units)} units, {len(tree.leaves)} of them leaves"
    return f"Command tree with {kinds}: {'; '.join(lines) or 'one unit alone'}."


def draw_tree(
    tree: Tree,
    ax: Axes | None = None,
    lost: Collection[str] = (),
    marked: Collection[str] = (),
    title: str = "",
) -> Figure:
    """Figure of one tree, drawn into ``ax`` if one is given; ValueError if a lost or marked unit is
    not in the tree."""
    spots = places(tree)
    for name in (*lost, *marked):
        tree.find(name)
    if ax is None:
        _, ax = new_figure(figsize=size(tree))
    for unit in tree.units:
        for child in unit.children:
            (x1, y1), (x2, y2) = spots[unit.name], spots[child.name]
            style = {
                "color": LINK,
                "linestyle": ":" if child.name in lost or unit.name in lost else "-",
            }
            ax.plot(
                [x1, x1, x2, x2], [y1, y1 + 0.5, y1 + 0.5, y2], linewidth=1.4, zorder=1, **style
            )
    upright = len(tree.leaves) > MOST_ABREAST
    for unit in tree.units:
        _draw_unit(ax, unit, spots[unit.name], unit.name in lost, unit.name in marked, upright)
    deepest = max(depth for _, depth in spots.values())
    below = 1.2 if upright else 0.5  # upright names hang down
    ax.set(xlim=(-0.6, len(tree.leaves) - 0.4), ylim=(deepest + below, -0.5), title=title)
    ax.axis("off")
    return ax.figure


def size(tree: Tree) -> tuple[float, float]:
    """Width and height of a figure of that tree, inches."""
    leaves = len(tree.leaves)
    pitch, below = (NARROW, 0.9) if leaves > MOST_ABREAST else (PITCH, 0.2)
    deepest = max(depth for _, depth in places(tree).values())
    return max(3.0, leaves * pitch), LEVEL * (deepest + 1) + below


def draw_trees(trees: dict[str, Tree], widths: Sequence[float] | None = None) -> Figure:
    """Several trees side by side, each under its title; ``widths`` are relative, by default the
    numbers of leaves."""
    if not trees:
        raise ValueError("draw_trees needs at least one tree: {'title': tree}")
    widths = widths or [max(2, len(tree.leaves)) for tree in trees.values()]
    width = max(7.0, 0.8 * sum(widths))
    height = max(size(tree)[1] for tree in trees.values()) + 0.3
    options = {"figsize": (width, height), "width_ratios": widths, "squeeze": False}
    figure, axes = new_figure(1, len(trees), **options)
    for (title, tree), ax in zip(trees.items(), axes[0], strict=True):
        draw_tree(tree, ax, title=title)
    return figure


def _draw_unit(
    ax: Axes, unit: Tree, spot: tuple[float, int], lost: bool, marked: bool, upright: bool
) -> None:
    leaf = not unit.children
    box = {
        "boxstyle": "round,pad=0.5" if leaf else "square,pad=0.4",
        "linewidth": 2.6 if marked else 1.0,
    }
    box |= {
        "facecolor": LEAF_FILL if leaf else INNER_FILL,
        "edgecolor": MARK if marked else LOST if lost else INK,
    }
    box |= {"linestyle": "--" if lost else "-"}
    hangs = upright and leaf
    name = unit.name if hangs else unit.name.replace(" ", "\n")
    look = {"ha": "center", "va": "top" if hangs else "center", "rotation": 90 if hangs else 0}
    look |= {"fontsize": 8, "color": LOST if lost else INK}
    ax.text(*spot, f"× {name}" if lost else name, bbox=box, zorder=3, **look)
