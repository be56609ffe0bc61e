"""What the study allows to say, in words: every sentence of the README's block that holds a number,
and the paper's claims one by one.

A contrast counts as *shown* only if both sides have the same rules, and if it stays significant
after Holm's correction over all questions; one that its own interval alone supports is
*suggestive*.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.experiments.lesson_runs import read_run
from course_lib.stats import welch_difference

from .ablations import RULES_ALONE
from .arms import ARMS, STUDY_FOLDER, read_result
from .summary import compare, recorded_arms, recorded_scores, recorded_seeds, summarise
from .verdicts import (
    PUBLISHED,
    QUESTIONS,
    as_claimed,
    contrast,
    gain,
    holm,
    not_recorded,
    p_values,
    verdict,
)

NOT_COMPARABLE = {("three-layer", "flat"), ("two-layer", "flat")}
"""Contrasts with rules on one side only: they show what the rules are worth."""
WITHOUT_RULES = ("flat", "singh-expert", "singh-learned")
"""Structures that have no doctrine, whatever their specification says of one."""
CHANGES_TWO_THINGS = {("own-zone", "three-layer")}
"""Contrasts of arms that differ in two settings at once."""
PARTS = (("three-layer", "no-command"), ("no-doctrine", "flat-shaped"))
"""Contrasts that ask what the hierarchy itself is worth: its orders, and its structure."""
SIGNIFICANT = 0.05
CLAIMED_GAIN = 0.3
TOLD_WHERE_RED_IS = "l13-told-where-red-is"
"""Recorded run of a scripted defender that is told red's sessions (`experiments.informed`)."""


class Answer(NamedTuple):
    """One question of the study, answered."""

    arms: tuple[str, str]
    text: str
    kind: str
    """"shown", "suggestive", "not shown" or "not comparable"."""


def has_rules(arm: str) -> bool:
    """Whether the defenders of an arm follow a doctrine."""
    spec = ARMS[arm].spec
    return spec.doctrine != "none" and spec.structure not in WITHOUT_RULES


def one_sided(better: str, worse: str) -> str:
    """What to say where only one of two arms has rules: that the contrast shows what these are
    worth, and not what it asks. Empty where both have them, or none."""
    if has_rules(better) == has_rules(worse):
        return ""
    ruled = better if has_rules(better) else worse
    return f"not comparable: only {ruled} has rules, and they decide"


def full_knowledge() -> float:
    """Mean official score, points, of a scripted defender that is told red's sessions."""
    return float(read_run(TOLD_WHERE_RED_IS)["score"].mean())


def answers(folder: Path = STUDY_FOLDER) -> list[Answer]:
    """All questions whose arms are recorded."""
    corrected = holm(p_values(folder))
    found = []
    for better, worse, words in QUESTIONS:
        arms = (better, worse)
        if not_recorded(arms, folder):
            continue
        told = verdict(better, worse, folder)
        p = corrected.get(arms, 1.0)
        kind = "not shown"
        remark = told.words
        if told.shown:
            kind = "shown" if p <= SIGNIFICANT else "suggestive"
            remark = f"{told.words}; p {_p(p)} after Holm's correction over {len(corrected)}"
            if arms in CHANGES_TWO_THINGS:
                remark += "; it changes two settings at once"
        if arms in NOT_COMPARABLE:
            kind = "not comparable"
        found.append(Answer(arms, f"{words} {contrast(better, worse, folder)} ({remark})", kind))
    return found


def listed(kind: str, folder: Path = STUDY_FOLDER) -> str:
    """The answers of one kind in a sentence."""
    return "; ".join(answer.text for answer in answers(folder) if answer.kind == kind) or "nothing"


def bottom_line(folder: Path = STUDY_FOLDER) -> str:
    """The result in a paragraph."""
    parts = {answer.arms: answer for answer in answers(folder)}
    asked = [parts[arms] for arms in PARTS if arms in parts]
    helped = [answer for answer in asked if answer.kind == "shown" and "better" in answer.text]
    lines = []
    if asked and not helped:
        told = " and ".join(contrast(*answer.arms, folder) for answer in asked)
        lines.append("**Not reproduced.**")
        lines.append(
            "No part of the hierarchy is shown to help: "
            f"its orders and its structure {told} points."
        )
    ablations = recorded_scores("ablations", "three-layer", folder).values()
    alone = [scores[RULES_ALONE].mean() for scores in ablations if RULES_ALONE in scores]
    trained = {arm: summarise(arm, folder).mean for arm in recorded_arms(folder)}
    if alone and trained:
        best = max(trained, key=trained.__getitem__)
        ahead = "better than" if np.mean(alone) > trained[best] else "beside"
        lines.append(
            f"The five rules alone, with no network, score {np.mean(alone):.0f}, "
            f"{ahead} the best arm trained here (`{best}`, {trained[best]:.0f})."
        )
    if "flat" in trained:
        lines.append(
            "The learned baselines are weak: flat MAPPO, which has no rules, "
            f"{trained['flat']:.0f}."
        )
    return " ".join(lines)


def sanity_check() -> str:
    """What the paper's claim would be as a score."""
    expert = PUBLISHED["Singh's expert master"]
    claimed = round(expert * (1 - CLAIMED_GAIN))
    known = round(full_knowledge())
    return (
        f"30 % better than Singh's expert master ({expert}) would be {claimed}: better than "
        f"every published entry, and {abs(known - claimed)} points from the {known} that a "
        "scripted defender reaches here which is told where red is. The paper prints no absolute "
        "score."
    )


def recorded_runs(folder: Path = STUDY_FOLDER) -> str:
    """How much of the study is there."""
    there = sum(len(recorded_seeds(arm, folder)) for arm in ARMS)
    return f"{there} of {sum(arm.seeds for arm in ARMS.values())}"


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"= {value:.2g}"


# The paper's claims, one by one: (claim, measured here, what that allows to say)

Claim = tuple[str, str, str]
EQUALLY_PAID = "the same, both without doctrine and equally paid"


def claim_rows(folder: Path = STUDY_FOLDER) -> list[Claim]:
    """Everything the paper claims, and what training adds, every word from the records."""
    steadier = "rewards make learning steadier (figure 6)"
    two_layers = "two layers beat the baseline by about 30 % (figure 9)"
    three_layers = "three layers beat the baseline by about 30 % (figure 9)"
    expert = "the same, against Singh's expert master"
    learned = "the same, against Singh's learned master"
    faster = "the hierarchy converges faster (figure 9)"
    three_steadier = "three layers are steadier than two (figure 9)"
    shaping = "local and staged rewards: about +30 % (figure 6)"
    commands = "commands help (implied by the design)"
    return [
        _score_claim(shaping, "three-layer", "no-shaping", folder),
        _spread_claim(steadier, "three-layer", "no-shaping", folder),
        _preference_claim(folder),
        _score_claim(two_layers, "two-layer", "flat", folder),
        _score_claim(three_layers, "three-layer", "flat", folder),
        _score_claim(EQUALLY_PAID, "no-doctrine", "flat-shaped", folder),
        _score_claim(expert, "three-layer", "singh-expert", folder),
        _score_claim(learned, "three-layer", "singh-learned", folder),
        _score_claim(commands, "three-layer", "no-command", folder),
        _speed_claim(faster, "three-layer", "flat", folder),
        _speed_claim(EQUALLY_PAID, "no-doctrine", "flat-shaped", folder),
        _spread_claim(three_steadier, "three-layer", "two-layer", folder),
        _training_claim("with", folder),
        _training_claim("without", folder),
    ]


def difference_row(
    better: str, worse: str, folder: Path = STUDY_FOLDER
) -> tuple[str, str, str, str, str]:
    """(pair, difference of the means, 95 % interval over seeds, in per cent of the second,
    verdict)."""
    pair = f"{better} - {worse}"
    told = verdict(better, worse, folder).words
    if not_recorded((better, worse), folder):
        return pair, "", "", "", told
    found = compare(better, worse, folder)
    base = summarise(worse, folder).mean
    interval = "one seed: none"
    if np.isfinite(found.low):
        interval = f"{found.low:+.1f} to {found.high:+.1f}"
    per_cent = f"{100 * found.difference / abs(base):+.0f} %"
    return pair, f"{found.difference:+.1f}", interval, per_cent, told


def training_gain(
    arm: str = "three-layer", folder: Path = STUDY_FOLDER, doctrine: bool = True
) -> str:
    """Trained minus random weights, both played with doctrine or both without, or what is
    missing."""
    by_seed = list(recorded_scores("ablations", arm, folder).values())
    if not by_seed:
        return f"no ablation of {arm} is recorded"
    rules = "doctrine" if doctrine else "no doctrine"
    return gain_in_words(by_seed, f"trained, {rules}", f"random, {rules}")


def gain_in_words(by_seed: list[dict[str, np.ndarray]], variant: str, base: str) -> str:
    """`verdicts.gain` with its interval; says so if it is of one seed, or contains 0."""
    found = gain(by_seed, variant, base)
    pairs = ", over episodes of one seed" if len(by_seed) == 1 else ""
    contains = " (contains 0)" if found.low <= 0 <= found.high else ""
    return f"{found.difference:+.1f} [{found.low:+.1f}, {found.high:+.1f}]{pairs}{contains}"


def _score_claim(claim: str, better: str, worse: str, folder: Path) -> Claim:
    pair, difference, interval, per_cent, told = difference_row(better, worse, folder)
    if not difference:
        return claim, pair, told
    measured = f"{pair}: {difference} [{interval}], {per_cent}"
    return claim, measured, one_sided(better, worse) or told


def _spread_claim(claim: str, steadier: str, other: str, folder: Path) -> Claim:
    """Standard deviation over the episodes of each trained seed, compared over seeds; that between
    seeds described."""
    if missing := not_recorded((steadier, other), folder):
        return claim, "", missing
    spreads = {}
    parts = []
    for arm in (steadier, other):
        seeds = recorded_seeds(arm, folder)
        scores = [read_result(arm, seed, folder)["scores"] for seed in seeds]
        spreads[arm] = [each.std(ddof=1) for each in scores]
        means = [each.mean() for each in scores]
        between = f"{np.std(means, ddof=1):.1f}" if len(means) > 1 else "unknown"
        over_episodes = f"{np.mean(spreads[arm]):.0f}"
        parts.append(f"{arm}: s.d. over episodes {over_episodes}, between seeds {between}")
    told = as_claimed(welch_difference(spreads[other], spreads[steadier]))
    return claim, "; ".join(parts), f"over episodes: {told}"


def _preference_claim(folder: Path) -> Claim:
    claim = "with local rewards more Analyse and DeployDecoy (figure 7)"
    with_them, without = "three-layer", "no-shaping"
    if missing := not_recorded((with_them, without), folder):
        return claim, "", missing
    shares = {}
    for arm in (with_them, without):
        seeds = recorded_seeds(arm, folder)
        actions = [read_result(arm, seed, folder)["actions"] for seed in seeds]
        shares[arm] = [100 * (share["Analyse"] + share["DeployDecoy"]) for share in actions]
    measured = f"{np.mean(shares[with_them]):.0f} % with, {np.mean(shares[without]):.0f} % without"
    return claim, measured, as_claimed(welch_difference(shares[with_them], shares[without]))


def _speed_claim(claim: str, faster: str, other: str, folder: Path) -> Claim:
    """Steps until a training has nine tenths of its own gain: unlike the area, it does not depend
    on where it ends."""
    if missing := not_recorded((faster, other), folder):
        return claim, "", missing
    thousands = {arm: summarise(arm, folder).steps_to_gain / 1000 for arm in (faster, other)}
    each = ", ".join(f"{arm} {steps.mean():.0f}" for arm, steps in thousands.items())
    measured = f"thousand steps to 90 % of its own gain: {each}"
    told = as_claimed(welch_difference(thousands[other], thousands[faster]))
    return claim, measured, one_sided(faster, other) or told


def _training_claim(how: str, folder: Path) -> Claim:
    claim = f"(not in the paper) what training adds, played {how} doctrine"
    return claim, "trained - random", training_gain(folder=folder, doctrine=how == "with")
