"""Whether a state that was read from a file is one that the rules could have left.

Compiled code follows the numbers of a state without a look: a host number of 4,000 would read, and
write, somebody else's memory. A checksum tells a damaged file; it does not tell one that somebody
sealed anew. So every number is compared with its limits, every count with what it counts, and every
list that others rely on with what it repeats.
"""

from typing import Any

import numpy as np

from ..actions import ActionLayout
from ..constants import (
    ALLOW,
    ALPHABET_COUNT,
    BLOCK,
    DEFENDED_ZONES,
    LAST_HOST_CLASS,
    RED_COUNT,
    RED_OWNER,
    SERVER_SLOTS,
    SLOTS,
    ZONE_COUNT,
)
from ..engine.message import write_messages
from ..engine.state import UNKNOWN, F
from ..engine.step import flat_some, masks_some
from . import limits

ZONE_OF_HOST = np.arange(ZONE_COUNT * SLOTS) // SLOTS
SLOT_OF_HOST = np.arange(ZONE_COUNT * SLOTS) % SLOTS


Arrays = dict[str, np.ndarray]


def check(saved: dict[str, Any], own: Arrays, steps: int, layout: ActionLayout) -> None:
    """ValueError, one line, unless a range could be in this state between two ticks.

    Args:
        saved: the state, by the names of the range's arrays.
        own: the range's arrays, whose shapes and types are wanted.
        steps: length of its episodes, ticks.
        layout: of its defenders.
    """
    for name, wanted in own.items():
        array = saved[name]
        if array.shape != wanted.shape or array.dtype != wanted.dtype:
            raise ValueError(
                f"the state of another range: {name} has shape {array.shape}, wanted {wanted.shape}"
            )
    check_state(saved["state"], steps)
    check_visible(saved["visible"], saved["state"])
    check_memory(saved["memory"])
    check_statistics(saved["statistics"])
    check_shown(saved, layout)


def check_state(states: np.ndarray, steps: int) -> None:
    """ValueError, one line, unless (E,) ENV records are states between two ticks.

    Args:
        states: (E,) of `state.ENV`.
        steps: length of an episode, ticks.
    """
    within("state", states, limits.STATE)
    _check("tick", states["tick"] < steps)
    _check("reward", np.isfinite(states["reward"]))
    _check_hosts(states)
    _check_blue(states)
    _check_decoys(states)
    for env in states:
        _check_sessions(env)
        _check_beliefs(env)


def check_visible(visible: np.ndarray, states: np.ndarray) -> None:
    """ValueError, one line, unless (E,) VISIBLE records show these (E,) states."""
    within("visible", visible, limits.VISIBLE)
    exists = states["exists"].reshape(len(states), ZONE_COUNT, SLOTS)
    _check("exists", visible["exists"] == exists[:, :DEFENDED_ZONES])
    _check("step", visible["step"] == states["tick"])
    _check("busy", visible["busy"] == states["blue_left"])


def check_memory(memory: np.ndarray) -> None:
    """ValueError, one line, unless (E,) MEMORY records can be carried on."""
    within("memory", memory, limits.MEMORY)
    for queues, waiting in zip(memory["queue"], memory["waiting"], strict=True):
        for queue, count in zip(queues, waiting, strict=True):
            # Each host waits at most once, so that a queue is never longer than its room.
            _check("queue", len(np.unique(queue[:count])) == count)


def check_shown(saved: Arrays, layout: ActionLayout) -> None:
    """ValueError, one line, unless masks and observations are those of the state; a range writes
    one of its two kinds of observation and leaves the other empty."""
    zones = layout.first_zone, layout.zone_count
    visible = saved["visible"]
    masks = np.zeros_like(saved["masks"])
    flat = np.zeros_like(saved["flat"])
    message = np.zeros_like(saved["message"])
    masks_some(visible, *zones, masks)
    flat_some(visible, *zones, flat, 0, len(flat))
    for memory, seen, out in zip(saved["memory"], visible, message, strict=True):
        write_messages(memory, seen, out)
    _check("masks", saved["masks"] == masks)
    is_flat = np.array_equal(saved["flat"], flat) and not saved["message"].any()
    is_message = np.array_equal(saved["message"], message) and not saved["flat"].any()
    _check("observation", is_flat or is_message)


def check_statistics(statistics: np.ndarray) -> None:
    """ValueError, one line, unless (E,) STATISTICS records hold counts and finite points."""
    for name in statistics.dtype.names or ():
        values = statistics[name]
        if values.dtype.kind == "f":
            _check(name, np.isfinite(values))
        else:
            _check(name, values >= 0)


def within(what: str, records: np.ndarray, table: limits.Limits) -> None:
    """ValueError, one line, unless every number of the records lies within its limits."""
    for name, (low, high) in table.items():
        values = records[name]
        outside = values < low
        if high is not None:
            outside = outside | (values > high)
        if outside.any():
            found = values[outside].flat[0]
            wanted = f"{low} or more" if high is None else f"{low} to {high}"
            raise ValueError(f"{what}: {name} is {found}, wanted {wanted}")


def _check(name: str, fits: np.ndarray | bool) -> None:
    if not np.all(fits):
        raise ValueError(f"state: {name} does not fit the rest of the state")


def _check_hosts(states: np.ndarray) -> None:
    """Hosts that exist follow from the numbers of servers and users, and so do green users."""
    servers = states["servers"][:, ZONE_OF_HOST]
    users = states["users"][:, ZONE_OF_HOST]
    is_server = SLOT_OF_HOST < SERVER_SLOTS
    exists = np.where(is_server, SLOT_OF_HOST < servers, SLOT_OF_HOST - SERVER_SLOTS < users)
    _check("exists", states["exists"] == exists)
    _check("green_count", states["green_count"] == states["users"].sum(axis=1))


def _check_blue(states: np.ndarray) -> None:
    """An action in progress has the kind of target that its class needs."""
    action_class = states["blue_class"]
    target = states["blue_target"]
    busy = states["blue_left"] > 0
    on_traffic = busy & ((action_class == ALLOW) | (action_class == BLOCK))
    on_host = busy & (action_class <= LAST_HOST_CLASS)
    _check("blue_target", (target >= 0) | ~(on_traffic | on_host))
    _check("blue_target", (target < DEFENDED_ZONES * ALPHABET_COUNT) | ~on_traffic)


def _check_decoys(states: np.ndarray) -> None:
    """The decoys of every host are those of the list."""
    for env in states:
        listed = env["decoy_host"][: env["decoy_count"]]
        _check("decoys", env["decoys"] == _count_by_host(listed))


def _check_sessions(env: np.void) -> None:
    """What is counted by host and zone follows from the six tables of sessions."""
    hosts = _listed(env, "session_host", "session_count")
    roots = _listed(env, "session_root", "session_count")
    held = _count_by_host(np.concatenate(hosts))
    _check("host_sessions", env["host_sessions"] == held)
    rooted = [host[root == 1] for host, root in zip(hosts, roots, strict=True)]
    _check("host_roots", env["host_roots"] == _count_by_host(np.concatenate(rooted)))
    by_zone = (held > 0).reshape(ZONE_COUNT, SLOTS).sum(axis=1)
    _check("held_hosts", env["held_hosts"] == by_zone)
    for r, own in enumerate(hosts):
        _check("foreign", RED_OWNER[own // SLOTS] == r)
    _check("foreign", env["foreign"] == 0)


def _check_beliefs(env: np.void) -> None:
    """Each red agent's list of hosts it may choose is the list of those it believes something of:
    one more would be written behind the end of the list."""
    for r, believed in enumerate(_listed(env, "believed", "believed_count")):
        belief = env["belief"][r]
        known = np.flatnonzero((belief != UNKNOWN) & (belief != F))
        _check("believed", np.array_equal(np.sort(believed), known))


def _listed(env: np.void, name: str, count: str) -> list[np.ndarray]:
    """The part in use of each red agent's table."""
    return [env[name][r, : env[count][r]] for r in range(RED_COUNT)]


def _count_by_host(hosts: np.ndarray) -> np.ndarray:
    return np.bincount(hosts, minlength=ZONE_COUNT * SLOTS)
