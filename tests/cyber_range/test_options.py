"""The range's options and its six rule switches."""

import numpy as np
import pytest
from support.range_bench import Bench, assert_frequency, assert_uniform, index, run, server, user

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.engine import state as s
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.options import RangeOptions, Rules, make_options

HOME, TARGET = server(n.RZA), server(n.RZA, 2)
P22, P80, P443, P25 = s.PORT_22, s.PORT_80, s.PORT_443, s.PORT_25
SLEEP = [49, 49, 49, 49, 145]


# --- options
# --------------------------------------------------------------------------------------------------


def test_steps_sets_the_length_and_the_phases():
    """30 steps: phases of 10 ticks, truncated after tick 29."""
    vec = VectorRange(2, steps=30)
    vec.reset()
    phases, ends = [], []
    for _ in range(29):
        _, _, _, truncated, info = vec.step(np.tile(SLEEP, (2, 1)))
        ends.append(truncated.all())
        phases.append(int((info["final_obs"] if truncated.any() else vec._flat)[0, 0, 0]))
    assert ends == [False] * 28 + [True] and phases == [0] * 10 + [1] * 10 + [2] * 9


def test_host_numbers_are_drawn_within_their_bounds_or_fixed():
    """(3, 5) gives 3, 4 or 5 servers, (7, 7) always seven users."""
    vec = run(0, envs=400, servers=(3, 5), users=(7, 7))
    assert_uniform(vec.state["servers"], range(3, 6))
    assert (vec.state["users"] == 7).all()


@pytest.mark.parametrize(("rate", "expected"), [(0.0, 0.0), (0.05, 0.05)])
def test_phishing_rate(rate, expected):
    """Share of good local work that opens a mail; with 0 red never gets into the other zones at
    once."""
    bench = Bench(1000, seed=1, phishing_rate=rate)
    bench.session(0, server(n.CON))
    bench.users(*[user(n.RZA, i) for i in range(10)])
    bench.tick()
    assert_frequency(np.repeat(bench.stats["phished"], 10) / 10, expected / 3)


def test_false_positive_rates():
    """Local work marks processes, visits mark connections; each has its own rate."""
    for name, busy, silent in (
        ("local_false_positive_rate", "process_bits", "connection_bits"),
        ("access_false_positive_rate", "connection_bits", "process_bits"),
    ):
        rates = {"local_false_positive_rate": 0.0, "access_false_positive_rate": 0.0, name: 0.6}
        bench = Bench(400, seed=2, **rates)
        bench.users(*[user(n.OZB, i) for i in range(2)])
        bench.tick()
        assert abs(bench.stats[busy].sum() / 800 - 0.2) < 0.06 and not bench.stats[silent].any()


@pytest.mark.parametrize(
    ("name", "kind"), [("aggressive_detection", n.ASD), ("stealth_detection", n.SSD)]
)
@pytest.mark.parametrize("rate", [0.0, 0.4, 1.0])
def test_scan_detection(name, kind, rate):
    """Each scan has its own probability of a connection event."""
    bench = Bench(
        800, seed=3, **{"aggressive_detection": 0.0, "stealth_detection": 0.0, name: rate}
    )
    bench.session(1, HOME)
    bench.red(1, kind, TARGET)
    assert_frequency(bench.vec.visible["connection"][:, n.RZA, 2], rate)


def test_exploit_detection():
    """The source of an SSH exploit and the process of an SQL injection."""
    bench = Bench(800, seed=4, ssh_source_detection=0.3, sql_detection=0.2)
    bench.session(1, HOME)
    bench.services(TARGET, s.APACHE2, s.MYSQLD, s.SMTP)
    bench.remember(1, TARGET, int(bench.env.ports[TARGET]))
    success = bench.red(1, n.EXP, TARGET) == 1
    visible = bench.vec.visible
    ssh = visible["connection"][:, n.RZA, 2] == 1
    assert_frequency(visible["connection"][ssh, n.RZA, 0], 0.3)
    assert_frequency(visible["process"][success & ~ssh, n.RZA, 2], 0.2)


NONSENSE = [
    ("steps", 2), ("steps", 3.5), ("steps", True), ("steps", 10**6), ("steps", "500"),
    ("servers", (0, 6)), ("servers", (1, 7)), ("servers", (4, 3)), ("servers", 3), ((
        "servers"
    ), (1.5, 2)),
    ("users", (2, 10)), ("users", (3, 11)), ("users", (5,)), ("users", None),
    ("phishing_rate", 1.1), ("phishing_rate", -0.1), ("local_false_positive_rate", "often"),
    ("access_false_positive_rate", float("nan")), ("aggressive_detection", True), ((
        "stealth_detection"
    ), 2),
    ("ssh_source_detection", None), ("sql_detection", -1e-9), ("red", "friendly"), ("rules", {(
        "keep_flags"
    ): False}), ("red_acts_first", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), NONSENSE)
def test_a_nonsensical_option_is_an_error_that_names_it(name, value):
    """One clear line, from the dataclass and from the batch engine alike."""
    with pytest.raises(ValueError, match=name):
        RangeOptions(**{name: value})
    with pytest.raises(ValueError, match=name):
        VectorRange(1, **{name: value})


def test_every_option_is_tested_with_nonsense():
    """The list above leaves no field of RangeOptions out."""
    assert {name for name, _ in NONSENSE} == set(RangeOptions.__dataclass_fields__)


def test_an_unknown_option_is_an_error_that_lists_the_known_ones():
    """Misspelt names do not pass."""
    with pytest.raises(ValueError, match="phising_rate.*phishing_rate"):
        make_options(phising_rate=0.5)


# --- the six switches
# -------------------------------------------------------------------------------------------------


def switched(name, envs=1, seed=0):
    """A bench with one rule switched off."""
    return Bench(envs, seed, rules=Rules(**{name: False}))


def test_there_are_six_switches_and_all_are_on_by_default():
    """The default is the public simulator."""
    switches = Rules.__dataclass_fields__
    assert len(switches) == 6 and all(getattr(Rules(), name) is True for name in switches)


def test_without_charge_every_impact_only_a_success_is_charged():
    """Off: failed and dropped Impacts are free."""
    bench = switched("charge_every_impact")
    bench.session(2, server(n.OZA), root=1)
    charges = []
    for session in (0, 0, 9):
        bench.red(2, n.IMP, server(n.OZA), session=session)
        charges.append(float(bench.reward[0]))
    assert charges == [-1, 0, 0]


def test_without_charge_every_restore_submission_only_accepted_ones_are_charged():
    """Off: five submissions, one Restore, one point."""
    bench = switched("charge_every_restore_submission")
    restore = index(0, n.RESTORE, HOME)
    assert [float(bench.tick({0: restore})[0]) for _ in range(6)] == [-1, 0, 0, 0, 0, -1]
    assert bench.stats[0].restore_cost == 2


def test_without_discard_best_exploit_all_offered_ones_are_equally_likely():
    """Off: 22 + 80 gives HTTP half of the time; HarakaRCE is run, and fails on a decoy and on the
    patched server."""
    bench = switched("discard_best_exploit", 600, seed=1)
    bench.session(1, HOME)
    for host, ports in ((TARGET, P22 | P80), (server(n.RZA, 3), P22 | P80 | P25 | P443)):
        bench.remember(1, host, ports)
        success = bench.red(1, n.EXP, host) == 1
        assert_frequency(success, 1 / bin(ports).count("1"))
    bench = switched("discard_best_exploit", 600, seed=2)
    bench.session(1, HOME)
    bench.decoy(TARGET, s.DECOY_HARAKA)
    bench.services(HOME, s.SMTP)
    for host, seen in ((TARGET, True), (HOME, False)):
        bench.remember(1, host, P22 | P25)
        success = bench.red(1, n.EXP, host) == 1
        assert_frequency(success, 1 / 2)
        assert (bench.vec.visible["connection"][~success, n.RZA, host % 16] == seen).all()


def test_without_port_memory_per_session_a_scan_serves_the_whole_agent():
    """Off: scan with one session, exploit with the other."""
    bench = switched("port_memory_per_session")
    bench.session(1, HOME)
    bench.session(1, server(n.RZA, 1))
    bench.red(1, n.ASD, TARGET, session=0)
    assert bench.red(1, n.EXP, TARGET, session=1) == 1
    assert bench.red(1, n.EXP, server(n.RZA, 4), session=1) == 0


def test_without_remember_dead_sessions_only_living_ids_are_drawn():
    """Off: known ids that are gone are never chosen."""
    bench = switched("remember_dead_sessions", 600, seed=3)
    for sid in (0, 3):
        bench.session(1, server(n.RZA, sid), sid=sid)
    for dead in (1, 2, 8):
        bench.know(1, dead)
    bench.believe(1, HOME, s.KD)
    bench.let_choose(1)
    bench.tick()
    assert_uniform(bench.state["red_session"][:, 1], [0, 3])


@pytest.mark.parametrize(("command", "ticks"), [(n.REMOVE, 3), (n.RESTORE, 5)])
def test_without_keep_flags_a_recovery_clears_the_flags_of_its_host(command, ticks):
    """Off: those of other hosts stay."""
    bench = switched("keep_flags")
    for host, pid in ((TARGET, 3), (HOME, 4), (TARGET, 5)):
        bench.flag(host, pid)
    bench.ticks(ticks, {0: index(0, command, TARGET)})
    assert bench.env.flag_count == 1 and (bench.env.flag_host[0], bench.env.flag_pid[0]) == (
        HOME,
        4,
    )


@pytest.mark.parametrize("red_acts_first", [False, True])
def test_who_acts_first_in_a_tick_decides_whether_a_restore_meets_the_new_session(red_acts_first):
    """2.3: blue first, so an exploit of the same tick survives; the other way round it does not."""
    bench = Bench(red_acts_first=red_acts_first)
    bench.session(1, HOME)
    bench.remember(1, TARGET, P22)
    bench.order(1, n.EXP, TARGET, left=5)
    bench.ticks(5, {0: index(0, n.RESTORE, TARGET)})
    assert bench.env.host_sessions[TARGET] == (0 if red_acts_first else 1)
