"""A slice of the range for learners of teams: two defenders, one order each for every five ticks.

The defenders of RZA and OZA (`DEFENDERS`) order Sleep, Analyse, Remove or Restore (`ORDERS`); the
order goes to the most suspicious host of the zone, and everybody else in the network sleeps. The
team is paid what the two zones lose, and one point for each Restore. So the choice is *when* to do
what, and the whole CC4 world decides what comes of it.

Each defender sees its own zone. The *state*, for a central critic, holds both views and the truth:
how many hosts red really holds, which no defender is told.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from course_lib import validate

from ..actions import action_layout
from ..constants import ANALYSE, OZA, REMOVE, RESTORE, RZA, SLEEP, SLOTS, Priority
from ..engine.reward import PENALTY_POINTS
from ..observations import CONNECTION, PHASE, PRIORITY, PROCESS
from .vector import VectorRange

DEFENDERS = ("RZA", "OZA")
ORDERS = ("Sleep", "Analyse", "Remove", "Restore")
ORDER_CLASS = np.array([SLEEP, ANALYSE, REMOVE, RESTORE])
"""The class of action of the range that carries out each order."""
TICKS_PER_ORDER = 5
"""A Restore takes this long; the other orders are done earlier."""
ORDERS_PER_EPISODE = 99
"""495 of the 499 ticks of an official episode."""

FILE_POINTS = np.zeros(len(Priority))
FILE_POINTS[[Priority.ROOT_FILE, Priority.USER_FILE, Priority.DECOY_TOUCHED]] = (40, 30, 20)
EVENT_POINTS = 2
"""Suspicion of a host: points for the file found on it, and for each of the two kinds of event."""
LEVELS = (EVENT_POINTS, 30)
"""Least points of suspicion levels 1 (an event) and 2 (a file that red left)."""

OBSERVATION_NAMES = (
    "phase 0",
    "phase 1",
    "phase 2",
    "level 0: quiet",
    "level 1: an event",
    "level 2: a file",
    "process event there",
    "connection event there",
    "root file there",
    "suspicious hosts",
    "hosts with a file",
    "last order: Sleep",
    "last order: Analyse",
    "last order: Remove",
    "last order: Restore",
)
"""What a defender sees, entry by entry; *there* is its most suspicious host, and numbers of hosts
are divided by 16."""
TRUTH_NAMES = (
    "RZA held by red",
    "RZA held as root",
    "OZA held by red",
    "OZA held as root",
    "time",
)
"""What the state adds: hosts / 16, and the share of the episode that is over."""


class TwoZones:
    """E copies of the slice in lock step; what a learner of teams needs (`learners.TeamEnv`).

    Attributes: ``num_envs`` E, ``agents`` 2, ``actions`` 4, ``obs_size`` and ``state_size``.
    """

    agents = len(DEFENDERS)
    actions = len(ORDERS)
    obs_size = len(OBSERVATION_NAMES)
    state_size = len(DEFENDERS) * len(OBSERVATION_NAMES) + len(TRUTH_NAMES)

    def __init__(
        self,
        num_envs: int = 32,
        seed: int = 0,
        seeds: Sequence[int] | None = None,
        paid: str = "team",
    ):
        """``seed``: of the first episode; those after it count on from there.

        ``seeds``: instead, the only episodes there are: a network and red's luck each, taken in
        turn. ``paid``: "team" pays both defenders the team's reward, "zone" each its own zone's.
        ValueError for anything else.
        """
        self.num_envs = validate.whole_number("num_envs", num_envs, 1)
        self.paid = validate.choice("paid", paid, ("team", "zone"))
        self.seeds: np.ndarray | None = None
        if seeds is not None:
            validate.instance("seeds", seeds, Sequence | np.ndarray, "give a list of seeds")
            self.seeds = np.array([validate.seed(one) for one in seeds])
            if not len(self.seeds):
                raise ValueError("seeds is empty; name at least one episode")
        layout = action_layout("per-zone")
        self._first_action = layout.offset[ORDER_CLASS, : self.agents]
        self._range = VectorRange(
            num_envs,
            "per-zone",
            seed=seed,
            observation="message",
        )
        self._next_seed = validate.seed(seed)

    def reset(self, seed: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Begin new episodes everywhere.

        Args:
            seed: of the first of them; by default the one after the last episode. With ``seeds``
                it is the place in that list.

        Returns:
            observations (E, 2, F) and state (E, S), both float32.
        """
        if seed is not None:
            self._next_seed = validate.seed(seed)
        episodes = self._next_seed + np.arange(self.num_envs)
        self._next_seed += self.num_envs
        if self.seeds is not None:
            episodes = self.seeds[episodes % len(self.seeds)]
        self._message, self._info = self._range.reset(seeds=episodes)
        self._orders_given = 0
        self._last_order = np.zeros((self.num_envs, self.agents), int)
        return self._look()

    def step(
        self, orders: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Five ticks of every environment.

        Args:
            orders: (E, 2) integers 0..3, the places in `ORDERS`.

        Returns:
            observations and state of what comes next, already of the next episode where one ended;
            reward (E, 2) float32, points; terminated and truncated (E,) bool, the clock alone ends
            an episode; info with "final_obs" and "final_state", what followed the orders, and
            "points" (E,), the team's reward whoever is paid what.
        """
        orders = self._checked(orders)
        before = self._points_lost()
        self._tick(orders)
        # A Restore is charged here, because the range does not say in which zone it was.
        zone_reward = before - self._points_lost() - (ORDER_CLASS[orders] == RESTORE)
        self._orders_given += 1
        self._last_order = orders
        points = zone_reward.sum(axis=1)
        reward = zone_reward
        if self.paid == "team":
            reward = np.stack([points, points], axis=1)
        obs, state = self._look()
        info = {
            "final_obs": obs,
            "final_state": state,
            "points": points,
        }
        over = self._orders_given == ORDERS_PER_EPISODE
        if over:
            obs, state = self.reset()
        return (
            obs,
            state,
            reward.astype(np.float32),
            np.zeros(self.num_envs, bool),
            np.full(self.num_envs, over),
            info,
        )

    def _checked(self, orders: np.ndarray) -> np.ndarray:
        array = np.asarray(orders)
        wanted = (self.num_envs, self.agents)
        if array.shape != wanted or not np.issubdtype(array.dtype, np.integer):
            raise ValueError(f"orders have shape {array.shape}; give integers of shape {wanted}")
        if array.min() < 0 or array.max() >= self.actions:
            raise ValueError(f"an order is not one of 0 to {self.actions - 1}: {array.tolist()}")
        return array

    def _tick(self, orders: np.ndarray) -> None:
        """Give the orders in the first of five ticks; a busy defender takes no further action."""
        asleep = self._first_action[0, 0]
        shape = (self.num_envs, self._range.num_defenders)
        actions = np.full(shape, asleep)
        host = self._suspicion.argmax(axis=2)
        host[orders == 0] = 0  # a Sleep has no host
        first = self._first_action[orders, [RZA, OZA]]
        actions[:, : self.agents] = first + host
        for _ in range(TICKS_PER_ORDER):
            self._message, _, _, _, self._info = self._range.step(actions)
            actions[:, : self.agents] = asleep

    def _points_lost(self) -> np.ndarray:
        """(E, 2) points lost in each zone since the episode began, Restores not counted."""
        penalties = self._range.statistics["penalties"]
        events = penalties[:, :, : self.agents]
        points = events * PENALTY_POINTS[:, : self.agents]
        return points.sum(axis=(1, 3))

    def _look(self) -> tuple[np.ndarray, np.ndarray]:
        """Observations (E, 2, F) and state (E, S), and the suspicion (E, 2, 16) of each host, -1
        where there is none."""
        zones = self._message[:, : self.agents]
        events = zones[..., PROCESS] + zones[..., CONNECTION]
        files = FILE_POINTS[zones[..., PRIORITY]]
        points = files + EVENT_POINTS * events
        masks = self._info["action_mask"]
        exists = masks[:, : self.agents, :SLOTS]
        # Equally suspicious hosts take turns.
        ticks = self._info["step"][:, None]
        turn = (np.arange(SLOTS) - ticks) % SLOTS / SLOTS
        self._suspicion = np.where(
            exists,
            points + turn[:, None],
            -1,
        )
        obs = self._observations(zones, points * exists)
        views = obs.reshape(self.num_envs, -1)
        state = np.concatenate([views, self._truth()], axis=1)
        return obs, state

    def _observations(self, zones: np.ndarray, points: np.ndarray) -> np.ndarray:
        """(E, 2, F) `OBSERVATION_NAMES`; ``points`` (E, 2, 16) without the turns."""
        top = self._suspicion.argmax(axis=2)[..., None]

        def there(part: slice) -> np.ndarray:
            return np.take_along_axis(
                zones[..., part],
                top,
                axis=2,
            )

        suspicious = points >= LEVELS[0]
        with_file = points >= LEVELS[1]
        level = np.digitize(points.max(axis=2), LEVELS)
        columns = [
            np.eye(3)[zones[..., PHASE]],
            np.eye(3)[level],
            there(PROCESS),
            there(CONNECTION),
            there(PRIORITY) == Priority.ROOT_FILE,
            suspicious.mean(axis=2)[..., None],
            with_file.mean(axis=2)[..., None],
            np.eye(self.actions)[self._last_order],
        ]
        obs = np.concatenate(columns, axis=2)
        return obs.astype(np.float32)

    def _truth(self) -> np.ndarray:
        """(E, 5) what is true and not seen: `TRUTH_NAMES`."""
        shares = []
        for zone in (RZA, OZA):
            hosts = slice(zone * SLOTS, (zone + 1) * SLOTS)
            for sessions in ("host_sessions", "host_roots"):
                held = self._range.state[sessions][:, hosts] > 0
                shares.append(held.mean(axis=1))
        passed = self._orders_given / ORDERS_PER_EPISODE
        shares.append(np.full(self.num_envs, passed))
        truth = np.stack(shares, axis=1)
        return truth.astype(np.float32)
