"""A defender that follows the written mission policy: block what the policy forbids, allow what it
permits."""

import numpy as np

from ..actions import source_columns
from ..constants import ALLOW, ALPHABET_COUNT, ALPHABET_POSITION, BLOCK, DEFENDED_ZONES
from ..observations import BLOCKED, POLICY
from ..policy import Tick
from .base import ScriptedPolicy

_OWN = ALPHABET_POSITION[:DEFENDED_ZONES, None]
FOREIGN = np.arange(ALPHABET_COUNT)[None, :] != _OWN
"""(7, 9) True for the sources that are not the zone itself."""


class Firewall(ScriptedPolicy):
    """Keeps the blocks of its zones equal to the policy bits of the phase, one change a tick.

    The policy bits differ from what the green users really do, and blocks stop neither phishing nor
    what red does inside a zone: obeying the policy alone is not a defence.
    """

    name = "firewall"

    def decide(self, tick: Tick) -> np.ndarray:
        """(E, D) the first Block or Allow that brings a zone closer to its policy; else Sleep."""
        policy = tick.obs[:, :, POLICY] > 0
        blocked = tick.obs[:, :, BLOCKED] > 0
        return self.change_blocks(policy & FOREIGN, blocked, tick)

    def change_blocks(self, wanted: np.ndarray, blocked: np.ndarray, tick: Tick) -> np.ndarray:
        """(E, 7, 9) wanted and present blocks -> (E, D) actions; allows go before blocks."""
        actions = self.sleeping(tick.size)
        # What is written later wins, so the most important comes last: Allow, and the first zone.
        self._change(actions, BLOCK, wanted & ~blocked, tick.free)
        self._change(actions, ALLOW, blocked & ~wanted, tick.free)
        return actions

    def _change(
        self, actions: np.ndarray, action_class: int, change: np.ndarray, free: np.ndarray
    ) -> None:
        """Write Block or Allow into (E, D) actions for the first source to be changed."""
        for zone in reversed(range(DEFENDED_ZONES)):
            sources = change[:, zone, source_columns(zone)]
            defender = self.layout.owner[zone]
            changes = sources.any(axis=1) & free[:, defender]
            first = sources.argmax(axis=1)  # the first True; 0 if there is none
            index = self.layout.offset[action_class, zone] + first
            actions[:, defender] = np.where(changes, index, actions[:, defender])
