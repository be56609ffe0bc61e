"""Gymnasium's vector interface over the batch engine: E worlds in one call, each with all its
defenders as one agent.

Row e shows what a `JointDefender` of the same seed would show; trainers that take a
``gymnasium.vector.VectorEnv`` run on the engine's own speed.
"""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from course_lib import validate

from ..actions import action_layout
from ..observations import flat_length
from .gym_envs import JointDefender
from .parallel import NEW_SEEDS, parallel_env
from .vector import VectorRange, checked_seeds

Infos = dict[str, Any]
VectorStep = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Infos]
"""Observations, rewards, terminations, truncations, infos."""


class BatchedActions(spaces.Box):
    """The actions of N environments, as Gymnasium batches them, without True and False.

    Gymnasium's own test takes those for whole numbers, and ``step`` does not.
    """

    def __init__(self, batched: spaces.Box):
        super().__init__(batched.low, batched.high, dtype=batched.dtype)

    def contains(self, x: Any) -> bool:
        """Whether ``step`` takes it: an array of whole numbers in range."""
        return np.asarray(x).dtype != bool and super().contains(x)


class RangeVectorEnv(gym.vector.VectorEnv):
    """E worlds of the range; the autoreset mode is ``SAME_STEP``.

    In the step that ends an episode the observation is already the next one's first; the last one
    of the old episode is ``infos["final_obs"][e]`` where ``infos["_final_obs"][e]``. An end is a
    truncation. ``infos["action_mask"]`` is (E, 570) for the official five, as of `JointDefender`.

    Args:
        num_envs: E, at least 1.
        defenders: "official" or "per-zone".
        observation: "flat" (578 numbers) or "message" (532).
        options: further options of `VectorRange`, such as ``red``, ``steps``, ``threads``.

    Raises:
        ValueError: for an option that `VectorRange` refuses.
    """

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}

    def __init__(
        self,
        num_envs: int = 1,
        defenders: str = "official",
        observation: str = "message",
        **options: Any,
    ):
        self.range = VectorRange(num_envs, defenders, observation=observation, **options)
        self.num_envs = self.range.num_envs
        single = JointDefender(parallel_env(defenders=defenders, observation=observation))
        self.single_observation_space = single.observation_space
        self.single_action_space = single.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        batched = batch_space(self.single_action_space, self.num_envs)
        assert isinstance(batched, spaces.Box)  # what Gymnasium makes of several choices
        self.action_space = BatchedActions(batched)
        layout = action_layout(defenders)
        self._sizes = [layout.size(d) for d in range(layout.count)]
        self._lengths = [flat_length(defenders, d) for d in range(layout.count)]
        self._mask = np.zeros((0, 0), np.int8)

    def reset(
        self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, Infos]:
        """Begin E episodes: of the seeds ``seed + e``, of a list of seeds, or, without one, of a
        seed from this env's own generator."""
        seeds = None
        if isinstance(seed, list | np.ndarray):
            seeds = checked_seeds(seed, self.num_envs)
        if seed is None or seeds is not None:
            # With a list the engine still wants one number, for what comes after these episodes.
            first = int(self.np_random.integers(NEW_SEEDS))
        else:
            first = validate.seed(seed)
            super().reset(seed=first)
        obs, info = self.range.reset(first, seeds)
        return self._shown(obs), self._infos(info)

    def step(self, actions: Any) -> VectorStep:
        """One tick of all worlds; ``actions`` (E, D) ints. ValueError for a wrong one."""
        obs, reward, terminated, truncated, info = self.range.step(actions)
        infos = self._infos(info)
        if truncated.any():
            # Gymnasium's form: an array of objects, None for the worlds whose episode goes on.
            last = self._shown(info["final_obs"])
            final = np.full(self.num_envs, None, object)
            for e in np.flatnonzero(truncated):
                final[e] = last[e]
            infos["final_obs"] = final
            infos["_final_obs"] = truncated.copy()
        rewards = reward.astype(np.float64)
        return self._shown(obs), rewards, terminated, truncated, infos

    def action_masks(self) -> np.ndarray:
        """(E, sum of A) bool, as masked trainers ask for them."""
        if not self._mask.size:
            raise ValueError("there is no mask yet; call reset() first")
        return self._mask.astype(bool)

    def _shown(self, obs: np.ndarray) -> np.ndarray:
        """Observations of the engine as rows of the joint space, without padding."""
        dtype = self.single_observation_space.dtype
        if self.range.observation == "message":
            return obs.reshape(self.num_envs, -1).astype(dtype)
        # The engine pads every defender to the longest one's length.
        parts = [obs[:, d, :length] for d, length in enumerate(self._lengths)]
        return np.concatenate(parts, axis=1).astype(dtype)

    def _infos(self, info: dict[str, np.ndarray]) -> Infos:
        padded = info["action_mask"]
        masks = [padded[:, d, :size] for d, size in enumerate(self._sizes)]
        self._mask = np.concatenate(masks, axis=1).astype(np.int8)
        shown = {
            # A copy: a trainer may keep it longer than until the next tick.
            "action_mask": self._mask.copy(),
            "busy": info["busy"],
            "step": info["step"],
        }
        # In Gymnasium's form "_name" says for which worlds the entry "name" holds: for all.
        everywhere = np.ones(self.num_envs, bool)
        holds = {f"_{name}": everywhere.copy() for name in shown}
        return {**shown, **holds}
