"""The command tree: who reports to whom, for any depth and any width.

A tree is declared in a few lines and is never changed; growing and shrinking return another tree,
so a team can be given a new one between two ticks. No weight knows the shape of the tree.

    tree = Tree.from_description({"commander": {"restricted": ["RZA", "RZB"], "rest": ["OZA", "OZB",
    "ADM", "OFF", "PAZ"]}}) print(tree.draw())
    smaller = tree.without("OFF")
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FORMAT, VERSION = "course_lib command tree", 1
MAX_FILE_BYTES, MAX_DEPTH = 1_000_000, 50


@dataclass(frozen=True)
class Tree:
    """A unit and everything below it.

    ``name`` is unique in the whole tree; a unit without children is a *leaf*: it acts in the world.
    """

    name: str
    children: tuple["Tree", ...] = ()

    def __post_init__(self):
        known = set()
        for unit in self.units:
            if unit.name in known:
                raise ValueError(
                    f"two units are called {unit.name!r}; every unit of a tree needs a name of its own"
                )
            known.add(unit.name)
        if self.height > MAX_DEPTH:
            raise ValueError(f"the tree has more than {MAX_DEPTH} levels")

    @classmethod
    def from_description(cls, description) -> "Tree":
        """A tree from a dict with one key: ``{"commander": {"group": ["leaf", ...], ...}}``; a leaf
        may be just its name.

        Raises:
            ValueError: for anything else; a unit's children are a dict, a list of names and dicts,
                or a single name.
        """
        if not isinstance(description, dict) or len(description) != 1:
            raise ValueError(
                "a tree is described by a dict with one key, its root: {'commander': ['RZA', 'OZA']}"
            )
        ((name, below),) = description.items()
        try:
            return cls._described(name, below)
        except RecursionError:
            raise ValueError(f"the tree has more than {MAX_DEPTH} levels") from None

    @classmethod
    def _described(cls, name, below) -> "Tree":
        if not isinstance(name, str) or not name:
            raise ValueError(f"{name!r} is not a name of a unit; names are words")
        if below is None:
            below = ()
        if isinstance(below, str):
            below = [below]
        if isinstance(below, dict):
            return cls(name, tuple(cls._described(*item) for item in below.items()))
        if not isinstance(below, list | tuple):
            raise ValueError(
                f"the children of {name!r} must be a dict or a list of names, not {type(below).__name__}"
            )
        pairs = [
            item
            for child in below
            for item in (child.items() if isinstance(child, dict) else [(child, None)])
        ]
        return cls(name, tuple(cls._described(*pair) for pair in pairs))

    def description(self):
        """The description that gives this tree again."""
        return {
            self.name: [
                child.description() if child.children else child.name for child in self.children
            ]
        }

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
        """Units by level, the leaves first: ``levels[0]`` are the leaves, ``levels[-1]`` is the
        root alone."""
        return tuple(
            tuple(u for u in self.units if u.height == level) for level in range(1, self.height + 1)
        )

    def find(self, name: str) -> "Tree":
        """The unit of that name; ValueError if there is none."""
        for unit in self.units:
            if unit.name == name:
                return unit
        raise ValueError(
            f"no unit {name!r} in this tree; there are {', '.join(u.name for u in self.units)}"
        )

    def parent_of(self, name: str) -> str | None:
        """Name of the superior of a unit, None for the root."""
        self.find(name)
        return next(
            (
                unit.name
                for unit in self.units
                if any(child.name == name for child in unit.children)
            ),
            None,
        )

    def with_child(self, parent: str, child) -> "Tree":
        """A tree with another unit (a name, a description or a tree) under ``parent``."""
        self.find(parent)
        description = {child: None} if isinstance(child, str) else child
        new = child if isinstance(child, Tree) else Tree.from_description(description)
        return self._replaced(parent, lambda unit: (*unit.children, new))

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

        def survivors(unit):
            return tuple(
                c for child in unit.children for c in (heirs if child.name == name else (child,))
            )

        return self._replaced(parent, survivors)

    def _replaced(self, name: str, change) -> "Tree":
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
            lines += child._lines(
                rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  ")
            )
        return lines

    def save(self, path: str | Path) -> None:
        """Write the tree as JSON."""
        record = {"format": FORMAT, "version": VERSION, "tree": self.description()}
        Path(path).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "Tree":
        """Read what ``save`` wrote; ValueError, one line, for a damaged or foreign file."""
        path = Path(path)
        if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(
                f"{path} is not a saved command tree: no such file, or it is too large"
            )
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
            raise ValueError(
                f"{path} is not a saved command tree: it is not JSON, or it is damaged"
            ) from None
        if not isinstance(record, dict) or (record.get("format"), record.get("version")) != (
            FORMAT,
            VERSION,
        ):
            raise ValueError(f"{path} is not a command tree of version {VERSION}")
        return cls.from_description(record.get("tree"))
