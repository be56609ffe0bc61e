"""A training run in a folder: described by data, resumable, with its curve, its policy and what
made them.

spec.json        what is trained: structure, choices, rewards, configuration, seed
curve.csv        one line an iteration: official score, reward by term, diagnostics, seconds
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

from . import strong_checkpoint
from .baselines import FlatConfig, FlatDefender, FlatTeam
from .checkpoint import load_checkpoint, save_checkpoint
from .config import (
    HOST_SHARED,
    AnyConfig,
    TrainConfig,
    at_its_shortest,
    get_config,
)
from .curve import Curve
from .folder_lock import folder_lock
from .rewards import RewardConfig
from .saving import load_defender, save_defender
from .settled import SettledTrainer
from .strong import StrongTrainer
from .strong_config import SettledConfig, StrongConfig
from .strong_record import StrongRecord
from .taught import TaughtTrainer
from .train_record import TrainRecord
from .trainer import LARGEST_TRAINING_SEED, Trainer

AnyTrainer = Trainer | StrongTrainer | SettledTrainer | TaughtTrainer
AnyRecord = TrainRecord | StrongRecord

DOCTRINES = {
    "standard": doctrines.STANDARD,
    "full": doctrines.FULL,
    "none": doctrines.NONE,
}
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
    def train_config(self) -> AnyConfig:
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
    policy: dict[str, Any] = {"doctrine_weight": 0.0} if spec.doctrine == "none" else {}
    host_shared = spec.config in HOST_SHARED
    policy |= STRONG_POLICY if host_shared else {}
    if spec.policy.get("network") == "recurrent":  # its memory stands in the place of notes
        policy["notes"] = "time"
    policy |= spec.policy
    _refuse_nested(spec)
    own_unit = {**(STRONG_UNIT if spec.config in UNTAUGHT else {}), **spec.unit}
    own_team = {**(STRONG_TEAM if host_shared else {}), **spec.team}
    try:
        policy_config = PolicyConfig(**policy)
        unit = UnitConfig(MessageConfig(**spec.message), policy_config, **own_unit)
        config = TeamConfig(unit, **own_team)
    except TypeError as error:  # configurations check values themselves, so a name is wrong
        raise ValueError(f"a choice of the team has no such field: {error}") from None
    team = Team(tree, config, spec.seed)
    doctrine = DOCTRINES[spec.doctrine]
    return HierarchicalDefender(team, doctrine, spec.defenders, spec.structure)


def _refuse_nested(spec: RunSpec) -> None:
    """A unit's message and policy, and a team's unit, have fields that are set one by one."""
    for part, names in (("unit", ("message", "policy")), ("team", ("unit",))):
        for name in names:
            changes = getattr(spec, part)
            if name in changes:
                given = validate.shown(changes[name])
                raise ValueError(
                    f"{part}.{name}={given} is not a single setting; take {name}.FIELD=VALUE"
                )


def _tree_file(name: str) -> Tree:
    if not Path(name).is_file():
        known = ", ".join([*STRUCTURES, *FLAT])
        raise ValueError(f"structure {name!r} is neither a file of a tree nor one of {known}")
    return Tree.load(name)


STRONG_POLICY = {
    "network": "host-shared",
    "hidden": 48,
    "notes": "all",
    "traffic": False,
    "monitor": False,
    "ioc_gain": 0.0,
}
"""Policy of the configurations `HOST_SHARED`, unless a spec says otherwise."""
UNTAUGHT = ("strong", "settled", "decided")
"""Those of `HOST_SHARED` that nobody teaches."""
STRONG_UNIT = {"command_floor": 0.7}
"""Of the configurations `UNTAUGHT`: a command nudges, so that a commander that still
draws at random does little harm."""
STRONG_TEAM = {"arbitration": "scores"}
"""Team of the configurations `HOST_SHARED`, unless a spec says otherwise."""


def build_trainer(spec: RunSpec) -> AnyTrainer:
    """The trainer of a spec; ValueError for a wrong choice or sizes that do not fit into memory."""
    if spec.config in HOST_SHARED and spec.rewards:
        raise ValueError(f"config={spec.config!r} pays by own zone: it has no rewards to change")
    try:
        rewards = RewardConfig(**spec.rewards)
    except TypeError as error:
        raise ValueError(f"the rewards have no such field: {error}") from None
    config = spec.train_config
    try:
        defender = build_defender(spec)
        if isinstance(config, TrainConfig):
            return Trainer(defender, rewards, config, spec.seed)
        if not isinstance(defender, HierarchicalDefender):
            raise ValueError(f"config={spec.config!r} trains a hierarchy, not {spec.structure!r}")
        if isinstance(config, StrongConfig):
            return StrongTrainer(defender, config, spec.seed)
        if isinstance(config, SettledConfig):
            return SettledTrainer(defender, config, spec.seed)
        return TaughtTrainer(defender, config, spec.seed)
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
    progress: Callable[[AnyRecord, AnyTrainer], None] | None = None,
    build: Callable[[RunSpec], AnyTrainer] = build_trainer,
) -> AnyTrainer:
    """Train in a folder, or go on where a stopped training left off.

    A finished run is loaded and not repeated. With a larger ``training["iterations"]`` it goes on:
    to the same numbers as a training planned so long where the learning rate is constant
    (``anneal_lr=False``); else the added iterations have the rates of the longer plan, and
    ``about["lengthened_at"]`` says where they begin.

    Args:
        spec: what is trained.
        folder: made if need be.
        progress: called after each iteration.
        build: makes the trainer of the spec; `scale` has one that collects on several machines.

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
    trainer = build(spec)
    folder.mkdir(parents=True, exist_ok=True)
    with folder_lock(folder):
        if _take_up(spec, folder, trainer):
            return trainer
        _train(spec, folder, trainer, progress)
    return trainer


def _train(
    spec: RunSpec,
    folder: Path,
    trainer: AnyTrainer,
    progress: Callable[[AnyRecord, AnyTrainer], None] | None,
) -> None:
    checkpoint = folder / "checkpoint.pt"
    policy = folder / "policy.pt"
    curve = Curve(folder / "curve.csv", trainer.iteration)
    try:
        for record in trainer.run():
            # The curve first: a stop in between leaves a line too many, which going on takes away.
            curve.add(record)
            _save(trainer, checkpoint)
            if progress is not None:
                progress(record, trainer)
    except KeyboardInterrupt:
        if checkpoint.exists():  # before that nothing was learned
            # The interrupt may have come in the middle of an update.
            _load(trainer, checkpoint)
            save_defender(trainer.defender, policy, about(spec, trainer))
        raise
    save_defender(trainer.defender, policy, about(spec, trainer))


def _take_up(spec: RunSpec, folder: Path, trainer: AnyTrainer) -> bool:
    """Load what is there of this run; True if it is finished.

    ValueError, before anything is written, if what is there is something else's.
    """
    path = folder / "spec.json"
    planned = _claimed(spec, folder)
    kept = _own_policy(spec, folder / "policy.pt")
    checkpoint = folder / "checkpoint.pt"
    wanted = trainer.iterations
    finished = False
    if checkpoint.exists():
        _load(trainer, checkpoint)
        finished = kept is not None and kept.about.get("iterations") == wanted
    elif kept is not None:
        done = kept.about.get("iterations")
        if done != wanted:
            raise ValueError(
                f"{folder} has a policy of {done} iterations and no checkpoint.pt to go on from; "
                "choose another folder"
            )
        # Finished by a version that kept no checkpoint: half precision is all there is.
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


def _save(trainer: AnyTrainer, path: Path) -> None:
    if isinstance(trainer, Trainer):
        save_checkpoint(trainer, path)
    else:
        strong_checkpoint.save_checkpoint(trainer, path)


def _load(trainer: AnyTrainer, path: Path) -> None:
    if isinstance(trainer, Trainer):
        load_checkpoint(trainer, path)
    else:
        strong_checkpoint.load_checkpoint(trainer, path)


def _differences(found: RunSpec, wanted: RunSpec) -> list[str]:
    """Names of the fields in which two specs differ; how long they last does not count."""
    one, other = (
        {**asdict(spec), "training": asdict(at_its_shortest(spec.train_config))}
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


def about(spec: RunSpec, trainer: AnyTrainer) -> dict[str, Any]:
    """What stands beside trained weights."""
    added = trainer.lengthened_at
    lengthened = {"lengthened_at": added} if added else {}
    return {
        "spec": asdict(spec),
        "iterations": trainer.iteration,
        "steps": trainer.steps_done,
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
