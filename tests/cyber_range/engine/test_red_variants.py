"""Section 5.9 of the rules and the course's own variants: red's behaviours."""

import numpy as np
import pytest
from support.range_bench import (
    Bench,
    assert_frequency,
    assert_shares,
    assert_uniform,
    run,
    server,
    user,
)

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.engine import state as s
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.red_variants import RED_VARIANTS

HOME, TARGET = server(n.RZA), server(n.RZA, 2)
P22 = s.PORT_22


ACTIVE = [name for name in RED_VARIANTS if name not in ("idle", "policy")]


@pytest.mark.parametrize("name", ACTIVE)
def test_table_rows_are_probabilities(name):
    """5.9: each of the eight states has a row that sums to 1 (the random agent has none); F and
    unknown have none."""
    rows = RED_VARIANTS[name].action_chances()
    assert (rows >= 0).all() and rows[[0, 9]].sum() == 0
    assert np.allclose(rows[1:9].sum(1), 1.0 if RED_VARIANTS[name].believes else 0.0)


@pytest.mark.parametrize("name", ["idle", "policy"])
def test_an_idle_red_never_acts_and_one_that_nobody_orders_neither(name):
    """The course's own: only phishing mails still open sessions."""
    vec = run(100, red=name)
    assert vec.statistics["red_attempts"][:, : n.RED_SLEEP].sum() == 0
    assert vec.statistics["phished"].sum() > 0


@pytest.mark.parametrize("name", ACTIVE)
def test_every_variant_plays(name):
    """5.9: a hundred ticks of each: red acts, differently from the default (a random agent may
    withdraw for good)."""
    vec, default = run(100, red=name), run(100)
    assert vec.statistics["red_attempts"].sum() > 500 and vec.state["held_hosts"].sum() > 60
    same = (vec.statistics["red_attempts"] == default.statistics["red_attempts"]).all()
    assert same == (name == "finite-state") and vec.statistics["overflow"].sum() == 0


@pytest.mark.parametrize(
    ("name", "kind", "ticks", "rate"),
    [("aggressive", n.ASD, 1, 0.75), ("stealthy", n.SSD, 3, 0.25)],
)
@pytest.mark.parametrize("state", [s.K, s.KD])
def test_three_of_four_scans_of_aggressive_and_one_of_four_of_stealthy_are_detectable(
    name, kind, ticks, rate, state
):
    """5.9: they differ from the default only in how they scan."""
    bench = Bench(1000, seed=6, red=name)
    bench.session(1, HOME)
    bench.believe(1, HOME, state)
    bench.let_choose(1)
    bench.tick()
    expected = {kind: 1.0} if state == s.KD else {kind: 0.5, n.DRS: 0.5}
    assert_shares(bench.state["red_kind"][:, 1], expected)
    scans = bench.state["red_kind"][:, 1] == kind
    bench.free.clear()
    bench.state["red_left"][~scans, 1] = 1000  # the others only wait
    bench.state["red_kind"][~scans, 1] = n.RED_SLEEP
    for _ in range(ticks - 1):
        bench.tick()
    assert_frequency(bench.vec.visible["connection"][scans, n.RZA, 0], rate)


def test_variants_change_only_what_they_say():
    """5.9: aggressive and stealthy share the other rows with the default; impact-hungry never
    degrades."""
    default = RED_VARIANTS["finite-state"].actions
    for name in ("aggressive", "stealthy"):
        assert {k: v for k, v in RED_VARIANTS[name].actions.items() if k not in ("K", "KD")} == {
            k: v for k, v in default.items() if k not in ("K", "KD")
        }
    assert run(150, red="impact-hungry").statistics["red_attempts"][:, n.DEG].sum() == 0
    assert run(150).statistics["red_attempts"][:, n.DEG].sum() > 0


DISCOVERY = {
    s.K: {n.DRS: 0.25, n.ASD: 0.75},
    s.KD: {n.ASD: 1.0},
    s.S: {n.DRS: 0.25, n.EXP: 0.75},
    s.SD: {n.EXP: 1.0},
    s.U: {n.PE: 1.0},
    s.UD: {n.PE: 1.0},
    s.R: {n.DRS: 1.0},
    s.RD: {n.IMP: 0.5, n.DEG: 0.5},
}


@pytest.mark.parametrize("state", DISCOVERY)
def test_discovery_actions_by_state(state):
    """5.9: its own table."""
    bench = discoverers({TARGET: state}, 400)
    assert_shares(bench.state["red_kind"][:, 1], DISCOVERY[state])


def discoverers(hosts, envs=1500, named=(), seed=7):
    """Agent 1 of the discovery kind has chosen once among these hosts (host -> state)."""
    bench = Bench(envs, seed, red="discovery")
    bench.session(1, HOME)
    for host, state in hosts.items():
        bench.believe(1, host, state, named=int(host in named))
    bench.let_choose(1)
    bench.tick()
    return bench


def test_discovery_draws_a_state_first():
    """5.9: weights 20 for K..SD, 10 for U, UD, 0 for R, RD, whatever the number of hosts in a
    state."""
    states = (s.KD, s.KD, s.SD, s.UD, s.RD)
    hosts = {user(n.RZA, i): state for i, state in enumerate(states)}
    chosen = discoverers(hosts).state["red_host"][:, 1]
    assert_shares(chosen, dict(zip(hosts, (0.2, 0.2, 0.4, 0.2, 0.0), strict=True)))


def test_discovery_draws_uniformly_among_states_of_weight_zero():
    """5.9: if nothing else is there, R and RD are equally likely."""
    hosts = {user(n.RZA, i): state for i, state in enumerate((s.R, s.R, s.R, s.RD, s.RD))}
    chosen = discoverers(hosts).state["red_host"][
        :, 1
    ]  # -1 in state R, where the agent always sweeps
    assert_shares(chosen, {-1: 1 / 2, user(n.RZA, 3): 1 / 4, user(n.RZA, 4): 1 / 4})


def test_discovery_prefers_servers_it_knows_by_name():
    """5.9: with probability 0.75 a named server, else one of the others; servers without a name do
    not count."""
    hosts = dict.fromkeys([server(n.RZA, 1), server(n.RZA, 3), server(n.RZA, 4), user(n.RZA)], s.KD)
    named = [server(n.RZA, 1), user(n.RZA)]
    chosen = discoverers(hosts, named=named).state["red_host"][:, 1]
    assert_shares(chosen, dict(zip(hosts, (0.75, 0.25 / 3, 0.25 / 3, 0.25 / 3), strict=True)))
    chosen = discoverers(hosts).state["red_host"][:, 1]
    assert_uniform(chosen, hosts)


def test_discovery_draws_uniformly_if_all_are_named_servers():
    """5.9: there is no other host to turn to."""
    hosts = dict.fromkeys([server(n.RZA, 1), server(n.RZA, 3)], s.KD)
    assert_uniform(discoverers(hosts, named=hosts).state["red_host"][:, 1], hosts)


def test_discovery_learns_names_from_sessions_exploits_and_files_but_not_from_sweeps():
    """5.9: what a sweep finds has an address only."""
    bench = Bench(red="discovery")
    bench.session(1, HOME)
    bench.believe(1, HOME, s.U)
    bench.red(1, n.DRS, zone=n.RZA)
    bench.tick()
    assert bench.believes(1, TARGET) == s.K and bench.env.named[1, TARGET] == 0
    bench.remember(1, TARGET, P22)
    bench.red(1, n.EXP, TARGET)
    bench.red(1, n.PE, HOME)
    bench.tick()
    assert bench.env.named[1, [TARGET, server(n.OZA), server(n.CON)]].tolist() == [1, 1, 1]
    assert bench.env.named[1, server(n.RZA, 3)] == 0


def random_agents(envs=2400, seed=8):
    """Agent 1 of the random kind has chosen once: it knows four addresses, two of them by name, and
    two session ids."""
    bench = Bench(envs, seed, red="random")
    bench.session(1, HOME)
    bench.session(1, user(n.RZA))
    for host in (HOME, user(n.RZA), TARGET, server(n.OZA)):
        bench.believe(1, host, s.K, named=int(host in (HOME, user(n.RZA))))
    bench.let_choose(1)
    bench.tick()
    return bench


def test_random_agent_draws_its_command_uniformly_from_all_ten():
    """5.9: Withdraw and Sleep included."""
    bench = random_agents()
    state, ticked = bench.state, bench.stats["red_attempts"].sum(1)
    kinds = np.where(
        (state["red_left"][:, 1] == 0) & (ticked == 0), n.RED_SLEEP, state["red_kind"][:, 1]
    )
    assert_uniform(kinds, range(10))


def test_random_agent_draws_parameters_independently():
    """5.9: an address for scans and exploits, a name for PE, Impact, Degrade and Withdraw, any
    known session."""
    bench = random_agents()
    kinds, hosts = bench.state["red_kind"][:, 1], bench.state["red_host"][:, 1]
    chose = (bench.state["red_left"][:, 1] > 0) | (bench.stats["red_attempts"].sum(1) > 0)
    by_name = np.isin(kinds, (n.PE, n.IMP, n.DEG, n.WITHDRAW))
    by_address = np.isin(kinds, (n.ASD, n.SSD, n.DD, n.EXP))
    assert_uniform(hosts[chose & by_name], [HOME, user(n.RZA)])
    assert_uniform(hosts[chose & by_address], [HOME, user(n.RZA), TARGET, server(n.OZA)])
    assert_uniform(bench.state["red_session"][chose, 1], [0, 1])


def test_random_agent_gives_no_host_up_and_learns_names_only_by_exploits_and_sessions():
    """5.9: it has no F; files tell it addresses, a successful exploit also the name of a foreign
    host."""
    bench = Bench(red="random")
    bench.session(1, HOME)
    bench.believe(1, HOME, s.K)
    bench.believe(1, server(n.OZA), s.K, named=0)
    bench.remember(1, server(n.OZA), P22)
    assert bench.red(1, n.EXP, server(n.OZA)) == 1
    bench.red(1, n.PE, HOME)
    bench.tick()
    known = bench.env.believed[1, : bench.env.believed_count[1]].tolist()
    assert known == [HOME, server(n.OZA), server(n.CON)]
    assert bench.env.named[1, known].tolist() == [1, 1, 0]


def test_random_agents_know_their_first_host_from_the_start():
    """1.6, 5.9: address and name; agent 0's is the host of its session."""
    vec = VectorRange(50, red="random")
    vec.reset()
    assert (vec.state["believed_count"] == 1).all()
    hosts = vec.state["believed"][:, :, 0]
    assert (hosts[:, 0] == vec.state["session_host"][:, 0, 0]).all()
    assert (n.RED_OWNER[hosts // 16] == np.arange(6)).all()
    assert (np.take_along_axis(vec.state["named"], hosts[:, :, None].astype(int), 2) == 1).all()


def test_sleep_of_the_random_agent_is_free_for_the_next_tick():
    """5.9: it draws again one tick later."""
    bench = Bench(300, seed=9, red="random")
    bench.session(1, HOME)
    bench.believe(1, HOME, s.K)
    bench.let_choose(1)
    bench.tick()
    slept = (bench.state["red_left"][:, 1] == 0) & (bench.stats["red_attempts"].sum(1) == 0)
    bench.tick()
    again = bench.stats["red_attempts"][slept].sum(1) + (bench.state["red_left"][slept, 1] > 0)
    assert slept.sum() > 10 and again.mean() > 0.7
