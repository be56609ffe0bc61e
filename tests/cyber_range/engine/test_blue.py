"""Section 3 of the rules: what blue's actions do."""

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
from course_lib.cyber_range.constants import AnalyseResult
from course_lib.cyber_range.engine import state as s
from course_lib.cyber_range.envs.vector import VectorRange

HOST = server(n.RZA, 2)
ANALYSE, DECOY, REMOVE, RESTORE = (
    index(0, command, HOST) for command in (n.ANALYSE, n.DECOY, n.REMOVE, n.RESTORE)
)
FILES = {
    0: AnalyseResult.NO_FILES,
    s.CMD_FILE: AnalyseResult.USER_FILE,
    s.ESCALATE_FILE: AnalyseResult.ROOT_FILE,
    3: AnalyseResult.ROOT_FILE,
}


@pytest.mark.parametrize("files", FILES)
def test_analyse_reports_files_with_the_observation_of_its_last_tick(files):
    """3: the exploit's file and the escalation's file; nothing is reported before or after that
    tick."""
    bench = Bench()
    bench.env.files[HOST] = files
    for tick in range(3):
        bench.tick({0: ANALYSE} if tick == 0 else None)
        seen = bench.visible.analysed
        assert (
            seen[n.RZA, 2] == (FILES[files] if tick == 1 else AnalyseResult.NOT_ANALYSED)
            and seen.sum() == seen[n.RZA, 2]
        )


def test_analyse_misses_the_exploit_of_its_own_tick():
    """3, 2.3: blue looks before red acts; the next Analyse finds the file, and after an escalation
    the other one."""
    bench = Bench()
    bench.session(1, server(n.RZA))
    bench.remember(1, HOST, s.PORT_22)
    found = []
    for kind in (n.EXP, n.SSD, n.PE, n.SSD):
        bench.order(1, kind, HOST, left=2)
        bench.ticks(2, {0: ANALYSE})
        found.append(bench.visible.analysed[n.RZA, 2])
    assert found == [
        AnalyseResult.NO_FILES,
        AnalyseResult.USER_FILE,
        AnalyseResult.USER_FILE,
        AnalyseResult.ROOT_FILE,
    ]


def test_block_and_allow_change_one_pair_and_repeating_them_changes_nothing():
    """3: the pair is (source -> destination); a second Block or Allow has no effect."""
    bench = Bench()
    for command, blocked in ((n.BLOCK, 1), (n.BLOCK, 1), (n.ALLOW, 0), (n.ALLOW, 0)):
        bench.tick({4: index(4, command, zone=n.OFF, source="RZB")})
        assert (
            bench.env.blocked[n.OFF, n.ALPHABET_POSITION[n.RZB]]
            == blocked
            == bench.env.blocked.sum()
        )


def test_decoy_and_recovery_are_reported_when_they_are_done():
    """3, 2.2: Remove after three ticks, Restore after five, and never for a host on which nothing
    ran."""
    bench = Bench()
    for action, ticks, cleaned in ((DECOY, 2, 0), (REMOVE, 3, 1), (RESTORE, 5, 1)):
        bench.ticks(ticks - 1, {0: action})
        assert not bench.visible.cleaned.any()
        bench.tick()
        assert bench.visible.cleaned.sum() == bench.visible.cleaned[n.RZA, 2] == cleaned


# --- 3.1 events and Monitor
# -------------------------------------------------------------------------------------------


def test_event_bits_last_one_tick():
    """3.1: after each tick blue sees the events of exactly this tick."""
    bench = Bench()
    bench.session(1, server(n.RZA))
    bench.remember(1, HOST, s.PORT_22)
    bench.red(1, n.EXP, HOST)
    assert bench.visible.process[n.RZA, 2] == bench.visible.connection[n.RZA, 2] == 1
    bench.tick()
    assert not bench.visible.process.any() and not bench.visible.connection.any()


def test_monitor_and_sleep_give_the_same_trajectories():
    """3.1, 12.13: an explicit Monitor changes nothing observable."""
    runs = [VectorRange(20, seed=3) for _ in range(2)]
    sleep, monitor = np.tile([49] * 4 + [145], (20, 1)), np.tile([16] * 4 + [48], (20, 1))
    for vec in runs:
        vec.reset()
    for _ in range(150):
        (a, reward_a, *_), (b, reward_b, *_) = runs[0].step(sleep), runs[1].step(monitor)
        assert (a == b).all() and (reward_a == reward_b).all()
    for name in ("session_pid", "belief", "flag_pid", "reliability", "draw_count"):
        assert (runs[0].state[name] == runs[1].state[name]).all(), name


def test_only_exploits_flag_process_ids():
    """3.1: a false alarm of green and a scan leave no process id; an SSH exploit does."""
    bench = Bench(
        400, phishing_rate=0.0, local_false_positive_rate=1.0, access_false_positive_rate=1.0
    )
    bench.users(*range(user(n.RZA), user(n.RZA) + 10))
    bench.session(1, server(n.RZA))
    bench.red(1, n.ASD, HOST)
    assert bench.vec.visible["process"].any() and not bench.state["flag_count"].any()
    bench.remember(1, HOST, s.PORT_22)
    bench.red(1, n.EXP, HOST)
    assert (bench.state["flag_count"] == 1).all() and (bench.state["flag_host"][:, 0] == HOST).all()
    assert (bench.state["flag_pid"][:, 0] == bench.state["session_pid"][:, 1, 1]).all()


def test_flags_are_never_cleared():
    """3.1: neither Remove nor Restore clears them."""
    bench = Bench()
    bench.flag(HOST, 4)
    bench.ticks(3, {0: REMOVE})
    bench.ticks(5, {0: RESTORE})
    assert bench.env.flag_count == 1 and bench.env.flag_pid[0] == 4


# --- 3.2 Remove and Restore
# -------------------------------------------------------------------------------------------


def held_host():
    """Four sessions of agent 1 on the host: flagged user, flagged root, phished (unflagged), and
    one elsewhere."""
    bench = Bench()
    bench.session(1, server(n.RZA))
    bench.session(1, HOST, abstract=0, pid=3)
    bench.session(1, HOST, root=1, abstract=0, pid=7)
    bench.session(1, HOST, pid=9)
    for pid in (3, 7):
        bench.flag(HOST, pid)
    bench.flag(server(n.RZA), 9)
    return bench


def test_remove_kills_flagged_user_shells_only():
    """3.2: root shells and phishing footholds survive; a flag on another host does not count."""
    bench = held_host()
    bench.ticks(2, {0: REMOVE})
    assert len(bench.sessions(1)) == 4
    bench.tick()
    assert bench.sessions(1, "pid")[1:] == [7, 9] and bench.sessions(1) == [0, 2, 3]
    assert bench.env.host_sessions[HOST] == 2 and bench.env.host_roots[HOST] == 1
    assert bench.env.active[HOST] == bench.env.genuine[HOST]


def test_restore_ends_every_red_session_of_the_host():
    """3.2: root, phished and exploited alike; other hosts keep theirs."""
    bench = held_host()
    bench.ticks(4, {0: RESTORE})
    assert len(bench.sessions(1)) == 4
    bench.tick()
    assert bench.sessions(1, "host") == [server(n.RZA)]
    assert bench.env.host_sessions[HOST] == bench.env.host_roots[HOST] == 0
    assert bench.env.held_hosts[n.RZA] == 1


def test_restore_puts_the_host_back():
    """3.2: services whole and running, OT too, no decoys, no files, process ids as at the start."""
    bench = Bench()
    host = server(n.OZA, 1)
    bench.services(host, s.APACHE2)
    bench.session(2, host, root=1)
    bench.red(2, n.IMP, host)
    bench.red(2, n.DEG, host)
    bench.decoy(host, s.DECOY_TOMCAT)
    bench.env.files[host] = 3
    bench.ticks(5, {1: index(1, n.RESTORE, host)})
    assert bench.env.active[host] == bench.env.genuine[host] == 0b111
    assert (bench.env.reliability[host] == 100).all() and bench.env.ports[
        host
    ] == s.PORT_22 | s.PORT_80
    assert (
        bench.env.decoys[host]
        == bench.env.decoy_count
        == bench.env.files[host]
        == bench.env.top_pid[host]
        == 0
    )


def test_restore_leaves_flags_blocks_and_what_red_remembers():
    """3.2: it does not touch flag lists, firewall, beliefs or port memory."""
    bench = held_host()
    bench.block(n.RZA, n.CON)
    bench.remember(1, HOST, s.PORT_22 | s.PORT_80)
    bench.believe(1, HOST, s.S)
    bench.ticks(6, {0: RESTORE})
    assert bench.env.flag_count == 3 and bench.env.blocked.sum() == 1
    assert bench.believes(1, HOST) == s.S and bench.env.scan_count[1] == 1


def test_restore_wipes_earlier_bits_and_later_events_of_its_tick_set_them_again():
    """3.2, 8.1: an exploit in the tick of the Restore is visible."""
    bench = Bench()
    bench.session(1, server(n.RZA))
    bench.remember(1, HOST, s.PORT_22)
    bench.order(1, n.EXP, HOST, left=5)
    bench.ticks(5, {0: RESTORE})
    assert bench.visible.process[n.RZA, 2] == bench.visible.connection[n.RZA, 2] == 1


def test_restore_means_no_downtime():
    """3.2: green on the host works normally during and after the five ticks."""
    bench = Bench(100)
    bench.users(user(n.RZA))
    bench.ticks(7, {0: index(0, n.RESTORE, user(n.RZA))})
    assert not bench.stats["penalties"].any()


# --- 3.3 decoys
# --------------------------------------------------------------------------------------------------

ALL_DECOYS = [s.DECOY_APACHE, s.DECOY_TOMCAT, s.DECOY_HARAKA, s.DECOY_VSFTPD]


@pytest.mark.parametrize(
    ("genuine", "first", "compatible"),
    [
        ((), None, ALL_DECOYS),
        ((s.APACHE2,), None, [s.DECOY_TOMCAT, s.DECOY_HARAKA, s.DECOY_VSFTPD]),
        ((s.SMTP,), None, [s.DECOY_APACHE, s.DECOY_TOMCAT, s.DECOY_VSFTPD]),
        ((s.APACHE2, s.SMTP), s.DECOY_TOMCAT, [s.DECOY_VSFTPD]),
        ((), s.DECOY_VSFTPD, [s.DECOY_TOMCAT, s.DECOY_HARAKA, s.DECOY_VSFTPD]),
        ((s.MYSQLD,), s.DECOY_HARAKA, [s.DECOY_APACHE, s.DECOY_TOMCAT, s.DECOY_VSFTPD]),
    ],
)
def test_decoy_type_is_uniform_among_the_compatible(genuine, first, compatible):
    """3.3: apache2, tomcat, haraka need their port free; vsftpd always fits."""
    bench = Bench(600, seed=5)
    bench.services(HOST, *genuine)
    if first is not None:
        bench.decoy(HOST, first)
    bench.ticks(2, {0: DECOY})
    last = bench.state["decoy_count"] - 1
    assert_uniform(bench.state["decoy_service"][np.arange(600), last], compatible)


def test_decoys_listen_and_stand_in_the_service_table():
    """3.3: apache2 80, tomcat 443, haraka 25, vsftpd 80; each is an active entry of reliability
    100."""
    bench = Bench(200)
    before = bench.env.ports[HOST]
    bench.ticks(2, {0: DECOY})
    service = bench.state["decoy_service"][:, 0].astype(int)
    ports = {s.DECOY_APACHE: 2, s.DECOY_TOMCAT: 4, s.DECOY_HARAKA: 16, s.DECOY_VSFTPD: 2}
    assert (bench.state["ports"][:, HOST] == before | np.array([ports[k] for k in service])).all()
    assert (bench.state["active"][:, HOST] == 1 | 1 << service).all()
    assert (bench.state["reliability"][np.arange(200), HOST, service] == 100).all()


def test_vsftpd_can_be_deployed_without_limit():
    """3.3: the process list grows, the table keeps one fresh entry."""
    bench = Bench()
    bench.services(HOST, s.APACHE2, s.SMTP)
    bench.decoy(HOST, s.DECOY_TOMCAT)
    bench.decoy(HOST, s.DECOY_VSFTPD)
    bench.env.reliability[HOST] = 40
    table = bench.env.active[HOST]
    for decoys in (3, 4, 5):
        bench.ticks(2, {0: DECOY})
        assert bench.env.decoys[HOST] == decoys and bench.env.active[HOST] == table
    assert (
        bench.env.reliability[HOST, s.DECOY_VSFTPD] == 100
        and bench.env.reliability[HOST, s.DECOY_TOMCAT] == 40
    )
    assert bench.env.decoy_listed[:5].tolist() == [1, 0, 0, 0, 1]


def test_degrading_wears_decoys_too_and_local_work_may_pick_them():
    """3.3: SSH at 0 and one decoy at 100 percent: half of the local work holds."""
    bench = Bench(400)
    host = user(n.RZA)
    bench.session(1, host, root=1)
    bench.decoy(host, s.DECOY_TOMCAT)
    bench.red(1, n.DEG, host)
    assert (bench.state["reliability"][:, host, [s.SSHD, s.DECOY_TOMCAT]] == 80).all()
    bench.state["reliability"][:, host] = 0
    bench.state["reliability"][:, host, s.DECOY_TOMCAT] = 100
    bench.users(*[host] * 6)
    bench.tick()
    assert_frequency(bench.counted(n.LWF, n.RZA) / 6, 1 / 6)


# --- 3.4 the firewall
# -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [n.ASD, n.SSD, n.EXP])
def test_block_stops_scans_and_exploits_in_its_direction_only(kind):
    """3.4, 12.4: RZA <- CON stops CON into RZA; RZA into CON goes through."""
    bench = Bench()
    bench.block(n.RZA, n.CON)
    bench.session(0, server(n.CON))
    bench.session(1, server(n.RZA))
    for r, target in ((0, HOST), (1, server(n.CON, 3)), (0, server(n.RZB)), (1, HOST)):
        bench.remember(r, target, s.PORT_22)
        assert bench.red(r, kind, target) == (0 if r == 0 and target == HOST else 1)


def test_the_acting_session_decides_about_a_block_not_the_agent():
    """3.4: agent 5 scans RZA from PAZ though its session in ADM is blocked."""
    bench = Bench()
    bench.block(n.RZA, n.ADM)
    bench.session(5, server(n.ADM))
    bench.session(5, server(n.PAZ))
    assert bench.red(5, n.ASD, HOST, session=0) == 0
    assert bench.red(5, n.ASD, HOST, session=1) == 1


@pytest.mark.parametrize("kind", [n.DRS, n.DD, n.PE, n.IMP, n.DEG, n.WITHDRAW])
def test_block_does_not_touch_other_red_actions(kind):
    """3.4: sweeps, deception checks, escalation, impact, degrading, withdrawal."""
    bench = Bench()
    bench.state["blocked"][:] = 1
    bench.session(5, server(n.ADM))
    target = server(n.OFF)
    bench.session(5, target, root=1)
    bench.env.genuine[target] |= 1 << s.OTSERVICE
    bench.env.active[target] |= 1 << s.OTSERVICE
    assert bench.red(5, kind, target, zone=n.OFF) == 1


def test_block_touches_neither_handing_over_nor_phishing_nor_messages():
    """3.4: all of them pass a closed firewall."""
    bench = Bench(50, phishing_rate=1.0)
    bench.state["blocked"][:] = 1
    bench.session(0, server(n.CON))
    bench.session(0, HOST)
    bench.users(*[user(n.RZB)] * 20)
    bench.tick(messages=np.ones((50, 5, 8), int))
    assert (bench.state["session_count"] == [1, 1, 0, 1, 0, 0]).all()
    assert bench.vec.visible["told"][:, :5].all()


@pytest.mark.parametrize(("zone", "source"), [(n.OZB, n.RZB), (n.RZB, n.OZB)])
def test_block_stops_green_in_both_directions(zone, source):
    """3.4, 12.4: users of both zones fail exactly between these two zones."""
    bench = Bench(300)
    bench.block(zone, source)
    bench.users(*[user(n.OZB)] * 8, *[user(n.RZB)] * 8, *[user(n.OZA)] * 8)
    bench.tick()
    assert_frequency(
        bench.counted(n.ASF, n.OZB) / 8, 1 / 6
    )  # 1/3 visits, half of its servers are in RZB
    assert_frequency(bench.counted(n.ASF, n.RZB) / 8, 1 / 21)  # one of its seven zones is OZB
    assert (
        bench.stats["penalties"].sum()
        == (bench.counted(n.ASF, n.OZB) + bench.counted(n.ASF, n.RZB)).sum()
    )


# --- 3.5 process-id reuse
# ---------------------------------------------------------------------------------------------


def test_a_new_process_may_get_an_id_flagged_long_ago():
    """3.5: after Restore ids start anew, so one phishing session in nine bears the flagged id, and
    Remove kills it."""
    bench = Bench(900, seed=2, phishing_rate=1.0)
    host = user(n.RZA)
    bench.session(1, server(n.RZA))
    bench.session(1, host, abstract=0, pid=4)
    bench.flag(host, 4)
    bench.ticks(5, {0: index(0, n.RESTORE, host)})
    bench.users(*[host] * 40)
    bench.tick()
    bench.users()
    pids = bench.state["session_pid"][:, 1, 1]
    assert (bench.state["session_count"][:, 1] == 2).all()
    assert_uniform(pids, range(1, 10))
    bench.ticks(3, {0: index(0, n.REMOVE, host)})
    assert ((bench.state["session_count"][:, 1] == 1) == (pids == 4)).all()


def test_ids_continue_above_the_largest_that_is_left():
    """3.5: Remove kills the newest process; the next id is the largest remaining one plus 1..9."""
    bench = Bench(900, seed=3)
    bench.session(1, server(n.RZA))
    bench.session(1, HOST, pid=6)
    bench.session(1, HOST, pid=40, abstract=0)
    bench.flag(HOST, 40)
    bench.remember(1, HOST, s.PORT_22)
    bench.ticks(3, {0: REMOVE})
    bench.red(1, n.EXP, HOST)
    assert_uniform(bench.state["session_pid"][:, 1, 2] - 6, range(1, 10))


def test_remove_restarts_a_listed_decoy_that_bears_a_flagged_id():
    """3.5: it comes back under a new id, with the reliability of its entry."""
    bench = Bench(300)
    bench.decoy(HOST, s.DECOY_VSFTPD, pid=2)
    bench.state["reliability"][:, HOST, s.DECOY_VSFTPD] = 60
    bench.flag(HOST, 2)
    bench.ticks(3, {0: REMOVE})
    assert (bench.state["decoys"][:, HOST] == 1).all() and (bench.state["decoy_count"] == 1).all()
    assert (bench.state["reliability"][:, HOST, s.DECOY_VSFTPD] == 60).all()
    assert (bench.state["ports"][:, HOST] == s.PORT_22 | s.PORT_80).all()
    assert_uniform(bench.state["decoy_pid"][:, 0], range(1, 10))


def test_remove_ends_an_orphaned_decoy_that_bears_a_flagged_id():
    """3.5: an older vsftpd that the service table no longer names disappears."""
    bench = Bench()
    bench.decoy(HOST, s.DECOY_VSFTPD, pid=2, listed=0)
    bench.decoy(HOST, s.DECOY_VSFTPD, pid=8)
    bench.flag(HOST, 2)
    table = bench.env.active[HOST]
    bench.ticks(3, {0: REMOVE})
    assert bench.env.decoys[HOST] == bench.env.decoy_count == 1 and bench.env.decoy_pid[0] == 8
    assert bench.env.active[HOST] == table and bench.env.ports[HOST] & s.PORT_80


def test_remove_spares_an_unflagged_decoy_and_genuine_services():
    """3.5: decoys are no suspects by themselves."""
    bench = Bench()
    bench.decoy(HOST, s.DECOY_TOMCAT, pid=2)
    bench.flag(HOST, 3)
    bench.ticks(3, {0: REMOVE})
    assert bench.env.decoy_pid[0] == 2 and bench.env.decoys[HOST] == 1


def test_decoy_types_drawn_by_the_rules_are_those_of_the_service_table():
    """3.3: after many deployments on one host, the first three types are there once and vsftpd has
    the rest."""
    bench = Bench(60, seed=9)
    for _ in range(12):
        bench.ticks(2, {0: DECOY})
    counts = [(bench.state["decoy_service"][:, :12] == kind).sum(1) for kind in ALL_DECOYS]
    assert max(count.max() for count in counts[:3]) == 1 and (sum(counts) == 12).all()
    assert_shares(bench.state["overflow"], {0: 1.0})
