"""Lesson 02: the river for many episodes at once, for REINFORCE; whom six hosts listen to; rows and
figures of the recorded studies; and what its figures show."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.figure import Figure

from course_lib.games.fleet import FEATURES, IMPORTANCE
from course_lib.games.markov import MarkovGame
from course_lib.learners.entity_policy import EntityPolicy
from course_lib.stats import mean_interval
from course_lib.viz import INK, label_axes, new_figure, series_style

FIGURES = {
    "regret": "Regret against episodes, both axes logarithmic. Epsilon-greedy Q-learning and "
    "UCB-VI with the bonus of the paper follow the straight line of losing everything. UCB-VI with "
    "c = 0.1 leaves the line within the first hundred episodes and ends near a thousand points.",
    "memory": "Score while learning against training ticks for three policies. With an alarm that "
    "stays, the score rises fast to nearly zero. With an alarm seen once, the policy without "
    "memory stays clearly below, and the policy with memory ends in between, nearer to the top.",
    "cartpole": "Score of DQN on CartPole against training steps, one line for each of five seeds, "
    "and a dotted line at the published 500. All begin near 200 and fall to about 100 or lower. "
    "Three jump to 500 at 25,000 steps and one at 40,000; the fifth stays low and ends at 204.",
    "sizes": "Points lost per episode, on a logarithmic scale, for 4 to 48 hosts and for 8 hosts "
    "that change. Attention trained on 8 hosts lies on the rule everywhere, from 2 to about 75 "
    "points. Both fixed vectors lie far above it and, with 24 hosts, near chance.",
    "reinforce": "Expected points per episode against episodes played, six seeds each. Learners "
    "that begin by pushing in half of the ticks climb to the best plan's 3.4 points; learners that "
    "begin by pushing in 5 % of them stay at the tickets' 0.1.",
}
"""Alternative texts of the figures."""
Study = Mapping[str, dict]
"""What `l02_deep_rl.recorded` returns."""


def points(scores: Sequence[float]) -> str:
    """Mean over training seeds with its 95 % interval, such as "-2.3 [-2.6, -2.0]"."""
    found = mean_interval(scores)
    mean, low, high = (number + 0.0 for number in (found.mean, found.low, found.high))
    return f"{mean:.1f} [{low:.1f}, {high:.1f}]"


TABLE_HEADER = (
    "hosts",
    "rows possible",
    "rows met in training",
    "new in the test",
    "Q-table",
    "network (PPO)",
    "rule",
    "random",
)


def table_rows(study: Study) -> list[tuple[str, ...]]:
    """The study "table": how full a Q-table gets on fleets of several sizes, and what it scores."""
    rows = []
    for hosts, fleet in study["fleets"].items():
        possible = 27 ** int(hosts) * (int(hosts) + 1)
        filled = f"{np.mean(fleet['rows']):,.0f}"
        unseen = f"{100 * np.mean(fleet['new']):.0f} %"
        learned = (points(fleet["table"]), points(fleet["network"]))
        beside = (f"{fleet['rule'] + 0.0:.1f}", f"{fleet['chance']:.1f}")
        rows.append((hosts, f"{possible:,}", filled, unseen, *learned, *beside))
    return rows


def draw_regret(curves: Mapping[str, np.ndarray], best: float) -> Figure:
    """Points lost so far against the best plan, by learner, on two logarithmic axes.

    Args:
        curves: (E,) regret after each episode, points.
        best: what the best plan earns in an episode, points.
    """
    figure, ax = new_figure(figsize=(7.5, 4))
    for index, (name, curve) in enumerate(curves.items()):
        shown = np.unique(np.geomspace(10, len(curve), 40).astype(int)) - 1
        style = series_style(index) | {"marker": ""}
        ax.plot(shown + 1, curve[shown], label=name, **style)
    ends = np.array([10, max(len(curve) for curve in curves.values())])
    ax.plot(ends, ends * best, color=INK, linewidth=0.8, label="losing everything: slope 1")
    ax.set(xscale="log", yscale="log")
    title = "Points lost so far against the best plan"
    label_axes(ax, "time (episodes)", "regret (points)", title)
    ax.legend()
    return figure


PLACES = {"4": 0, "8": 1, "16": 2, "24": 3, "48": 4, "changing": 5}
"""Sizes of the study "sizes" along its axis."""


def draw_sizes(study: Study) -> Figure:
    """The study "sizes": points lost on networks of each size, by policy, with 95 % intervals."""
    figure, ax = new_figure(figsize=(8, 4))
    for index, (policy, scores) in enumerate(study["scores"].items()):
        style = series_style(index) | {"linestyle": ""}
        found = [mean_interval(scores[size]) for size in PLACES if size in scores]
        at = np.array([place for size, place in PLACES.items() if size in scores])
        lost = np.array([-interval.mean for interval in found])
        wide = [interval.mean - interval.low for interval in found]
        ax.errorbar(at + 0.1 * (index - 1), lost, wide, label=policy, capsize=3, **style)
    fixed = [size for size in PLACES if size != "changing"]
    places = range(len(fixed))
    names = {"rule": "rule: restore first", "chance": "random"}
    for index, (key, name) in enumerate(names.items(), start=3):
        score = study["references"][key]
        style = series_style(index)
        ax.plot(places, [-score[size] for size in fixed], label=name, **style)
        ax.plot(PLACES["changing"], -score["changing"], **style)
    ax.set_yscale("log")
    ax.set_xticks(range(len(PLACES)), [*fixed, "8, changing"])
    label_axes(ax, "size of the network (hosts)", "points lost (per episode)")
    ax.legend(fontsize="small")
    return figure


def chances(scores: np.ndarray) -> np.ndarray:
    """Softmax over the last axis: scores of actions become their probabilities."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def moving_mean(curves: list[list[float]], width: int) -> np.ndarray:
    """Mean of ``width`` points at a time, curve by curve: (R, T) become (R, T - width + 1)."""
    window = np.ones(width) / width
    return np.array([np.convolve(curve, window, "valid") for curve in curves])


def play_river(
    river: MarkovGame, chance: np.ndarray, episodes: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Play whole episodes from stage 0, all at once.

    Args:
        chance: (S, 2) probability of each action in each stage.

    Returns:
        stages and actions, both (H, episodes) int, and what was still to come from each tick on,
        (H, episodes) points.
    """
    below = river.transitions.cumsum(axis=-1)
    at = np.zeros(episodes, dtype=int)
    stages, actions, rewards = [], [], []
    for _ in range(river.horizon):
        action = (rng.random(episodes) < chance[at, 1]).astype(int)
        stages.append(at)
        actions.append(action)
        rewards.append(river.rewards[at, action])
        drawn = rng.random(episodes)
        at = (drawn[:, None] > below[at, action]).sum(axis=1)
    to_come = np.cumsum(rewards[::-1], axis=0)[::-1]
    return np.array(stages), np.array(actions), to_come


def expected_points(river: MarkovGame, chance: np.ndarray) -> float:
    """Exact points of an episode from stage 0, for a policy that draws its actions."""
    onward = np.einsum("sa,sat->st", chance, river.transitions)
    paid = (chance * river.rewards).sum(axis=1)
    values = np.zeros(len(paid))
    for _ in range(river.horizon):
        values = paid + onward @ values
    return float(values[0])


SIX = (
    (5, "alarm", 0),
    (1, "clean", 0),
    (2, "patched", 1),
    (2, "clean", 1),
    (1, "alarm", 2),
    (5, "patched", 2),
)
"""Importance, look and zone of six hosts: the fleet that `viz.draw_fleet` shows."""
SIX_HOSTS = tuple(f"{importance}, {look}" for importance, look, _ in SIX)
LISTENING = (
    "A square of attention over six hosts, a row for each host that listens. The column of the "
    "important host with an alarm is the brightest."
)


def listening(policy: EntityPolicy) -> np.ndarray:
    """(6, 6) who listens to whom among `SIX`, rows add up to 1."""
    table = np.zeros((1, len(SIX), len(FEATURES)), np.float32)
    for row, (importance, look, zone) in enumerate(SIX):
        table[0, row, FEATURES.index("present")] = 1
        table[0, row, FEATURES.index("importance")] = importance / max(IMPORTANCE)
        table[0, row, FEATURES.index(f"zone {zone}")] = 1
        if look != "clean":
            table[0, row, FEATURES.index(look)] = 1
    return policy.listens_to(torch.as_tensor(table))[0].numpy()
