"""Train a hierarchy (or a baseline) on the range, with MAPPO. A stopped or killed training goes on
where it was: give the same command again. Ctrl-C keeps what was learned.

  train --structure three-layer --config study --seed 0
  train --structure my-tree.json --config fast --doctrine none

Configurations: fast (a first improvement within a minute), study (1.5 million steps, the one of the
recorded study), paper (6.55 million steps, 15 epochs: hours). Any field can be changed: --set
training.epochs=2 --set rewards.local=0.

Writes into its folder (--out, default my-work/runs/STRUCTURE-CONFIG-SEED): spec.json, curve.csv,
checkpoint.pt while it lasts, policy.pt. Score the result with: evaluate --policy
FOLDER/policy.pt"""

from __future__ import annotations

import argparse
import json
import pathlib

from . import natural, parser, venv

PARTS = ("training", "rewards", "message", "policy", "unit", "team")


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parsed(arguments)
    changes = changed(options.set)
    venv.enter_if_ready(["train", *arguments])
    import torch
    from tqdm import tqdm

    from course_lib.training import get_config, runs

    spec = runs.RunSpec(
        options.structure,
        options.defenders,
        options.doctrine,
        options.config,
        options.seed,
        **changes,
    )
    stem = pathlib.Path(options.structure).stem
    folder = (
        options.out or venv.ROOT / "my-work" / "runs" / f"{stem}-{options.config}-{options.seed}"
    )
    torch.set_num_threads(options.threads or faster_threads(runs, spec))
    trainer_config = get_config(spec.config, **spec.training)
    done = 0
    with tqdm(total=trainer_config.total_steps, unit="step", unit_scale=True, disable=None) as bar:

        def show(record, trainer):
            nonlocal done
            if (
                not done and record.iteration > 1
            ):  # the bar must not take an earlier sitting's steps for this one's
                bar.initial = bar.n = record.steps - record.steps // record.iteration
            done = record.iteration
            bar.update(record.steps - bar.n)
            bar.set_postfix_str(described(record))

        try:
            runs.train(spec, folder, show)
        except KeyboardInterrupt:
            bar.close()
            learned = f"after {done} iterations, policy: {folder}/policy.pt"
            print(
                f"Stopped {learned if done else 'before an iteration was complete'}. The same command goes on."
            )
            return 130
        except FloatingPointError as error:
            raise ValueError(f"{error} (folder {folder})") from None
    print(f"Trained: {folder}/policy.pt, curve: {folder}/curve.csv")
    return 0


def described(record) -> str:
    """Official score of the last episodes with its 95 % interval, and where the time goes."""
    from course_lib.stats import mean_interval

    seconds = sum(record.seconds.values())
    share = " ".join(f"{name} {value / seconds:.0%}" for name, value in record.seconds.items())
    if len(record.scores) < 2:
        return share
    found = mean_interval(record.scores)
    return f"score {found.mean:,.0f} [{found.low:,.0f}, {found.high:,.0f}], {share}"


def faster_threads(runs, spec) -> int:
    """1 or 2: whichever makes one short rollout and update faster on this machine."""
    import dataclasses
    import time

    import torch

    took = {}
    for threads in (1, 2):
        torch.set_num_threads(threads)
        short = dataclasses.replace(
            spec, training={**spec.training, "num_steps": 20, "iterations": 2}
        )
        trainer = runs.build_trainer(short)
        trainer.step()
        started = time.perf_counter()
        trainer.step()
        took[threads] = time.perf_counter() - started
    return min(took, key=took.get)


def changed(settings: list[str]) -> dict[str, dict]:
    """``["rewards.local=0"]`` -> ``{"rewards": {"local": 0}}``; ValueError for anything else."""
    changes: dict[str, dict] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        part, dot, field = name.partition(".")
        if not (equals and dot and part in PARTS):
            raise ValueError(
                f"--set {setting}: write PART.FIELD=VALUE, with PART one of {', '.join(PARTS)}"
            )
        fields = changes.setdefault(part, {})
        try:
            fields[field] = json.loads(value)
        except json.JSONDecodeError:
            fields[field] = value  # a word needs no quotes
    return changes


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``train``."""
    made = parser(__name__)
    structures = (
        "two-layer, three-layer (default), flat, singh-expert, singh-learned, or a saved tree"
    )
    made.add_argument("--structure", default="three-layer", metavar="NAME|FILE", help=structures)
    made.add_argument("--config", default="study", help="fast, study (default) or paper")
    made.add_argument("--seed", type=int, default=0, help="of weights and episodes (default: 0)")
    made.add_argument(
        "--defenders",
        choices=("official", "per-zone"),
        default="official",
        help="(default: official)",
    )
    made.add_argument(
        "--doctrine",
        choices=("standard", "full", "none"),
        default="standard",
        help="(default: standard)",
    )
    made.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PART.FIELD=VALUE",
        help="change a single choice",
    )
    made.add_argument(
        "--threads",
        type=natural,
        metavar="N",
        help="of torch (default: 1 or 2, what is faster here)",
    )
    made.add_argument(
        "--out", type=pathlib.Path, metavar="FOLDER", help="(default: in my-work/runs)"
    )
    return made.parse_args(arguments)
