"""From the state to what defenders see: the facts of one tick, and the simulator's flat vectors
(section 8)."""

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
def write_facts(env, facts):
    """Copy what the defenders could see of this tick into a FACTS record."""
    facts.phase = env.phase
    facts.step = env.tick
    for zone in range(DEFENDED_ZONES):
        first = zone * SLOTS
        for i in range(ALPHABET_COUNT):
            facts.blocked[zone, i] = env.blocked[zone, i]
            facts.policy[zone, i] = POLICY[env.phase, zone, i]
        for slot in range(SLOTS):
            facts.process[zone, slot] = env.process[first + slot]
            facts.connection[zone, slot] = env.connection[first + slot]
            facts.analysed[zone, slot] = env.analysed[first + slot]
            facts.cleaned[zone, slot] = env.cleaned[first + slot]
    facts.caller_count = env.caller_count
    for i in range(env.caller_count):
        facts.caller_zone[i] = env.caller_zone[i]
        facts.caller_host[i] = env.caller_host[i]
    for d in range(DEFENDED_ZONES):
        facts.busy[d] = env.blue_left[d]
        for bit in range(TEAM_BITS):
            facts.told[d, bit] = env.told[d, bit]


@compiled
def write_hosts(env, facts):
    """Which hosts exist; written once after a reset."""
    for zone in range(DEFENDED_ZONES):
        for slot in range(SLOTS):
            facts.exists[zone, slot] = env.exists[zone * SLOTS + slot]


@compiled
def write_block(facts, zone, out, at):
    """The 59 entries of one zone: one-hot, blocked, policy, process bits, connection bits."""
    for i in range(ALPHABET_COUNT):
        out[at + i] = 0
        out[at + ALPHABET_COUNT + i] = facts.blocked[zone, i]
        out[at + 2 * ALPHABET_COUNT + i] = facts.policy[zone, i]
    out[at + ALPHABET_POSITION[zone]] = 1
    at += 3 * ALPHABET_COUNT
    for slot in range(SLOTS):
        out[at + slot] = facts.process[zone, slot]
        out[at + SLOTS + slot] = facts.connection[zone, slot]


@compiled
def write_flat(facts, first_zone, zone_count, out):
    """The flat vectors of all defenders, shape (D, 210), zeros behind the shorter ones (section
    8.1).

    ``first_zone`` and ``zone_count`` (D,) name each defender's zones, which are neighbours in zone
    order.
    """
    defenders = first_zone.shape[0]
    for d in range(defenders):
        out[d, 0] = facts.phase
        at = 1
        for k in range(zone_count[d]):
            write_block(facts, first_zone[d] + k, out[d], at)
            at += BLOCK_LENGTH
        for other in range(defenders):
            if other != d:
                for bit in range(TEAM_BITS):
                    out[d, at + bit] = facts.told[other, bit]
                at += TEAM_BITS
        for i in range(at, FLAT_LARGE):
            out[d, i] = 0
