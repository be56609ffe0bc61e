"""What lesson 09 draws: the office network, the loop of a model-based learner, rollouts beside each
other, and recorded curves."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.cyber_range import ActionValues
from course_lib.experiments.lesson_runs import read_run
from course_lib.games import OutbreakOptions
from course_lib.stats import paired_contrast
from course_lib.viz import Sketch, new_figure, plot_band, series_style
from course_lib.widgets import Office, Rollout

PLACES = (
    (90, 110),
    (290, 110),
    (90, 200),
    (90, 20),
    (290, 20),
    (490, 20),
    (290, 200),
    (490, 200),
)
"""Where the hosts of the office stand, pixels."""

Curves = dict[str, tuple[np.ndarray, np.ndarray]]
"""name -> (X,) places and (S, X) values, one row a seed."""


def draw_office(options: OutbreakOptions) -> Sketch:
    """The hosts, how they hang together, what each costs in a tick, and how often the worm comes in
    from outside."""
    alt = (
        "The office network as a tree of eight hosts. The gateway is linked to the core switch, "
        "web and mail; the core switch to files and laptop 1; files to the ledger, which costs "
        "most when infected; laptop 1 to laptop 2. The worm comes in mostly at the gateway."
    )
    sketch = Sketch(600, 240, alt)
    for one, other in options.links:
        sketch.line([PLACES[one], PLACES[other]], thick=2.0)
    dearest = max(options.importance)
    for host, (x, y) in enumerate(PLACES):
        price = options.importance[host]
        words = f"{options.names[host]}\ncosts {price:g} a tick"
        sketch.box(x, y, 140, 40, words, fill="orange" if price == dearest else "plain")
        chance = options.outside[host]
        if chance:
            sketch.text(x, y + 29, f"from outside: {100 * chance:.0f} %", size=12)
    return sketch


def draw_model_loop() -> Sketch:
    """Where the two kinds of steps come from in model-based policy optimisation."""
    alt = (
        "A loop. The agent acts in the real network; every real step goes into the real memory; "
        "the model learns from it; short branches are imagined from states in the real memory; "
        "the values learn from both memories, a tenth real, and the agent acts by them."
    )
    sketch = Sketch(640, 220, alt)
    sketch.box(90, 50, 150, 46, "real network\n(dear steps)", fill="orange")
    sketch.box(320, 50, 150, 46, "real memory")
    sketch.box(550, 50, 150, 46, "model\n(an ensemble)", fill="blue")
    sketch.box(550, 170, 150, 46, "short branches\n(cheap steps)", fill="blue")
    sketch.box(320, 170, 150, 46, "values Q\n(a table)")
    sketch.box(90, 170, 150, 46, "agent acts")
    # Two rows of three boxes: to the right above, down, back to the left below, and up again.
    for start, end in (
        ((165, 50), (245, 50)),
        ((395, 50), (475, 50)),
        ((550, 73), (550, 147)),
        ((475, 170), (395, 170)),
        ((245, 170), (165, 170)),
        ((90, 147), (90, 73)),
        ((320, 73), (320, 147)),
    ):
        sketch.arrow(start, end)
    sketch.text(435, 35, "learn")
    sketch.text(590, 110, "imagine")
    sketch.text(435, 156, "90 %")
    sketch.text(342, 110, "10 %")
    return sketch


def draw_dream_loop() -> Sketch:
    """How the latent state is carried on, with an observation and without."""
    alt = (
        "Three moments of a latent state. In the first, memory and observation together give the "
        "guess. After an action the memory is carried on by the recurrent network. In imagination "
        "there is no observation, so the guess comes from the memory alone; decoded, it says what "
        "would be seen and paid."
    )
    sketch = Sketch(640, 210, alt)
    for number, x in enumerate((110, 320, 530)):
        sketch.box(x, 60, 110, 36, "memory h", fill="blue")
        sketch.box(x, 130, 110, 36, "guess z", fill="mauve")
        sketch.arrow((x, 78), (x, 112))
        if number == 0:
            # Awake: the observation goes into the guess. Later the arrow points the other way.
            sketch.box(x, 190, 110, 32, "what is seen", fill="orange")
            sketch.arrow((x, 174), (x, 148))
        else:
            sketch.box(x, 190, 130, 32, "what would be seen", dashed=True)
            sketch.arrow((x, 148), (x, 174))
    for x in (110, 320):
        sketch.arrow((x + 55, 60), (x + 155, 60))
        sketch.arrow((x + 55, 124), (x + 155, 74))
        sketch.text(x + 105, 44, "action")
    sketch.text(110, 20, "awake", bold=True)
    sketch.text(425, 20, "in imagination", bold=True)
    return sketch


def draw_rollouts(rollouts: Mapping[str, np.ndarray], names: tuple[str, ...]) -> Figure:
    """Rollouts beside each other: dark where a host has the worm.

    Args:
        rollouts: name -> (T, n) chance of every host to be infected after each tick, 0 to 1.
        names: of the n hosts.
    """
    figure, axes = new_figure(1, len(rollouts), figsize=(9, 2.9), sharey=True)
    for ax, (name, chance) in zip(axes, rollouts.items(), strict=True):
        ax.imshow(chance.T, vmin=0, vmax=1, cmap="cividis_r", aspect="auto")
        ax.set_title(name, fontsize=10)
        ax.set_xlabel("time (ticks)")
        ax.grid(False)
    axes[0].set_yticks(range(len(names)), names)
    return figure


def recorded_curves(run: str, name: str, place: str, value: str, **only: str) -> Curves:
    """The curves of a recorded run, by the names in one of its columns.

    Args:
        run: recorded run, such as "l09-mbpo".
        name: column that tells the curves apart; place: that of the x-axis; value: the figures.
        only: lines with these entries, by the name of their column.
    """
    table = read_run(run)
    for column, entry in only.items():
        kept = table[column] == entry
        table = {key: values[kept] for key, values in table.items()}
    curves = {}
    for kind in dict.fromkeys(table[name].tolist()):
        mine = table[name] == kind
        places = np.unique(table[place][mine])
        seeds = np.unique(table["seed"][mine])
        values = np.zeros((len(seeds), len(places)))
        for row, seed in enumerate(seeds):
            of_seed = mine & (table["seed"] == seed)
            # Rows of a seed may stand in any order in the file.
            order = table[place][of_seed].argsort()
            values[row] = table[value][of_seed][order]
        curves[kind] = (places, values)
    return curves


def plot_curves(ax: Axes, curves: Curves) -> None:
    """Each curve as its mean over the seeds with the 95 % interval as a band."""
    for index, (name, (places, values)) in enumerate(curves.items()):
        plot_band(ax, places, values, name, index)


def steps_to_reach(curves: Curves, worth: float) -> dict[str, np.ndarray]:
    """name -> (S,) first recorded number of steps from which a seed stays at or above a worth;
    infinite where it never does."""
    needed = {}
    for name, (places, values) in curves.items():
        firsts = []
        for row in values:
            # From the place after the last one below, it stays.
            below = np.flatnonzero(row < worth)
            place = below[-1] + 1 if len(below) else 0
            stays = place < len(places)
            firsts.append(places[place] if stays else np.inf)
        needed[name] = np.array(firsts)
    return needed


def draw_levels(ax: Axes, levels: Mapping[str, float], x: float) -> None:
    """A grey line at each height, with its name beside ``x``."""
    for name, height in levels.items():
        ax.axhline(height, color="#808080", linewidth=1)
        ax.annotate(name, (x, height), (0, 3), textcoords="offset points", ha="right", fontsize=8)


def dream_curves() -> Curves:
    """The recorded returns of the agent that learns in imagination, and of its control."""
    runs = {
        "learned world model": "l09-imagination",
        "untrained world model": "l09-imagination-untrained",
    }
    curves = {}
    for name, run in runs.items():
        table = read_run(run)
        steps = np.unique(table["steps"])
        columns = [table["return"][table["steps"] == step] for step in steps]
        curves[name] = (steps, np.stack(columns, axis=1))
    return curves


def draw_gains(values: ActionValues) -> Figure:
    """The gain of each candidate with its paired and its unpaired interval, points."""
    figure, ax = new_figure(figsize=(8.5, 3.8))
    blue, orange = series_style(0)["color"], series_style(1)["color"]
    pairs = zip(values.intervals(), values.unpaired(), strict=True)
    for row, (paired, unpaired) in enumerate(pairs):
        above, below = row - 0.15, row + 0.15
        # One entry in the legend each, not one for every row.
        labels = ("common futures", "other futures") if row == 0 else (None, None)
        narrow = [paired.low, paired.high]
        wide = [unpaired.low, unpaired.high]
        ax.plot(narrow, [above, above], color=blue, linewidth=3, label=labels[0])
        ax.plot(wide, [below, below], color=orange, label=labels[1])
        ax.plot(paired.mean, above, color=blue, marker="o")
    ax.axvline(0, color="#808080", linewidth=1)
    ax.set_yticks(range(len(values.labels)), values.labels, fontsize=8)
    ax.invert_yaxis()
    ax.set_xlabel("gain over the expert's own action in the next 50 ticks (points)")
    ax.legend(fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return figure


def needed_rows(
    needed: Mapping[str, np.ndarray],
    after: Mapping[str, np.ndarray],
) -> list[tuple]:
    """A line of the lesson's table for each learner: seeds that reach the mark, real ticks, and the
    worth after so many."""
    rows = []
    for name, ticks in needed.items():
        reached = f"{int(np.isfinite(ticks).sum())} of {len(ticks)}"
        said = []
        for count in (np.median(ticks), ticks.min(), ticks.max()):
            said.append(f"{count:,.0f}" if np.isfinite(count) else "never")
        median, fastest, slowest = said
        worth = f"{after[name].mean():.0f}"
        rows.append((name, reached, median, f"{fastest} to {slowest}", worth))
    return rows


def draw_chances(names: tuple[str, ...], true: np.ndarray, said: np.ndarray) -> Figure:
    """True chances of n hosts beside those of the M members of a model.

    Args:
        names: of the hosts; true: (n,); said: (M, n), 0 to 1.
    """
    figure, ax = new_figure(figsize=(8, 2.8))
    places = np.arange(len(names))
    ax.bar(places, 100 * true, color="#9a9a9a", width=0.6, label="true")
    for member, chances in enumerate(said):
        label = "the four networks" if member == 0 else None
        # Side by side: dots of equal height would hide one another.
        at = places - 0.18 + 0.12 * member
        dots = {"s": 22, "color": series_style(1)["color"], "zorder": 3}
        ax.scatter(at, 100 * chances, label=label, **dots)
    ax.set_xticks(places, names, fontsize=8)
    ax.set_ylabel("infected next (%)")
    ax.legend(fontsize=8)
    return figure


def draw_compounding() -> tuple[Figure, dict[str, np.ndarray]]:
    """The recorded errors of imagined chances, one panel an operator; and those of the model of 300
    ticks, operator -> (S, T), in percent."""
    figure, axes = new_figure(1, 2, figsize=(9.5, 3.8), sharey=True)
    missed = {}
    for ax, operator in zip(axes, ("anything", "best policy"), strict=True):
        found = recorded_curves("l09-compounding", "model", "length", "error", operator=operator)
        curves = {}
        for name, (lengths, errors) in found.items():
            curves[name] = (lengths, 100 * errors)  # in per cent
        plot_curves(ax, curves)
        ax.set_xlabel("length of the rollout (steps)")
        ax.set_title(f"the operator: {operator}")
        missed[operator] = curves["300 real ticks"][1]
    axes[0].set_ylabel("error of a host's chance (%)")
    axes[0].legend(ncols=2, fontsize=7, loc="upper center")
    return figure, missed


def planner_rows() -> list[tuple]:
    """A line of the lesson's table of the planner for each base policy."""
    rows = []
    for base in ("react", "expert"):
        table = read_run(f"l09-planner-{base}")
        gain = paired_contrast(table["planner"], table["base"])
        said = f"{gain.difference:+.1f} ({gain.low:+.1f} to {gain.high:+.1f})"
        alone = f"{table['base'].mean():.1f}"
        departures = f"{table['departures'].mean():.1f}"
        copies = f"{table['copies a planned tick'].mean():.0f}"
        seconds = f"{np.median(table['seconds a planned tick']):.1f}"
        rows.append((base, alone, said, departures, copies, seconds))
    return rows


def office_map(options: OutbreakOptions) -> Office:
    """The office network for `RolloutWidget`."""
    places = tuple(((x - 90) / 400, (y - 20) / 180) for x, y in PLACES)
    return Office(options.names, places, options.links)


def recorded_rollouts() -> dict[str, dict[str, Rollout]]:
    """What happens and what is imagined, from the clean network: operator -> model -> rollout."""
    run = read_run("l09-rollouts")
    steps = int(run["step"].max())
    found: dict[str, dict[str, Rollout]] = {}
    for operator in dict.fromkeys(run["operator"].tolist()):
        found[operator] = {}
        for model in dict.fromkeys(run["model"].tolist()):
            # Recorded step by step and, within a step, host by host.
            rows = (run["operator"] == operator) & (run["model"] == model)
            real = run["real"][rows].reshape(steps, -1)
            imagined = run["imagined"][rows].reshape(steps, -1)
            found[operator][model] = Rollout(real, imagined)
    return found
