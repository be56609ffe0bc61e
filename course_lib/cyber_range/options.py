"""What can be varied in the range: rates and sizes, and switches for some rules.

Defaults are those of the public simulator. ``RangeOptions().parameters()`` turns the options into
the record that the compiled rules read.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_lib import validate

from .constants import RED_ACTIONS, SERVER_SLOTS, SLOTS
from .red_variants import RED_VARIANTS, RedTable

LONGEST = 100_000
"""Most nominal steps of an episode."""

_FIELDS = np.dtype(
    [
        ("steps", "i4"),
        ("phase_start", "i4", (3,)),  # first tick of each phase
        ("servers", "i4", (2,)),
        ("users", "i4", (2,)),
        ("phishing", "f8"),
        ("local_false_positive", "f8"),
        ("access_false_positive", "f8"),
        ("aggressive_detection", "f8"),
        ("stealth_detection", "f8"),
        ("ssh_source_detection", "f8"),
        ("sql_detection", "f8"),
        ("charge_every_impact", "u1"),
        ("charge_every_restore_submission", "u1"),
        ("discard_best_exploit", "u1"),
        ("port_memory_per_session", "u1"),
        ("remember_dead_sessions", "u1"),
        ("keep_flags", "u1"),
        ("red_believes", "u1"),  # 0: the random agent, which has no host states
        ("red_obeys", "u1"),  # 1: somebody else decides, see envs.red_seat
        ("red_acts_first", "u1"),
        ("red_two_stage", "u1"),  # 1: first a state, then a host in it
        ("red_server_preference", "f8"),
        ("red_state_weight", "f8", (10,)),
        ("red_action_chance", "f8", (10, len(RED_ACTIONS))),
    ],
    align=True,
)
PARAMETERS = np.dtype((np.record, _FIELDS))
"""dtype of the record that the compiled rules read."""


@dataclass(frozen=True)
class Rules:
    """Six surprising rules of the public simulator; True is how it really behaves."""

    charge_every_impact: bool = True
    """An Impact that comes due costs points even when it fails (section 7.2); False: only when it
    succeeds."""
    charge_every_restore_submission: bool = True
    """Submitting Restore costs 1 point in each tick, busy or not (section 7.3); False: only when it
    is accepted."""
    discard_best_exploit: bool = True
    """Of two or more exploits red never runs the one it rates highest (section 4.1); False: all
    equally likely."""
    port_memory_per_session: bool = True
    """A scan is known only to the session that made it (section 5.4); False: to the whole red
    agent."""
    remember_dead_sessions: bool = True
    """Red goes on drawing ids of sessions it has lost (section 5.4); False: only ids it holds."""
    keep_flags: bool = True
    """A flagged process id stays flagged after Remove and Restore (section 3.1); False: cleared
    with the host."""

    def __post_init__(self) -> None:
        validate.check_kinds(self)


@dataclass(frozen=True)
class RangeOptions:
    """Options of the range; every default is the value of the public simulator's evaluation."""

    steps: int = 500
    """Nominal episode length, ticks; an episode ends after steps - 1 of them (500 gives 499)."""
    servers: tuple[int, int] = (1, 6)
    """Fewest and most server hosts of a zone, both included; equal numbers fix the size."""
    users: tuple[int, int] = (3, 10)
    """Fewest and most user hosts of a zone, both included; equal numbers fix the size."""
    phishing_rate: float = 0.01
    """Probability that a piece of green local work starts a phishing attempt."""
    local_false_positive_rate: float = 0.01
    """Probability that a piece of green local work leaves a process event."""
    access_false_positive_rate: float = 0.01
    """Probability that a successful green access leaves a connection event on the server."""
    aggressive_detection: float = 0.75
    """Probability that an aggressive service scan leaves a connection event on its target."""
    stealth_detection: float = 0.25
    """Probability that a stealthy service scan leaves a connection event on its target."""
    ssh_source_detection: float = 0.95
    """Probability that an SSH exploit leaves a connection event on the host it came from."""
    sql_detection: float = 0.95
    """Probability that an SQL injection leaves a process event on its target."""
    red: str = "finite-state"
    """Behaviour of the six red agents, one of the names in RED_VARIANTS."""
    red_acts_first: bool = False
    """Whether red's actions of a tick have their effect before blue's on hosts, not after."""
    rules: Rules = field(default_factory=Rules)
    """Switches for six surprising rules; the default is the public simulator."""

    def __post_init__(self) -> None:
        validate.whole_number("steps", self.steps, 3, LONGEST)
        validate.pair("servers", self.servers, 1, SERVER_SLOTS)
        validate.pair("users", self.users, 3, SLOTS - SERVER_SLOTS)
        validate.probabilities(self, *PROBABILITIES)
        validate.choice("red", self.red, RED_VARIANTS)
        validate.truth("red_acts_first", self.red_acts_first)
        validate.instance("rules", self.rules, Rules, "pass cyber_range.Rules(...)")

    def parameters(self) -> np.ndarray:
        """The options as an array of one PARAMETERS record, for the compiled rules."""
        out = np.zeros(1, PARAMETERS)
        record = out[0]
        record.steps = self.steps
        record.phase_start[:] = phase_starts(self.steps)
        record.servers[:], record.users[:] = self.servers, self.users
        for name, target in PROBABILITIES.items():
            record[target] = getattr(self, name)
        for switch in dataclasses.fields(Rules):
            record[switch.name] = getattr(self.rules, switch.name)
        record.red_acts_first = self.red_acts_first
        _write_red(record, RED_VARIANTS[self.red])
        return out


PROBABILITIES = {
    "phishing_rate": "phishing",
    "local_false_positive_rate": "local_false_positive",
    "access_false_positive_rate": "access_false_positive",
    "aggressive_detection": "aggressive_detection",
    "stealth_detection": "stealth_detection",
    "ssh_source_detection": "ssh_source_detection",
    "sql_detection": "sql_detection",
}


def make_options(**options: Any) -> RangeOptions:
    """RangeOptions from keywords; an unknown keyword is a ValueError that lists the known ones."""
    known = [f.name for f in dataclasses.fields(RangeOptions)]
    for name in options:
        if name not in known:
            raise ValueError(f"unknown option {name!r}; allowed: {', '.join(known)}")
    return RangeOptions(**options)


def phase_starts(steps: int) -> tuple[int, int, int]:
    """First tick (0-based) of phases 0, 1, 2 (section 2.1); ValueError for no length."""
    validate.whole_number("steps", steps, 3, LONGEST)
    third, rest = divmod(steps, 3)
    # What cannot be shared out lengthens the first phases by a tick each.
    second = third + int(rest >= 1)
    last = second + third + int(rest >= 2)
    return 0, second, last


def _write_red(record: np.record, table: RedTable) -> None:
    """Write how the red agents behave."""
    record.red_believes = table.believes
    record.red_obeys = table.obeys
    record.red_two_stage = table.two_stage
    record.red_server_preference = table.server_preference
    record.red_state_weight[:] = table.state_weights()
    record.red_action_chance[:] = table.action_chances()
