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
    LAST_HOST_CLASS,
    RED_OWNER,
    REMOVE,
    RESTORE,
    SLEEP,
    SLOTS,
    AnalyseResult,
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
from .records import Env, Parameters, Statistics
from .sessions import drop_session
from .state import CMD_FILE, ESCALATE_FILE


@compiled
def accept(
    env: Env,
    stats: Statistics,
    params: Parameters,
    d: int,
    first_zone: int,
    large: int,
    action: int,
) -> None:
    """Take what defender d submits: thrown away while it is busy (section 2.3), a Sleep where the
    index is masked."""
    action_class = TABLES[large, action, 0]
    zone = first_zone + TABLES[large, action, 1]
    item = TABLES[large, action, 2]
    target = -1
    if action_class == ALLOW or action_class == BLOCK:
        # Sources are nine alphabetical names without the zone's own.
        skipped = 1 if item >= ALPHABET_POSITION[zone] else 0
        target = zone * ALPHABET_COUNT + item + skipped
    elif action_class <= LAST_HOST_CLASS:
        target = zone * SLOTS + item
        if env.exists[target] == 0:
            action_class = SLEEP
    free = env.blue_left[d] == 0
    if action_class == RESTORE and (free or params.charge_every_restore_submission):
        stats.restore_cost += 1
        env.reward -= 1.0
    if free:
        env.blue_class[d] = action_class
        env.blue_target[d] = target
        env.blue_left[d] = BLUE_TICKS[action_class]
        env.blue_started[d] = action_class
        stats.blue_actions[d, action_class] += 1


@compiled
def count_down(env: Env, d: int) -> None:
    """One tick passes for defender d; its action may now be due."""
    env.blue_left[d] -= 1
    if env.blue_left[d] == 0:
        env.blue_finished[d] = env.blue_class[d]


@compiled
def control_traffic(env: Env, d: int) -> None:
    """AllowTraffic and BlockTraffic, the only actions that come before all others of a tick
    (section 2.3)."""
    action_class = env.blue_finished[d]
    if action_class == ALLOW or action_class == BLOCK:
        zone = env.blue_target[d] // ALPHABET_COUNT
        source = env.blue_target[d] % ALPHABET_COUNT
        env.blocked[zone, source] = 1 if action_class == BLOCK else 0


@compiled
def act_on_host(env: Env, stats: Statistics, params: Parameters, d: int) -> None:
    """The other blue actions, in the tick in which they have their effect."""
    action_class = env.blue_finished[d]
    host = env.blue_target[d]
    if action_class == ANALYSE:
        env.analysed[host] = files_found(env, host)
    elif action_class == DECOY:
        add_decoy(env, host, draw_decoy(env, host))
    elif action_class == REMOVE or action_class == RESTORE:
        held = env.host_sessions[host] > 0
        if action_class == REMOVE:
            remove(env, host)
        else:
            restore(env, host)
        if not params.keep_flags:
            clear_flags(env, host)
        env.cleaned[host] = 1
        count_recovery(env, stats, host, held)


@compiled
def files_found(env: Env, host: int) -> AnalyseResult:
    """The AnalyseResult of a host: the worst file that red has left there."""
    if env.files[host] & ESCALATE_FILE:
        return AnalyseResult.ROOT_FILE
    if env.files[host] & CMD_FILE:
        return AnalyseResult.USER_FILE
    return AnalyseResult.NO_FILES


@compiled
def remove(env: Env, host: int) -> None:
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
def restore(env: Env, host: int) -> None:
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
def count_recovery(env: Env, stats: Statistics, host: int, held: bool) -> None:
    """Operational metrics: was the recovery needed, and how long had red held the host?"""
    stats.recover_actions += 1
    if held:
        stats.recover_useful += 1
        if env.host_sessions[host] == 0 and host // SLOTS != CON:
            stats.recoveries += 1
            stats.recovery_ticks += env.tick - env.held_since[host]
