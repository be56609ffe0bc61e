"""From 'what would I like to do on each host' to one action per defender.

A policy that thinks in hosts fills a ``Wishes`` table: for every zone and slot a class of action
and how urgent it is. Each free defender then carries out the most urgent wish among its own zones;
a busy one sleeps, because whatever it submits is thrown away (and a Restore would cost a point).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..actions import ActionLayout
from ..constants import DEFENDED_ZONES, LAST_HOST_CLASS, SLEEP, SLOTS
from .own_actions import NONE


class Wishes:
    """Urgency and class of the wanted action on every host; the most urgent wish on a host wins.

    ``urgency`` (E, 7, 16) float, 0 = nothing wanted; ``action`` (E, 7, 16) class numbers. What was
    less urgent is noted as it was asked for, and only worked out for a `ranking`.

    Args:
        size: number of environments E.
    """

    def __init__(self, size: int) -> None:
        hosts = (size, DEFENDED_ZONES, SLOTS)
        self.urgency = np.zeros(hosts)
        self.action = np.full(hosts, SLEEP, np.int64)
        self._asked: list[tuple[int, np.ndarray, np.ndarray]] = []

    def want(self, action_class: int, where: np.ndarray, urgency: ArrayLike) -> None:
        """Ask for a class of action on some hosts, unless something more urgent is wanted there.

        Args:
            action_class: number of the class.
            where: (E, 7, 16) bool.
            urgency: above 0; one number, or (E, 7, 16).
        """
        urgency = np.asarray(urgency)
        self._asked.append((action_class, where.copy(), urgency))  # beliefs change in place
        better = where & (urgency > self.urgency)
        self.urgency = np.where(better, urgency, self.urgency)
        self.action = np.where(better, action_class, self.action)

    def ranking(self, layout: ActionLayout) -> np.ndarray:
        """(E, D, 242) urgency of every action; 0 for Sleep, -inf for what nobody wants."""
        size = len(self.urgency)
        scores = layout.nothing_but_sleep(size)
        for action_class, urgency in enumerate(self._of_class()):
            wanted = np.where(urgency > 0, urgency, -np.inf)
            for zone, owner in enumerate(layout.owner):
                first = layout.offset[action_class, zone]
                of_owner = scores[:, owner]  # a view: what is written here stands in `scores`
                of_owner[:, first : first + SLOTS] = wanted[:, zone]
        return scores

    def _of_class(self) -> np.ndarray:
        """(4, E, 7, 16) the largest urgency that each class of action was asked for with."""
        urgencies = np.zeros((LAST_HOST_CLASS + 1, *self.urgency.shape))
        for action_class, where, urgency in self._asked:
            largest = urgencies[action_class]
            np.maximum(largest, urgency, out=largest, where=where)
        return urgencies


class Orders(NamedTuple):
    """One action for each defender."""

    actions: np.ndarray
    """(E, D) action indices."""
    classes: np.ndarray
    """(E, D) class numbers."""
    hosts: np.ndarray
    """(E, D) hosts as 16 * zone + slot, -1 for Sleep."""


def carry_out(wishes: Wishes, exists: np.ndarray, free: np.ndarray, layout: ActionLayout) -> Orders:
    """The most urgent wish of each defender; Sleep where nothing is wanted.

    Args:
        wishes: of all zones.
        exists: (E, 7, 16) bool, where there is a host.
        free: (E, D) bool, which defenders can begin an action.
        layout: of the D defenders.
    """
    size = len(free)
    rows = np.arange(size)
    # Beliefs are kept for all 16 slots of a zone; an order needs a host that is there.
    urgency = np.where(exists, wishes.urgency, 0.0)
    actions = np.tile(layout.single(SLEEP), (size, 1))
    classes = np.full_like(actions, SLEEP)
    hosts = np.full_like(actions, NONE)
    for d, zones in enumerate(layout.zones):
        own_urgency = urgency[:, zones].reshape(size, -1)
        best = own_urgency.argmax(axis=1)  # of equally urgent hosts the first
        place, slot = np.divmod(best, SLOTS)
        zone = zones[place]
        wanted = wishes.action[rows, zone, slot]
        begins = free[:, d] & (own_urgency[rows, best] > 0)
        index = layout.offset[wanted, zone] + slot
        actions[:, d] = np.where(begins, index, actions[:, d])
        classes[:, d] = np.where(begins, wanted, SLEEP)
        hosts[:, d] = np.where(begins, SLOTS * zone + slot, NONE)
    return Orders(actions, classes, hosts)
