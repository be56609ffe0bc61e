"""The recorded study of lesson 13 as figures and tables: every seed is drawn, every verdict is
computed.

Figures come with the text that says what they show. Arms of which nothing is recorded are left out
of a figure and named as missing in a table, so the same code reads a study that is still being
recorded.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from course_lib.cyber_range.constants import ACTION_CLASSES
from course_lib.stats import Difference, mean_interval, paired_contrast, welch_difference
from course_lib.viz.figures import INK, label_axes, new_figure, series_style

from . import arms as study
from .ablations import CORNERS, REPLACEMENTS
from .arms import ARMS, STUDY_FOLDER
from .report import (
    PUBLISHED,
    compare,
    curve,
    recorded_scores,
    recorded_seeds,
    simulator_means,
    summarise,
    verdict,
)

LAYERS = ("flat", "two-layer", "three-layer")
"""Figure 9 of the paper."""
REWARD_ARMS = ("no-shaping", "local-only", "three-layer", "scaled", "potential", "own-zone")
"""Figure 6 of the paper, and two arms of ours."""
SMOOTH = 5
"""Iterations that a drawn curve is averaged over."""
TICKS = (-5000, -2000, -1000, -500, -200, -100)
"""Scores that are marked on the axis of the curves."""
TRAINED, UNTRAINED = "trained, doctrine", "random, doctrine"


class Described(NamedTuple):
    """A figure and the sentence that says what it shows."""

    figure: Figure
    alt: str


def recorded(arms: Sequence[str], folder: Path = STUDY_FOLDER) -> list[str]:
    """Those of the arms of which at least one run is recorded."""
    return [arm for arm in arms if recorded_seeds(arm, folder)]


def curves_and_scores(arms: Sequence[str], title: str, folder: Path = STUDY_FOLDER) -> Described:
    """Left the training curves, one line a seed; right the final score of every seed as a dot, the
    mean as a bar.

    ValueError if nothing of these arms is recorded.
    """
    arms = _some(arms, folder)
    figure, (left, right) = new_figure(1, 2, figsize=(9.5, 4.2), width_ratios=(2, 1.2))
    for index, arm in enumerate(arms):
        style = series_style(index)
        for place, seed in enumerate(recorded_seeds(arm, folder)):
            steps, score = curve(arm, seed, folder)
            label = arm if place == 0 else None
            left.plot(
                steps / 1e6,
                smooth(score),
                label=label,
                linewidth=1.2,
                color=style["color"],
                ls=style["linestyle"],
            )
        means = summarise(arm, folder).means
        right.plot([index - 0.25, index + 0.25], [means.mean()] * 2, color=INK, linewidth=2)
        spread = np.linspace(-0.12, 0.12, len(means)) if len(means) > 1 else [0]
        right.plot(
            index + np.asarray(spread),
            means,
            linestyle="none",
            color=style["color"],
            marker=style["marker"],
        )
    label_axes(left, "environment steps (millions)", "official score in training (points)", title)
    left.set_yscale("symlog", linthresh=100)  # from -5,000 to -100 in one picture
    left.set_yticks(TICKS, [f"{tick:,}" for tick in TICKS])
    left.minorticks_off()
    left.legend(loc="lower right")
    right.set_xticks(range(len(arms)), arms, rotation=35, ha="right")
    label_axes(right, "arm (1)", "official score, 1,000 episodes (points)", "At the end")
    return Described(figure, f"{title}. {_in_words(arms, folder)}")


def _in_words(arms: Sequence[str], folder: Path) -> str:
    parts = []
    for arm in arms:
        found = summarise(arm, folder)
        begins = np.mean([curve(arm, seed, folder)[1][0] for seed in found.seeds])
        each = ", ".join(f"{mean:.0f}" for mean in found.means)
        way = f"climbs from {begins:,.0f}, has {found.best.mean():,.0f} in its best tenth"
        parts.append(f"{arm} {way} and ends with {each} (one number a seed)")
    return "Curves of the official score against steps, and final scores: " + "; ".join(parts) + "."


def _some(arms: Sequence[str], folder: Path) -> list[str]:
    found = recorded(arms, folder)
    if not found:
        raise ValueError(
            f"nothing of {', '.join(arms)} is recorded in {folder}; record it with: bench study"
        )
    return found


def smooth(values: np.ndarray, width: int = SMOOTH) -> np.ndarray:
    """(n,) running mean over the last ``width`` values, fewer at the beginning."""
    sums = np.cumsum(np.concatenate([[0.0], values]))
    last = np.arange(1, len(values) + 1)
    first = np.maximum(0, last - width)
    return (sums[last] - sums[first]) / (last - first)


def action_shares(arms: Sequence[str], folder: Path = STUDY_FOLDER) -> Described:
    """Which classes of action the defenders began: a bar for each arm, mean over its seeds."""
    arms = _some(arms, folder)
    figure, ax = new_figure(figsize=(8.5, 3.8))
    width, texts = 0.8 / len(arms), []
    for index, arm in enumerate(arms):
        shares = 100 * np.array([summarise(arm, folder).actions[name] for name in ACTION_CLASSES])
        where = np.arange(len(ACTION_CLASSES)) + (index - (len(arms) - 1) / 2) * width
        ax.bar(
            where,
            shares,
            width,
            label=arm,
            color=series_style(index)["color"],
            edgecolor=INK,
            linewidth=0.5,
        )
        listed = ", ".join(
            f"{name} {share:.0f}" for name, share in zip(ACTION_CLASSES, shares, strict=True)
        )
        texts.append(f"{arm}: {listed}")
    ax.set_xticks(range(len(ACTION_CLASSES)), ACTION_CLASSES, rotation=25, ha="right")
    label_axes(
        ax, "class of action (1)", "share of the actions begun (%)", "What the trained defenders do"
    )
    ax.legend()
    return Described(figure, "Bars, per cent of the actions begun. " + "; ".join(texts) + ".")


# Verdicts and tables


def difference_row(
    better: str, worse: str, folder: Path = STUDY_FOLDER
) -> tuple[str, str, str, str, str]:
    """(pair, difference of the means, 95 % interval over seeds, in per cent of the second,
    verdict)."""
    pair, said = f"{better} - {worse}", verdict(better, worse, folder).words
    if said.startswith("not recorded"):
        return pair, "", "", "", said
    found, base = compare(better, worse, folder), summarise(worse, folder).mean
    interval = (
        f"{found.low:+.1f} to {found.high:+.1f}" if np.isfinite(found.low) else "one seed: none"
    )
    return (
        pair,
        f"{found.difference:+.1f}",
        interval,
        f"{100 * found.difference / abs(base):+.0f} %",
        said,
    )


def paired_by_seed(better: str, worse: str, folder: Path = STUDY_FOLDER) -> str:
    """Difference of two arms, paired by training seed: equal seeds trained on equal episodes. Says
    so if too few."""
    both = sorted(set(recorded_seeds(better, folder)) & set(recorded_seeds(worse, folder)))
    if len(both) < 2:
        return f"{better} - {worse}: {len(both)} seeds are recorded of both, too few to pair"
    means = [
        [study.read_result(arm, seed, folder)["scores"].mean() for seed in both]
        for arm in (better, worse)
    ]
    found = paired_contrast(*means)
    zero = "contains 0" if found.low <= 0 <= found.high else "excludes 0"
    interval = f"[{found.low:+.1f}, {found.high:+.1f}]"
    return (
        f"{better} - {worse}, paired by {len(both)} seeds: {found.difference:+.1f} {interval}, "
        f"which {zero}"
    )


def published_rows(arm: str = "three-layer", folder: Path = STUDY_FOLDER) -> list[tuple[str, ...]]:
    """(whose score, the score, the arm's interval over seeds on the range, what follows, the same
    on the simulator).

    The published scores are of the simulator. Its two entries are empty while fewer than two seeds
    have played there.
    """
    on_range, played = summarise(arm, folder).means, list(simulator_means(arm, folder).values())
    return [
        (
            whose,
            f"{score}",
            *_beside(score, on_range),
            *(_beside(score, played) if len(played) > 1 else ("", "")),
        )
        for whose, score in PUBLISHED.items()
    ]


def _beside(score: float, means: Sequence[float]) -> tuple[str, str]:
    """The interval over seeds, and where a published score lies."""
    if len(means) < 2:
        return f"{means[0]:.0f}, one seed", "exploratory: one seed"
    found = mean_interval(means)
    said = (
        "better"
        if found.low > score
        else "worse"
        if found.high < score
        else "the interval contains it"
    )
    return f"{found.low:.0f} to {found.high:.0f}, {found.n} seeds", said


def corner_rows(arm: str = "three-layer", folder: Path = STUDY_FOLDER) -> list[tuple[str, ...]]:
    """(variant, mean over seeds, each seed, what training gains over it, paired over seeds): four
    corners, other parts.

    The list is empty while no ablation of the arm is recorded. With one seed the pairs are the
    episodes, and the row says so.
    """
    by_seed = recorded_scores("ablations", arm, folder)
    rows = []
    for name in (*CORNERS, *REPLACEMENTS):
        if by_seed and all(name in scores for scores in by_seed.values()):
            means = [scores[name].mean() for scores in by_seed.values()]
            each = ", ".join(f"{mean:.0f}" for mean in means)
            rows.append(
                (
                    name,
                    f"{np.mean(means):.1f}",
                    each,
                    "" if name == TRAINED else _gain(by_seed, name),
                )
            )
    return rows


def _gain(by_seed: dict[int, dict[str, np.ndarray]], base: str, variant: str = TRAINED) -> str:
    """A variant minus another one, the base, on the same episodes."""
    pairs = [(scores[variant], scores[base]) for scores in by_seed.values()]
    if len(pairs) == 1:
        (trained, changed), unit = pairs[0], ", over episodes of one seed"
    else:
        trained, changed = (
            np.array([side.mean() for side in sides]) for sides in zip(*pairs, strict=True)
        )
        unit = ""
    found = paired_contrast(trained, changed)
    contains = " (contains 0)" if found.low <= 0 <= found.high else ""
    return f"{found.difference:+.1f} [{found.low:+.1f}, {found.high:+.1f}]{unit}{contains}"


def training_gain(
    arm: str = "three-layer", folder: Path = STUDY_FOLDER, doctrine: bool = True
) -> str:
    """Trained minus random weights, both played with doctrine or both without, or what is
    missing."""
    by_seed = recorded_scores("ablations", arm, folder)
    with_it = "doctrine" if doctrine else "no doctrine"
    return (
        _gain(by_seed, f"random, {with_it}", f"trained, {with_it}")
        if by_seed
        else f"no ablation of {arm} is recorded"
    )


def simulator_rows(folder: Path = STUDY_FOLDER) -> list[tuple[str, str, str, str, str]]:
    """(arm and seed, variant, score on the public simulator, 95 % interval over episodes, the
    range's score)."""
    rows = []
    for arm in recorded(list(ARMS), folder):
        for seed, variants in recorded_scores("simulator", arm, folder).items():
            on_range = study.read_result(arm, seed, folder)["scores"].mean()
            for name, scores in variants.items():
                found = mean_interval(scores)
                interval = f"{found.low:.0f} to {found.high:.0f}, {found.n} episodes"
                rows.append(
                    (f"{arm}-{seed}", name, f"{found.mean:.0f}", interval, f"{on_range:.0f}")
                )
    return rows


def claim_rows(folder: Path = STUDY_FOLDER) -> list[tuple[str, str, str]]:
    """(what the paper claims, what was measured here, what that allows to say), every word from the
    records."""
    rows = []
    for claim, better, worse in (
        ("local and staged rewards: about +30 % (figure 6)", "three-layer", "no-shaping"),
        ("two layers beat the baseline by about 30 % (figure 9)", "two-layer", "flat"),
        ("three layers beat the baseline by about 30 % (figure 9)", "three-layer", "flat"),
        ("the same, both without doctrine and equally paid", "no-doctrine", "flat-shaped"),
        ("the same, against Singh's expert master", "three-layer", "singh-expert"),
        ("the same, against Singh's learned master", "three-layer", "singh-learned"),
        ("commands help (implied by the design)", "three-layer", "no-command"),
    ):
        pair, difference, interval, per_cent, said = difference_row(better, worse, folder)
        rows.append(
            (claim, f"{pair}: {difference} [{interval}], {per_cent}" if difference else pair, said)
        )
    rows.insert(
        1,
        _spread_claim(
            "rewards make learning steadier (figure 6)", "three-layer", "no-shaping", folder
        ),
    )
    rows.insert(2, _preference_claim(folder))
    rows.append(
        _speed_claim("the hierarchy converges faster (figure 9)", "three-layer", "flat", folder)
    )
    same = "the same, both without doctrine and equally paid"
    rows.append(_speed_claim(same, "no-doctrine", "flat-shaped", folder))
    rows.append(
        _spread_claim(
            "three layers are steadier than two (figure 9)", "three-layer", "two-layer", folder
        )
    )
    for doctrine in ("with", "without"):
        gain = training_gain(folder=folder, doctrine=doctrine == "with")
        rows.append(
            (
                f"(not in the paper) what training adds, played {doctrine} doctrine",
                "trained - random",
                gain,
            )
        )
    return rows


def _missing(arms: Sequence[str], folder: Path) -> str:
    gone = [arm for arm in arms if not recorded_seeds(arm, folder)]
    return f"not recorded: {', '.join(gone)}" if gone else ""


def _spread_claim(claim: str, steadier: str, other: str, folder: Path) -> tuple[str, str, str]:
    """Standard deviation over the episodes of each trained seed, compared over seeds; that between
    seeds described."""
    if gone := _missing((steadier, other), folder):
        return claim, "", gone
    spreads, parts = [], []
    for arm in (steadier, other):
        results = [
            study.read_result(arm, seed, folder)["scores"] for seed in recorded_seeds(arm, folder)
        ]
        spreads.append([scores.std(ddof=1) for scores in results])
        means = [scores.mean() for scores in results]
        between = f"{np.std(means, ddof=1):.1f}" if len(means) > 1 else "unknown"
        parts.append(
            f"{arm}: s.d. over episodes {np.mean(spreads[-1]):.0f}, between seeds {between}"
        )
    return (
        claim,
        "; ".join(parts),
        f"over episodes: {_said(welch_difference(spreads[1], spreads[0]))}",
    )


def _preference_claim(folder: Path) -> tuple[str, str, str]:
    claim = "with local rewards more Analyse and DeployDecoy (figure 7)"
    if gone := _missing(("three-layer", "no-shaping"), folder):
        return claim, "", gone
    shares = {}
    for arm in ("three-layer", "no-shaping"):
        actions = [
            study.read_result(arm, seed, folder)["actions"] for seed in recorded_seeds(arm, folder)
        ]
        shares[arm] = [100 * (share["Analyse"] + share["DeployDecoy"]) for share in actions]
    found = welch_difference(*shares.values())
    measured = (
        f"{np.mean(shares['three-layer']):.0f} % with, {np.mean(shares['no-shaping']):.0f} % "
        "without"
    )
    return claim, measured, _said(found)


def _speed_claim(claim: str, faster: str, other: str, folder: Path) -> tuple[str, str, str]:
    """Steps until a training has nine tenths of its own gain: unlike the area, it does not depend
    on where it ends."""
    if gone := _missing((faster, other), folder):
        return claim, "", gone
    one, two = (summarise(arm, folder).steps_to_gain / 1000 for arm in (faster, other))
    measured = (
        f"thousand steps to 90 % of its own gain: {faster} {one.mean():.0f}, {other} "
        f"{two.mean():.0f}"
    )
    return claim, measured, _said(welch_difference(two, one))


def _said(found: Difference) -> str:
    if not np.isfinite(found.low):
        return "exploratory: one seed"
    where = f"[{found.low:+.0f}, {found.high:+.0f}]"
    if not found.excludes_zero:
        return f"difference {where}: the interval contains 0"
    return (
        f"difference {where}: the interval excludes 0, "
        f"{'as claimed' if found.low > 0 else 'the other way round'}"
    )
