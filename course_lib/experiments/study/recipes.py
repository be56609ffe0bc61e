"""The strong teams of lessons 12 and 13: which are trained, how they are scored, what is kept.

Written down before the runs:

* Primary contrast of the teams that *learned from the reward alone* (five seeds): the mean of
  `three-layer-strong` over seeds, sampled play, is at least -104; and its greedy play is within
  three points of its sampled play. Secondary: two layers (three seeds) against three.
* `three-layer-reward` (five seeds) is a second recipe for the same two aims, written down after
  `three-layer-strong` had missed both: small batches, nothing sharpened, the last weights averaged.
* `three-layer-settled` (five seeds) learns from the reward alone in two stages: small batches as in
  `three-layer-reward`, then large ones. The choices of its second stage come from trials on other
  seeds. Primary contrast: drawn play against `expert`, paired by episode, on the defended part.
  Secondary: greedy play is within three points of drawn play.
* `three-layer-decided` (five seeds) adds a third stage, which sharpens the scores once more. Its
  choices come from one trial, which began with the weights of `three-layer-settled` seed 4 and
  had random numbers of its own. Primary contrast: greedy play is within three points of drawn play,
  mean of the five trainings, official score, and drawn play is at least -104. Secondary: greedy
  play against `expert`, paired by episode, on the defended part; and drawn play against
  `three-layer-settled`. The first two stages are those of `three-layer-settled` to the last digit,
  so its trainings are taken up where they ended.
* Commands (planned with three seeds, exploratory): `three-layer-reward-no-command`, in which every
  command is all ones while it learns and plays, against `three-layer-reward`, drawn play, defended
  part, same seeds of both. It is the fair flat team, too: same units, same notes, same pay, and
  nobody commands. Beside it `bench recipes --parts` replaces commands and messages of the trained
  teams. Enlarged to five seeds after the first three had been seen (+6.7, +7.7, +1.4, interval over
  trainings [-3.2, +13.7]): seeds 3 and 4, and no further ones whatever they show. The interval over
  five is thus no fresh test; the gains of the two added trainings are given beside it.
* Primary contrast of the teams that were *taught* (five seeds; two layers, three): greedy play
  against the scripted teacher `expert`, paired by episode, on the defended part of the score.
* Primary contrast of the teams that were taught *and then paid* (`three-layer-taught-paid`, five
  seeds): drawn play against `expert`, paired by episode, on the defended part. Secondary: two
  layers (three seeds), and `rules-taught-paid` (three seeds) against its teacher, the five rules.
  Asked once more, because over 1,000 episodes the gain was +0.5 [-0.3, +1.3]: the same five teams,
  drawn play, in 4,000 fresh episodes, one look (`fresh_episodes`).
* The controls of teaching (three seeds each) are compared with `three-layer-taught` in greedy play.
* `taught-recurrent` (three seeds) has a memory that is learned in the place of notes, and is taught
  in as many episodes. Its primary contrast is greedy play, paired by episode, on the defended part
  of the score: against `taught-no-memory`, and against `three-layer-taught`.
* The controls of learning from the reward (`CONTROLS`, one seed each, equal steps) are exploratory:
  each switches one part of the recipe off, and is compared with `short`, the recipe at that length.

Every team plays the same 1,000 official episodes twice, drawn and greedily; controls the first 250
of them. What is kept of a run
stands in `STUDY_FOLDER`/NAME-SEED: spec.json, curve.csv, and result.json with the scores and the
defended parts of all episodes.
"""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.cyber_range import evaluate
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.storage import read_json, read_text, write_atomically
from course_lib.training.curve import read_curve
from course_lib.training.pretrained import WEIGHTS_FOLDER
from course_lib.training.runs import RunSpec, train, versions, with_seed
from course_lib.training.saving import load_defender, save_defender

from .arms import EVALUATION_EPISODES, EVALUATION_SEED, STUDY_FOLDER, Arm, action_shares

FORMAT, VERSION = "course_lib recipe result", 1
PLAYS = ("sampled", "greedy")
"""How a team plays: it draws from its distribution, or does what it thinks likeliest."""
SHORT = 10
"""Iterations of the controls: 0.48 million steps."""
CONTROL_EPISODES = 250
"""Evaluation episodes of controls; the teams themselves play 1,000."""


LARGE_BATCHES = {
    "num_envs": 96,
    "minibatch_size": 1024,
    "sharpness": 3.0,
    "sharpen_from": 0.5,
    "sharpen_until": 0.9,
    "average_from": 1.0,
}
"""Choices of `StrongConfig` in the first recipe, and in all controls: each of them is compared with
`short`, which has them as well."""


def _strong(structure: str = "three-layer", **choices: Any) -> RunSpec:
    return RunSpec(structure, doctrine="none", config="strong", **choices)


def _taught(structure: str = "three-layer", **choices: Any) -> RunSpec:
    return RunSpec(structure, doctrine="none", config="taught", **choices)


def _short(policy: dict[str, Any] | None = None, **training: Any) -> RunSpec:
    return _strong(policy=policy or {}, training={"iterations": SHORT, **LARGE_BATCHES, **training})


RULES = {"teacher": "five-rules"}
PAID = {
    "fine_tune_iterations": 60,
    "fine_tune_learning_rate": 4e-4,
    "fine_tune_minibatch_size": 2048,
    "fine_tune_discount": 0.998,
    "fine_tune_gae_lambda": 0.99,
    "fine_tune_softness": 0.6,
    "fine_tune_average_from": 0.5,
}
"""Choices of `TaughtConfig`: another teacher, and 2.9 million steps of PPO afterwards.

The choices of `PAID` come from single trials on other seeds, which are not recorded; nothing is
claimed of them.
"""

STRONG = {
    "three-layer-reward": Arm(_strong(), 5, "three layers, from the reward alone"),
    "two-layer-reward": Arm(_strong("two-layer"), 3, "two layers, from the reward alone"),
    "three-layer-settled": Arm(
        RunSpec("three-layer", doctrine="none", config="settled"),
        5,
        "three layers, from the reward alone, in two stages",
    ),
    "three-layer-decided": Arm(
        RunSpec("three-layer", doctrine="none", config="decided"),
        5,
        "three layers, from the reward alone, in three stages",
    ),
    "three-layer-reward-no-command": Arm(
        _strong(unit={"command_floor": 1.0}),
        5,
        "three layers, from the reward alone, every command is all ones",
    ),
    "three-layer-strong": Arm(
        _strong(training={"iterations": 45, **LARGE_BATCHES}),
        5,
        "three layers, from the reward alone, large batches, sharpened",
    ),
}
"""Teams that have seen nothing but the reward."""
TAUGHT = {
    "three-layer-taught": Arm(_taught(), 5, "three layers, taught by `expert`"),
    "two-layer-taught": Arm(_taught("two-layer"), 3, "two layers, taught by `expert`"),
    "three-layer-taught-paid": Arm(
        _taught(training=PAID), 5, "three layers, taught by `expert`, then paid by the reward"
    ),
    "two-layer-taught-paid": Arm(
        _taught("two-layer", training=PAID),
        3,
        "two layers, taught by `expert`, then paid by the reward",
    ),
    "taught-no-flags": Arm(
        _taught(policy={"notes": "ages"}), 3, "taught, notes without the four flags"
    ),
    "taught-no-memory": Arm(_taught(policy={"notes": "time"}), 3, "taught, no notes at all"),
    "taught-recurrent": Arm(
        _taught(policy={"network": "recurrent"}), 3, "taught, no notes: a memory that is learned"
    ),
    "taught-per-slot": Arm(
        _taught(policy={"network": "per-slot", "hidden": 256}),
        3,
        "taught, a dense network with notes",
    ),
    "rules-taught": Arm(_taught(training=RULES), 1, "taught by the five rules"),
    "rules-taught-paid": Arm(
        _taught(training=RULES | PAID), 3, "taught by the five rules, then paid by the reward"
    ),
    "taught-traffic": Arm(_taught(policy={"traffic": True}), 3, "taught, traffic actions allowed"),
}
"""Teams that were taught, and the controls of teaching."""
CONTROLS = {
    "short": Arm(_short(), 1, "the whole recipe, 0.48 million steps"),
    "short-per-slot": Arm(
        _short({"network": "per-slot", "hidden": 256}), 1, "a dense network: hosts are not alike"
    ),
    "short-no-memory": Arm(_short({"notes": "time"}), 1, "no notes"),
    "short-no-flags": Arm(_short({"notes": "ages"}), 1, "notes without the four flags"),
    "short-team-pay": Arm(_short(team_share=1.0), 1, "everybody pays for everybody"),
    "short-horizon": Arm(
        _short(discount=0.99, gae_lambda=0.95), 1, "a short horizon: discount 0.99, lambda 0.95"
    ),
    "short-frozen-scale": Arm(
        _short(scale_memory=1.0), 1, "the value scale of the first batch for ever"
    ),
    "short-traffic": Arm(_short({"traffic": True}), 1, "traffic actions allowed"),
}
"""Short trainings from the reward alone, each with one part of the recipe switched off."""
RECIPES = {**STRONG, **TAUGHT, **CONTROLS}
TEAMS = (
    *STRONG,
    "three-layer-taught",
    "two-layer-taught",
    "three-layer-taught-paid",
    "two-layer-taught-paid",
    "rules-taught-paid",
)
"""The teams; the other recipes are controls."""
SHIPPED_TEAMS = (
    "three-layer-settled",
    "three-layer-reward",
    "three-layer-strong",
    "three-layer-taught",
)
"""Teams whose seed 0 comes with the course."""


def recipe_runs(names: list[str] | None = None) -> list[tuple[str, int]]:
    """(name, seed) of all runs, first the first seeds; ValueError for an unknown name."""
    for name in names or ():
        if name not in RECIPES:
            raise ValueError(f"no recipe {name!r}; there are {', '.join(RECIPES)}")
    chosen = names or list(RECIPES)
    wanted = [(name, seed) for name in chosen for seed in range(RECIPES[name].seeds)]
    return sorted(wanted, key=lambda run: run[1])


def recipe_path(name: str, seed: int, folder: Path = STUDY_FOLDER) -> Path:
    """Where the result of a run stands."""
    return folder / f"{name}-{seed}" / "result.json"


def record_recipe(
    name: str,
    seed: int,
    work: Path,
    folder: Path = STUDY_FOLDER,
    progress: Callable | None = None,
) -> dict[str, Any]:
    """Train and score one team and keep the result; a finished run is read, a stopped one goes on.

    Args:
        name: one of `RECIPES`.
        seed: of the training.
        work: folder for checkpoints and weights, not part of what is kept.
        folder: where results are kept.
        progress: called after each iteration, see `training.runs.train`.
    """
    target = recipe_path(name, seed, folder)
    if target.exists():
        return read_recipe(name, seed, folder)
    made = work / f"{name}-{seed}"
    train(with_seed(RECIPES[name].spec, seed), made, progress)
    curve = read_curve(made / "curve.csv")
    started = time.perf_counter()
    # Scored is what is shipped: the weights in half precision.
    episodes = evaluation_episodes(name)
    played = {play: play_recipe(made / "policy.pt", play, episodes) for play in PLAYS}
    result = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "seed": seed,
        "steps": int(curve["steps"][-1]),
        "train_seconds": float(curve["wall_seconds"][-1]),
        "evaluation_seconds": round(time.perf_counter() - started, 1),
        "evaluation_seed": EVALUATION_SEED,
        "versions": versions(),
        **played,
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    for file in ("spec.json", "curve.csv"):
        shutil.copyfile(made / file, target.parent / file)
    write_atomically(target, json.dumps(result) + "\n")  # last: with it the run is recorded
    return result


def evaluation_episodes(name: str) -> int:
    """Over how many episodes a recipe is scored."""
    return EVALUATION_EPISODES if name in TEAMS else CONTROL_EPISODES


def play_recipe(policy: Path, play: str, episodes: int) -> dict[str, Any]:
    """Scores, defended parts and shares of actions over the study's evaluation episodes."""
    report = evaluate(saved_team(policy, play), episodes=episodes, seed=EVALUATION_SEED)
    return {
        "scores": [int(score) for score in report.scores],
        "defended": [int(part) for part in report.defended_scores],
        "actions": action_shares(report.statistics),
    }


def saved_team(policy: Path, play: str = "sampled") -> HierarchicalDefender:
    """A team that a recipe left, in the way of playing that is asked for, one of `PLAYS`."""
    defender = load_defender(policy)
    assert isinstance(defender, HierarchicalDefender)  # recipes train nothing else
    defender.greedy = play == "greedy"
    return defender


def read_recipe(name: str, seed: int, folder: Path = STUDY_FOLDER) -> dict[str, Any]:
    """The kept result of a run; ValueError if it is missing or damaged.

    For each of `PLAYS` it has a dict with "scores" and "defended", (episodes,) points each.
    """
    path = recipe_path(name, seed, folder)
    try:
        result: dict[str, Any] = read_json(read_text(path), str(path))
        kept = (result["format"], result["version"]) == (FORMAT, VERSION)
        for play in PLAYS:
            for part in ("scores", "defended"):
                result[play][part] = np.array(result[play][part], float)
    except (OSError, ValueError, KeyError, TypeError):
        kept = False
    if not kept:
        raise ValueError(
            f"{path} is missing or damaged; record it with: bench recipes --names {name}"
        )
    return result


def recorded_seeds(name: str, folder: Path = STUDY_FOLDER) -> list[int]:
    """Seeds of a recipe whose results are there."""
    seeds = range(RECIPES[name].seeds)
    return [seed for seed in seeds if recipe_path(name, seed, folder).exists()]


def ship_recipes(work: Path, folder: Path = WEIGHTS_FOLDER) -> list[Path]:
    """Copy seed 0 of the teams that come with the course out of the work folder; which files.

    What made them is noted in the files.
    """
    found = {name: work / f"{name}-0" / "policy.pt" for name in SHIPPED_TEAMS}
    for source in found.values():  # only once all are there
        if not source.exists():
            raise ValueError(f"{source} is missing; train it with: bench recipes")
    targets = []
    for name, source in found.items():
        defender = load_defender(source)
        command = f"python -m course_lib bench recipes --names {name} --seeds 0"
        target = folder / f"{name}.pt"
        save_defender(defender, target, {**defender.about, "made_by": command})
        targets.append(target)
    return targets
