"""A training run in a folder: described by data, resumable, with its curve, its policy and what
made them.

spec.json        what is trained: structure, choices, rewards, configuration, seed
curve.csv        one line an iteration: official score, reward by term, diagnostics by group, seconds
checkpoint.pt    the last whole iteration, to go on from: after a stop, or for longer
policy.pt        the defender, float16
"""

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from course_lib import validate
from course_lib.hierarchy import doctrine as doctrines
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.message_function import MessageConfig
from course_lib.hierarchy.policy import PolicyConfig
from course_lib.hierarchy.team import Team, TeamConfig
from course_lib.hierarchy.tree import STRUCTURES, Tree
from course_lib.hierarchy.unit import UnitConfig
from course_lib.storage import read_json, read_text, write_atomically

from .baselines import FlatConfig, FlatDefender, FlatTeam
from .checkpoint import load_checkpoint, save_checkpoint
from .config import TrainConfig, get_config
from .curve import Curve
from .folder_lock import folder_lock
from .rewards import RewardConfig
from .saving import load_defender, save_defender
from .trainer import LARGEST_TRAINING_SEED, Trainer, TrainRecord

DOCTRINES = {"standard": doctrines.STANDARD, "full": doctrines.FULL, "none": doctrines.NONE}
FLAT = {"flat": "none", "singh-expert": "expert", "singh-learned": "learned"}
"""Structures without a hierarchy, and which master they have."""
OF_A_HIERARCHY = ("message", "policy", "unit", "team")
"""Fields of a spec that a flat structure has no use for."""


@dataclass(frozen=True)
class RunSpec:
    """What is trained. Every field is plain data, so that it can stand beside the result.

    ValueError for a field of another kind, or a seed that is negative or too large.
    """

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

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.whole_number("seed", self.seed, 0, LARGEST_TRAINING_SEED)

    @property
    def train_config(self) -> TrainConfig:
        """The training configuration with its changes; ValueError for a wrong one."""
        return get_config(self.config, **self.training)


def build_defender(spec: RunSpec) -> HierarchicalDefender | FlatDefender:
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
    validate.choice("doctrine", spec.doctrine, DOCTRINES)
    tree = STRUCTURES.get(spec.structure) or _tree_file(spec.structure)
    # Without a doctrine nothing may be mixed in, unless the spec says how much.
    policy = {"doctrine_weight": 0.0} if spec.doctrine == "none" else {}
    try:
        policy_config = PolicyConfig(**{**policy, **spec.policy})
        unit = UnitConfig(MessageConfig(**spec.message), policy_config, **spec.unit)
        config = TeamConfig(unit, **spec.team)
    except TypeError as error:  # configurations check values themselves, so a name is wrong
        raise ValueError(f"a choice of the team has no such field: {error}") from None
    team = Team(tree, config, spec.seed)
    doctrine = DOCTRINES[spec.doctrine]
    return HierarchicalDefender(team, doctrine, spec.defenders, spec.structure)


def _tree_file(name: str) -> Tree:
    if not Path(name).is_file():
        known = ", ".join([*STRUCTURES, *FLAT])
        raise ValueError(f"structure {name!r} is neither a file of a tree nor one of {known}")
    return Tree.load(name)


def build_trainer(spec: RunSpec) -> Trainer:
    """The trainer of a spec; ValueError for a wrong choice, or sizes that do not fit into memory."""
    try:
        rewards = RewardConfig(**spec.rewards)
    except TypeError as error:
        raise ValueError(f"the rewards have no such field: {error}") from None
    config = spec.train_config
    try:
        return Trainer(build_defender(spec), rewards, config, spec.seed)
    except (MemoryError, RuntimeError) as error:
        # torch raises RuntimeError where numpy raises MemoryError.
        if isinstance(error, RuntimeError) and "memory" not in str(error).lower():
            raise
        raise ValueError(
            "this training does not fit into memory; take fewer environments (training.num_envs) "
            "or smaller networks (policy.hidden, message.dim_feedforward)"
        ) from None


def train(
    spec: RunSpec,
    folder: str | Path,
    progress: Callable[[TrainRecord, Trainer], None] | None = None,
) -> Trainer:
    """Train in a folder, or go on where a stopped training left off.

    A finished run is loaded and not repeated. With a larger ``training["iterations"]`` it goes on:
    to the same numbers as a training planned so long where the learning rate is constant
    (``anneal_lr=False``); else the added iterations have the rates of the longer plan, and
    ``about["lengthened_at"]`` says where they begin.

    Args:
        spec: what is trained.
        folder: made if need be.
        progress: called after each iteration.

    Returns:
        the trainer, with the trained defender.

    Raises:
        ValueError: if the folder holds another run or somebody else's files, another training runs
            in it, or its checkpoint is damaged. Nothing in the folder is changed then.
        OSError: if something cannot be written; the last checkpoint stays whole.
        FloatingPointError: if the training diverged; the last checkpoint stays.
        KeyboardInterrupt: passed on, after the policy of the last whole iteration was written;
            ``checkpoint.pt`` is that of the same iteration, so a run that goes on comes to the same
            numbers.
    """
    folder = Path(folder)
    trainer = build_trainer(spec)
    folder.mkdir(parents=True, exist_ok=True)
    with folder_lock(folder):
        if _take_up(spec, folder, trainer):
            return trainer
        _train(spec, folder, trainer, progress)
    return trainer


def _train(
    spec: RunSpec,
    folder: Path,
    trainer: Trainer,
    progress: Callable[[TrainRecord, Trainer], None] | None,
) -> None:
    checkpoint = folder / "checkpoint.pt"
    policy = folder / "policy.pt"
    curve = Curve(folder / "curve.csv", trainer.iteration)
    try:
        for record in trainer.run():
            # The curve first: a stop in between leaves a line too many, which going on takes away.
            curve.add(record)
            save_checkpoint(trainer, checkpoint)
            if progress is not None:
                progress(record, trainer)
    except KeyboardInterrupt:
        if checkpoint.exists():  # before that nothing was learned
            # The interrupt may have come in the middle of an update.
            load_checkpoint(trainer, checkpoint)
            save_defender(trainer.defender, policy, about(spec, trainer))
        raise
    save_defender(trainer.defender, policy, about(spec, trainer))


def _take_up(spec: RunSpec, folder: Path, trainer: Trainer) -> bool:
    """Load what is there of this run; True if it is finished.

    ValueError, before anything is written, if what is there is something else's.
    """
    path = folder / "spec.json"
    planned = _claimed(spec, folder)
    kept = _own_policy(spec, folder / "policy.pt")
    checkpoint = folder / "checkpoint.pt"
    wanted = trainer.config.iterations
    finished = False
    if checkpoint.exists():
        load_checkpoint(trainer, checkpoint)
        finished = kept is not None and kept.about.get("iterations") == wanted
    elif kept is not None:
        done = kept.about.get("iterations")
        if done != wanted:
            raise ValueError(
                f"{folder} has a policy of {done} iterations and no checkpoint.pt to go on from; "
                "choose another folder"
            )
        # Finished by a version of the course that kept no checkpoint: half precision is all there is.
        trainer.defender.team.load_state_dict(kept.team.state_dict())
        trainer.iteration = wanted
        finished = True
    if planned != spec:
        write_atomically(path, json.dumps(asdict(spec), indent=1) + "\n")
    return finished


def _claimed(spec: RunSpec, folder: Path) -> RunSpec | None:
    """The spec that is in the folder, None in a new one; ValueError if it is another's."""
    if not (folder / "spec.json").exists():
        for name in ("curve.csv", "checkpoint.pt", "policy.pt"):
            if (folder / name).exists():
                raise ValueError(
                    f"{folder} has a {name} but no spec.json that says what it is of; "
                    "choose another folder"
                )
        return None
    found = read_spec(folder)
    differs = _differences(found, spec)
    if differs:
        raise ValueError(
            f"{folder} holds another run (its {', '.join(differs)} differs); choose another folder"
        )
    before, now = found.train_config.iterations, spec.train_config.iterations
    if now < before:
        raise ValueError(
            f"{folder} holds a run of {before} iterations, and {now} are fewer; "
            "choose another folder"
        )
    return found


def _differences(found: RunSpec, wanted: RunSpec) -> list[str]:
    """Names of the fields in which two specs differ; how long they last does not count."""
    one, other = (
        {**asdict(spec), "training": asdict(replace(spec.train_config, iterations=1))}
        for spec in (found, wanted)
    )
    return [name for name in one if one[name] != other[name]]


def _own_policy(spec: RunSpec, path: Path) -> HierarchicalDefender | FlatDefender | None:
    """The policy that this run left, None if there is none; ValueError for somebody else's."""
    if not path.exists():
        return None
    kept = load_defender(path)
    try:
        differs = _differences(RunSpec(**kept.about["spec"]), spec)
    except (KeyError, TypeError, ValueError):
        raise ValueError(
            f"{path} does not say that this training made it; choose another folder"
        ) from None
    if differs:
        raise ValueError(
            f"{path} is of another training (its {', '.join(differs)} differs); "
            "choose another folder"
        )
    return kept


def about(spec: RunSpec, trainer: Trainer) -> dict[str, Any]:
    """What stands beside trained weights."""
    lengthened = {"lengthened_at": trainer.lengthened_at} if trainer.lengthened_at else {}
    return {
        "spec": asdict(spec),
        "iterations": trainer.iteration,
        "steps": trainer.iteration * trainer.config.num_envs * trainer.config.num_steps,
        "versions": versions(),
        **lengthened,
    }


def versions() -> dict[str, str]:
    """Versions that a result depends on."""
    packages = {name: version(name) for name in ("torch", "numpy", "numba")}
    return {"python": platform.python_version(), **packages}


def read_spec(folder: str | Path) -> RunSpec:
    """The spec of a run's folder; ValueError if it has none."""
    path = Path(folder) / "spec.json"
    try:
        return RunSpec(**read_json(read_text(path), str(path)))
    except (OSError, ValueError, TypeError):
        raise ValueError(f"{folder} holds no training run (no readable spec.json)") from None


def with_seed(spec: RunSpec, seed: int) -> RunSpec:
    """The same training with another seed."""
    return replace(spec, seed=seed)
