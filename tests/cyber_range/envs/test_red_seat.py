"""red="policy": the choice is handed over, the rules are not."""

import os
import subprocess
import sys

import numpy as np
import pytest
from support.range_bench import server

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.engine import state as s
from course_lib.cyber_range.envs.red_seat import RedSeat
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.red_variants import RED_VARIANTS

SLEEP = np.array([49, 49, 49, 49, 145])
NOTHING = np.full((1, 6), n.RED_SLEEP)


def sleeping(env):
    """One tick in which no defender does anything."""
    return env.step(np.tile(SLEEP, (env.num_envs, 1)))


def begun(num_envs=1, red="policy", seed=0):
    """A range that has begun."""
    env = VectorRange(num_envs, seed=seed, red=red)
    env.reset()
    return env


def foothold(env):
    """The one host that red begins on."""
    return int(env.state["session_host"][0, 0, 0])


def order_first(seat, kind, host):
    """Red agent 0 is told to do this; nobody else is told anything."""
    kinds, hosts = NOTHING.copy(), np.zeros((1, 6), int)
    kinds[0, 0], hosts[0, 0] = kind, host
    seat.order(kinds, hosts)


def test_looking_changes_nothing_that_happens():
    """The finite-state agents play the same episodes whether somebody looks at them or not."""
    plain, watched = begun(20, "finite-state"), begun(20, "finite-state")
    seat = RedSeat.__new__(RedSeat)  # a seat refuses a red that decides for itself
    seat.env = watched
    for _ in range(150):
        seat.look()
        seen, expected = sleeping(watched), sleeping(plain)
        assert (seen[0] == expected[0]).all() and (seen[1] == expected[1]).all()
    for name in ("belief", "session_pid", "draw_count", "red_kind"):
        assert (watched.state[name] == plain.state[name]).all(), name


def test_a_view_holds_the_results_of_the_last_tick():
    """At the start agent 0 believes it holds its foothold; after a scan the target is scanned."""
    env = begun()
    seat, home = RedSeat(env), foothold(env)
    view = seat.look()
    assert view.belief[0, 0, home] == s.U and view.belief[0, 0].astype(bool).sum() == 1
    assert view.free[0].tolist() == [True] + [False] * 5
    order_first(seat, n.DRS, home)
    sleeping(env)
    swept = seat.look().belief[0, 0]
    others = np.flatnonzero(swept == s.K)
    assert len(others) == env.state["exists"][0, server(n.CON) : server(n.CON) + 16].sum() - 1
    order_first(seat, n.ASD, int(others[0]))
    sleeping(env)
    assert seat.look().belief[0, 0, others[0]] == s.S


def test_an_order_holds_for_one_tick_and_busy_agents_do_not_listen():
    """A stealthy scan takes three ticks; what is ordered meanwhile is not begun later."""
    env = begun()
    seat, home = RedSeat(env), foothold(env)
    order_first(seat, n.SSD, home)
    sleeping(env)
    assert not seat.look().free[0, 0] and env.state["red_kind"][0, 0] == n.SSD
    order_first(seat, n.DRS, home)
    for _ in range(6):
        sleeping(env)
    assert env.statistics["red_attempts"][0].tolist() == [0, 0, 1] + [0] * 7


@pytest.mark.parametrize("kind", range(n.RED_SLEEP))
def test_what_an_agent_was_not_shown_it_cannot_name(kind):
    """A host it has never heard of: no action begins."""
    env = begun()
    seat = RedSeat(env)
    stranger = server(n.OZB)
    assert not seat.look().possible(kind)[0, 0, stranger]
    order_first(seat, kind, stranger)
    for _ in range(5):
        sleeping(env)
    assert not env.statistics["red_attempts"].any()


def test_actions_by_name_need_the_name():
    """A host known by its address can be scanned, but not hit by an Impact."""
    env = begun()
    seat, home = RedSeat(env), foothold(env)
    order_first(seat, n.DRS, home)
    sleeping(env)
    view = seat.look()
    other = int(np.flatnonzero(view.belief[0, 0] == s.K)[0])
    assert view.possible(n.ASD)[0, 0, other] and not view.possible(n.IMP)[0, 0, other]
    order_first(seat, n.IMP, other)
    sleeping(env)
    assert env.state["red_left"][0, 0] == 0


def test_a_policy_that_follows_the_table_does_to_a_network_what_the_finite_state_agent_does():
    """Hosts held at the end agree within four standard errors: nothing but the choice moved."""
    chances = RED_VARIANTS["finite-state"].action_chances().cumsum(axis=1)
    env, scripted = begun(100, seed=7), begun(100, "finite-state", seed=7)
    seat, rng = RedSeat(env), np.random.default_rng(0)
    for _ in range(200):
        belief = seat.look().belief
        known = (belief != s.UNKNOWN) & (belief != s.F)
        hosts = (known * rng.random(known.shape)).argmax(axis=2)
        states = np.take_along_axis(belief, hosts[:, :, None], axis=2)[:, :, 0]
        kinds = (rng.random((100, 6, 1)) > chances[states]).sum(axis=2)
        seat.order(np.minimum(kinds, n.RED_SLEEP), hosts)
        sleeping(env)
        sleeping(scripted)
    held = [world.state["held_hosts"].sum(axis=1) for world in (env, scripted)]
    error = np.hypot(held[0].std(), held[1].std()) / 10
    assert abs(held[0].mean() - held[1].mean()) < 4 * error
    assert held[0].mean() > 10


def test_a_fork_takes_what_was_ordered_with_it():
    """An order given and not yet carried out."""
    env = begun()
    order_first(RedSeat(env), n.DRS, foothold(env))
    copy = env.fork(0, 2, "own")
    sleeping(copy)
    assert copy.statistics["red_attempts"][:, n.DRS].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("kinds", "hosts", "line"),
    [
        (np.zeros((1, 5), int), np.zeros((1, 6), int), "kinds have shape"),
        (np.zeros((1, 6)), np.zeros((1, 6), int), "kinds have shape"),
        (np.full((1, 6), 10), np.zeros((1, 6), int), "kinds: 10 is out of range"),
        (np.zeros((1, 6), int), np.full((1, 6), -1), "hosts: -1 is out of range"),
    ],
)
def test_a_nonsensical_order_is_refused(kinds, hosts, line):
    """One line, and nothing is ordered."""
    env = begun()
    with pytest.raises(ValueError, match=line):
        RedSeat(env).order(kinds, hosts)
    assert not env.state["order_kind"].any()


def test_a_seat_needs_a_range_that_obeys():
    """And a reset before the first look."""
    with pytest.raises(ValueError, match="decides for itself"):
        RedSeat(VectorRange(1))
    with pytest.raises(ValueError, match="before reset"):
        RedSeat(VectorRange(1, red="policy")).look()


def test_the_uncompiled_rules_obey_alike():
    """The same orders with and without numba: same beliefs, same sessions."""
    code = (
        "import numpy as np; np.seterr(over='ignore');"
        "from course_lib.cyber_range import VectorRange;"
        "from course_lib.cyber_range.envs.red_seat import RedSeat;"
        "env = VectorRange(1, red='policy', seed=3); env.reset(); seat = RedSeat(env);\n"
        "for tick in range(60):\n"
        "    home = seat.look().belief[0].argmax(axis=1)[None]\n"
        "    seat.order(np.full((1, 6), tick % 9), home)\n"
        "    env.step(np.array([[49, 49, 49, 49, 145]]))\n"
        "print(seat.look().belief.sum(), env.state['session_pid'].sum(), env.state['draw_count'])"
    )
    answers = []
    for disabled in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        answers.append(done.stdout)
    assert answers[0] == answers[1]
