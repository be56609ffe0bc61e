"""Record the study of lesson 13: train every arm with all its seeds, score each with 1,000 official episodes.

A finished run is not repeated, a stopped one goes on. A run takes 5 to 10 minutes on one idle core; --processes trains several at once.
Writes into course_lib/hierarchy/study_results (--results): for each run spec.json, curve.csv, result.json; and into
my-work/study (--work) checkpoints and weights. --list says what is there."""

from __future__ import annotations

import argparse
import pathlib

from course_lib.commands import environment, natural, parser


def run(arguments: list[str]) -> int:
    """Run the study, or list it."""
    options = parsed(arguments)
    environment.enter_if_ready(["bench", "study", *arguments])
    from course_lib.hierarchy import study

    folder = options.results or study.STUDY_FOLDER
    wanted = study.runs_wanted(options.arms or None)
    if options.list:
        for arm, seed in wanted:
            print(f"{arm}-{seed}: {'recorded' if study.result_path(arm, seed, folder).exists() else 'missing'}")
        return 0
    missing = [run for run in wanted if not study.result_path(*run, folder).exists()]
    work = options.work or environment.ROOT / "my-work" / "study"
    record(missing, work, folder, options.processes)
    return 0


def record(missing: list[tuple[str, int]], work: pathlib.Path, folder: pathlib.Path, processes: int) -> None:
    """Train and score the missing runs, some at once."""
    import multiprocessing

    from tqdm import tqdm

    tasks = [(arm, seed, work, folder) for arm, seed in missing]
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool, tqdm(total=len(tasks), unit="run", disable=None) as bar:
        for line in pool.imap_unordered(record_one, tasks):
            bar.write(line)
            bar.update()


def record_one(task: tuple) -> str:
    """One run in its own process."""
    import numpy as np
    import torch

    from course_lib.hierarchy import study

    torch.set_num_threads(1)
    arm, seed, work, folder = task
    result = study.record_run(arm, seed, work, folder)
    return f"{arm}-{seed}: {np.mean(result['scores']):.1f} after {result['steps']:,} steps in {result['train_seconds']:.0f} s"


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of the report."""
    made = parser(__name__)
    made.add_argument("--arms", nargs="+", metavar="ARM", help="only these (default: all)")
    made.add_argument("--processes", type=natural, default=1, metavar="N", help="runs at once (default: 1)")
    made.add_argument("--results", type=pathlib.Path, metavar="FOLDER", help="where results are kept")
    made.add_argument("--work", type=pathlib.Path, metavar="FOLDER", help="where checkpoints and weights are kept")
    made.add_argument("--list", action="store_true", help="say which runs are recorded")
    return made.parse_args(arguments)
