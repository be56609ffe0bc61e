"""What may go wrong between a defender and its range, as policies around a policy: silent, late and
tampered sensors, and orders that take their time. For lesson 14.

They play on the batch engine, where the wrappers of `cyber_range.envs.wrappers` change the
environment itself. All chances are those of the episode: the same hosts are silent for every
defender.
"""

from dataclasses import replace

import numpy as np

from course_lib.cyber_range.constants import DEFENDED_ZONES, MESSAGE_LENGTH, SLEEP, SLOTS
from course_lib.cyber_range.observations import CONNECTION, PROCESS
from course_lib.cyber_range.policies.around import Around
from course_lib.cyber_range.policies.base import TickPolicy
from course_lib.cyber_range.policies.rng import uniform
from course_lib.cyber_range.policy import Tick

SENSOR_DRAW, ENTRY_DRAW = 21, 22
"""Numbers of the draws: a disturbance shares its chance with no decision."""
EVENTS = (PROCESS, CONNECTION)
"""The entries of a message that a host's sensor writes."""


class Delay:
    """Arrays that arrive some ticks late, for E environments.

    Args:
        like: an array (E, ...) of the kind that is delayed; before the first one is due, the one of
            the episode's first tick arrives.
        ticks: 0 or more.
    """

    def __init__(self, like: np.ndarray, ticks: int) -> None:
        self.ticks = ticks
        self.kept = np.zeros((ticks + 1, *like.shape), like.dtype)

    def through(self, step: np.ndarray, now: np.ndarray) -> np.ndarray:
        """Keep what there is now (E, ...), and return what there was ``ticks`` ticks ago; ``step``
        is (E,), ticks since reset."""
        # A ring: the place that is written now is the one that falls due first afterwards.
        rows = np.arange(len(step))
        places = self.ticks + 1
        self.kept[step % places, rows] = now
        then = np.maximum(step - self.ticks, 0)
        arrived: np.ndarray = self.kept[then % places, rows]
        return arrived


class SilentSensors(Around):
    """Some hosts report no event for the whole episode; a look (Analyse) finds there what it always
    finds.

    Args:
        inside: whoever looks at the sensors.
        share: of the hosts, drawn for each episode.
    """

    def __init__(self, inside: TickPolicy, share: float) -> None:
        super().__init__(inside)
        self.share = share

    def silent(self, tick: Tick) -> np.ndarray:
        """(E, 7, 16) bool, the hosts that report nothing in this episode."""
        # Drawn as if it were always the first tick: the same hosts all through an episode.
        beginning = np.zeros_like(tick.step)
        hosts = DEFENDED_ZONES * SLOTS
        drawn = uniform(tick.seeds, beginning, hosts, SENSOR_DRAW)
        return (drawn < self.share).reshape(-1, DEFENDED_ZONES, SLOTS)

    def shown(self, tick: Tick) -> np.ndarray:
        """(E, 7, 76) messages without the events of the silent hosts."""
        seen = np.array(tick.obs)
        silent = self.silent(tick)
        for entries in EVENTS:
            seen[:, :, entries][silent] = 0
        return seen


class TamperedSensors(Around):
    """Each event entry of each host is turned round with a probability, anew in each tick.

    Args:
        inside: whoever looks at the sensors.
        probability: of each entry.
    """

    def __init__(self, inside: TickPolicy, probability: float) -> None:
        super().__init__(inside)
        self.probability = probability

    def shown(self, tick: Tick) -> np.ndarray:
        """(E, 7, 76) messages, some of their events forged and some hidden."""
        seen = np.array(tick.obs)
        for number, entries in enumerate(EVENTS):
            hosts = DEFENDED_ZONES * SLOTS
            drawn = uniform(tick.seeds, tick.step, hosts, ENTRY_DRAW + number)
            turned = drawn.reshape(-1, DEFENDED_ZONES, SLOTS) < self.probability
            part = seen[:, :, entries]  # a view: what is turned here is turned in `seen`
            part[turned & tick.exists] ^= 1
        return seen


class LateSensors(Around):
    """Everything that is observed arrives some ticks late, also what a look has found.

    Args:
        inside: whoever looks at the sensors.
        ticks: how late.
    """

    def __init__(self, inside: TickPolicy, ticks: int) -> None:
        super().__init__(inside)
        self.ticks = ticks

    def start(self, size: int) -> None:
        """Nothing is on its way."""
        super().start(size)
        nothing = np.zeros((size, DEFENDED_ZONES, MESSAGE_LENGTH), np.int8)
        self._delay = Delay(nothing, self.ticks)

    def shown(self, tick: Tick) -> np.ndarray:
        """(E, 7, 76) messages of ``ticks`` ticks ago."""
        return self._delay.through(tick.step, np.asarray(tick.obs))


class LateOrders(Around):
    """An order reaches its host some ticks after it was given; until it is carried out, its
    defender gives no other. The defender inside knows that: it counts as busy.

    Args:
        inside: whoever gives the orders.
        ticks: how late, at least 1.
    """

    def __init__(self, inside: TickPolicy, ticks: int) -> None:
        super().__init__(inside)
        self.ticks = ticks

    def start(self, size: int) -> None:
        """No order is on its way."""
        super().start(size)
        self._left = np.zeros((size, self.layout.count), np.int64)
        self._orders = self.sleeping(size)

    def forget(self, rows: np.ndarray) -> None:
        """No order is on its way where an episode begins."""
        super().forget(rows)
        self._left[rows] = 0

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) the orders that arrive now; Sleep for everybody else."""
        # One order at a time: whoever has given one waits until it arrives, as if busy.
        on_its_way = self._left > 0
        self._left = np.maximum(self._left - 1, 0)
        arrives = on_its_way & (self._left == 0)
        gives_one = tick.free & ~on_its_way
        wanted = super().decide(replace(tick, free=gives_one))
        self._orders = np.where(gives_one, wanted, self._orders)
        self._left = np.where(gives_one, self.ticks, self._left)
        return np.where(arrives, self._orders, self.layout.single(SLEEP))
