"""The fleet: one operator, any number of hosts, an attacker who comes in waves.

In every tick the operator may *restore* one host (clean it), *patch* one clean host (it cannot be
attacked until the patch is outdated) or wait. Then:

- with probability ``wave`` a wave comes: it takes each unpatched host with probability ``load /
  hosts``, so that a large fleet loses about as many hosts as a small one and one operator can cope
  with both;
- each compromised host attacks a random host of its zone with probability ``spread``;
- each patch is outdated with probability ``outdated``;
- with ``churn``, hosts leave and new ones join.

The operator pays the importance (1, 2 or 5) of each compromised host in each tick. What is seen is
a table with a row per slot. With ``alarm="steady"`` it shows which hosts are compromised; with
``alarm="once"`` only which were taken in this very tick: an alarm that scrolls by and must be
remembered. One more column shows which host was restored in this tick, so that a memory can tick it
off.

The class is a Gymnasium vector environment written in numpy: N fleets at once, next-step mode. The
end of an episode is a truncation (the fleet goes on, only the clock has run out).
"""

from dataclasses import dataclass

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode

from course_lib import array_checks, validate

ZONES = 3
FEATURES = (
    "present",
    "importance",
    "alarm",
    "patched",
    "restored",
    *(f"zone {z}" for z in range(ZONES)),
)
KINDS = ("restore", "patch")
IMPORTANCE = (1.0, 2.0, 5.0)
MOST_SLOTS, MOST_FLEETS = 10_000, 1_000_000
"""Sizes beyond these are mistakes, and would fill the memory."""


@dataclass(frozen=True)
class FleetOptions:
    """Size and rates of a fleet. Raises ValueError for values out of range."""

    hosts: int = 6
    """Hosts at the start of an episode, in the first slots."""
    fewest: int | None = None
    """If given, each episode draws its number of hosts from ``fewest`` to ``hosts``, all equally
    likely."""
    slots: int | None = None
    """Rows of the table; None means as many as hosts. Empty slots are rows of zeros, and their
    actions are masked."""
    ticks: int = 40
    """Length of an episode."""
    wave: float = 0.25
    """Probability per tick that a wave comes."""
    load: float = 2.0
    """Expected number of unpatched hosts that a wave takes if no host is patched."""
    spread: float = 0.1
    """Probability per tick that a compromised host attacks another one of its zone."""
    outdated: float = 0.05
    """Probability per tick that a patch is outdated."""
    churn: float = 0.0
    """Probability per tick that a host leaves; empty slots fill at the rate that keeps ``hosts`` on
    average."""
    alarm: str = "steady"
    """"steady": compromised hosts are seen as such. "once": an alarm is seen in one tick only."""

    def __post_init__(self):
        if self.slots is None:
            object.__setattr__(self, "slots", self.hosts)
        validate.whole_number("hosts", self.hosts, 1, MOST_SLOTS)
        validate.whole_number("slots", self.slots, self.hosts, MOST_SLOTS)
        if self.fewest is not None:
            validate.whole_number("fewest", self.fewest, 1, self.hosts)
        validate.whole_number("ticks", self.ticks, 1)
        validate.probabilities(self, "wave", "spread", "outdated", "churn")
        validate.in_range("load", self.load, 0)
        if self.churn and self.hosts == self.slots:
            raise ValueError(
                "churn needs empty slots for those who join: make slots larger than hosts"
            )
        validate.choice("alarm", self.alarm, ("steady", "once"))


class Fleet(gymnasium.vector.VectorEnv):
    """N fleets at once.

    Observations (N, slots, 8) float32 with the columns `FEATURES` (importance divided by 5).
    Actions (N,) ints: ``kind * slots + slot`` with the kinds `KINDS`, and ``2 * slots`` to wait.
    ``info["action_mask"]``, bool of shape (N, 2 * slots + 1), allows the actions on present hosts,
    and waiting. Restoring a clean host or patching a compromised one does nothing.
    """

    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(self, num_envs: int = 1, options: FleetOptions | None = None, **changes):
        """``options``, or fields of `FleetOptions`: ``Fleet(64, hosts=12)``. ValueError for a
        nonsensical size."""
        self.num_envs = validate.whole_number("num_envs", num_envs, 1, MOST_FLEETS)
        if options is None:
            options = FleetOptions(**changes)
        self.options = validate.instance("options", options, FleetOptions, "FleetOptions() is one")
        slots = self.options.slots
        self.wait = len(KINDS) * slots
        self.single_observation_space = spaces.Box(
            0,
            1,
            (slots, len(FEATURES)),
            np.float32,
        )
        self.single_action_space = spaces.Discrete(self.wait + 1)
        self.observation_space = gymnasium.vector.utils.batch_space(
            self.single_observation_space, num_envs
        )
        self.action_space = gymnasium.vector.utils.batch_space(self.single_action_space, num_envs)
        self.clock = -1

    def reset(self, *, seed=None, options=None):
        """Begin an episode in all fleets; equal seeds give equal episodes."""
        super().reset(seed=seed)
        return self._begin()

    def step(self, actions):
        """One tick. ValueError for actions of wrong shape or out of range, and before the first
        reset."""
        actions = np.asarray(actions)
        if self.clock < 0:
            raise ValueError("call reset() before the first step")
        in_range = (actions >= 0) & (actions <= self.wait)
        if actions.shape != (self.num_envs,) or not in_range.all():
            raise ValueError(
                f"actions must be {self.num_envs} numbers from 0 to {self.wait}, got {actions!r}"
            )
        none = np.zeros(self.num_envs, bool)
        if self.clock == self.options.ticks:
            seen, info = self._begin()
            return seen, np.zeros(self.num_envs, np.float32), none, none.copy(), info
        self.clock += 1
        self._operate(actions)
        taken = self._attacks() & self.present & ~self.patched & ~self.compromised
        self.compromised |= taken
        self.patched &= ~self._luck(self.options.outdated)
        self._come_and_go()
        alarm = self.compromised if self.options.alarm == "steady" else taken & self.compromised
        reward = -(self.importance * self.compromised).sum(axis=1).astype(np.float32)
        return (
            self._see(alarm),
            reward,
            none,
            none | (self.clock == self.options.ticks),
            self._info(),
        )

    def _begin(self):
        shape = self.num_envs, self.options.slots
        self.clock = 0
        fewest = self.options.hosts if self.options.fewest is None else self.options.fewest
        self.hosts = self.np_random.integers(
            fewest,
            self.options.hosts + 1,
            size=(shape[0], 1),
        )
        self.present = np.arange(shape[1]) < self.hosts
        self.importance = self.np_random.choice(
            IMPORTANCE,
            shape,
            p=(0.6, 0.3, 0.1),
        )
        self.zone = self.np_random.integers(ZONES, size=shape)
        self.compromised, self.patched, self.restored = (np.zeros(shape, bool) for _ in range(3))
        return self._see(self.compromised), self._info()

    def _operate(self, actions: np.ndarray) -> None:
        kind, slot = np.divmod(actions, self.options.slots)
        is_chosen = slot[:, None] == np.arange(self.options.slots)
        self.restored = is_chosen & (kind == 0)[:, None]
        for number, mark in ((0, self.compromised), (1, self.patched)):
            rows = np.flatnonzero((kind == number) & (actions < self.wait))
            chosen = slot[rows]
            mark[rows, chosen] = (
                False
                if number == 0
                else ~self.compromised[rows, chosen] & self.present[rows, chosen]
            )

    def _attacks(self) -> np.ndarray:
        """Which hosts are attacked in this tick, (N, slots) bool: by a wave, or by a host of their
        zone."""
        wave = self.np_random.random((self.num_envs, 1)) < self.options.wave
        attacked = wave & self._luck(self.options.load / self.hosts)
        same_zone = self.zone[:, :, None] == self.zone[:, None, :]
        same_zone &= self.present[:, None, :]  # an absent host is nobody's neighbour
        luck = self.np_random.random(same_zone.shape) * same_zone
        aim = luck.argmax(axis=2)  # a random present host of the attacker's own zone
        env, attacker = np.nonzero(self.compromised & self._luck(self.options.spread))
        attacked[env, aim[env, attacker]] = True
        return attacked

    def _come_and_go(self) -> None:
        if not self.options.churn:
            return
        leaves = self.present & self._luck(self.options.churn)
        joins = ~self.present & self._luck(
            self.options.churn * self.hosts / (self.options.slots - self.hosts)
        )
        self.present ^= leaves | joins
        self.compromised &= self.present
        self.patched &= self.present

    def _luck(self, probability) -> np.ndarray:
        return self.np_random.random((self.num_envs, self.options.slots)) < probability

    def _see(self, alarm: np.ndarray) -> np.ndarray:
        zones = [self.zone == z for z in range(ZONES)]
        columns = [
            self.present,
            self.importance / max(IMPORTANCE),
            alarm,
            self.patched,
            self.restored,
            *zones,
        ]
        return np.stack(columns, axis=2).astype(np.float32) * self.present[:, :, None]

    def _info(self) -> dict:
        wait = np.ones((self.num_envs, 1), bool)
        return {"action_mask": np.concatenate([self.present] * len(KINDS) + [wait], axis=1)}


def restore_first(table: np.ndarray) -> np.ndarray:
    """The rule of thumb to compare with: restore the most important alarm, else patch the most
    important open host.

    ``table`` (N, slots, 8) is what `Fleet` shows; returns actions (N,). Waits when there is nothing
    to do. ValueError for another shape.
    """
    table = array_checks.numbers("table", table, None, None, len(FEATURES))
    if not table.size:
        raise ValueError("table shows no host; a fleet has at least one")
    present, importance, alarm, patched = (table[:, :, column] for column in range(4))
    open_host = (present > 0) & (alarm == 0) & (patched == 0)
    worst, target = (importance * alarm).argmax(axis=1), (importance * open_host).argmax(axis=1)
    slots = table.shape[1]
    otherwise = np.where(
        open_host.any(axis=1),
        slots + target,
        len(KINDS) * slots,
    )
    return np.where(alarm.any(axis=1), worst, otherwise)
