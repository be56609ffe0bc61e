"""The entity view: a table with one row per host, of as many rows as there are hosts.

It says the same as the 76-entry message, which has a fixed place for each of 16 slots of a zone. A
learner that takes sets of any size (attention, graph networks) needs no padding with it, and the
same weights serve networks of any size.
"""

import numpy as np

from .constants import ALPHABET, MESSAGE_LENGTH, SERVER_SLOTS, SLOTS
from .engine.message import (
    BLOCKED_AT,
    CONNECTION_AT,
    ONE_HOT_AT,
    POLICY_AT,
    PRIORITY_AT,
    PROCESS_AT,
)

ENTITY_COLUMNS = (
    *(f"zone_{zone}" for zone in ALPHABET),
    "slot",
    "server",
    "process",
    "connection",
    "priority",
    "phase",
    *(f"blocked_{zone}" for zone in ALPHABET),
    *(f"policy_{zone}" for zone in ALPHABET),
)
"""Names of the F columns: zone one-hot (9), slot 0..15, server 0/1, process and connection event
remembered 0/1, host priority 0..3, phase 0..2, traffic into the host's zone blocked per source (9),
against policy per source (9)."""


def entity_table(messages: np.ndarray, exists: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Rows for all existing hosts of a defender's zones, and the column names.

    ``messages`` is (n, 76) for n zones (n = 1 or, for HQ, 3), ``exists`` (n, 16) with 1 where a
    slot has a host. Returns ((H, F) float32, `ENTITY_COLUMNS`) with H = number of existing hosts,
    in the order of the zones and slots.
    """
    messages, exists = np.atleast_2d(messages), np.atleast_2d(exists).astype(bool)
    _check(messages, exists)
    zone, slot = np.nonzero(exists)
    rows, every = messages[zone], np.arange(len(slot))
    of_host = [rows[every, start + slot] for start in (PROCESS_AT, CONNECTION_AT, PRIORITY_AT)]
    parts = [
        rows[:, ONE_HOT_AT:BLOCKED_AT],
        np.stack([slot, slot < SERVER_SLOTS, *of_host, rows[:, 0]], axis=1),
        rows[:, BLOCKED_AT:POLICY_AT],
        rows[:, POLICY_AT:PROCESS_AT],
    ]
    return np.concatenate(parts, axis=1, dtype=np.float32), ENTITY_COLUMNS


def _check(messages: np.ndarray, exists: np.ndarray) -> None:
    if messages.ndim != 2 or messages.shape[1] != MESSAGE_LENGTH:
        raise ValueError(
            f"messages must have shape (zones, {MESSAGE_LENGTH}), got {messages.shape}"
        )
    if exists.shape != (len(messages), SLOTS):
        raise ValueError(f"exists must have shape ({len(messages)}, {SLOTS}), got {exists.shape}")
    if (messages[:, ONE_HOT_AT:BLOCKED_AT].sum(axis=1) != 1).any():
        raise ValueError("every message must name its zone: exactly one of entries 1 to 9 is 1")
