"""The clock: mission phases and what starts anew with each tick (section 2)."""

from ..constants import DEFENDED_ZONES, RED_COUNT, RED_SLEEP, SLEEP
from .compiled import compiled
from .records import Env, Parameters
from .topology import refresh_reach


@compiled
def phase_of(params: Parameters, tick: int) -> int:
    """Mission phase of a tick (0-based)."""
    if tick >= params.phase_start[2]:
        return 2
    return 1 if tick >= params.phase_start[1] else 0


@compiled
def start_tick(env: Env, params: Parameters) -> None:
    """Advance the phase and empty what the last tick showed to the defenders."""
    phase = phase_of(params, env.tick)
    if phase != env.phase:
        env.phase = phase
        refresh_reach(env)
    env.process[:] = 0
    env.connection[:] = 0
    env.analysed[:] = 0
    env.cleaned[:] = 0
    env.caller_count = 0
    env.reward = 0.0
    for d in range(DEFENDED_ZONES):
        env.blue_started[d] = -1
        env.blue_finished[d] = SLEEP


@compiled
def clear_due(env: Env) -> None:
    """Forget the red results of the last tick; red has read them by now."""
    for r in range(RED_COUNT):
        env.due_kind[r] = RED_SLEEP
        env.due_success[r] = -1
        env.due_host[r] = -1
        env.due_source[r] = -1
        env.due_reveals[r] = 0
