"""The command tree: who reports to whom, for any depth and any width.

A tree is declared in a few lines and is never changed; growing and shrinking return another tree,
so a team can be given a new one between two ticks. No weight knows the shape of the tree.

    tree = Tree.from_description({"commander": {"restricted": ["RZA", "RZB"], "office": ["OFF"]}})
    print(tree.draw())
    smaller = tree.without("OFF")

Ready trees stand at the end: the two of the paper (section 4), and one for another network. The
paper's two-layer structure is a commander over seven zone units, its three-layer one puts three
group commanders between, "which partition the seven subnets into three groups according to their
functionality". Which groups, only the figure would tell; ours are the restricted zones, the
operational zones, and the headquarters network with its public access zone.

Seven zone units against CC4's five agents: the official HQ agent owns three zones and takes one
action a tick. With ``defenders="official"`` the lowest unit that commands all three decides in each
tick which of them acts (see `arbitration`); with ``"per-zone"`` every leaf acts on its own, which
is not comparable with published scores.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from course_lib import storage, validate

FORMAT = "course_lib command tree"
VERSION = 1
MAX_FILE_BYTES = 1_000_000
MAX_DEPTH = 50

Description = dict[str, Any]
"""The plain form of a tree: one key, the root; its value describes the children."""


@dataclass(frozen=True)
class Tree:
    """A unit and everything below it.

    ``name`` is unique in the whole tree; a unit without children is a *leaf*: it acts in the world.
    """

    name: str
    children: tuple["Tree", ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            shown = validate.shown(self.name)
            raise ValueError(f"{shown} is not a name of a unit; names are words")
        if not isinstance(self.children, tuple | list):
            shown = validate.shown(self.children)
            raise ValueError(f"children={shown} of {self.name!r} is no tuple of trees")
        object.__setattr__(self, "children", tuple(self.children))
        for child in self.children:
            if not isinstance(child, Tree):
                raise ValueError(
                    f"a child of {self.name!r} is {validate.shown(child)}; children are trees, "
                    "Tree.from_description reads names and dicts"
                )
        known: set[str] = set()
        for unit in self.units:
            if unit.name in known:
                raise ValueError(
                    f"two units are called {unit.name!r}; each unit of a tree needs its own name"
                )
            known.add(unit.name)
        if self.height > MAX_DEPTH:
            raise ValueError(f"the tree has more than {MAX_DEPTH} levels")

    @staticmethod
    def check(tree: object) -> None:
        """ValueError for anything that is no `Tree`."""
        hint = "make one with Tree.from_description({'commander': ['RZA', 'OZA']})"
        validate.instance("tree", tree, Tree, hint)

    @classmethod
    def from_description(cls, description: Description | None) -> "Tree":
        """A tree from a dict with one key: ``{"commander": {"group": ["leaf", ...], ...}}``.

        A leaf may be just its name; a unit's children are a dict, a list of names and dicts, or a
        single name.

        Raises:
            ValueError: for anything else, two units of one name, or more than 50 levels.
        """
        if not isinstance(description, dict) or len(description) != 1:
            raise ValueError(
                "a tree is described by a dict with one key, its root: "
                "{'commander': ['RZA', 'OZA']}"
            )
        name, children = next(iter(description.items()))
        try:
            return cls._described(name, children)
        except RecursionError:
            raise ValueError(f"the tree has more than {MAX_DEPTH} levels") from None

    @classmethod
    def _described(cls, name: Any, children: Any) -> "Tree":
        if not isinstance(name, str) or not name:
            raise ValueError(f"{name!r} is not a name of a unit; names are words")
        pairs = _child_pairs(name, children)
        return cls(name, tuple(cls._described(child, below) for child, below in pairs))

    def description(self) -> dict[str, list[Any]]:
        """The description that gives this tree again."""
        children = [
            child.description() if child.children else child.name for child in self.children
        ]
        return {self.name: children}

    @cached_property
    def units(self) -> tuple["Tree", ...]:
        """All units, the root first, each before its children."""
        return (self, *(unit for child in self.children for unit in child.units))

    @cached_property
    def leaves(self) -> tuple["Tree", ...]:
        """The units that act in the world, from left to right."""
        return tuple(unit for unit in self.units if not unit.children)

    @cached_property
    def height(self) -> int:
        """Level of this unit: 1 for a leaf, one more than its highest child for the others."""
        return 1 + max((child.height for child in self.children), default=0)

    @cached_property
    def levels(self) -> tuple[tuple["Tree", ...], ...]:
        """Units by level: ``levels[0]`` are the leaves, ``levels[-1]`` is the root alone."""
        heights = range(1, self.height + 1)
        return tuple(tuple(u for u in self.units if u.height == height) for height in heights)

    def find(self, name: str) -> "Tree":
        """The unit of that name; ValueError if there is none."""
        for unit in self.units:
            if unit.name == name:
                return unit
        known = ", ".join(unit.name for unit in self.units)
        raise ValueError(f"no unit {name!r} in this tree; there are {known}")

    def parent_of(self, name: str) -> str | None:
        """Name of the superior of a unit, None for the root."""
        self.find(name)
        for unit in self.units:
            if any(child.name == name for child in unit.children):
                return unit.name
        return None

    def with_child(self, parent: str, child: "str | Description | Tree") -> "Tree":
        """A tree with another unit (a name, a description or a tree) under ``parent``."""
        self.find(parent)
        if isinstance(child, str):
            child = Tree(child)
        newcomer = child if isinstance(child, Tree) else Tree.from_description(child)
        return self._replaced(parent, lambda unit: (*unit.children, newcomer))

    def without(self, name: str, orphans: str = "adopted") -> "Tree":
        """A tree without a unit. A superior that has no unit left below it becomes a leaf.

        Args:
            name: the unit to lose; not the root.
            orphans: what becomes of its children: "adopted" by its superior, or "lost" with it.
        """
        parent = self.parent_of(name)
        if parent is None:
            raise ValueError(f"{name!r} is the root: without it there is no tree")
        if orphans not in ("adopted", "lost"):
            raise ValueError(f"orphans={orphans!r} is unknown; allowed: adopted, lost")
        heirs = self.find(name).children if orphans == "adopted" else ()

        def survivors(unit: Tree) -> tuple[Tree, ...]:
            names = [child.name for child in unit.children]
            place = names.index(name)
            return (*unit.children[:place], *heirs, *unit.children[place + 1 :])

        return self._replaced(parent, survivors)

    def _replaced(self, name: str, change: "Callable[[Tree], tuple[Tree, ...]]") -> "Tree":
        """This tree with other children under the unit of that name."""
        children = tuple(child._replaced(name, change) for child in self.children)
        if self.name != name:
            return Tree(self.name, children)
        return Tree(self.name, tuple(change(Tree(self.name, children))))

    def draw(self) -> str:
        """The tree as text, one unit a line."""
        return "\n".join(self._lines("", ""))

    def _lines(self, first: str, rest: str) -> list[str]:
        lines = [first + self.name]
        for child in self.children:
            last = child is self.children[-1]
            branch, margin = ("└─ ", "   ") if last else ("├─ ", "│  ")
            lines += child._lines(rest + branch, rest + margin)
        return lines

    def save(self, path: str | Path) -> None:
        """Write the tree as JSON."""
        storage.write(path, FORMAT, VERSION, {"tree": self.description()})

    @classmethod
    def load(cls, path: str | Path) -> "Tree":
        """Read what ``save`` wrote; ValueError, one line, for a damaged or foreign file."""
        record = storage.read(path, FORMAT, VERSION, MAX_FILE_BYTES)
        try:
            return cls.from_description(record.get("tree"))
        except ValueError as problem:
            raise ValueError(f"{path}: {problem}") from None


def _child_pairs(name: str, children: Any) -> list[tuple[Any, Any]]:
    """(name, description of what is below it) of each child of the unit ``name``."""
    if children is None:
        return []
    if isinstance(children, str):
        return [(children, None)]
    if isinstance(children, dict):
        return list(children.items())
    if not isinstance(children, list | tuple):
        kind = type(children).__name__
        raise ValueError(f"the children of {name!r} must be a dict or a list of names, not {kind}")
    pairs: list[tuple[Any, Any]] = []
    for child in children:
        if isinstance(child, dict):
            pairs.extend(child.items())
        else:
            pairs.append((child, None))
    return pairs


TWO_LAYER = Tree.from_description({"commander": ["RZA", "OZA", "RZB", "OZB", "ADM", "OFF", "PAZ"]})
THREE_LAYER = Tree.from_description(
    {
        "commander": {
            "restricted": ["RZA", "RZB"],
            "operational": ["OZA", "OZB"],
            "headquarters": ["ADM", "OFF", "PAZ"],
        }
    }
)
UTILITY = Tree.from_description(
    {
        "national centre": {
            "north": {"power plants": ["plant 1", "plant 2", "plant 3"], "grid": ["line control"]},
            "south": ["water works", "billing"],
            "field": {"substations": [f"substation {i}" for i in range(1, 6)]},
        }
    }
)
"""A free example on another network: four levels, uneven widths, leaves on two levels."""

STRUCTURES = {"two-layer": TWO_LAYER, "three-layer": THREE_LAYER, "utility": UTILITY}
