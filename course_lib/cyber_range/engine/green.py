"""Green users: local work, visits to servers, and the phishing mail some of them open (section
6)."""

from ..constants import ALPHABET_POSITION, ASF, LWF, RED_COUNT, RED_OWNER, SLOTS
from .compiled import compiled
from .events import connection_event, process_event
from .processes import new_pid
from .records import Env, Parameters, Statistics
from .reward import penalise
from .rng import chance, pick
from .sessions import add_session, held_by, session_on
from .state import SERVICE_COUNT


@compiled
def act_all(env: Env, stats: Statistics, params: Parameters) -> None:
    """Each green user does one of three things with equal probability: visit a server, local work,
    nothing."""
    for i in range(env.green_count):
        host = env.green_hosts[i]
        choice = pick(env, 3)
        if choice == 0:
            visit_server(env, stats, params, host)
        elif choice == 1:
            work_locally(env, stats, params, host)


@compiled
def visit_server(env: Env, stats: Statistics, params: Parameters, host: int) -> None:
    """GreenAccessService: fails only if the firewall blocks either direction (section 6.2)."""
    zone = host // SLOTS
    target = env.reach_hosts[zone, pick(env, env.reach_count[zone])]
    other = target // SLOTS
    if env.blocked[other, ALPHABET_POSITION[zone]] or env.blocked[zone, ALPHABET_POSITION[other]]:
        penalise(env, stats, zone, ASF)
        connection_event(env, stats, target)
    elif chance(env, params.access_false_positive):
        connection_event(env, stats, target)


@compiled
def work_locally(env: Env, stats: Statistics, params: Parameters, host: int) -> None:
    """GreenLocalWork: a random running service must hold; then false alarms and phishing may follow
    (section 6.1)."""
    if env.worn[host] and not service_holds(env, host):
        penalise(env, stats, host // SLOTS, LWF)
        return
    if chance(env, params.local_false_positive):
        process_event(env, stats, host)
    if chance(env, params.phishing):
        open_phishing_mail(env, stats, host)


@compiled
def service_holds(env: Env, host: int) -> bool:
    """Pick a uniformly random running service; it holds with its reliability in percent."""
    running = 0
    for service in range(SERVICE_COUNT):
        running += env.active[host] >> service & 1
    if running == 0:
        return False
    left = pick(env, running)
    for service in range(SERVICE_COUNT):
        if env.active[host] >> service & 1:
            if left == 0:
                return chance(env, env.reliability[host, service] / 100.0)
            left -= 1
    return False


@compiled
def open_phishing_mail(env: Env, stats: Statistics, host: int) -> None:
    """A user-level abstract session, without any event, where red has none yet (section 6.3)."""
    if env.host_sessions[host] > 0:
        return
    sender = pick_sender(env, host // SLOTS)
    if sender < 0:  # red holds nothing anywhere, so nobody can send the mail
        return
    add_session(env, sender, host, new_pid(env, host), 0, 1)
    stats.phished += 1


@compiled
def pick_sender(env: Env, zone: int) -> int:
    """The zone's red agent if it holds a host there, else one drawn by the hosts each holds; -1 if
    red holds none."""
    owner = RED_OWNER[zone]
    if env.held_hosts[zone] > 0:
        for slot in range(SLOTS):
            if session_on(env, owner, zone * SLOTS + slot):
                return owner
    total = 0
    for r in range(RED_COUNT):
        total += held_by(env, r)
    left = pick(env, total)
    for r in range(RED_COUNT):
        left -= held_by(env, r)
        if left < 0:
            return r
    return -1
