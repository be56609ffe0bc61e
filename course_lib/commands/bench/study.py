"""Record the study of lesson 13b: train every arm with all its seeds, score each with 1,000
official episodes.

A finished run is not repeated, a stopped one goes on. A run takes 3 to 10 minutes on one core;
--processes trains several at once. --ablations scores the trained runs of the arms (default:
three-layer) with parts switched off or replaced, --simulator N plays N official episodes with them
on the public simulator (10 to 17 seconds each, resumable). Writes into course_lib/data/study
(--results): for each run spec.json, curve.csv, result.json, ablations.json, simulator.json; and
into my-work/study (--work) checkpoints and weights. --list says what is there, --table prints what
it shows, --readme writes that into course_lib/data/reports/study.md and its result into README.md;
--ship copies the weights that come with the course out of the work folder."""

from __future__ import annotations

import argparse
import pathlib

from .. import natural, parser, seed_number, venv
from .report_files import README, STUDY, rewrite

SIMULATOR_SEED = 1000
"""First seed of the simulator's episodes, as in bench fidelity."""


def run(arguments: list[str]) -> int:
    """Run the study, or list it."""
    options = parsed(arguments)
    venv.enter_if_ready(["bench", "study", *arguments])
    from course_lib.experiments.study import arms as study

    folder = options.results or study.STUDY_FOLDER
    wanted = study.runs_wanted(options.arms or None)
    if options.table:
        from course_lib.experiments.study import claims, report

        told = [f"- {answer.kind}: {answer.text}" for answer in claims.answers(folder)]
        print("\n".join([report.table(folder), *told, "", report.ablation_table(folder=folder)]))
        return 0
    if options.readme:
        from course_lib.experiments.study import readme as study_summary

        rewrite(STUDY, lambda text: study_summary.with_block(text, folder))
        rewrite(README, lambda text: study_summary.with_bottom_line(text, folder))
        return 0
    if options.list:
        for arm, seed in wanted:
            recorded = study.result_path(arm, seed, folder).exists()
            print(f"{arm}-{seed}: {'recorded' if recorded else 'missing'}")
        return 0
    work = options.work or venv.ROOT / "my-work" / "study"
    if options.ship:
        print("\n".join(str(path) for path in study.ship(work)))
        return 0
    if options.ablations or options.simulator:
        arms = options.arms or ["three-layer"]
        trained = [
            run for run in study.runs_wanted(arms) if study.result_path(*run, folder).exists()
        ]
        again = [
            (arm, seed, work, folder, options.simulator)
            for arm, seed in trained
            if within(seed, options.seeds)
        ]
        if not again:
            there = ", ".join(f"{arm}-{seed}" for arm, seed in trained) or "none"
            raise ValueError(f"no recorded run of these arms has such a seed; there are: {there}")
        share(ablate_one if options.ablations else simulate_one, again, options.processes)
        return 0
    missing = [run for run in wanted if not study.result_path(*run, folder).exists()]
    share(record_one, [(arm, seed, work, folder) for arm, seed in missing], options.processes)
    return 0


def within(seed: int, seeds: list[int] | None) -> bool:
    """Whether a seed was asked for."""
    return seeds is None or seed in seeds


def share(work, tasks: list[tuple], processes: int) -> None:
    """Do the tasks, some at once, and print what each reports."""
    import multiprocessing

    from tqdm import tqdm

    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool, tqdm(total=len(tasks), unit="run", disable=None) as bar:
        for line in pool.imap_unordered(work, tasks):
            bar.write(line)
            bar.update()


def record_one(task: tuple) -> str:
    """One run in its own process."""
    import numpy as np
    import torch

    from course_lib.experiments.study import arms as study

    torch.set_num_threads(1)
    arm, seed, work, folder = task
    result = study.record_run(arm, seed, work, folder)
    mean, steps = np.mean(result["scores"]), result["steps"]
    return f"{arm}-{seed}: {mean:.1f} after {steps:,} steps in {result['train_seconds']:.0f} s"


def ablate_one(task: tuple) -> str:
    """Score a trained run with parts switched off or replaced."""
    import torch

    from course_lib.experiments.study import ablations
    from course_lib.experiments.study import arms as study

    torch.set_num_threads(1)
    arm, seed, work, folder, _ = task
    if not study.extra_path("ablations", arm, seed, folder).exists():
        scores = dict(ablations.scores(study.weights_path(arm, seed, work)))
        study.keep_scores("ablations", arm, seed, scores, study.EVALUATION_SEED, folder)
    found = study.read_scores("ablations", arm, seed, folder)
    return f"{arm}-{seed}: " + ", ".join(
        f"{name} {values.mean():.1f}" for name, values in found.items()
    )


def simulate_one(task: tuple) -> str:
    """Play a trained run on the public simulator."""
    import torch

    from course_lib import cyber_range
    from course_lib.experiments.study import arms as study
    from course_lib.training.saving import load_defender

    torch.set_num_threads(1)
    arm, seed, work, folder, episodes = task
    policy = load_defender(study.weights_path(arm, seed, work))
    unfinished = work / f"{arm}-{seed}" / "simulator.jsonl"
    report = cyber_range.evaluate(policy, "cyborg", episodes, SIMULATOR_SEED, resume=unfinished)
    scores = {"simulator": [int(score) for score in report.scores]}
    study.keep_scores("simulator", arm, seed, scores, SIMULATOR_SEED, folder)
    return f"{arm}-{seed} on the public simulator: {report.mean:.1f}, {episodes} episodes"


def recording_options(made: argparse.ArgumentParser) -> None:
    """How many runs are made at once, and where they are kept."""
    made.add_argument(
        "--processes", type=natural, default=1, metavar="N", help="runs at once (default: 1)"
    )
    made.add_argument(
        "--results", type=pathlib.Path, metavar="FOLDER", help="where results are kept"
    )
    made.add_argument(
        "--work", type=pathlib.Path, metavar="FOLDER", help="where checkpoints and weights are kept"
    )


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of the report."""
    made = parser(__name__)
    made.add_argument("--arms", nargs="+", metavar="ARM", help="only these (default: all)")
    recording_options(made)
    made.add_argument(
        "--seeds",
        nargs="+",
        type=seed_number,
        metavar="SEED",
        help="only these seeds, from 0 on, of --ablations and --simulator (default: all)",
    )
    made.add_argument(
        "--ablations",
        action="store_true",
        help="score trained runs with parts switched off or replaced",
    )
    made.add_argument(
        "--simulator", type=natural, metavar="N", help="play N episodes on the public simulator"
    )
    made.add_argument(
        "--ship",
        action="store_true",
        help="copy seed 0 of the arms that come with the course into it",
    )
    made.add_argument("--table", action="store_true", help="print what the recorded runs show")
    made.add_argument(
        "--readme",
        action="store_true",
        help="write what the recorded runs show into their report and README.md",
    )
    made.add_argument("--list", action="store_true", help="say which runs are recorded")
    options = made.parse_args(arguments)
    if options.seeds is not None and not (options.ablations or options.simulator):
        raise ValueError("--seeds belongs to --ablations or --simulator")
    return options
