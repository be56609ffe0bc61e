"""Blue: accepting actions, the firewall, Analyse, DeployDecoy, Remove, Restore (sections 2.2, 2.3,
3)."""

from ..actions import TABLES
from ..constants import (
    ALLOW,
    ALPHABET_COUNT,
    ALPHABET_POSITION,
    ANALYSE,
    BLOCK,
    BLUE_TICKS,
    CON,
    DECOY,
    RED_OWNER,
    REMOVE,
    RESTORE,
    SLEEP,
    SLOTS,
)
from .compiled import compiled
from .events import clear_flags
from .processes import (
    add_decoy,
    draw_decoy,
    drop_all_decoys,
    kill_decoys_with_pid,
    refresh_top_pid,
    restore_services,
)
from .sessions import drop_session


@compiled
def accept(env, stats, params, d, first_zone, large, action):
    """Take what defender d submits: thrown away while it is busy (section 2.3), a Sleep where the
    index is masked."""
    command = TABLES[large, action, 0]
    zone = first_zone + TABLES[large, action, 1]
    item = TABLES[large, action, 2]
    target = -1
    if command == ALLOW or command == BLOCK:
        position = ALPHABET_POSITION[zone]
        target = zone * ALPHABET_COUNT + item + (1 if item >= position else 0)
    elif command <= DECOY:
        target = zone * SLOTS + item
        if env.exists[target] == 0:
            command = SLEEP
    free = env.blue_left[d] == 0
    if command == RESTORE and (free or params.charge_every_restore_submission):
        stats.restore_cost += 1
        env.reward -= 1.0
    if free:
        env.blue_class[d] = command
        env.blue_target[d] = target
        env.blue_left[d] = BLUE_TICKS[command]
        env.blue_started[d] = command
        stats.blue_actions[d, command] += 1


@compiled
def count_down(env, d):
    """One tick passes for defender d; its action may now be due."""
    env.blue_left[d] -= 1
    if env.blue_left[d] == 0:
        env.blue_finished[d] = env.blue_class[d]


@compiled
def control_traffic(env, d):
    """AllowTraffic and BlockTraffic, the only actions that come before all others of a tick
    (section 2.3)."""
    command = env.blue_finished[d]
    if command == ALLOW or command == BLOCK:
        zone, source = env.blue_target[d] // ALPHABET_COUNT, env.blue_target[d] % ALPHABET_COUNT
        env.blocked[zone, source] = 1 if command == BLOCK else 0


@compiled
def act_on_host(env, stats, params, d):
    """The other blue actions, in the tick in which they have their effect."""
    command, host = env.blue_finished[d], env.blue_target[d]
    if command == ANALYSE:
        env.analysed[host] = 1 + env.files[host] if env.files[host] < 2 else 3
    elif command == DECOY:
        add_decoy(env, host, draw_decoy(env, host))
    elif command == REMOVE or command == RESTORE:
        held = env.host_sessions[host] > 0
        if command == REMOVE:
            remove(env, host)
        else:
            restore(env, host)
        if not params.keep_flags:
            clear_flags(env, host)
        env.cleaned[host] = 1
        count_recovery(env, stats, host, held)


@compiled
def remove(env, host):
    """Kill what runs under a flagged id and is not root's; the flags stay (section 3.2)."""
    r = RED_OWNER[host // SLOTS]
    for k in range(env.flag_count):
        if env.flag_host[k] == host:
            pid = env.flag_pid[k]
            for i in range(env.session_count[r] - 1, -1, -1):
                if (
                    env.session_host[r, i] == host
                    and env.session_pid[r, i] == pid
                    and not env.session_root[r, i]
                ):
                    drop_session(env, r, i)
            refresh_top_pid(env, host)
            kill_decoys_with_pid(env, host, pid)


@compiled
def restore(env, host):
    """Back to the initial snapshot: no red session, no decoy, no file, every genuine service whole
    (section 3.2)."""
    r = RED_OWNER[host // SLOTS]
    for i in range(env.session_count[r] - 1, -1, -1):
        if env.session_host[r, i] == host:
            drop_session(env, r, i)
    drop_all_decoys(env, host)
    restore_services(env, host)
    env.files[host] = 0
    env.top_pid[host] = 0


@compiled
def count_recovery(env, stats, host, held):
    """Operational metrics: was the recovery needed, and how long had red held the host?"""
    stats.recover_actions += 1
    if held:
        stats.recover_useful += 1
        if env.host_sessions[host] == 0 and host // SLOTS != CON:
            stats.recoveries += 1
            stats.recovery_ticks += env.tick - env.held_since[host]
