"""A tree as index arrays, so that one batched pass serves all units of a level."""

from dataclasses import dataclass

import numpy as np

from .tree import Tree


@dataclass(frozen=True)
class Wiring:
    """Indices of U units, the leaves first, then level by level; the root is the last.

    ``children[k]`` belongs to the units of ``levels[k]``; entry 0 is empty, for leaves have none.
    """

    names: tuple[str, ...]
    """(U,) unit names."""
    levels: tuple[np.ndarray, ...]
    """Unit numbers of each level, leaves first."""
    parent: np.ndarray
    """(U,) number of the superior, -1 for the root."""
    children: tuple[np.ndarray, ...]
    """For each level (units, N) numbers of the children, padded with 0; N is the most that a unit
    of the level has."""
    has_child: tuple[np.ndarray, ...]
    """For each level (units, N) bool, False where ``children`` is padding."""

    @classmethod
    def of(cls, tree: Tree) -> "Wiring":
        """The wiring of a tree."""
        units = [unit for level in tree.levels for unit in level]
        number = {unit.name: n for n, unit in enumerate(units)}
        parent = np.full(len(units), -1)
        levels, children, has_child = [], [], []
        for level in tree.levels:
            widest = max(len(unit.children) for unit in level)
            table, real = (
                np.zeros((len(level), widest), np.int64),
                np.zeros((len(level), widest), bool),
            )
            for row, unit in enumerate(level):
                below = [number[child.name] for child in unit.children]
                table[row, : len(below)], real[row, : len(below)] = below, True
                parent[below] = number[unit.name]
            levels.append(np.array([number[unit.name] for unit in level]))
            children.append(table)
            has_child.append(real)
        return cls(tuple(number), tuple(levels), parent, tuple(children), tuple(has_child))

    @property
    def count(self) -> int:
        """Number of units U."""
        return len(self.names)

    @property
    def leaf_count(self) -> int:
        """Number of leaves L; they are the units 0 .. L - 1."""
        return len(self.levels[0])

    def number(self, name: str) -> int:
        """The number of a unit; ValueError if there is none of that name."""
        if name not in self.names:
            raise ValueError(f"no unit {name!r}; there are {', '.join(self.names)}")
        return self.names.index(name)

    def merge_up(self, leaves: np.ndarray, alive: np.ndarray, how: str) -> np.ndarray:
        """Leaf values (R, L, ...) -> values of all units (R, U, ...): each inner unit the "max" or
        "mean" of its children.

        Children that are not ``alive`` (R, U) bool are left out; a unit without any gets 0.
        """
        values = np.zeros((len(leaves), self.count, *leaves.shape[2:]), np.float32)
        values[:, : self.leaf_count] = leaves
        extra = (slice(None), slice(None), *(None,) * (leaves.ndim - 2))
        for level in range(1, len(self.levels)):
            for row, unit in enumerate(self.levels[level]):
                below = self.children[level][row, self.has_child[level][row]]
                there = alive[:, below]
                kept = values[:, below] * there[extra]
                if how == "max":
                    values[:, unit] = kept.max(axis=1)
                else:
                    values[:, unit] = kept.sum(axis=1) / np.maximum(there.sum(axis=1), 1)[extra[1:]]
        return values

    def observed_ioc(self, ioc: np.ndarray, scope: str, alive: np.ndarray) -> np.ndarray:
        """IOC of every unit (R, U) -> the IOC each unit observes (R, U): of the "tree", its
        "siblings" or its "own".

        The tree's is what the root collected, the siblings' what the superior collected; the root
        has no siblings. Where that unit is not ``alive`` (R, U), a unit knows its own alone.
        """
        root, own = self.count - 1, np.arange(self.count)
        collector = {
            "tree": np.full_like(own, root),
            "siblings": np.append(self.parent[:-1], root),
            "own": own,
        }[scope]
        return np.where(alive[:, collector], ioc[:, collector], ioc)
