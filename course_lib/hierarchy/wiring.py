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
        """The wiring of a tree; ValueError for anything else."""
        Tree.check(tree)
        names = tuple(unit.name for level in tree.levels for unit in level)
        number = {name: n for n, name in enumerate(names)}
        parent = np.full(len(names), -1)
        levels, children, has_child = [], [], []
        for level in tree.levels:
            widest = max(len(unit.children) for unit in level)
            table = np.zeros((len(level), widest), np.int64)
            real = np.zeros((len(level), widest), bool)
            # Rows of different length become one table, padded on the right.
            for place, unit in enumerate(level):
                below = [number[child.name] for child in unit.children]
                table[place, : len(below)] = below
                real[place, : len(below)] = True
                parent[below] = number[unit.name]
            levels.append(np.array([number[unit.name] for unit in level]))
            children.append(table)
            has_child.append(real)
        return cls(names, tuple(levels), parent, tuple(children), tuple(has_child))

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

    def position(self, number: int) -> tuple[int, int]:
        """Level of a unit (0 for a leaf) and its place within the level."""
        for level, units in enumerate(self.levels):
            places = np.flatnonzero(units == number)
            if len(places):
                return level, int(places[0])
        raise ValueError(f"no unit has number {number}; there are {self.count}")

    def below(self, level: int, place: int) -> np.ndarray:
        """(N,) numbers of the children of one unit, without padding."""
        real = self.has_child[level][place]
        return self.children[level][place, real]

    def path(self, number: int) -> list[int]:
        """The unit and its superiors up to the root."""
        path = [int(number)]
        while self.parent[path[-1]] >= 0:
            path.append(int(self.parent[path[-1]]))
        return path

    def merge_up(
        self,
        leaves: np.ndarray,
        alive: np.ndarray,
        how: str,
    ) -> np.ndarray:
        """Leaf values -> values of all units: each inner unit the "max" or "mean" of its children.

        Args:
            leaves: (R, L, ...) values of at least 0.
            alive: (R, U) bool; children that are lost are left out, a unit without any gets 0.
            how: "max" or "mean".

        Returns:
            (R, U, ...) float32.
        """
        num_envs, _, *entry_shape = leaves.shape
        values = np.zeros((num_envs, self.count, *entry_shape), np.float32)
        values[:, : self.leaf_count] = leaves
        trailing = [1] * len(entry_shape)  # a unit's mask holds for all its entries
        # Lower levels first: a superior merges what its children have merged.
        for level in range(1, len(self.levels)):
            for place, unit in enumerate(self.levels[level]):
                below = self.below(level, place)
                mask = alive[:, below].reshape(num_envs, len(below), *trailing)
                kept = values[:, below] * mask
                if how == "max":
                    values[:, unit] = kept.max(axis=1)
                else:
                    count = np.maximum(mask.sum(axis=1), 1)
                    values[:, unit] = kept.sum(axis=1) / count
        return values

    def observed_ioc(
        self,
        ioc: np.ndarray,
        scope: str,
        alive: np.ndarray,
    ) -> np.ndarray:
        """The IOC that each unit observes (R, U).

        Args:
            ioc: (R, U) every unit's own.
            scope: "tree" is what the root collected, "siblings" what the superior collected (the
                root has no siblings), "own" the unit's own.
            alive: (R, U) bool; where the unit that collects is lost, there remains the own.
        """
        root = self.count - 1
        own = np.arange(self.count)
        collectors = {
            "tree": np.full_like(own, root),
            "siblings": np.append(self.parent[:-1], root),
            "own": own,
        }
        collector = collectors[scope]
        is_alive = alive[:, collector]
        return np.where(is_alive, ioc[:, collector], ioc)
