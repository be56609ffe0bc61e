"""One trainer's short training: its lines of code, its seconds, and the scores before and after."""

import ast
import importlib
import pathlib
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from course_lib import cyber_range
from course_lib.cyber_range import Policy
from course_lib.cyber_range.envs.wrappers import (
    ActionDelay,
    MessageLoss,
    MissingActuators,
    ObservationLoss,
)

from ..benchmarks.range_speed import episode_rates, random_plan
from ..benchmarks.timing import machine_facts
from .catalogue import TRAINERS, installed

EVALUATION_SEED = 900_000
EPISODES = 10
STEPS = 2048
"""Environment steps of the short training: four episodes' worth, one or two updates."""
FIRST = "blue_agent_0"
"""The defender of the zone that `single_env` gives by default."""
SETTING: dict[type, Any] = {
    ActionDelay: 2,
    ObservationLoss: 0.1,
    MessageLoss: 0.1,
    MissingActuators: ["restricted_zone_a_subnet_server_host_0"],
}
"""Ticks, probabilities and hosts for the wrappers that are measured."""


@dataclass(frozen=True)
class TrainerRun:
    """What one training gave."""

    trainer: str
    version: str
    lines: int
    """Lines of code of its file, without comments, docstrings and empty lines."""
    steps: int
    seconds: float
    """Processor time of the training, so that what else the machine does counts less."""
    scores: list[float]
    """Official scores afterwards."""
    untrained: list[float]
    """Of the same policy before its first update, on the same episodes."""
    asleep: list[float]
    """Of defenders who do nothing, on the same episodes."""
    date: str
    cores: int


def run_trainer(name: str, steps: int = STEPS, episodes: int = EPISODES) -> TrainerRun:
    """Train and score with one library.

    Raises:
        ValueError: for an unknown name, or a library that is not installed here.
    """
    if not installed(name):
        raise ValueError(
            f"{TRAINERS[name].package} is not installed here; give it an environment of its own"
        )
    module = importlib.import_module(f"{__package__}.{TRAINERS[name].module}")
    untrained = scores_of(module.train(0, 0), episodes)
    started = time.process_time()
    policy = module.train(steps, 0)
    seconds = time.process_time() - started
    source = pathlib.Path(module.__file__ or "").read_text(encoding="utf-8")
    facts = machine_facts()
    return TrainerRun(
        trainer=name,
        version=version(TRAINERS[name].package),
        lines=code_lines(source),
        steps=steps,
        seconds=round(seconds, 1),
        scores=scores_of(policy, episodes),
        untrained=untrained,
        asleep=scores_of(cyber_range.make_policy("sleep"), episodes),
        date=facts["date"][:10],
        cores=facts["cores"],
    )


def scores_of(policy: Policy, episodes: int) -> list[float]:
    """Official scores, always of the same episodes."""
    report = cyber_range.evaluate(policy, episodes=episodes, seed=EVALUATION_SEED)
    return [float(score) for score in report.scores]


def code_lines(source: str) -> int:
    """Lines that hold code: neither empty, nor a comment, nor part of a docstring."""
    prose = docstring_lines(ast.parse(source))
    count = 0
    for number, line in enumerate(source.splitlines(), 1):
        text = line.strip()
        if text and not text.startswith("#") and number not in prose:
            count += 1
    return count


def docstring_lines(tree: ast.Module) -> set[int]:
    """Numbers of the lines that belong to docstrings, of attributes too."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.update(range(node.lineno, (node.end_lineno or 0) + 1))
    return found


def face_rates(seconds: float = 2.0) -> dict[str, float]:
    """Steps a second of one environment behind each face and each wrapper, random valid actions.

    Measured in processor time, so that what else the machine does counts less.
    """
    found = {}
    for observation in ("flat", "message"):
        env = cyber_range.parallel_env(observation=observation)
        plan = random_plan(env)
        own = [actions[FIRST] for actions in plan]
        joint = [np.array(list(actions.values())) for actions in plan]
        one_zone = cyber_range.single_env(observation=observation)
        as_one = cyber_range.joint_env(observation=observation)
        found[f"PettingZoo, {observation}"] = _rate(env, plan, seconds)
        found[f"Gymnasium, one zone, {observation}"] = _rate(one_zone, own, seconds)
        found[f"Gymnasium, all as one, {observation}"] = _rate(as_one, joint, seconds)
    entities = cyber_range.parallel_env(observation="entities")
    found["PettingZoo, entities"] = _rate(entities, plan, seconds)
    for wrapper in (ActionDelay, ObservationLoss, MessageLoss, MissingActuators):
        wrapped = wrapper(cyber_range.parallel_env(observation="message"), SETTING[wrapper])
        found[f"PettingZoo, message, in {wrapper.__name__}"] = _rate(wrapped, plan, seconds)
    return found


def _rate(env: Any, plan: list, seconds: float) -> float:
    return episode_rates(env, plan, seconds, 3, time.process_time).median
