"""Section 2 of the rules: phases, durations, and the order of things inside one tick."""

import numpy as np
import pytest
from support.range_bench import Bench, assert_frequency, index, server, user

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.engine import state as s
from course_lib.cyber_range.options import phase_starts

CON_HOST = server(n.CON)


@pytest.mark.parametrize(
    ("steps", "starts"),
    [(500, (0, 167, 334)), (499, (0, 167, 333)), (501, (0, 167, 334)), (30, (0, 10, 20))],
)
def test_phases_are_thirds_and_remainders_lengthen_the_first(steps, starts):
    """2.1: 500 steps are 167 + 167 + 166."""
    assert phase_starts(steps) == starts


@pytest.fixture(scope="module")
def official_episode():
    """499 ticks in which nothing happens but one Restore submitted in each."""
    bench = Bench()
    phases = []
    for _ in range(499):
        bench.tick({0: index(0, n.RESTORE, server(n.RZA))})
        phases.append(int((bench.info["final_obs"] if bench.truncated[0] else bench.obs)[0, 4, 0]))
        assert bench.truncated[0] == (len(phases) == 499)
    return phases, bench.info["final_statistics"][0]


def test_phase_element_changes_in_the_observations_of_steps_168_and_335(official_episode):
    """2.1, 12.2: the observation on which the action for t = 167 is chosen still says phase 0."""
    phases, _ = official_episode
    assert phases[:167] == [0] * 167 and phases[167:334] == [1] * 167 and phases[334:] == [2] * 165


def test_episode_is_over_after_499_steps_and_498_rewards_count(official_episode):
    """2.1, 12.2: done at step 499; the official sum leaves that step's reward out."""
    _, stats = official_episode
    assert stats["steps"] == 499 and stats["score"] == -498
    assert stats["phase_reward"].tolist() == [-167, -167, -165]


@pytest.mark.parametrize(
    ("command", "ticks"),
    [
        (n.SLEEP, 1), (n.MONITOR, 1), (n.ALLOW, 1), (n.BLOCK, 1),
        (n.ANALYSE, 2), (n.DECOY, 2), (n.REMOVE, 3), (n.RESTORE, 5),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("defender", "zone"), [(0, n.RZA), (4, n.PAZ)])
def test_duration_of_each_blue_action(command, ticks, defender, zone):
    """2.2: an action of duration d accepted in tick t takes effect in tick t + d - 1; busy until
    then."""
    bench = Bench()
    action = index(defender, command, server(zone), zone, "CON")
    for tick in range(1, ticks + 1):
        bench.tick({defender: action} if tick == 1 else None)
        assert bench.env.blue_started[defender] == (command if tick == 1 else -1)
        assert bench.info["busy"][0, defender] == ticks - tick
        done = bench.env.blue_finished[defender]
        assert done == (command if tick == ticks else n.SLEEP)
    bench.tick({defender: index(defender, n.MONITOR)})
    assert bench.env.blue_started[defender] == n.MONITOR


@pytest.mark.parametrize(
    ("kind", "ticks"),
    [
        (n.DRS, 1),
        (n.ASD, 1),
        (n.SSD, 3),
        (n.DD, 2),
        (n.EXP, 4),
        (n.PE, 2),
        (n.IMP, 2),
        (n.DEG, 2),
        (n.WITHDRAW, 1),
    ],
)
def test_duration_of_each_red_action(kind, ticks):
    """2.2: chosen at the start of tick t, it comes due in tick t + d - 1, and no other is chosen
    meanwhile."""
    bench = Bench()
    bench.session(0, CON_HOST)
    bench.believe(0, CON_HOST, s.RD)
    bench.let_choose(0, s.RD, kind)
    for tick in range(1, ticks + 1):
        bench.tick()
        assert bench.env.due_kind[0] == (kind if tick == ticks else n.RED_SLEEP)
    assert bench.stats[0].red_attempts[kind] == 1 == bench.stats[0].red_attempts.sum()


def test_firewall_changes_come_before_red_in_the_same_tick():
    """2.3: a block stops the scan that comes due with it, an allow lets it through."""
    bench = Bench()
    bench.session(0, CON_HOST)
    block, allow = (index(3, command, zone=n.OZB, source="CON") for command in (n.BLOCK, n.ALLOW))
    assert bench.red(0, n.ASD, server(n.OZB), blue={3: block}) == 0
    assert bench.red(0, n.ASD, server(n.OZB), blue={3: allow}) == 1


def test_firewall_changes_come_before_green_in_the_same_tick():
    """2.3: users between OZB and RZB fail in the very tick of the block."""
    bench = Bench(300)
    bench.users(*[user(n.OZB)] * 10)
    bench.tick({3: index(3, n.BLOCK, zone=n.OZB, source="RZB")})
    assert_frequency(
        bench.counted(n.ASF, n.OZB) / 10, 1 / 6
    )  # visits are 1/3, half of the servers are in RZB


def test_blue_comes_before_green():
    """2.3: local work on a worn host fails until the tick in which Restore has its effect, and in
    that tick no more."""
    bench = Bench(100)
    host = user(n.RZA)
    bench.wear(host, 0)
    bench.users(host)
    failed = []
    for tick in range(5):
        bench.tick({0: index(0, n.RESTORE, host)} if tick == 0 else None)
        failed.append(bench.counted(n.LWF, n.RZA).sum())
    assert 0 < failed[0] < failed[1] < failed[2] < failed[3] == failed[4]


def test_green_comes_before_red():
    """2.3: work in the tick in which services are degraded still meets whole services."""
    bench = Bench(300)
    host = user(n.RZA)
    bench.session(1, host, root=1)
    bench.users(*[host] * 5)
    assert bench.red(1, n.DEG, host).all()
    assert not bench.counted(n.LWF, n.RZA).any()
    bench.tick()
    assert_frequency(bench.counted(n.LWF, n.RZA) / 5, 0.2 / 3)


def test_red_agents_act_in_their_order():
    """2.3: two exploits of one host in one tick: agent 0's process comes first, whatever the table
    says."""
    bench = Bench()
    target = server(n.OZA, 3)
    for r, home in ((3, server(n.RZB)), (0, CON_HOST)):
        bench.session(r, home)
        bench.remember(r, target, s.PORT_22)
        bench.order(r, n.EXP, target)
    bench.tick()
    first, second = bench.sessions(2, "pid")  # handed over in the order of the old agents
    assert 1 <= first <= 9 and 1 <= second - first <= 9


def test_an_action_whose_session_is_gone_before_the_tick_is_dropped():
    """2.3 point 5: it is counted as an attempt, has no result at all and no effect."""
    bench = Bench()
    bench.session(0, CON_HOST)
    assert bench.red(0, n.ASD, server(n.CON, 1), session=7) == -1
    stats = bench.stats[0]
    assert (stats.red_attempts[n.ASD], stats.red_dropped, stats.red_successes.sum()) == (1, 1, 0)
    assert bench.env.scan_count[0] == 0 and bench.env.due_source[0] == -1


def test_a_new_action_of_a_busy_defender_is_thrown_away():
    """2.3 point 2: no queue, no replacement, and the running action goes on."""
    bench = Bench()
    host = server(n.RZA)
    bench.tick({0: index(0, n.DECOY, host)})
    bench.tick({0: index(0, n.BLOCK, zone=n.RZA, source="CON")})
    assert bench.env.decoys[host] == 1
    bench.ticks(3)
    assert not bench.env.blocked.any()


def test_defenders_do_not_disturb_each_other():
    """2.3: two decoys and a block by three defenders at once all happen."""
    bench = Bench()
    block = index(4, n.BLOCK, zone=n.PAZ, source="RZA")
    bench.ticks(
        2, {0: index(0, n.DECOY, server(n.RZA)), 3: index(3, n.DECOY, user(n.OZB)), 4: block}
    )
    assert bench.env.decoys[server(n.RZA)] == bench.env.decoys[user(n.OZB)] == 1
    assert bench.env.blocked[n.PAZ, n.ALPHABET_POSITION[n.RZA]] == 1


def test_no_index_makes_an_invalid_action():
    """2.4: a host that does not exist, and the padding, are Sleeps of one tick that cost
    nothing."""
    bench = Bench(servers=(1, 1))
    for action in (index(0, n.RESTORE, server(n.RZA, 3)), 82, 241):
        assert bench.tick({0: action}) == 0
        assert bench.env.blue_started[0] == n.SLEEP and bench.info["busy"][0, 0] == 0
    assert bench.stats[0].restore_cost == 0 and bench.stats[0].blue_actions[0, n.RESTORE] == 0


# --- 2.5: blue recovery against red actions
# ---------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "ticks"), [(n.REMOVE, 3), (n.RESTORE, 5)])
def test_a_session_won_in_the_tick_of_a_recovery_survives(command, ticks):
    """2.5: blue comes first, so Remove and Restore miss the exploit of their own tick."""
    bench = Bench()
    target = server(n.RZA, 2)
    bench.session(1, server(n.RZA))
    bench.remember(1, target, s.PORT_22)
    bench.order(1, n.EXP, target, left=ticks)
    bench.ticks(ticks, {0: index(0, command, target)})
    assert bench.env.due_success[1] == 1 and bench.sessions(1, "host") == [server(n.RZA), target]
    bench.ticks(ticks, {0: index(0, command, target)})
    assert bench.sessions(1, "host") == [server(n.RZA)]


def recovery_meets(kind, host_root=0, target=None, abstract=1):
    """Red agent 1's only session stands on a host that Restore cleans in the tick in which the
    action comes due."""
    bench = Bench()
    home = server(n.OZA)
    target = home if target is None else target
    bench.session(2, user(n.OZA, 5))  # keeps the agent alive
    sid = bench.session(2, home, abstract=abstract)
    if host_root:
        bench.session(2, target, root=1)
    bench.remember(2, target, s.PORT_22, place=1)
    bench.believe(2, target, s.U)
    bench.tick({1: index(1, n.RESTORE, home)})
    bench.order(2, kind, target, session=sid, zone=n.OZA, left=4)
    bench.ticks(4)
    assert sid not in bench.sessions(2)
    return bench


@pytest.mark.parametrize("kind", [n.DRS, n.ASD, n.SSD, n.DD, n.EXP, n.PE, n.IMP, n.WITHDRAW])
def test_an_action_fails_if_blue_removes_its_session_in_the_same_tick(kind):
    """2.5: it passed the filter, is executed, and fails."""
    bench = recovery_meets(kind, host_root=int(kind == n.IMP), target=server(n.OZA, 1))
    assert bench.env.due_success[2] == 0 and bench.stats[0].red_dropped == 0
    assert bench.env.active[server(n.OZA, 1)] >> s.OTSERVICE & 1


def test_degrade_needs_no_acting_session():
    """2.5: DEG looks only at the target host."""
    bench = recovery_meets(n.DEG, host_root=1, target=server(n.OZA, 1))
    assert bench.env.due_success[2] == 1 and bench.env.reliability[server(n.OZA, 1), s.SSHD] == 80


def test_escalation_of_a_rooted_host_needs_no_acting_session_but_reveals_nothing():
    """2.5: PE on a host with an own root session succeeds; the files (1.5) are read only by a
    living session."""
    bench = recovery_meets(n.PE, host_root=1, target=server(n.OZA, 1))
    assert bench.env.due_success[2] == 1
    bench = Bench()
    bench.session(2, user(n.OZA, 5))
    sid = bench.session(2, server(n.OZA, 1))
    bench.session(2, server(n.OZA), root=1)
    bench.believe(2, server(n.OZA), s.U)
    bench.tick({1: index(1, n.RESTORE, server(n.OZA, 1))})
    bench.order(2, n.PE, server(n.OZA), session=sid, left=4)
    bench.ticks(5)
    assert bench.believes(2, server(n.OZA)) == s.R
    assert bench.believes(2, server(n.RZA)) == s.UNKNOWN


def test_an_action_runs_from_the_session_that_was_promoted_to_its_id():
    """2.5: session 0 vanished earlier, another one took its id: the action is executed from
    there."""
    bench = Bench()
    bench.session(1, server(n.RZA, 1), sid=4)
    bench.tick()
    assert bench.sessions(1) == [0]
    assert bench.red(1, n.ASD, server(n.RZA, 2), session=0) == 1
    assert bench.env.due_source[1] == server(n.RZA, 1)


@pytest.mark.parametrize("kind", [n.PE, n.IMP, n.DEG])
def test_an_action_on_a_held_host_fails_if_the_session_there_vanished(kind):
    """2.5: red's target session is gone before PE, IMP or DEG is due."""
    bench = Bench()
    bench.session(2, user(n.OZA))
    assert bench.red(2, kind, server(n.OZA)) == 0


def test_the_step_counter_counts_ticks_since_the_reset():
    """2.3 point 11: step 0 after the reset, then one more each tick."""
    bench = Bench(3)
    assert bench.info["step"].tolist() == [0, 0, 0]
    bench.ticks(4)
    assert bench.info["step"].tolist() == [4, 4, 4] and np.unique(bench.state["tick"]).tolist() == [
        4
    ]
