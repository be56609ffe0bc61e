"""Stable-Baselines3: the MaskablePPO of sb3-contrib, all five defenders as one agent."""

from typing import Any

import gymnasium as gym
import numpy as np

from course_lib import cyber_range
from course_lib.cyber_range import Policy

ENVS = 8


def train(steps: int, seed: int) -> Policy:
    """Train for about so many environment steps; 0 gives the untrained policy."""
    from sb3_contrib import MaskablePPO
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import VecNormalize

    envs = make_vec_env(make_env, n_envs=ENVS, seed=seed)
    envs = VecNormalize(envs, norm_obs=False)  # rewards of -50 would drown the critic
    model = MaskablePPO(
        "MlpPolicy",
        envs,
        n_steps=128,
        batch_size=256,
        n_epochs=4,
        policy_kwargs={"net_arch": [256, 256]},
        seed=seed,
    )
    if steps:
        model.learn(steps)
    return Sb3Policy(model)


def make_env() -> gym.Env:
    """All five as one agent; the masks come from its `action_masks()`."""
    return cyber_range.joint_env(observation="message")


class Sb3Policy:
    """A trained model as a policy of the course."""

    observation, defenders, name = "message", "official", "sb3"

    def __init__(self, model: Any):
        self.model = model

    def reset(self, seed: int) -> None:
        """It remembers nothing, and draws from a generator of its own."""
        self.model.set_random_seed(seed % 2**32)

    def act(self, observations: dict, infos: dict) -> dict[str, int]:
        """Ask the model once for all five."""
        seen = np.concatenate([np.ravel(row) for row in observations.values()])
        masks = np.concatenate([info["action_mask"] for info in infos.values()])
        actions, _ = self.model.predict(seen, action_masks=masks.astype(bool))
        return dict(zip(observations, actions.tolist(), strict=True))
