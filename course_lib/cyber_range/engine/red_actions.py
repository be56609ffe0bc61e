"""What red's actions do when they come due (section 4)."""

import numpy as np

from ..constants import (
    ALPHABET_POSITION,
    ASD,
    DD,
    DEG,
    DRS,
    EXP,
    IMP,
    PE,
    RED_SLEEP,
    SLOTS,
    SSD,
    WITHDRAW,
)
from .compiled import compiled
from .events import connection_event, decoy_touched, flag_pid, process_event
from .processes import new_pid, refresh_top_pid
from .records import Env, Parameters, Statistics
from .rng import chance, pick
from .sessions import (
    add_session,
    drop_session,
    find_session,
    recall_scan,
    remember_scan,
    root_on,
    session_on,
)
from .state import (
    APACHE2,
    CMD_FILE,
    DECOY_APACHE,
    DECOY_HARAKA,
    DECOY_TOMCAT,
    DECOY_VSFTPD,
    ESCALATE_FILE,
    OTSERVICE,
    PORT_22,
    PORT_25,
    PORT_80,
    PORT_443,
    PORT_3390,
    SERVICE_COUNT,
    SMTP,
)

# Exploits in increasing weight; the last one offered is the one red discards (section 4.1).
SSH, HTTP, HTTPS, SQL, HARAKA, NO_EXPLOIT = range(6)
EXPLOIT_COUNT = 5
PORTS_NEEDED = np.array([PORT_22, PORT_80, PORT_443, PORT_3390, PORT_25])


@compiled
def count_down_red(env: Env, stats: Statistics, r: int) -> None:
    """One tick passes for agent r; a due action whose session is gone is dropped (section 2.3,
    point 5)."""
    if env.red_left[r] == 0:
        return
    env.red_left[r] -= 1
    if env.red_left[r] > 0:
        return
    kind = env.red_kind[r]
    env.due_kind[r] = kind
    env.due_host[r] = env.red_host[r]
    env.due_zone[r] = env.red_zone[r]
    stats.red_attempts[kind] += 1
    place = find_session(env, r, env.red_session[r])
    if place < 0:
        stats.red_dropped += 1
    else:
        env.due_source[r] = env.session_host[r, place]


@compiled
def act(env: Env, stats: Statistics, params: Parameters, r: int) -> None:
    """Run agent r's due action and note its result."""
    if env.due_kind[r] == RED_SLEEP or env.due_source[r] < 0:
        return
    success = run_action(env, stats, params, r, env.due_kind[r], env.due_host[r])
    env.due_success[r] = success
    stats.red_successes[env.due_kind[r]] += success


@compiled
def run_action(
    env: Env, stats: Statistics, params: Parameters, r: int, kind: int, host: int
) -> int:
    """Dispatch on the action; the session is looked up again because blue or green may have moved
    it this tick."""
    place = find_session(env, r, env.red_session[r])
    if kind == DEG:
        return degrade(env, r, host)
    if kind == PE:
        return escalate(env, r, host, place)
    if place < 0:
        return 0
    if kind == DRS or kind == DD:
        return 1
    if kind == ASD:
        return scan(env, stats, r, host, place, params.aggressive_detection)
    if kind == SSD:
        return scan(env, stats, r, host, place, params.stealth_detection)
    if kind == EXP:
        return exploit(env, stats, params, r, host, place)
    if kind == IMP:
        return impact(env, r, host)
    if kind == WITHDRAW:
        return withdraw(env, r, host, place)
    return 0


@compiled
def blocked_between(env: Env, source: int, target: int) -> bool:
    """True if the firewall blocks traffic from the source host's zone to the target host's zone."""
    return env.blocked[target // SLOTS, ALPHABET_POSITION[source // SLOTS]] == 1


@compiled
def scan(env: Env, stats: Statistics, r: int, host: int, place: int, detection: float) -> int:
    """Service discovery: the acting session alone remembers the ports; decoys always notice it."""
    source = env.session_host[r, place]
    if not env.session_abstract[r, place] or blocked_between(env, source, host):
        return 0
    remember_scan(env, r, env.session_serial[r, place], host, env.ports[host])
    seen = chance(env, detection)
    if env.decoys[host] > 0:
        decoy_touched(env, host, source)
        seen = True
    if seen:
        connection_event(env, stats, host)
    return 1


@compiled
def exploit(env: Env, stats: Statistics, params: Parameters, r: int, host: int, place: int) -> int:
    """ExploitRemoteService: choose by the remembered ports, then see what really runs there
    (section 4.1)."""
    source = env.session_host[r, place]
    ports = recall_scan(env, params, r, env.session_serial[r, place], host)
    if not env.session_abstract[r, place] or ports == 0 or blocked_between(env, source, host):
        return 0
    chosen = choose_exploit(env, params, ports)
    if chosen == SSH:
        return exploit_ssh(env, stats, params, r, host, source)
    if chosen == SQL:
        return exploit_sql(env, stats, params, r, host)
    if reaches_decoy(env, host, chosen):
        connection_event(env, stats, host)
        decoy_touched(env, host, source)
    return 0


@compiled
def choose_exploit(env: Env, params: Parameters, ports: int) -> int:
    """The option of highest weight is discarded if there are two or more; the rest are equally
    likely."""
    offered = 0
    best = NO_EXPLOIT
    for option in range(EXPLOIT_COUNT):
        if is_offered(option, ports):
            offered += 1
            best = option
    choices = offered - 1 if params.discard_best_exploit and offered > 1 else offered
    left = pick(env, choices)
    for option in range(EXPLOIT_COUNT):
        if is_offered(option, ports):
            if left == 0:
                return option
            left -= 1
    return best


@compiled
def is_offered(option: int, ports: int) -> bool:
    """True if the remembered ports allow the exploit; SQL injection also needs a web port."""
    if ports & PORTS_NEEDED[option] == 0:
        return False
    return option != SQL or ports & (PORT_80 | PORT_443) != 0


@compiled
def reaches_decoy(env: Env, host: int, chosen: int) -> bool:
    """True if the first process that listens on the attacked port is a decoy; a genuine one shields
    it."""
    if chosen == HTTP:
        if env.genuine[host] >> APACHE2 & 1:
            return False
        return runs_decoy(env, host, DECOY_APACHE) or runs_decoy(env, host, DECOY_VSFTPD)
    if chosen == HARAKA and env.genuine[host] >> SMTP & 1:
        return False
    return runs_decoy(env, host, DECOY_TOMCAT if chosen == HTTPS else DECOY_HARAKA)


@compiled
def runs_decoy(env: Env, host: int, service: int) -> bool:
    """True if a decoy process of that kind runs on the host."""
    if env.decoys[host] == 0:
        return False
    for i in range(env.decoy_count):
        if env.decoy_host[i] == host and env.decoy_service[i] == service:
            return True
    return False


@compiled
def exploit_ssh(
    env: Env, stats: Statistics, params: Parameters, r: int, host: int, source: int
) -> int:
    """Brute force of SSH: always succeeds, and is seen on the target."""
    pid = open_shell(env, r, host)
    process_event(env, stats, host)
    flag_pid(env, host, pid)
    connection_event(env, stats, host)
    if chance(env, params.ssh_source_detection):
        connection_event(env, stats, source)
    return 1


@compiled
def exploit_sql(env: Env, stats: Statistics, params: Parameters, r: int, host: int) -> int:
    """SQL injection: succeeds; a process event most of the time, never a connection event."""
    pid = open_shell(env, r, host)
    if chance(env, params.sql_detection):
        process_event(env, stats, host)
        flag_pid(env, host, pid)
    return 1


@compiled
def open_shell(env: Env, r: int, host: int) -> int:
    """A new user-level plain session on the host; its process id is returned."""
    pid = new_pid(env, host)
    add_session(env, r, host, pid, 0, 0)
    env.files[host] |= CMD_FILE
    return pid


@compiled
def escalate(env: Env, r: int, host: int, place: int) -> int:
    """PrivilegeEscalate: one random own session on the host becomes root, unless one is already."""
    env.due_reveals[r] = place >= 0
    if root_on(env, r, host):
        return 1
    if place < 0 or not env.session_abstract[r, place] or not session_on(env, r, host):
        return 0
    seen = 0
    chosen = -1
    for i in range(env.session_count[r]):
        if env.session_host[r, i] == host:
            seen += 1
            if pick(env, seen) == 0:  # reservoir sampling: uniform over the sessions there
                chosen = i
    env.session_root[r, chosen] = 1
    env.host_roots[host] += 1
    env.files[host] |= ESCALATE_FILE
    return 1


@compiled
def impact(env: Env, r: int, host: int) -> int:
    """Impact stops the OT service, where there is one."""
    if not root_on(env, r, host) or env.active[host] >> OTSERVICE & 1 == 0:
        return 0
    env.active[host] ^= 1 << OTSERVICE
    return 1


@compiled
def degrade(env: Env, r: int, host: int) -> int:
    """DegradeServices takes 20 points of reliability from every running service, decoys
    included."""
    if not root_on(env, r, host):
        return 0
    for service in range(SERVICE_COUNT):
        if env.active[host] >> service & 1:
            env.reliability[host, service] = max(0, env.reliability[host, service] - 20)
    env.worn[host] = 1
    return 1


@compiled
def withdraw(env: Env, r: int, host: int, place: int) -> int:
    """Withdraw ends own sessions on the host one by one: exploited ones, then abstract ones, the
    acting one last.

    Session 0 dies only by its own hand. An acting session that stands on the host with another id
    dies in its turn; the later ones then live on, and the action fails.
    """
    acting = env.session_serial[r, place]
    acting_id = env.session_id[r, place]
    acting_here = env.session_host[r, place] == host
    found = 0
    for abstract in range(2):
        i = 0
        while i < env.session_count[r]:
            here = env.session_host[r, i] == host and env.session_abstract[r, i] == abstract
            if here and env.session_id[r, i] != 0:
                stops = env.session_serial[r, i] == acting
                drop_session(env, r, i)
                if stops:
                    refresh_top_pid(env, host)
                    return 0
                found = 1
            else:
                i += 1
    if acting_here and acting_id == 0:
        drop_session(env, r, 0)
        found = 1
    refresh_top_pid(env, host)
    return found
