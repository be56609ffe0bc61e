"""What the study allows to say: every sentence of the README's block that holds a number.

A contrast counts as *shown* only if both sides have the same rules, and if it stays significant
after Holm's correction over all questions; one that its own interval alone supports is
*suggestive*.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.stats import welch_p_value

from .arms import ARMS, STUDY_FOLDER
from .report import (
    QUESTIONS,
    contrast,
    recorded_arms,
    recorded_scores,
    recorded_seeds,
    summarise,
    verdict,
)

NOT_COMPARABLE = {("three-layer", "flat"), ("two-layer", "flat")}
"""Contrasts with rules on one side only: they show what the rules are worth."""
CHANGES_TWO_THINGS = {("own-zone", "three-layer")}
"""Contrasts of arms that differ in two settings at once."""
PARTS = (("three-layer", "no-command"), ("no-doctrine", "flat-shaped"))
"""Contrasts that ask what the hierarchy itself is worth: its orders, and its structure."""
SIGNIFICANT = 0.05
SINGH_EXPERT = -130
CLAIMED_GAIN = 0.3
FULL_KNOWLEDGE = -88
"""Official score of a scripted defender that is told red's sessions, 150 episodes."""


class Answer(NamedTuple):
    """One question of the study, answered."""

    arms: tuple[str, str]
    text: str
    kind: str
    """"shown", "suggestive", "not shown" or "not comparable"."""


def answers(folder: Path = STUDY_FOLDER) -> list[Answer]:
    """All questions whose arms are recorded."""
    corrected = holm(p_values(folder))
    found = []
    for better, worse, words in QUESTIONS:
        if not (recorded_seeds(better, folder) and recorded_seeds(worse, folder)):
            continue
        arms = (better, worse)
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


def p_values(folder: Path = STUDY_FOLDER) -> dict[tuple[str, str], float]:
    """Two-sided p-value of Welch's test over seeds, for each question with seeds enough."""
    values = {}
    for better, worse, _ in QUESTIONS:
        arms = (better, worse)
        if all(len(recorded_seeds(arm, folder)) > 1 for arm in arms):
            one, other = (summarise(arm, folder).means for arm in arms)
            values[arms] = welch_p_value(one, other)
    return values


def holm(values: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """p-values corrected for the number of questions asked (Holm 1979)."""
    corrected, largest = {}, 0.0
    for rank, name in enumerate(sorted(values, key=values.__getitem__)):
        largest = max(largest, min(1.0, (len(values) - rank) * values[name]))
        corrected[name] = largest
    return corrected


def bottom_line(folder: Path = STUDY_FOLDER) -> str:
    """The result in a paragraph."""
    parts = {answer.arms: answer for answer in answers(folder)}
    asked = [parts[arms] for arms in PARTS if arms in parts]
    helped = [answer for answer in asked if answer.kind == "shown" and "better" in answer.text]
    lines = ["**Not reproduced.**"] if asked and not helped else []
    if asked and not helped:
        told = " and ".join(contrast(*answer.arms, folder) for answer in asked)
        lines.append(
            f"No part of the hierarchy is shown to help: its orders and its structure {told} "
            "points."
        )
    alone = [scores["full doctrine alone"].mean() for scores in _ablations(folder).values()]
    trained = {arm: summarise(arm, folder).mean for arm in recorded_arms(folder)}
    if alone and trained:
        best = max(trained, key=trained.__getitem__)
        ahead = "better than" if np.mean(alone) > trained[best] else "beside"
        lines.append(
            f"The five rules alone, with no network, score {np.mean(alone):.0f}, {ahead} the best "
            f"arm trained here (`{best}`, {trained[best]:.0f})."
        )
    if "flat" in trained:
        lines.append(
            "The learned baselines are weak: flat MAPPO, which has no rules, "
            f"{trained['flat']:.0f}."
        )
    return " ".join(lines)


def sanity_check() -> str:
    """What the paper's claim would be as a score."""
    claimed = round(SINGH_EXPERT * (1 - CLAIMED_GAIN))
    return (
        f"30 % better than Singh's expert master ({SINGH_EXPERT}) would be {claimed}: better than "
        f"every published entry, and {FULL_KNOWLEDGE - claimed} points from the {FULL_KNOWLEDGE} "
        "that a defender reaches which is told where red is. The paper prints no absolute score."
    )


def recorded_runs(folder: Path = STUDY_FOLDER) -> str:
    """How much of the study is there."""
    there = sum(len(recorded_seeds(arm, folder)) for arm in ARMS)
    return f"{there} of {sum(arm.seeds for arm in ARMS.values())}"


def _ablations(folder: Path) -> dict[int, dict[str, np.ndarray]]:
    found = recorded_scores("ablations", "three-layer", folder)
    return {seed: scores for seed, scores in found.items() if "full doctrine alone" in scores}


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"= {value:.2g}"
