"""Services, decoys and process ids of a host (sections 1.3, 3.2, 3.3, 3.5).

Only processes that came after the set-up are kept one by one, because only they can be flagged or
killed; their ids count from 0 = the largest id of the set-up.
"""

from ..constants import RED_COUNT
from .compiled import compiled
from .records import Env
from .rng import between, pick
from .state import (
    DECOY_APACHE,
    DECOY_HARAKA,
    DECOY_TOMCAT,
    DECOY_VSFTPD,
    GENUINE_COUNT,
    MAX_DECOYS,
    PORT_25,
    PORT_80,
    PORT_443,
    SERVICE_COUNT,
    SERVICE_PORT,
)


@compiled
def new_pid(env: Env, host: int) -> int:
    """Id of the next process on the host: the largest there now plus 1..9 (section 1.3)."""
    env.top_pid[host] += between(env, 1, 9)
    return env.top_pid[host]


@compiled
def restore_services(env: Env, host: int) -> None:
    """Genuine services running at full reliability, nothing else in the service table."""
    env.active[host] = env.genuine[host]
    env.worn[host] = 0
    for service in range(SERVICE_COUNT):
        env.reliability[host, service] = 100
    refresh_ports(env, host)


@compiled
def refresh_ports(env: Env, host: int) -> None:
    """Recompute the listening ports from the genuine services and the decoys that run now."""
    ports = 0
    for service in range(GENUINE_COUNT):
        if env.genuine[host] >> service & 1:
            ports |= SERVICE_PORT[service]
    if env.decoys[host] > 0:
        for i in range(env.decoy_count):
            if env.decoy_host[i] == host:
                ports |= SERVICE_PORT[env.decoy_service[i]]
    env.ports[host] = ports


@compiled
def refresh_top_pid(env: Env, host: int) -> None:
    """Recompute the largest process id after processes were killed."""
    top = 0
    for i in range(env.decoy_count):
        if env.decoy_host[i] == host:
            top = max(top, env.decoy_pid[i])
    for r in range(RED_COUNT):
        for i in range(env.session_count[r]):
            if env.session_host[r, i] == host:
                top = max(top, env.session_pid[r, i])
    env.top_pid[host] = top


@compiled
def draw_decoy(env: Env, host: int) -> int:
    """One of the compatible decoy types, uniformly; vsftpd always is (section 3.3)."""
    ports = env.ports[host]
    while True:  # rejection keeps the choice uniform over the compatible ones
        service = DECOY_APACHE + pick(env, 4)
        taken = (
            (service == DECOY_APACHE and ports & PORT_80)
            or (service == DECOY_TOMCAT and ports & PORT_443)
            or (service == DECOY_HARAKA and ports & PORT_25)
        )
        if not taken:
            return service


@compiled
def add_decoy(env: Env, host: int, service: int) -> None:
    """Start a decoy process; a repeated vsftpd takes over its entry in the service table."""
    if env.decoy_count == MAX_DECOYS:
        env.overflow += 1
        return
    if service == DECOY_VSFTPD:
        for i in range(env.decoy_count):
            if env.decoy_host[i] == host and env.decoy_service[i] == service:
                env.decoy_listed[i] = 0
    i = env.decoy_count
    env.decoy_count += 1
    env.decoy_host[i] = host
    env.decoy_service[i] = service
    env.decoy_pid[i] = new_pid(env, host)
    env.decoy_listed[i] = 1
    env.decoys[host] += 1
    env.active[host] |= 1 << service
    env.reliability[host, service] = 100
    env.ports[host] |= SERVICE_PORT[service]


@compiled
def drop_decoy(env: Env, i: int) -> None:
    """Remove the decoy process at table place i; the rest keep their order."""
    env.decoys[env.decoy_host[i]] -= 1
    last = env.decoy_count - 1
    env.decoy_count = last
    for j in range(i, last):
        env.decoy_host[j] = env.decoy_host[j + 1]
        env.decoy_service[j] = env.decoy_service[j + 1]
        env.decoy_pid[j] = env.decoy_pid[j + 1]
        env.decoy_listed[j] = env.decoy_listed[j + 1]


@compiled
def drop_all_decoys(env: Env, host: int) -> None:
    """Remove every decoy of a host."""
    if env.decoys[host] > 0:
        for i in range(env.decoy_count - 1, -1, -1):
            if env.decoy_host[i] == host:
                drop_decoy(env, i)


@compiled
def kill_decoys_with_pid(env: Env, host: int, pid: int) -> None:
    """Kill decoys that happen to bear a flagged id; one in the service table restarts under a new
    id (section 3.5)."""
    if env.decoys[host] == 0:
        return
    for i in range(env.decoy_count - 1, -1, -1):
        if env.decoy_host[i] == host and env.decoy_pid[i] == pid:
            service, listed = env.decoy_service[i], env.decoy_listed[i]
            drop_decoy(env, i)
            refresh_top_pid(env, host)
            if listed:
                reliability = env.reliability[host, service]
                add_decoy(env, host, service)
                env.reliability[host, service] = reliability
    refresh_ports(env, host)
