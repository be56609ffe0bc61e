"""The recorded study in a few lines for the README: every figure and every verdict is worked out
from the records."""

from pathlib import Path

import numpy as np

from course_lib.stats import mean_interval, paired_contrast
from course_lib.training.config import PAPER

from .ablations import CORNERS
from .arms import ARMS, STUDY_FOLDER, read_result
from .report import (
    PUBLISHED,
    QUESTIONS,
    REFERENCE,
    ArmSummary,
    contrast,
    recorded_arms,
    recorded_scores,
    recorded_seeds,
    simulator_means,
    summarise,
    table,
    verdict,
)

MARKS = ("<!-- study -->", "<!-- /study -->")
MAIN, BEST = "three-layer", "own-zone"
"""The paper's three layers, and the same paid by own zones."""

INTRODUCTION = """\
Each run is trained for {steps:.2f} million environment steps (`paper-config` alone for more) and scored with 1,000
official episodes on the range. A *seed* is one complete training from new random weights. Points are the official
score: 0 is perfect, and every defender is below. +10 [+2, +18] reads: the first minus the second, with the 95 %
interval over seeds. *Doctrine* are rules written by people, which are mixed into every decision; *flat MAPPO* is the
same learner with nobody commanding. In three lines:"""
MADE_BY = """\
Made by `python -m course_lib bench study`, printed by `bench study --table`, written here by `bench study --readme`;
curves, configurations and the score of every episode stand in
[course_lib/data/study](course_lib/data/study). The shipped policies `three-layer`,
`two-layer`, `own-zone` and `flat` are seed 0 of their arms."""


def block(folder: Path = STUDY_FOLDER) -> str:
    """The text between the README's two marks, Markdown; ValueError while the main arm is
    missing."""
    main, (shown, open_) = summarise(MAIN, folder), _questions(folder)
    lines = [
        INTRODUCTION.format(steps=main.steps / 1e6),
        "",
        f"- **Shown:** {shown or 'nothing yet'}.",
        f"- **Not shown:** {open_ or 'nothing left open'}.",
        f"- **With and without the rules:** {_doctrine(folder)}",
        "",
        "And further:",
        "",
        *(f"- **{name}:** {text}" for name, text in _further(folder) if text),
        "",
        table(folder),
        f"{_recorded(folder)} {MADE_BY}",
    ]
    return "\n".join(lines)


def with_block(readme: str, folder: Path = STUDY_FOLDER) -> str:
    """The README's text with a new block; ValueError if a mark is missing."""
    before, opening, rest = readme.partition(MARKS[0])
    _, closing, after = rest.partition(MARKS[1])
    if not (opening and closing):
        raise ValueError(f"README.md has no place for the study: it lacks {MARKS[0]} or {MARKS[1]}")
    return f"{before}{opening}\n{block(folder)}\n{closing}{after}"


def _further(folder: Path) -> list[tuple[str, str]]:
    """(heading, text) of what is said only where it is recorded."""
    return [
        ("Beside published numbers", _against_published(folder)),
        ("Points lost when a part is replaced while a trained team plays", _replacements(folder)),
        ("The paper's own configuration", _paper(folder)),
        ("On the public simulator", _simulator(folder)),
    ]


def _questions(folder: Path) -> tuple[str, str]:
    """What the paper's claims come to: contrasts that show something, and the others with the
    reason."""
    shown, open_ = [], []
    for first, second, words in QUESTIONS:
        if recorded_seeds(first, folder) and recorded_seeds(second, folder):
            said = verdict(first, second, folder)
            text = f"{words} {contrast(first, second, folder)} ({said.words})"
            (shown if said.shown else open_).append(text)
    return "; ".join(shown), "; ".join(open_)


def _against_published(folder: Path) -> str:
    """Range and simulator beside published scores; these are from the simulator, so that comparison
    decides."""
    parts = []
    for arm in (MAIN, BEST):
        means = {"the range": summarise(arm, folder).means if recorded_seeds(arm, folder) else ()}
        means["the public simulator, where those were measured,"] = list(
            simulator_means(arm, folder).values()
        )
        for engine, found in means.items():
            if len(found) > 1:
                over = mean_interval(found)
                where = f"{over.low:.0f} to {over.high:.0f} over {over.n} seeds: {_place(over.low, over.high)}"
                parts.append(f"`{arm}` has on {engine} {where}")
    return "; ".join(parts) + "." if parts else ""


def _place(low: float, high: float) -> str:
    """Where an interval lies beside the published scores."""
    parts = []
    for whose, score in PUBLISHED.items():
        said = (
            "better than"
            if low > score
            else "worse than"
            if high < score
            else "not told apart from"
        )
        parts.append(f"{said} {whose} ({score})")
    return ", ".join(parts)


def _doctrine(folder: Path) -> str:
    main, parts = summarise(MAIN, folder), []
    parts.append(f"three layers trained and played with rules {_mean(main)}")
    if recorded_seeds("no-doctrine", folder):
        parts.append(f"trained and played without {_mean(summarise('no-doctrine', folder))}")
    if found := list(recorded_scores("ablations", MAIN, folder).values()):
        parts.append(f"trained with rules, played without {_each(found, 'trained, no doctrine')}")
        parts.append(f"untrained, played with rules {_each(found, 'random, doctrine')}")
        parts.append(f"five rules and no network {_each(found, 'full doctrine alone')}")
        alone = _paired_over_seeds(found, "trained, no doctrine", "random, no doctrine")
        parts.append(
            f"so training adds {_paired_over_seeds(found, REFERENCE, 'random, doctrine')} where the rules play along, "
            f"and {alone} where they do not"
        )
    return "; ".join(parts) + "."


def _replacements(folder: Path) -> str:
    found = list(recorded_scores("ablations", MAIN, folder).values())
    if len(found) < 2:
        return ""
    left_out = {*CORNERS, "full doctrine alone"}
    rows = [
        f"{name} {_paired_over_seeds(found, REFERENCE, name)}"
        for name in found[0]
        if name not in left_out
    ]
    return f"{'; '.join(rows)} ({_count(len(found))})."


def _paper(folder: Path) -> str:
    if not recorded_seeds("paper-config", folder):
        return ""
    found = summarise("paper-config", folder)
    return (
        f"three layers, {_count(len(found.seeds))}, {found.steps / 1e6:.2f} million steps, {PAPER.epochs} epochs a "
        f"batch: {found.best.mean():.0f} in the best tenth of the training, {found.mean:.0f} at the end, after "
        f"{found.train_seconds / 60:.0f} minutes."
    )


def _simulator(folder: Path) -> str:
    parts = []
    for arm in recorded_arms(folder):
        for seed, played in recorded_scores("simulator", arm, folder).items():
            scores = played["simulator"]
            error = scores.std(ddof=1) / np.sqrt(len(scores))
            on_range = read_result(arm, seed, folder)["scores"].mean()
            parts.append(
                f"`{arm}` seed {seed} {scores.mean():.0f} ± {error:.0f} ({len(scores)} episodes; range {on_range:.0f})"
            )
    return f"mean ± standard error: {'; '.join(parts)}." if parts else ""


def _recorded(folder: Path) -> str:
    there = sum(len(recorded_seeds(arm, folder)) for arm in ARMS)
    wanted = sum(arm.seeds for arm in ARMS.values())
    return f"Recorded runs: {there} of {wanted}."


def _count(seeds: int) -> str:
    """How many seeds, and what follows from too few."""
    return {1: "one seed: exploratory", 2: "2 seeds: exploratory"}.get(seeds, f"{seeds} seeds")


def _mean(found: ArmSummary) -> str:
    return f"{found.mean:.0f} ({_count(len(found.seeds))})"


def _each(found: list[dict[str, np.ndarray]], name: str) -> str:
    """Mean over seeds, and each of them."""
    means = [scores[name].mean() for scores in found]
    return f"{np.mean(means):,.0f} (each: {', '.join(f'{mean:,.0f}' for mean in means)})"


def _paired_over_seeds(found: list[dict[str, np.ndarray]], variant: str, base: str) -> str:
    """Variant minus base: each seed is one observation."""
    if len(found) < 2:
        return f"{found[0][variant].mean() - found[0][base].mean():+,.0f} ({_count(1)})"
    gain = paired_contrast(
        *([scores[which].mean() for scores in found] for which in (variant, base))
    )
    contains = ", which contains 0" if gain.low <= 0 <= gain.high else ""
    return f"{gain.difference:+,.0f} [{gain.low:+,.0f}, {gain.high:+,.0f}]{contains}"
