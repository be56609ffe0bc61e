"""Everything one environment remembers between ticks: one record of fixed size.

An array ``np.zeros(E, ENV)`` holds E environments. From outside it reads as a structure of arrays
(``states["exists"]`` has shape (E, 128)); inside, one environment is one contiguous piece of
memory, which is what a step touches. Red's session, scan and identity tables have a fixed size; an
overflow is counted in ``overflow`` and never silently lost.

Numbers that the rules multiply or shift (zones, hosts, services) are at least 16 bits wide, because
the uncompiled rules calculate in the width of the field.
"""

import numpy as np

from ..constants import ALPHABET_COUNT, DEFENDED_ZONES, HOST_COUNT, RED_COUNT, TEAM_BITS, ZONE_COUNT
from .visible import MAX_CALLERS

MAX_SESSIONS = 160
MAX_KNOWN_IDS = 256
MAX_SCANS = 256
MAX_DECOYS = 2048
MAX_FLAGS = 1024
MAX_GREEN = 80
MAX_REACH = 48

# Services of a host: five genuine kinds, then the four decoys.
SSHD, OTSERVICE, APACHE2, MYSQLD, SMTP, DECOY_APACHE, DECOY_TOMCAT, DECOY_HARAKA, DECOY_VSFTPD = (
    range(9)
)
SERVICE_COUNT = 9
GENUINE_COUNT = 5

# Listening ports as bits; the OT port is left out because no exploit uses it.
PORT_22, PORT_80, PORT_443, PORT_3390, PORT_25 = 1, 2, 4, 8, 16
SERVICE_PORT = np.array(
    [PORT_22, 0, PORT_80, PORT_3390, PORT_25, PORT_80, PORT_443, PORT_25, PORT_80]
)

# What a red agent believes about a host (section 5.1); D means that its subnet was swept.
UNKNOWN, K, KD, S, SD, U, UD, R, RD, F = range(10)

CMD_FILE, ESCALATE_FILE = 1, 2

HOSTS, ZONES, REDS = (HOST_COUNT,), (ZONE_COUNT,), (RED_COUNT,)
DEFENDERS, DECOYS = (DEFENDED_ZONES,), (MAX_DECOYS,)
SESSIONS, SCANS = (RED_COUNT, MAX_SESSIONS), (RED_COUNT, MAX_SCANS)
RED_HOSTS = (RED_COUNT, HOST_COUNT)
_FIELDS = np.dtype(
    [
        # random numbers and clock
        ("key", "u8"),
        ("draw_count", "u8"),
        ("seed", "u8"),
        ("tick", "i4"),  # completed ticks since reset
        ("phase", "i1"),
        ("done", "u1"),
        ("overflow", "i4"),
        ("reward", "f8"),  # team reward of the last tick, points
        # hosts (section 1)
        ("exists", "u1", HOSTS),
        ("servers", "i2", ZONES),
        ("users", "i2", ZONES),
        ("green_count", "i2"),
        ("green_hosts", "i2", (MAX_GREEN,)),
        ("reach_count", "i2", ZONES),  # servers that green may visit in this phase
        ("reach_hosts", "i2", (ZONE_COUNT, MAX_REACH)),
        # services and processes (sections 1.3, 3.3, 3.5)
        ("active", "u2", HOSTS),  # bit per service: in the table and running
        ("reliability", "i1", (HOST_COUNT, SERVICE_COUNT)),  # percent
        ("worn", "u1", HOSTS),  # 1: some reliability is below 100
        ("ports", "u1", HOSTS),  # listening ports as bits, decoys included
        ("genuine", "u1", HOSTS),  # genuine services as bits
        ("top_pid", "i4", HOSTS),  # largest process id above those of the set-up
        ("files", "u1", HOSTS),  # CMD_FILE, ESCALATE_FILE
        ("decoys", "i2", HOSTS),  # decoy processes on the host
        ("decoy_count", "i4"),
        ("decoy_host", "i2", DECOYS),
        ("decoy_service", "i2", DECOYS),
        ("decoy_pid", "i4", DECOYS),
        ("decoy_listed", "u1", DECOYS),  # 1: the service table points at this process
        # blue (section 3)
        ("blocked", "u1", (ZONE_COUNT, ALPHABET_COUNT)),  # [destination, alphabetical source]
        ("blue_left", "i2", DEFENDERS),  # ticks the action in progress still needs
        ("blue_class", "i1", DEFENDERS),
        ("blue_target", "i2", DEFENDERS),  # host number, or 9 * destination + source
        ("blue_started", "i1", DEFENDERS),  # class accepted in this tick, -1: was busy
        ("blue_finished", "i1", DEFENDERS),  # class that had its effect in this tick
        ("told", "u1", (DEFENDED_ZONES, TEAM_BITS)),
        ("flag_count", "i4"),  # process ids that Monitor has flagged, for good
        ("flag_host", "i2", (MAX_FLAGS,)),
        ("flag_pid", "i4", (MAX_FLAGS,)),
        # what this tick showed
        ("process", "u1", HOSTS),
        ("connection", "u1", HOSTS),
        ("analysed", "u1", HOSTS),
        ("cleaned", "u1", HOSTS),
        ("caller_count", "i2"),
        ("caller_zone", "i1", (MAX_CALLERS,)),
        ("caller_host", "i2", (MAX_CALLERS,)),
        # red sessions (section 5.4), in increasing order of their ids
        ("session_count", "i2", REDS),
        ("session_id", "i2", SESSIONS),
        ("session_host", "i2", SESSIONS),
        ("session_pid", "i4", SESSIONS),
        ("session_serial", "i4", SESSIONS),  # never used twice in an episode
        ("session_root", "u1", SESSIONS),
        ("session_abstract", "u1", SESSIONS),
        ("next_serial", "i4"),
        ("foreign", "i2"),  # sessions outside their agent's zones, until section 5.5 moves them
        ("host_sessions", "i2", HOSTS),
        ("host_roots", "i2", HOSTS),
        ("held_hosts", "i2", ZONES),  # hosts of the zone with a red session
        ("held_since", "i4", HOSTS),  # tick in which red got hold of the host
        # what each red agent knows
        ("known_count", "i2", REDS),  # ids of abstract sessions it was ever shown
        ("known_id", "i2", (RED_COUNT, MAX_KNOWN_IDS)),
        ("scan_count", "i2", REDS),  # port memory: session, host, ports
        ("scan_serial", "i4", SCANS),
        ("scan_host", "i2", SCANS),
        ("scan_ports", "u1", SCANS),
        ("belief", "u1", RED_HOSTS),
        ("believed_count", "i2", REDS),  # hosts with a belief other than F
        ("believed", "i2", RED_HOSTS),
        ("named", "u1", RED_HOSTS),  # 1: known by name, not only by address
        ("zones_known", "u2", REDS),  # own zones known, as bits
        # each red agent's activity
        ("awake", "u1", REDS),  # active: held a session at the end of the last tick
        ("first_turn", "u1", REDS),  # 1 until its first decision of the episode
        ("gained", "u1", REDS),  # 1: has sessions its beliefs have not taken in yet
        ("lost", "u1", REDS),  # 1: lost a session since its beliefs were last checked
        ("red_left", "i2", REDS),
        ("red_kind", "i1", REDS),
        ("red_host", "i2", REDS),
        ("red_zone", "i2", REDS),  # subnet parameter of a sweep
        ("red_session", "i2", REDS),  # session id the action is to run from
        # a red agent that somebody else decides for
        ("red_has_read", "u1", REDS),  # 1: its beliefs hold the results of the last tick already
        ("order_kind", "i1", REDS),  # 1 + the action it is to begin, 0: none
        ("order_host", "i2", REDS),
        # red actions that came due in this tick
        ("due_kind", "i1", REDS),  # RED_SLEEP: none
        ("due_host", "i2", REDS),
        ("due_zone", "i2", REDS),
        ("due_source", "i2", REDS),  # host acted from, -1: dropped
        ("due_success", "i1", REDS),  # 1, 0, or -1: dropped, no result at all
        ("due_reveals", "u1", REDS),  # 1: an escalation whose session lived to read the files
    ],
    align=True,
)
ENV = np.dtype((np.record, _FIELDS))
"""dtype of one environment."""
