"""Authorised bounds: what a defender is permitted to do, written down, and enforced outside of it.

A network of weights promises nothing. So the permission is no part of the reward and no part of the
policy: a screen stands between policy and range, and what is not permitted does not pass, whatever
the policy says (guidelines, section 6.2, safety and security). In its place comes the next best
action that is permitted, where the policy ranks its actions (`TickPolicy.ranking`), or else Sleep.

    bounds = Bounds(restores=20, critical=("OZA_server_host_0",))
    bounded = BoundedPolicy(make_policy("expert"), bounds)
    evaluate(bounded)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_lib import validate

from ..constants import (
    BLOCK,
    HOST_NUMBER,
    LARGE_ACTIONS,
    REMOVE,
    RESTORE,
    SLEEP,
)
from ..observations import PHASE
from ..policy import Tick
from .around import Around
from .base import TickPolicy

NO_LIMIT = 1_000_000
Approval = Callable[[int, int], bool]
"""Asked with (tick, action index) whether a Block may be carried out."""

RULES = ("critical host", "block not approved", "downtime spent", "too fast")
"""Why an action is refused; the first that applies is named."""


@dataclass(frozen=True)
class Bounds:
    """What is permitted in an episode."""

    critical: tuple[str, ...] = ()
    """Names of hosts that may not be restored while the mission runs (phases 1 and 2)."""
    blocks: bool = False
    """Whether BlockTraffic is permitted without asking anybody."""
    restores: int = NO_LIMIT
    """Budget of downtime: Restores of the whole team in an episode. Each takes a host away from its
    users for five ticks."""
    repairs: int = NO_LIMIT
    """Rate limit: Restores and Removes of the whole team that may begin within ``window`` ticks."""
    window: int = 10
    """Ticks over which the rate is counted."""

    def __post_init__(self) -> None:
        validate.instance("critical", self.critical, tuple, "it is a tuple of names of hosts")
        validate.truth("blocks", self.blocks)
        for name in self.critical:
            validate.choice("critical", name, HOST_NUMBER)
        validate.whole_number("restores", self.restores, 0, NO_LIMIT)
        validate.whole_number("repairs", self.repairs, 0, NO_LIMIT)
        validate.whole_number("window", self.window, 1, NO_LIMIT)

    @property
    def critical_hosts(self) -> np.ndarray:
        """Numbers of the critical hosts."""
        return np.array([HOST_NUMBER[name] for name in self.critical], np.int64)


@dataclass
class Spent:
    """What a team has used up, for E environments."""

    restores: np.ndarray
    """(E,) Restores begun in this episode."""
    recent: np.ndarray
    """(E, window) Restores and Removes begun in the last ticks; the present one at tick modulo
    window."""

    @classmethod
    def nothing(cls, size: int, bounds: Bounds) -> "Spent":
        """At the begin of an episode."""
        restores = np.zeros(size, np.int64)
        recent = np.zeros((size, bounds.window), np.int64)
        return cls(restores, recent)

    def of(self, rows: np.ndarray) -> "Spent":
        """A copy for these environments."""
        return Spent(self.restores[rows].copy(), self.recent[rows].copy())


class BoundedPolicy(Around):
    """A policy behind the screen.

    Args:
        inside: any policy of the course.
        bounds: what is permitted.
        approve: asked about each Block where ``bounds.blocks`` is False; by default nobody is there
            and no Block is approved.
    """

    def __init__(self, inside: TickPolicy, bounds: Bounds, approve: Approval | None = None) -> None:
        super().__init__(inside)
        self.bounds = validate.instance("bounds", bounds, Bounds, "make one with Bounds(...)")
        if approve is not None:
            validate.function("approve", approve)
        self.approve = approve
        every = np.arange(LARGE_ACTIONS)[:, None]
        of_each = np.broadcast_to(every, (LARGE_ACTIONS, self.layout.count))
        self._classes, self._hosts = self.layout.targets(of_each)  # (242, D) each
        self.refused = dict.fromkeys(RULES, 0)
        """How often each rule has refused an action since the policy was made."""

    def start(self, size: int) -> None:
        """Nothing is spent."""
        super().start(size)
        self._spent = Spent.nothing(size, self.bounds)

    def forget(self, rows: np.ndarray) -> None:
        """Nothing is spent where an episode begins."""
        super().forget(rows)
        self._spent.restores[rows] = 0
        self._spent.recent[rows] = 0

    def keep(self, rows: np.ndarray) -> None:
        """What these rows have spent."""
        super().keep(rows)
        self._spent = self._spent.of(rows)
        self.refused = dict(self.refused)

    def screened(self, tick: Tick, wanted: np.ndarray) -> np.ndarray:
        """(E, D) what is permitted of it, or the next best; the defenders are served in their
        order."""
        place = tick.step % self.bounds.window
        self._spent.recent[np.arange(tick.size), place] = 0
        ranking = self.inside.ranking(tick.size)
        taken = wanted.copy()
        for d, action in enumerate(wanted.T):
            forbidden = self._forbidden(tick, d)
            verdict = self._verdicts(tick, forbidden, action)
            refused = verdict >= 0
            for number in verdict[refused]:
                self.refused[RULES[number]] += 1
            # A busy defender's action is thrown away, so it gets no second choice.
            open_to = tick.mask[:, d] & tick.free[:, [d]]
            open_to &= ~forbidden.any(axis=0)
            second = self._next_best(open_to, ranking[:, d], d)
            action = np.where(refused, second, action)
            classes = self.layout.classes[d]
            self._spend(tick, classes[action])
            taken[:, d] = action
        return taken

    def _forbidden(self, tick: Tick, defender: int) -> np.ndarray:
        """(rules, E, 242) bool, which rule refuses which action of a defender now, unasked."""
        bounds, spent = self.bounds, self._spent
        classes = self._classes[:, defender]
        hosts = self._hosts[:, defender]
        restores = classes == RESTORE
        repairs = restores | (classes == REMOVE)
        critical = restores & np.isin(hosts, bounds.critical_hosts)
        # One column, (E, 1), for what depends on the episode alone.
        on_mission = self._phase(tick)[:, None] > 0
        spent_all = spent.restores[:, None] >= bounds.restores
        too_fast = spent.recent.sum(axis=1, keepdims=True) >= bounds.repairs
        forbidden = np.zeros((len(RULES), tick.size, LARGE_ACTIONS), bool)
        forbidden[0] = on_mission & critical
        forbidden[1] = (classes == BLOCK) & (not bounds.blocks)
        forbidden[2] = spent_all & restores
        forbidden[3] = too_fast & repairs
        return forbidden

    def _verdicts(
        self,
        tick: Tick,
        forbidden: np.ndarray,
        wanted: np.ndarray,
    ) -> np.ndarray:
        """(E,) which rule refuses the action of one defender, -1: none."""
        refuses = forbidden[:, np.arange(tick.size), wanted]
        approved = self._approved(tick, wanted, refuses[1])
        refuses[1] &= ~approved
        first = refuses.argmax(axis=0)
        return np.where(refuses.any(axis=0), first, -1)

    def _next_best(
        self,
        open_to: np.ndarray,
        ranking: np.ndarray,
        defender: int,
    ) -> np.ndarray:
        """(E,) what one defender likes best of what is open to it, both (E, 242); or else Sleep.

        Nobody is asked to approve a second choice.
        """
        scores = np.where(open_to, ranking, -np.inf)
        best = scores.argmax(axis=1)
        likes_any = np.isfinite(scores.max(axis=1))
        asleep = self.layout.single(SLEEP)
        return np.where(likes_any, best, asleep[defender])

    def _phase(self, tick: Tick) -> np.ndarray:
        """(E,) mission phase 0..2: the first entry of every observation."""
        return np.asarray(tick.obs)[:, 0, PHASE]

    def _approved(self, tick: Tick, wanted: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """(E,) bool, whether somebody has approved the Block."""
        approved = np.zeros(tick.size, bool)
        if self.approve is not None:
            for row in np.flatnonzero(asked):
                approved[row] = bool(self.approve(int(tick.step[row]), int(wanted[row])))
        return approved

    def _spend(self, tick: Tick, classes: np.ndarray) -> None:
        """Count what one defender begins. A Restore is counted also where it is submitted by a busy
        defender or for a host that does not exist: the range charges some of these."""
        restores = classes == RESTORE
        self._spent.restores += restores
        place = tick.step % self.bounds.window
        repairs = restores | (classes == REMOVE)
        self._spent.recent[np.arange(tick.size), place] += repairs
