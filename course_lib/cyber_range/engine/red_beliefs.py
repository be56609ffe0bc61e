"""What a red agent believes: it reads the result of its last action, new hosts, lost sessions
(section 5.3)."""

import numpy as np

from ..constants import (
    ADM,
    ASD,
    CON,
    DRS,
    EXP,
    OFF,
    OZA,
    OZB,
    PAZ,
    PE,
    RED_OWNER,
    RZA,
    RZB,
    SLOTS,
    SSD,
    WITHDRAW,
    ZONE_COUNT,
)
from .compiled import compiled
from .records import Env, Parameters
from .state import KD, RD, SD, UD, UNKNOWN, F, K, R, S, U

# Zones whose first server is named in the files of a zone's first server (section 1.5).
REVEALS = np.zeros((ZONE_COUNT, ZONE_COUNT), np.uint8)
for _zone, _others in {
    CON: (RZA, RZB, PAZ),
    RZA: (OZA, CON),
    OZA: (RZA,),
    RZB: (OZB, CON),
    OZB: (RZB,),
    PAZ: (ADM, OFF, CON),
    ADM: (PAZ,),
    OFF: (PAZ,),
}.items():
    REVEALS[_zone, list(_others)] = 1

SWEPT = np.array([UNKNOWN, KD, KD, SD, SD, UD, UD, RD, RD, F])
"""State after a successful sweep of the host's subnet."""
SCANNED = np.array([UNKNOWN, S, SD, S, SD, U, UD, R, RD, F])
EXPLOITED = np.array([UNKNOWN, K, KD, U, UD, U, UD, R, RD, F])
ESCALATED = np.array([UNKNOWN, K, KD, S, SD, R, RD, R, RD, F])
WITHDRAWN = np.array([UNKNOWN, K, KD, S, SD, S, SD, S, SD, F])


@compiled
def read_results(env: Env, params: Parameters, r: int) -> None:
    """Bring agent r's beliefs up to date: results, then new hosts, then lost sessions."""
    if env.due_success[r] == 1:
        read_success(env, params, r)
    if env.gained[r]:
        see_own_sessions(env, r)
    if env.lost[r]:
        notice_losses(env, r)


@compiled
def read_success(env: Env, params: Parameters, r: int) -> None:
    """Change the belief about the host an action succeeded on, and take in what it revealed."""
    kind, host = env.due_kind[r], env.due_host[r]
    if kind == DRS:
        sweep(env, r, env.due_zone[r])
        return
    state = env.belief[r, host]
    if kind == ASD or kind == SSD:
        state = SCANNED[state]
    elif kind == EXP:
        env.named[r, host] = 1
        state = EXPLOITED[state]
        if state == U and RED_OWNER[host // SLOTS] != r and params.red_believes:
            state = F
            stop_believing(env, r, host)
    elif kind == PE:
        state = ESCALATED[state]
        if host % SLOTS == 0 and env.due_reveals[r]:
            reveal(env, params, r, host // SLOTS)
    elif kind == WITHDRAW:
        state = WITHDRAWN[state]
    env.belief[r, host] = state


@compiled
def sweep(env: Env, r: int, zone: int) -> None:
    """A sweep marks hosts known before as swept; hosts it finds enter as K, because they come
    second."""
    for host in range(zone * SLOTS, (zone + 1) * SLOTS):
        if env.exists[host]:
            if env.belief[r, host] == UNKNOWN:
                meet(env, r, host, K)
            else:
                env.belief[r, host] = SWEPT[env.belief[r, host]]


@compiled
def meet(env: Env, r: int, host: int, state: int) -> None:
    """Add a host to those agent r has heard of."""
    env.belief[r, host] = state
    env.believed[r, env.believed_count[r]] = host
    env.believed_count[r] += 1


@compiled
def stop_believing(env: Env, r: int, host: int) -> None:
    """Give a host up: it leaves the list of hosts that may be chosen."""
    n = env.believed_count[r]
    for i in range(n):
        if env.believed[r, i] == host:
            env.believed[r, i] = env.believed[r, n - 1]
            env.believed_count[r] = n - 1
            return


@compiled
def reveal(env: Env, params: Parameters, r: int, zone: int) -> None:
    """Root on a zone's first server tells the names of other zones' first servers (section 1.5)."""
    for other in range(ZONE_COUNT):
        if REVEALS[zone, other]:
            host = other * SLOTS
            if params.red_believes:  # the random agent takes in the address alone
                env.named[r, host] = 1
            if env.belief[r, host] == UNKNOWN:
                meet(env, r, host, K)


@compiled
def see_own_sessions(env: Env, r: int) -> None:
    """Hosts of own sessions become known: as U in the agent's first decision of the episode, later
    as K."""
    state = U if env.first_turn[r] else K
    for i in range(env.session_count[r]):
        host = env.session_host[r, i]
        env.named[r, host] = 1
        if env.belief[r, host] == UNKNOWN:
            meet(env, r, host, state)
    env.gained[r] = 0


@compiled
def notice_losses(env: Env, r: int) -> None:
    """A host believed held, without an own session now, is merely known and swept."""
    for i in range(env.believed_count[r]):
        host = env.believed[r, i]
        if U <= env.belief[r, host] <= RD and env.host_sessions[host] == 0:
            env.belief[r, host] = KD
    env.lost[r] = 0


@compiled
def begin_beliefs(env: Env, params: Parameters, zone: int, host: int) -> None:
    """At reset a red agent knows one own subnet, and the name of one host there (section 1.6).

    The finite-state agents make no use of that host until they see it; the random agent does at
    once.
    """
    r = RED_OWNER[zone]
    env.zones_known[r] = 1 << zone
    env.named[r, host] = 1
    env.first_turn[r] = 1
    if not params.red_believes:
        meet(env, r, host, K)
