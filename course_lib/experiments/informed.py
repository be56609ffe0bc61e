"""How good could a defender be that knew where red is? A scripted one that is told, for scale.

`Informed` is the `expert` with the engine's own record of red's sessions in place of beliefs. It is
no policy: no defender of the game may look there. Its score says how much of a defender's loss is
ignorance, and how far below zero the game itself stays (sections 5 and 7 of the rules): phase 0
costs points in the contractor zone, where nobody may act.

    python -m course_lib bench lesson-runs l13-told-where-red-is

Which footholds it restores was chosen among twelve variants on the episodes 5000 to 5099; its score
is measured on others. It is a defender that was found, not a bound that was proved.
"""

from dataclasses import replace

import numpy as np

from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.constants import DEFENDED_ZONES, LWF, REMOVE, RESTORE, SLOTS, Priority
from course_lib.cyber_range.evaluation.rollout import play_batch
from course_lib.cyber_range.observations import PRIORITY
from course_lib.cyber_range.policies.expert import (
    DEAR_FOOTHOLD,
    OPEN_SESSION,
    ROOT_FOUND,
    USED_FOOTHOLD,
    Expert,
)
from course_lib.cyber_range.policies.wishes import Orders, Wishes, carry_out
from course_lib.cyber_range.policy import Tick

BATCH = 100
"""Episodes that are played at once."""


class Informed(Expert):
    """Removes every session that Remove can end, and restores what red holds as root, or scans
    from, where that is worth its point."""

    name = "told where red is"

    def __init__(self, world: VectorRange) -> None:
        """``world`` is the range it plays in; its state is read in every tick."""
        super().__init__(world.defenders)
        self._world = world
        # Held after a Remove that has ended: a session that left no trace Remove could act on.
        self._stays = np.zeros((world.num_envs, DEFENDED_ZONES, SLOTS), bool)

    def advise(self, tick: Tick) -> Orders:
        """What it does in this tick."""
        beliefs = self._beliefs
        removed = self._ended_removes(tick)
        beliefs.update(tick, self.layout.zones)
        held = self._hosts("host_sessions") > 0
        root = self._hosts("host_roots") > 0
        self._stays = held & (self._stays | removed)
        prices = self._prices(tick)
        worth = self._worth(tick, prices)[:, :, None]
        dear = prices[:, :, LWF, None] >= self.config.dear
        wishes = Wishes(tick.size)
        wishes.want(RESTORE, worth & root, ROOT_FOUND)
        # Footholds as the expert treats them: restoring every one of them costs more than it saves.
        wishes.want(RESTORE, worth & dear & beliefs.foothold, DEAR_FOOTHOLD)
        wishes.want(RESTORE, worth & beliefs.foothold & held, USED_FOOTHOLD)
        wishes.want(REMOVE, held & ~root & ~self._stays, OPEN_SESSION)
        self._want_looks_and_decoys(wishes, _with_files(tick, held, root))
        self._wishes = wishes
        return carry_out(wishes, tick.exists, tick.free, self.layout)

    def _ended_removes(self, tick: Tick) -> np.ndarray:
        """(E, 7, 16) bool, where a Remove has ended in the last tick."""
        own = self._beliefs.own
        ended = tick.free & (own.host >= 0) & (own.action_class == REMOVE)
        envs, agents = np.nonzero(ended)
        flags = np.zeros((tick.size, DEFENDED_ZONES * SLOTS), bool)
        flags[envs, own.host[envs, agents]] = True
        return flags.reshape(-1, DEFENDED_ZONES, SLOTS)

    def _hosts(self, count: str) -> np.ndarray:
        """(E, 7, 16) red's sessions of one kind on the hosts of the defended zones."""
        of_all = self._world.state[count][:, : DEFENDED_ZONES * SLOTS]
        return of_all.reshape(-1, DEFENDED_ZONES, SLOTS)


def _with_files(tick: Tick, held: np.ndarray, root: np.ndarray) -> Tick:
    """The tick as it would be shown if every host had just been analysed."""
    obs = tick.obs.copy()
    files = np.where(root, Priority.ROOT_FILE, np.where(held, Priority.USER_FILE, 0))
    obs[:, :, PRIORITY] = files
    return replace(tick, obs=obs)


def scores(episodes: int, seed: int, steps: int = 500) -> np.ndarray:
    """(episodes,) official scores, points, of consecutive seeds."""
    found = []
    for first in range(seed, seed + episodes, BATCH):
        size = min(BATCH, seed + episodes - first)
        world = VectorRange(size, seed=first, observation="message", steps=steps)
        found.append(play_batch(world, Informed(world), first)["score"])
    return np.concatenate(found)
