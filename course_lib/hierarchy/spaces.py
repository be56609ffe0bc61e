"""What every entry of an observation and of an action list means: names, classes and scales in one
place.

A unit observes 86 numbers (section 3.3 of the HC-MARL paper): the mission phase, the command it
received, the message its children sent it (a leaf gets its message from the range), and the
indicator of compromise, IOC. It weighs 82 actions, which fall into 8 classes; a command has one
priority for each class.
"""

import functools

import numpy as np

from course_lib import validate
from course_lib.cyber_range.actions import TABLES, ActionLayout, action_label
from course_lib.cyber_range.constants import (
    ACTION_CLASSES,
    DEFENDED_ZONES,
    MESSAGE_LENGTH,
    MONITOR,
    SLEEP,
    SMALL_ACTIONS,
    ZONES,
)
from course_lib.cyber_range.observations import (
    BLOCKED,
    CONNECTION,
    PHASE,
    POLICY,
    PRIORITY,
    PROCESS,
    message_names,
)

ACTIONS = SMALL_ACTIONS
"""A = 82 actions of a unit."""
CLASSES = len(ACTION_CLASSES)
"""C = 8 action classes, and entries of a command."""
MESSAGE = MESSAGE_LENGTH
"""D = 76 entries of a message."""
OBSERVATION = 1 + CLASSES + MESSAGE + 1
"""86 entries: phase, command, message, IOC."""

ACTION_CLASS = TABLES[0, :ACTIONS, 0].astype(np.int64)
"""(82,) class number of each action, in the range's own order of actions."""
ACTION_SLOT = TABLES[0, :ACTIONS, 2].astype(np.int64)
"""(82,) host slot of an action on a host, source number of a traffic action, else 0."""
CLASS_MEMBERS = tuple(np.flatnonzero(ACTION_CLASS == c) for c in range(CLASSES))
"""For each class the indices of its actions."""

ZONE_NAMES = ZONES[:DEFENDED_ZONES]
"""Names a leaf may have to defend a zone of the range, in the order of the message observation."""

SEVERITY = np.array([0.0, 1.0, 2 / 3, 1 / 3], np.float32)
"""Host priority 0..3 as a severity: nothing known 0, root-level file 1, user-level file 2/3, decoy
touched 1/3.

The numbers 1, 2, 3 are names, not amounts: 1 is the worst. As they are, a network would read 'decoy
touched' as three times 'root-level file'.
"""


def observation_names() -> tuple[str, ...]:
    """Names of the 86 entries of a unit's observation."""
    commands = (f"command: {name}" for name in ACTION_CLASSES)
    return (
        "mission phase (observed)",
        *commands,
        *(f"message: {name}" for name in message_names()),
        "IOC",
    )


@functools.cache
def action_names(zone: str = "RZA") -> tuple[str, ...]:
    """Names of the 82 actions of the defender of ``zone``; ValueError for a zone nobody defends."""
    if zone not in ZONE_NAMES:
        raise ValueError(f"zone {zone!r} has no defender; there are {', '.join(ZONE_NAMES)}")
    return tuple(action_label("per-zone", ZONE_NAMES.index(zone), a) for a in range(ACTIONS))


def agent_action(layout: ActionLayout, zones: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(K,) actions 0..81 in ``zones`` (K,) as indices of the lists of the agents that own them."""
    # An agent's list holds, for each zone it owns, blocks of actions by class.
    classes = ACTION_CLASS[chosen]
    without_target = (classes == MONITOR) | (classes == SLEEP)
    item = np.where(without_target, 0, ACTION_SLOT[chosen])
    return layout.offset[classes, zones] + item


def normalised(messages: np.ndarray) -> np.ndarray:
    """Raw messages (..., 76) of whole numbers -> float32 in [0, 1]: phase halved, host priority as
    `SEVERITY`. ValueError for anything else."""
    check_messages(messages)
    scaled = np.asarray(messages).astype(np.float32)
    scaled[..., PHASE] /= 2
    scaled[..., PRIORITY] = SEVERITY[np.asarray(messages)[..., PRIORITY]]
    return scaled


def check_messages(messages: np.ndarray) -> None:
    """ValueError unless these are raw messages: whole numbers (..., 76), host priorities 0 to 3."""
    validate.instance("messages", messages, np.ndarray, "the range observes some")
    if messages.dtype.kind not in "iu":
        raise ValueError("messages hold whole numbers only")
    if messages.shape[-1:] != (MESSAGE,):
        raise ValueError(f"messages have shape (..., {MESSAGE}), not {messages.shape}")
    priority = messages[..., PRIORITY]
    if not priority.size:
        return
    validate.whole_number("the smallest host priority", priority.min(), 0)
    validate.whole_number("the largest host priority", priority.max(), 0, 3)


def zone_ioc(messages: np.ndarray) -> np.ndarray:
    """Raw messages (..., 76) -> (...,) float32 in [0, 1]: the indicator of compromise of a zone.

    The severity of its worst host; a process and a connection event together count like a
    user-level file (an exploit leaves both), a single event like a touched decoy. ValueError for
    what are no messages.
    """
    check_messages(messages)
    files = SEVERITY[messages[..., PRIORITY]]
    events = (messages[..., PROCESS] + messages[..., CONNECTION]).astype(np.float32) / 3
    return np.maximum(files, events).max(axis=-1)


__all__ = [
    "ACTIONS",
    "ACTION_CLASS",
    "ACTION_CLASSES",
    "ACTION_SLOT",
    "BLOCKED",
    "CLASSES",
    "CLASS_MEMBERS",
    "CONNECTION",
    "MESSAGE",
    "OBSERVATION",
    "PHASE",
    "POLICY",
    "PRIORITY",
    "PROCESS",
    "SEVERITY",
    "ZONE_NAMES",
    "action_names",
    "agent_action",
    "check_messages",
    "message_names",
    "normalised",
    "observation_names",
    "zone_ioc",
]
