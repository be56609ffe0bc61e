"""Two Gymnasium environments of the range: one zone's defender alone, and all defenders as one.

Both stand on any parallel environment of the range, wrapped or not, on either engine. An episode's
end is a truncation, never a termination: the network goes on, only the clock has run out.
"""

import copy
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from course_lib import validate

from ..constants import DEFENDED_ZONES, OFFICIAL_DEFENDERS, PER_ZONE_DEFENDERS, ZONES
from ..policy import check_mask
from .parallel import OVER, parallel_env
from .wrappers import check_environment

Step = tuple[Any, float, bool, bool, dict[str, Any]]
"""Observation, team reward, terminated, truncated, info."""

OFFICIAL_ZONES = dict(zip((*ZONES[:4], "HQ"), OFFICIAL_DEFENDERS, strict=True))
PER_ZONE_ZONES = dict(zip(ZONES[:DEFENDED_ZONES], PER_ZONE_DEFENDERS, strict=True))
NEW_SEEDS = 2**31
"""A reset without a seed draws one for the others below this."""


class SingleDefender(gym.Env):
    """One defender learns, the others follow a script.

    Observation and action are the chosen defender's own; the reward is the team reward, so that
    much of it is due to the others and to red. ``info`` is the defender's: "action_mask" (A,) int8
    of 0 and 1, "busy", "step".
    """

    def __init__(self, env: ParallelEnv, agent: str, others: Any = "sleep"):
        check_environment(env)
        if agent not in env.possible_agents:
            known = ", ".join(env.possible_agents)
            raise ValueError(f"no agent {validate.shown(agent)} here; agents are {known}")
        if not isinstance(others, str) or others != "sleep":
            _check_policy(others, env)
        self.env = env
        self.agent = agent
        self.others = others
        self.observation_space = env.observation_space(agent)
        self.action_space = env.action_space(agent)
        self._observations: dict[str, Any] = {}
        self._infos: dict[str, dict[str, Any]] = {}

    def reset(
        self, *, seed: int | None = None, options: dict | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode. The script is reset with the same seed; without one, with a number from
        this env's own."""
        seed = None if seed is None else validate.seed(seed)
        super().reset(seed=seed)
        self._observations, self._infos = self.env.reset(seed=seed, options=options)
        if self.others != "sleep":
            # Drawn from this env's own generator, so that a row of seedless episodes repeats.
            own_seed = seed
            if own_seed is None:
                own_seed = int(self.np_random.integers(NEW_SEEDS))
            self.others.reset(own_seed)
        return self._own()

    def step(self, action: Any) -> Step:
        """One tick. ValueError after the end of an episode or for an action that is not in the
        action space."""
        if not self.env.agents:
            raise ValueError(OVER)
        actions: dict[str, Any] = {}  # whoever is not named sleeps
        if self.others != "sleep":
            actions.update(self.others.act(self._observations, self._infos))
        actions[self.agent] = action
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        # The script sees what its defenders see, in the next tick.
        self._observations = observations
        self._infos = infos
        me = self.agent
        observation, info = self._own()
        return observation, rewards[me], terminated[me], truncated[me], info

    def _own(self) -> tuple[Any, dict[str, Any]]:
        """Copies: a learner may write into them, and the script and the mask stay as they are."""
        own = self._observations[self.agent], self._infos[self.agent]
        return copy.deepcopy(own)

    def action_masks(self) -> np.ndarray:
        """(A,) bool, the actions that are possible in this tick, as masked trainers ask for it.

        ValueError before the first reset, and for a mask that allows nothing.
        """
        if not self._infos:
            raise ValueError("there is no mask yet; call reset() first")
        mask = np.asarray(self._infos[self.agent]["action_mask"], bool)
        check_mask(mask, self.agent)
        return mask


class JointActions(spaces.MultiDiscrete):
    """One action for each defender; draws under the flat mask that `JointDefender` gives, too.

    Gymnasium's own mask for several choices is a tuple of masks; that of trainers is one array.
    """

    def contains(self, x: Any) -> bool:
        """Whether ``step`` takes it: whole numbers. Gymnasium's own test lets True and False in."""
        return np.asarray(x).dtype != bool and super().contains(x)

    def sample(self, mask: Any = None, probability: Any = None) -> np.ndarray:
        """A random action of each defender; ``mask`` (sum of the numbers of actions,), 1 where
        allowed, or a tuple of one mask for each.

        ValueError where a flat mask allows a defender nothing.
        """
        if isinstance(mask, np.ndarray):
            ends = np.cumsum(self.nvec)[:-1]
            parts = np.split(mask, ends)
            for defender, part in enumerate(parts):
                check_mask(part, f"defender {defender}")
            mask = tuple(part.astype(np.int8) for part in parts)
        return super().sample(mask, probability)


class JointDefender(gym.Env):
    """All D defenders as one agent that sees everything and decides everything.

    Action: MultiDiscrete, one index per defender. Observation: all defenders' vectors one after the
    other ("flat": 4 x 92 + 210 = 578 numbers; "message": 7 x 76 = 532). ``info``: "action_mask"
    (all defenders' masks in one row, 4 x 82 + 242 = 570 int8 of 0 and 1 for the official five),
    "busy" (D,), "step".
    """

    def __init__(self, env: ParallelEnv):
        check_environment(env)
        self.env = env
        parts = [env.observation_space(agent) for agent in env.possible_agents]
        if isinstance(parts[0], spaces.Sequence):
            raise ValueError(
                "a joint environment needs vectors of fixed length: use"
                ' observation="flat" or "message"'
            )
        self.observation_space = _joined(parts)
        counts = [env.action_space(agent).n for agent in env.possible_agents]
        self.action_space = JointActions(counts)
        self._infos: dict[str, dict[str, Any]] = {}

    def reset(
        self, *, seed: int | None = None, options: dict | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode."""
        seed = None if seed is None else validate.seed(seed)
        super().reset(seed=seed)
        observations, infos = self.env.reset(seed=seed, options=options)
        self._infos = infos
        return self._together(observations), self._info()

    def step(self, action: Any) -> Step:
        """One tick; ``action`` (D,) ints. ValueError for a wrong length or index, or after the end
        of an episode."""
        agents = self.env.possible_agents
        if np.shape(action) != (len(agents),):
            raise ValueError(
                f"a joint action is {len(agents)} indices, got shape {np.shape(action)}"
            )
        chosen = dict(zip(agents, action, strict=True))
        observations, rewards, terminated, truncated, infos = self.env.step(chosen)
        ended = all(terminated.values())
        over = all(truncated.values())
        # The reward is the team's: that of any defender is that of all.
        reward = rewards[agents[0]]
        self._infos = infos
        return self._together(observations), reward, ended, over, self._info()

    def action_masks(self) -> np.ndarray:
        """(sum of A,) bool, all defenders' masks of this tick in one row.

        ValueError before the first reset, and for a mask that allows a defender nothing.
        """
        if not self._infos:
            raise ValueError("there is no mask yet; call reset() first")
        for agent in self.env.possible_agents:
            check_mask(self._infos[agent]["action_mask"], agent)
        return self._joint_mask().astype(bool)

    def _together(self, observations: dict[str, np.ndarray]) -> np.ndarray:
        parts = [observations[agent] for agent in self.env.possible_agents]
        # axis=None takes HQ's three rows as one long one.
        joined = np.concatenate(parts, axis=None)
        return joined.astype(self.observation_space.dtype, copy=False)

    def _joint_mask(self) -> np.ndarray:
        # In the order of the action space, whatever the order of the dictionary.
        masks = [self._infos[agent]["action_mask"] for agent in self.env.possible_agents]
        return np.concatenate(masks)

    def _info(self) -> dict[str, Any]:
        own = [self._infos[agent] for agent in self.env.possible_agents]
        return {
            "action_mask": self._joint_mask(),
            "busy": np.array([info["busy"] for info in own]),
            "step": own[0]["step"],
        }


def single_env(
    zone: str = "RZA", others: Any = "sleep", defenders: str = "official", **options: Any
) -> SingleDefender:
    """Gymnasium environment of one zone's defender.

    ``zone`` is RZA, OZA, RZB, OZB or HQ (its defender holds ADM, OFF and PAZ); with
    ``defenders="per-zone"`` one of the seven zones. ``others`` is "sleep" or a policy with the same
    defenders and observation. ``options`` (engine, observation ...) go to `parallel_env`.
    ValueError for an unknown zone or a policy that does not fit.
    """
    env = parallel_env(defenders=defenders, **options)
    zones = PER_ZONE_ZONES if defenders == "per-zone" else OFFICIAL_ZONES
    if not isinstance(zone, str) or zone not in zones:
        shown = validate.shown(zone)
        raise ValueError(
            f'zone={shown} is unknown; with defenders="{defenders}" use {", ".join(zones)}'
        )
    return SingleDefender(env, zones[zone], others)


def joint_env(**options: Any) -> JointDefender:
    """Gymnasium environment of all defenders as one agent; ``options`` go to `parallel_env`."""
    return JointDefender(parallel_env(**options))


def _check_policy(policy: Any, env: ParallelEnv) -> None:
    base = env.unwrapped
    wanted = {"defenders": base.backend.defenders, "observation": base.observation}
    for name, value in wanted.items():
        found = getattr(policy, name, None)
        if found != value:
            raise ValueError(
                f'others must be "sleep" or a policy with {name} {value!r},'
                f" {validate.shown(policy)} has {found!r}"
            )


def _joined(parts: list[spaces.Space]) -> spaces.Space:
    """One space for the entries of all of them, one after the other."""
    # The "flat" observation is MultiDiscrete for every defender, the "message" a Box for every one.
    flat = [part for part in parts if isinstance(part, spaces.MultiDiscrete)]
    if flat:
        sizes = [part.nvec for part in flat]
        return spaces.MultiDiscrete(np.concatenate(sizes))
    boxes = [part for part in parts if isinstance(part, spaces.Box)]
    low = np.concatenate([np.ravel(box.low) for box in boxes])
    high = np.concatenate([np.ravel(box.high) for box in boxes])
    return spaces.Box(low, high, dtype=np.int64)
