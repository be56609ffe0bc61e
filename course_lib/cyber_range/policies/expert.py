"""The best scripted defender: it spends its scarce ticks and Restores where they save most points.

Economics it rests on (rules of the simulator, sections 2.2, 3.2, 7): Remove is free and takes three
ticks, Restore costs a point and five ticks, and points are lost mainly through hosts that red holds
as *root*. A user-level session is therefore removed at once; a Restore goes to hosts held as root,
to footholds that red has begun to use, and to footholds in zones where failures are expensive.
Everything else may stay.
"""

from dataclasses import dataclass

import numpy as np

from course_lib import validate

from ..constants import ANALYSE, DECOY, DEFENDED_ZONES, LWF, REMOVE, RESTORE, RIA, Priority
from ..engine.reward import PENALTY_POINTS
from ..observations import PHASE, PRIORITY
from ..options import phase_starts
from ..policy import Tick
from .base import ScriptedPolicy
from .host_beliefs import IS_SERVER, HostBeliefs
from .wishes import Orders, Wishes, carry_out

# Urgency of each reason to act. Only the order counts: the numbers are compared and never added, so
# any other descending ones play the same. Restores come first, for what red holds as root costs
# points in every tick; then an open session, before red becomes root there; then what may be
# nothing: a check, an alarm, a decoy for later. Looking round comes last, between 0 and 1.
ROOT_FOUND = 9.0
DEAR_FOOTHOLD = 8.5
USED_FOOTHOLD = 8.0
OPEN_SESSION = 7.0
CHECK = 6.0
ALARM = 5.0
LAY_DECOY = 4.0
LONGEST_WAIT = 1e5
"""Weighted waiting times are divided by this, so that they stay below the fixed urgencies."""
LARGEST = 1e12
"""No price or waiting time may be larger; each of them is without effect long before."""


@dataclass(frozen=True)
class ExpertConfig:
    """Parameters of ``expert``. They were chosen on other seeds than any reported score, which is
    flat around them."""

    decoys: int = 2
    """Decoys on each user host of a zone that has a defender of its own (servers are never
    phished)."""
    shared_decoys: int = 1
    """Decoys on each user host of the zones that share a defender (HQ): it has less time for
    each."""
    suspicion: float = 3.0
    """Each reason to suspect a host multiplies its waiting time for a look by this factor."""
    stale: float = 40.0
    """Waiting time of a host, in ticks times suspicion, above which looking round goes before
    laying decoys."""
    rest: float = 15.0
    """Waiting time below which a host is not looked at: the defender stays free for an alarm."""
    dear: float = 2.0
    """A foothold is restored at once where a failure of local work costs at least so many
    points."""
    ahead: int = 167
    """Ticks before a phase in which its prices already count."""
    worth: float = 6.0
    """Restore only if price of an impact x ticks left / hosts of the defender is above this."""
    steps: int = 500
    """Nominal length of the episodes, which fixes the phases and the end."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        for name in ("decoys", "shared_decoys", "ahead"):
            validate.whole_number(name, getattr(self, name), 0, 100_000)
        validate.not_negative(self, "suspicion", "stale", "rest", "dear", "worth", most=LARGEST)
        validate.whole_number("steps", self.steps, 3, 100_000)


class Expert(ScriptedPolicy):
    """Each defender decides on its own zones from its own messages and its own past actions
    alone."""

    name = "expert"
    Config = ExpertConfig

    def __init__(self, defenders: str = "official", config: ExpertConfig | None = None) -> None:
        super().__init__(defenders, config)
        self._phase_starts = np.asarray(phase_starts(self.config.steps))
        shared = self.layout.zone_count[self.layout.owner] > 1
        per_user = np.where(shared, self.config.shared_decoys, self.config.decoys)
        self._decoys_wanted = np.where(IS_SERVER, 0, per_user[:, None])  # (7, 16)

    @property
    def beliefs(self) -> HostBeliefs:
        """What it believes of every host now; ask after its first tick."""
        return self._beliefs

    def start(self, size: int) -> None:
        """Blank beliefs."""
        self._beliefs = HostBeliefs.blank(size, self.layout.count)
        self._wishes = Wishes(size)

    def forget(self, rows: np.ndarray) -> None:
        """Blank beliefs for the episodes that begin."""
        self._beliefs.forget(rows)

    def keep(self, rows: np.ndarray) -> None:
        """The beliefs of these rows."""
        self._beliefs = self._beliefs.of(rows)

    def overrule(self, actions: np.ndarray, where: np.ndarray) -> None:
        """Recall the actions of somebody else where (E, D) bool says so."""
        self._beliefs.own.overrule(where, *self.layout.targets(actions))

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) the most urgent reason to act in each defender's zones; Sleep if there is none."""
        orders = self.advise(tick)
        self.begin(orders.classes, orders.hosts)
        return orders.actions

    def ranking(self, size: int) -> np.ndarray:
        """(E, D, 242) the urgency of everything that it wants, also on hosts that must wait."""
        return self._wishes.ranking(self.layout)

    def begin(self, classes: np.ndarray, hosts: np.ndarray) -> None:
        """Note the (E, D) actions that were begun; hosts are 16 * zone + slot, -1 where none."""
        self._beliefs.own.begin(classes, hosts)

    def advise(self, tick: Tick) -> Orders:
        """What the expert would do, for somebody else to decide: ``begin`` must then be told what
        was done."""
        beliefs = self._beliefs
        beliefs.update(tick, self.layout.zones)
        wishes = Wishes(tick.size)
        self._want_restores(wishes, tick)
        wishes.want(REMOVE, beliefs.session, OPEN_SESSION)
        wishes.want(ANALYSE, beliefs.check, CHECK)
        wishes.want(REMOVE, beliefs.alarm, ALARM)
        self._want_looks_and_decoys(wishes, tick)
        self._wishes = wishes
        return carry_out(wishes, tick.exists, tick.free, self.layout)

    def _want_restores(self, wishes: Wishes, tick: Tick) -> None:
        beliefs = self._beliefs
        prices = self._prices(tick)
        worth = self._worth(tick, prices)[:, :, None]
        dear = prices[:, :, LWF, None] >= self.config.dear
        root_file = tick.obs[:, :, PRIORITY] == Priority.ROOT_FILE
        wishes.want(RESTORE, worth & root_file, ROOT_FOUND)
        wishes.want(RESTORE, worth & dear & beliefs.foothold, DEAR_FOOTHOLD)
        # A session on a host that red already scanned from: the foothold is in use.
        wishes.want(RESTORE, worth & beliefs.foothold & beliefs.session, USED_FOOTHOLD)

    def _want_looks_and_decoys(self, wishes: Wishes, tick: Tick) -> None:
        # What is known to be root needs no look: it waits for its Restore, or is not worth one.
        unknown = tick.exists & (tick.obs[:, :, PRIORITY] != Priority.ROOT_FILE)
        waited = np.where(unknown, self._waiting(tick), 0.0)
        stale = (waited > self.config.stale).any(axis=2)
        busy_looking = np.zeros_like(stale)
        for zones in self.layout.zones:
            busy_looking[:, zones] = stale[:, zones].any(axis=1, keepdims=True)
        few = self._beliefs.decoys < self._decoys_wanted
        wishes.want(DECOY, few & ~busy_looking[:, :, None], LAY_DECOY)
        urgency = np.minimum(waited / LONGEST_WAIT, 1.0)
        wishes.want(ANALYSE, waited > self.config.rest, urgency)

    def _waiting(self, tick: Tick) -> np.ndarray:
        """(E, 7, 16) ticks since the last look, multiplied for each reason why the host may have
        fallen unseen.

        Red scans from it; an exploit worked there since its last Restore, so that an unknown
        foothold on it would escalate without an event; it is a user host and no root was found yet,
        for red's first foothold in a zone escalates without an event as well (section 5.2).
        """
        beliefs = self._beliefs
        never_met = ~beliefs.met_root[:, :, None] & ~IS_SERVER
        reasons = beliefs.foothold.astype(int) + beliefs.exploited + never_met
        ticks = tick.step[:, None, None] - beliefs.looked_at
        return ticks * self.config.suspicion**reasons

    def _prices(self, tick: Tick) -> np.ndarray:
        """(E, 7, 3) points per event: the dearer of this phase and of the phase in a while."""
        in_a_while = tick.step + self.config.ahead
        soon = np.searchsorted(self._phase_starts, in_a_while, side="right") - 1
        phase = tick.obs[:, 0, PHASE]
        table = PENALTY_POINTS[:, :DEFENDED_ZONES]
        return np.maximum(table[phase], table[soon])

    def _worth(self, tick: Tick, prices: np.ndarray) -> np.ndarray:
        """(E, 7) bool: can a host held by red still cost more than its Restore?"""
        worth: np.ndarray = self._at_stake(tick, prices) > self.config.worth
        return worth

    def _at_stake(self, tick: Tick, prices: np.ndarray) -> np.ndarray:
        """(E, 7) points that a host held by red will still cost.

        Red takes one of the defender's hosts at a time, so that is the price of an event x ticks
        left / hosts.
        """
        in_zone = tick.exists.sum(axis=2)
        hosts = np.zeros(in_zone.shape)
        for zones in self.layout.zones:
            hosts[:, zones] = in_zone[:, zones].sum(axis=1, keepdims=True)
        # The rewards of the last two ticks do not count (section 10).
        counted = self.config.steps - 2
        ticks_left = np.maximum(counted - tick.step, 0)[:, None]
        price = np.maximum(prices[:, :, LWF], prices[:, :, RIA])
        stake: np.ndarray = ticks_left * price / np.maximum(hosts, 1)
        return stake
