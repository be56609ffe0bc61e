"""The true state of the simulator as arrays, for drawing and recording only."""

import numpy as np

from ..names import (
    ALPHABET_COUNT,
    HOST_COUNT,
    HOST_NUMBER,
    RED_COUNT,
    RED_SLEEP,
    SUBNETS,
    ZONE_COUNT,
)
from .happened import Happened, Sessions
from .seen import FULL_NAMES


def true_state(controller, sessions: Sessions, tick: Happened, facts) -> dict:
    """State after the last tick and what happened in it; keys and shapes as EpisodeRecord names them."""
    state = controller.state
    return {
        "exists": existing(state),
        "level": levels(sessions),
        **services(state),
        "blocked": blocks(state),
        "phase": int(state.mission_phase),
        "step": int(controller.step_count),
        "reward": tick.reward,
        "process": padded(facts.process),
        "connection": padded(facts.connection),
        "blue_class": np.array(tick.finished),
        "blue_host": np.array(tick.finished_host),
        "blue_started": np.array(tick.started),
        **red_arrays(tick),
    }


def existing(state) -> np.ndarray:
    """(128,) bool: where there is a server or user host."""
    out = np.zeros(HOST_COUNT, bool)
    out[[HOST_NUMBER[name] for name in state.hosts if name in HOST_NUMBER]] = True
    return out


def levels(sessions: Sessions) -> np.ndarray:
    """(128,) 0 clean or absent, 1 user session, 2 root session."""
    out = np.zeros(HOST_COUNT, int)
    out[list(sessions.pids)] = 1
    out[list(sessions.root)] = 2
    return out


def services(state) -> dict:
    """Number of decoys, lowest reliability of an active service (percent), and stopped OT services, each (128,)."""
    decoys, lowest = np.zeros(HOST_COUNT, int), np.full(HOST_COUNT, 100)
    stopped = np.zeros(HOST_COUNT, bool)
    for name, machine in state.hosts.items():
        host = HOST_NUMBER.get(name)
        if host is None:
            continue
        decoys[host] = sum(process.decoy_type.name == "EXPLOIT" for process in machine.processes)
        running = [service.get_service_reliability() for service in machine.services.values() if service.active]
        lowest[host] = min(running, default=100)
        stopped[host] = any(
            getattr(key, "name", "") == "OTSERVICE" and not service.active for key, service in machine.services.items()
        )
    return {"decoys": decoys, "reliability": lowest, "ot_stopped": stopped}


def blocks(state) -> np.ndarray:
    """(8, 9) of 0/1: traffic to this zone from that subnet (alphabetical) is blocked."""
    out = np.zeros((ZONE_COUNT, ALPHABET_COUNT), np.uint8)
    for zone, subnet in enumerate(SUBNETS):
        for source in state.blocks.get(subnet, ()):
            out[zone, FULL_NAMES.index(source)] = 1
    return out


def padded(bits) -> np.ndarray:
    """Event bits (7, 16) as (128,), zeros for the contractor network."""
    return np.concatenate([bits.ravel(), np.zeros(HOST_COUNT - bits.size, np.uint8)])


def red_arrays(tick: Happened) -> dict:
    """Red's due actions, one entry per agent; -1 where there was none."""
    out = {name: np.full(RED_COUNT, -1) for name in ("red_source", "red_host", "red_success")}
    out["red_kind"] = np.full(RED_COUNT, RED_SLEEP)
    for action in tick.red:
        out["red_kind"][action.agent] = action.kind
        out["red_source"][action.agent] = action.source
        out["red_host"][action.agent] = action.target
        out["red_success"][action.agent] = action.success
    return out
