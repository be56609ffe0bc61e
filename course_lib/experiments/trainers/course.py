"""The course's own trainer on the same budget: MAPPO for five agents without a hierarchy."""

from course_lib.cyber_range import Policy
from course_lib.training import RunSpec, build_trainer

ENVS, TICKS = 8, 128
"""Environments, and ticks of each between two updates."""


def train(steps: int, seed: int) -> Policy:
    """Train for about so many environment steps; 0 gives the untrained policy."""
    updates = -(-steps // (ENVS * TICKS))
    sizes = {"num_envs": ENVS, "num_steps": TICKS, "iterations": max(updates, 1)}
    trainer = build_trainer(RunSpec("flat", config="fast", seed=seed, training=sizes))
    for _ in range(updates):
        trainer.step()
    return trainer.defender
