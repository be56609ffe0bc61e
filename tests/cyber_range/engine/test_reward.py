"""Section 7 of the rules: what is charged, when, and how much."""

import pytest
from support.range_bench import Bench, index, server, user

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.engine import state as s

POINTS = {  # LWF / ASF / RIA by phase, section 7.1
    "ADM": ((1, 1, 3), (1, 1, 3), (1, 1, 3)),
    "OFF": ((1, 1, 3), (1, 1, 3), (1, 1, 3)),
    "PAZ": ((1, 1, 3), (1, 1, 3), (1, 1, 3)),
    "CON": ((0, 5, 5), (0, 0, 0), (0, 0, 0)),
    "RZA": ((1, 3, 1), (2, 1, 3), (1, 3, 3)),
    "OZA": ((1, 1, 1), (10, 0, 10), (1, 1, 1)),
    "RZB": ((1, 3, 1), (1, 1, 1), (2, 1, 3)),
    "OZB": ((1, 1, 1), (1, 1, 1), (10, 0, 10)),
}


@pytest.mark.parametrize("phase", range(3))
@pytest.mark.parametrize("zone", range(8))
def test_points_of_each_event(zone, phase):
    """7.1: in the zone of the user's host (LWF), of the visiting user (ASF), of the Impact's target
    (RIA)."""
    lwf, asf, ria = POINTS[n.ZONES[zone]][phase]
    bench = Bench()
    bench.phase(phase)
    bench.wear(user(zone), 0)
    bench.state["blocked"][:, :, [4, 7, 5, 8, 0, 3, 6, 1]] = 1
    bench.state["blocked"][:, range(8), n.ALPHABET_POSITION] = 0
    bench.users(*[user(zone)] * 75)
    r = n.RED_OWNER[zone]
    bench.session(r, user(zone, 9))
    bench.order(r, n.IMP, server(zone))
    bench.tick()
    events = bench.stats[0].penalties
    assert bench.env.phase == phase and events.sum() == events[phase, zone].sum()
    assert events[phase, zone, n.LWF] > 0 and events[phase, zone, n.RIA] == 1
    alone = (zone, phase) in ((n.OZA, 1), (n.OZB, 2))  # its users visit no other zone then
    assert (events[phase, zone, n.ASF] > 0) == (not alone)
    assert bench.reward[0] == -(events[phase, zone] * (lwf, asf, ria)).sum() == bench.env.reward


def test_reward_is_that_of_the_phase_of_the_tick():
    """7.1, 7.3: the first tick of phase 1 is charged at its prices."""
    bench = Bench()
    bench.session(2, server(n.OZA), root=1)
    bench.state["tick"][:] = 166
    bench.red(2, n.IMP, server(n.OZA))
    assert bench.reward[0] == -1
    bench.red(2, n.IMP, server(n.OZA))
    assert bench.reward[0] == -10


def test_every_impact_that_comes_due_is_charged():
    """7.2, 12.9: successful, OT already stopped, no OT service, no root, no session there, and even
    a dropped one."""
    bench = Bench()
    bench.session(2, server(n.OZA), root=1)
    bench.session(1, server(n.RZA), root=1)
    attempts = [(2, server(n.OZA), 0, 1), (2, server(n.OZA), 0, 0), (1, server(n.RZA), 0, 0)]
    attempts += [(2, server(n.OZA, 4), 0, 0), (2, server(n.OZA), 9, -1)]
    for r, host, session, success in attempts:
        assert bench.red(r, n.IMP, host, session=session) == success
        assert bench.reward[0] == -1
    assert (
        bench.stats[0].penalties[0, n.OZA, n.RIA] == 4
        and bench.stats[0].penalties[0, n.RZA, n.RIA] == 1
    )


def test_an_impact_is_charged_where_its_target_stands():
    """7.2: agent 5 acts from ADM on a host of PAZ; the event belongs to PAZ."""
    bench = Bench()
    bench.session(5, server(n.ADM))
    bench.red(5, n.IMP, server(n.PAZ))
    assert bench.reward[0] == -3 and bench.stats[0].penalties[0, n.PAZ, n.RIA] == 1


def test_an_impact_of_an_agent_without_any_session_is_free():
    """7.2, 12.9: whether its last session fell earlier or in this very tick."""
    bench = Bench()
    bench.session(0, server(n.CON))
    assert bench.red(2, n.IMP, server(n.OZA)) == -1 and bench.reward[0] == 0
    bench.session(2, server(n.OZA), root=1)
    bench.order(2, n.IMP, server(n.OZA), left=5)
    assert bench.ticks(5, {1: index(1, n.RESTORE, server(n.OZA))})[0] == -1  # the Restore alone
    assert bench.env.due_kind[2] == n.IMP and bench.env.due_success[2] == 0
    assert not bench.stats["penalties"].any()


def test_an_impact_is_charged_if_its_agent_won_a_session_in_that_tick():
    """7.2: what counts is the end of the tick."""
    bench = Bench()
    bench.session(0, server(n.CON))
    bench.remember(0, server(n.OZA), s.PORT_22)
    bench.order(0, n.EXP, server(n.OZA))
    bench.red(2, n.IMP, server(n.OZA))
    assert bench.env.awake[2] and bench.reward[0] == -1


@pytest.mark.parametrize("kind", [n.DEG, n.PE, n.ASD, n.EXP, n.DRS])
def test_other_red_actions_cost_nothing_by_themselves(kind):
    """7.2: neither degrading nor root access."""
    bench = Bench()
    bench.session(2, server(n.OZA), root=1)
    bench.remember(2, server(n.OZA), s.PORT_22)
    assert bench.red(2, kind, server(n.OZA), zone=n.OZA) == 1
    assert bench.reward[0] == 0 and not bench.stats["penalties"].any()


def test_five_restores_cost_five_points_and_restore_once():
    """7.3, 12.3: one point for each submission, busy or not; effective in the fifth tick, and only
    then."""
    bench = Bench()
    host = server(n.RZA)
    bench.session(1, host)
    restore = index(0, n.RESTORE, host)
    for tick in range(1, 6):
        assert bench.tick({0: restore})[0] == -1
        assert bench.env.host_sessions[host] == (0 if tick == 5 else 1)
    assert bench.stats[0].restore_cost == 5 and bench.stats[0].recover_actions == 1
    assert bench.stats[0].blue_actions[0, n.RESTORE] == 1
    assert bench.ticks(4)[0] == 0 and bench.stats[0].recover_actions == 1


def test_each_defender_pays_for_its_own_restores():
    """7.3: three submissions in one tick cost three points, also where one is ignored because its
    agent is busy."""
    bench = Bench()
    bench.tick({1: index(1, n.ANALYSE, server(n.OZA))})
    restores = {
        d: index(d, n.RESTORE, server(zone)) for d, zone in ((0, n.RZA), (1, n.OZA), (4, n.PAZ))
    }
    assert bench.tick(restores)[0] == -3
    assert bench.env.blue_left[[0, 1, 4]].tolist() == [4, 0, 4]


def test_a_masked_restore_costs_nothing():
    """7.3: the index of a host that does not exist is a Sleep."""
    bench = Bench(servers=(1, 1))
    assert (
        bench.tick(
            {0: index(0, n.RESTORE, server(n.RZA, 1)), 4: index(4, n.RESTORE, server(n.OFF, 5))}
        )[0]
        == 0
    )
    assert bench.stats[0].restore_cost == 0 and bench.env.blue_left.sum() == 0


@pytest.mark.parametrize(
    "command", [n.ANALYSE, n.REMOVE, n.DECOY, n.ALLOW, n.BLOCK, n.MONITOR, n.SLEEP]
)
def test_other_blue_actions_cost_nothing(command):
    """7.3: only Restore has a price."""
    bench = Bench()
    assert bench.ticks(4, {0: index(0, command, server(n.RZA), n.RZA, "CON")})[0] == 0


def test_statistics_add_up_to_the_reward():
    """7.2, 7.3: the team reward is the sum of penalties at their prices and of Restore costs, in
    every tick."""
    vec = Bench(30, seed=3, servers=(1, 6), users=(3, 10)).vec
    vec.reset(seed=5)
    total = 0.0
    for tick in range(200):
        _, reward, *_ = vec.step([[33 + tick % 3, 58, 58, 58, 170 + tick % 8]] * 30)
        total += reward
    points = sum(
        vec.statistics["penalties"][:, phase, zone] @ POINTS[name][phase]
        for zone, name in enumerate(n.ZONES)
        for phase in range(3)
    )
    assert (total == -points - vec.statistics["restore_cost"]).all() and (total < -100).all()
    assert (vec.statistics["score"] == total).all()
