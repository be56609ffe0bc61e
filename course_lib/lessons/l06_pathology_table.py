"""Which game defeats which method: the share of runs that end on an optimal joint action, with
intervals.

The whole table, 1,000 runs of 15,000 plays each, takes many minutes and is recorded:

    python -m course_lib.lessons.l06_pathology_table notebooks/data/pathology-table.csv
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from course_lib import markdown, storage
from course_lib.games import climbing, penalty
from course_lib.learners.multi_agent_q.learn import METHODS, Learner, Lenient, Training, learn
from course_lib.stats import wilson_interval

LENIENT = {
    "lenient, short": Learner(rule=Lenient(cooling=0.9996)),
    "lenient, middle": Learner(rule=Lenient(cooling=0.9997)),
    "lenient, long": Learner(rule=Lenient(cooling=0.9999)),
}
"""How long forgiveness lasts decides what a lenient learner can do; no setting wins every game."""

TABLE_METHODS = {
    "independent": METHODS["independent"],
    "hysteretic": METHODS["hysteretic"],
    "distributed": METHODS["distributed"],
    **LENIENT,
    "joint-action": METHODS["joint-action"],
}


@dataclass(frozen=True)
class Cell:
    """One method in one game."""

    game: str
    method: str
    wins: int
    """Runs that ended on an optimal joint action."""
    runs: int
    low: float
    """Lower end of the 95 % Wilson interval of the share of wins."""
    high: float
    """Upper end."""

    @property
    def share(self) -> float:
        return self.wins / self.runs


@dataclass(frozen=True)
class PathologyTable:
    """Cells in the order games x methods; ``str`` gives a Markdown table in percent."""

    cells: tuple[Cell, ...]
    training: Training
    """Length, exploration and seed; the same for every cell."""

    def cell(self, game: str, method: str) -> Cell:
        """The cell of a game and a method by their names."""
        for cell in self.cells:
            if (cell.game, cell.method) == (game, method):
                return cell
        raise ValueError(f"no cell for game {game!r} and method {method!r}")

    def __str__(self) -> str:
        games = list(dict.fromkeys(cell.game for cell in self.cells))
        methods = list(dict.fromkeys(cell.method for cell in self.cells))
        rows = []
        for game in games:
            cells = [self.cell(game, method) for method in methods]
            rows.append([game, *(_in_per_cent(cell) for cell in cells)])
        return "\n".join(markdown.table(["game", *methods], rows))


def _in_per_cent(cell: Cell) -> str:
    return f"{100 * cell.share:.1f} [{100 * cell.low:.1f}, {100 * cell.high:.1f}]"


def pathology_table(
    games: Iterable,
    methods: dict[str, Learner] | None = None,
    runs: int = 1000,
    seed: int = 0,
    plays: int = 15_000,
) -> PathologyTable:
    """Train every method on every game and count the runs that end on an optimal joint action.

    Args:
        games: matrix games with a ``name``.
        methods: by name; ``TABLE_METHODS`` without it.
        runs, seed, plays: see `Training`; epsilon falls linearly from 1 to 0.01 over 80 % of the
            plays.
    """
    training = Training(
        runs=runs,
        plays=plays,
        seed=seed,
        moments=1,
        followed=0,
    )
    cells = []
    for game in games:
        for name, learner in (methods or TABLE_METHODS).items():
            wins = int(
                learn(
                    game,
                    learner,
                    training,
                ).optimal.sum()
            )
            cells.append(
                Cell(
                    game.name,
                    name,
                    wins,
                    runs,
                    *wilson_interval(wins, runs),
                )
            )
    return PathologyTable(tuple(cells), training)


HEADER = "version;game;method;wins;runs;plays;seed"
VERSION = 1


def whole_table(runs: int = 1000, plays: int = 15_000) -> PathologyTable:
    """The five games and ten methods of lesson 06, from seed 0."""
    games = [climbing(), climbing("partial"), climbing("full"), penalty(-10), penalty(-100)]
    others = ("shared", "shared with identity", "difference rewards")
    methods = {**TABLE_METHODS, **{name: METHODS[name] for name in others}}
    return pathology_table(games, methods, runs=runs, plays=plays)


def as_text(table: PathologyTable) -> str:
    """The table as the file that lesson 06 reads, a line for each cell."""
    plays, seed = table.training.plays, table.training.seed
    lines = [HEADER]
    for cell in table.cells:
        lines.append(f"{VERSION};{cell.game};{cell.method};{cell.wins};{cell.runs};{plays};{seed}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    storage.write_atomically(sys.argv[1], as_text(whole_table()))
