"""Who can teach: anybody who says in every tick what they would do, for somebody else to decide."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from course_lib.cyber_range.constants import SLEEP, SLOTS
from course_lib.cyber_range.policies.expert import Expert
from course_lib.cyber_range.policies.wishes import Orders
from course_lib.cyber_range.policy import Tick
from course_lib.hierarchy.defender import HierarchicalDefender
from course_lib.hierarchy.doctrine import FULL
from course_lib.hierarchy.note_table import NO_HOST
from course_lib.hierarchy.policy import PolicyConfig
from course_lib.hierarchy.spaces import ACTION_CLASS, ACTION_SLOT
from course_lib.hierarchy.team import Team, TeamConfig
from course_lib.hierarchy.team_observation import ON_HOST
from course_lib.hierarchy.tree import THREE_LAYER
from course_lib.hierarchy.unit import UnitConfig


class Adviser(Protocol):
    """What a teacher is asked."""

    def reset(self, seed: int) -> None:
        """New episodes begin."""
        ...

    def open_tick(self, obs: np.ndarray, info: Mapping[str, np.ndarray]) -> Tick:
        """The tick that these arrays show."""
        ...

    def advise(self, tick: Tick) -> Orders:
        """What every defender should do."""
        ...

    def begin(self, classes: np.ndarray, hosts: np.ndarray) -> None:
        """Be told what was done, (E, D) classes and hosts."""
        ...


class FiveRules:
    """The full doctrine, by itself: no network has a say. It has no memory to be kept."""

    def __init__(self) -> None:
        alone = UnitConfig(policy=PolicyConfig(doctrine_weight=1.0))
        self.defender = HierarchicalDefender(Team(THREE_LAYER, TeamConfig(unit=alone)), FULL)

    def reset(self, seed: int) -> None:
        """New episodes begin."""
        self.defender.reset(seed)

    def open_tick(self, obs: np.ndarray, info: Mapping[str, np.ndarray]) -> Tick:
        """The tick that these arrays show."""
        return self.defender.open_tick(obs, info)

    def advise(self, tick: Tick) -> Orders:
        """What the rules would do; where several hosts fit a rule, one of them is drawn."""
        decided = self.defender.decisions(tick)
        leaves = decided.leaves
        agents = self.defender.owner[leaves.leaf_idx]
        zones = self.defender.zones[leaves.leaf_idx]
        classes = np.full_like(decided.actions, SLEEP)
        hosts = np.full_like(decided.actions, NO_HOST)
        classes[leaves.env_idx, agents] = ACTION_CLASS[leaves.chosen]
        on_host = SLOTS * zones + ACTION_SLOT[leaves.chosen]
        hosts[leaves.env_idx, agents] = np.where(ON_HOST[leaves.chosen], on_host, NO_HOST)
        return Orders(decided.actions, classes, hosts)

    def begin(self, classes: np.ndarray, hosts: np.ndarray) -> None:
        """Nothing is remembered."""


def make_teacher(name: str) -> Adviser:
    """One of `strong_config.TEACHERS`."""
    return Expert() if name == "expert" else FiveRules()
