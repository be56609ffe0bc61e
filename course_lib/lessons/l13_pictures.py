"""Pictures of lesson 13: who decides, what a team looks at, suspects put back, and what the strong
teams reach, all from the records."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from course_lib.experiments.study.ablations import RULES_ALONE
from course_lib.experiments.study.arms import STUDY_FOLDER
from course_lib.experiments.study.figures import Described
from course_lib.experiments.study.fresh_episodes import (
    EPISODES,
    fresh_gain,
    fresh_gains,
    recorded_fresh,
)
from course_lib.experiments.study.recipe_figures import difference, recorded_recipes
from course_lib.experiments.study.recipe_report import (
    gain_over,
    means_over_seeds,
    running_score,
)
from course_lib.experiments.study.recipes import (
    PLAYS,
    read_recipe,
    recipe_path,
    recorded_seeds,
)
from course_lib.experiments.study.summary import recorded_scores, summarise
from course_lib.stats import mean_interval
from course_lib.training.curve import read_curve
from course_lib.viz.figures import INK, label_axes, new_figure, series_style
from course_lib.viz.sketch import Sketch

from .l13_diagnosis import Looks
from .l13_rows import WIDTH, Row, draw_row, draw_rows, in_words, points_lost, row_of

PLAYED = {"sampled": "drawn", "greedy": "greedy"}
"""The word of the lesson for each way to play."""
MARKS = {
    "first defence": -500,
    "published, learned": -181,
    "its expert-led form": -130,
    "winner, by rules": -113,
}
"""Scores that others reached, and one that is easy."""
DEFENDED_TICKS = (-200, -100, -60, -40, -30)
"""Marked on axes of the defended part, points."""


def draw_groups() -> Sketch:
    """The three-layer tree: which decisions a training learns from, layer by layer."""
    sketch = Sketch(
        800,
        250,
        "The three-layer tree from top to bottom, with the decisions of each layer. Layer 3: the "
        "commander draws commands. Layer 2: restricted, operational and headquarters draw commands;"
        " headquarters also chooses which of its three zones acts. Layer 1: seven leaves draw "
        "actions.",
    )
    sketch.box(500, 34, 120, 34, "commander", "orange")
    # Where each stands, and how many zones are below it.
    inner = {"restricted": (285, 2), "operational": (475, 2), "headquarters": (685, 3)}
    zones = iter(("RZA", "RZB", "OZA", "OZB", "ADM", "OFF", "PAZ"))
    for name, (x, children) in inner.items():
        sketch.arrow((500, 52), (x, 101), "faint")
        for child in range(children):
            spot = x + 80 * (child - (children - 1) / 2)
            sketch.arrow((x, 139), (spot, 189), "faint")
            sketch.box(spot, 207, 66, 34, next(zones), "blue")
        sketch.box(x, 120, 120, 36, name, "mauve")
    words = ("layer 3: commands\nevery ten ticks", "layer 2: commands\nevery ten ticks",
             "layer 1: actions\nin most ticks")  # fmt: skip
    for y, said in zip((34, 120, 207), words, strict=True):
        sketch.text(20, y, said, "start", size=12)
    sketch.text(685, 158, "and the choice: who acts?", size=12, bold=True)
    return sketch


def draw_end(folder: Path = STUDY_FOLDER) -> Described:
    """Where five trainings of the first recipe end, beside the five rules alone."""
    ablations = recorded_scores("ablations", "three-layer", folder).values()
    means = [scores[RULES_ALONE].mean() for scores in ablations]
    rules = float(np.mean(means))
    rows = [row_of("first recipe", summarise("three-layer", folder).means)]
    title = "Five trainings of 1.5 million steps"
    axis = "official score, 1,000 episodes (points)"
    return draw_rows(rows, axis, title, {"five rules, no network": rules})


def draw_looks(looks: Mapping[str, Looks], most: int = 25) -> Described:
    """Share of the hosts that were looked at 0, 1, 2, ... times in an episode."""
    figure, axes = new_figure(1, len(looks), figsize=(WIDTH, 2.7), sharey=True)
    said = []
    for index, (name, look) in enumerate(looks.items()):
        ax = axes[index]
        times = np.arange(most + 1)
        looked = np.minimum(look.per_host, most)  # the last bar counts all that follow
        shares = [100 * np.mean(looked == n) for n in times]
        ax.bar(times, shares, color=series_style(index)["color"])
        label_axes(ax, f"looks in an episode (times; last: {most} or more)", "", name)
        never = 100 * look.at_most(0)
        twice = 100 * look.at_most(2)
        said.append(
            f"{name}: {look.mean:.1f} looks a host, {never:.0f} % of hosts never, "
            f"{twice:.0f} % at most twice"
        )
    axes[0].set_ylabel("hosts (%)")
    return Described(figure, f"Bars: how often each host is looked at. {'; '.join(said)}.")


def draw_controls(
    named: Mapping[str, str], whole: str, title: str, folder: Path = STUDY_FOLDER
) -> Described:
    """What a recipe with one part changed scores, minus the whole: drawn left, greedy right.

    ``named`` are the recipes, each with its label.
    """
    there = recorded_recipes(list(named), folder)
    size = WIDTH, 1.2 + 0.34 * len(there)
    figure, axes = new_figure(1, 2, figsize=size, sharey=True)
    said = []
    for ax, play in zip(axes, PLAYS, strict=True):
        rows = []
        for name in there:
            found = difference(name, whole, play, folder)
            rows.append(Row(named[name], found))
        for place, row in enumerate(rows):
            draw_row(ax, place, row)
        ax.axvline(0, color=INK, linewidth=1)
        ax.locator_params(axis="x", nbins=4)
        ax.xaxis.set_major_formatter("{x:,.0f}")
        label_axes(ax, "minus the whole recipe (points)", "", PLAYED[play])
        said.append(f"{PLAYED[play]}: {'; '.join(in_words(row) for row in rows)}")
    labels = [named[name] for name in there]
    axes[0].set_yticks(range(len(there)), labels)
    axes[0].set_ylim(len(there) - 0.5, -0.5)  # the first recipe on top
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize="medium")
    return Described(figure, f"{title}, one training each. {'. '.join(said)}.")


def draw_gains(rules: str, names: Sequence[str], folder: Path = STUDY_FOLDER) -> Described:
    """What teams gain over written rules on the defended part, drawn and greedily."""
    rows = []
    for colour, name in enumerate(names):
        for play in PLAYS:
            found = gain_over(rules, name, play, folder)
            rows.append(
                Row(f"{name.removeprefix('three-layer-')}, {PLAYED[play]}", found, (), colour)
            )
    axis = f"defended part, minus {rules} (points an episode)"
    return draw_rows(rows, axis, f"Beside the scripted {rules}", {"as good": 0.0})


def draw_fresh(name: str, folder: Path = STUDY_FOLDER) -> Described:
    """What each training gains over `expert` in fresh episodes, and their mean with both intervals.

    ValueError with fewer than two recorded trainings.
    """
    rows = []
    seeds = recorded_fresh(name, folder)
    for seed, gains in zip(seeds, fresh_gains(name, folder), strict=True):
        over_episodes = mean_interval(gains)
        rows.append(Row(f"training {seed}", over_episodes))
    over_episodes, over_trainings = fresh_gain(name, folder)
    rows.append(Row("mean, over episodes", over_episodes, (), 1))
    rows.append(Row("mean, over trainings", over_trainings, (), 1))
    axis = "defended part, minus expert (points an episode)"
    return draw_rows(rows, axis, f"In {EPISODES:,} fresh episodes, drawn", {"as good": 0.0})


def draw_running(names: Sequence[str], folder: Path = STUDY_FOLDER) -> Described:
    """Running score of every training from the reward alone, and what others reached."""
    figure, ax = new_figure(figsize=(WIDTH, 3.8))
    said = []
    for index, name in enumerate(names):
        look = series_style(index)
        ends = []
        for seed in recorded_seeds(name, folder):
            path = recipe_path(name, seed, folder).with_name("curve.csv")
            curve = read_curve(path)
            episodes_each = int(curve["episodes"][0])
            score = running_score(curve["score"], episodes_each)
            ax.plot(
                curve["steps"] / 1e6,
                score,
                color=look["color"],
                linestyle=look["linestyle"],
                linewidth=1.1,
                label=None if ends else name,  # once in the legend
            )
            ends.append(f"{score[-1]:.0f}")
        said.append(f"{name} ends at {', '.join(ends)}")
    left, right = ax.get_xlim()
    for words, mark in MARKS.items():
        ax.axhline(mark, color=INK, linewidth=0.8, linestyle=":")
        begins = mark == -500  # there the curves are on the left
        place, side = (right, "right") if begins else (left, "left")
        ax.text(place, mark, f" {words} ", fontsize=8, ha=side, va="bottom")
    ax.set_yscale("symlog", linthresh=1)
    ax.set_ylim(-1200, -92)
    ticks = list(MARKS.values())
    ax.set_yticks(ticks, labels=[str(mark) for mark in ticks])
    ax.minorticks_off()
    title = "From the reward alone, every training a line"
    label_axes(ax, "environment steps (millions)", "mean of 400 training episodes (points)", title)
    ax.legend(loc="center right", bbox_to_anchor=(1, 0.45))
    return Described(figure, f"{title}. {'; '.join(said)}.")


def draw_two_plays(names: Sequence[str], folder: Path = STUDY_FOLDER) -> Described:
    """Each training as a pair of points: the defended part drawn, and greedily."""
    pairs = []
    for index, name in enumerate(names):
        drawn, greedy = (means_over_seeds(name, play, "defended", folder) for play in PLAYS)
        for seed, means in enumerate(zip(drawn, greedy, strict=True)):
            pairs.append((name, seed, *means, index))
    height = 1.2 + 0.22 * len(pairs)
    figure, ax = new_figure(figsize=(WIDTH, height))
    said = []
    labels = []
    for place, (name, seed, drawn, greedy, index) in enumerate(pairs):
        colour = series_style(index)["color"]
        ends = [drawn, greedy]
        ax.plot(ends, [place, place], color=colour, linewidth=1)
        _two_points(ax, (drawn, place), (greedy, place), colour, place == 0)
        short = name.removeprefix("three-layer-")
        labels.append(f"{short}, training {seed}")
        said.append(f"{short} {seed}: {drawn:.0f}, {greedy:.0f}")
    ax.set_yticks(range(len(pairs)), labels)
    ax.set_ylim(len(pairs) - 0.5, -0.5)
    points_lost(ax, DEFENDED_TICKS)
    ax.grid(axis="y", visible=False)
    ax.legend(loc="upper left")
    title = "The same team, drawn and greedy"
    label_axes(ax, "defended part (points an episode)", "", title)
    return Described(figure, f"{title}, defended part by training. {'; '.join(said)}.")


def _two_points(
    ax: Axes,
    drawn: tuple[float, float],
    greedy: tuple[float, float],
    colour: str,
    named: bool,
) -> None:
    """A full dot for drawn play and an open square for greedy play."""
    names = ("drawn", "greedy") if named else (None, None)
    ax.plot(*drawn, "o", color=colour, markersize=7, label=names[0])
    look = {"markerfacecolor": "#fcfcfa", "markeredgecolor": colour, "markeredgewidth": 1.6}
    ax.plot(*greedy, "s", markersize=7, label=names[1], **look)


def draw_decoys(names: Sequence[str], folder: Path = STUDY_FOLDER) -> Described:
    """Share of decoys against the defended part: a line from drawn to greedy play a training."""
    size = (WIDTH, 3.0)
    figure, axes = new_figure(1, len(names), figsize=size, sharey=True, sharex=True)
    said = []
    for index, (ax, name) in enumerate(zip(axes, names, strict=True)):
        colour = series_style(index)["color"]
        for seed in recorded_seeds(name, folder):
            played = read_recipe(name, seed, folder)
            points = []
            for play in PLAYS:
                share = 100 * played[play]["actions"]["DeployDecoy"]
                points.append((share, played[play]["defended"].mean()))
            drawn, greedy = points
            shares, defended = zip(*points, strict=True)
            ax.plot(shares, defended, color=colour, linewidth=0.9)
            _two_points(ax, drawn, greedy, colour, seed == 0)
            said.append(f"{name} {seed}: {drawn[0]:.1f} % drawn, {greedy[0]:.1f} % greedy")
        label_axes(ax, "decoys among the actions (%)", "", name.removeprefix("three-layer-"))
    axes[0].set_ylabel("defended part (points)")
    axes[0].set_yscale("symlog", linthresh=1)
    labels = [str(tick) for tick in DEFENDED_TICKS]
    axes[0].set_yticks(DEFENDED_TICKS, labels=labels)
    axes[0].minorticks_off()
    axes[-1].legend()
    return Described(figure, f"Decoys of each training. {'; '.join(said)}.")
