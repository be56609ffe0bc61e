"""What lesson 15 shows: the same teams on the range and on the public simulator, played where the
simulator is on this machine, recorded where it is not."""

import json
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib import validate
from course_lib.cyber_range import evaluate
from course_lib.cyber_range.cyborg.locate import SimulatorNotFound, commit_note, find_simulator
from course_lib.experiments import trainers
from course_lib.experiments.benchmarks import growth, two_engines
from course_lib.experiments.benchmarks.two_engines import TwoEngines
from course_lib.stats import mean_interval
from course_lib.viz import Sketch, label_axes, new_figure, series_style

Played = TypeVar("Played")
REPORTS = Path(__file__).resolve().parents[1] / "data" / "reports"
HEADINGS = two_engines.HEADINGS
FIRST_FACE = 8600
"""Steps a second of the PettingZoo interface of the range's first version."""
OFFICIAL_RESULTS = REPORTS / "official-script"
"""What the challenge's own script wrote: submission --policy expert --run 4 --seed 1000."""


def simulator_status() -> str:
    """Whether what follows is played on the simulator now, or was recorded, in one sentence."""
    try:
        location = find_simulator()
    except SimulatorNotFound:
        return "No CybORG on this machine: what the simulator did is shown from recordings."
    note = commit_note(location)
    remark = (
        f" Mind that {note}." if note else " It is at the commit that the course was tried with."
    )
    return f"CybORG is here: its first episode is played now.{remark}"


def played_or_recorded(play: Callable[[], Played], recorded: Played) -> Played:
    """What ``play`` returns where the simulator is; what was recorded where it is not."""
    try:
        return play()
    except SimulatorNotFound:
        return recorded


def first_ticks(engine: str) -> list[tuple]:
    """The beginning of the expert's episode of seed 1000: tick, what headquarters' defender was
    asked to do, hosts with an alert, team reward."""
    recorded = two_engines.read_report()["begun"][engine]
    rows = played_or_recorded(lambda: two_engines.first_ticks(engine), recorded)
    return [tuple(row) for row in rows]


def teams() -> list[TwoEngines]:
    """The shipped teams and the expert on both engines, as recorded."""
    of_study = two_engines.study_teams()
    on_range = two_engines.read_report()["range"]
    return of_study + two_engines.compared(on_range)


def team(name: str) -> TwoEngines:
    """One of `teams`; ValueError for another name."""
    found = {each.team: each for each in teams()}
    validate.choice("name", name, found)
    return found[name]


def known_to_differ(episodes: int = 100) -> TwoEngines:
    """The control: the expert on the simulator beside another defender, one that is known to be
    worse, on the range; a test that let this pass would be worth nothing."""
    worse = evaluate("decoy-roundrobin", episodes=episodes, seed=two_engines.SEED)
    simulator = team("expert").simulator
    return TwoEngines("expert there, decoys here", simulator, worse.scores.astype(float))


def table_rows(found: list[TwoEngines]) -> list[list[str]]:
    """The rows of the comparison, under `HEADINGS`."""
    return two_engines.table_rows(found)


def pairing(found: TwoEngines) -> tuple[float, float]:
    """Correlation of the two engines' scores over episodes with the same seed number, and the size
    that chance alone reaches in 95 of 100 cases."""
    shared = min(len(found.simulator), len(found.range))
    theirs = found.simulator[:shared]
    ours = found.range[:shared]
    correlation = np.corrcoef(theirs, ours)[0, 1]
    by_chance = 1.96 / np.sqrt(shared)
    return float(correlation), float(by_chance)


def recorded_report(name: str) -> dict[str, Any]:
    """The figures of one of the course's reports."""
    text = (REPORTS / name).read_text(encoding="utf-8")
    return json.loads(text)


def simulator_speed() -> tuple[float, float]:
    """Steps a second of one episode at a time: the range behind its PettingZoo face, and the
    simulator, from the recorded report."""
    report = recorded_report("speed.json")
    rates = {rate["what"]: rate["median"] for rate in report["rates"]}
    simulator = report["simulator"]
    return rates["PettingZoo face"], simulator["median"]


def speed_date() -> str:
    """The day on which the figures of `simulator_speed` were measured."""
    date: str = recorded_report("speed.json")["date"]
    return date.partition(" ")[0]


def face_rates() -> dict[str, float]:
    """Interface of one environment -> steps a second in processor time, as recorded: bench trainers
    --faces."""
    faces: dict[str, float] = trainers.read_runs()["faces"]
    return faces


def farthest_figures(count: int = 5) -> list[tuple[str, ...]]:
    """The figures in which the two engines differ most, over eight scripted defenders: defender,
    figure, simulator, range, difference in standard errors."""
    report = recorded_report("fidelity.json")
    rows = []
    for defender in report["defenders"]:
        for figure in defender["differences"]:
            rows.append((abs(figure["z"]), defender["defender"], figure))
    rows.sort(key=lambda row: -row[0])
    return [figure_row(name, figure) for _, name, figure in rows[:count]]


def figure_row(defender: str, figure: dict[str, Any]) -> tuple[str, ...]:
    """One figure on both engines, as texts."""
    simulator = f"{figure['simulator']:.3g}"
    ours = f"{figure['range']:.3g}"
    apart = f"{figure['z']:+.1f}"
    return defender, figure["name"], simulator, ours, apart


TOLD_BEFORE = trainers.HEADINGS.index("interface of the range")
"""The lesson's own table says it, and with this column the recorded one is wider than the page."""


def without_interface(row: Sequence[str]) -> list[str]:
    """The cells of a row but for the interface."""
    return [cell for column, cell in enumerate(row) if column != TOLD_BEFORE]


TRAINER_HEADINGS = without_interface(trainers.HEADINGS)


def trainer_rows() -> list[list[str]]:
    """Other people's trainers on the range, as recorded: bench trainers --write."""
    return [without_interface(row) for row in trainers.table_rows(trainers.read_runs())]


def trainer_conditions() -> str:
    """What these runs have in common, in lines as wide as the page."""
    return textwrap.fill(trainers.conditions(trainers.read_runs()), 100)


def growth_rows() -> list[tuple[str, ...]]:
    """Hours and price of a training for 7, 70 and 700 zones on 1, 16 and 256 cores."""
    return growth.table_rows()


def draw_two_engines() -> Sketch:
    """One policy, one interface, two engines."""
    alt = (
        "A policy sends action indices to an interface and gets observations, masks and a team "
        "reward back. Behind the interface stand two engines: the range, compiled, and CybORG, the "
        "public simulator, through a bridge. To the right the challenge's own script drives CybORG "
        "and asks the same policy through a submission."
    )
    sketch = Sketch(700, 250, alt)
    sketch.box(110, 125, 160, 56, "one policy\n(rules or a trained team)", fill="blue")
    sketch.box(330, 125, 170, 56, "one interface\nparallel_env(engine=...)")
    sketch.box(580, 50, 190, 50, "the range\n(compiled rules)")
    sketch.box(580, 140, 190, 50, "CybORG\n(the public simulator)", fill="orange")
    sketch.box(330, 215, 190, 44, "evaluation.py\n(the challenge's script)", fill="orange")
    sketch.arrow((190, 125), (245, 125))
    sketch.arrow((415, 115), (485, 60))
    sketch.arrow((415, 135), (485, 140))
    sketch.arrow((425, 210), (520, 168))
    sketch.arrow((235, 210), (130, 155))
    sketch.text(455, 160, "the bridge", size=12)
    sketch.text(150, 200, "asks a submission", size=12)
    return sketch


def draw_scores(found: list[TwoEngines]) -> Figure:
    """Every episode of every team on both engines as a dot, with mean and 95 % interval."""
    height_inches = 1.1 + 0.75 * len(found)
    figure, axes = new_figure(figsize=(7.5, height_inches))
    names: list[str] = []
    for each in found:
        for engine in ("simulator", "range"):
            scores = getattr(each, engine)
            draw_row(axes, scores, -len(names), engine)
            names.append(f"{each.team}, {engine}")
    places = [-place for place in range(len(names))]
    axes.set_yticks(places, names)
    label_axes(
        axes,
        "official score of an episode (points)",
        "",
    )
    return figure


def draw_row(axes: Axes, scores: np.ndarray, height: int, engine: str) -> None:
    """One team on one engine."""
    color = series_style(0 if engine == "simulator" else 1)["color"]
    rng = np.random.default_rng(-height)
    scatter = height + rng.uniform(-0.25, 0.25, len(scores))
    axes.plot(
        scores,
        scatter,
        ".",
        color=color,
        alpha=0.35,
        markersize=4,
    )
    mean = mean_interval(scores)
    ends = [mean.low, mean.high]
    axes.plot(
        ends,
        [height, height],
        color="black",
        linewidth=3,
    )
    axes.plot(
        mean.mean,
        height,
        "o",
        color=color,
        markeredgecolor="black",
    )
