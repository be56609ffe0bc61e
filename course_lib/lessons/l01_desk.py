"""Lesson 01 beside its world: the ladder of questions, what figures show in words, two lookups."""

from collections.abc import Sequence

import numpy as np

from course_lib.viz import Step

from . import l01_triage as triage

LADDER = (
    Step("Can you write the steps down?", "yes", "a rule", "no"),
    Step("Does a decision change what comes next?", "yes", "a plan, or RL", "no"),
    Step("Are past answers known, and will they stay true?", "yes", "a classifier", "no"),
    Step("Does the action that you chose answer, with a cost?", "yes", "a bandit", "no"),
)
"""The five questions of the lesson; the last one is what is left."""
LADDER_END = "a detector, to tell analysts where to look"

FIGURES = {
    "prices": "Expected loss of closing, investigating and isolating against the probability of an "
    "attack. Closing rises steeply from zero, investigating is flat at one point, isolating falls "
    "to zero. Closing is cheapest below 0.05, isolating above 0.83, and investigating in between.",
    "labels": "Points lost per 100 alerts against the number of labels from 50 to 2,000, mean and "
    "95 % band over six logs. Both models start far above the long playbook's dotted line at about "
    "25 points. The network crosses it near 200 labels and ends near 9, logistic regression "
    "crosses it after about 1,000 and ends near 21.",
    "regret": "Regret against alerts taken, mean and 95 % band over 50 runs. Epsilon-greedy rises "
    "along a straight line to about 270. UCB1 rises faster at first and then bends, crosses it "
    "near 5,500 alerts and ends near 180. Thompson sampling is almost flat after a few hundred "
    "alerts and ends near 30.",
    "after the change": "Two panels, drift and evasive: points lost per 100 alerts in each 250 "
    "alerts after the change, mean and 95 % band over six logs. Drift: the network stays near 60, "
    "the others lie near 45. Evasive: network and long playbook stay near 150, the detector near "
    "60, and the bandit falls from about 80 to about 60.",
}
"""Alternative texts of the figures."""


def attacks_by_queue() -> np.ndarray:
    """(5,) exact share of attacks among the alerts of each queue, in the order of PROCESSES."""
    attack_kinds = list(triage.ATTACKS.values())
    work_kinds = list(triage.WORK.values())
    equal = [1 / len(attack_kinds)] * len(attack_kinds)
    attack = triage.ATTACK_SHARE * _weights(attack_kinds, equal)
    ordinary = (1 - triage.ATTACK_SHARE) * _weights(work_kinds, triage.WORK_SHARES)
    return attack / (attack + ordinary)


def _weights(kinds: list[triage.Kind], shares: Sequence[float]) -> np.ndarray:
    """(5,) how much of the log these kinds put into each queue."""
    weights = np.zeros(len(triage.PROCESSES))
    for kind, share in zip(kinds, shares, strict=True):
        for queue in kind.processes:
            weights[triage.PROCESSES.index(queue)] += share / len(kind.processes)
    return weights


def most_flagged(rows: Sequence[tuple[str, str, str]]) -> str:
    """The kind of ordinary work that is flagged most, from rows of (kind, really, "12 [8, 16]")."""
    harmless = {kind: float(shown.split()[0]) for kind, really, shown in rows if "work" in really}
    return max(harmless, key=harmless.__getitem__)
