"""One environment of the fast engine, in the form that `DefenderEnv` plays."""

from typing import Any

import numpy as np

from ..constants import LAST_HOST_CLASS, MONITOR, SLEEP
from ..engine.state import OTSERVICE, SERVICE_COUNT
from .vector import VectorRange

WHOLE = 100
"""Reliability of a service that nobody degraded, percent."""


class RangeBackend:
    """The fast engine behind ``parallel_env(engine="range")``; takes the fields of RangeOptions as
    keywords."""

    engine = "range"

    def __init__(self, defenders: str = "official", **options: Any):
        self._vector = VectorRange(1, defenders=defenders, **options)
        self.defenders = defenders
        self.options = self._vector.options
        self.steps = self.options.steps

    def reset(self, seed: int) -> np.record:
        """Begin the episode of that seed; returns its VISIBLE record."""
        self._vector.reset(seed=seed)
        return self._vector.visible[0]

    def step(self, actions: np.ndarray, team_bits: np.ndarray) -> tuple[np.record, float]:
        """One tick; actions (D,) int64, team_bits (D, 8) uint8 of 0/1, which the caller has
        checked. Returns the VISIBLE record and the team reward."""
        reward = self._vector.step_once(actions[None], team_bits[None])
        return self._vector.visible[0], reward

    def masks(self) -> np.ndarray:
        """Action masks (D, 242) bool of the current episode."""
        return self._vector.masks[0].copy()

    def statistics(self) -> np.record:
        """Counts of the running episode, a STATISTICS record."""
        return self._vector.statistics[0].copy()

    def counts(self) -> np.ndarray:
        """The range's own STATISTICS (1,), to which the host priorities are added."""
        return self._vector.statistics

    def truth(self) -> dict[str, Any]:
        """The true state after the last tick, for drawing and recording only; keys as EpisodeRecord
        names them."""
        env = self._vector.state[0]
        return {
            **_hosts(env),
            "phase": int(env.phase),
            "step": int(env.tick),
            "reward": float(env.reward),
            **_blue(env, self._vector.num_defenders),
            "red_kind": env.due_kind.astype(int),
            "red_source": env.due_source.astype(int),
            "red_host": env.due_host.astype(int),
            "red_success": env.due_success.astype(int),
        }


def _hosts(env: np.record) -> dict[str, np.ndarray]:
    """What stands and runs on the hosts, (128,) each, and who is blocked, (8, 9)."""
    services = np.arange(SERVICE_COUNT)
    running = (env.active[:, None] >> services) & 1 == 1
    has_ot = (env.genuine >> OTSERVICE) & 1 == 1
    has_session = (env.host_sessions > 0).astype(int)
    return {
        "exists": env.exists.astype(bool),
        "level": np.where(env.host_roots > 0, 2, has_session),
        "decoys": env.decoys.copy(),
        "reliability": np.where(running, env.reliability, WHOLE).min(axis=1),
        "ot_stopped": has_ot & ~running[:, OTSERVICE],
        "blocked": env.blocked.copy(),
        "process": env.process.copy(),
        "connection": env.connection.copy(),
    }


def _blue(env: np.record, count: int) -> dict[str, np.ndarray]:
    """What each defender began and finished in this tick, (D,) each; a Monitor counts as Sleep."""
    finished = env.blue_finished[:count].astype(int)
    finished[finished == MONITOR] = SLEEP
    on_host = finished <= LAST_HOST_CLASS
    return {
        "blue_class": finished,
        "blue_host": np.where(on_host, env.blue_target[:count], -1),
        "blue_started": env.blue_started[:count].astype(int),
    }
