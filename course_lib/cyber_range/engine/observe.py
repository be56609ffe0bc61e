"""From the state to what defenders see: the record of one tick, and the flat vectors (section
8)."""

import numpy as np

from ..constants import (
    ADM,
    ALPHABET_COUNT,
    ALPHABET_POSITION,
    BLOCK_LENGTH,
    DEFENDED_ZONES,
    FLAT_LARGE,
    OFF,
    OZA,
    OZB,
    PAZ,
    RZA,
    RZB,
    SLOTS,
    TEAM_BITS,
)
from .compiled import compiled
from .records import Env, Visible

# 1 = should not communicate, alphabetical sources ADM CON INT OFF OZA OZB PAZ RZA RZB (section
# 8.2).
POLICY_ROWS = {
    ADM: ("100011000", "100011000", "100011000"),
    OFF: ("000111000", "000111000", "000111000"),
    PAZ: ("000011100", "000011100", "000011100"),
    RZA: ("000001010", "011011011", "000001011"),
    OZA: ("111111101", "111111111", "111111101"),
    RZB: ("000010001", "000010011", "011011011"),
    OZB: ("111111110", "111111110", "111111111"),
}
POLICY = np.zeros((3, DEFENDED_ZONES, ALPHABET_COUNT), np.uint8)
for _zone, _rows in POLICY_ROWS.items():
    for _phase, _row in enumerate(_rows):
        POLICY[_phase, _zone] = [int(bit) for bit in _row]


@compiled
def write_visible(env: Env, visible: Visible) -> None:
    """Copy what the defenders could see of this tick into a VISIBLE record."""
    visible.phase = env.phase
    visible.step = env.tick
    for zone in range(DEFENDED_ZONES):
        first = zone * SLOTS
        for i in range(ALPHABET_COUNT):
            visible.blocked[zone, i] = env.blocked[zone, i]
            visible.policy[zone, i] = POLICY[env.phase, zone, i]
        for slot in range(SLOTS):
            visible.process[zone, slot] = env.process[first + slot]
            visible.connection[zone, slot] = env.connection[first + slot]
            visible.analysed[zone, slot] = env.analysed[first + slot]
            visible.cleaned[zone, slot] = env.cleaned[first + slot]
    visible.caller_count = env.caller_count
    for i in range(env.caller_count):
        visible.caller_zone[i] = env.caller_zone[i]
        visible.caller_host[i] = env.caller_host[i]
    for d in range(DEFENDED_ZONES):
        visible.busy[d] = env.blue_left[d]
        for bit in range(TEAM_BITS):
            visible.told[d, bit] = env.told[d, bit]


@compiled
def write_hosts(env: Env, visible: Visible) -> None:
    """Which hosts exist; written once after a reset."""
    for zone in range(DEFENDED_ZONES):
        for slot in range(SLOTS):
            visible.exists[zone, slot] = env.exists[zone * SLOTS + slot]


@compiled
def write_block(visible: Visible, zone: int, out: np.ndarray, at: int) -> None:
    """The 59 entries of one zone: one-hot, blocked, policy, process bits, connection bits."""
    for i in range(ALPHABET_COUNT):
        out[at + i] = 0
        out[at + ALPHABET_COUNT + i] = visible.blocked[zone, i]
        out[at + 2 * ALPHABET_COUNT + i] = visible.policy[zone, i]
    out[at + ALPHABET_POSITION[zone]] = 1
    at += 3 * ALPHABET_COUNT
    for slot in range(SLOTS):
        out[at + slot] = visible.process[zone, slot]
        out[at + SLOTS + slot] = visible.connection[zone, slot]


@compiled
def write_flat(
    visible: Visible, first_zone: np.ndarray, zone_count: np.ndarray, out: np.ndarray
) -> None:
    """The flat vectors of all defenders, shape (D, 210), zeros behind the shorter ones (section
    8.1).

    ``first_zone`` and ``zone_count`` (D,) name each defender's zones, which are neighbours in zone
    order.
    """
    defenders = first_zone.shape[0]
    for d in range(defenders):
        out[d, 0] = visible.phase
        at = 1
        for k in range(zone_count[d]):
            write_block(visible, first_zone[d] + k, out[d], at)
            at += BLOCK_LENGTH
        for other in range(defenders):
            if other != d:
                for bit in range(TEAM_BITS):
                    out[d, at + bit] = visible.told[other, bit]
                at += TEAM_BITS
        for i in range(at, FLAT_LARGE):
            out[d, i] = 0
