"""The recorded study in a few lines for the README: every figure and every verdict is worked out from the records."""

from pathlib import Path

import numpy as np

from ..statistics import mean_interval, paired_contrast
from .ablations import CORNERS
from .study import ARMS, STUDY_FOLDER, extra_path, read_result, read_scores
from .study_report import (
    QUESTIONS,
    REFERENCE,
    SHOWN,
    ArmSummary,
    contrast,
    recorded_arms,
    recorded_seeds,
    simulator_means,
    summarise,
    table,
    verdict,
)

MARKS = ("<!-- study -->", "<!-- /study -->")
MAIN = "three-layer"
SINGH = {"learned master": -181, "expert master": -130}
"""Singh et al. (2024) on the public simulator, about 25 million steps."""


def block(folder: Path = STUDY_FOLDER) -> str:
    """The text between the README's two marks, Markdown; ValueError while the main arm is missing."""
    main, (shown, open_) = summarise(MAIN, folder), _questions(folder)
    lines = [
        f"Each run is trained for {main.steps / 1e6:.2f} million environment steps and scored with 1,000 official "
        "episodes on the range. Differences in points; intervals are 95 %, over trained seeds. In three lines:",
        "",
        f"- **Shown:** {shown or 'nothing yet'}.",
        f"- **Not shown:** {open_ or 'nothing left open'}.",
        f"- **The doctrine decides:** {_doctrine(folder)}",
        "",
        "And further:",
        "",
        *(f"- **{name}:** {text}" for name, text in _further(folder) if text),
        "",
        table(folder),
        f"{_recorded(folder)} Made by `python -m course_lib bench study`, printed by `bench study --table`, written "
        "here by `bench study --readme`; curves, configurations and the score of every episode stand in "
        "[course_lib/hierarchy/study_results](course_lib/hierarchy/study_results). The shipped policies `three-layer`, "
        "`two-layer` and `flat` are seed 0 of their arms.",
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
        ("beside published numbers", _against_singh(folder)),
        ("parts replaced while a trained team plays", _replacements(folder)),
        ("the paper's own configuration", _paper(folder)),
        ("on the public simulator", _simulator(folder)),
    ]


def _questions(folder: Path) -> tuple[str, str]:
    """What the paper's claims come to: contrasts that show something, and the others with the reason."""
    shown, open_ = [], []
    for first, second, words in QUESTIONS:
        if recorded_seeds(first, folder) and recorded_seeds(second, folder):
            text, said = f"{words} {contrast(first, second, folder)}", verdict(first, second, folder)
            if said.startswith(SHOWN):
                shown.append(text)
            else:
                open_.append(text if said.startswith("the interval contains") else f"{text} ({said})")
    return "; ".join(shown), "; ".join(open_)


def _against_singh(folder: Path) -> str:
    """Range and simulator beside the published scores; theirs are from the simulator, so that comparison decides."""
    low, high = summarise(MAIN, folder).interval
    if not np.isfinite(low):
        return ""
    text = f"on the range the interval over seeds is {low:.0f} to {high:.0f}: {_place(low, high)}."
    played = simulator_means(MAIN, folder)
    if len(played) > 1:
        found = mean_interval(list(played.values()))
        text += (
            f" On the public simulator, where theirs were measured, it is {found.low:.0f} to {found.high:.0f} "
            f"({found.n} seeds): {_place(found.low, found.high)}."
        )
    return text


def _place(low: float, high: float) -> str:
    """Where an interval lies beside the two scores of Singh et al."""
    parts = []
    for whose, score in SINGH.items():
        said = "above" if low > score else "below" if high < score else "not told apart from"
        parts.append(f"{said} the {score} of Singh et al.'s {whose}")
    return ", ".join(parts)


def _doctrine(folder: Path) -> str:
    parts = []
    if recorded_seeds("no-doctrine", folder):
        bare, main = (summarise(arm, folder) for arm in ("no-doctrine", MAIN))
        parts.append(f"three layers trained with it have {_mean(main)}, trained without it {_mean(bare)}")
    if found := _ablations(folder):
        parts.append(
            f"the same weights with it switched off after training {_range_of(found, 'trained, no doctrine')}, random "
            f"weights with it {_range_of(found, 'random, doctrine')}"
        )
        parts.append(
            f"training adds {_paired_over_seeds(found, 'random, doctrine')} where the doctrine plays along and "
            f"{_paired_over_seeds(found, 'random, no doctrine', 'trained, no doctrine')} where it does not"
        )
        parts.append(
            f"the full doctrine, five rules without any network, has {_range_of(found, 'full doctrine alone')}"
        )
    return "; ".join(parts) + "." if parts else "not recorded."


def _replacements(folder: Path) -> str:
    found = _ablations(folder)
    if len(found) < 2:
        return ""
    left_out = {*CORNERS, "full doctrine alone"}
    rows = [f"{name} {_paired_over_seeds(found, name)}" for name in found[0] if name not in left_out]
    return f"what each is worth, over {len(found)} seeds: {'; '.join(rows)}."


def _paper(folder: Path) -> str:
    if not recorded_seeds("paper-config", folder):
        return ""
    found = summarise("paper-config", folder)
    return (
        f"three layers, one seed, {found.steps / 1e6:.2f} million steps, 15 epochs: {found.mean:.0f} after "
        f"{found.train_seconds / 60:.0f} minutes. Exploratory."
    )


def _simulator(folder: Path) -> str:
    parts = []
    for arm in recorded_arms(folder):
        for seed in recorded_seeds(arm, folder):
            if extra_path("simulator", arm, seed, folder).exists():
                scores = read_scores("simulator", arm, seed, folder)["simulator"]
                error = scores.std(ddof=1) / np.sqrt(len(scores))
                on_range = read_result(arm, seed, folder)["scores"].mean()
                parts.append(
                    f"`{arm}` seed {seed} {scores.mean():.0f} ± {error:.0f} ({len(scores)} episodes; range "
                    f"{on_range:.0f})"
                )
    return f"mean ± standard error: {'; '.join(parts)}." if parts else ""


def _recorded(folder: Path) -> str:
    there = sum(len(recorded_seeds(arm, folder)) for arm in ARMS)
    wanted = sum(arm.seeds for arm in ARMS.values())
    return f"Recorded runs: {there} of {wanted}."


def _mean(found: ArmSummary) -> str:
    count = len(found.seeds)
    return f"{found.mean:.0f} ({count} seed{'s' if count > 1 else ''})"


def _ablations(folder: Path) -> list[dict[str, np.ndarray]]:
    """One table of scores for each seed of the main arm whose ablations are recorded."""
    there = [seed for seed in recorded_seeds(MAIN, folder) if extra_path("ablations", MAIN, seed, folder).exists()]
    return [read_scores("ablations", MAIN, seed, folder) for seed in there]


def _range_of(found: list[dict[str, np.ndarray]], name: str) -> str:
    means = [scores[name].mean() for scores in found]
    low, high = f"{min(means):,.0f}", f"{max(means):,.0f}"
    return low if low == high else f"{low} to {high}"


def _paired_over_seeds(found: list[dict[str, np.ndarray]], name: str, than: str = REFERENCE) -> str:
    """A variant (trained with doctrine) minus another one: each seed is one observation."""
    if len(found) < 2:
        return f"{found[0][than].mean() - found[0][name].mean():+,.0f} (one seed)"
    gain = paired_contrast(*([scores[which].mean() for scores in found] for which in (than, name)))
    return f"{gain.difference:+,.0f} [{gain.low:+,.0f}, {gain.high:+,.0f}]"
