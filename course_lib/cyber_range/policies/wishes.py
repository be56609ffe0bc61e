"""From 'what would I like to do on each host' to one action per defender.

A policy that thinks in hosts fills a ``Wishes`` table: for every zone and slot a class of action
and how urgent it is. Each free defender then carries out the most urgent wish among its own zones;
a busy one sleeps, because whatever it submits is thrown away (and a Restore would cost a point).
"""

import numpy as np

from ..actions import ActionLayout
from ..constants import DEFENDED_ZONES, SLEEP, SLOTS


class Wishes:
    """Urgency and class of the wanted action on every host; the most urgent wish on a host wins.

    ``urgency`` (E, 7, 16) float, 0 = nothing wanted; ``action`` (E, 7, 16) class numbers.
    """

    def __init__(self, size: int):
        self.urgency = np.zeros((size, DEFENDED_ZONES, SLOTS))
        self.action = np.full((size, DEFENDED_ZONES, SLOTS), SLEEP, np.int64)

    def want(self, action_class: int, where: np.ndarray, urgency) -> None:
        """Ask for ``action_class`` where the (E, 7, 16) bool is True, unless something more urgent
        is wanted there."""
        better = where & (urgency > self.urgency)
        self.urgency = np.where(better, urgency, self.urgency)
        self.action = np.where(better, action_class, self.action)


def carry_out(
    wishes: Wishes, exists: np.ndarray, free: np.ndarray, layout: ActionLayout
) -> tuple[np.ndarray, ...]:
    """The most urgent wish of each defender as (E, D) action indices; Sleep where nothing is
    wanted.

    Returns:
        actions (E, D) indices, classes (E, D) class numbers, hosts (E, D) as 16 * zone + slot (-1
        for Sleep).
    """
    size = len(free)
    rows = np.arange(size)
    urgency = np.where(exists, wishes.urgency, 0.0)
    actions = np.tile(layout.single(SLEEP), (size, 1))
    classes, hosts = np.full_like(actions, SLEEP), np.full_like(actions, -1)
    for d in range(layout.count):
        zones = layout.zones[d]
        own = urgency[:, zones].reshape(size, -1)
        best = own.argmax(axis=1)
        zone, slot = zones[best // SLOTS], best % SLOTS
        action_class = wishes.action[rows, zone, slot]
        go = free[:, d] & (own[rows, best] > 0)
        actions[:, d] = np.where(go, layout.offset[action_class, zone] + slot, actions[:, d])
        classes[:, d] = np.where(go, action_class, SLEEP)
        hosts[:, d] = np.where(go, SLOTS * zone + slot, -1)
    return actions, classes, hosts
