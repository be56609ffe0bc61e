"""A training run in a folder: described by data, resumable, with its curve, its policy and what
made them.

spec.json        what is trained: structure, choices, rewards, configuration, seed
curve.csv        one line an iteration: official score, reward by term, diagnostics by group, seconds
checkpoint.pt    the last whole iteration, to go on from (deleted when the run is complete)
policy.pt        the defender, float16
"""

import csv
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from course_lib.hierarchy import doctrine as doctrines
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.message_function import MessageConfig
from course_lib.hierarchy.policy import PolicyConfig
from course_lib.hierarchy.team import Team, TeamConfig
from course_lib.hierarchy.tree import STRUCTURES, Tree
from course_lib.hierarchy.unit import UnitConfig

from .baselines import FlatConfig, FlatDefender, FlatTeam
from .checkpoint import load_checkpoint, save_checkpoint
from .config import get_config
from .rewards import RewardConfig
from .saving import load_defender, save_defender
from .trainer import Trainer, TrainRecord

DOCTRINES = {"standard": doctrines.STANDARD, "full": doctrines.FULL, "none": doctrines.NONE}
FLAT = {"flat": "none", "singh-expert": "expert", "singh-learned": "learned"}
"""Structures without a hierarchy, and which master they have."""
OF_A_HIERARCHY = ("message", "policy", "unit", "team")
"""Fields of a spec that a flat structure has no use for."""


@dataclass(frozen=True)
class RunSpec:
    """What is trained. Every field is plain data, so that it can stand beside the result."""

    structure: str = "three-layer"
    """A ready structure, "flat", "singh-expert", "singh-learned", or the file of a saved tree."""
    defenders: str = "official"
    """"official" or "per-zone"."""
    doctrine: str = "standard"
    """"standard", "full" or "none"; a flat structure has none."""
    config: str = "study"
    """Name of the training configuration."""
    seed: int = 0
    """Of weights, minibatches and episodes."""
    training: dict = field(default_factory=dict)
    """Changes to the training configuration, by field."""
    rewards: dict = field(default_factory=dict)
    """Changes to the reward configuration."""
    message: dict = field(default_factory=dict)
    """Changes to the message function."""
    policy: dict = field(default_factory=dict)
    """Changes to the policy function."""
    unit: dict = field(default_factory=dict)
    """Changes to the unit, besides message and policy."""
    team: dict = field(default_factory=dict)
    """Changes to the team, besides the unit."""


def build_defender(spec: RunSpec):
    """The untrained defender of a spec; ValueError for an unknown structure, doctrine or field."""
    if spec.structure in FLAT:
        if spec.defenders != "official":
            raise ValueError(
                "flat structures play the five official defenders; leave defenders=official"
            )
        unused = [name for name in OF_A_HIERARCHY if getattr(spec, name)]
        if unused or spec.doctrine == "full":
            what = ", ".join(unused) or "doctrine=full"
            raise ValueError(f"{spec.structure!r} is no hierarchy: it has no {what}; leave it out")
        return FlatDefender(FlatTeam(FlatConfig(FLAT[spec.structure]), spec.seed), spec.structure)
    if spec.doctrine not in DOCTRINES:
        raise ValueError(f"doctrine={spec.doctrine!r} is unknown; allowed: {', '.join(DOCTRINES)}")
    tree = STRUCTURES.get(spec.structure) or _tree_file(spec.structure)
    try:
        policy = PolicyConfig(
            **({"doctrine_weight": 0.0} if spec.doctrine == "none" else {}) | spec.policy
        )
        unit = UnitConfig(MessageConfig(**spec.message), policy, **spec.unit)
        team = TeamConfig(unit, **spec.team)
    except (
        TypeError
    ) as error:  # values are checked by the configurations, so only a name can be wrong
        raise ValueError(f"a choice of the team has no such field: {error}") from None
    return HierarchicalDefender(
        Team(tree, team, spec.seed), DOCTRINES[spec.doctrine], spec.defenders, spec.structure
    )


def _tree_file(name: str) -> Tree:
    if not Path(name).is_file():
        known = ", ".join([*STRUCTURES, *FLAT])
        raise ValueError(f"structure {name!r} is neither a file of a tree nor one of {known}")
    return Tree.load(name)


def build_trainer(spec: RunSpec) -> Trainer:
    """The trainer of a spec."""
    try:
        rewards = RewardConfig(**spec.rewards)
    except TypeError as error:
        raise ValueError(f"the rewards have no such field: {error}") from None
    return Trainer(
        build_defender(spec), rewards, get_config(spec.config, **spec.training), spec.seed
    )


def train(
    spec: RunSpec,
    folder: str | Path,
    progress: Callable[[TrainRecord, Trainer], None] | None = None,
) -> Trainer:
    """Train in a folder, or go on where a stopped training left off.

    Args:
        spec: what is trained.
        folder: made if need be; a finished run in it is loaded and not repeated.
        progress: called after each iteration.

    Returns:
        the trainer, with the trained defender.

    Raises:
        ValueError: if the folder holds another run, or its checkpoint is damaged.
        FloatingPointError: if the training diverged; the last checkpoint stays.
        KeyboardInterrupt: passed on, after the policy of the last whole iteration was written;
            ``checkpoint.pt`` is that of the same iteration, so a run that goes on comes to the same
            numbers.
    """
    folder, trainer = Path(folder), build_trainer(spec)
    folder.mkdir(parents=True, exist_ok=True)
    _claim(folder / "spec.json", spec)
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        load_checkpoint(trainer, checkpoint)
    elif _take_finished(trainer, folder / "policy.pt"):
        return trainer
    curve = Curve(folder / "curve.csv", trainer.iteration)
    try:
        for record in trainer.run():
            curve.add(
                record
            )  # first, so that a stop in between leaves a line too many, which going on takes away
            save_checkpoint(trainer, checkpoint)
            if progress is not None:
                progress(record, trainer)
    except KeyboardInterrupt:
        if checkpoint.exists():  # before that nothing was learned
            load_checkpoint(
                trainer, checkpoint
            )  # the interrupt may have come in the middle of an update
            save_defender(trainer.defender, folder / "policy.pt", about(spec, trainer))
        raise
    save_defender(trainer.defender, folder / "policy.pt", about(spec, trainer))
    checkpoint.unlink(missing_ok=True)
    return trainer


def _take_finished(trainer: Trainer, policy: Path) -> bool:
    """Load the weights of a run that was finished, in the half precision they were kept in; whether
    there were any."""
    if not policy.exists():
        return False
    kept = load_defender(policy)
    if kept.about.get("iterations") != trainer.config.iterations:
        return False
    trainer.defender.team.load_state_dict(kept.team.state_dict())
    trainer.iteration = trainer.config.iterations
    return True


def about(spec: RunSpec, trainer: Trainer) -> dict:
    """What stands beside trained weights."""
    return {
        "spec": asdict(spec),
        "iterations": trainer.iteration,
        "steps": trainer.iteration * trainer.config.num_envs * trainer.config.num_steps,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Versions that a result depends on."""
    return {"python": platform.python_version()} | {
        name: version(name) for name in ("torch", "numpy", "numba")
    }


def _claim(path: Path, spec: RunSpec) -> None:
    wanted = asdict(spec)
    if path.exists():
        found = asdict(read_spec(path.parent))
        differs = ", ".join(name for name in wanted if found[name] != wanted[name])
        if differs:
            raise ValueError(
                f"{path.parent} holds another run (its {differs} differs); choose another folder"
            )
    path.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")


def read_spec(folder: str | Path) -> RunSpec:
    """The spec of a run's folder; ValueError if it has none."""
    try:
        return RunSpec(**json.loads((Path(folder) / "spec.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise ValueError(f"{folder} holds no training run (no readable spec.json)") from None


def with_seed(spec: RunSpec, seed: int) -> RunSpec:
    """The same training with another seed."""
    return replace(spec, seed=seed)


class Curve:
    """The learning curve as CSV, one line an iteration, appended as it comes."""

    def __init__(self, path: Path, done: int):
        self._path, self._started = path, time.perf_counter()
        self._rows = _read_rows(path)[:done] if done else []
        if len(self._rows) < done or not all(row.get("wall_seconds") for row in self._rows):
            raise ValueError(
                f"{path} lacks some of the {done} iterations done; put it back, or take another folder"
            )
        self._before = float(self._rows[-1]["wall_seconds"]) if self._rows else 0.0
        self._write()

    def add(self, record: TrainRecord) -> None:
        """Append one iteration."""
        self._rows.append(
            _row(record)
            | {"wall_seconds": round(self._before + time.perf_counter() - self._started, 1)}
        )
        self._write()

    def _write(self) -> None:
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        unfinished = self._path.with_suffix(".part")
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self._rows)
        os.replace(
            unfinished, self._path
        )  # a kill leaves the old curve or the new one, never half of it


def _read_rows(path: Path) -> list[dict]:
    if not path.exists():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except (csv.Error, UnicodeDecodeError):
        raise ValueError(
            f"{path} is no learning curve, or it is damaged; delete it to begin a new one"
        ) from None


def read_curve(path: str | Path) -> dict[str, np.ndarray]:
    """Columns of a curve.csv as float arrays; empty entries are nan. ValueError for a file that is
    none."""
    rows = _read_rows(Path(path))
    if not rows or "score" not in rows[0]:
        raise ValueError(f"{path} is no learning curve")
    return {name: np.array([float(row[name] or "nan") for row in rows]) for name in rows[0]}


def _row(record: TrainRecord) -> dict:
    row = {
        "iteration": record.iteration,
        "steps": record.steps,
        "episodes": len(record.scores),
        "score": _rounded(record.score),
        "score_std": _rounded(np.std(record.scores, ddof=1)) if len(record.scores) > 1 else "",
        "decisions": record.decisions,
    }
    row |= {f"reward {name}": _rounded(value) for name, value in record.terms.items()}
    row |= {f"seconds {name}": round(value, 2) for name, value in record.seconds.items()}
    for name, found in record.groups.items():
        row |= {f"{name}: {field}": _rounded(value) for field, value in asdict(found).items()}
    return row


def _rounded(value: float) -> float | str:
    return "" if np.isnan(value) else float(f"{value:.5g}")
