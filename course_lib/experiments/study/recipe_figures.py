"""The recorded recipes as tables, and differences between them; every verdict is computed.

A recipe of which nothing is recorded is left out.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_lib.stats import Interval, mean_interval

from .arms import STUDY_FOLDER
from .parts_replaced import part_costs, recorded_parts
from .recipe_report import gain_over, means_over_seeds, teacher_of
from .recipes import PLAYS, RECIPES, read_recipe, recorded_seeds


def recorded_recipes(names: Sequence[str], folder: Path = STUDY_FOLDER) -> list[str]:
    """Those of the recipes of which at least one run is recorded."""
    return [name for name in names if recorded_seeds(name, folder)]


def control_rows(
    names: Sequence[str], whole: str, folder: Path = STUDY_FOLDER
) -> list[tuple[str, ...]]:
    """Rows (what, seeds, drawn, greedy, difference drawn, difference greedy) of controls.

    Differences are to the recipe ``whole``, paired by episode, means over the seeds that both have.
    """
    rows = []
    others = [name for name in names if name != whole]
    for name in recorded_recipes([whole, *others], folder):
        count = len(recorded_seeds(name, folder))
        means, gains = [], []
        for play in PLAYS:
            mean = _mean(name, play, folder)
            means.append(f"{mean:.0f}")
            gain = ""
            if name != whole:
                gain = str_of(difference(name, whole, play, folder))
            gains.append(gain)
        row = RECIPES[name].about, str(count), *means, *gains
        rows.append(row)
    return rows


def difference(
    name: str, whole: str, play: str, folder: Path = STUDY_FOLDER, part: str = "scores"
) -> Interval:
    """One recipe's scores minus another's, paired by episode, in the mean over common seeds.

    ``part`` is "scores" or "defended". ValueError without a common seed.
    """
    of_whole = recorded_seeds(whole, folder)
    seeds = [seed for seed in recorded_seeds(name, folder) if seed in of_whole]
    if not seeds:
        raise ValueError(f"{name} and {whole} have no recorded seed in common: bench recipes")
    gains = []
    for seed in seeds:
        own = read_recipe(name, seed, folder)[play][part]
        other = read_recipe(whole, seed, folder)[play][part]
        gains.append(own - other[: len(own)])
    return mean_interval(np.mean(gains, axis=0))


def gains_by_training(
    name: str, without: str, play: str, folder: Path = STUDY_FOLDER
) -> dict[int, Interval]:
    """Defended part of ``name`` minus that of ``without``, for each seed that both have; an
    interval is over a training's episodes, paired."""
    of_name = recorded_seeds(name, folder)
    gains = {}
    for seed in recorded_seeds(without, folder):
        if seed in of_name:
            own = read_recipe(name, seed, folder)[play]["defended"]
            other = read_recipe(without, seed, folder)[play]["defended"]
            gains[seed] = mean_interval(own[: len(other)] - other)
    return gains


def rows_by_training(
    name: str, without: str, play: str, folder: Path = STUDY_FOLDER
) -> list[tuple[str, ...]]:
    """Rows (seed, defended part of ``name``, of ``without``, difference) of common seeds.

    A seed's interval is over its episodes, paired. The last row's is over the trainings: a reader
    who trains once more draws a training, not an episode.
    """
    gains = gains_by_training(name, without, play, folder)
    rows = []
    for seed, gain in gains.items():
        means = [
            f"{read_recipe(recipe, seed, folder)[play]['defended'].mean():.1f}"
            for recipe in (name, without)
        ]
        rows.append((str(seed), *means, str_of(gain)))
    if len(gains) > 1:
        together = mean_interval([gain.mean for gain in gains.values()])
        rows.append((f"{len(gains)} trainings", "", "", str_of(together)))
    return rows


def seed_rows(names: Sequence[str], folder: Path = STUDY_FOLDER) -> list[tuple[str, ...]]:
    """Rows (team, drawn, greedy, defended part drawn, greedy): mean over seeds, and each seed."""
    rows = []
    for name in recorded_recipes(names, folder):
        cells = []
        for part in ("scores", "defended"):
            for play in PLAYS:
                cell = _over_seeds(name, play, part, folder)
                cells.append(cell)
        rows.append((name, *cells))
    return rows


def teacher_rows(names: Sequence[str], folder: Path = STUDY_FOLDER) -> list[tuple[str, ...]]:
    """Rows (team, play, gain over its teacher on the defended part, verdict)."""
    rows = []
    for name in recorded_recipes(names, folder):
        rows += gain_rows(teacher_of(name), name, folder)
    return rows


def gain_rows(rules: str, name: str, folder: Path = STUDY_FOLDER) -> list[tuple[str, ...]]:
    """Rows (team, play, gain over written rules on the defended part, verdict), one a play."""
    rows = []
    for play in PLAYS:
        gain = gain_over(rules, name, play, folder)
        rows.append((name, play, str_of(gain), verdict(gain)))
    return rows


def part_rows(names: Sequence[str], folder: Path = STUDY_FOLDER) -> list[tuple[str, ...]]:
    """Rows (team, what was replaced, points of the defended part that it cost, verdict).

    A verdict needs two trained seeds at least; with one the row says how many there are.
    """
    rows = []
    for name in names:
        seeds = len(recorded_parts(name, folder))
        if not seeds:
            continue
        for part, cost in part_costs(name, folder).items():
            told = "one seed: exploratory" if seeds < 2 else _cost_verdict(cost)
            rows.append((name, part, str_of(cost), told))
    return rows


def str_of(found: Interval) -> str:
    """``+3.1 [+1.2, +5.0]``."""
    return f"{found.mean:+.1f} [{found.low:+.1f}, {found.high:+.1f}]"


def verdict(gain: Interval) -> str:
    """What an interval of a gain says: better, worse, or no difference shown."""
    if gain.low > 0:
        return "better"
    return "worse" if gain.high < 0 else "no difference shown"


def _cost_verdict(cost: Interval) -> str:
    if cost.low > 0:
        return "missed"
    return "not missed" if cost.high < 0 else "no difference shown"


def _mean(name: str, play: str, folder: Path) -> float:
    return float(means_over_seeds(name, play, "scores", folder).mean())


def _over_seeds(name: str, play: str, part: str, folder: Path) -> str:
    means = means_over_seeds(name, play, part, folder)
    each = ", ".join(f"{mean:.1f}" for mean in means)
    return f"{means.mean():.1f} ({each})"
