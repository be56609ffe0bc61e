"""The report of a study: Markdown with a figure, every number in it from the stored results."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from course_lib.markdown import table
from course_lib.storage import write_atomically
from course_lib.viz.figures import label_axes, new_figure, png_bytes, series_style

from .judge import Found, Judged, Values, judge, plain, signed, study_values
from .plan import StudyPlan
from .runs import SECONDS_A_MINUTE, Result, recorded

REPORT_FILE, FIGURE_FILE = "report.md", "report.png"


def write_report(plan: StudyPlan, folder: Path, command: str) -> str:
    """Write report.md and report.png into the folder of a complete study; returns the text.

    ``command`` is what makes the results again. ValueError if results are missing or damaged.
    """
    judged = judge(plan, folder)
    results = recorded(plan, folder)
    figure = draw_study(plan, judged, study_values(plan, results))
    write_atomically(folder / FIGURE_FILE, png_bytes(figure))
    text = report_text(plan, judged, results, command)
    write_atomically(folder / REPORT_FILE, text)
    return text


def report_text(
    plan: StudyPlan, judged: Judged, results: dict[tuple[str, int], Result], command: str
) -> str:
    """The report as Markdown."""
    seconds = sum(result.seconds for result in results.values())
    values = len(results[next(iter(results))].values)
    better, worse = plan.primary
    lines = [
        f"# Study: {plan.name}",
        "",
        f"**Question.** {plan.question}",
        "",
        f"**Hypothesis, written before the first run.** {plan.hypothesis}",
        "",
        f"**Primary contrast.** `{better}` minus `{worse}`, expected to be {plan.expected}; less "
        f"than {plan.margin:g} would not matter. {plan.seeds} seeds, {values} values each; budget "
        f"{plan.minutes:g} minutes of one processor, used {seconds / SECONDS_A_MINUTE:.1f}.",
        "",
        f"**Verdict.** {judged.verdict}",
        "",
        f"![{figure_words(plan, judged)}]({FIGURE_FILE})",
        "",
        f"## {plan.metric}",
        "",
        *table(("arm", "what it is", "mean [95 % over seeds]"), arm_rows(plan, judged)),
        "",
        "## Contrasts",
        "",
        *table(
            ("contrast", "difference [95 %, t over seeds]", "95 %, bootstrap", "p"),
            contrast_rows(judged),
        ),
        "",
        f"Questions asked of these runs: {len(judged.contrasts)}; their p-values are corrected for "
        "that (Holm). The control is no question and is not corrected. Arms are paired by seed; "
        "the bootstrap draws seeds, and values within seeds.",
        "",
        f"**Control.** {plan.control_says} {control_words(plan, judged)}",
        "",
        *fact_lines(plan, results),
        f"Made by `{command}`.",
        "",
    ]
    return "\n".join(lines)


def arm_rows(plan: StudyPlan, judged: Judged) -> list[tuple[str, str, str]]:
    """Name, description and mean of every arm."""
    rows = []
    for arm, words in plan.arms.items():
        found = judged.arms[arm]
        interval = f"[{plain(found.low)}, {plain(found.high)}]"
        rows.append((f"`{arm}`", words, f"{plain(found.mean)} {interval}"))
    return rows


def contrast_rows(judged: Judged) -> list[tuple[str, str, str, str]]:
    """All contrasts, the primary first and the control last."""
    rows = []
    for number, found in enumerate((*judged.contrasts, judged.control)):
        kind = "primary: " if number == 0 else ""
        if found is judged.control:
            kind = "control: "
        low, high = found.bootstrap
        interval = f"[{signed(low)}, {signed(high)}]"
        rows.append((kind + _words(found), str(found), interval, _p_words(found.p_value)))
    return rows


def control_words(plan: StudyPlan, judged: Judged) -> str:
    """What the control came to."""
    verb = "lies" if judged.control_holds else "does not lie"
    return f"It came to {judged.control}, which {verb} within the margin of {plan.margin:g}."


def fact_lines(plan: StudyPlan, results: dict[tuple[str, int], Result]) -> list[str]:
    """A table of further figures, means over seeds; nothing if there are none."""
    names = list(results[next(iter(results))].facts)
    if not names:
        return []
    rows = []
    for arm in plan.arms:
        row = [f"`{arm}`"]
        for name in names:
            of_seeds = [results[arm, seed].facts[name] for seed in range(plan.seeds)]
            mean = float(np.mean(of_seeds))
            row.append(f"{mean:,.0f}" if mean >= 1000 else f"{mean:.4g}")
        rows.append(row)
    heading = "## Further figures, means over seeds, without a verdict"
    return [heading, "", *table(("arm", *names), rows), ""]


def figure_words(plan: StudyPlan, judged: Judged) -> str:
    """The alternative text of the figure."""
    parts = [f"{arm} {plain(found.mean)}" for arm, found in judged.arms.items()]
    primary = judged.contrasts[0]
    return (
        f"{plan.metric}: every seed as a dot, means with 95 % intervals: {', '.join(parts)}. "
        f"Primary contrast {_words(primary)}: {primary}."
    )


def draw_study(plan: StudyPlan, judged: Judged, values: Values) -> Figure:
    """A row for each arm: every seed as a dot, the mean with its interval."""
    arms = list(plan.arms)
    figure, ax = new_figure(figsize=(7.4, 1.3 + 0.42 * len(arms)))
    for row, arm in enumerate(arms):
        look = series_style(row)
        by_seed = values[arm].mean(axis=1)
        marker, colour = look["marker"], look["color"]
        # A little below the mean, so that dots and interval do not cover each other.
        height = np.full(len(by_seed), row + 0.22)
        ax.plot(by_seed, height, ".", color=colour, alpha=0.6)
        found = judged.arms[arm]
        reach = [[found.mean - found.low], [found.high - found.mean]]
        ax.errorbar(found.mean, row, xerr=reach, fmt=marker, color=colour, capsize=3)
    ax.set_yticks(range(len(arms)), arms)
    ax.set_ylim(len(arms) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    label_axes(ax, plan.metric, "arm (by name)", f"{plan.name}: seeds, means, 95 % intervals")
    return figure


def _words(found: Found) -> str:
    return f"`{found.pair[0]}` minus `{found.pair[1]}`"


def _p_words(p_value: float) -> str:
    return "below 0.001" if p_value < 0.001 else f"{p_value:.3f}"
