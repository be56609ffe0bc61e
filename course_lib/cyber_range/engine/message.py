"""The 76-entry message of a zone, computed only from what its defender could see.

Entry 0 is the mission phase, 1-9 say which zone this is, 10-18 which sources are blocked towards
it, 19-27 which zones it should not talk to, 28-43 and 44-59 are *remembered* process and connection
events of its 16 host slots, and 60-75 the *host priority* of each slot: 0 nothing known, 1 a file
left by a privilege escalation, 2 a file left by an exploit, 3 the host touched a decoy.

One VISIBLE record of each tick goes in, one MEMORY record is carried along; both engines use these
functions. The observation is that of Singh et al. (2024, arXiv:2410.17351), kept where it helps a
learner and changed where the published code throws information away.

Order of one tick, as in the published code:

1. Hosts named in the team messages of this tick are marked 3 by the defender that owns them.
2. A host on which an own Remove or Restore finished is forgotten: both bits and the priority, also
   after a Remove, although the files stay on the host until a Restore.
3. The events of this tick are added to the remembered bits (so an event of the very tick of a
   Restore, which red or green caused after it, stays visible).
4. A host that touched a decoy is marked 3 by the defender of that decoy if it owns the host. If a
   team mate owns it, it is queued to be told. Hosts of the contractor network belong to nobody:
   they are neither marked nor told.
5. Files found by a finished Analyse set the priority to 1 or 2. A mark of 3 never replaces those.

Timing of a told host: touched in tick t, it is in the 8 bits that the defender sends with its
action of tick t+1, and the owner's observation at the end of tick t+1 shows the 3. The bits are
zone number + 1 (four bits, alphabetical, high bit first; 0 = no message) and slot (four bits).

What we kept: the marks, their precedence, the forgetting, one host per message and tick, a host
waits at most once in a queue, one message for all three zones of the HQ defender.
What we changed: (a) the published code stops at the first marked host of a zone, hides later marks
of that zone and looks at no further decoy; we show and use all of them. (b) Its queue is an
unordered set; ours is first come, first told, so that an episode depends on its seed alone. (c) A
mark in another zone of the HQ defender is shown at once instead of one tick later. (d) A busy
defender keeps its view instead of seeing all ones; the infos carry ``busy``. (e) Which decoys stand
where is known from the defender's own finished DeployDecoy and Restore actions, not read from the
true state. (f) A message that names no existing host of a team mate is ignored.
"""

import numpy as np

from ..constants import (
    ALPHABET_COUNT,
    ALPHABET_POSITION,
    ALPHABET_ZONE,
    DEFENDED_ZONES,
    MESSAGE_LENGTH,
    SLOTS,
    TEAM_BITS,
    AnalyseResult,
    Priority,
)
from .compiled import compiled, entry
from .records import Memory, Visible

DEFENDED_HOSTS = DEFENDED_ZONES * SLOTS
HALF = TEAM_BITS // 2
"""Bits of a team message for the zone, and again for the slot."""

ONE_HOT_AT = 1
BLOCKED_AT = ONE_HOT_AT + ALPHABET_COUNT
POLICY_AT = BLOCKED_AT + ALPHABET_COUNT
PROCESS_AT = POLICY_AT + ALPHABET_COUNT
CONNECTION_AT = PROCESS_AT + SLOTS
PRIORITY_AT = CONNECTION_AT + SLOTS
assert PRIORITY_AT + SLOTS == MESSAGE_LENGTH

HOSTS = (DEFENDED_ZONES, SLOTS)
BITS = (DEFENDED_ZONES, TEAM_BITS)
QUEUES = (DEFENDED_ZONES, DEFENDED_HOSTS)
_FIELDS = np.dtype(
    [
        ("seen_process", "u1", HOSTS),  # 1: a process event since the host was last cleaned
        ("seen_connection", "u1", HOSTS),  # 1: a connection event since then
        ("priority", "u1", HOSTS),  # a Priority
        ("tell", "u1", BITS),  # message each defender sends with its next action
        ("waiting", "i2", (DEFENDED_ZONES,)),  # hosts in each defender's queue
        ("queue", "u1", QUEUES),  # host numbers still to be told, oldest first
    ],
    align=True,
)
MEMORY = np.dtype((np.record, _FIELDS))
"""dtype of what the defenders of one environment remember; all zeros at the start of an episode."""


@entry
def forget(memory: Memory) -> None:
    """Empty one MEMORY record in place, as at the start of an episode."""
    for zone in range(DEFENDED_ZONES):
        memory.waiting[zone] = 0
        for slot in range(SLOTS):
            forget_host(memory, zone, slot)
        for bit in range(TEAM_BITS):
            memory.tell[zone, bit] = 0


@entry
def remember(memory: Memory, visible: Visible, owner: np.ndarray) -> None:
    """Bring one MEMORY record up to date with the VISIBLE record of the tick just executed.

    ``owner`` is an integer array of shape (7,): the defender of each zone,
    ``constants.OFFICIAL_OWNER[:7]`` or ``arange(7)``. Call it once per tick, and once after the
    reset with that first VISIBLE record.
    """
    hear_team(memory, visible, owner)
    for zone in range(DEFENDED_ZONES):
        for slot in range(SLOTS):
            if visible.cleaned[zone, slot]:
                forget_host(memory, zone, slot)
            memory.seen_process[zone, slot] |= visible.process[zone, slot]
            memory.seen_connection[zone, slot] |= visible.connection[zone, slot]
    notice_callers(memory, visible, owner)
    for zone in range(DEFENDED_ZONES):
        for slot in range(SLOTS):
            found = visible.analysed[zone, slot]
            if found == AnalyseResult.ROOT_FILE:
                memory.priority[zone, slot] = Priority.ROOT_FILE
            elif found == AnalyseResult.USER_FILE:
                memory.priority[zone, slot] = Priority.USER_FILE
    choose_messages(memory)


@entry
def write_messages(memory: Memory, visible: Visible, out: np.ndarray) -> None:
    """Write the message of every defended zone into ``out``, shape (7, 76), int8, all entries 0..3.

    ``memory`` must have remembered ``visible`` already. Zones come in the order RZA OZA RZB OZB ADM
    OFF PAZ.
    """
    for zone in range(DEFENDED_ZONES):
        out[zone, 0] = visible.phase
        for name in range(ALPHABET_COUNT):
            out[zone, ONE_HOT_AT + name] = 1 if ALPHABET_POSITION[zone] == name else 0
            out[zone, BLOCKED_AT + name] = visible.blocked[zone, name]
            out[zone, POLICY_AT + name] = visible.policy[zone, name]
        for slot in range(SLOTS):
            out[zone, PROCESS_AT + slot] = memory.seen_process[zone, slot]
            out[zone, CONNECTION_AT + slot] = memory.seen_connection[zone, slot]
            out[zone, PRIORITY_AT + slot] = memory.priority[zone, slot]


@compiled
def forget_host(memory: Memory, zone: int, slot: int) -> None:
    """Clear everything remembered of one host."""
    memory.seen_process[zone, slot] = 0
    memory.seen_connection[zone, slot] = 0
    memory.priority[zone, slot] = Priority.NOTHING_KNOWN


@compiled
def mark_decoy_touch(memory: Memory, zone: int, slot: int) -> None:
    """Give a host priority 3, unless files were found on it."""
    if memory.priority[zone, slot] == Priority.NOTHING_KNOWN:
        memory.priority[zone, slot] = Priority.DECOY_TOUCHED


@compiled
def hear_team(memory: Memory, visible: Visible, owner: np.ndarray) -> None:
    """Mark the hosts that team mates named in the messages of this tick."""
    for sender in range(DEFENDED_ZONES):
        number = 0
        slot = 0
        for bit in range(HALF):
            number = 2 * number + visible.told[sender, bit]
            slot = 2 * slot + visible.told[sender, HALF + bit]
        if number < 1 or number > ALPHABET_COUNT:
            continue
        zone = ALPHABET_ZONE[number - 1]
        if 0 <= zone < DEFENDED_ZONES and owner[zone] != sender and visible.exists[zone, slot]:
            mark_decoy_touch(memory, zone, slot)


@compiled
def notice_callers(memory: Memory, visible: Visible, owner: np.ndarray) -> None:
    """Mark own hosts that touched an own decoy, and queue those of team mates."""
    for i in range(visible.caller_count):
        zone = visible.caller_host[i] // SLOTS
        if zone >= DEFENDED_ZONES:
            continue
        defender = owner[visible.caller_zone[i]]
        if owner[zone] == defender:
            mark_decoy_touch(memory, zone, visible.caller_host[i] % SLOTS)
        else:
            add_to_queue(memory, defender, visible.caller_host[i])


@compiled
def add_to_queue(memory: Memory, defender: int, host: int) -> None:
    """Append a host to a defender's queue unless it waits there already."""
    waiting = memory.waiting[defender]
    for i in range(waiting):
        if memory.queue[defender, i] == host:
            return
    memory.queue[defender, waiting] = host
    memory.waiting[defender] = waiting + 1


@compiled
def choose_messages(memory: Memory) -> None:
    """Take the oldest host from each queue and write it as the defender's next 8 bits."""
    for defender in range(DEFENDED_ZONES):
        number = 0
        slot = 0
        if memory.waiting[defender] > 0:
            host = memory.queue[defender, 0]
            number = ALPHABET_POSITION[host // SLOTS] + 1
            slot = host % SLOTS
            memory.waiting[defender] -= 1
            for i in range(memory.waiting[defender]):
                memory.queue[defender, i] = memory.queue[defender, i + 1]
        for bit in range(HALF):
            memory.tell[defender, bit] = (number >> (HALF - 1 - bit)) & 1
            memory.tell[defender, HALF + bit] = (slot >> (HALF - 1 - bit)) & 1
