"""Lessons 01, 01b and 01c beside their world: the ladder of questions, what figures show in words,
and the methods of lesson 01, which the other two set beside theirs."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from course_lib.learners import Logistic, Mahalanobis, ShallowTree, SmallNetwork
from course_lib.stats import mean_interval
from course_lib.viz import Step, label_axes, new_figure, plot_band, series_style

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
    "bandit": "Points lost per 100 alerts by the bandit, in each 250 alerts, mean and 95 % band "
    "over six logs: it falls from about 86 to about 30 within 2,000 alerts, near the line of the "
    "long playbook at 26 and far above that of the network at 9. A third line, at 100, is "
    "investigating everything.",
    "methods": "Four panels, one for each world: points lost per 100 alerts by eight methods, mean "
    "and 95 % interval over six logs. Known: all but RL and the bandits lie near 0. Fuzzy: the "
    "network is best, the short playbook far behind. Drift: long playbook and bandit are best. "
    "Evasive: only detector and bandits stay clearly below 100, the line of investigating "
    "everything.",
    "after the change": "Two panels, drift and evasive: points lost per 100 alerts in each 250 "
    "alerts after the change, mean and 95 % band over six logs. Drift: the network stays near 60, "
    "the others lie near 45. Evasive: network and long playbook stay near 150, the detector near "
    "60, and the bandit falls from about 80 to about 60.",
}
"""Alternative texts of the figures."""


N = 2000
"""Alerts of a log."""
SEEDS = range(6)
"""Of six logs; those to test have seeds from 1000 on."""
Model = Logistic | SmallNetwork | ShallowTree
See = Callable[[np.ndarray], np.ndarray]


def short_playbook(log: np.ndarray) -> np.ndarray:
    """(n,) decisions of the short playbook: isolate on a signature or ten failed logins."""
    signed = log["signature"] != "-"
    guessed = log["failures"] >= 10
    return np.where(signed | guessed, 2, 0)


def long_playbook(log: np.ndarray) -> np.ndarray:
    """(n,) decisions of the long playbook, which has doubtful alerts looked at."""
    failures = log["failures"]
    young = log["domain_days"] < 100
    shell = log["process"] == "shell"
    signed = log["signature"] != "-"
    doubtful = young | signed
    doubtful |= failures >= 5
    doubtful |= shell & triage.night(log)
    guessed = failures >= 10
    return np.select([guessed, doubtful], [2, 1], 0)


def cheapest(probability: np.ndarray) -> np.ndarray:
    """(n,) the cheapest decision for each probability of an attack."""
    benign, malicious = triage.COSTS
    expected = np.outer(1 - probability, benign)
    expected += np.outer(probability, malicious)
    return expected.argmin(axis=1)


def test_loss(model: Model, new: np.ndarray, see: See = triage.features) -> float:
    """Points lost per 100 alerts of a log by deciding on a model's probabilities."""
    probability = model.probability(see(new))
    decided = cheapest(probability)
    lost = triage.costs(new["malicious"], decided)
    return float(100 * lost.mean())


def flagged(past: np.ndarray, new: np.ndarray, share: float = 0.12) -> np.ndarray:
    """(n,) bool, which new alerts are as strange as the strangest share of the past ones."""
    usual = triage.features(past)
    detector = Mahalanobis(usual)
    distances = detector.distance(usual)
    limit = np.quantile(distances, 1 - share)
    seen = triage.features(new)
    return detector.distance(seen) > limit


def spread(values: Sequence[float] | np.ndarray) -> str:
    """Mean and 95 % interval in whole numbers, such as "12 [8, 16]"."""
    interval = mean_interval(values)
    low = round(interval.low)
    high = round(interval.high)
    return f"{round(interval.mean)} [{low}, {high}]"


def logs_of(world: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Six logs of a world, each with one to test on."""
    pairs = []
    for seed in SEEDS:
        past = triage.generate(world, N, seed)
        new = triage.generate(world, N, 1000 + seed)
        pairs.append((past, new))
    return pairs


def fitted_network(past: np.ndarray) -> SmallNetwork:
    """The network of lesson 01, with every label of a log."""
    seen = triage.features(past)
    return SmallNetwork(seen, past["malicious"])


def points_per_100(policy: Callable[[np.ndarray], np.ndarray], world: str) -> list[float]:
    """Points that a fixed policy loses per 100 alerts, on each of the six test logs of a world."""
    lost = []
    for seed in SEEDS:
        points = triage.work(world, N, 1000 + seed, policy, int)
        lost.append(100 * float(points.mean()))
    return lost


def fixed_levels(
    networks: Sequence[SmallNetwork], logs: Sequence[tuple[np.ndarray, np.ndarray]]
) -> dict[str, float]:
    """Points per 100 alerts in fuzzy of three methods that do not learn on, by their names.

    Args:
        networks: one for each pair of logs.
        logs: pairs of a log to learn from and one to test on.
    """
    pairs = zip(networks, logs, strict=True)
    tested = [test_loss(network, new) for network, (_, new) in pairs]
    return {
        "investigate everything": 100.0,
        "long playbook": float(np.mean(points_per_100(long_playbook, "fuzzy"))),
        "network, 2,000 labels": float(np.mean(tested)),
    }


def draw_learning(name: str, blocks: np.ndarray, levels: Mapping[str, float]) -> Figure:
    """A learner's losses beside methods that stay as they are.

    Args:
        name: of the learner.
        blocks: (logs, B) points lost per 100 alerts, in each 250 alerts.
        levels: points lost per 100 alerts by those that do not learn, by their names.
    """
    figure, ax = new_figure(figsize=(7, 3.4))
    ends = 250 * np.arange(1, blocks.shape[1] + 1)
    plot_band(ax, ends, blocks, name, 0)
    for index, (other, points) in enumerate(levels.items(), start=1):
        style = series_style(index) | {"marker": ""}
        ax.axhline(points, label=other, **style)
    label_axes(ax, "time (alerts)", "points lost (per 100 alerts)", "What the bandit pays in fuzzy")
    ax.set_ylim(0, 110)
    ax.legend(fontsize="small", loc="center right")
    return figure


def draw_methods(loss: Mapping[tuple[str, str], np.ndarray]) -> Figure:
    """One panel a world: what each method loses, with its 95 % interval.

    Args:
        loss: (logs,) points lost per 100 alerts, by method and world.
    """
    names = list(dict.fromkeys(name for name, _ in loss))
    worlds = list(dict.fromkeys(world for _, world in loss))
    figure, axes = new_figure(1, len(worlds), figsize=(9.5, 3.6), sharey=True)
    for ax, world in zip(axes, worlds, strict=True):
        for row, name in enumerate(names):
            found = mean_interval(loss[name, world])
            color = series_style(row)["color"]
            ax.plot([found.low, found.high], [row, row], color=color)
            ax.plot([found.mean], [row], color=color, marker="o")
        ax.axvline(100, color="0.4", linestyle=":")
        ax.set_xlim(-8, 208)
        label_axes(ax, "lost (points per 100)", "", world)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    return figure


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
