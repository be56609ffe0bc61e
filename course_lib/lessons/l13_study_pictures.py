"""Pictures of lesson 13b: the recorded study by training, its contrasts, the four corners, what a
commander is worth, and the same weights on the public simulator."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_lib.experiments.study.ablations import CORNERS, REPLACEMENTS, TRAINED
from course_lib.experiments.study.arms import STUDY_FOLDER
from course_lib.experiments.study.figures import TICKS, Described
from course_lib.experiments.study.parts_replaced import part_costs, recorded_parts
from course_lib.experiments.study.recipe_figures import gains_by_training
from course_lib.experiments.study.report import published_rows
from course_lib.experiments.study.summary import (
    compare,
    recorded_scores,
    recorded_seeds,
    simulator_means,
    summarise,
)
from course_lib.experiments.study.verdicts import PUBLISHED, gain
from course_lib.stats import Contrast, Interval, mean_interval
from course_lib.training.curve import read_curve

from .l13_rows import Row, draw_rows, row_of

SCORE = "official score, 1,000 episodes (points)"
GAIN = "official score, first minus second (points)"
LOST = "defended part that the replacement costs (points)"
DEFENDED = "defended part, with minus without commands (points)"


def draw_arms(arms: Sequence[str], title: str, folder: Path = STUDY_FOLDER) -> Described:
    """The final score of every training of some arms."""
    rows = []
    for arm in arms:
        found = summarise(arm, folder)
        rows.append(row_of(arm, found.means))
    return draw_rows(rows, SCORE, title)


def draw_contrasts(
    pairs: Sequence[tuple[str, str]], title: str, folder: Path = STUDY_FOLDER
) -> Described:
    """Differences of arms with their interval over trainings; open dots where one has no spread."""
    rows = []
    for first, second in pairs:
        found = compare(first, second, folder)
        seeds = [len(recorded_seeds(arm, folder)) for arm in (first, second)]
        # Drawn as an interval: of the two numbers of trainings the smaller one counts.
        interval = Interval(found.difference, 0.0, found.low, found.high, min(seeds))
        rows.append(Row(f"{first} – {second}", interval))
    return draw_rows(rows, GAIN, title, {"no difference": 0.0})


def draw_corners(arm: str = "three-layer", folder: Path = STUDY_FOLDER) -> Described:
    """The trained team and all its variants, one dot a training."""
    by_seed = recorded_scores("ablations", arm, folder).values()
    rows = []
    for name in (*CORNERS, *REPLACEMENTS):
        means = [scores[name].mean() for scores in by_seed]
        rows.append(row_of(name, means, _colour(name)))
    title = "One team, nine ways to play it"
    return draw_rows(rows, SCORE, title, ticks=TICKS)


def _colour(variant: str) -> int:
    if variant == TRAINED:
        return 2
    return 0 if variant in CORNERS else 1


def gains_of_commands(pair: tuple[str, str], folder: Path = STUDY_FOLDER) -> list[Interval]:
    """What commands gain in drawn play, defended part: an interval over episodes for each training
    that both recipes have, and last the one over these trainings."""
    found = list(gains_by_training(*pair, "sampled", folder).values())
    means = [gain.mean for gain in found]
    return [*found, mean_interval(means)]


def draw_commands(pair: tuple[str, str], folder: Path = STUDY_FOLDER) -> Described:
    """`gains_of_commands` as rows."""
    *trainings, together = gains_of_commands(pair, folder)
    rows = [Row(f"training {place}", gain) for place, gain in enumerate(trainings)]
    rows.append(Row(f"all {len(trainings)} trainings", together, (), 1))
    return draw_rows(rows, DEFENDED, "What commands gain", {"nothing": 0.0})


def draw_parts(name: str, folder: Path = STUDY_FOLDER) -> Described:
    """What a trained team loses when its commands or messages are replaced while it plays; each
    interval is over trainings. ValueError where nothing is recorded."""
    costs = part_costs(name, folder)
    rows = [Row(part, cost) for part, cost in costs.items()]
    trainings = len(recorded_parts(name, folder))
    title = f"Parts of {name} replaced, {trainings} trainings"
    return draw_rows(rows, LOST, title, {"nothing": 0.0})


def draw_simulator(arms: Sequence[str], folder: Path = STUDY_FOLDER) -> Described:
    """The same weights on the range and on the public simulator, with published scores."""
    rows = []
    for arm in arms:
        there = list(simulator_means(arm, folder).values())
        # Not every training was taken to the simulator: the first ones, which are compared.
        here = summarise(arm, folder).means[: len(there)]
        rows.append(row_of(f"{arm}, range", here))
        rows.append(row_of(f"{arm}, simulator", there, 1))
    short = ("learned", "expert-led", "winner")  # the full names do not fit
    marks = dict(zip(short, PUBLISHED.values(), strict=True))
    title = "The same weights on both engines"
    return draw_rows(rows, "official score (points)", title, marks)


def late_rows(arms: Sequence[str], folder: Path = STUDY_FOLDER) -> list[tuple[str, ...]]:
    """Rows (arm, part of the training, score, KL of an update, entropy of a leaf), training 0."""
    rows = []
    for arm in arms:
        curve = read_curve(folder / f"{arm}-0" / "curve.csv")
        iterations = np.arange(len(curve["score"]))
        tenths = np.array_split(iterations, 10)
        # The first tenth is left out: every training climbs steeply in it.
        for when, part in (("second tenth", tenths[1]), ("last tenth", tenths[9])):
            score = curve["score"][part].mean()
            kl = curve["leaves: kl"][part].mean()
            entropy = curve["leaves: entropy"][part].mean()
            rows.append((arm, when, f"{score:.0f}", f"{kl:.4f}", f"{entropy:.2f}"))
    return rows


def lost_by(variant: str, arm: str = "three-layer", folder: Path = STUDY_FOLDER) -> Contrast:
    """The trained team minus a variant of it, paired by training."""
    by_seed = recorded_scores("ablations", arm, folder)
    return gain(list(by_seed.values()), TRAINED, variant)


def beside_published(arm: str, folder: Path = STUDY_FOLDER) -> list[str]:
    """Lines: where the arm's interval over trainings lies beside each published score."""
    lines = []
    for _, score, _, where, _, so in published_rows(arm, folder):
        said = f"{arm} beside {score}: {_shortly(where)} (range)"
        if so:
            said += f", {_shortly(so)} (simulator)"
        lines.append(said)
    return lines


def _shortly(where: str) -> str:
    return where.removeprefix("the interval ")
