"""The reward of a unit (section 3.6): the team's score, scaled, and small rewards for finding
threats early.

Per tick and leaf:

    reward = scale * team reward       the official one, shared by all, mostly negative
           + local                     0.2 for each own successful Analyse, DeployDecoy, Remove
           + staged                    0.5 for each host on which a sign is discovered first
           + potential                 discount * potential(next) - potential(now), see below

Each term can be switched off and is logged apart. *The score that is reported is always the
official one*, never this reward.

Potential-based shaping (Ng, Harada and Russell 1999; for many agents Devlin and Kudenko 2011) gives
a reward for a falling number of alarms but takes back what it gave: it preserves which joint
policies are equilibria, though not which of them is learned. The potential counts as 0 when the
episode is over; exact only if the learner, too, expects nothing after the end
(``TrainConfig.bootstrap_end=False``).

What the paper leaves open: what counts as success (ours: the range says so), what "first discovers"
means (ours: the first time in an episode for each host and each of the three kinds of sign, kinds
that come in the same tick together once; ``staged_again`` pays every time a sign appears anew), and
the numbers, which it gives as examples.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_lib import validate
from course_lib.cyber_range.actions import ActionLayout
from course_lib.cyber_range.constants import (
    ANALYSE,
    DECOY,
    DEFENDED_ZONES,
    LAST_HOST_CLASS,
    REMOVE,
    RESTORE,
    SLOTS,
    Priority,
)
from course_lib.cyber_range.engine.reward import PENALTY_POINTS
from course_lib.hierarchy.spaces import CONNECTION, PRIORITY, PROCESS, SEVERITY, check_messages

RESTORE_COST = 1.0
"""Points that a Restore costs when it is begun."""
LOCALLY_REWARDED = (ANALYSE, REMOVE, DECOY)
"""Classes of own actions that the local term rewards; a Restore costs a point as it is."""
LARGEST_WEIGHT = 1e6
"""Of a term; beyond it sums of an episode lose digits in float32."""

CustomReward = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""``(before, after, finished, team) -> (E, 7)``, see `RewardDesign`."""


@dataclass(frozen=True)
class RewardConfig:
    """Which terms a reward has, and their weights; ValueError for a weight outside its range."""

    scale: float = 1.0
    """lambda of the paper: the factor of the team reward, at least 0."""
    local: float = 0.2
    """For each own Analyse, DeployDecoy or Remove that succeeded; 0 switches the term off."""
    staged: float = 0.5
    """For each host on which an anomalous process, connection or a touched decoy is first seen; 0
    switches the term off."""
    staged_again: bool = False
    """Whether a sign that was cleared and appears anew is paid again: the loophole of lesson 12."""
    potential: float = 0.0
    """Weight of the potential; 0 switches it off."""
    own_share: float = 0.7
    """Share of its own reward that a unit keeps; the rest is its siblings' mean (section 5, point
    3)."""
    zone_share: float = 0.0
    """Share of the team reward replaced by seven times what the unit's own zone lost and its own
    Restores cost: not in the paper. (In the recorded study a Restore was charged once to everybody,
    and the contractor zone's losses were paid to everybody.)"""
    remove_must_kill: bool = False
    """Whether a Remove is paid only where it ended a session of red; else every finished one is."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)
        validate.not_negative(self, "scale", "local", "staged", "potential", most=LARGEST_WEIGHT)
        validate.probabilities(self, "own_share", "zone_share")


@dataclass
class RewardTerms:
    """One tick's reward of E environments."""

    total: np.ndarray
    """(E, 7) float32, the sum of all terms for each defended zone."""
    terms: dict[str, np.ndarray] = field(default_factory=dict)
    """Each term alone, (E, 7) float32."""


class RewardDesign:
    """Computes the reward of every zone from what the batch engine shows after a step.

    Args:
        config: the terms.
        discount: per tick, for the potential.
        custom: optional function ``(before, after, finished, team) -> (E, 7)`` of raw messages
            before and after the tick (E, 7, 76), successful own actions (E, 7, 8) by class, and the
            team reward (E,); its result is added as the term "custom".
    """

    def __init__(
        self, config: RewardConfig, discount: float, custom: CustomReward | None = None
    ) -> None:
        validate.instance("config", config, RewardConfig, "RewardConfig() has the defaults")
        self.config = config
        self.discount = validate.probability("discount", discount)
        self.custom = None if custom is None else validate.function("custom", custom)
        self._known = np.zeros((0, DEFENDED_ZONES, SLOTS, 3), bool)
        self._penalties = np.zeros((0, DEFENDED_ZONES + 1))

    def begin(self, messages: np.ndarray) -> None:
        """Take in the first observation (E, 7, 76) after a reset."""
        self._known = signs(messages)
        self._penalties = np.zeros((len(messages), DEFENDED_ZONES + 1))

    def compute(
        self,
        before: np.ndarray,
        after: np.ndarray,
        reward: np.ndarray,
        finished: np.ndarray,
        penalties: np.ndarray,
        ended: np.ndarray,
        restores: np.ndarray | None = None,
    ) -> RewardTerms:
        """The reward terms of one tick.

        Args:
            before: (E, 7, 76) raw messages the defenders acted on; after: the messages after the
                tick.
            reward: (E,) team reward.
            finished: (E, 7, 8) own actions by class that succeeded in this tick, see
                `finished_actions`.
            penalties: (E, 8) points lost by zone since the episode began, negative, see
                `penalties_by_zone`.
            ended: (E,) bool, the episode ended with this tick.
            restores: (E, 7) how many Restores began in each zone, see `restores_by_zone`; only
                ``zone_share`` needs it.

        Raises:
            ValueError: if the custom function returns anything but numbers (E, 7).
        """
        config = self.config
        lost_now = penalties - self._penalties
        shown = signs(after)
        # A sign that comes back is paid again only where lesson 12 wants the loophole.
        new = shown & ~(signs(before) if config.staged_again else self._known)
        succeeded = finished[:, :, LOCALLY_REWARDED].sum(axis=2)
        terms = {
            "global": config.scale * self._shared(reward, lost_now, restores),
            "local": config.local * succeeded,
            # Signs of several kinds that come together on a host count once.
            "staged": config.staged * new.any(axis=3).sum(axis=2),
            "potential": self._shaping(before, after, ended),
        }
        if self.custom is not None:
            custom = self.custom(before, after, finished, reward)
            terms["custom"] = _checked(custom, len(before))
        # What an ended episode knew and lost is not the next one's.
        self._known = np.where(ended[:, None, None, None], False, self._known | shown)
        self._penalties = np.where(ended[:, None], 0.0, penalties)
        for name, term in terms.items():
            terms[name] = np.asarray(term, np.float32)
        return RewardTerms(sum(terms.values()), terms)

    def restart(self, rows: np.ndarray, messages: np.ndarray) -> None:
        """Take in the first observations of the environments (E,) bool in which a new episode has
        begun."""
        # What the first observation shows was there before anybody acted: it earns nothing.
        self._known[rows] = signs(messages[rows])

    def state_dict(self) -> dict[str, np.ndarray]:
        """What must be kept between two ticks: the signs known (E, 7, 16, 3) and the points lost
        (E, 8) in the running episodes."""
        return {"known": self._known, "penalties": self._penalties}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state_dict`` gave; ValueError for arrays of other shapes."""
        known = np.asarray(state["known"], bool)
        penalties = np.asarray(state["penalties"], float)
        num_envs = len(self._known)
        wanted = ((num_envs, DEFENDED_ZONES, SLOTS, 3), (num_envs, DEFENDED_ZONES + 1))
        if (known.shape, penalties.shape) != wanted:
            raise ValueError(f"rewards remember {known.shape}, {penalties.shape}; wanted {wanted}")
        if not np.isfinite(penalties).all():
            raise ValueError("points lost are finite numbers")
        self._known = known.copy()
        self._penalties = penalties.copy()

    def _shared(
        self, reward: np.ndarray, lost_now: np.ndarray, restores: np.ndarray | None
    ) -> np.ndarray:
        """(E, 7) the team reward, or partly what fell in the own zone and what the own Restores
        cost, seven times: with equal zones the same on average, but for the contractor zone, for
        which nobody can do anything and which pays nobody here."""
        team = np.repeat(reward[:, None], DEFENDED_ZONES, axis=1)
        if not self.config.zone_share:
            return team
        # Seven times: where all zones lose alike, each is paid what the team would be paid, so the
        # size of the reward stays and the settings of training with it.
        own = DEFENDED_ZONES * lost_now[:, :DEFENDED_ZONES]
        if restores is not None:
            own = own - DEFENDED_ZONES * RESTORE_COST * restores
        return (1 - self.config.zone_share) * team + self.config.zone_share * own

    def _shaping(self, before: np.ndarray, after: np.ndarray, ended: np.ndarray) -> np.ndarray:
        """(E, 7) discount * potential(after) - potential(before), weighted."""
        if not self.config.potential:
            return np.zeros(before.shape[:2])
        # Nothing is expected after the end, or ending early would be worth something.
        next_potential = np.where(ended[:, None], 0.0, potential(after))
        return self.config.potential * (self.discount * next_potential - potential(before))


def _checked(custom: object, num_envs: int) -> np.ndarray:
    """What a custom function returned, as (E, 7) float32."""
    try:
        array = np.asarray(custom, np.float32)
    except (TypeError, ValueError):
        array = None
    wanted = (num_envs, DEFENDED_ZONES)
    if custom is None or array is None or array.shape != wanted:
        given = f"shape {array.shape}" if array is not None and array.ndim else f"{custom!r:.40}"
        raise ValueError(f"the custom reward returned {given}; wanted numbers of shape {wanted}")
    return array


def signs(messages: np.ndarray) -> np.ndarray:
    """Raw messages (E, 7, 76) -> (E, 7, 16, 3) bool: process event, connection event, decoy
    touched, by host."""
    check_messages(messages)
    parts = (
        messages[..., PROCESS] > 0,
        messages[..., CONNECTION] > 0,
        messages[..., PRIORITY] == Priority.DECOY_TOUCHED,
    )
    return np.stack(parts, axis=-1)


def potential(messages: np.ndarray) -> np.ndarray:
    """Raw messages (E, 7, 76) -> (E, 7): minus the summed severity of what is known of a zone's
    hosts."""
    check_messages(messages)
    files = SEVERITY[messages[..., PRIORITY]]
    process = messages[..., PROCESS].astype(np.float32)
    events = (process + messages[..., CONNECTION]) / 3
    return -np.maximum(files, events).sum(axis=-1)


def finished_actions(
    state: np.ndarray, visible: np.ndarray, sessions_before: np.ndarray | None = None
) -> np.ndarray:
    """ENV and VISIBLE records (E,) after a tick -> (E, 7, 8) bool: own actions on hosts that
    succeeded, by zone and class.

    An Analyse succeeds when it brought a result, a Remove or Restore when it cleaned the host, a
    DeployDecoy when it ended.

    With ``sessions_before``, red's sessions on each host (E, 128) before the tick, a Remove
    succeeds only where there are fewer now.
    """
    zone = state["blue_target"] // SLOTS
    slot = state["blue_target"] % SLOTS
    action_class = state["blue_finished"].astype(np.int64)
    on_host = (action_class >= 0) & (action_class <= LAST_HOST_CLASS)
    on_host &= zone < DEFENDED_ZONES
    env_idx, agent_idx = np.nonzero(on_host)
    zone = zone[env_idx, agent_idx]
    slot = slot[env_idx, agent_idx]
    action_class = action_class[env_idx, agent_idx]
    analysed = visible["analysed"][env_idx, zone, slot] > 0
    cleaned = visible["cleaned"][env_idx, zone, slot] > 0
    succeeded = np.where(action_class == ANALYSE, analysed, cleaned)
    succeeded |= action_class == DECOY
    if sessions_before is not None:
        host = zone * SLOTS + slot
        killed = state["host_sessions"][env_idx, host] < sessions_before[env_idx, host]
        succeeded &= (action_class != REMOVE) | killed
    finished = np.zeros((len(state), DEFENDED_ZONES, 8), bool)
    finished[env_idx[succeeded], zone[succeeded], action_class[succeeded]] = True
    return finished


def restores_by_zone(actions: np.ndarray, layout: ActionLayout) -> np.ndarray:
    """(E, D) action indices of free defenders -> (E, 7) 1 where a Restore begins in a zone."""
    chosen = actions[:, layout.owner]  # (E, 7) what each zone's defender does
    first = layout.offset[RESTORE]  # (7,)
    return ((chosen >= first) & (chosen < first + SLOTS)).astype(np.float32)


def penalties_by_zone(statistics: np.ndarray) -> np.ndarray:
    """STATISTICS records (E,) -> (E, 8) points lost by zone since the episode began, negative."""
    return -np.einsum("epzk,pzk->ez", statistics["penalties"], PENALTY_POINTS)
