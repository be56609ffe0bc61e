"""The entity view: a table with one row per host, of as many rows as there are hosts.

It says the same as the 76-entry message, which has a fixed place for each of 16 slots of a zone. A learner
that takes sets of any size (attention, graph networks) needs no padding with it, and the same weights serve
networks of any size.
"""

import numpy as np

from .names import ALPHABET, ALPHABET_COUNT, ALPHABET_ZONE, MESSAGE_LENGTH, SERVER_SLOTS, SLOTS

BLOCKED_AT, POLICY_AT, PROCESS_AT, CONNECTION_AT, PRIORITY_AT = 10, 19, 28, 44, 60
"""First entries of the parts of a message."""

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
"""Names of the F columns: zone one-hot (9), slot 0..15, server 0/1, process and connection event remembered 0/1,
host priority 0..3, phase 0..2, traffic into the host's zone blocked per source (9), against policy per source (9)."""


def entity_table(messages: np.ndarray, exists: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Rows for all existing hosts of a defender's zones, and the column names.

    ``messages`` is (n, 76) for n zones (n = 1 or, for HQ, 3), ``exists`` (n, 16) with 1 where a slot has a host.
    Returns ((H, F) float32, `ENTITY_COLUMNS`) with H = number of existing hosts, in the order of the zones and slots.
    """
    messages, exists = np.atleast_2d(messages), np.atleast_2d(exists).astype(bool)
    _check(messages, exists)
    zone, slot = np.nonzero(exists)
    rows = messages[zone]
    host_columns = [
        slot,
        slot < SERVER_SLOTS,
        rows[np.arange(len(slot)), PROCESS_AT + slot],
        rows[np.arange(len(slot)), CONNECTION_AT + slot],
        rows[np.arange(len(slot)), PRIORITY_AT + slot],
        rows[:, 0],
    ]
    parts = [
        rows[:, 1 : 1 + ALPHABET_COUNT],
        np.stack(host_columns, axis=1),
        rows[:, BLOCKED_AT : BLOCKED_AT + ALPHABET_COUNT],
        rows[:, POLICY_AT : POLICY_AT + ALPHABET_COUNT],
    ]
    return np.concatenate(parts, axis=1, dtype=np.float32), ENTITY_COLUMNS


def entity_hosts(messages: np.ndarray, exists: np.ndarray) -> np.ndarray:
    """(H,) host numbers ``16 * zone + slot`` of the rows of `entity_table`, for the same arguments."""
    messages, exists = np.atleast_2d(messages), np.atleast_2d(exists).astype(bool)
    _check(messages, exists)
    zones = ALPHABET_ZONE[messages[:, 1 : 1 + ALPHABET_COUNT].argmax(axis=1)]
    row, slot = np.nonzero(exists)
    return zones[row] * SLOTS + slot


def _check(messages: np.ndarray, exists: np.ndarray) -> None:
    if messages.ndim != 2 or messages.shape[1] != MESSAGE_LENGTH:
        raise ValueError(f"messages must have shape (zones, {MESSAGE_LENGTH}), got {messages.shape}")
    if exists.shape != (len(messages), SLOTS):
        raise ValueError(f"exists must have shape ({len(messages)}, {SLOTS}), got {exists.shape}")
    if (messages[:, 1 : 1 + ALPHABET_COUNT].sum(axis=1) != 1).any():
        raise ValueError("every message must name its zone: exactly one of entries 1 to 9 is 1")
