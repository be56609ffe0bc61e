"""Red's sessions: gain, lose, promote, hand over (sections 5.4 to 5.6)."""

from ..constants import RED_COUNT, RED_OWNER, SLOTS, ZONE_COUNT
from .compiled import compiled
from .records import Env, Parameters
from .rng import pick
from .state import MAX_KNOWN_IDS, MAX_SCANS, MAX_SESSIONS


@compiled
def find_session(env: Env, r: int, session_id: int) -> int:
    """Table place of agent r's session with that id, or -1."""
    for i in range(env.session_count[r]):
        if env.session_id[r, i] == session_id:
            return i
    return -1


@compiled
def session_on(env: Env, r: int, host: int) -> bool:
    """True if agent r has any session on the host."""
    for i in range(env.session_count[r]):
        if env.session_host[r, i] == host:
            return True
    return False


@compiled
def root_on(env: Env, r: int, host: int) -> bool:
    """True if agent r has a root session on the host."""
    if env.host_roots[host] == 0:
        return False
    for i in range(env.session_count[r]):
        if env.session_host[r, i] == host and env.session_root[r, i]:
            return True
    return False


@compiled
def add_session(env: Env, r: int, host: int, pid: int, root: int, abstract: int) -> None:
    """Give agent r a session; its id is the largest current one plus 1, or 0 (section 5.4)."""
    n = env.session_count[r]
    if n == MAX_SESSIONS - 1:  # the last row is spare room for promote
        env.overflow += 1
        return
    env.session_id[r, n] = 0 if n == 0 else env.session_id[r, n - 1] + 1
    env.session_host[r, n] = host
    env.session_pid[r, n] = pid
    env.session_root[r, n] = root
    env.session_abstract[r, n] = abstract
    env.session_serial[r, n] = env.next_serial
    env.next_serial += 1
    env.session_count[r] = n + 1
    env.gained[r] = 1
    if RED_OWNER[host // SLOTS] != r:
        env.foreign += 1
    if env.host_sessions[host] == 0:
        env.held_hosts[host // SLOTS] += 1
        env.held_since[host] = env.tick
    env.host_sessions[host] += 1
    env.host_roots[host] += root


@compiled
def drop_session(env: Env, r: int, i: int) -> None:
    """Take away agent r's session at table place i, with its port memory."""
    host = env.session_host[r, i]
    if RED_OWNER[host // SLOTS] != r:
        env.foreign -= 1
    env.host_sessions[host] -= 1
    env.host_roots[host] -= env.session_root[r, i]
    if env.host_sessions[host] == 0:
        env.held_hosts[host // SLOTS] -= 1
    forget_scans(env, r, env.session_serial[r, i])
    env.session_count[r] -= 1
    for j in range(i, env.session_count[r]):
        copy_session(env, r, j + 1, j)
    env.lost[r] = 1


@compiled
def copy_session(env: Env, r: int, source: int, target: int) -> None:
    """Copy one row of agent r's session table over another."""
    env.session_id[r, target] = env.session_id[r, source]
    env.session_host[r, target] = env.session_host[r, source]
    env.session_pid[r, target] = env.session_pid[r, source]
    env.session_serial[r, target] = env.session_serial[r, source]
    env.session_root[r, target] = env.session_root[r, source]
    env.session_abstract[r, target] = env.session_abstract[r, source]


@compiled
def remember_scan(env: Env, r: int, serial: int, host: int, ports: int) -> None:
    """Port memory of one session: a new scan of a host replaces the old one."""
    for i in range(env.scan_count[r]):
        if env.scan_serial[r, i] == serial and env.scan_host[r, i] == host:
            env.scan_ports[r, i] = ports
            return
    n = env.scan_count[r]
    if n == MAX_SCANS:
        env.overflow += 1
        return
    env.scan_serial[r, n] = serial
    env.scan_host[r, n] = host
    env.scan_ports[r, n] = ports
    env.scan_count[r] = n + 1


@compiled
def recall_scan(env: Env, params: Parameters, r: int, serial: int, host: int) -> int:
    """Ports of the host in that session's memory, 0 if it never scanned it."""
    for i in range(env.scan_count[r] - 1, -1, -1):
        if env.scan_host[r, i] == host and (
            env.scan_serial[r, i] == serial or not params.port_memory_per_session
        ):
            return int(env.scan_ports[r, i])
    return 0


@compiled
def forget_scans(env: Env, r: int, serial: int) -> None:
    """Delete the port memory of a session that is gone."""
    kept = 0
    for i in range(env.scan_count[r]):
        if env.scan_serial[r, i] != serial:
            env.scan_serial[r, kept] = env.scan_serial[r, i]
            env.scan_host[r, kept] = env.scan_host[r, i]
            env.scan_ports[r, kept] = env.scan_ports[r, i]
            kept += 1
    env.scan_count[r] = kept


@compiled
def hand_over_foreign(env: Env) -> None:
    """Move each session outside its agent's zones to the agent that owns the zone (section 5.5)."""
    if env.foreign == 0:
        return
    for r in range(RED_COUNT):
        i = 0
        while i < env.session_count[r]:
            host = env.session_host[r, i]
            owner = RED_OWNER[host // SLOTS]
            if owner == r:
                i += 1
                continue
            pid = env.session_pid[r, i]
            root = env.session_root[r, i]
            since = env.held_since[host]
            drop_session(env, r, i)
            add_session(env, owner, host, pid, root, 1)
            env.held_since[host] = since


@compiled
def wake_and_sleep(env: Env) -> None:
    """An agent with a session is active from the next tick, one without is not (section 5.5)."""
    for r in range(RED_COUNT):
        env.awake[r] = env.session_count[r] > 0


@compiled
def check_sessions(env: Env) -> None:
    """RedSessionCheck: keep an id 0, then show every session to its active agent (section 5.6)."""
    for r in range(RED_COUNT):
        if env.session_count[r] > 0:
            if env.session_id[r, 0] != 0:
                promote(env, r)
            if env.gained[r]:
                learn_sessions(env, r)


@compiled
def promote(env: Env, r: int) -> None:
    """Re-number a uniformly random session to 0; it keeps its type, so it may be one that cannot
    scan."""
    i = pick(env, env.session_count[r])
    last = MAX_SESSIONS - 1
    copy_session(env, r, i, last)
    for j in range(i, 0, -1):
        copy_session(env, r, j - 1, j)
    copy_session(env, r, last, 0)
    env.session_id[r, 0] = 0
    env.gained[r] = 1


@compiled
def learn_sessions(env: Env, r: int) -> None:
    """Ids of abstract sessions enter the known set for good; zones of own sessions become known
    (sections 5.4, 5.7)."""
    for i in range(env.session_count[r]):
        env.zones_known[r] |= 1 << (env.session_host[r, i] // SLOTS)
        if env.session_abstract[r, i]:
            learn_id(env, r, env.session_id[r, i])


@compiled
def learn_id(env: Env, r: int, session_id: int) -> None:
    """Add one id to agent r's known ids unless it is there."""
    for i in range(env.known_count[r]):
        if env.known_id[r, i] == session_id:
            return
    if env.known_count[r] == MAX_KNOWN_IDS:
        env.overflow += 1
        return
    env.known_id[r, env.known_count[r]] = session_id
    env.known_count[r] += 1


@compiled
def held_by(env: Env, r: int) -> int:
    """Hosts in agent r's zones that red holds."""
    total = 0
    for zone in range(ZONE_COUNT):
        if RED_OWNER[zone] == r:
            total += env.held_hosts[zone]
    return total
