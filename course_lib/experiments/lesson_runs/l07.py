"""The recorded runs of lesson 07: learners of teams on the two-zone slice of the range."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from course_lib.cyber_range import TwoZones
from course_lib.learners import (
    COMA,
    MAPPO,
    QTRAN,
    COMAConfig,
    FactoredConfig,
    FactoredQ,
    MAPPOConfig,
    WeightedConfig,
    WeightedQMIX,
    drawn,
    greedy,
    play_team,
)
from course_lib.learners.team_rollout import Collector, team_advantages

from .record import LessonRun, Row

SEEDS = 5
NUM_ENVS = 16
STEPS = 40_000
"""Team decisions (two orders each) that every learner may make: 404 episodes of the slice."""
CHECKPOINTS = 4
"""How often the team is tried during its training, the end included."""
HELD_OUT_SEED = 500_000
"""First of the episodes on which teams are compared; nobody trains on them."""
HELD_OUT = 64
"""How many there are."""
POINTS_SCALE = 0.1
"""Points are multiplied by this for the learners of values, whose losses have no scale of their
own."""

ON_POLICY = MAPPOConfig(minibatch_size=512)
OFF_POLICY = FactoredConfig(reward_scale=POINTS_SCALE, updates=1, exploration_steps=15_000)
WEIGHTED = WeightedConfig(reward_scale=POINTS_SCALE, updates=1, exploration_steps=15_000)

METHODS: dict[str, Callable[[int], MAPPO | COMA | FactoredQ]] = {
    "IPPO": lambda seed: MAPPO(slice_of(seed), replace(ON_POLICY, critic="own", seed=seed)),
    "IPPO, paid own zone": lambda seed: MAPPO(
        slice_of(seed, paid="zone"), replace(ON_POLICY, critic="own", seed=seed)
    ),
    "MAPPO": lambda seed: MAPPO(slice_of(seed), replace(ON_POLICY, seed=seed)),
    "MAPPO, raw values": lambda seed: MAPPO(
        slice_of(seed), replace(ON_POLICY, normalise_values=False, seed=seed)
    ),
    "MAPPO, noisy values": lambda seed: MAPPO(
        slice_of(seed), replace(ON_POLICY, value_noise=1.0, seed=seed)
    ),
    "COMA": lambda seed: COMA(slice_of(seed), COMAConfig(seed=seed)),
    "VDN": lambda seed: FactoredQ(slice_of(seed), replace(OFF_POLICY, mixer="sum", seed=seed)),
    "QMIX": lambda seed: FactoredQ(slice_of(seed), replace(OFF_POLICY, seed=seed)),
    "weighted QMIX": lambda seed: WeightedQMIX(slice_of(seed), replace(WEIGHTED, seed=seed)),
    "QTRAN": lambda seed: QTRAN(slice_of(seed), replace(OFF_POLICY, seed=seed)),
}
"""Every learner of the comparison by its name in the lesson, made from a seed."""

FEW_STEPS = 12_000
"""Team decisions of a learner that sees few episodes: two are then played 60 times each."""
CRITICS = {
    "own": replace(ON_POLICY, critic="own"),
    "state": ON_POLICY,
    "state, noisy": replace(ON_POLICY, value_noise=1.0),
}
"""What the critic sees, in the runs with few episodes."""
JUDGED = 32
"""Episodes on which each of these critics is judged."""
FEW = {"2 episodes": 2, "any number": None}
"""How many different episodes, a network and red's luck each, a learner may train on."""


def slice_of(seed: int, paid: str = "team") -> TwoZones:
    """The slice in which a learner trains: no two seeds share an episode."""
    return TwoZones(NUM_ENVS, seed=100_000 * seed, paid=paid)


def on_duty(learner: MAPPO | COMA | FactoredQ) -> tuple[float, float]:
    """Mean points of the team on the held-out episodes: as it was trained (actors draw, learners
    of values take the best), and with every agent's first choice."""
    world = TwoZones(HELD_OUT)
    if isinstance(learner, FactoredQ):
        points = float(play_team(greedy(learner.utilities), world, seed=HELD_OUT_SEED).mean())
        return points, points
    as_trained = play_team(drawn(learner.actor), world, seed=HELD_OUT_SEED).mean()
    first_choice = play_team(greedy(learner.actor), world, seed=HELD_OUT_SEED).mean()
    return float(as_trained), float(first_choice)


def compare_methods(seed: int) -> list[Row]:
    """Train every learner and try it on the held-out episodes, before and during training."""
    torch.set_num_threads(1)
    rows = []
    for name, make in METHODS.items():
        learner = make(seed)
        seconds = 0.0
        for checkpoint in range(CHECKPOINTS + 1):
            until = checkpoint * STEPS // CHECKPOINTS
            started = time.perf_counter()
            learner.learn(max(0, until - learner.steps))
            seconds += time.perf_counter() - started
            as_trained, first_choice = on_duty(learner)
            rows.append(
                {
                    "method": name,
                    "steps": learner.steps,
                    "points": round(as_trained, 2),
                    "first_choice": round(first_choice, 2),
                    "seconds": round(seconds, 1),
                }
            )
    return rows


def few_episodes(seed: int) -> list[Row]:
    """Train IPPO and MAPPO, also with noisy values, on few episodes; points and critic there and
    on held-out ones."""
    torch.set_num_threads(1)
    rows = []
    for critic, config in CRITICS.items():
        for name, count in FEW.items():
            first = 100_000 * seed
            known = None if count is None else range(first, first + count)
            world = TwoZones(NUM_ENVS, seed=first, seeds=known)
            learner = MAPPO(world, replace(config, seed=seed))
            learner.learn(FEW_STEPS)
            # Without a limit, the first episodes stand for those it has trained on.
            trained_on = range(first, first + (count or NUM_ENVS))
            held_out = range(HELD_OUT_SEED, HELD_OUT_SEED + JUDGED)
            for where, seeds in (("trained on", trained_on), ("held out", held_out)):
                points, explained = judge(learner, TwoZones(JUDGED, seeds=seeds))
                rows.append(
                    {
                        "critic": critic,
                        "episodes": name,
                        "where": where,
                        "points": round(points, 2),
                        "explained": round(explained, 4),
                    }
                )
    return rows


def judge(learner: MAPPO, world: TwoZones) -> tuple[float, float]:
    """Points of the acting team, and the share of the returns' variance its critic explains."""
    rollout, returns = Collector(world, seed=0).collect(learner.actor, 99)
    noise = learner.new_noise()
    values = learner.values(rollout.obs, rollout.state, noise)
    following = learner.values(rollout.next_obs, rollout.next_state, noise)
    # With lambda = 1 the target is what really came, up to the end of the episode.
    _, targets = team_advantages(
        rollout,
        values,
        following,
        learner.config.discount,
        gae_lambda=1.0,
    )
    left = (targets - values).var() / targets.var()
    return float(np.mean(returns)), float(1 - left)


RUNS = {
    "l07-methods": LessonRun(
        make=compare_methods,
        seeds=SEEDS,
        question="Which learner of a team defends the two-zone slice best after 40,000 team "
        "decisions? Primary contrast: MAPPO minus IPPO, points on the same 64 held-out episodes, "
        "paired by seed, 5 seeds.",
        minutes=4,
        config={"steps": STEPS, "num_envs": NUM_ENVS, "methods": list(METHODS)},
    ),
    "l07-few-episodes": LessonRun(
        make=few_episodes,
        seeds=SEEDS,
        question="Does a central critic fit the few episodes it was trained on, and does that cost "
        "points elsewhere? Primary contrast: held out minus trained on, MAPPO trained on 2 "
        "episodes, explained variance of the critic, 5 seeds. Second: noisy values minus plain "
        "ones, held out, 2 episodes.",
        minutes=1,
        config={"steps": FEW_STEPS, "num_envs": NUM_ENVS, "episodes": FEW, "noise": 1.0},
    ),
}
"""The recorded runs of lesson 07 by name."""
