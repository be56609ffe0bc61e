"""A command tree as a matplotlib figure: any depth, any width, the root on top.

Inner units are boxes, leaves (units that act in the world) are rounded and tinted. A *lost* unit is
drawn with a dashed, grey outline and a cross, so that it is told by more than a colour; *marked*
units have a thick orange outline.
"""

import itertools
from collections.abc import Collection, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib import array_checks, validate
from course_lib.hierarchy.tree import Tree

from .figures import INK, PAGE_WIDTH, PALETTE, check_axes, new_figure

LEAF_FILL = "#dcebf8"
INNER_FILL = "#f1f1ec"
LOST = "#6d6d68"
LINK = "#8f8f89"
MARK = PALETTE[1]
PITCH = 0.95
"""Inches between neighbouring leaves."""
NARROW = 0.3
"""Inches between neighbouring leaves whose names stand upright."""
LEVEL = 0.85
"""Inches between levels."""
GAP = 2.0
"""Pixels that stay free around a box."""
MOST_ABREAST = 12
"""With more leaves than this their names stand upright."""


def places(tree: Tree) -> dict[str, tuple[float, int]]:
    """Name -> (x, depth): leaves at x = 0, 1, ..., a superior above the middle of its children."""
    spots: dict[str, tuple[float, int]] = {}

    def place(unit: Tree, depth: int, first: int) -> int:
        """Place a unit and all below it, leaves from x = ``first`` on; returns the next free x."""
        if not unit.children:
            spots[unit.name] = (float(first), depth)
            return first + 1
        free = first
        for child in unit.children:
            free = place(child, depth + 1, free)
        left, _ = spots[unit.children[0].name]
        right, _ = spots[unit.children[-1].name]
        spots[unit.name] = ((left + right) / 2, depth)
        return free

    place(tree, 0, 0)
    return spots


def tree_text(tree: Tree) -> str:
    """The tree in a sentence, for a figure's alternative text."""
    Tree.check(tree)
    lines = []
    for unit in tree.units:
        if unit.children:
            children = ", ".join(child.name for child in unit.children)
            lines.append(f"{unit.name} commands {children}")
    kinds = f"{tree.height} levels, {len(tree.units)} units, {len(tree.leaves)} of them leaves"
    return f"Command tree with {kinds}: {'; '.join(lines) or 'one unit alone'}."


def draw_tree(
    tree: Tree,
    ax: Axes | None = None,
    lost: Collection[str] = (),
    marked: Collection[str] = (),
    title: str = "",
) -> Figure:
    """Draw one tree, into ``ax`` if one is given.

    ValueError if a lost or marked unit is not in the tree.
    """
    Tree.check(tree)
    validate.word("title", title)
    for names in (lost, marked):
        if isinstance(names, str) or not isinstance(names, Collection):
            raise ValueError(f"{validate.shown(names)} is no list of units; give their names")
        for name in names:
            tree.find(validate.word("a unit", name))
    spots = places(tree)
    alone = ax is None
    if alone:
        _, ax = new_figure(figsize=size(tree))
    check_axes(ax)
    for unit in tree.units:
        for child in unit.children:
            cut = unit.name in lost or child.name in lost
            _draw_link(ax, spots[unit.name], spots[child.name], cut)
    upright = len(tree.leaves) > MOST_ABREAST
    for unit in tree.units:
        _draw_unit(ax, unit, spots[unit.name], unit.name in lost, unit.name in marked, upright)
    deepest = max(depth for _, depth in spots.values())
    below = 1.2 if upright else 0.5  # upright names hang down
    ax.set_xlim(-0.6, len(tree.leaves) - 0.4)
    ax.set_ylim(deepest + below, -0.5)  # the root on top
    ax.set_title(title)
    ax.axis("off")
    if alone:
        _widen(ax.figure, size(tree)[0])
    return ax.figure


def size(tree: Tree) -> tuple[float, float]:
    """Width and height of a figure of that tree, inches."""
    leaves = len(tree.leaves)
    pitch, below = (NARROW, 0.9) if leaves > MOST_ABREAST else (PITCH, 0.2)
    deepest = max(depth for _, depth in places(tree).values())
    return max(3.0, leaves * pitch), LEVEL * (deepest + 1) + below


def draw_trees(trees: dict[str, Tree], widths: Sequence[float] | None = None) -> Figure:
    """Several trees side by side, each under its title.

    ``widths`` are relative, by default the numbers of leaves.
    """
    if not isinstance(trees, dict) or not trees:
        raise ValueError("draw_trees needs at least one tree: {'title': tree}")
    for tree in trees.values():
        Tree.check(tree)
    if widths is not None:
        widths = array_checks.numbers("widths", widths, len(trees)).tolist()
        validate.in_range("the narrowest of widths", min(widths), above=0)
    widths = widths or [max(2, len(tree.leaves)) for tree in trees.values()]
    width = max(7.0, 0.8 * sum(widths))
    height = max(size(tree)[1] for tree in trees.values()) + 0.3
    options = {
        "figsize": (width, height),
        "width_ratios": widths,
        "squeeze": False,
    }
    figure, axes = new_figure(1, len(trees), **options)
    for (title, tree), ax in zip(trees.items(), axes[0], strict=True):
        draw_tree(tree, ax, title=title)
    _widen(figure, width)
    return figure


def _widen(figure: Figure, width: float) -> None:
    """Make a figure wider than the page, ``width`` inches, if its boxes touch on the page."""
    if width > PAGE_WIDTH / figure.dpi and _crowded(figure):
        figure.set_figwidth(width)


def _crowded(figure: Figure) -> bool:
    """Whether boxes touch each other or the edge of the figure."""
    figure.canvas.draw()  # boxes have no size before
    boxes = []
    for ax in figure.axes:
        boxes += [text.get_bbox_patch().get_window_extent().padded(GAP) for text in ax.texts]
    inside = all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    pairs = itertools.combinations(boxes, 2)
    return not inside or any(one.overlaps(other) for one, other in pairs)


Spot = tuple[float, int]
"""Place of a unit: across, and its depth."""


def _draw_link(ax: Axes, above: Spot, below: Spot, cut: bool) -> None:
    """Down, across and down again, dotted where nothing can pass."""
    x1, y1 = above
    x2, y2 = below
    across = y1 + 0.5
    style = ":" if cut else "-"
    ax.plot(
        [x1, x1, x2, x2],
        [y1, across, across, y2],
        color=LINK,
        linestyle=style,
        linewidth=1.4,
        zorder=1,
    )


def _draw_unit(
    ax: Axes, unit: Tree, spot: tuple[float, int], lost: bool, marked: bool, upright: bool
) -> None:
    leaf = not unit.children
    box: dict[str, object] = {"boxstyle": "square,pad=0.4", "facecolor": INNER_FILL}
    if leaf:
        box = {"boxstyle": "round,pad=0.3", "facecolor": LEAF_FILL}
    text: dict[str, object] = {
        "ha": "center",
        "va": "center",
        "rotation": 0,
    }
    name = unit.name.replace(" ", "\n")
    if upright and leaf:
        text = {"ha": "center", "va": "top", "rotation": 90}
        name = unit.name
    ink = INK
    if lost:
        name = f"× {name}"
        ink = LOST
    box["edgecolor"] = MARK if marked else ink
    box["linewidth"] = 2.6 if marked else 1.0
    box["linestyle"] = "--" if lost else "-"
    x, y = spot
    ax.text(
        x,
        y,
        name,
        bbox=box,
        color=ink,
        fontsize=8,
        zorder=3,
        **text,
    )
