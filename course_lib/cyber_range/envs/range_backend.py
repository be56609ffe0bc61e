"""One environment of the fast engine, in the form that the PettingZoo face drives."""

import numpy as np

from ..constants import DECOY, MONITOR, SLEEP
from ..engine.counters import count_priorities
from .vector import VectorRange


class RangeBackend:
    """The fast engine behind ``parallel_env(engine="range")``; takes the fields of RangeOptions as
    keywords."""

    engine = "range"

    def __init__(self, defenders="official", **options):
        self._vector = VectorRange(1, defenders=defenders, **options)
        self.defenders = defenders
        self.options = self._vector.options
        self.steps = self.options.steps

    def reset(self, seed: int):
        """Begin the episode of that seed; returns its VISIBLE record."""
        self._vector.reset(seed=seed)
        return self._vector.visible[0]

    def step(self, actions: np.ndarray, team_bits: np.ndarray) -> tuple[np.record, float]:
        """One tick; actions (D,) ints, team_bits (D, 8) uint8 of 0/1. Returns the VISIBLE record and
        the team reward."""
        reward = self._vector.step_once(actions[None], team_bits[None])
        return self._vector.visible[0], reward

    def masks(self) -> np.ndarray:
        """Action masks (D, 242) bool of the current episode."""
        return self._vector.masks[0].copy()

    def statistics(self):
        """Counts of the running episode, a STATISTICS record."""
        return self._vector.statistics[0].copy()

    def note_priorities(self, memory):
        """Count the host priorities that the defenders hold now."""
        count_priorities(self._vector.statistics[0], memory, self._vector.visible[0].exists)

    def truth(self) -> dict:
        """The true state after the last tick, for drawing and recording only; keys as EpisodeRecord
        names them."""
        env = self._vector.state[0]
        running = (env.active[:, None] >> np.arange(env.reliability.shape[1])) & 1 == 1
        has_ot = (env.genuine >> 1) & 1 == 1
        defenders = self._vector.num_defenders
        finished = env.blue_finished[:defenders].astype(int)
        finished[finished == MONITOR] = SLEEP
        return {
            "level": np.where(env.host_roots > 0, 2, (env.host_sessions > 0).astype(int)),
            "exists": env.exists.astype(bool),
            "decoys": env.decoys.copy(),
            "reliability": np.where(running, env.reliability, 100).min(1),
            "ot_stopped": has_ot & ~running[:, 1],
            "blocked": env.blocked.copy(),
            "phase": int(env.phase),
            "step": int(env.tick),
            "reward": float(env.reward),
            "process": env.process.copy(),
            "connection": env.connection.copy(),
            "blue_class": finished,
            "blue_host": np.where(finished <= DECOY, env.blue_target[:defenders], -1),
            "blue_started": env.blue_started[:defenders].astype(int),
            "red_kind": env.due_kind.astype(int),
            "red_source": env.due_source.astype(int),
            "red_host": env.due_host.astype(int),
            "red_success": env.due_success.astype(int),
        }
