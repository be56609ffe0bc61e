"""The frame of every scripted defender: batch first, one environment as a batch of one.

A scripted policy writes one method, ``decide``, on arrays with a leading axis of environments.
This file turns PettingZoo dictionaries into such arrays and back, keeps the episode seeds, starts
an episode's memory afresh where ``info["step"]`` is 0, and saves and loads.
"""

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from ..constants import DEFENDED_ZONES, FLAT_LARGE, LARGE_ACTIONS, MESSAGE_LENGTH, SLEEP
from .layout import action_layout

FORMAT, VERSION = "course_lib scripted policy", 1


@dataclass(frozen=True)
class NoConfig:
    """A policy without parameters."""


@dataclass
class Tick:
    """What a policy may use in one tick, besides its own memory.

    ``obs`` message (E, 7, 76) or flat (E, D, 210); ``mask`` (E, D, 242) bool; ``exists`` (E, 7, 16)
    bool; ``free`` (E, D) bool, True where no action is in progress; ``step`` (E,) ticks since
    reset; ``fresh`` (E,) bool, True in the first tick of an episode; ``seeds`` (E,) episode seeds.
    """

    obs: np.ndarray
    mask: np.ndarray
    exists: np.ndarray
    free: np.ndarray
    step: np.ndarray
    fresh: np.ndarray
    seeds: np.ndarray

    @property
    def size(self) -> int:
        """Number of environments E."""
        return len(self.obs)


class ScriptedPolicy:
    """A defender by rules, for every defender of the range at once.

    Args:
        defenders: ``"official"`` (five, HQ as one) or ``"per-zone"`` (seven).
        config: an instance of the class's ``Config``; the default one if omitted.
    """

    name = ""
    observation = "message"
    Config = NoConfig

    def __init__(self, defenders: str = "official", config=None):
        self.layout = action_layout(defenders)
        self.defenders = defenders
        self.config = self.Config() if config is None else config
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forget everything. Row e of the next batch plays the episode of seed ``seed + e``."""
        self._seed, self._seeds = int(seed), None

    def act_batch(self, obs: np.ndarray, info: dict) -> np.ndarray:
        """(E, ...) observations and the batch engine's info -> (E, D) action indices.

        Call it once a tick. A row that starts another episode (step 0 again) gets the seed that is
        E further on.
        """
        return self.decide(self._open(np.asarray(obs), info))

    def act(self, observations: dict, infos: dict) -> dict[str, int]:
        """PettingZoo dictionaries of one environment -> {agent: action index}."""
        missing = [a for a in self.layout.agents if a not in observations or a not in infos]
        if missing:
            raise ValueError(
                f"no observation or info for {missing[0]}: pass all {self.layout.count} defenders"
            )
        obs, info = self._one_row(observations, infos)
        actions = self.act_batch(obs, info)[0]
        return {agent: int(a) for agent, a in zip(self.layout.agents, actions, strict=True)}

    def start(self, size: int) -> None:
        """Create the per-episode memory for ``size`` environments (a policy without memory has
        none)."""

    def forget(self, rows: np.ndarray) -> None:
        """Clear the memory of the environments in ``rows`` (E,) bool, where an episode begins."""

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) action indices for one tick; every scripted policy defines this."""
        raise TypeError(
            "ScriptedPolicy is a frame: make a policy with cyber_range.policies.make(name)"
        )

    def save(self, path) -> None:
        """Write name, defenders and parameters as JSON."""
        record = {"format": FORMAT, "version": VERSION, "policy": self.name}
        record |= {"defenders": self.defenders, "config": asdict(self.config)}
        Path(path).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")

    def sleeping(self, size: int) -> np.ndarray:
        """(E, D) Sleep for everybody."""
        return np.tile(self.layout.single(SLEEP), (size, 1))

    def _open(self, obs: np.ndarray, info: dict) -> Tick:
        step, size = np.asarray(info["step"]), len(obs)
        if self._seeds is None or len(self._seeds) != size:
            self._seeds = self._seed + np.arange(size, dtype=np.int64)
            self.start(size)
            fresh = np.ones(size, bool)
        else:
            fresh = step == 0
            self._seeds = self._seeds + size * fresh
        self.forget(fresh)
        mask = np.asarray(info["action_mask"], bool)
        exists = self.layout.host_entries(mask)
        return Tick(obs, mask, exists, np.asarray(info["busy"]) == 0, step, fresh, self._seeds)

    def _one_row(self, observations: dict, infos: dict) -> tuple[np.ndarray, dict]:
        layout = self.layout
        mask = np.zeros((1, layout.count, LARGE_ACTIONS), bool)
        flat = np.zeros((1, layout.count, FLAT_LARGE), np.int8)
        message = np.zeros((1, DEFENDED_ZONES, MESSAGE_LENGTH), np.int8)
        for d, agent in enumerate(layout.agents):
            own = np.asarray(infos[agent]["action_mask"], bool)
            mask[0, d, : len(own)] = own
            seen = np.asarray(observations[agent])
            if self.observation == "flat":
                flat[0, d, : len(seen)] = seen
            else:
                message[0, layout.zones[d]] = seen.reshape(-1, MESSAGE_LENGTH)
        first = infos[layout.agents[0]]
        busy = np.array([[infos[a]["busy"] for a in layout.agents]])
        info = {"action_mask": mask, "busy": busy, "step": np.array([first["step"]])}
        return (flat if self.observation == "flat" else message), info


def config_from(record: dict, kind: type, where: str):
    """A ``kind`` dataclass from a table of its fields; ValueError names an entry that does not
    fit."""
    known = [f.name for f in fields(kind)]
    for key, value in record.items():
        if key not in known:
            raise ValueError(
                f"{where}: no parameter {key!r}; there is {', '.join(known) or 'none'}"
            )
        wanted = int if isinstance(getattr(kind(), key), int) else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted) or not 0 <= value < math.inf:
            word = "whole number" if wanted is int else "number"
            raise ValueError(f"{where}: {key} must be a {word} of at least 0, not {value!r}")
    return kind(**record)
