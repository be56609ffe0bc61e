"""The recorded runs of lessons 14 and 14b as rows of tables."""

import numpy as np

from course_lib.experiments.lesson_runs import read_run
from course_lib.experiments.lesson_runs.l14_disturbed import (
    AT_ONCE,
    AT_ONCE_IN_RANGE,
    BAD_NIGHT,
)
from course_lib.experiments.lesson_runs.l14_predictable import PAIRS
from course_lib.experiments.lesson_runs.l14_predictable import SEEDS as SEARCHES
from course_lib.stats import Contrast, mean_interval, paired_contrast

Points = dict[str, dict[str, np.ndarray]]
"""What is played -> where -> (N,) points, paired by episode."""


def points_of(run: str, rows: str, columns: str) -> Points:
    """The defended parts of a recorded run, by two of its columns; episodes in their order."""
    table = read_run(run)
    found: Points = {}
    for row in dict.fromkeys(table[rows]):
        of_row = table[rows] == row
        found[str(row)] = {}
        for column in dict.fromkeys(table[columns][of_row]):
            here = of_row & (table[columns] == column)
            found[str(row)][str(column)] = table["defended"][here]
    return found


def cross() -> Points:
    """Defender -> world -> points of 32 episodes."""
    return points_of("l14-cross", "defender", "world")


def attrition() -> Points:
    """Defender -> what is lost -> points of 24 episodes."""
    return points_of("l14-attrition", "defender", "lost")


def difference(found: Contrast) -> str:
    """A difference with its interval."""
    return f"{found.difference:+.0f} ({found.low:+.0f} to {found.high:+.0f})"


Cells = tuple[str, ...]
"""One row of a table."""


def beside(points: Points, reference: str, names: tuple[str, ...]) -> list[Cells]:
    """Rows: a world, and in each some defenders minus the reference, paired by episode."""
    rows = []
    for world, base in points[reference].items():
        cells = []
        for name in names:
            found = paired_contrast(points[name][world], base)
            cells.append(difference(found))
        rows.append((world, *cells))
    return rows


def lost_by(points: Points, without: str = "nobody") -> list[Cells]:
    """Rows: an outage, and what it costs each defender beside the same episodes without it."""
    outages = list(dict.fromkeys(out for by_outage in points.values() for out in by_outage))
    rows = []
    for outage in outages:
        if outage == without:
            continue
        cells = []
        for by_outage in points.values():
            cell = "no commander"
            if outage in by_outage:
                found = paired_contrast(by_outage[outage], by_outage[without])
                cell = difference(found)
            cells.append(cell)
        rows.append((outage, *cells))
    return rows


BUDGETS = (5, 10, 15, 20)
"""Restores of the whole team in an episode."""
WAYS = ("screen, then Sleep", "screen", "price, screen", "pace, screen", "taught, screen")
"""How a budget is kept."""


def budget_points(how: str, budget: int) -> np.ndarray:
    """(N,) points of one way to keep a budget (0: no bound), all seeds, in the order of the
    episodes."""
    table = read_run("l14-budget")
    return table["defended"][(table["how"] == how) & (table["budget"] == budget)]


def pace_by_seed() -> dict[int, str]:
    """Budget -> what the learned pace gains beside the screen alone, the mean of each seed."""
    seeds = len(np.unique(read_run("l14-budget")["seed"]))
    gains = {}
    for budget in BUDGETS:
        gained = budget_points("pace, screen", budget) - budget_points("screen", budget)
        # Episodes lie one seed after the other.
        of_seeds = [part.mean() for part in np.split(gained, seeds)]
        gains[budget] = " / ".join(f"{mean:+.0f}" for mean in of_seeds)
    return gains


def frontier_rows() -> list[Cells]:
    """Rows: a budget; what the screen costs beside no bound; and beside the screen alone the
    learned pace, the learned price, and the screen without a second choice."""
    free = budget_points("no bound", 0)
    rows = []
    for budget in BUDGETS:
        screen = budget_points("screen", budget)
        cells = [difference(paired_contrast(screen, free))]
        for other in ("pace, screen", "price, screen", "screen, then Sleep"):
            found = paired_contrast(budget_points(other, budget), screen)
            cells.append(difference(found))
        rows.append((str(budget), *cells))
    return rows


def without_bound() -> dict[str, float]:
    """Mean points of the expert and of the taught team without any bound."""
    table = read_run("l14-budget")
    names = {"expert": "no bound", "taught": "taught, no bound"}
    means = {}
    for name, way in names.items():
        here = table["how"] == way
        means[name] = float(table["defended"][here].mean())
    return means


def cross_play() -> list[Cells]:
    """Rows: a blue, and its mean points against each attacker, over all searches."""
    table = read_run("l14-red")
    reds = list(dict.fromkeys(table["red"]))
    rows = []
    for blue in dict.fromkeys(table["blue"]):
        cells = []
        for red in reds:
            here = (table["blue"] == blue) & (table["red"] == red)
            cell = "not played"
            if here.any():
                found = mean_interval(table["defended"][here])
                cell = f"{found.mean:.0f} ± {found.half_width:.0f}"
            cells.append(cell)
        rows.append((str(blue), *cells))
    return rows


ANSWERS = {
    "blue 2 minus blue 1, against red 1": (("blue 2", "red 1"), ("blue 1", "red 1")),
    "blue 2: red 2 minus red 1": (("blue 2", "red 2"), ("blue 2", "red 1")),
    "taught: red 2 minus red of taught": (("taught", "red 2"), ("taught", "red of taught")),
}
"""Differences in the table of generations: two pairs (blue, red), the second taken from the
first."""


def answer_rows() -> list[Cells]:
    """Rows: one of the `ANSWERS`; the difference, paired by episode, over all searches; and its
    mean in each search."""
    table = read_run("l14-red")
    searches = len(np.unique(table["seed"]))
    rows = []
    for words, pairs in ANSWERS.items():
        points = []
        for blue, red in pairs:
            here = (table["blue"] == blue) & (table["red"] == red)
            points.append(table["defended"][here])
        first, second = points
        by_search = [f"{part.mean():+.0f}" for part in np.split(first - second, searches)]
        found = difference(paired_contrast(first, second))
        rows.append((words, found, " / ".join(by_search)))
    return rows


def learned_beside(blue: str, red: str, other: str) -> list[Cells]:
    """Rows: a search, and how a blue does against one attacker minus against another, paired."""
    table = read_run("l14-red")
    rows = []
    for seed in dict.fromkeys(table["seed"]):
        of_blue = (table["seed"] == seed) & (table["blue"] == blue)
        first = table["defended"][of_blue & (table["red"] == red)]
        second = table["defended"][of_blue & (table["red"] == other)]
        rows.append((f"search {int(seed) + 1}", difference(paired_contrast(first, second))))
    return rows


def mixture_gains(run: str) -> dict[str, list[Contrast]]:
    """World -> the team that was trained in a mixture minus the plain one, in each training, paired
    by episode."""
    table = read_run(run)
    gains: dict[str, list[Contrast]] = {}
    for world in dict.fromkeys(table["world"]):
        gains[str(world)] = []
        for seed in dict.fromkeys(table["seed"]):
            here = (table["world"] == world) & (table["seed"] == seed)
            found = paired_contrast(table["mixture"][here], table["plain"][here])
            gains[str(world)].append(found)
    return gains


def worst_world_gains(run: str) -> dict[int, tuple[str, float]]:
    """Training -> the plain team's worst world, and what the mixture gains in it, points."""
    table = read_run(run)
    found = {}
    for seed in dict.fromkeys(table["seed"]):
        plain, mixture = {}, {}
        for world in dict.fromkeys(table["world"]):
            here = (table["seed"] == seed) & (table["world"] == world)
            plain[world] = table["plain"][here].mean()
            mixture[world] = table["mixture"][here].mean()
        worst = min(plain, key=plain.__getitem__)
        gain = float(mixture[worst] - plain[worst])
        found[int(seed)] = (str(worst), gain)
    return found


def disturbed() -> Points:
    """Defender -> disturbance -> points of 24 episodes."""
    return points_of("l14-disturbed", "defender", "disturbance")


def disturbances(points: Points) -> list[str]:
    """All disturbances: first those of the wires, which only hierarchies have."""
    of_wires = [what for what in points["taught"] if what not in points["expert"]]
    others = [what for what in points["expert"] if what != "nothing"]
    return of_wires + others


def disturbed_rows(points: Points) -> list[Cells]:
    """Rows: a disturbance, and what it costs each defender beside the same episodes without it."""
    rows = []
    for what in disturbances(points):
        cells = []
        for of in points.values():
            cell = "no wires"
            if what in of:
                found = paired_contrast(of[what], of["nothing"])
                half = (found.high - found.low) / 2
                cell = f"{found.difference:+.0f} ± {half:.0f}"
            cells.append(cell)
        rows.append((what, *cells))
    return rows


FOUR_TROUBLES = (*AT_ONCE, AT_ONCE_IN_RANGE)
"""What comes together in the bad night, each of them also played alone."""


def at_once_rows(points: Points) -> list[Cells]:
    """Rows: a defender; its points undisturbed; what the parts of the bad night cost one by one,
    added up; what they cost together; and the second minus the first, paired by episode."""
    rows = []
    for name, of in points.items():
        parts = np.zeros(len(of["nothing"]))
        for what in FOUR_TROUBLES:
            parts += of[what] - of["nothing"]
        together = of[BAD_NIGHT] - of["nothing"]
        means = [f"{column.mean():.0f}" for column in (of["nothing"], parts, together)]
        rows.append((name, *means, difference(paired_contrast(together, parts))))
    return rows


def predictable_rows() -> list[Cells]:
    """Rows: a defender; its points against the official attacker, its own best response, the same
    search by search, and against the best response to the other of its pair."""
    table = read_run("l14-predictable")
    rows = []
    for unpredictable, plain in PAIRS:
        for blue, other in ((plain, unpredictable), (unpredictable, plain)):
            cells = []
            for red in ("official", f"best against {blue}", f"best against {other}"):
                here = (table["blue"] == blue) & (table["red"] == red)
                found = mean_interval(table["defended"][here])
                cells.append(f"{found.mean:.0f} ± {found.half_width:.0f}")
            own = (table["blue"] == blue) & (table["red"] == f"best against {blue}")
            searches = np.split(table["defended"][own], SEARCHES)
            by_search = " / ".join(f"{part.mean():.0f}" for part in searches)
            rows.append((blue, cells[0], cells[1], by_search, cells[2]))
    return rows


def unpredictable_gains() -> list[Cells]:
    """Rows: a pair; the unpredictable one against its own best response minus the predictable one
    against its own, paired by episode, over all searches and in each."""
    table = read_run("l14-predictable")
    rows = []
    for unpredictable, plain in PAIRS:
        points = {}
        for blue in (unpredictable, plain):
            here = (table["blue"] == blue) & (table["red"] == f"best against {blue}")
            points[blue] = table["defended"][here]
        gains = points[unpredictable] - points[plain]
        by_search = [f"{part.mean():+.0f}" for part in np.split(gains, SEARCHES)]
        found = paired_contrast(points[unpredictable], points[plain])
        words = f"{unpredictable} minus {plain}"
        rows.append((words, difference(found), " / ".join(by_search)))
    return rows
