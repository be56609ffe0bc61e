"""An episode in words: what the defenders and red did in a tick, and how the network stands."""

from dataclasses import dataclass

import numpy as np

from course_lib import validate
from course_lib.cyber_range.constants import (
    ACTION_CLASSES,
    ALPHABET,
    DECOY,
    EXP,
    RED_ACTIONS,
    RED_SLEEP,
    SLOTS,
    ZONES,
    host_slot_name,
)
from course_lib.cyber_range.evaluation.episode_record import EpisodeRecord

PHASES = ("pre-planning", "mission A", "mission B")
LEVELS = ("clean", "user session", "root session")
RESULTS = {0: "failed", 1: "succeeded", -1: "no result"}
"""What a record says of a red action."""
MOST_LISTED = 6
"""Longer lists of hosts end with "and n more"."""


@dataclass(frozen=True)
class TickStory:
    """Sentences about one tick; each tuple may be empty."""

    blue: tuple[str, ...]
    """Defender actions that finished."""
    red: tuple[str, ...]
    """Red actions that came due, and phishing."""
    alerts: str
    """Hosts with events, in one sentence, or empty."""


def host_label(host: int) -> str:
    """Short name of a host number: ``OZA server 2``, ``OFF user 7``."""
    return f"{ZONES[host // SLOTS]} {host_slot_name(host % SLOTS).replace('_host_', ' ')}"


def tick_story(record: EpisodeRecord, frame: int) -> TickStory:
    """What led to a frame; frame 0 is the state after reset. ValueError outside 0..T."""
    check_frame(record, frame)
    if frame == 0:
        return TickStory((), (), "")
    tick = frame - 1
    red = _red(record, tick) + _phished(record, tick)
    return TickStory(tuple(_blue(record, tick)), tuple(red), _alerts(record, tick))


def describe_frame(record: EpisodeRecord, frame: int) -> str:
    """One frame in words: time, phase, score, hosts held and root per zone, blocks, decoys."""
    check_frame(record, frame)
    score = record.score_so_far()[frame]
    held = record.hosts_held()[frame]
    where = ", ".join(_held_by_zone(record.level[frame])) or "none"
    return (
        f"Tick {frame} of {record.ticks}, {PHASES[record.phase[frame]]}, score {score:.0f}. "
        f"Red holds {held} of {record.exists.sum()} hosts: {where}. "
        f"Blocked links: {int(record.blocked[frame].sum())}. "
        f"Hosts with decoys: {np.count_nonzero(record.decoys[frame])}. "
        f"Stopped OT services: {int(record.ot_stopped[frame].sum())}."
    )


def _held_by_zone(level: np.ndarray) -> list[str]:
    """``level`` (128,) of 0..2 -> "OZA 3 (1 root)" for each zone in which red holds something."""
    zones = []
    for zone, levels in zip(ZONES, level.reshape(-1, SLOTS), strict=True):
        roots = np.count_nonzero(levels == 2)
        if levels.any():
            zones.append(f"{zone} {np.count_nonzero(levels)} ({roots} root)")
    return zones


def check_frame(record: EpisodeRecord, frame: int) -> None:
    """Raise a ValueError for a frame that the record does not have."""
    validate.instance("record", record, EpisodeRecord, "record_episode makes one")
    validate.whole_number("frame (0 is after reset)", frame, 0, record.ticks)


def _blue(record: EpisodeRecord, tick: int) -> list[str]:
    lines = []
    for action, host in zip(record.blue_class[tick], record.blue_host[tick], strict=True):
        if action > DECOY or host < 0:  # the later classes are not aimed at a host
            continue
        before = LEVELS[record.level[tick, host]]
        after = LEVELS[record.level[tick + 1, host]]
        change = f"{after} before and now" if before == after else f"{before} before, {after} now"
        lines.append(f"{ACTION_CLASSES[action]} {host_label(host)}: {change}")
    changed = record.blocked[tick + 1].astype(int) - record.blocked[tick]
    for zone, source in np.argwhere(changed):
        word = "BlockTraffic" if changed[zone, source] > 0 else "AllowTraffic"
        lines.append(f"{word} {ALPHABET[source]} to {ZONES[zone]}")
    return lines


def _red(record: EpisodeRecord, tick: int) -> list[str]:
    lines = []
    for agent in range(record.red_kind.shape[1]):
        kind = int(record.red_kind[tick, agent])
        source = int(record.red_source[tick, agent])
        host = int(record.red_host[tick, agent])
        if kind == RED_SLEEP:
            continue
        target = f" {host_label(host)}" if host >= 0 else ""
        origin = f" from {host_label(source)}" if source not in (-1, host) else ""
        result = RESULTS[int(record.red_success[tick, agent])]
        lines.append(f"{RED_ACTIONS[kind]}{target}{origin}: {result}")
    return lines


def _phished(record: EpisodeRecord, tick: int) -> list[str]:
    """A red session that appears where no exploit succeeded came by phishing."""
    exploits = (record.red_kind[tick] == EXP) & (record.red_success[tick] == 1)
    exploited = record.red_host[tick][exploits]
    new = np.flatnonzero((record.level[tick] == 0) & (record.level[tick + 1] > 0))
    return [f"Phishing opened a session on {host_label(int(h))}" for h in new if h not in exploited]


def _alerts(record: EpisodeRecord, tick: int) -> str:
    hosts = []
    for host in np.flatnonzero(record.process[tick] | record.connection[tick]):
        process = ["process"] if record.process[tick, host] else []
        connection = ["connection"] if record.connection[tick, host] else []
        events = " and ".join(process + connection)
        hosts.append(f"{host_label(int(host))} ({events})")
    listed = ", ".join(hosts[:MOST_LISTED])
    rest = len(hosts) - MOST_LISTED
    return f"{listed} and {rest} more" if rest > 0 else listed
