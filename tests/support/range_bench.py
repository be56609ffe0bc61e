"""A workbench for the rule tests: put a state together, tick, look.

A ``Bench`` holds one or many environments in the *same* hand-made situation: every host exists,
each runs SSH alone (and the OT service in OZA and OZB), there is no red session, green does
nothing, and red does only what a test orders. With many environments a test can measure how often
something happens.
"""

import functools
import hashlib

import numpy as np

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.engine import state as s
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.options import make_options

FOREVER = 30_000
STANDARD_ERRORS = 4.0
RED_FIELDS = (
    "session_count session_id session_host session_pid session_serial session_root "
    "session_abstract foreign host_sessions host_roots held_hosts known_count scan_count belief "
    "believed_count named awake gained lost red_left"
)

# First index of each command, section 8.4; (per zone, for the three zones of HQ).
COMMANDS = {
    n.ANALYSE: (0, 0),
    n.MONITOR: (16, 48),
    n.REMOVE: (17, 49),
    n.RESTORE: (33, 97),
    n.SLEEP: (49, 145),
    n.ALLOW: (50, 146),
    n.BLOCK: (58, 170),
    n.DECOY: (66, 194),
}


def server(zone, number=0):
    """Host number of a zone's server."""
    return 16 * zone + number


def user(zone, number=0):
    """Host number of a zone's user host."""
    return 16 * zone + 6 + number


def index(defender, command, host=None, zone=None, source=None):
    """Action index of an official defender, written down from section 8.4 and not from the engine's
    table.

    Host commands want ``host``; traffic commands want ``zone`` (destination) and ``source``
    (alphabetical name).
    """
    start = COMMANDS[command][defender == 4]
    if command in (n.MONITOR, n.SLEEP):
        return start
    if command in (n.ALLOW, n.BLOCK):
        others = [
            name for name in "ADM CON INT OFF OZA OZB PAZ RZA RZB".split() if name != n.ZONES[zone]
        ]
        return start + 8 * block_of(defender, zone) + others.index(source)
    return start + 16 * block_of(defender, host // 16) + host % 16


def block_of(defender, zone):
    """Which of the defender's zones this is: HQ's are ADM, OFF, PAZ."""
    return ["ADM", "OFF", "PAZ"].index(n.ZONES[zone]) if defender == 4 else 0


@functools.lru_cache(maxsize=6)
def shared_range(envs, defenders, observation, options):
    """One batch for each configuration, because fresh memory is what a large bench costs."""
    return VectorRange(envs, defenders=defenders, observation=observation, options=options)


class Bench:
    """Environments in one hand-made situation. Benches of equal size and options share memory: use
    one at a time."""

    def __init__(self, envs=1, seed=0, defenders="official", observation="flat", **options):
        options = make_options(**{"servers": (6, 6), "users": (10, 10), **options})
        make = shared_range if envs > 1 else shared_range.__wrapped__
        self.vec = make(envs, defenders, observation, options)
        self.vec._params = options.parameters()
        self.obs, self.info = self.vec.reset(seed=seed)
        self.envs, self.state, self.stats = envs, self.vec.state, self.vec.statistics
        self.free = set()
        self.clear()

    @property
    def env(self):
        """State of environment 0."""
        return self.state[0]

    @property
    def visible(self):
        """What the defenders of environment 0 could see of the last tick."""
        return self.vec.visible[0]

    @property
    def params(self):
        """The options as the rules read them, free to be changed."""
        return self.vec._params[0]

    # --- the situation
    # -------------------------------------------------------------------------------------------

    def clear(self):
        """No red anywhere, no green, SSH everywhere."""
        for name in RED_FIELDS.split():
            self.state[name][:] = 0
        self.state["first_turn"][:] = 1
        for zone in (n.CON, n.RZA, n.OZA, n.RZB, n.OZB, n.ADM):
            self.state["zones_known"][:, n.RED_OWNER[zone]] = 1 << zone
        self.state["green_count"][:] = 0
        self.state["top_pid"][:] = 0
        for host in range(n.HOST_COUNT):
            self.services(host)

    def services(self, host, *additions):
        """The host runs SSH, the additions (APACHE2, MYSQLD, SMTP), and the OT service where there
        is one."""
        present = [s.SSHD, *additions] + [s.OTSERVICE] * (host // 16 in (n.OZA, n.OZB))
        self.state["genuine"][:, host] = self.state["active"][:, host] = sum(
            1 << service for service in present
        )
        self.state["ports"][:, host] = sum(int(s.SERVICE_PORT[service]) for service in present)
        self.state["reliability"][:, host] = 100

    def wear(self, host, reliability):
        """All genuine services of the host have this reliability, percent."""
        self.state["reliability"][:, host, : s.GENUINE_COUNT] = reliability
        self.state["worn"][:, host] = 1

    def decoy(self, host, service, pid=None, listed=1):
        """A decoy runs on the host."""
        place, state = int(self.env.decoy_count), self.state
        state["top_pid"][:, host] = state["top_pid"][:, host] + 5 if pid is None else pid
        for name, value in (("host", host), ("service", service), ("listed", listed)):
            state[f"decoy_{name}"][:, place] = value
        state["decoy_pid"][:, place] = state["top_pid"][:, host]
        state["decoy_count"] += 1
        state["decoys"][:, host] += 1
        state["active"][:, host] |= 1 << service
        state["reliability"][:, host, service] = 100
        state["ports"][:, host] |= s.SERVICE_PORT[service].astype(np.uint8)

    def block(self, zone, source):
        """Traffic from the source zone to the zone is blocked."""
        self.state["blocked"][:, zone, n.ALPHABET_POSITION[source]] = 1

    def flag(self, host, pid):
        """Monitor has flagged this process id."""
        place = int(self.env.flag_count)
        self.state["flag_host"][:, place] = host
        self.state["flag_pid"][:, place] = pid
        self.state["flag_count"] += 1

    def phase(self, phase):
        """The next tick is the first of this phase."""
        self.state["tick"][:] = self.params.phase_start[phase]

    def users(self, *hosts):
        """Exactly these users act; a host may be named more than once."""
        self.state["green_hosts"][:, : len(hosts)] = hosts
        self.state["green_count"][:] = len(hosts)

    # --- red
    # ----------------------------------------------------------------------------------------------

    def session(self, r, host, root=0, abstract=1, sid=None, pid=None):
        """Red agent r has a session on the host; returns its id. The agent is active; abstract ids
        are known."""
        place, state = int(self.env.session_count[r]), self.state
        if sid is None:
            sid = int(self.env.session_id[r, place - 1]) + 1 if place else 0
        state["top_pid"][:, host] = state["top_pid"][:, host] + 5 if pid is None else pid
        row = {
            "id": sid,
            "host": host,
            "root": root,
            "abstract": abstract,
            "serial": state["next_serial"],
        }
        for name, value in {**row, "pid": state["top_pid"][:, host]}.items():
            state[f"session_{name}"][:, r, place] = value
        state["next_serial"] += 1
        state["session_count"][:, r] += 1
        state["held_hosts"][:, host // 16] += state["host_sessions"][:, host] == 0
        state["host_sessions"][:, host] += 1
        state["host_roots"][:, host] += root
        state["foreign"] += int(n.RED_OWNER[host // 16] != r)
        state["awake"][:, r] = 1
        if abstract:
            self.know(r, sid)
        return sid

    def know(self, r, sid):
        """Agent r knows this abstract session id."""
        count = int(self.env.known_count[r])
        if sid not in self.env.known_id[r, :count]:
            self.state["known_id"][:, r, count] = sid
            self.state["known_count"][:, r] += 1

    def believe(self, r, host, state, named=1):
        """Agent r believes the host to be in that state; its first turn is over."""
        self.state["belief"][:, r, host] = state
        self.state["named"][:, r, host] = named
        self.state["first_turn"][:, r] = 0
        if state != s.F:
            self.state["believed"][:, r, int(self.env.believed_count[r])] = host
            self.state["believed_count"][:, r] += 1

    def remember(self, r, host, ports, place=0):
        """The session at that table place of agent r has scanned the host."""
        scan = int(self.env.scan_count[r])
        self.state["scan_serial"][:, r, scan] = self.state["session_serial"][:, r, place]
        self.state["scan_host"][:, r, scan] = host
        self.state["scan_ports"][:, r, scan] = ports
        self.state["scan_count"][:, r] += 1

    def order(self, r, kind, host=-1, session=0, zone=-1, left=1):
        """Agent r's action in progress: it comes due in the tick number ``left`` from now."""
        for name, value in (
            ("kind", kind),
            ("host", host),
            ("session", session),
            ("zone", zone),
            ("left", left),
        ):
            self.state[f"red_{name}"][:, r] = value

    def let_choose(self, r, state=None, kind=None):
        """Agent r chooses freely from now on; with a state and a kind, always that action in that
        state."""
        self.free.add(r)
        self.state["red_left"][:, r] = 0
        if kind is not None:
            self.params["red_action_chance"][state] = 0
            self.params["red_action_chance"][state, kind] = 1

    def red(self, r, kind, host=-1, session=0, zone=-1, blue=None):
        """Order the action, tick, and return its results (E,): 1, 0, or -1 dropped."""
        self.order(r, kind, host, session, zone)
        self.tick(blue)
        return self.state["due_success"][:, r].copy()

    # --- the clock
    # ----------------------------------------------------------------------------------------------

    def tick(self, blue=None, messages=None):
        """One tick; ``blue`` maps defender -> action index (others sleep). Returns the team reward
        (E,)."""
        for r in range(n.RED_COUNT):
            if r not in self.free:
                idle = self.state["red_left"][:, r] == 0
                self.state["red_kind"][idle, r] = n.RED_SLEEP
                self.state["red_left"][idle, r] = FOREVER
        actions = np.full((self.envs, self.vec.num_defenders), 49)
        if self.vec.num_defenders == 5:
            actions[:, 4] = 145
        for defender, action in (blue or {}).items():
            actions[:, defender] = action
        self.obs, self.reward, _, self.truncated, self.info = self.vec.step(actions, messages)
        return self.reward

    def ticks(self, count, blue=None):
        """Several ticks; ``blue`` is submitted in the first only. Returns the rewards, summed
        (E,)."""
        return sum(self.tick(blue if i == 0 else None) for i in range(count))

    # --- looking
    # ----------------------------------------------------------------------------------------------

    def believes(self, r, host):
        """What agent r of environment 0 believes of the host."""
        return int(self.env.belief[r, host])

    def sessions(self, r, field="id"):
        """One column of agent r's session table in environment 0, a list."""
        return self.env[f"session_{field}"][r, : self.env.session_count[r]].tolist()

    def counted(self, kind, zone):
        """Penalties of one kind in the zone so far, (E,)."""
        return self.stats["penalties"][:, :, zone, kind].sum(1)


def assert_frequency(hits, expected):
    """The share of true entries lies within four standard errors of the expected probability."""
    hits = np.asarray(hits).astype(float)
    error = np.sqrt(expected * (1 - expected) / hits.size)
    assert abs(hits.mean() - expected) <= STANDARD_ERRORS * error, (
        f"{hits.mean():.4f}, expected {expected:.4f}"
    )


def assert_shares(values, expected):
    """``values`` take just the keys of ``expected``, each with its probability."""
    values = np.asarray(values)
    assert set(np.unique(values).tolist()) <= {key for key, share in expected.items() if share > 0}
    for key, share in expected.items():
        assert_frequency(values == key, share)


def assert_uniform(values, choices):
    """Each of the choices is equally frequent among the values, and nothing else occurs."""
    choices = list(choices)
    assert_shares(values, {choice: 1 / len(choices) for choice in choices})


def run(ticks, envs=20, seed=1, **options):
    """Sleep for some ticks; the batch afterwards."""
    vec = VectorRange(envs, seed=seed, **options)
    vec.reset()
    for _ in range(ticks):
        vec.step(np.tile([49, 49, 49, 49, 145], (envs, 1)))
    return vec


def random_actions(seed, ticks, sizes):
    """One action index for each tick and defender, (ticks, D); absent hosts are drawn too."""
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(0, size, ticks) for size in sizes], 1)


def episode_hash(seed, ticks=120, vec=None, row=0, whole_state=False, **options):
    """SHA-256 over what one environment shows in the first ticks of the episode of that seed, as 16
    hex digits.

    With a batch given, its environment ``row`` must be the one that plays that seed; all others
    sleep.
    """
    vec = vec or VectorRange(1, seed=seed, **options)
    sizes = [82] * 4 + [242] if vec.num_defenders == 5 else [82] * 7
    observation, _ = vec.reset()
    digest = hashlib.sha256(np.ascontiguousarray(observation[row]).tobytes())
    actions = np.tile([145 if size == 242 else 49 for size in sizes], (vec.num_envs, 1))
    for own in random_actions(seed, ticks, sizes):
        actions[row] = own
        observation, reward, *_ = vec.step(actions)
        digest.update(np.ascontiguousarray(observation[row]).tobytes())
        digest.update(np.float32(reward[row]).tobytes())
    for name in vec.state.dtype.names if whole_state else ():
        digest.update(np.ascontiguousarray(vec.state[name][row]).tobytes())
    return digest.hexdigest()[:16]
