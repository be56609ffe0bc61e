"""The true state of the simulator as arrays, for drawing and recording only."""

from typing import Any

import numpy as np

from ..constants import HOST_COUNT, HOST_NUMBER, RED_COUNT, RED_SLEEP, SLOTS
from .events import Events, Sessions
from .observe import blocked_traffic, existing_hosts


def true_state(
    controller: Any, sessions: Sessions, tick: Events, visible: np.record
) -> dict[str, Any]:
    """State after the last tick and what happened in it; keys and shapes as EpisodeRecord names
    them."""
    state = controller.state
    level = np.zeros(HOST_COUNT, int)
    level[list(sessions.pids)] = 1
    level[list(sessions.root)] = 2
    return {
        "exists": existing_hosts(state),
        "level": level,
        **services(state),
        "blocked": blocked_traffic(state),
        "phase": int(state.mission_phase),
        "step": int(controller.step_count),
        "reward": tick.reward,
        "process": np.pad(visible.process.ravel(), (0, SLOTS)),  # zeros for the contractor network
        "connection": np.pad(visible.connection.ravel(), (0, SLOTS)),
        "blue_class": np.array(tick.finished),
        "blue_host": np.array(tick.finished_host),
        "blue_started": np.array(tick.started),
        **red_arrays(tick),
    }


def services(state: Any) -> dict[str, np.ndarray]:
    """Decoys, lowest reliability of an active service (percent), stopped OT services, each
    (128,)."""
    decoys = np.zeros(HOST_COUNT, int)
    lowest = np.full(HOST_COUNT, 100)
    stopped = np.zeros(HOST_COUNT, bool)
    for name, machine in state.hosts.items():
        host = HOST_NUMBER.get(name)
        if host is None:
            continue
        decoys[host] = sum(process.decoy_type.name == "EXPLOIT" for process in machine.processes)
        for key, service in machine.services.items():
            if service.active:
                lowest[host] = min(lowest[host], service.get_service_reliability())
            elif getattr(key, "name", "") == "OTSERVICE":
                stopped[host] = True
    return {"decoys": decoys, "reliability": lowest, "ot_stopped": stopped}


def red_arrays(tick: Events) -> dict[str, np.ndarray]:
    """Red's due actions, one entry per agent; -1 where there was none."""
    out = {name: np.full(RED_COUNT, -1) for name in ("red_source", "red_host", "red_success")}
    out["red_kind"] = np.full(RED_COUNT, RED_SLEEP)
    for action in tick.red:
        out["red_kind"][action.agent] = action.kind
        out["red_source"][action.agent] = action.source
        out["red_host"][action.agent] = action.target
        out["red_success"][action.agent] = action.success
    return out
