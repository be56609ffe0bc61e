"""Lesson 03: what learners make of an upper level, from the recorded trainings of lesson 13b."""

from pathlib import Path

from course_lib.experiments.study.arms import STUDY_FOLDER
from course_lib.experiments.study.recipe_figures import gains_by_training
from course_lib.experiments.study.recipe_report import means_over_seeds
from course_lib.experiments.study.summary import compare, summarise
from course_lib.stats import mean_interval

FIRST = ("no-doctrine", "flat-shaped")
"""Arms of the study, with three layers and without a superior: no rules, and paid alike."""
LATER = ("three-layer-reward", "three-layer-reward-no-command")
"""The recipe that learns to defend from the reward alone, and the same with empty commands."""

HEADINGS = ("recipe of lesson 13", "nobody commands", "three layers", "difference, 95 %")


def learned_rows(folder: Path = STUDY_FOLDER) -> list[tuple[str, str, str, str]]:
    """A row of `HEADINGS` for each pair: means of the official score over all trainings, and three
    layers minus nobody with its interval over trainings.

    The second difference is that of the defended part, the primary contrast of lesson 13b.
    """
    with_layers, without = FIRST
    layers = summarise(with_layers, folder).mean
    nobody = summarise(without, folder).mean
    apart = compare(*FIRST, folder)
    shown = f"{apart.difference:+.0f} [{apart.low:+.0f}, {apart.high:+.0f}]"
    rows = [("the first, without rules", f"{nobody:.0f}", f"{layers:.0f}", shown)]
    with_layers, without = LATER
    layers = means_over_seeds(with_layers, "sampled", folder=folder).mean()
    nobody = means_over_seeds(without, "sampled", folder=folder).mean()
    by_training = gains_by_training(*LATER, "sampled", folder).values()
    gain = mean_interval([each.mean for each in by_training])
    shown = f"{gain.mean:+.1f} [{gain.low:+.1f}, {gain.high:+.1f}]"
    rows.append(("one that learns to defend", f"{nobody:.0f}", f"{layers:.0f}", shown))
    return rows
