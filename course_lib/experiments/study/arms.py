"""The recorded study: which arms are trained, how they are scored, and what is kept of each.

One budgeted configuration for all arms (`training.config.STUDY`), the same evaluation for all:
1,000 episodes with seeds that no training saw, official score. *Core* arms have three seeds or
five; all others have one and are exploratory. What is kept of a run stands in
`STUDY_FOLDER`/ARM-SEED: spec.json, curve.csv, result.json (scores of all evaluation episodes,
actions, wall time, versions).
"""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_lib.cyber_range import evaluate
from course_lib.cyber_range.constants import ACTION_CLASSES
from course_lib.training.curve import read_curve
from course_lib.training.pretrained import SHIPPED, WEIGHTS_FOLDER
from course_lib.training.runs import RunSpec, train, versions, with_seed
from course_lib.training.saving import load_defender

STUDY_FOLDER = Path(__file__).resolve().parents[2] / "data" / "study"
EVALUATION_SEED, EVALUATION_EPISODES = 700_000, 1000
FORMAT, VERSION = "course_lib study result", 1

NO_SHAPING = {"local": 0.0, "staged": 0.0}


@dataclass(frozen=True)
class Arm:
    """One condition of the study."""

    spec: RunSpec
    seeds: int
    """How many trainings; fewer than three make it exploratory."""
    about: str
    """What differs from the main arm, for tables."""


MAIN = RunSpec()
OWN_ZONE = RunSpec(rewards={"zone_share": 1.0, "own_share": 1.0})
ARMS = {
    "three-layer": Arm(MAIN, 5, "the paper's three-layer structure"),
    "flat": Arm(
        RunSpec("flat", rewards=NO_SHAPING), 5, "MAPPO, nobody commands, no doctrine, global reward"
    ),
    "two-layer": Arm(RunSpec("two-layer"), 3, "the paper's two-layer structure"),
    "no-shaping": Arm(RunSpec(rewards=NO_SHAPING), 3, "three-layer, global reward only"),
    "no-command": Arm(
        RunSpec(unit={"command_floor": 1.0}), 3, "three-layer, every command is all ones"
    ),
    "no-doctrine": Arm(RunSpec(doctrine="none"), 3, "three-layer, no doctrine"),
    "flat-shaped": Arm(RunSpec("flat"), 3, "flat MAPPO with local and staged rewards"),
    "zone-credit": Arm(
        RunSpec(rewards={"zone_share": 0.5}),
        1,
        "three-layer, half of the global reward by own zone",
    ),
    "own-zone": Arm(
        OWN_ZONE, 5, "three-layer, all of the global reward by own zone, nothing shared"
    ),
    "singh-expert": Arm(
        RunSpec("singh-expert", rewards=NO_SHAPING), 1, "H-MARL in Singh's manner, expert master"
    ),
    "singh-learned": Arm(
        RunSpec("singh-learned", rewards=NO_SHAPING), 1, "H-MARL in Singh's manner, learned master"
    ),
    "local-only": Arm(RunSpec(rewards={"staged": 0.0}), 1, "three-layer, global and local rewards"),
    "scaled": Arm(RunSpec(rewards={"scale": 0.1}), 1, "three-layer, global reward scaled by 0.1"),
    "per-zone": Arm(
        RunSpec(defenders="per-zone"), 1, "three-layer, seven defenders (not an official score)"
    ),
    "flat-ippo": Arm(
        RunSpec("flat", rewards=NO_SHAPING, training={"critic": "local"}), 1, "IPPO: local critics"
    ),
    "potential": Arm(
        RunSpec(rewards={**NO_SHAPING, "potential": 0.5}, training={"bootstrap_end": False}),
        1,
        "three-layer, potential-based shaping instead",
    ),
    "full-doctrine": Arm(RunSpec(doctrine="full"), 1, "three-layer, doctrine also for quiet ticks"),
    "paper-config": Arm(
        RunSpec(config="paper"), 1, "three-layer, the paper's configuration: 6.55 million steps"
    ),
}


def runs_wanted(names: list[str] | None = None) -> list[tuple[str, int]]:
    """(arm, seed) of all runs, first the first seeds of the core arms; ValueError for an unknown
    arm."""
    for name in names or ():
        if name not in ARMS:
            raise ValueError(f"no arm {name!r} in the study; it has {', '.join(ARMS)}")
    chosen = {name: arm for name, arm in ARMS.items() if names is None or name in names}
    wanted = [(name, seed) for name, arm in chosen.items() for seed in range(arm.seeds)]
    return sorted(wanted, key=lambda run: (ARMS[run[0]].seeds < 3, run[1]))


def result_path(arm: str, seed: int, folder: Path = STUDY_FOLDER) -> Path:
    """Where the result of a run stands."""
    return folder / f"{arm}-{seed}" / "result.json"


def extra_path(kind: str, arm: str, seed: int, folder: Path = STUDY_FOLDER) -> Path:
    """Where further scores of a trained run stand: ``kind`` is "ablations" or "simulator"."""
    return result_path(arm, seed, folder).with_name(f"{kind}.json")


def weights_path(arm: str, seed: int, work: Path) -> Path:
    """Where the weights of a run stand; ValueError if they are not there."""
    path = work / f"{arm}-{seed}" / "policy.pt"
    if not path.exists():
        raise ValueError(
            f"{path} is missing: the weights of a run stay in the work folder; train it with: "
            "bench study"
        )
    return path


def ship(work: Path, folder: Path = WEIGHTS_FOLDER) -> list[Path]:
    """Copy the weights that come with the course, seed 0 of their arms, out of the work folder;
    says which files."""
    found = [(weights_path(name, 0, work), folder / f"{name}.pt") for name in SHIPPED]
    for source, target in found:  # only once all are there
        shutil.copyfile(source, target)
    return [target for _, target in found]


def keep_scores(
    kind: str,
    arm: str,
    seed: int,
    scores: dict[str, list[int]],
    first_seed: int,
    folder: Path,
) -> None:
    """Write further scores of a run: one list of episode scores for each variant."""
    record = {
        "format": FORMAT,
        "version": VERSION,
        "evaluation_seed": first_seed,
        "versions": versions(),
        "scores": scores,
    }
    extra_path(kind, arm, seed, folder).write_text(json.dumps(record) + "\n", encoding="utf-8")


def read_scores(
    kind: str, arm: str, seed: int, folder: Path = STUDY_FOLDER
) -> dict[str, np.ndarray]:
    """What ``keep_scores`` wrote: variant -> (n,) scores in the order of the episodes; ValueError
    if it is missing."""
    path = extra_path(kind, arm, seed, folder)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {name: np.array(scores, float) for name, scores in record["scores"].items()}
    except (OSError, ValueError, KeyError, AttributeError):
        raise ValueError(
            f"{path} is missing or damaged; record it with: bench study --{kind} --arms {arm}"
        ) from None


def record_run(
    arm: str, seed: int, work: Path, folder: Path = STUDY_FOLDER, progress: Callable | None = None
) -> dict:
    """Train and score one run and keep its result; a finished one is read, a stopped one goes on.

    Args:
        work: folder for checkpoints and weights, not part of what is kept.
        folder: where results are kept.
    """
    target = result_path(arm, seed, folder)
    if target.exists():
        return read_result(arm, seed, folder)
    spec = with_seed(ARMS[arm].spec, seed)
    train(spec, work / f"{arm}-{seed}", progress)
    made = work / f"{arm}-{seed}"
    started = time.perf_counter()
    defender = load_defender(made / "policy.pt")  # the float16 weights, so that the score is theirs
    report = evaluate(defender, episodes=EVALUATION_EPISODES, seed=EVALUATION_SEED)
    curve = read_curve(made / "curve.csv")
    result = {
        "format": FORMAT,
        "version": VERSION,
        "arm": arm,
        "seed": seed,
        "steps": int(curve["steps"][-1]),
        "train_seconds": float(curve["wall_seconds"][-1]),
        "evaluation_seconds": round(time.perf_counter() - started, 1),
        "evaluation_seed": EVALUATION_SEED,
        "scores": [int(score) for score in report.scores],
        "actions": action_shares(report.statistics),
        "versions": versions(),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    for name in ("spec.json", "curve.csv"):
        (target.parent / name).write_text(
            (made / name).read_text(encoding="utf-8"), encoding="utf-8"
        )
    target.write_text(json.dumps(result) + "\n", encoding="utf-8")
    return result


def action_shares(statistics: np.ndarray) -> dict[str, float]:
    """STATISTICS (n,) -> share of each class among the actions that the defenders began."""
    counts = statistics["blue_actions"].sum(axis=(0, 1))
    return {
        name: round(float(count / counts.sum()), 5)
        for name, count in zip(ACTION_CLASSES, counts, strict=True)
    }


def read_result(arm: str, seed: int, folder: Path = STUDY_FOLDER) -> dict:
    """The kept result of a run; ValueError if it is missing or damaged."""
    path = result_path(arm, seed, folder)
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ValueError(
            f"{path} is missing or damaged; record it with: bench study --arms {arm}"
        ) from None
    if result.get("format") != FORMAT or result.get("version") != VERSION:
        raise ValueError(f"{path} is no study result of version {VERSION}")
    return result | {"scores": np.array(result["scores"], float)}
