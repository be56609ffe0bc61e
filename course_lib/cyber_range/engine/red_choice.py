"""What a red agent does next: a host, an action by its state, random parameters (sections 5.2,
5.9)."""

from ..constants import DRS, IMP, PE, RED_SLEEP, RED_TICKS, SERVER_SLOTS, SLOTS, ZONE_COUNT
from .compiled import compiled
from .records import Env, Parameters
from .red_beliefs import read_results
from .rng import chance, draw, pick
from .sessions import find_session
from .state import RD, UNKNOWN, F, K


@compiled
def take_turn(env: Env, params: Parameters, r: int) -> None:
    """Agent r's turn at the start of a tick: an active one reads its results, a free one also
    chooses."""
    if not env.awake[r]:
        return
    read_once(env, params, r)
    env.red_has_read[r] = 0
    if env.red_left[r] == 0:
        if params.red_obeys:
            choose_as_ordered(env, params, r)
        elif params.red_believes:
            choose_by_belief(env, params, r)
        else:
            choose_at_random(env, params, r)
    env.first_turn[r] = 0


@compiled
def read_once(env: Env, params: Parameters, r: int) -> None:
    """Take the results of the last tick in, unless somebody has looked and they are in already."""
    if not env.red_has_read[r]:
        read_results(env, params, r)
        env.red_has_read[r] = 1


@compiled
def choose_as_ordered(env: Env, params: Parameters, r: int) -> None:
    """Begin what somebody else has ordered, if this agent can: what it was not shown it cannot
    name, and then it does nothing. Whether an action succeeds is left to the rules."""
    kind, host = env.order_kind[r] - 1, env.order_host[r]
    if kind < 0 or kind == RED_SLEEP or env.known_count[r] == 0:
        return
    if may_order(env, r, kind, host):
        start_action(env, params, r, kind, host)


@compiled
def may_order(env: Env, r: int, kind: int, host: int) -> bool:
    """True if the host is one the agent may choose, and known by name where a name is needed."""
    state = env.belief[r, host]
    if state == UNKNOWN or state == F:
        return False
    return not needs_name(kind) or env.named[r, host] == 1


@compiled
def needs_name(kind: int) -> bool:
    """True for the actions that call a host by its name and not by its address."""
    return kind == PE or kind >= IMP


@compiled
def choose_by_belief(env: Env, params: Parameters, r: int) -> None:
    """Finite-state agents: pick a host, then an action by what is believed of it."""
    if env.believed_count[r] == 0 or env.known_count[r] == 0:
        return
    if params.red_two_stage:
        host = pick_in_two_stages(env, params, r)
    else:
        host = env.believed[r, pick(env, env.believed_count[r])]
    start_action(env, params, r, pick_action(env, params, env.belief[r, host]), host)


@compiled
def pick_action(env: Env, params: Parameters, state: int) -> int:
    """Draw a red action from the table row of a belief state."""
    u = draw(env)
    for kind in range(RED_SLEEP):
        u -= params.red_action_chance[state, kind]
        if u < 0.0:
            return kind
    return RED_SLEEP


@compiled
def start_action(env: Env, params: Parameters, r: int, kind: int, host: int) -> None:
    """Begin an action; session and subnet are independent draws."""
    env.red_kind[r] = kind
    env.red_host[r] = -1 if kind == DRS else host
    env.red_session[r] = pick_session(env, params, r)
    env.red_zone[r] = pick_zone(env, r) if kind == DRS else -1
    env.red_left[r] = RED_TICKS[kind]


@compiled
def pick_session(env: Env, params: Parameters, r: int) -> int:
    """A uniformly random known abstract id; dead ids are drawn like living ones (section 5.4)."""
    if params.remember_dead_sessions:
        return env.known_id[r, pick(env, env.known_count[r])]
    living = 0
    chosen = env.known_id[r, 0]
    for i in range(env.known_count[r]):
        if find_session(env, r, env.known_id[r, i]) >= 0:
            living += 1
            if pick(env, living) == 0:  # reservoir sampling
                chosen = env.known_id[r, i]
    return chosen


@compiled
def pick_zone(env: Env, r: int) -> int:
    """A uniformly random own zone among those known."""
    seen = 0
    chosen = 0
    for zone in range(ZONE_COUNT):
        if env.zones_known[r] >> zone & 1:
            seen += 1
            if pick(env, seen) == 0:
                chosen = zone
    return chosen


@compiled
def pick_in_two_stages(env: Env, params: Parameters, r: int) -> int:
    """Discovery agent: a state by weight among those present, then a host in it, servers by name
    preferred."""
    total = 0.0
    for state in range(K, RD + 1):
        if count_in(env, r, state, -1) > 0:
            total += params.red_state_weight[state]
    if total == 0.0:  # only states of weight 0 are present: uniform over those states
        wanted = pick_present_state(env, r)
    else:
        u = draw(env) * total
        wanted = K
        for state in range(K, RD + 1):
            if count_in(env, r, state, -1) > 0 and params.red_state_weight[state] > 0:
                wanted = state
                u -= params.red_state_weight[state]
                if u < 0.0:
                    break
    servers = count_in(env, r, wanted, 1)
    others = count_in(env, r, wanted, 0)
    if servers > 0 and servers + others > 1:
        prefer = chance(env, params.red_server_preference)
        return pick_in(env, r, wanted, 1 if prefer or others == 0 else 0)
    return pick_in(env, r, wanted, -1)


@compiled
def pick_present_state(env: Env, r: int) -> int:
    """A uniformly random state among those that some believed host is in."""
    seen = 0
    chosen = K
    for state in range(K, RD + 1):
        if count_in(env, r, state, -1) > 0:
            seen += 1
            if pick(env, seen) == 0:
                chosen = state
    return chosen


@compiled
def matches(env: Env, r: int, host: int, state: int, server: int) -> bool:
    """True if the host is in that state and (server 1) known by name as a server, (0) not so, (-1)
    either."""
    known_server = env.named[r, host] == 1 and host % SLOTS < SERVER_SLOTS
    return env.belief[r, host] == state and (server == -1 or known_server == (server == 1))


@compiled
def count_in(env: Env, r: int, state: int, server: int) -> int:
    """Believed hosts that match."""
    n = 0
    for i in range(env.believed_count[r]):
        if matches(env, r, env.believed[r, i], state, server):
            n += 1
    return n


@compiled
def pick_in(env: Env, r: int, state: int, server: int) -> int:
    """A uniformly random believed host that matches."""
    left = pick(env, count_in(env, r, state, server))
    for i in range(env.believed_count[r]):
        if matches(env, r, env.believed[r, i], state, server):
            if left == 0:
                return env.believed[r, i]
            left -= 1
    return env.believed[r, 0]


@compiled
def choose_at_random(env: Env, params: Parameters, r: int) -> None:
    """RandomSelectRedAgent: a random command whose parameters are known, then random parameters
    (section 5.9)."""
    kind = pick(env, RED_SLEEP + 1)
    if kind == RED_SLEEP:
        return
    host = (
        pick_named(env, r)
        if needs_name(kind)
        else env.believed[r, pick(env, env.believed_count[r])]
    )
    start_action(env, params, r, kind, host)


@compiled
def pick_named(env: Env, r: int) -> int:
    """A uniformly random host whose name is known; there always is one, the host of section 1.6."""
    seen = 0
    chosen = -1
    for i in range(env.believed_count[r]):
        if env.named[r, env.believed[r, i]]:
            seen += 1
            if pick(env, seen) == 0:
                chosen = env.believed[r, i]
    return chosen
