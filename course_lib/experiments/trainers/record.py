"""The report of all trainers, which several environments write together.

The libraries cannot all share an environment (RLlib pins another gymnasium than the course), so a
run records those that are installed where it runs and leaves the others' figures as they were.
"""

import pathlib
from dataclasses import asdict
from typing import Any

from course_lib import markdown, storage
from course_lib.stats import mean_interval

from .catalogue import TRAINERS
from .compare import EVALUATION_SEED, TrainerRun

REPORT = pathlib.Path(__file__).resolve().parents[2] / "data" / "reports" / "trainers.json"
FORMAT, VERSION = "course_lib trainers", 1
HEADINGS = (
    "trainer",
    "interface of the range",
    "action masks",
    "lines",
    "steps/s of one core",
    "score untrained",
    "score trained",
    "version, date",
)


def read_runs(path: pathlib.Path = REPORT) -> dict[str, Any]:
    """The report: "runs", trainer -> figures, and "faces", face -> steps a second; empty tables
    where there is none yet. ValueError where the file is damaged or another one."""
    if not path.is_file():
        return {"runs": {}, "faces": {}}
    return storage.read(path, FORMAT, VERSION)


def keep(runs: list[TrainerRun], faces: dict[str, float], path: pathlib.Path = REPORT) -> None:
    """Add runs and face rates to the report, in the place of older ones of the same name."""
    before = read_runs(path)
    table = dict(before["runs"])
    for run in runs:
        table[run.trainer] = asdict(run)
    content = {"runs": table, "faces": faces or before["faces"]}
    storage.write(path, FORMAT, VERSION, content)
    text = "# Trainers on the range\n\n" + as_text(content)
    storage.write_atomically(path.with_suffix(".md"), text)


def table_rows(content: dict[str, Any]) -> list[list[str]]:
    """One row for each recorded trainer, under `HEADINGS`."""
    rows = []
    for name, trainer in TRAINERS.items():
        if name not in content["runs"]:
            continue
        run = content["runs"][name]
        rate = run["steps"] / run["seconds"]
        figures = [str(run["lines"]), f"{rate:,.0f}"]
        scores = [interval_text(run["untrained"]), interval_text(run["scores"])]
        dated = f"{run['version']}, {run['date']}"
        rows.append([trainer.title, trainer.world, trainer.masks, *figures, *scores, dated])
    return rows


def conditions(content: dict[str, Any]) -> str:
    """What all runs have in common, in two sentences; empty without a run."""
    runs = list(content["runs"].values())
    if not runs:
        return ""
    first = runs[0]
    steps = sorted({run["steps"] for run in runs})
    counts = " or ".join(f"{count:,}" for count in steps)
    return (
        f"Trained for {counts} environment steps with seed 0, then scored on "
        f"{len(first['scores'])} official episodes from seed {EVALUATION_SEED} on; defenders who "
        f"sleep score {interval_text(first['asleep'])} there. "
        "A comparison of interfaces: so few steps say nothing about how good an algorithm is."
    )


def interval_text(scores: list[float]) -> str:
    """Mean and 95 % interval in whole points."""
    if len(scores) < 2:
        return f"{scores[0]:,.0f}"
    found = mean_interval(scores)
    return f"{found.mean:,.0f} ({found.low:,.0f} to {found.high:,.0f})"


def as_text(content: dict[str, Any]) -> str:
    """The report as Markdown."""
    lines = [conditions(content), "", *markdown.table(HEADINGS, table_rows(content)), ""]
    if content["faces"]:
        lines += ["Steps a second of one environment, in processor time, random valid actions:", ""]
        faces = [[name, f"{rate:,.0f}"] for name, rate in content["faces"].items()]
        lines += markdown.table(["face", "steps/s"], faces)
    return "\n".join(lines).rstrip() + "\n"
