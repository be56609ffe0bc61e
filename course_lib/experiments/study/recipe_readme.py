"""The recorded recipes in words: their whole report, and the table of it that the README shows.

Every figure and every verdict is worked out from the records.
"""

from pathlib import Path

import numpy as np

from course_lib import markdown
from course_lib.stats import mean_interval

from .arms import STUDY_FOLDER
from .fresh_episodes import EPISODES as FRESH_EPISODES
from .fresh_episodes import fresh_gain, recorded_fresh
from .parts_replaced import recorded_parts
from .recipe_figures import (
    control_rows,
    gain_rows,
    part_rows,
    recorded_recipes,
    rows_by_training,
    seed_rows,
    str_of,
    teacher_rows,
    verdict,
)
from .recipe_report import MARKS, greedy_gap, means_over_seeds, time_to
from .recipes import CONTROLS, PLAYS, RECIPES, STRONG, TAUGHT, TEAMS, recorded_seeds
from .with_doctrine import gain_by_rules, gain_over_rules, recorded_doctrine, score_with_rules

PLACE = ("<!-- learned -->", "<!-- /learned -->")
SETTLED, DECIDED = "three-layer-settled", "three-layer-decided"
FROM_REWARD = DECIDED, SETTLED, "three-layer-reward", "three-layer-strong"
PAID_TEAM = "three-layer-taught-paid"
SHOWN = (DECIDED, SETTLED, "three-layer-reward", PAID_TEAM, "three-layer-taught")
"""Teams in the README."""
SUMMARY_HEADER = (
    "| team | trainings | score, drawn [95 % over trainings] | greedy "
    "| drawn, defended part, minus `expert` [95 % over episodes] |"
)
AIM = -104.0
WHOLE, NO_COMMAND = "three-layer-reward", "three-layer-reward-no-command"
TWO_LAYERS = "two-layer-reward"


def learned_block(folder: Path = STUDY_FOLDER) -> str:
    """The text between the report's two marks, Markdown."""
    parts = [_primary(name, folder) for name in FROM_REWARD]
    parts += [_third_stage(folder), _beside_expert(folder), _teams(folder), _taught(folder)]
    parts += [_fresh(folder), _hierarchy(folder), _doctrine(folder)]
    parts += [_times(folder), _controls(folder)]
    return "\n\n".join(part for part in parts if part)


def with_learned_block(report: str, folder: Path = STUDY_FOLDER) -> str:
    """The report's text with a new block; ValueError if a mark is missing."""
    return markdown.between(report, PLACE, learned_block(folder), "learned.md")


def summary(folder: Path = STUDY_FOLDER) -> str:
    """One row a team of `SHOWN`, and what the hierarchy is worth: Markdown for the README."""
    rows = []
    for name in recorded_recipes(SHOWN, folder):
        cells = [_over_trainings(name, play, folder) for play in PLAYS]
        _, _, gain, told = gain_rows("expert", name, folder)[0]
        trainings = f"{len(recorded_seeds(name, folder))} of {RECIPES[name].seeds}"
        rows.append((f"`{name}`: {RECIPES[name].about}", trainings, *cells, f"{gain}, {told}"))
    table = _markdown(SUMMARY_HEADER, rows)
    parts = table, _fresh(folder), _hierarchy(folder)
    return "\n\n".join(part for part in parts if part)


def with_summary(readme: str, folder: Path = STUDY_FOLDER) -> str:
    """The README's text with a new summary; ValueError if a mark is missing."""
    return markdown.between(readme, PLACE, summary(folder), "README.md")


def _over_trainings(name: str, play: str, folder: Path) -> str:
    """Mean official score of a recipe's trainings, with the interval over them."""
    means = means_over_seeds(name, play, folder=folder)
    if len(means) < 2:
        return f"{means[0]:.1f}"
    over = mean_interval(means)
    return f"{over.mean:.1f} [{over.low:.1f}, {over.high:.1f}]"


def _primary(name: str, folder: Path) -> str:
    """The primary contrasts of a team that learned from the reward, as they came out."""
    seeds = recorded_seeds(name, folder)
    if not seeds:
        return ""
    drawn = mean_interval(means_over_seeds(name, "sampled", folder=folder))
    gap = greedy_gap(name, folder)
    reached = "reached" if drawn.mean >= AIM else "missed"
    close = "reached" if abs(gap.mean()) <= 3 else "missed"
    spread = f"[{drawn.low:.1f}, {drawn.high:.1f}]" if len(seeds) > 1 else "(exploratory)"
    planned = RECIPES[name].seeds
    return (
        f"**From the reward alone**, `{name}` scores {drawn.mean:.1f} {spread} when it "
        f"draws its actions (mean of {len(seeds)} of {planned} planned trainings, 95 % interval "
        f"over them; the aim, {AIM:.0f}, is {reached}). Greedily the score changes by "
        f"{gap.mean():+.1f} points (the aim, within 3, is {close})."
    )


def _third_stage(folder: Path) -> str:
    """What the third stage changed, training by training."""
    changes = []
    for play in PLAYS:
        rows = rows_by_training(DECIDED, SETTLED, play, folder)
        if len(rows) > 1:
            changes.append(f"{play}: {rows[-1][-1]} (each: {_each(rows)})")
    if not changes:
        return ""
    return (
        f"**The third stage**: `{DECIDED}` minus `{SETTLED}`, of which each training goes on, "
        f"defended part, interval over trainings: {'; '.join(changes)}."
    )


def _each(rows: list[tuple[str, ...]]) -> str:
    """The gains of single trainings, out of the rows of `rows_by_training`."""
    return ", ".join(row[-1].split()[0] for row in rows if row[1])


def _beside_expert(folder: Path) -> str:
    """Teams that learned from the reward alone against the scripted `expert`."""
    parts = [
        f"`{name}` {play}: {gain} ({told})"
        for recorded in recorded_recipes(FROM_REWARD, folder)
        for name, play, gain, told in gain_rows("expert", recorded, folder)
    ]
    if not parts:
        return ""
    return (
        "**Learned from the reward alone, against the best rules** (`expert`), gain on the "
        f"defended part, paired by episode, mean of seeds: {'; '.join(parts)}."
    )


def _fresh(folder: Path) -> str:
    """The taught and paid teams against their teacher, in episodes kept for this question."""
    trainings = len(recorded_fresh(PAID_TEAM, folder))
    if trainings < 2:
        return ""
    over_episodes, over_trainings = fresh_gain(PAID_TEAM, folder)
    interval = str_of(over_trainings).split(" ", 1)[1]
    return (
        f"**Better than its teacher?** `{PAID_TEAM}` minus `expert`, drawn play, defended part, "
        f"{FRESH_EPISODES:,} fresh episodes; the question, and that it is asked once, were "
        f"written down before they were played: {str_of(over_episodes)} over episodes "
        f"({verdict(over_episodes)}), {interval} over {trainings} trainings "
        f"({verdict(over_trainings)})."
    )


def _hierarchy(folder: Path) -> str:
    """What the hierarchy is worth to units that can defend."""
    sentences = []
    if recorded_recipes([NO_COMMAND], folder):
        rows = rows_by_training(WHOLE, NO_COMMAND, "sampled", folder)
        trained, *_, gain = rows[-1]
        sentences.append(
            f"`{WHOLE}` minus the same trained without commands (`{NO_COMMAND}`): {gain}, "
            f"{trained} of {RECIPES[NO_COMMAND].seeds}, interval over them (each: {_each(rows)}; "
            "three were planned, the others added after those had been seen)"
        )
    rows = rows_by_training(WHOLE, TWO_LAYERS, "sampled", folder)
    if len(rows) > 1:
        trained, *_, gain = rows[-1]
        sentences.append(
            f"three layers minus two (`{TWO_LAYERS}`): {gain}, {trained} of "
            f"{RECIPES[TWO_LAYERS].seeds}, interval over them (each: {_each(rows)})"
        )
    rows = part_rows([SETTLED], folder)
    costs = [f"{part} {cost} ({told})" for _, part, cost, told in rows]
    if costs:
        seeds = len(recorded_parts(SETTLED, folder))
        sentences.append(
            f"points that `{SETTLED}` loses when a part is replaced while it plays ({seeds} "
            f"seeds, interval over them): {', '.join(costs)}"
        )
    if not sentences:
        return ""
    return (
        "**Does the hierarchy matter to units that can defend?** Defended part, drawn play: "
        f"{'; '.join(sentences)}."
    )


def _teams(folder: Path) -> str:
    header = "| team | drawn: mean (each seed) | greedy | defended part, drawn | greedy |"
    rows = seed_rows(TEAMS, folder)
    return _markdown(header, [(f"`{name}`, {RECIPES[name].about}", *rest) for name, *rest in rows])


def _taught(folder: Path) -> str:
    """Taught teams against their teacher, in one sentence a team."""
    parts = [
        f"`{name}` {play}: {gain} ({told})"
        for name, play, gain, told in teacher_rows(
            [name for name in TAUGHT if name in TEAMS], folder
        )
    ]
    if not parts:
        return ""
    return (
        "**Taught teams against their teacher** (`expert`, or the five rules), gain on the "
        f"defended part, paired by episode, mean of seeds: {'; '.join(parts)}."
    )


def _doctrine(folder: Path) -> str:
    """Teams with three rules mixed in against five rules alone, one part a recipe."""
    parts = []
    for name in TEAMS:
        seeds = recorded_doctrine(name, folder)
        if seeds:
            score = score_with_rules(name, folder)
            gain = gain_over_rules(name, folder)
            trainings = f"{len(seeds)} training{'s' * (len(seeds) > 1)}"
            added = gain_by_rules(name, folder)
            parts.append(
                f"`{name}` ({trainings}) {score:.1f}, {str_of(gain)} ({verdict(gain)}); beside the "
                f"same team without them {str_of(added)} ({verdict(added)})"
            )
    if not parts:
        return ""
    return (
        "**Doctrine without harm:** with three rules mixed into a network that learned without "
        "them (weight 0.8), score and gain over five rules alone on the defended part, paired by "
        f"episode, mean of trainings: {'. '.join(parts)}."
    )


def _times(folder: Path) -> str:
    """Steps and seconds to every mark, the range over seeds."""
    rows = []
    for name in recorded_recipes(list(STRONG), folder):
        passed = [time_to(name, seed, folder) for seed in recorded_seeds(name, folder)]
        cells = []
        for mark in MARKS:
            steps = [found[mark][0] / 1e6 for found in passed if found[mark]]
            cell = _span(steps, len(passed))
            cells.append(cell)
        rows.append((f"`{name}`", *cells))
    marks = " | ".join(f"{mark:.0f}" for mark in MARKS)
    header = f"| millions of steps until the running score passed | {marks} |"
    return _markdown(header, rows)


def _span(steps: list[float], runs: int) -> str:
    if not steps:
        return "never"
    text = f"{np.min(steps):.2f} to {np.max(steps):.2f}"
    return text if len(steps) == runs else f"{text} ({len(steps)} of {runs})"


def _controls(folder: Path) -> str:
    """Both tables of controls."""
    parts = []
    for names, whole, what in (
        (list(CONTROLS), "short", "From the reward alone, one seed each (exploratory)"),
        ([n for n in TAUGHT if n not in TEAMS], "three-layer-taught", "Taught"),
    ):
        rows = control_rows(names, whole, folder) if recorded_recipes([whole], folder) else []
        if len(rows) > 1:
            header = f"| {what} | seeds | drawn | greedy | drawn, minus the first | greedy |"
            parts.append(_markdown(header, rows))
    return "\n\n".join(parts)


def _markdown(header: str, rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    lines = [header, "|---" * (header.count("|") - 1) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
