"""The recorded study in words: its whole report, and the paragraph of it that the README shows.

Every figure and every verdict is worked out from the records.
"""

from pathlib import Path
from string import Template

import numpy as np

from course_lib import markdown
from course_lib.stats import mean_interval
from course_lib.training.config import PAPER

from . import claims
from .ablations import CORNERS, NEITHER, RULES_ALONE, TRAINED, UNTRAINED, WITHOUT_RULES
from .arms import STUDY_FOLDER, read_result
from .report import table
from .summary import (
    ArmSummary,
    recorded_arms,
    recorded_scores,
    recorded_seeds,
    simulator_means,
    summarise,
)
from .verdicts import PUBLISHED, beside, gain

MARKS = ("<!-- study -->", "<!-- /study -->")
MAIN, BEST = "three-layer", "own-zone"
"""The paper's three layers, and the same paid by own zones."""

TEMPLATE = Path(__file__).resolve().parents[2] / "data" / "study_readme.md"
"""The block's words; everything that depends on the records is filled in."""


def block(folder: Path = STUDY_FOLDER) -> str:
    """The text between the report's two marks, Markdown; ValueError while the main arm is
    missing."""
    further = [f"- **{name}:** {text}" for name, text in _further(folder) if text]
    filled = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        bottom_line=claims.bottom_line(folder),
        steps=f"{summarise(MAIN, folder).steps / 1e6:.2f}",
        shown=claims.listed("shown", folder),
        suggestive=claims.listed("suggestive", folder),
        not_shown=claims.listed("not shown", folder),
        not_comparable=claims.listed("not comparable", folder),
        doctrine=_doctrine(folder),
        sanity_check=claims.sanity_check(),
        further="\n".join(further),
        table=table(folder),
        recorded_runs=claims.recorded_runs(folder),
    )
    return filled.strip()


def with_block(report: str, folder: Path = STUDY_FOLDER) -> str:
    """The report's text with a new block; ValueError if a mark is missing."""
    return markdown.between(report, MARKS, block(folder), "study.md")


def with_bottom_line(readme: str, folder: Path = STUDY_FOLDER) -> str:
    """The README's text with the study's result in a paragraph; ValueError if a mark is missing."""
    return markdown.between(readme, MARKS, claims.bottom_line(folder), "README.md")


def _further(folder: Path) -> list[tuple[str, str]]:
    """(heading, text) of what is said only where it is recorded."""
    return [
        ("Beside published numbers", _against_published(folder)),
        ("Points lost when a part is replaced while a trained team plays", _replacements(folder)),
        ("The paper's own configuration", _paper(folder)),
        ("On the public simulator", _simulator(folder)),
    ]


def _against_published(folder: Path) -> str:
    """Range and simulator beside published scores; these are from the simulator, so that comparison
    decides."""
    parts = []
    for arm in (MAIN, BEST):
        on_range = summarise(arm, folder).means if recorded_seeds(arm, folder) else ()
        on_simulator = list(simulator_means(arm, folder).values())
        for engine, means in (
            ("the range", on_range),
            ("the public simulator, where those were measured,", on_simulator),
        ):
            if len(means) > 1:
                over = mean_interval(means)
                interval = f"{over.low:.0f} to {over.high:.0f} over {over.n} seeds"
                parts.append(f"`{arm}` has on {engine} {interval}: {_place(over.low, over.high)}")
    if not parts:
        return ""
    return (
        f"{'; '.join(parts)}. A published mean has a standard error of its own (9 to 22 points), "
        "and the range is another engine than the simulator it was measured on: no ranking on the "
        "range is a result."
    )


def _place(low: float, high: float) -> str:
    """Where an interval lies beside the published scores."""
    parts = []
    for whose, score in PUBLISHED.items():
        where = beside(low, high, score)
        told = f"{where} than" if where else "not told apart from"
        parts.append(f"{told} {whose} ({score})")
    return ", ".join(parts)


def _doctrine(folder: Path) -> str:
    parts = [f"three layers trained and played with rules {_mean(summarise(MAIN, folder))}"]
    if recorded_seeds("no-doctrine", folder):
        parts.append(f"trained and played without {_mean(summarise('no-doctrine', folder))}")
    if found := list(recorded_scores("ablations", MAIN, folder).values()):
        parts.append(f"trained with rules, played without {_each(found, WITHOUT_RULES)}")
        parts.append(f"untrained, played with rules {_each(found, UNTRAINED)}")
        parts.append(f"five rules and no network {_each(found, RULES_ALONE)}")
        with_rules = _paired_over_seeds(found, TRAINED, UNTRAINED)
        alone = _paired_over_seeds(found, WITHOUT_RULES, NEITHER)
        parts.append(
            f"so training adds {with_rules} where the rules play along, "
            f"and {alone} where they do not"
        )
    return "; ".join(parts) + "."


def _replacements(folder: Path) -> str:
    found = list(recorded_scores("ablations", MAIN, folder).values())
    if len(found) < 2:
        return ""
    replaced = [name for name in found[0] if name not in {*CORNERS, RULES_ALONE}]
    rows = [f"{name} {_paired_over_seeds(found, TRAINED, name)}" for name in replaced]
    return f"{'; '.join(rows)} ({_count(len(found))})."


def _paper(folder: Path) -> str:
    if not recorded_seeds("paper-config", folder):
        return ""
    found = summarise("paper-config", folder)
    return (
        f"three layers, {_count(len(found.seeds))}, {found.steps / 1e6:.2f} million steps, "
        f"{PAPER.epochs} epochs a batch: {found.best.mean():.0f} in the best tenth of the "
        f"training, {found.mean:.0f} at the end, after {found.train_seconds / 60:.0f} minutes."
    )


def _simulator(folder: Path) -> str:
    parts = []
    for arm in recorded_arms(folder):
        for seed, played in recorded_scores("simulator", arm, folder).items():
            scores = played["simulator"]
            error = scores.std(ddof=1) / np.sqrt(len(scores))
            on_range = read_result(arm, seed, folder)["scores"].mean()
            parts.append(
                f"`{arm}` seed {seed} {scores.mean():.0f} ± {error:.0f} ({len(scores)} episodes; "
                f"range {on_range:.0f})"
            )
    return f"mean ± standard error: {'; '.join(parts)}." if parts else ""


def _count(seeds: int) -> str:
    """How many seeds, and what follows from too few."""
    return {1: "one seed: exploratory", 2: "2 seeds: exploratory"}.get(seeds, f"{seeds} seeds")


def _mean(found: ArmSummary) -> str:
    return f"{found.mean:.0f} ({_count(len(found.seeds))})"


def _each(found: list[dict[str, np.ndarray]], name: str) -> str:
    """Mean over seeds, and each of them."""
    means = [scores[name].mean() for scores in found]
    each = [f"{mean:,.0f}" for mean in means]
    if len(set(each)) == 1:
        return f"{each[0]} (each of {len(each)} seeds)" if len(each) > 1 else each[0]
    return f"{np.mean(means):,.0f} (each: {', '.join(each)})"


def _paired_over_seeds(found: list[dict[str, np.ndarray]], variant: str, base: str) -> str:
    """Variant minus base: each seed is one observation."""
    if len(found) < 2:
        return f"{found[0][variant].mean() - found[0][base].mean():+,.0f} ({_count(1)})"
    gained = gain(found, variant, base)
    contains = ", which contains 0" if gained.low <= 0 <= gained.high else ""
    return f"{gained.difference:+,.0f} [{gained.low:+,.0f}, {gained.high:+,.0f}]{contains}"
