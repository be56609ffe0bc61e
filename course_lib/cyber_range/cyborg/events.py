"""What really happened in one tick of the simulator: for counting and drawing, never for a
defender.

Everything is read after the tick from objects that the simulator keeps anyway: the action of each
agent that came due, its result, and the sessions. Nothing is computed twice and nothing is changed.
"""

from dataclasses import dataclass, field

from .. import constants as names
from ..constants import (
    ACTION_CLASSES,
    HOST_NUMBER,
    OFFICIAL_DEFENDERS,
    RED_ACTIONS,
    RED_COUNT,
    RED_SLEEP,
    SLEEP,
    SLOTS,
)

BLUE_CLASS = {
    f"{name}Zone" if "Traffic" in name else name: kind for kind, name in enumerate(ACTION_CLASSES)
}
"""The simulator's class name of each action -> index in `names.ACTION_CLASSES`."""
RED_KIND = {name: kind for kind, name in enumerate(RED_ACTIONS)}
GREEN_PENALTY = {"GreenLocalWork": names.LWF, "GreenAccessService": names.ASF}
RED_AGENTS = tuple(f"red_agent_{i}" for i in range(RED_COUNT))


@dataclass
class Sessions:
    """Red's sessions at the end of a tick."""

    host_of: dict[tuple[int, int], int]  # (red agent, session id) -> host number
    pids: dict[int, set[int]]  # host number -> process ids of the red sessions there
    root: set[int]  # hosts with a root session


@dataclass
class RedDue:
    """An action of one red agent that came due."""

    agent: int
    kind: int  # index in `names.RED_ACTIONS`
    source: int  # host of the acting session, -1 if that session was gone
    target: int  # host acted on, -1 for a sweep
    success: int  # 1 or 0; -1 for an action that was dropped because its session was gone


@dataclass
class Happened:
    """One tick."""

    phase: int = 0
    reward: float = 0.0  # the simulator's own team reward
    restores_submitted: int = 0
    started: list[int] = field(
        default_factory=lambda: [-1] * 5
    )  # class accepted by each defender, -1 while busy
    finished: list[int] = field(default_factory=lambda: [SLEEP] * 5)  # class that had its effect
    finished_host: list[int] = field(default_factory=lambda: [-1] * 5)
    red: list[RedDue] = field(default_factory=list)
    penalties: list[tuple[int, int]] = field(
        default_factory=list
    )  # (zone, kind) of every charged event
    phished: int = 0
    before: Sessions | None = None
    after: Sessions | None = None


def read_sessions(state) -> Sessions:
    """Red's sessions now."""
    sessions = Sessions({}, {}, set())
    for agent, name in enumerate(RED_AGENTS):
        for ident, session in state.sessions[name].items():
            host = HOST_NUMBER[session.hostname]
            sessions.host_of[agent, ident] = host
            sessions.pids.setdefault(host, set()).add(session.pid)
            if session.username == "root":
                sessions.root.add(host)
    return sessions


def read_tick(controller, before: Sessions, started: list[int]) -> Happened:
    """Collect the tick that the simulator has just executed; ``before`` are the sessions at its
    start."""
    tick = Happened(phase=controller.state.mission_phase, before=before, started=started)
    tick.after = read_sessions(controller.state)
    tick.reward = float(sum(controller.reward["Blue"].values()))
    tick.restores_submitted = -int(controller.reward["Blue"]["action_cost"])
    for defender, agent in enumerate(OFFICIAL_DEFENDERS):
        read_blue(tick, defender, due(controller, agent)[0])
    for agent, name in enumerate(RED_AGENTS):
        read_red(tick, agent, *due(controller, name), controller.state)
    for agent in controller.team["Green"]:
        read_green(tick, *due(controller, agent), controller.state)
    return tick


def due(controller, agent: str):
    """The action of an agent that came due (Sleep while it is busy) and its result, None if it was
    dropped."""
    action = controller.action[agent][0]
    shown = controller.observation[agent].observations
    was_run = bool(shown) and shown[0].data.get("action") is action
    return action, (shown[0].data if was_run else None)


def read_blue(tick: Happened, defender: int, action) -> None:
    """Note which blue action had its effect; a Monitor counts as Sleep."""
    kind = BLUE_CLASS.get(type(action).__name__, SLEEP)
    if kind < BLUE_CLASS["Monitor"]:
        tick.finished[defender] = kind
        tick.finished_host[defender] = HOST_NUMBER.get(getattr(action, "hostname", None), -1)


def read_red(tick: Happened, agent: int, action, result, state) -> None:
    """Note a red action that came due; an Impact is charged as long as its agent still holds a
    session."""
    kind = RED_KIND.get(type(action).__name__, RED_SLEEP)
    if kind == RED_SLEEP:
        return
    target = getattr(action, "hostname", None) or state.ip_addresses.get(
        getattr(action, "ip_address", None)
    )
    source = tick.before.host_of.get((agent, int(action.session)), -1)
    success = -1 if result is None else int(result["success"].name == "TRUE")
    tick.red.append(RedDue(agent, kind, source, HOST_NUMBER.get(target, -1), success))
    if kind == names.IMP and state.sessions[RED_AGENTS[agent]]:
        tick.penalties.append((tick.red[-1].target // SLOTS, names.RIA))


def read_green(tick: Happened, action, result, state) -> None:
    """Note a green failure, and a session that a phishing mail has opened."""
    kind = GREEN_PENALTY.get(type(action).__name__)
    if kind is None or result is None:
        return
    if result["success"].name == "FALSE":
        host = HOST_NUMBER[state.ip_addresses[action.ip_address]]
        tick.penalties.append((host // SLOTS, kind))
    elif kind == names.LWF:
        shown = (entry for entry in result.values() if isinstance(entry, dict))
        tick.phished += sum(
            "red" in s["agent"] for entry in shown for s in entry.get("Sessions", ())
        )
