"""What really happened in one tick of the simulator: for counting and drawing, never for a
defender.

Everything is read after the tick from objects that the simulator keeps anyway: the action of each
agent that came due, its result, and the sessions. Nothing is computed twice and nothing is changed.
"""

from dataclasses import dataclass, field
from typing import Any

from ..constants import (
    ACTION_CLASSES,
    ASF,
    HOST_NUMBER,
    IMP,
    LWF,
    MONITOR,
    OFFICIAL_DEFENDERS,
    RED_ACTIONS,
    RED_COUNT,
    RED_SLEEP,
    RIA,
    SLEEP,
    SLOTS,
)

BLUE_CLASS = {
    name.replace("Traffic", "TrafficZone"): kind for kind, name in enumerate(ACTION_CLASSES)
}
"""The simulator's class name of each action -> index in `ACTION_CLASSES`."""
RED_KIND = {name: kind for kind, name in enumerate(RED_ACTIONS)}
GREEN_PENALTY = {"GreenLocalWork": LWF, "GreenAccessService": ASF}
RED_AGENTS = tuple(f"red_agent_{i}" for i in range(RED_COUNT))


@dataclass
class Sessions:
    """Red's sessions at the end of a tick."""

    host_of: dict[tuple[int, int], int] = field(default_factory=dict)
    """(red agent, session id) -> host number."""
    pids: dict[int, set[int]] = field(default_factory=dict)
    """Host number -> process ids of the red sessions there."""
    root: set[int] = field(default_factory=set)
    """Hosts with a root session."""


@dataclass
class RedDue:
    """An action of one red agent that came due."""

    agent: int
    kind: int
    """Index in `RED_ACTIONS`."""
    source: int
    """Host of the acting session, -1 if that session was gone."""
    target: int
    """Host acted on, -1 for a sweep."""
    success: int
    """1 or 0; -1 for an action that was dropped because its session was gone."""


def nobody(value: int) -> Any:
    """A field with that value for each of the five defenders."""
    return field(default_factory=lambda: [value] * len(OFFICIAL_DEFENDERS))


@dataclass
class Events:
    """What happened in one tick."""

    phase: int = 0
    reward: float = 0.0
    """The simulator's own team reward."""
    restores_submitted: int = 0
    started: list[int] = nobody(-1)
    """Action class accepted by each defender, -1 while it is busy."""
    finished: list[int] = nobody(SLEEP)
    """Action class that had its effect."""
    finished_host: list[int] = nobody(-1)
    red: list[RedDue] = field(default_factory=list)
    penalties: list[tuple[int, int]] = field(default_factory=list)
    """(zone, kind) of every charged event."""
    phished: int = 0
    before: Sessions = field(default_factory=Sessions)
    after: Sessions = field(default_factory=Sessions)


def read_sessions(state: Any) -> Sessions:
    """Red's sessions now."""
    sessions = Sessions()
    for agent, name in enumerate(RED_AGENTS):
        for ident, session in state.sessions[name].items():
            host = HOST_NUMBER[session.hostname]
            sessions.host_of[agent, ident] = host
            sessions.pids.setdefault(host, set()).add(session.pid)
            if session.username == "root":
                sessions.root.add(host)
    return sessions


def read_tick(controller: Any, before: Sessions, started: list[int]) -> Events:
    """Collect the tick that the simulator has just executed; ``before`` are the sessions at its
    start."""
    tick = Events(phase=controller.state.mission_phase, before=before, started=started)
    tick.after = read_sessions(controller.state)
    tick.reward = float(sum(controller.reward["Blue"].values()))
    tick.restores_submitted = -int(controller.reward["Blue"]["action_cost"])
    for defender, name in enumerate(OFFICIAL_DEFENDERS):
        action, _ = due(controller, name)
        read_blue(tick, defender, action)
    for agent, name in enumerate(RED_AGENTS):
        action, result = due(controller, name)
        read_red(tick, agent, action, result, controller.state)
    for name in controller.team["Green"]:
        action, result = due(controller, name)
        read_green(tick, action, result, controller.state)
    return tick


def due(controller: Any, agent: str) -> tuple[Any, Any]:
    """The action of an agent that came due (Sleep while it is busy) and its result, None if it was
    dropped."""
    action = controller.action[agent][0]
    results = controller.observation[agent].observations
    was_run = bool(results) and results[0].data.get("action") is action
    return action, (results[0].data if was_run else None)


def read_blue(tick: Events, defender: int, action: Any) -> None:
    """Note which blue action had its effect; a Monitor counts as Sleep."""
    kind = BLUE_CLASS.get(type(action).__name__, SLEEP)
    if kind < MONITOR:
        tick.finished[defender] = kind
        tick.finished_host[defender] = HOST_NUMBER.get(getattr(action, "hostname", ""), -1)


def read_red(tick: Events, agent: int, action: Any, result: Any, state: Any) -> None:
    """Note a red action that came due; an Impact is charged as long as its agent still holds a
    session."""
    kind = RED_KIND.get(type(action).__name__, RED_SLEEP)
    if kind == RED_SLEEP:
        return
    address = getattr(action, "ip_address", None)
    target = getattr(action, "hostname", None) or state.ip_addresses.get(address)
    source = tick.before.host_of.get((agent, int(action.session)), -1)
    success = -1 if result is None else int(result["success"].name == "TRUE")
    host = -1 if target is None else HOST_NUMBER.get(target, -1)
    tick.red.append(RedDue(agent, kind, source, host, success))
    if kind == IMP and state.sessions[RED_AGENTS[agent]]:
        tick.penalties.append((host // SLOTS, RIA))


def read_green(tick: Events, action: Any, result: Any, state: Any) -> None:
    """Note a green failure, and a session that a phishing mail has opened."""
    kind = GREEN_PENALTY.get(type(action).__name__)
    if kind is None or result is None:
        return
    if result["success"].name == "FALSE":
        host = HOST_NUMBER[state.ip_addresses[action.ip_address]]
        tick.penalties.append((host // SLOTS, kind))
    elif kind == LWF:
        for entry in result.values():
            sessions = entry.get("Sessions", ()) if isinstance(entry, dict) else ()
            tick.phished += sum("red" in session["agent"] for session in sessions)
