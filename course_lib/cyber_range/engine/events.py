"""What blue's sensors see: process events, connection events, touches of decoys (section 3.1)."""

from ..constants import CON, SERVER_SLOTS, SLOTS
from .compiled import compiled
from .records import Env, Statistics
from .state import MAX_FLAGS
from .visible import MAX_CALLERS


@compiled
def watched(host: int) -> bool:
    """Blue watches every zone but the contractor network."""
    return host // SLOTS != CON


@compiled
def process_event(env: Env, stats: Statistics, host: int) -> None:
    """A process event on the host in this tick."""
    if watched(host) and env.process[host] == 0:
        env.process[host] = 1
        stats.process_bits[host // SLOTS, int(host % SLOTS >= SERVER_SLOTS)] += 1


@compiled
def connection_event(env: Env, stats: Statistics, host: int) -> None:
    """A connection event on the host in this tick."""
    if watched(host) and env.connection[host] == 0:
        env.connection[host] = 1
        stats.connection_bits[host // SLOTS, int(host % SLOTS >= SERVER_SLOTS)] += 1


@compiled
def flag_pid(env: Env, host: int, pid: int) -> None:
    """Monitor notes the process id of an event for good; the same id is noted once."""
    if not watched(host):
        return
    for i in range(env.flag_count):
        if env.flag_host[i] == host and env.flag_pid[i] == pid:
            return
    if env.flag_count == MAX_FLAGS:
        env.overflow += 1
        return
    env.flag_host[env.flag_count] = host
    env.flag_pid[env.flag_count] = pid
    env.flag_count += 1


@compiled
def clear_flags(env: Env, host: int) -> None:
    """Forget the flagged ids of a host; only with the switch ``keep_flags`` off."""
    kept = 0
    for i in range(env.flag_count):
        if env.flag_host[i] != host:
            env.flag_host[kept] = env.flag_host[i]
            env.flag_pid[kept] = env.flag_pid[i]
            kept += 1
    env.flag_count = kept


@compiled
def decoy_touched(env: Env, host: int, caller: int) -> None:
    """A connection to a decoy port: its event names the remote host, which no honest user would
    be."""
    if watched(host) and env.caller_count < MAX_CALLERS:
        env.caller_zone[env.caller_count] = host // SLOTS
        env.caller_host[env.caller_count] = caller
        env.caller_count += 1
