"""The recorded study in tables: scores by arm, by replaced part, beside published ones, on the
simulator. The words of the verdicts come from `claims` and `verdicts`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_lib import markdown
from course_lib.stats import mean_interval, paired_contrast

from .ablations import CORNERS, REPLACEMENTS, TRAINED
from .arms import ARMS, STUDY_FOLDER
from .claims import gain_in_words
from .summary import recorded_arms, recorded_scores, simulator_means, summarise
from .verdicts import PUBLISHED, beside

Row = tuple[str, ...]


def table(folder: Path = STUDY_FOLDER) -> str:
    """All recorded arms as a Markdown table."""
    headings = ["arm", "what it is", "seeds", "official score, mean of seeds (each)"]
    headings += ["95 % interval", "while training", "rising"]
    rows = []
    for arm in recorded_arms(folder):
        found = summarise(arm, folder)
        each = ", ".join(f"{mean:.1f}" for mean in found.means)
        low, high = found.interval
        interval = f"{low:.1f} to {high:.1f}" if len(found.seeds) > 1 else "one seed: exploratory"
        rising = {True: "yes", False: "no", None: "–"}[found.still_rising]
        score = f"{found.mean:.1f} ({each})"
        area = f"{found.area.mean():.0f}"
        about = ARMS[arm].about
        rows.append([f"`{arm}`", about, len(found.seeds), score, interval, area, rising])
    return "\n".join(markdown.table(headings, rows)) + "\n"


def ablation_table(arm: str = "three-layer", folder: Path = STUDY_FOLDER) -> str:
    """The four corners and the replaced parts of an arm's seeds, as a Markdown table; empty if none
    is recorded.

    Differences are paired by episode within a seed: trained with doctrine minus the variant, so a
    positive one is what the part is worth.
    """
    by_seed = recorded_scores("ablations", arm, folder)
    if not by_seed:
        return ""
    seeds = " / ".join(str(seed) for seed in by_seed)
    headings = [f"variant of `{arm}`", f"official score, seed {seeds}"]
    rows = []
    variants = next(iter(by_seed.values()))
    for name in variants:
        means = " / ".join(f"{scores[name].mean():,.1f}" for scores in by_seed.values())
        gains = []
        for scores in by_seed.values():
            gain = paired_contrast(scores[TRAINED], scores[name])
            gains.append(f"{gain.difference:+,.1f} [{gain.low:,.1f}, {gain.high:,.1f}]")
        rows.append([name, means, "" if name == TRAINED else " / ".join(gains)])
    lines = markdown.table([*headings, "trained minus variant, 95 % interval"], rows)
    return "\n".join(lines) + "\n"


def corner_rows(arm: str = "three-layer", folder: Path = STUDY_FOLDER) -> list[Row]:
    """(variant, mean over seeds, each seed, what training gains over it, paired over seeds): four
    corners, other parts.

    The list is empty while no ablation of the arm is recorded. With one seed the pairs are the
    episodes, and the row says so.
    """
    by_seed = list(recorded_scores("ablations", arm, folder).values())
    rows = []
    for name in (*CORNERS, *REPLACEMENTS):
        if not by_seed or not all(name in scores for scores in by_seed):
            continue
        means = [scores[name].mean() for scores in by_seed]
        each = ", ".join(f"{mean:.0f}" for mean in means)
        gain = "" if name == TRAINED else gain_in_words(by_seed, TRAINED, name)
        rows.append((name, f"{np.mean(means):.1f}", each, gain))
    return rows


def published_rows(arm: str = "three-layer", folder: Path = STUDY_FOLDER) -> list[Row]:
    """(whose score, the score, the arm's interval over seeds on the range, what follows, the same
    on the simulator).

    The published scores are of the simulator. Its two entries are empty while fewer than two seeds
    have played there.
    """
    on_range = summarise(arm, folder).means
    on_simulator = list(simulator_means(arm, folder).values())
    rows = []
    for whose, score in PUBLISHED.items():
        here = _beside(score, on_range)
        there = _beside(score, on_simulator) if len(on_simulator) > 1 else ("", "")
        rows.append((whose, f"{score}", *here, *there))
    return rows


def _beside(score: float, means: Sequence[float]) -> tuple[str, str]:
    """The interval over seeds, and where a published score lies."""
    if len(means) < 2:
        return f"{means[0]:.0f}, one seed", "exploratory: one seed"
    found = mean_interval(means)
    where = beside(found.low, found.high, score) or "the interval contains it"
    return f"{found.low:.0f} to {found.high:.0f}, {found.n} seeds", where
