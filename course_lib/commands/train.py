"""Train a hierarchy (or a baseline) on the range, with MAPPO. A stopped or killed training goes on
where it was: give the same command again. Ctrl-C keeps what was learned. A finished one goes on for
longer with a larger --set training.iterations=N.

  train --structure three-layer --config study --seed 0
  train --structure my-tree.json --config fast --doctrine none

Configurations: fast (a first improvement within a minute), study (1.5 million steps, the one of the
recorded study), paper (6.55 million steps, 15 epochs: hours), strong (host-shared units with notes,
2.2 million steps from the reward alone), settled (the same, and then 5.3 million steps in large
batches), decided (the same, and then 2.9 million steps with sharper scores), taught (the same
units, taught by the scripted expert; then PPO on the reward with --set
training.fine_tune_iterations=40). Any field can be changed:
--set training.num_envs=16 --set training.epochs=2 --set rewards.local=0.

With --runner ray the episodes are played by --workers processes, here or on the machines of a Ray
cluster (--address); course_lib/scale/README.md says more.

Writes into its folder (--out, default my-work/runs/STRUCTURE-CONFIG-SEED): spec.json, curve.csv,
checkpoint.pt, policy.pt. Score the result with: evaluate --policy FOLDER/policy.pt"""

from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import is_plain_number, natural, parser, venv

if TYPE_CHECKING:
    from course_lib.training.runs import AnyTrainer, RunSpec
    from course_lib.training.train_record import TrainRecord
    from course_lib.training.trainer import Trainer

PARTS = ("training", "rewards", "message", "policy", "unit", "team")


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parsed(arguments)
    changes = changed(options.set)
    venv.enter_if_ready(["train", *arguments])
    import torch

    from course_lib.training.config import HOST_SHARED
    from course_lib.training.runs import RunSpec, build_trainer

    host_shared = options.config in HOST_SHARED
    spec = RunSpec(
        options.structure,
        options.defenders,
        options.doctrine or ("none" if host_shared else "standard"),
        options.config,
        options.seed,
        **changes,
    )
    check_runner(options)
    build_trainer(spec)  # a wrong choice is told before anything runs
    stem = pathlib.Path(options.structure).stem
    name = f"{stem}-{options.config}-{options.seed}"
    folder = options.out or venv.ROOT / "my-work" / "runs" / name
    threads = options.threads or (1 if host_shared else faster_threads(spec))
    torch.set_num_threads(threads)
    if options.runner == "local" and options.device == "cpu":
        return train_with_bar(spec, folder, build_trainer)
    return train_elsewhere(spec, folder, options)


def train_elsewhere(spec: RunSpec, folder: pathlib.Path, options: argparse.Namespace) -> int:
    """Train with rollouts in Ray's workers, or updates on another device, or both."""
    from course_lib import scale

    pool: scale.Pool
    if options.runner == "local":
        pool = scale.LocalPool(spec, 1)
    else:
        pool = scale.RayPool(spec, options.workers or 2, options.address)
    with contextlib.closing(pool):
        return train_with_bar(
            spec, folder, lambda spec: scale.distributed_trainer(spec, pool, options.device)
        )


def check_runner(options: argparse.Namespace) -> None:
    """ValueError for an option of Ray's without Ray."""
    for name in ("workers", "address"):
        if getattr(options, name) is not None and options.runner != "ray":
            raise ValueError(f"--{name} goes with --runner ray")


def train_with_bar(
    spec: RunSpec, folder: pathlib.Path, build: Callable[[RunSpec], AnyTrainer]
) -> int:
    """Train, showing the score and the time that is left; the command's exit status."""
    from tqdm import tqdm

    from course_lib.training import runs

    done = 0
    total = spec.train_config.total_steps
    with tqdm(total=total, unit="step", unit_scale=True, disable=None) as bar:

        def show(record: TrainRecord, trainer: Trainer) -> None:
            nonlocal done
            if not done and record.iteration > 1:
                # The bar must not take an earlier sitting's steps for this one's.
                bar.initial = bar.n = record.steps - record.steps // record.iteration
            done = record.iteration
            bar.update(record.steps - bar.n)
            bar.set_postfix_str(described(record))

        try:
            runs.train(spec, folder, show, build)
        except KeyboardInterrupt:
            bar.close()
            learned = f"after {done} iterations, policy: {folder}/policy.pt"
            stopped = learned if done else "before an iteration was complete"
            print(f"Stopped {stopped}. The same command goes on.")
            return 130
        except FloatingPointError as error:
            raise ValueError(f"{error} (folder {folder})") from None
        except OSError as error:
            raise OSError(
                f"{error}. What was learned until the last checkpoint is whole; "
                "make room, or mend the folder's rights, and give the same command again"
            ) from None
    print(f"Trained: {folder}/policy.pt, curve: {folder}/curve.csv")
    return 0


def described(record: TrainRecord) -> str:
    """Official score of the last episodes with its 95 % interval, and where the time goes."""
    from course_lib.stats import mean_interval

    seconds = sum(record.seconds.values()) or 1.0
    share = " ".join(f"{name} {value / seconds:.0%}" for name, value in record.seconds.items())
    if len(record.scores) < 2:
        return share
    found = mean_interval(record.scores)
    return f"score {found.mean:,.0f} [{found.low:,.0f}, {found.high:,.0f}], {share}"


def faster_threads(spec: RunSpec) -> int:
    """1 or 2: whichever makes one short rollout and update faster on this machine."""
    import dataclasses
    import time

    import torch

    from course_lib.training.runs import build_trainer

    training = {**spec.training, "num_steps": 20, "iterations": 2}
    short = dataclasses.replace(spec, training=training)
    seconds = {}
    for threads in (1, 2):
        torch.set_num_threads(threads)
        trainer = build_trainer(short)
        trainer.step()
        started = time.perf_counter()
        trainer.step()
        seconds[threads] = time.perf_counter() - started
    return min(seconds, key=seconds.__getitem__)


def changed(settings: list[str]) -> dict[str, dict[str, Any]]:
    """``["rewards.local=0"]`` -> ``{"rewards": {"local": 0}}``; ValueError for anything else."""
    changes: dict[str, dict[str, Any]] = {}
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
        except (ValueError, RecursionError):
            fields[field] = value  # a word needs no quotes
    return changes


def seed(text: str) -> int:
    """The type of --seed: a whole number of at least 0, in the digits 0 to 9."""
    if not is_plain_number(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)


def folder_name(text: str) -> pathlib.Path:
    """The type of --out: a folder that is named."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name is no folder; write . for the present one")
    return pathlib.Path(text)


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of ``train``."""
    made = parser(__name__)
    structures = (
        "two-layer, three-layer (default), flat, singh-expert, singh-learned, or a saved tree"
    )
    made.add_argument("--structure", default="three-layer", metavar="NAME|FILE", help=structures)
    made.add_argument(
        "--config",
        default="study",
        help="fast, study (default), paper, strong, settled, decided, taught",
    )
    made.add_argument("--seed", type=seed, default=0, help="of weights and episodes (default: 0)")
    made.add_argument(
        "--defenders",
        choices=("official", "per-zone"),
        default="official",
        help="(default: official)",
    )
    made.add_argument(
        "--doctrine",
        choices=("standard", "full", "none"),
        help="(default: standard; strong, settled, decided and taught have none)",
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
        "--out", type=folder_name, metavar="FOLDER", help="(default: in my-work/runs)"
    )
    add_runner(made)
    return made.parse_args(arguments)


def add_runner(made: argparse.ArgumentParser) -> None:
    """Add the options that say where episodes are played."""
    add = made.add_argument
    add("--runner", choices=("local", "ray"), default="local", help="(default: local)")
    add("--workers", type=natural, metavar="N", help="processes of --runner ray (default: 2)")
    where = 'of a running Ray cluster, "auto" for one of this machine (default: start one)'
    add("--device", choices=("cpu", "cuda"), default="cpu", help="of the update (default: cpu)")
    add("--address", metavar="HOST:PORT", help=where)
