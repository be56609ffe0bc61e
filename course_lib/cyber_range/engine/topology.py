"""A new network at each reset: hosts, services, where green may go, where red begins (section
1)."""

import numpy as np

from ..constants import (
    ADM,
    CON,
    GENERATOR_ORDER,
    OFF,
    OZA,
    OZB,
    PAZ,
    RZA,
    RZB,
    SERVER_SLOTS,
    SLOTS,
    ZONE_COUNT,
)
from .compiled import compiled
from .processes import restore_services
from .records import Env, Parameters
from .rng import between, pick
from .state import APACHE2, MYSQLD, OTSERVICE, SMTP, SSHD

ADDITIONS = np.array([APACHE2, MYSQLD, SMTP])

# Server zones that green users may visit, [phase, own zone, other zone] (section 6.2); the own zone
# is always one.
GREEN_REACH = np.zeros((3, ZONE_COUNT, ZONE_COUNT), np.uint8)
for _zone in range(ZONE_COUNT):
    GREEN_REACH[:, _zone, _zone] = 1
for _zone in (PAZ, ADM, OFF):
    GREEN_REACH[:, _zone, [CON, RZA, RZB]] = 1
GREEN_REACH[0, CON, [PAZ, ADM, OFF, RZA, RZB]] = 1
GREEN_REACH[1, CON, [PAZ, ADM, OFF, RZB]] = 1
GREEN_REACH[2, CON, [PAZ, ADM, OFF, RZA]] = 1
GREEN_REACH[0, RZA, [PAZ, ADM, OFF, CON, OZA, RZB]] = 1
GREEN_REACH[1, RZA, [PAZ, ADM, OFF]] = 1
GREEN_REACH[2, RZA, [PAZ, ADM, OFF, CON, OZA]] = 1
GREEN_REACH[[0, 2], OZA, RZA] = 1
GREEN_REACH[0, RZB, [PAZ, ADM, OFF, CON, RZA, OZB]] = 1
GREEN_REACH[1, RZB, [PAZ, ADM, OFF, CON, OZB]] = 1
GREEN_REACH[2, RZB, [PAZ, ADM, OFF]] = 1
GREEN_REACH[:2, OZB, RZB] = 1


@compiled
def draw_hosts(env: Env, params: Parameters) -> None:
    """Draw how many servers and users each zone has, and which services run on each."""
    for zone in range(ZONE_COUNT):
        env.users[zone] = between(env, params.users[0], params.users[1])
        env.servers[zone] = between(env, params.servers[0], params.servers[1])
        for slot in range(SLOTS):
            present = (
                slot < env.servers[zone]
                if slot < SERVER_SLOTS
                else slot - SERVER_SLOTS < env.users[zone]
            )
            if present:
                host = zone * SLOTS + slot
                env.exists[host] = 1
                env.genuine[host] = draw_services(env, zone)
                restore_services(env, host)


@compiled
def draw_services(env: Env, zone: int) -> int:
    """Services of one host as bits: SSH, the OT service in OZA and OZB, and k of three additions
    (section 1.3)."""
    services = 1 << SSHD
    if zone == OZA or zone == OZB:
        services |= 1 << OTSERVICE
    wanted = pick(env, 4)
    left = 3
    for i in range(3):  # selection sampling: each subset of the wanted size is equally likely
        if pick(env, left) < wanted:
            services |= 1 << ADDITIONS[i]
            wanted -= 1
        left -= 1
    return services


@compiled
def list_green(env: Env) -> None:
    """List the user hosts in the order in which the simulator numbers its green agents."""
    n = 0
    for i in range(ZONE_COUNT):
        zone = GENERATOR_ORDER[i]
        for user in range(env.users[zone]):
            env.green_hosts[n] = zone * SLOTS + SERVER_SLOTS + user
            n += 1
    env.green_count = n


@compiled
def refresh_reach(env: Env) -> None:
    """List for each zone the server hosts its green users may visit in this phase (section 6.2)."""
    for zone in range(ZONE_COUNT):
        n = 0
        for other in range(ZONE_COUNT):
            if GREEN_REACH[env.phase, zone, other]:
                for server in range(env.servers[other]):
                    env.reach_hosts[zone, n] = other * SLOTS + server
                    n += 1
        env.reach_count[zone] = n


@compiled
def draw_host(env: Env, zone: int) -> int:
    """A uniformly random host of a zone."""
    i = pick(env, env.servers[zone] + env.users[zone])
    if i < env.servers[zone]:
        return zone * SLOTS + i
    return zone * SLOTS + SERVER_SLOTS + i - env.servers[zone]
