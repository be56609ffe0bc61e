"""Two Gymnasium faces of the range: one zone's defender alone, and all defenders as one.

Both stand on any parallel environment of the range, wrapped or not, on either engine. An episode's
end
is a truncation, never a termination: the network goes on, only the clock has run out.
"""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from ..constants import OFFICIAL_DEFENDERS, PER_ZONE_DEFENDERS, ZONES
from .parallel import parallel_env

OFFICIAL_ZONES = {name: OFFICIAL_DEFENDERS[i] for i, name in enumerate((*ZONES[:4], "HQ"))}
PER_ZONE_ZONES = {name: PER_ZONE_DEFENDERS[i] for i, name in enumerate(ZONES[:7])}


class SingleDefender(gym.Env):
    """One defender learns, the others follow a script.

    Observation and action are the chosen defender's own; the reward is the team reward, so that
    much of it is due to the others and to red. ``info`` is the defender's: "action_mask" (A,) bool,
    "busy", "step".
    """

    def __init__(self, env: Any, agent: str, others: Any = "sleep"):
        if agent not in env.possible_agents:
            raise ValueError(
                f"no agent {agent!r} here; agents are {', '.join(env.possible_agents)}"
            )
        if others != "sleep":
            _check_policy(others, env)
        self.env, self.agent, self.others = env, agent, others
        self.observation_space = env.observation_space(agent)
        self.action_space = env.action_space(agent)
        self.seen: tuple[dict, dict] = ({}, {})

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[Any, dict]:
        """Start an episode. The script is reset with the same seed; without one, with a number from
        this env's own."""
        super().reset(seed=seed)
        self.seen = self.env.reset(seed=seed, options=options)
        if self.others != "sleep":
            self.others.reset(int(self.np_random.integers(2**31)) if seed is None else seed)
        observations, infos = self.seen
        return observations[self.agent], infos[self.agent]

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict]:
        """One tick. ValueError after the end of an episode or for an action that is not in the
        action space."""
        if not self.env.agents:
            raise ValueError(
                "the episode is over (or was never begun); call reset() before the next step"
            )
        actions = {} if self.others == "sleep" else dict(self.others.act(*self.seen))
        actions[self.agent] = action  # whoever is not named sleeps
        answers = self.env.step(actions)
        self.seen = (answers[0], answers[-1])
        return tuple(answer[self.agent] for answer in answers)


class JointDefender(gym.Env):
    """All D defenders as one agent that sees everything and decides everything.

    Action: MultiDiscrete, one index per defender. Observation: all defenders' vectors one after the
    other ("flat": 4 x 92 + 210 = 578 numbers; "message": 7 x 76 = 532). ``info``: "action_mask"
    (all defenders' masks in one row, 4 x 82 + 242 = 570 bool for the official five), "busy" (D,),
    "step".
    """

    def __init__(self, env: Any):
        self.env = env
        parts = [env.observation_space(agent) for agent in env.possible_agents]
        if isinstance(parts[0], spaces.Sequence):
            raise ValueError(
                'the joint face needs vectors of fixed length: use observation="flat" or "message"'
            )
        self.observation_space = _joined(parts)
        self.action_space = spaces.MultiDiscrete(
            [env.action_space(agent).n for agent in env.possible_agents]
        )

    def reset(
        self, *, seed: int | None = None, options: dict | None = None
    ) -> tuple[np.ndarray, dict]:
        """Start an episode."""
        super().reset(seed=seed)
        observations, infos = self.env.reset(seed=seed, options=options)
        return self._together(observations), self._info(infos)

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        """One tick; ``action`` (D,) ints. ValueError for a wrong length or index, or after the end
        of an episode."""
        agents = self.env.possible_agents
        if np.shape(action) != (len(agents),):
            raise ValueError(
                f"a joint action is {len(agents)} indices, got shape {np.shape(action)}"
            )
        chosen = {agent: int(index) for agent, index in zip(agents, action, strict=True)}
        observations, rewards, terminated, truncated, infos = self.env.step(chosen)
        together, info = self._together(observations), self._info(infos)
        return (
            together,
            float(rewards[agents[0]]),
            all(terminated.values()),
            all(truncated.values()),
            info,
        )

    def _together(self, observations: dict) -> np.ndarray:
        parts = [np.ravel(observations[agent]) for agent in self.env.possible_agents]
        return np.concatenate(parts).astype(self.observation_space.dtype)

    def _info(self, infos: dict) -> dict:
        agents = self.env.possible_agents
        return {
            "action_mask": np.concatenate([infos[agent]["action_mask"] for agent in agents]),
            "busy": np.array([infos[agent]["busy"] for agent in agents]),
            "step": infos[agents[0]]["step"],
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
    if zone not in zones:
        raise ValueError(
            f'zone={zone!r} is unknown; with defenders="{defenders}" use {", ".join(zones)}'
        )
    return SingleDefender(env, zones[zone], others)


def joint_env(**options: Any) -> JointDefender:
    """Gymnasium environment of all defenders as one agent; ``options`` (engine, defenders ...) go
    to `parallel_env`."""
    return JointDefender(parallel_env(**options))


def _check_policy(policy: Any, env: Any) -> None:
    base = env.unwrapped
    for name, wanted in (("defenders", base.backend.defenders), ("observation", base.observation)):
        found = getattr(policy, name, None)
        if found != wanted:
            raise ValueError(
                f'others must be "sleep" or a policy with {name} {wanted!r}, {policy!r} has {found!r}'
            )


def _joined(parts: list[spaces.Space]) -> spaces.Space:
    if isinstance(parts[0], spaces.MultiDiscrete):
        return spaces.MultiDiscrete(np.concatenate([part.nvec for part in parts]))
    low, high = (
        np.concatenate([np.ravel(getattr(part, end)) for part in parts]) for end in ("low", "high")
    )
    return spaces.Box(low, high, dtype=parts[0].dtype)
