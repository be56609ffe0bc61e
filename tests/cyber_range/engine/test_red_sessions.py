"""Sections 5.4 to 5.8 of the rules: the sessions that red agents hold, hand over, lose and
promote."""

import numpy as np
from support.range_bench import Bench, assert_uniform, index, server, user

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.engine import state as s

HOME, TARGET = server(n.RZA), server(n.RZA, 2)
CON_HOST = server(n.CON)

# --- 5.4 sessions
# --------------------------------------------------------------------------------------------------


def test_new_session_id_is_the_largest_plus_one():
    """5.4: ids of sessions lost in between are not filled; the largest, once lost, is used
    again."""
    bench = Bench()
    bench.session(1, HOME)
    bench.session(1, user(n.RZA), sid=6)
    bench.remember(1, TARGET, s.PORT_22)
    bench.red(1, n.EXP, TARGET)
    assert bench.sessions(1) == [0, 6, 7]
    bench.ticks(5, {0: index(0, n.RESTORE, TARGET)})
    bench.red(1, n.EXP, TARGET)
    assert bench.sessions(1) == [0, 6, 7]


def test_known_ids_are_the_abstract_ones_and_never_leave():
    """5.4: exploited sessions are not learned; a dead id stays known."""
    bench = Bench(phishing_rate=1.0)
    bench.session(1, HOME)
    bench.remember(1, TARGET, s.PORT_22)
    bench.red(1, n.EXP, TARGET)
    bench.users(*[user(n.RZA)] * 60)
    bench.tick()
    bench.users()
    assert bench.sessions(1, "abstract") == [1, 0, 1]
    assert bench.env.known_id[1, : bench.env.known_count[1]].tolist() == [0, 2]
    bench.ticks(6, {0: index(0, n.RESTORE, user(n.RZA))})
    assert bench.sessions(1) == [0, 1]
    assert bench.env.known_id[1, : bench.env.known_count[1]].tolist() == [0, 2]


def test_a_known_id_reused_by_a_plain_session_cannot_scan():
    """5.4: ASD, SSD and EXP fail from it, DRS and DD work."""
    bench = Bench()
    bench.session(1, HOME)
    bench.know(1, 1)
    bench.session(1, TARGET, abstract=0, sid=1)
    bench.remember(1, user(n.RZA), s.PORT_22, place=1)
    for kind, success in ((n.ASD, 0), (n.SSD, 0), (n.EXP, 0), (n.DRS, 1), (n.DD, 1)):
        assert bench.red(1, kind, user(n.RZA), session=1, zone=n.RZA) == success


def test_port_memory_dies_with_its_session():
    """5.4: a new session with the old id has no memory of its own."""
    bench = Bench()
    bench.session(1, HOME)
    bench.session(1, TARGET)
    bench.remember(1, user(n.RZA), s.PORT_22, place=1)
    bench.remember(1, user(n.RZA), s.PORT_22, place=0)
    bench.ticks(5, {0: index(0, n.RESTORE, TARGET)})
    assert bench.env.scan_count[1] == 1
    assert bench.session(1, TARGET) == 1
    assert bench.red(1, n.EXP, user(n.RZA), session=1) == 0
    assert bench.red(1, n.EXP, user(n.RZA), session=0) == 1


# --- 5.5 handing over
# -------------------------------------------------------------------------------------------------


def test_a_foreign_session_goes_to_the_owner_of_its_zone():
    """5.5, 12.7: abstract, a fresh id, same process and privilege, no port memory; the new owner
    wakes up."""
    bench = Bench()
    bench.session(0, CON_HOST)
    bench.remember(0, HOME, s.PORT_22)
    bench.red(0, n.EXP, HOME)
    pid = bench.env.top_pid[HOME]
    assert bench.sessions(0, "host") == [CON_HOST] and bench.sessions(1, "host") == [HOME]
    row = [bench.sessions(1, field)[0] for field in ("id", "pid", "root", "abstract")]
    assert row == [0, pid, 0, 1] and bench.env.known_count[1] == 1
    assert (
        bench.env.awake[1] == 1 and bench.env.scan_count[1] == 0 and bench.env.known_count[0] == 1
    )
    assert (
        bench.env.host_sessions[HOME] == 1
        and bench.env.held_hosts[n.RZA] == 1
        and bench.env.foreign == 0
    )


def test_sessions_are_handed_over_in_the_order_of_old_agent_and_old_id():
    """5.5: each with its privilege."""
    bench = Bench()
    bench.session(2, server(n.OZA))
    for r, place, root in ((0, 3, 0), (0, 4, 1), (2, 5, 0)):
        bench.session(r, server(n.RZA, place), root=root, abstract=0)
    bench.tick()
    assert bench.sessions(1, "host") == [server(n.RZA, place) for place in (3, 4, 5)]
    assert bench.sessions(1) == [0, 1, 2] and bench.sessions(1, "root") == [0, 1, 0]
    assert (
        bench.sessions(1, "abstract") == [1, 1, 1] and bench.env.host_roots[server(n.RZA, 4)] == 1
    )
    assert bench.env.awake.tolist() == [0, 1, 1, 0, 0, 0]


def test_sessions_in_own_zones_stay():
    """5.5: agent 5 owns ADM, OFF and PAZ."""
    bench = Bench()
    for zone in (n.ADM, n.OFF, n.PAZ):
        bench.session(5, server(zone), abstract=0)
    bench.tick()
    assert bench.sessions(5, "abstract") == [0, 0, 0]


def losing_agent(kind=n.EXP, left=50):
    """Agent 1 has lost its only session to Restore while it was busy; it believed HOME and TARGET
    to be rooted."""
    bench = Bench()
    bench.session(0, CON_HOST)
    bench.session(1, TARGET)
    bench.believe(1, TARGET, s.RD)
    bench.believe(1, HOME, s.K)
    bench.order(1, kind, HOME, left=left)
    bench.ticks(5, {0: index(0, n.RESTORE, TARGET)})
    return bench


def test_an_agent_without_a_session_sleeps_and_its_beliefs_freeze():
    """5.5: inactive; nothing changes until it comes back, then the lost host turns KD and the new
    one is K."""
    bench = losing_agent()
    bench.let_choose(1)
    bench.ticks(3)
    assert (
        not bench.env.awake[1]
        and bench.believes(1, TARGET) == s.RD
        and bench.env.due_kind[1] == n.RED_SLEEP
    )
    bench.session(0, server(n.RZA, 5), abstract=0)
    bench.tick()
    assert bench.env.awake[1] and bench.believes(1, TARGET) == s.RD
    bench.tick()
    assert bench.believes(1, TARGET) == s.KD and bench.believes(1, server(n.RZA, 5)) == s.K
    assert bench.believes(1, HOME) == s.K


def test_an_action_in_progress_counts_down_without_a_session_and_is_dropped():
    """5.5: unless its id exists again, when it is executed."""
    bench = losing_agent(n.ASD, left=8)
    bench.ticks(3)
    assert bench.env.due_kind[1] == n.ASD and bench.env.due_success[1] == -1
    bench = losing_agent(n.ASD, left=8)
    bench.session(0, server(n.RZA, 5))
    bench.ticks(3)
    assert bench.env.due_kind[1] == n.ASD and bench.env.due_success[1] == 1
    assert bench.env.due_source[1] == server(n.RZA, 5)


def test_a_result_of_the_tick_in_which_the_last_session_is_lost_is_never_seen():
    """5.5: its Withdraw succeeded (UD would become SD), but the agent sleeps; on its return the
    host is lost, KD."""
    bench = Bench()
    bench.session(0, CON_HOST)
    bench.session(1, HOME)
    bench.believe(1, HOME, s.UD)
    bench.order(1, n.WITHDRAW, HOME, left=1)
    bench.tick()
    assert bench.env.due_success[1] == 1 and not bench.env.awake[1]
    bench.session(0, server(n.RZA, 5), abstract=0)
    bench.ticks(2)
    assert bench.believes(1, HOME) == s.KD and bench.believes(1, server(n.RZA, 5)) == s.K


# --- 5.6, 5.7, 5.8
# --------------------------------------------------------------------------------------------------


def test_a_random_remaining_session_is_promoted_to_id_zero():
    """5.6: uniform over the remaining ones; the others keep their ids, and its old id stays
    known."""
    bench = Bench(900, seed=8)
    bench.session(1, HOME, sid=2)
    bench.session(1, TARGET, sid=4, abstract=0)
    bench.session(1, user(n.RZA), sid=7)
    bench.tick()
    hosts = bench.state["session_host"][:, 1, 0]
    assert_uniform(hosts, [HOME, TARGET, user(n.RZA)])
    assert (bench.state["session_id"][:, 1, 0] == 0).all() and (
        bench.state["session_count"][:, 1] == 3
    ).all()
    plain = hosts == TARGET
    assert (bench.state["session_id"][plain, 1, 1:3] == [2, 7]).all()
    assert (bench.state["session_abstract"][plain, 1, :3] == [0, 1, 1]).all()
    assert (bench.state["session_id"][hosts == HOME, 1, 1:3] == [4, 7]).all()
    for env, is_plain in zip(bench.state, plain, strict=True):
        assert set(env.known_id[1, : env.known_count[1]]) == ({2, 7} if is_plain else {0, 2, 7})


def test_a_promoted_plain_session_cannot_scan_for_as_long_as_it_lives():
    """5.6: it keeps its type."""
    bench = Bench()
    bench.session(1, HOME)
    bench.session(1, TARGET, abstract=0)
    bench.ticks(5, {0: index(0, n.RESTORE, HOME)})
    assert (
        bench.sessions(1) == [0]
        and bench.sessions(1, "abstract") == [0]
        and bench.env.known_count[1] == 1
    )
    for kind, success in ((n.ASD, 0), (n.EXP, 0), (n.DRS, 1)):
        assert bench.red(1, kind, user(n.RZA), session=0, zone=n.RZA) == success


def test_promotion_keeps_port_memory():
    """5.6, 5.4: the session is the same, only its number changes."""
    bench = Bench()
    bench.session(1, HOME, sid=3)
    bench.remember(1, TARGET, s.PORT_22)
    bench.tick()
    assert bench.red(1, n.EXP, TARGET, session=0) == 1


def test_after_the_last_session_is_lost_the_next_one_is_abstract_with_id_zero():
    """5.6: the agent simply goes inactive in between."""
    bench = losing_agent()
    assert bench.sessions(1) == [] and not bench.env.awake[1]
    bench.session(0, server(n.RZA, 5), abstract=0)
    bench.tick()
    assert bench.sessions(1) == [0] and bench.sessions(1, "abstract") == [1]


def test_a_zone_becomes_known_with_a_session_in_it():
    """5.7: plain or abstract; only own zones, because others are handed over first."""
    bench = Bench()
    bench.session(0, CON_HOST)
    bench.session(5, server(n.ADM))
    for target in (server(n.PAZ), server(n.RZB)):
        bench.remember(5, target, s.PORT_22)
        bench.red(5, n.EXP, target)
    assert bench.env.zones_known[5] == 1 << n.ADM | 1 << n.PAZ
    assert bench.env.zones_known[3] == 1 << n.RZB


def test_blocks_stop_the_way_in_through_known_servers():
    """5.8: agent 0 reaches RZA from CON by scan and exploit unless CON is blocked."""
    for blocked in (False, True):
        bench = Bench()
        if blocked:
            bench.block(n.RZA, n.CON)
        bench.session(0, CON_HOST)
        bench.red(0, n.ASD, HOME)
        bench.red(0, n.EXP, HOME)
        assert len(bench.sessions(1)) == (0 if blocked else 1)


def test_a_given_up_host_is_never_attacked_again_even_after_a_restore():
    """5.8: F stays F."""
    bench = Bench(200)
    bench.session(0, CON_HOST)
    bench.believe(0, CON_HOST, s.RD)
    bench.believe(0, HOME, s.S)
    bench.remember(0, HOME, s.PORT_22)
    bench.red(0, n.EXP, HOME)
    bench.ticks(5, {0: index(0, n.RESTORE, HOME)})
    assert not bench.state["session_count"][:, 1].any()
    bench.let_choose(0)
    bench.ticks(8)
    assert (bench.state["belief"][:, 0, HOME] == s.F).all() and (
        bench.state["red_host"][:, 0] == CON_HOST
    ).all()


def test_nobody_can_clean_the_contractor_network():
    """5.8: no action index of any defender names a CON host or blocks traffic into CON."""
    bench = Bench(242)
    bench.vec.step(np.stack([np.minimum(np.arange(242), 81)] * 4 + [np.arange(242)], 1))
    for defender in range(5):
        kind, target = (
            bench.state["blue_class"][:, defender],
            bench.state["blue_target"][:, defender],
        )
        assert (target[kind <= n.DECOY] // 16 < n.CON).all()
        assert (target[np.isin(kind, (n.ALLOW, n.BLOCK))] // 9 < n.CON).all()
