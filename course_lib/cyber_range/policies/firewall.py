"""A defender that follows the written mission policy: block what the policy forbids, allow what it
permits."""

import numpy as np

from ..actions import source_columns
from ..constants import ALLOW, ALPHABET_COUNT, ALPHABET_POSITION, BLOCK, DEFENDED_ZONES
from ..observations import BLOCKED, POLICY
from ..policy import Tick
from .base import ScriptedPolicy


class Firewall(ScriptedPolicy):
    """Keeps the blocks of its zones equal to the policy bits of the current phase, one change a
    tick.

    The policy bits differ from what the green users really do, and blocks stop neither phishing nor
    what red does inside a zone: obeying the policy alone is not a defence.
    """

    name = "firewall"

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) the first Block or Allow that brings a zone closer to its policy; else Sleep."""
        policy, blocked = tick.obs[:, :, POLICY] > 0, tick.obs[:, :, BLOCKED] > 0
        return self.change_blocks(policy & _FOREIGN, blocked, tick)

    def change_blocks(self, wanted: np.ndarray, blocked: np.ndarray, tick: Tick) -> np.ndarray:
        """(E, 7, 9) wanted and present blocks -> (E, D) actions; allows go before blocks."""
        actions = self.sleeping(tick.size)
        for action_class, change in ((BLOCK, wanted & ~blocked), (ALLOW, blocked & ~wanted)):
            for zone in range(DEFENDED_ZONES)[::-1]:
                columns = change[:, zone, source_columns(zone)]
                defender = self.layout.owner[zone]
                found = columns.any(axis=1) & tick.free[:, defender]
                index = self.layout.offset[action_class, zone] + columns.argmax(axis=1)
                actions[:, defender] = np.where(found, index, actions[:, defender])
        return actions


_FOREIGN = np.arange(ALPHABET_COUNT)[None, :] != ALPHABET_POSITION[:DEFENDED_ZONES, None]
"""(7, 9) True for the sources that are not the zone itself."""
