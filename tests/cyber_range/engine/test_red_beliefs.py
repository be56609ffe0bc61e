"""Sections 5.1 to 5.3 of the rules: what red agents choose and believe."""

import numpy as np
import pytest
from support.range_bench import (
    Bench,
    assert_frequency,
    assert_shares,
    assert_uniform,
    index,
    server,
    user,
)

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.engine import state as s
from course_lib.cyber_range.red_variants import STATES

HOME, TARGET = server(n.RZA), server(n.RZA, 2)
CON_HOST = server(n.CON)

# --- 5.1, 5.2 decisions
# -----------------------------------------------------------------------------------------------

CHOICES = {
    "K": "DRS .50 ASD .25 SSD .25",
    "KD": "ASD .50 SSD .50",
    "S": "DRS .25 DD .25 EXP .50",
    "SD": "DD .25 EXP .75",
    "U": "DRS .50 PE .50",
    "UD": "PE 1",
    "R": "DRS .50 IMP .25 DEG .25",
    "RD": "IMP .50 DEG .50",
}


def test_there_are_nine_states():
    """5.1: K KD S SD U UD R RD F, in one order in the rules and in red's tables."""
    assert STATES == ("unknown", "K", "KD", "S", "SD", "U", "UD", "R", "RD", "F")
    assert [getattr(s, name) for name in STATES[1:]] == list(range(1, 10)) and s.UNKNOWN == 0


@pytest.mark.parametrize("state", CHOICES)
def test_action_by_state_of_the_chosen_host(state):
    """5.2: the default agent's table."""
    words = CHOICES[state].split()
    expected = {getattr(n, name): float(p) for name, p in zip(words[::2], words[1::2], strict=True)}
    bench = Bench(1000, seed=len(state))
    bench.session(1, HOME)
    bench.believe(1, HOME, getattr(s, state))
    bench.let_choose(1)
    bench.tick()
    assert_shares(bench.state["red_kind"][:, 1], expected)
    sweeps = bench.state["red_kind"][:, 1] == n.DRS
    assert (bench.state["red_host"][~sweeps, 1] == HOME).all() and (
        bench.state["red_zone"][sweeps, 1] == n.RZA
    ).all()


def test_host_is_uniform_among_those_believed_and_not_given_up():
    """5.2, 5.8: F is never chosen; states and zones make no difference."""
    bench = Bench(1200, seed=3)
    bench.session(1, HOME)
    chosen = {HOME: s.UD, TARGET: s.KD, server(n.OZA): s.SD, user(n.RZA): s.RD, CON_HOST: s.KD}
    for host, state in chosen.items():
        bench.believe(1, host, state)
    bench.believe(1, server(n.RZB), s.F)
    bench.let_choose(1)
    bench.tick()
    assert_uniform(bench.state["red_host"][:, 1], chosen)


def test_acting_session_is_uniform_over_all_abstract_ids_ever_shown():
    """5.2, 5.4: dead ids are drawn like living ones, plain sessions never."""
    bench = Bench(1200, seed=4)
    bench.session(1, HOME)
    bench.session(1, TARGET, abstract=0)
    bench.session(1, user(n.RZA))
    for dead in (5, 9):
        bench.know(1, dead)
    bench.believe(1, HOME, s.KD)
    bench.let_choose(1)
    bench.tick()
    assert_uniform(bench.state["red_session"][:, 1], [0, 2, 5, 9])
    dropped = bench.state["due_success"][:, 1][bench.state["due_kind"][:, 1] == n.ASD] == -1
    assert_frequency(dropped, 0.5)


def test_swept_zone_is_uniform_over_known_own_zones_and_independent_of_the_host():
    """5.2, 5.7: agent 5 may sweep another HQ zone than the chosen host's, also one in which it has
    no session."""
    bench = Bench(1000, seed=5)
    bench.session(5, server(n.PAZ))
    bench.believe(5, server(n.PAZ), s.U)
    bench.state["zones_known"][:, 5] = 1 << n.PAZ | 1 << n.OFF
    bench.let_choose(5, s.U, n.DRS)
    bench.tick()
    assert_uniform(bench.state["red_zone"][:, 5], [n.OFF, n.PAZ])


def test_red_never_sleeps_by_choice():
    """5.2: there is no Sleep and no Withdraw in the default agent's table."""
    bench = Bench(500, seed=6)
    bench.session(1, HOME)
    for place, state in enumerate((s.K, s.KD, s.S, s.SD, s.U, s.UD, s.R, s.RD)):
        bench.believe(1, server(n.RZA, place) if place < 6 else user(n.RZA, place), state)
    bench.let_choose(1)
    bench.tick()
    assert (bench.state["red_kind"][:, 1] < n.WITHDRAW).all()


# --- 5.3 beliefs
# --------------------------------------------------------------------------------------------------

AFTER_SUCCESS = {  # 5.3 (a); what is not listed stays
    n.DRS: {"K": "KD", "S": "SD", "U": "UD", "R": "RD"},
    n.ASD: {"K": "S", "KD": "SD"},
    n.SSD: {"K": "S", "KD": "SD"},
    n.DD: {},
    n.EXP: {"S": "U", "SD": "UD"},
    n.PE: {"U": "R", "UD": "RD"},
    n.IMP: {},
    n.DEG: {},
}


def believing(state, host=TARGET):
    """Agent 1 with sessions on HOME (abstract) and, as root, on the host, which it believes in that
    state."""
    bench = Bench()
    bench.session(1, HOME)
    if host // 16 == n.RZA:
        bench.session(1, host, root=1)
    bench.env.genuine[host] |= 1 << s.OTSERVICE
    bench.env.active[host] |= 1 << s.OTSERVICE
    bench.remember(1, host, s.PORT_22)
    bench.believe(1, host, getattr(s, state))
    return bench


@pytest.mark.parametrize("kind", AFTER_SUCCESS)
@pytest.mark.parametrize("state", STATES[1:])
def test_belief_after_a_success(kind, state):
    """5.3 (a): read one tick later, before the next decision."""
    bench = believing(state)
    assert bench.red(1, kind, TARGET, zone=n.RZA) == 1
    assert bench.believes(1, TARGET) == getattr(s, state)
    bench.tick()
    assert bench.believes(1, TARGET) == getattr(s, AFTER_SUCCESS[kind].get(state, state))


@pytest.mark.parametrize("session", [1, 7])
@pytest.mark.parametrize("kind", [n.DRS, n.ASD, n.SSD, n.EXP, n.PE])
@pytest.mark.parametrize("state", ["K", "SD", "U"])
def test_belief_stays_after_a_failure_or_a_dropped_action(state, kind, session):
    """5.3 (a): whatever is not TRUE changes nothing (7: the session is gone; 1: it is plain, or
    gone in this tick)."""
    bench = Bench()
    bench.session(1, HOME)
    bench.session(1, TARGET, abstract=0)
    bench.believe(1, TARGET, getattr(s, state))
    bench.order(1, kind, TARGET, session=session, zone=n.RZA)
    if (
        kind == n.DRS and session == 1
    ):  # a sweep fails only if blue takes the session in the same tick
        bench.order(1, kind, TARGET, session=session, zone=n.RZA, left=5)
        bench.ticks(4, {0: index(0, n.RESTORE, TARGET)})
    bench.tick()
    assert bench.env.due_success[1] == (0 if session == 1 else -1)
    bench.session(1, TARGET)  # still held, so that no loss is noticed
    bench.tick()
    assert bench.believes(1, TARGET) == getattr(s, state)


def test_an_exploited_foreign_host_is_given_up():
    """5.3 (a): where the result would be U on a foreign host it is F; the host leaves the list of
    choices."""
    bench = Bench()
    bench.session(0, CON_HOST)
    bench.believe(0, CON_HOST, s.UD)
    bench.believe(0, HOME, s.S)
    bench.remember(0, HOME, s.PORT_22)
    assert bench.red(0, n.EXP, HOME) == 1
    bench.tick()
    assert bench.believes(0, HOME) == s.F and bench.believes(0, CON_HOST) == s.UD
    assert bench.env.believed[0, : bench.env.believed_count[0]].tolist() == [CON_HOST]


def test_swept_hosts_enter_as_k_and_a_second_sweep_makes_them_kd():
    """5.3 (b), 12.8: new hosts come after results; every host of the zone, no other."""
    bench = Bench(servers=(2, 2), users=(3, 3))
    bench.session(5, server(n.OFF))
    bench.believe(5, server(n.OFF), s.U)
    bench.believe(5, server(n.ADM), s.S)
    there = [server(n.OFF), server(n.OFF, 1), *(user(n.OFF, i) for i in range(3))]
    for state, own in ((s.K, s.UD), (s.KD, s.UD), (s.KD, s.UD)):
        bench.red(5, n.DRS, zone=n.OFF)
        bench.tick()
        assert {host: bench.believes(5, host) for host in there} == {
            host: state for host in there
        } | {there[0]: own}
        assert np.flatnonzero(bench.env.belief[5]).tolist() == sorted([server(n.ADM), *there])
    assert bench.believes(5, server(n.ADM)) == s.S


def phished_agent():
    """Agent 1, never active before, gets a session by phishing in the first tick."""
    bench = Bench(phishing_rate=1.0)
    bench.session(0, CON_HOST)
    bench.users(*[user(n.RZA)] * 60)
    bench.tick()
    bench.users()
    return bench


def test_first_decision_takes_its_hosts_as_held_and_later_ones_as_known():
    """5.3 (b), 12.7: U in the agent's very first decision of the episode, K for any later phishing
    host."""
    bench = phished_agent()
    assert bench.env.awake[1] and bench.believes(1, user(n.RZA)) == s.UNKNOWN
    bench.tick()
    assert bench.believes(1, user(n.RZA)) == s.U
    bench.users(*[user(n.RZA, 4)] * 60)
    bench.tick()
    bench.users()
    bench.tick()
    assert bench.believes(1, user(n.RZA, 4)) == s.K


def test_a_phished_agent_acts_from_the_next_tick():
    """12.7, 5.5: activation takes effect one tick later."""
    bench = phished_agent()
    assert bench.env.red_kind[1] == n.RED_SLEEP
    bench.let_choose(1)
    bench.tick()
    assert bench.env.red_kind[1] in (n.DRS, n.PE) and bench.env.red_host[1] in (-1, user(n.RZA))


@pytest.mark.parametrize("state", ["K", "S", "SD"])
def test_phishing_on_a_known_host_does_not_change_its_state(state):
    """5.3 (b): the finite-state agent does not use such a foothold as one."""
    bench = Bench(phishing_rate=1.0)
    bench.session(1, HOME)
    bench.believe(1, user(n.RZA), getattr(s, state))
    bench.users(*[user(n.RZA)] * 60)
    bench.tick()
    bench.tick()
    assert len(bench.sessions(1)) == 2 and bench.believes(1, user(n.RZA)) == getattr(s, state)


@pytest.mark.parametrize("state", STATES[1:])
def test_a_lost_host_becomes_known_and_swept(state):
    """5.3 (c): U, UD, R, RD without an own session turn KD, also while busy; the other states
    stay."""
    bench = Bench()
    bench.session(1, HOME)
    bench.session(1, TARGET)
    bench.believe(1, TARGET, getattr(s, state))
    bench.order(1, n.EXP, HOME, left=50)
    bench.ticks(5, {0: index(0, n.RESTORE, TARGET)})
    assert bench.believes(1, TARGET) == getattr(s, state)
    bench.tick()
    expected = s.KD if state in ("U", "UD", "R", "RD") else getattr(s, state)
    assert bench.believes(1, TARGET) == expected and bench.env.red_left[1] > 0


def test_a_host_with_another_own_session_is_not_lost():
    """5.3 (c): one session is enough."""
    bench = Bench()
    bench.session(1, HOME)
    bench.session(1, TARGET, abstract=0, pid=3)
    bench.session(1, TARGET)
    bench.believe(1, TARGET, s.U)
    bench.flag(TARGET, 3)
    bench.ticks(4, {0: index(0, n.REMOVE, TARGET)})
    assert len(bench.sessions(1)) == 2 and bench.believes(1, TARGET) == s.U
