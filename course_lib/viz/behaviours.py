"""Which trainings are the same team: defenders placed by what they do, not by what they score.

`measure_behaviour` plays a few episodes and counts; `behaviour_figure` places every defender by how
much it works on hosts, and by how much more it does so in a zone that shows an alarm. `twins` says
for each whose action mix is nearest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from course_lib.cyber_range import ACTION_CLASSES, BatchPolicy, VectorRange, action_layout
from course_lib.cyber_range.constants import DEFENDED_ZONES, REMOVE, RESTORE, SLOTS
from course_lib.hierarchy.spaces import CONNECTION, PROCESS

from .figures import label_axes, new_figure, series_style

CURES = (REMOVE, RESTORE)
"""Classes of action that answer an alarm."""


@dataclass(frozen=True)
class Behaviour:
    """What one defender did in some episodes."""

    name: str
    mix: np.ndarray
    """(8,) share of each class among the actions that were begun."""
    cures: float
    """Share of Remove and Restore among them."""
    response: float
    """How much likelier a zone with an alarm is cured than one without, while its agent is free:
    a difference of two shares, -1 to 1."""


def measure_behaviour(
    policy: BatchPolicy, name: str, seed: int = 0, episodes: int = 8, ticks: int = 200
) -> Behaviour:
    """Play and count.

    Args:
        policy: it must read the message observation, in which alarms stand.
        name: what the figure calls it.
        seed: of the first episode.
        episodes: played side by side.
        ticks: of each.

    Raises:
        ValueError: for a policy with another observation.
    """
    if policy.observation != "message":
        raise ValueError(
            f"{name!r} reads the observation {policy.observation!r}; alarms stand in 'message'"
        )
    layout = action_layout(policy.defenders)
    env = VectorRange(episodes, policy.defenders, seed, "message")
    observation, info = env.reset()
    policy.reset(seed)
    mix = np.zeros(len(ACTION_CLASSES))
    seen = np.zeros(2)  # free zones without, and with an alarm
    cured = np.zeros(2)
    for _ in range(ticks):
        actions = policy.act_batch(observation, info)
        free = info["busy"] == 0
        classes, hosts = layout.targets(actions)
        mix += np.bincount(classes[free], minlength=len(mix))
        alarm = _alarms(observation)
        cure = _cured_zones(classes, hosts, free)
        for shows in (0, 1):
            zones = free[:, layout.owner] & (alarm == bool(shows))
            seen[shows] += zones.sum()
            cured[shows] += (zones & cure).sum()
        observation, _, _, _, info = env.step(actions)
    shares = mix / mix.sum()
    calm, alarmed = cured / np.maximum(seen, 1)
    return Behaviour(name, shares, float(shares[list(CURES)].sum()), float(alarmed - calm))


def _alarms(observation: np.ndarray) -> np.ndarray:
    """(E, 7, 76) messages -> (E, 7) bool, which zones show an event."""
    events = observation[:, :, PROCESS] + observation[:, :, CONNECTION]
    return (events > 0).any(axis=2)


def _cured_zones(classes: np.ndarray, hosts: np.ndarray, free: np.ndarray) -> np.ndarray:
    """(E, 7) bool, in which zones a Remove or Restore was begun; arguments are (E, D)."""
    cured = np.zeros((len(classes), DEFENDED_ZONES), bool)
    rows, agents = np.nonzero(np.isin(classes, CURES) & free & (hosts >= 0))
    cured[rows, hosts[rows, agents] // SLOTS] = True
    return cured


def twins(behaviours: Sequence[Behaviour]) -> list[tuple[str, str, float]]:
    """For each (name, name of the nearest, share of actions that differ): 0 is the same mix.

    The distance is the total variation of the two mixes.
    """
    mixes = np.stack([one.mix for one in behaviours])
    apart = np.abs(mixes[:, None] - mixes[None]).sum(axis=2) / 2
    np.fill_diagonal(apart, np.inf)
    nearest = apart.argmin(axis=1)
    found = []
    for place, other in enumerate(nearest):
        distance = float(apart[place, other])
        found.append((behaviours[place].name, behaviours[other].name, distance))
    return found


def behaviour_figure(behaviours: Sequence[Behaviour]) -> Figure:
    """The scatter: to the right who removes and restores much, upwards who does it on an alarm."""
    figure, ax = new_figure(figsize=(7, 4.5))
    for place, one in enumerate(behaviours):
        style = series_style(place)
        x, y = 100 * one.cures, 100 * one.response
        ax.scatter(x, y, color=style["color"], marker=style["marker"], s=60)
        # above the mark and centred: beside it, the name of one team would cover its neighbour
        ax.annotate(one.name, (x, y), xytext=(0, 8), textcoords="offset points", ha="center")
    ax.axhline(0, color="0.5", linewidth=1)
    ax.margins(0.2)
    label_axes(ax, "Remove and Restore among all actions (%)", "more of them on an alarm (%)")
    return figure
