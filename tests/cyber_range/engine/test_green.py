"""Section 6 of the rules: what green users do, and the mail they open."""

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

CROWD = 20


def crowd(envs, host, seed=0, **options):
    """A bench in which one user host acts twenty times a tick."""
    bench = Bench(envs, seed, **{"phishing_rate": 0.0, **options})
    bench.users(*[host] * CROWD)
    return bench


def assert_rate(counts, expected):
    """Counts out of CROWD in each environment have the expected probability."""
    turns = counts.size * CROWD
    assert abs(counts.sum() / turns - expected) <= 4 * np.sqrt(expected * (1 - expected) / turns)


def test_green_visits_works_and_sleeps_a_third_of_the_time_each():
    """6: visits are counted by their alarms (rate 1, both zones watched), work by its failures
    (reliability 0)."""
    bench = Bench(3000, seed=1, access_false_positive_rate=1.0)
    bench.users(user(n.OZB))
    bench.wear(user(n.OZB), 0)
    bench.tick()
    visited = bench.vec.visible["connection"].any((1, 2))
    worked = bench.counted(n.LWF, n.OZB) == 1
    assert_frequency(visited, 1 / 3)
    assert_frequency(worked, 1 / 3)
    assert not (visited & worked).any()


def test_every_user_acts_in_every_tick():
    """6: never busy; all ten users of a zone, one turn each."""
    bench = Bench(300, seed=2)
    bench.users(*[user(n.RZA, i) for i in range(10)])
    for i in range(10):
        bench.wear(user(n.RZA, i), 0)
    for _ in range(3):
        bench.tick()
    assert_frequency(bench.counted(n.LWF, n.RZA) / 30, 1 / 3)
    assert bench.counted(n.LWF, n.RZA).max() > 10


# --- 6.1 local work
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reliability", [0, 20, 60, 80, 100])
def test_local_work_fails_as_often_as_its_service_is_unreliable(reliability):
    """6.1: with one service, with probability 1 - reliability / 100."""
    bench = crowd(200, user(n.ADM), seed=reliability)
    bench.wear(user(n.ADM), reliability)
    bench.tick()
    assert_rate(bench.counted(n.LWF, n.ADM), (1 - reliability / 100) / 3)


def test_local_work_picks_a_running_service_uniformly():
    """6.1: three services of reliability 0, 100, 100: one piece of work in three fails."""
    bench = crowd(300, user(n.ADM), seed=1)
    bench.services(user(n.ADM), s.APACHE2, s.SMTP)
    bench.wear(user(n.ADM), 100)
    bench.state["reliability"][:, user(n.ADM), s.APACHE2] = 0
    bench.tick()
    assert_rate(bench.counted(n.LWF, n.ADM), 1 / 9)


def test_a_stopped_ot_service_is_not_picked_and_causes_no_failure():
    """6.1: Impact alone does not hurt; on a degraded host it takes the OT service out of the
    pick."""
    host = user(n.OZA)
    bench = crowd(300, host, seed=2)
    bench.session(2, host, root=1)
    bench.users()
    bench.red(2, n.IMP, host)
    bench.users(*[host] * CROWD)
    bench.tick()
    assert not bench.counted(n.LWF, n.OZA).any()
    bench.wear(host, 60)
    bench.state["reliability"][:, host, s.OTSERVICE] = 100
    bench.tick()
    assert_rate(bench.counted(n.LWF, n.OZA), 0.4 / 3)


def test_local_work_leaves_a_false_alarm_on_its_own_host():
    """6.1: a process event with the given rate, nothing flagged, no connection event."""
    bench = Bench(3000, seed=3, local_false_positive_rate=0.3, access_false_positive_rate=0.0)
    bench.users(user(n.PAZ, 3))
    bench.tick()
    assert_frequency(bench.vec.visible["process"][:, n.PAZ, 9], 0.1)
    assert bench.vec.visible["process"].sum() == bench.vec.visible["process"][:, n.PAZ, 9].sum()
    assert not bench.vec.visible["connection"].any() and not bench.state["flag_count"].any()


def test_default_false_alarms_are_one_in_a_hundred():
    """6.1, 6.2: by default 0.01 of local work and of visits."""
    bench = Bench(3000, seed=4, phishing_rate=0.0)
    counts = np.zeros(2)
    bench.users(*[user(n.OZB, i) for i in range(10)])
    for _ in range(10):
        bench.tick()
    for place, kind in enumerate(("process_bits", "connection_bits")):
        counts[place] = bench.stats[kind].sum()
    turns = 3000 * 100
    assert (np.abs(counts / turns - 0.01 / 3) < 4 * np.sqrt(0.01 / 3 / turns)).all()


def test_failed_work_raises_no_alarm_and_opens_no_mail():
    """6.1: the two rates fall as services degrade; the two are independent of each other."""
    bench = Bench(
        2000,
        seed=5,
        local_false_positive_rate=1.0,
        phishing_rate=0.5,
        access_false_positive_rate=0.0,
    )
    host = user(n.RZA)
    bench.session(1, server(n.RZA))
    bench.wear(host, 40)
    bench.users(host)
    bench.tick()
    alarm = bench.vec.visible["process"][:, n.RZA, 6] == 1
    mail = bench.state["session_count"][:, 1] == 2
    assert_frequency(alarm, 0.4 / 3)
    assert_frequency(mail[alarm], 0.5)
    assert not mail[~alarm].any() and not (alarm & (bench.counted(n.LWF, n.RZA) == 1)).any()


# --- 6.2 visits
# --------------------------------------------------------------------------------------------------

ALLOWED = {  # besides the own zone, by phase
    "PAZ": ("CON RZA RZB", "CON RZA RZB", "CON RZA RZB"),
    "ADM": ("CON RZA RZB", "CON RZA RZB", "CON RZA RZB"),
    "OFF": ("CON RZA RZB", "CON RZA RZB", "CON RZA RZB"),
    "CON": ("PAZ ADM OFF RZA RZB", "PAZ ADM OFF RZB", "PAZ ADM OFF RZA"),
    "RZA": ("PAZ ADM OFF CON OZA RZB", "PAZ ADM OFF", "PAZ ADM OFF CON OZA"),
    "OZA": ("RZA", "", "RZA"),
    "RZB": ("PAZ ADM OFF CON RZA OZB", "PAZ ADM OFF CON OZB", "PAZ ADM OFF"),
    "OZB": ("RZB", "RZB", ""),
}


@pytest.mark.parametrize("phase", range(3))
@pytest.mark.parametrize("name", ALLOWED)
def test_visits_go_to_the_servers_of_the_allowed_zones(name, phase):
    """6.2: the zones of the table and the own one, only existing servers; the list changes with the
    phase."""
    bench = Bench(servers=(2, 2))
    bench.phase(phase)
    bench.tick()
    zone = n.ZONES.index(name)
    allowed = [zone, *(n.ZONES.index(other) for other in ALLOWED[name][phase].split())]
    reach = bench.env.reach_hosts[zone, : bench.env.reach_count[zone]].tolist()
    assert sorted(reach) == sorted(server(other, i) for other in allowed for i in range(2))


def test_destination_is_uniform_over_allowed_servers():
    """6.2: a zone with more servers is visited more often."""
    bench = Bench(4000, seed=6, servers=(3, 3), access_false_positive_rate=1.0)
    bench.users(user(n.OZB))
    bench.tick()
    connection = bench.vec.visible["connection"].reshape(4000, -1)
    visits = connection[connection.any(1)].argmax(1)
    assert_uniform(visits, [server(zone, i) for zone in (n.OZB, n.RZB) for i in range(3)])


def test_a_visit_may_leave_a_false_alarm_on_its_destination_only():
    """6.2: a connection event there with the given rate, none on the user's own host, no process
    event."""
    bench = Bench(3000, seed=7, access_false_positive_rate=0.5, local_false_positive_rate=0.0)
    bench.users(user(n.OZB))
    bench.tick()
    connection = bench.vec.visible["connection"]
    assert_frequency(connection.any((1, 2)), 1 / 6)
    assert not connection[:, :, 6:].any() and not bench.vec.visible["process"].any()


def test_a_blocked_visit_fails_and_leaves_an_event_on_the_destination_for_certain():
    """6.2: also in the direction that the user does not use; false alarms have nothing to do with
    it."""
    for zone, source in ((n.RZB, n.OZB), (n.OZB, n.RZB)):
        bench = Bench(1500, seed=8, access_false_positive_rate=0.0)
        bench.block(zone, source)
        bench.users(user(n.OZB))
        bench.tick()
        connection = bench.vec.visible["connection"][:, n.RZB, :6].any(1)
        assert_frequency(connection, 1 / 6)
        assert (connection == (bench.counted(n.ASF, n.OZB) == 1)).all()
        assert bench.vec.visible["connection"].sum() == connection.sum()


def test_visits_do_not_care_about_degraded_stopped_or_held_servers():
    """6.2: the availability test of the simulator is never evaluated."""
    bench = Bench(300, seed=9, access_false_positive_rate=1.0)
    for place in range(6):
        for zone, r in ((n.OZB, 4), (n.RZB, 3)):
            bench.session(r, server(zone, place), root=1)
            bench.wear(server(zone, place), 0)
            bench.state["active"][:, server(zone, place)] = 1
    bench.users(*[user(n.OZB)] * CROWD)
    bench.tick()
    assert not bench.stats["penalties"].any() and bench.vec.visible["connection"].any()


# --- 6.3 phishing
# --------------------------------------------------------------------------------------------------


def mail_opened(envs, zone, seed, holders, host=None):
    """Each environment's user opens a mail (one turn); ``holders`` are (red agent, host) sessions
    there before."""
    bench = Bench(
        envs, seed, phishing_rate=1.0, local_false_positive_rate=0.0, access_false_positive_rate=0.0
    )
    for r, held in holders:
        bench.session(r, held)
    bench.users(user(zone) if host is None else host)
    bench.tick()
    return bench


def test_phishing_makes_an_abstract_user_session_without_a_trace():
    """6.3: no event, no flag, no file; it belongs to the zone's agent at the end of the tick."""
    bench = mail_opened(300, n.OZB, 1, [(0, server(n.CON))])
    hit = bench.stats["phished"] == 1
    assert_frequency(hit, 1 / 3)
    assert (bench.state["session_count"][:, 4] == hit).all() and (
        bench.state["session_count"][:, 0] == 1
    ).all()
    rows = bench.state[hit]
    assert (rows["session_host"][:, 4, 0] == user(n.OZB)).all() and rows["session_abstract"][
        :, 4, 0
    ].all()
    assert not rows["session_root"][:, 4, 0].any() and rows["awake"][:, 4].all()
    visible = bench.vec.visible
    assert not visible["process"].any() and not visible["connection"].any()
    assert not bench.state["flag_count"].any() and not bench.state["files"].any()


def test_phishing_does_nothing_where_red_is_already():
    """6.3: one session is enough, whoever's and however made."""
    bench = mail_opened(200, n.OZB, 2, [(0, server(n.CON)), (4, user(n.OZB))])
    assert not bench.stats["phished"].any() and (bench.state["session_count"][:, 4] == 1).all()


def test_users_of_the_contractor_network_are_phished_too():
    """6.3: the session is agent 0's."""
    bench = mail_opened(300, n.CON, 3, [(0, server(n.CON))])
    assert_frequency(bench.state["session_count"][:, 0] == 2, 1 / 3)


def senders(bench):
    """Which agent sent each opened mail: the one that handed a session over; -1 if none was handed
    over."""
    hit = bench.stats["phished"] == 1
    gave = bench.state["lost"][hit].astype(bool)
    return np.where(gave.any(1), gave.argmax(1), -1)


def test_a_mail_comes_from_a_random_host_that_red_holds():
    """6.3: with nobody in the zone, uniform over the (host, agent) pairs: 3 of agent 0, 1 of agent
    1, 2 of agent 5."""
    holders = [(0, server(n.CON, i)) for i in range(3)] + [
        (1, server(n.RZA)),
        (5, server(n.ADM)),
        (5, server(n.PAZ)),
    ]
    bench = mail_opened(1500, n.OZB, 4, holders)
    assert_shares(senders(bench), {0: 3 / 6, 1: 1 / 6, 5: 2 / 6})


def test_a_mail_comes_from_the_zone_itself_if_red_is_there():
    """6.3: no draw then; nothing is handed over, whatever red holds elsewhere."""
    holders = [(0, server(n.CON, i)) for i in range(3)] + [(4, server(n.OZB, 2))]
    bench = mail_opened(300, n.OZB, 5, holders)
    assert bench.stats["phished"].any() and set(senders(bench)) == {-1}


def test_two_sessions_on_a_host_are_one_pair():
    """6.3: hosts are counted, not sessions."""
    holders = [(0, server(n.CON))] + [(1, server(n.RZA))] * 3
    bench = mail_opened(1500, n.OZB, 6, holders)
    assert_uniform(senders(bench), [0, 1])


def test_phishing_session_survives_remove_but_not_restore():
    """6.3, 12.7: nothing of it was flagged."""
    bench = Bench(phishing_rate=1.0)
    host = user(n.RZA)
    bench.session(1, server(n.RZA))
    bench.users(*[host] * 60)
    bench.tick()
    bench.users()
    assert bench.sessions(1, "host") == [server(n.RZA), host]
    bench.ticks(3, {0: index(0, n.REMOVE, host)})
    assert bench.sessions(1, "host") == [server(n.RZA), host]
    bench.ticks(5, {0: index(0, n.RESTORE, host)})
    assert bench.sessions(1, "host") == [server(n.RZA)]


def test_default_phishing_rate_is_one_in_a_hundred():
    """6.1, 6.3: of successful local work."""
    bench = Bench(3000, seed=7)
    bench.session(0, server(n.CON))
    for zone in range(7):
        bench.users(*[user(zone, i) for i in range(10)])
        bench.tick()
    turns = 3000 * 70
    assert abs(bench.stats["phished"].sum() / turns - 0.01 / 3) < 4 * np.sqrt(0.01 / 3 / turns)
