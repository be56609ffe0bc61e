"""A slice of the range in which somebody must tell somebody else: four zones, and one repair crew.

In each of four zones (RZA, OZA, RZB, OZB) a *sensor* sees its own zone and analyses the most
suspicious host there. No sensor may restore. One *crew* restores: every five ticks it may go into
one of the four zones and restore the most suspicious host there, or stay at home. It sees nothing
but the bits that the sensors send: eight bits a step each, as many as CC4 allows. The other three
zones sleep. The team pays for what happens in the four zones, at the range's prices, and one point
for each Restore.

`CrewRange` is this slice as a Gymnasium vector environment. Its observation is what the four
sensors see; what the crew learns of that is the business of its network (`learners.reporting`).
"""

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode

from course_lib.cyber_range import (
    ANALYSE,
    PENALTY_POINTS,
    RESTORE,
    SLEEP,
    VectorRange,
    action_layout,
)
from course_lib.cyber_range.observations import CONNECTION, PRIORITY, PROCESS
from course_lib.validate import seed as checked_seed
from course_lib.validate import whole_number

CREW_ZONES = ("RZA", "OZA", "RZB", "OZB")
HOME = len(CREW_ZONES)
"""The crew's last action: stay at home."""
TICKS, ORDERS = 5, 99
"""Ticks of an order, and orders of an episode."""
QUIET, EVENT, FILE = 0, 1, 2
"""Levels of suspicion of a zone: nothing remembered; an event or a touched decoy; a file of red."""

FIRST = action_layout("per-zone").offset[:, :HOME]
ASLEEP = int(FIRST[SLEEP, 0])
FILE_POINTS = (0, 40, 30, 20)  # by host priority: nothing, root file, user file, touched a decoy
PER_EVENT = 2
EVENT_FROM, FILE_FROM = 2, 30


class CrewRange(gymnasium.vector.VectorEnv):
    """E crews, each with a range of its own. Observation (E, 4, 76): the messages of the zones.

    Action 0 to 3 sends the crew into that zone, 4 (`HOME`) nowhere. The end of an episode is a
    truncation, for all of them at once; the step after it begins the next, whatever the actions.
    """

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(self, num_envs: int = 32, seed: int = 0):
        self.num_envs = whole_number("num_envs", num_envs, 1)
        self.next_seed = checked_seed(seed)
        self.single_observation_space = gymnasium.spaces.Box(
            0,
            3,
            (HOME, 76),
            np.float32,
        )
        self.single_action_space = gymnasium.spaces.Discrete(HOME + 1)
        self.observation_space = gymnasium.spaces.Box(
            0,
            3,
            (num_envs, HOME, 76),
            np.float32,
        )
        self.action_space = gymnasium.spaces.MultiDiscrete([HOME + 1] * num_envs)
        self.range = VectorRange(num_envs, "per-zone", seed=seed, observation="message")

    def reset(self, *, seed=None, options=None):
        """Begin; with a seed, episodes are counted from that seed on."""
        if seed is not None:
            self.next_seed = checked_seed(seed)
        return self._start(), {}

    def step(self, actions: np.ndarray):
        """One order: five ticks."""
        nothing = np.zeros(self.num_envs, bool)
        if self.order == ORDERS:
            return (
                self._start(),
                np.zeros(self.num_envs, np.float32),
                nothing,
                nothing,
                {},
            )
        order = np.full((self.num_envs, HOME), ANALYSE)
        rows = np.flatnonzero(np.asarray(actions) < HOME)
        order[rows, np.asarray(actions)[rows]] = RESTORE
        given = np.full((self.num_envs, 7), ASLEEP)
        given[:, :HOME] = FIRST[order, np.arange(HOME)] + self.points.argmax(axis=2)
        before = self._lost()
        for _ in range(TICKS):
            messages, *_, info = self.range.step(given)
            given[:, :HOME] = ASLEEP
        reward = before - self._lost() - (order == RESTORE).sum(axis=1)
        self.order += 1
        over = np.full(self.num_envs, self.order == ORDERS)
        return (
            self._see(messages, info),
            reward.astype(np.float32),
            nothing,
            over,
            {},
        )

    def _start(self) -> np.ndarray:
        self.order = 0
        messages, info = self.range.reset(seed=self.next_seed)
        self.next_seed += self.num_envs
        return self._see(messages, info)

    def _see(self, messages: np.ndarray, info: dict) -> np.ndarray:
        """The four messages; and, kept for the next order, how suspicious each host is."""
        exists = info["action_mask"][:, :HOME, :16]
        turn = (np.arange(16) - info["step"][:, None]) % 16 / 16  # equal hosts take turns
        points = suspicion(messages[:, :HOME]) + turn[:, None]
        self.points = np.where(exists, points, -1)
        return messages[:, :HOME].astype(np.float32)

    def _lost(self) -> np.ndarray:
        """Points lost so far in the four zones, (E,), Restores not counted."""
        penalties = self.range.statistics["penalties"][:, :, :HOME]
        return (penalties * PENALTY_POINTS[:, :HOME]).sum(axis=(1, 2, 3))


def suspicion(messages: np.ndarray) -> np.ndarray:
    """Points (..., 16) of suspicion of each host, from messages (..., 76)."""
    events = messages[..., PROCESS] + messages[..., CONNECTION]
    files = np.take(FILE_POINTS, messages[..., PRIORITY].astype(int))
    return files + PER_EVENT * events


def levels(messages: np.ndarray) -> np.ndarray:
    """The zone's level of suspicion (...,), from messages (..., 76)."""
    return np.digitize(
        suspicion(messages).max(axis=-1),
        (EVENT_FROM, FILE_FROM),
    )
