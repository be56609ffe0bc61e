"""What a tick shows a team: one function for playing, training and recording.

The range gives messages; from them come the IOC that each unit observes, the doctrine's mask, and
which actions have a target. `observe_team` works all this out for R environments at once.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from course_lib.cyber_range.constants import ANALYSE, DECOY, REMOVE, RESTORE

from .doctrine import Doctrine
from .spaces import ACTION_CLASS, ACTION_SLOT, ACTIONS, MESSAGE, PHASE, normalised, zone_ioc
from .team import Team
from .wiring import Wiring

ON_HOST = np.isin(ACTION_CLASS, (ANALYSE, REMOVE, RESTORE, DECOY))
"""(82,) bool, the actions that have a host."""


@dataclass(frozen=True)
class TeamObservation:
    """What R environments show a team of U units, L of them leaves."""

    wiring: Wiring
    """Of the team's tree: the order of the units."""
    raw: np.ndarray
    """(R, L, 76) messages in the range's whole numbers."""
    messages: Tensor
    """(R, L, 76) the same, normalised."""
    alive: np.ndarray
    """(R, U) bool, False where a unit is lost."""
    allowed: np.ndarray
    """(R, L, 82) bool, which actions have a target."""
    doctrine: np.ndarray
    """(R, L, 82) float32 mask of every leaf."""
    rule: np.ndarray
    """(R, L) place of the rule that fired, the length of the doctrine where none did."""
    own_ioc: np.ndarray
    """(R, U) IOC that every unit collected: a leaf its zone's, an inner unit its children's."""
    ioc: Tensor
    """(R, U) IOC that every unit observes, by the configuration's scope."""
    notes: Tensor | None = None
    """(R, L, 194) what the leaves remember; None where no notes are kept."""

    @property
    def phase(self) -> Tensor:
        """(R,) mission phase, halved; the same in every zone."""
        return self.messages[:, 0, PHASE]

    def leaf_notes(self, level: int) -> Tensor | None:
        """The notes, for the leaves' level alone: commanders keep none."""
        return self.notes if level == 0 else None

    def unit_doctrine(self, env_idx: np.ndarray) -> Tensor:
        """(K, U, 82) masks of all units in some environments (K,).

        An inner unit's is the mean of its children's.
        """
        masks = self.wiring.merge_up(self.doctrine[env_idx], self.alive[env_idx], "mean")
        return torch.as_tensor(masks)

    @cached_property
    def all_doctrine(self) -> Tensor:
        """(R, U, 82) masks of all units in all environments."""
        return self.unit_doctrine(np.arange(len(self.raw)))

    @cached_property
    def all_allowed(self) -> Tensor:
        """(R, U, 82) bool; a commander orders classes of action, so everything is allowed to it."""
        allowed = np.ones((len(self.raw), self.wiring.count, ACTIONS), bool)
        allowed[:, : self.wiring.leaf_count] = self.allowed
        return torch.as_tensor(allowed)


def observe_team(
    team: Team,
    doctrine: Doctrine,
    raw: np.ndarray,
    exists: np.ndarray,
    alive: np.ndarray,
    notes: np.ndarray | None = None,
) -> TeamObservation:
    """Work out what a tick shows every unit of a team.

    Args:
        team: its wiring and the choices of its units.
        doctrine: rules for every unit.
        raw: (R, L, 76) messages of the leaves, in the range's whole numbers.
        exists: (R, L, 16) bool, or (L, 16) if it is the same everywhere: where a zone has a host.
        alive: (R, U) bool.
        notes: (R, L, 194) of the leaves, if they keep any.
    """
    wiring, config = team.wiring, team.config.unit
    num_envs, leaves = raw.shape[:2]
    allowed = np.broadcast_to(allowed_actions(exists), (num_envs, leaves, ACTIONS))
    # All zones of all environments are one list of messages to the rules.
    rows = raw.reshape(-1, MESSAGE)
    mask, rule = doctrine.consult(rows, allowed.reshape(-1, ACTIONS))
    leaf_ioc = zone_ioc(raw) * alive[:, :leaves]
    own_ioc = wiring.merge_up(leaf_ioc, alive, config.ioc_merge)
    ioc = wiring.observed_ioc(own_ioc, config.ioc_scope, alive)
    return TeamObservation(
        wiring=wiring,
        raw=raw,
        messages=torch.as_tensor(normalised(raw)),
        alive=alive,
        allowed=allowed,
        doctrine=mask.reshape(num_envs, leaves, ACTIONS),
        rule=rule.reshape(num_envs, leaves),
        own_ioc=own_ioc,
        ioc=torch.as_tensor(ioc),
        notes=None if notes is None else torch.as_tensor(notes),
    )


def allowed_actions(exists: np.ndarray) -> np.ndarray:
    """(..., 16) bool which hosts exist -> (..., 82) bool which actions have a target.

    Actions without a host are always allowed, also those that change nothing, as AllowTraffic where
    nothing is blocked: the range takes them, and a trained team uses them as another Sleep.
    """
    return exists[..., ACTION_SLOT] | ~ON_HOST
