"""Code of lesson 08: the gradient through a channel, four sensors and their crew, what a team's
messages say, and a drawing of it all."""

# ruff: noqa: F401 (the lesson takes the imports below from here)

from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.experiments.lesson_runs import read_run
from course_lib.experiments.lesson_runs.crew import levels, suspicion
from course_lib.experiments.lesson_runs.crew_teams import (
    PREDEFINED,
    at_home,
    by_rule,
    crew_scores,
    in_turn,
    overheard,
    predefined_code,
    repeated_code,
    teach,
    team_scores,
)
from course_lib.experiments.lesson_runs.protocol import protocol_text, switch_information
from course_lib.learners.communication import TalkingTeam
from course_lib.learners.dagger import DaggerConfig
from course_lib.learners.information import Information, tested_information
from course_lib.learners.reporting import Code, ReportingTeam
from course_lib.stats import mean_interval
from course_lib.viz.figures import new_figure, series_style
from course_lib.viz.sketch import Sketch

CONTROLS = ("open", "muted", "shuffled", "foreign")
"""Messages as they are, and the three controls for a claim about them."""
HATCHES = ("", "//", "..", "xx", "\\\\")
"""Of the series of bars: told apart without colour too."""


@dataclass(frozen=True)
class RiddleRecord:
    """What the recorded teams of one learner did with the switch riddle."""

    updates: np.ndarray
    """(M,) updates after which the teams were tested."""
    curve: np.ndarray
    """(teams, M) share of the exact ceiling, open messages."""
    by_line: dict[str, np.ndarray]
    """(teams,) share of the ceiling at the end, by what happened to the messages."""
    protocols: list[str]
    """What each team does in the end, as a text (`games.read_protocol`)."""
    entropy: np.ndarray
    """(teams,) of what is said, in bits."""
    information: np.ndarray
    """(teams,) bits of what is said about how many have been in the room, knowing the day."""
    chance: np.ndarray
    """(teams,) 95 % of the permutations stay below this."""


def riddle_records(name: str) -> dict[str, RiddleRecord]:
    """The teams of the recorded run ``name``, such as "l08-riddle-3", by learner."""
    columns = read_run(name)
    found = {}
    for method in dict.fromkeys(columns["method"]):
        mine = columns["method"] == method
        teams = int(columns["team"][mine].max()) + 1
        is_open = mine & (columns["line"] == "open")
        last = is_open & (columns["updates"] == columns["updates"].max())
        # Open messages were tried all along, the other lines once, at the end.
        by_line = {"open": columns["share"][last]}
        by_line |= _by_line(columns, "share", mine & ~is_open)
        curve = columns["share"][is_open].reshape(-1, teams)  # the record has a row a team
        found[str(method)] = RiddleRecord(
            updates=np.unique(columns["updates"][is_open]),
            curve=curve.T,
            by_line=by_line,
            protocols=columns["protocol"][last].tolist(),
            entropy=columns["entropy"][last],
            information=columns["information"][last],
            chance=columns["chance"][last],
        )
    return found


def crew_points(name: str = "l08-crew") -> dict[str, dict[str, np.ndarray]]:
    """Points an episode (teams,) of the crews of a recorded run, by code and by line."""
    columns = read_run(name)
    found: dict[str, dict[str, np.ndarray]] = {}
    for code in dict.fromkeys(columns["code"]):
        mine = columns["code"] == code
        found[str(code)] = _by_line(columns, "points", mine)
    return found


def _by_line(
    columns: dict[str, np.ndarray],
    name: str,
    rows: np.ndarray,
) -> dict[str, np.ndarray]:
    """One column of a recorded run, of the ``rows`` that count, apart by line of communication."""
    found = {}
    for line in dict.fromkeys(columns["line"][rows]):
        of_line = rows & (columns["line"] == line)
        found[str(line)] = columns[name][of_line]
    return found


def probe_groups() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Recorded answers of the probes, by question: bits above chance and p-values, a group each."""
    run = read_run("l08-probes")
    found = {}
    for question in dict.fromkeys(run["question"].tolist()):
        rows = run["question"] == question
        found[question] = run["excess"][rows], run["p_value"][rows]
    return found


def listener_loss(team: TalkingTeam, seed: int = 0) -> torch.Tensor:
    """The relay's responder alone: squared error of its value in the second step."""
    generator = torch.Generator().manual_seed(seed)
    rng = np.random.default_rng(seed)
    played = team.rollout(64, rng, generator, None, training=True)
    chosen, reward = played.chosen[1], played.rewards[1]
    if chosen.dim() > reward.dim():
        chosen = chosen[..., 0]  # RIAL: the value of the action, not of the message
    error = (reward - chosen)[:, :, 1]  # agent 1 responds, agent 0 has spoken before
    return (error**2).mean()


def listener_gradient(team: TalkingTeam, seed: int = 0) -> torch.Tensor:
    """Gradient of the listener's error with respect to the weights that make the speaker's
    messages; zeros if the two are not connected."""
    weight = team.network.speech.weight
    loss = listener_loss(team, seed)
    # Where no gradient flows through the message, torch is to answer zeros, not to complain.
    (gradient,) = torch.autograd.grad(loss, weight, allow_unused=True, materialize_grads=True)
    return gradient


def words_of(team: ReportingTeam, run: int = 0) -> Code:
    """What the sensors of one run say, as a function from messages (n, 76) to bits (n, B)."""

    def say(seen: torch.Tensor) -> torch.Tensor:
        # All runs speak side by side: each is shown the messages, and one is heard.
        one_sensor = seen[None, :, None]
        for_all_runs = one_sensor.expand(team.config.runs, -1, -1, -1)
        return team.say(for_all_runs)[run, :, 0]

    return say


def facts_about(messages: np.ndarray) -> dict[str, np.ndarray]:
    """What a message may be about, by name: (n,) whole numbers from messages (n, 76)."""
    suspicious = (suspicion(messages) >= 2).sum(axis=-1)
    return {
        "level": levels(messages),
        "suspicious hosts": np.minimum(suspicious, 5),
        "zone": messages[:, 1:10].argmax(axis=1),
        "phase": messages[:, 0].astype(int),
    }


def bit_table(words: np.ndarray, messages: np.ndarray) -> dict[str, dict[str, Information]]:
    """Information of every bit, and of the whole word, about every fact; words (n, B)."""
    columns = {str(bit): said for bit, said in enumerate(words.T)}
    columns["word"] = words
    facts = facts_about(messages)
    table: dict[str, dict[str, Information]] = {}
    for bit, said in columns.items():
        table[bit] = {}
        for name, fact in facts.items():
            table[bit][name] = tested_information(said, fact, permutations=40)
    return table


def draw_bits(tables: dict[str, dict[str, dict[str, Information]]]) -> Figure:
    """What `bit_table` found for each code, side by side: the bits above what chance gives, a
    darker field for more, "-" for none."""
    size = (4.5 * len(tables), 4.4)
    figure, axes = new_figure(1, len(tables), figsize=size, sharey=True)
    panels = np.atleast_1d(axes)  # one code alone comes without an array
    for ax, (name, table) in zip(panels, tables.items(), strict=True):
        above = _above_chance(table)
        rows, columns = above.shape
        ax.imshow(above, cmap="Blues", vmin=0, vmax=1.5, aspect="auto")
        for (row, column), value in np.ndenumerate(above):
            shown = f"{value:.2f}" if value else "-"
            ink = "white" if value > 0.9 else "black"  # legible on a dark field too
            ax.text(column, row, shown, ha="center", va="center", color=ink)
        ax.set_xticks(range(columns), list(table["word"]))
        ax.set_yticks(range(rows), list(table))
        ax.grid(visible=False)
        ax.set_title(f"{name}: bits above chance")
    return figure


def _above_chance(table: dict[str, dict[str, Information]]) -> np.ndarray:
    """(words, facts) bits above what 95 % of the permutations reach, at least 0."""
    rows = []
    for facts in table.values():
        above = [found.bits - found.null_high for found in facts.values()]
        rows.append(above)
    return np.maximum(rows, 0)


def draw_bars(ax: Axes, groups: dict[str, dict[str, np.ndarray]]) -> None:
    """Means over runs with 95 % intervals: a place for each group, a bar for each series in it."""
    series = list(next(iter(groups.values())))
    width = 0.8 / len(series)
    centres = np.arange(len(groups))
    for index, name in enumerate(series):
        intervals = [mean_interval(values[name]) for values in groups.values()]
        means = [interval.mean for interval in intervals]
        half = [interval.half_width for interval in intervals]
        # The bars of a group stand side by side, centred over its name.
        first = index - (len(series) - 1) / 2
        places = first * width + centres
        ax.bar(
            places,
            means,
            width,
            label=name,
            color=series_style(index)["color"],
            hatch=HATCHES[index % len(HATCHES)],
            edgecolor="#fcfcfa",
        )
        ax.errorbar(places, means, half, fmt="none", ecolor="#151515", capsize=3)
    ax.set_xticks(centres, list(groups))


def draw_understood(groups: dict[str, dict[str, np.ndarray]]) -> Figure:
    """`draw_bars` of how many alerts are understood, the legend above the bars."""
    figure, ax = new_figure(figsize=(8.5, 3.4))
    draw_bars(ax, groups)
    ax.set_ylabel("understood in full (%)")
    ax.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return figure


def draw_crew() -> Sketch:
    """Four sensors, eight bits each, one crew."""
    alt = (
        "Four zones with a sensor each. From every sensor an arrow labelled eight bits leads to "
        "one repair crew, which sees nothing else and restores in one zone every five ticks."
    )
    sketch = Sketch(720, 250, alt)
    for place, zone in enumerate(("RZA", "OZA", "RZB", "OZB")):
        y = 36 + 58 * place
        arrives = 97 + 16 * place
        sketch.box(110, y, 190, 44, f"sensor of {zone}\nsees its own zone")
        sketch.arrow((206, y), (472, arrives))
        # a little above its arrow, which has come 30 % of its way there
        on_arrow = 0.7 * y + 0.3 * arrives
        sketch.text(286, on_arrow - 12, "8 bits", size=12)
    sketch.box(560, 120, 170, 70, "repair crew\nsees nothing else", fill="blue", bold=True)
    sketch.text(560, 188, "every five ticks: restore\nin one zone, or stay at home")
    return sketch
