"""The smallest and the largest number that may stand in each field of the engine's records.

The rules write nothing else, and compiled code follows these numbers without a look: hosts, zones
and counts are places in arrays. So a state that comes from a file is compared with this table first
(`saved_state`).
"""

from ..constants import (
    ACTION_CLASSES,
    BLUE_TICKS,
    DEFENDED_ZONES,
    HOST_COUNT,
    RED_ACTIONS,
    RED_TICKS,
    ZONE_COUNT,
    AnalyseResult,
    Priority,
)
from ..engine.message import DEFENDED_HOSTS
from ..engine.state import (
    CMD_FILE,
    ESCALATE_FILE,
    MAX_DECOYS,
    MAX_FLAGS,
    MAX_GREEN,
    MAX_KNOWN_IDS,
    MAX_REACH,
    MAX_SCANS,
    MAX_SESSIONS,
    SERVICE_COUNT,
    SERVICE_PORT,
    F,
)
from ..engine.visible import MAX_CALLERS

Limits = dict[str, tuple[int, int | None]]
"""Field -> smallest and largest number; None for any up to the end of its type."""

ANY = 0, None
YES_OR_NO = 0, 1
HOST = 0, HOST_COUNT - 1
HOST_OR_NONE = -1, HOST_COUNT - 1
ZONE_OR_NONE = -1, ZONE_COUNT - 1
PHASE = 0, 2
BLUE_CLASS = 0, len(ACTION_CLASSES) - 1
BLUE_LEFT = 0, int(BLUE_TICKS.max())
RED_KIND = 0, len(RED_ACTIONS) - 1
SERVICES = 0, 2**SERVICE_COUNT - 1
PORTS = 0, int(SERVICE_PORT.max()) * 2 - 1
FOUND = 0, int(max(AnalyseResult))

SEEN: Limits = {
    "phase": PHASE,
    "exists": YES_OR_NO,
    "blocked": YES_OR_NO,
    "told": YES_OR_NO,
    "process": YES_OR_NO,
    "connection": YES_OR_NO,
    "analysed": FOUND,
    "cleaned": YES_OR_NO,
    "caller_count": (0, MAX_CALLERS),
    "caller_zone": (0, DEFENDED_ZONES - 1),
    "caller_host": HOST,
}
"""Fields of the state that the defenders see as they are."""
STATE: Limits = {
    **SEEN,
    "key": ANY,
    "draw_count": ANY,
    "seed": ANY,
    "tick": ANY,  # below the length of an episode, which the options say
    "done": YES_OR_NO,
    "overflow": ANY,
    "servers": (0, 6),
    "users": (0, 10),
    "green_count": (0, MAX_GREEN),
    "green_hosts": HOST,
    "reach_count": (0, MAX_REACH),
    "reach_hosts": HOST,
    "active": SERVICES,
    "reliability": (0, 100),
    "worn": YES_OR_NO,
    "ports": PORTS,
    "genuine": SERVICES,
    "top_pid": ANY,
    "files": (0, CMD_FILE + ESCALATE_FILE),
    "decoys": (0, MAX_DECOYS),
    "decoy_count": (0, MAX_DECOYS),
    "decoy_host": HOST,
    "decoy_service": (0, SERVICE_COUNT - 1),
    "decoy_pid": ANY,
    "decoy_listed": YES_OR_NO,
    "blue_left": BLUE_LEFT,
    "blue_class": BLUE_CLASS,
    "blue_target": HOST_OR_NONE,
    "blue_started": (-1, BLUE_CLASS[1]),
    "blue_finished": BLUE_CLASS,
    "flag_count": (0, MAX_FLAGS),
    "flag_host": HOST,
    "flag_pid": ANY,
    "session_count": (0, MAX_SESSIONS - 1),
    "session_id": ANY,
    "session_host": HOST,
    "session_pid": ANY,
    "session_serial": ANY,
    "session_root": YES_OR_NO,
    "session_abstract": YES_OR_NO,
    "next_serial": ANY,
    "foreign": (0, None),
    "host_sessions": ANY,
    "host_roots": ANY,
    "held_hosts": (0, 16),
    "held_since": ANY,
    "known_count": (0, MAX_KNOWN_IDS),
    "known_id": ANY,
    "scan_count": (0, MAX_SCANS),
    "scan_serial": ANY,
    "scan_host": HOST,
    "scan_ports": PORTS,
    "belief": (0, F),
    "believed_count": (0, HOST_COUNT),
    "believed": HOST,
    "named": YES_OR_NO,
    "zones_known": (0, 2**ZONE_COUNT - 1),
    "awake": YES_OR_NO,
    "first_turn": YES_OR_NO,
    "gained": YES_OR_NO,
    "lost": YES_OR_NO,
    "red_left": (0, int(RED_TICKS.max())),
    "red_kind": RED_KIND,
    "red_host": HOST_OR_NONE,
    "red_zone": ZONE_OR_NONE,
    "red_session": ANY,
    "red_has_read": YES_OR_NO,
    "order_kind": (0, len(RED_ACTIONS)),
    "order_host": HOST_OR_NONE,
    "due_kind": RED_KIND,
    "due_host": HOST_OR_NONE,
    "due_zone": ZONE_OR_NONE,
    "due_source": HOST_OR_NONE,
    "due_success": (-1, 1),
    "due_reveals": YES_OR_NO,
}
VISIBLE: Limits = {
    **SEEN,
    "step": ANY,
    "policy": YES_OR_NO,
    "busy": BLUE_LEFT,
}
MEMORY: Limits = {
    "seen_process": YES_OR_NO,
    "seen_connection": YES_OR_NO,
    "priority": (0, int(max(Priority))),
    "tell": YES_OR_NO,
    "waiting": (0, DEFENDED_HOSTS),
    "queue": (0, DEFENDED_HOSTS - 1),
}
