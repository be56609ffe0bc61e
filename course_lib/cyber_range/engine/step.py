"""One tick in its order, one reset, and the loops over environments (section 2.3)."""

import numpy as np

from ..actions import TABLES
from ..constants import (
    CON,
    DEFENDED_ZONES,
    LARGE_ACTIONS,
    LAST_HOST_CLASS,
    RED_COUNT,
    RED_OWNER,
    SLOTS,
    SMALL_ACTIONS,
    TEAM_BITS,
    ZONE_COUNT,
)
from . import blue, green, red_actions, red_choice
from .clock import clear_due, start_tick
from .compiled import compiled, entry
from .counters import CHECKPOINTS
from .message import forget, remember, write_messages
from .observe import write_flat, write_hosts, write_visible
from .processes import new_pid
from .records import Env, Parameters, Statistics
from .red_beliefs import begin_beliefs
from .reward import charge_impacts
from .rng import pick, seed_generator
from .sessions import add_session, check_sessions, hand_over_foreign, wake_and_sleep
from .topology import draw_host, draw_hosts, list_green, refresh_reach

HQ_ZONES = np.array([4, 5, 6])


@compiled
def tick(
    env: Env,
    stats: Statistics,
    params: Parameters,
    first_zone: np.ndarray,
    zone_count: np.ndarray,
    actions: np.ndarray,
    messages: np.ndarray,
) -> None:
    """Everything that happens in one tick, in the simulator's order."""
    start_tick(env, params)
    defenders = first_zone.shape[0]
    for d in range(defenders):
        large = int(zone_count[d] > 1)
        blue.accept(env, stats, params, d, first_zone[d], large, actions[d])
        for bit in range(TEAM_BITS):
            env.told[d, bit] = messages[d, bit]
    for r in range(RED_COUNT):
        red_choice.take_turn(env, params, r)
        env.order_kind[r] = 0
    clear_due(env)
    for d in range(defenders):
        blue.count_down(env, d)
    for r in range(RED_COUNT):
        red_actions.count_down_red(env, stats, r)
    for d in range(defenders):
        blue.control_traffic(env, d)
    if params.red_acts_first:
        act_red(env, stats, params)
    for d in range(defenders):
        blue.act_on_host(env, stats, params, d)
    green.act_all(env, stats, params)
    if not params.red_acts_first:
        act_red(env, stats, params)
    hand_over_foreign(env)
    wake_and_sleep(env)
    check_sessions(env)
    charge_impacts(env, stats, params)
    env.tick += 1
    env.done = env.tick >= params.steps - 1
    count_tick(env, stats, params)


@compiled
def act_red(env: Env, stats: Statistics, params: Parameters) -> None:
    """The effects of red's due actions, agent by agent."""
    for r in range(RED_COUNT):
        red_actions.act(env, stats, params, r)


@compiled
def count_tick(env: Env, stats: Statistics, params: Parameters) -> None:
    """Add this tick to the episode's statistics; the official score leaves out its last reward
    (section 10)."""
    stats.steps += 1
    stats.phase_reward[env.phase] += env.reward
    if not env.done:
        stats.score += env.reward
    held = 0
    hosts = 0
    for zone in range(ZONE_COUNT):
        if zone != CON:
            held += env.held_hosts[zone]
            hosts += env.servers[zone] + env.users[zone]
    stats.clean_host_ticks += hosts - held
    stats.host_ticks += hosts
    stats.overflow = env.overflow
    if env.tick % max(1, params.steps // CHECKPOINTS) == 0 or env.done:
        count_checkpoint(env, stats, params)


@compiled
def count_checkpoint(env: Env, stats: Statistics, params: Parameters) -> None:
    """Hosts that red holds now; the last checkpoint is the last tick of the episode."""
    place = CHECKPOINTS - 1 if env.done else env.tick // max(1, params.steps // CHECKPOINTS) - 1
    if 0 <= place < CHECKPOINTS:
        held = 0
        roots = 0
        for host in range(ZONE_COUNT * SLOTS):
            held += env.host_sessions[host] > 0
            roots += env.host_roots[host] > 0
        stats.held_at[place] = held
        stats.root_at[place] = roots


@compiled
def reset(env: Env, stats: Statistics, params: Parameters, seed: np.uint64) -> None:
    """A new episode from its seed; the record must be all zeros."""
    seed_generator(env, seed)
    env.seed = seed
    draw_hosts(env, params)
    list_green(env)
    refresh_reach(env)
    clear_due(env)
    first = draw_host(env, CON)
    hq_zone = HQ_ZONES[pick(env, 3)]
    for zone in range(ZONE_COUNT):
        if zone == CON:
            begin_beliefs(env, params, zone, first)
        elif RED_OWNER[zone] < RED_COUNT - 1 or zone == hq_zone:
            begin_beliefs(env, params, zone, draw_host(env, zone))
    add_session(env, 0, first, new_pid(env, first), 0, 1)
    wake_and_sleep(env)
    check_sessions(env)
    for zone in range(ZONE_COUNT):
        stats.hosts[zone, 0] = env.servers[zone]
        stats.hosts[zone, 1] = env.users[zone]


@entry
def reset_some(
    envs: np.ndarray,
    stats: np.ndarray,
    visible: np.ndarray,
    memory: np.ndarray,
    params: np.ndarray,
    seeds: np.ndarray,
    wanted: np.ndarray,
    blank_env: np.ndarray,
    blank_stats: np.ndarray,
    blank_visible: np.ndarray,
) -> None:
    """Reset the environments e with ``wanted[e]`` nonzero, each from its own ``seeds[e]``
    (uint64)."""
    for e in range(envs.shape[0]):
        if wanted[e]:
            envs[e] = blank_env[0]
            stats[e] = blank_stats[0]
            visible[e] = blank_visible[0]
            reset(envs[e], stats[e], params[0], seeds[e])
            forget(memory[e])
            write_visible(envs[e], visible[e])
            write_hosts(envs[e], visible[e])


@entry
def step_some(
    envs: np.ndarray,
    stats: np.ndarray,
    visible: np.ndarray,
    params: np.ndarray,
    first_zone: np.ndarray,
    zone_count: np.ndarray,
    actions: np.ndarray,
    messages: np.ndarray,
    reward: np.ndarray,
    done: np.ndarray,
    low: int,
    high: int,
) -> None:
    """One tick of environments low .. high - 1; actions (E, D), messages (E, D, 8), reward and done
    (E,)."""
    for e in range(low, high):
        tick(envs[e], stats[e], params[0], first_zone, zone_count, actions[e], messages[e])
        write_visible(envs[e], visible[e])
        reward[e] = envs[e].reward
        done[e] = envs[e].done


@entry
def read_red_some(envs: np.ndarray, params: np.ndarray, free: np.ndarray) -> None:
    """Bring what the red agents believe up to date before their next turn; ``free`` (E, 6) becomes
    1 where an agent will choose."""
    for e in range(envs.shape[0]):
        for r in range(RED_COUNT):
            free[e, r] = envs[e].awake[r] and envs[e].red_left[r] == 0
            if envs[e].awake[r]:
                red_choice.read_once(envs[e], params[0], r)


@entry
def flat_some(
    visible: np.ndarray,
    first_zone: np.ndarray,
    zone_count: np.ndarray,
    out: np.ndarray,
    low: int,
    high: int,
) -> None:
    """Flat vectors of environments low .. high - 1 into ``out`` (E, D, 210) int8."""
    for e in range(low, high):
        write_flat(visible[e], first_zone, zone_count, out[e])


@entry
def message_some(
    visible: np.ndarray,
    memory: np.ndarray,
    stats: np.ndarray,
    owner: np.ndarray,
    out: np.ndarray,
    low: int,
    high: int,
) -> None:
    """Take this tick into the defenders' memory, then write the 76-entry messages into ``out`` (E,
    7, 76) int8."""
    for e in range(low, high):
        remember(memory[e], visible[e], owner)
        write_messages(memory[e], visible[e], out[e])
        for zone in range(DEFENDED_ZONES):
            for slot in range(SLOTS):
                if visible[e].exists[zone, slot]:
                    stats[e].priority[zone, memory[e].priority[zone, slot]] += 1


@entry
def masks_some(
    visible: np.ndarray, first_zone: np.ndarray, zone_count: np.ndarray, out: np.ndarray
) -> None:
    """Action masks (E, D, 242) as 0/1: 0 for absent hosts and padding (section 8.4)."""
    for e in range(visible.shape[0]):
        for d in range(first_zone.shape[0]):
            large = int(zone_count[d] > 1)
            size = LARGE_ACTIONS if large else SMALL_ACTIONS
            for action in range(LARGE_ACTIONS):
                action_class = TABLES[large, action, 0]
                zone = first_zone[d] + TABLES[large, action, 1]
                slot = TABLES[large, action, 2]
                possible = action < size
                if action_class <= LAST_HOST_CLASS:
                    possible = possible and visible[e].exists[zone, slot] == 1
                out[e, d, action] = possible
