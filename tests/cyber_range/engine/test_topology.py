"""Section 1 of the rules: the network, its services, and where everybody begins."""

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
from course_lib.cyber_range.envs.vector import VectorRange


@pytest.fixture(scope="module")
def networks():
    """The states of 1,500 environments just reset, with the sizes of the public simulator."""
    vec = VectorRange(1500, seed=11)
    vec.reset()
    return vec.state


def test_zones_have_their_owners():
    """1.1: blue agents 0..4 and red agents 0..5 own what the table says."""
    assert dict(zip(n.ZONES, n.OFFICIAL_OWNER.tolist(), strict=True)) == {
        "RZA": 0, "OZA": 1, "RZB": 2, "OZB": 3, "ADM": 4, "OFF": 4, "PAZ": 4, "CON": -1,
    }  # fmt: skip
    assert dict(zip(n.ZONES, n.RED_OWNER.tolist(), strict=True)) == {
        "CON": 0, "RZA": 1, "OZA": 2, "RZB": 3, "OZB": 4, "PAZ": 5, "ADM": 5, "OFF": 5,
    }  # fmt: skip


def test_green_agents_are_numbered_in_the_order_of_the_generator(networks):
    """1.1: RZA OZA RZB OZB CON PAZ ADM OFF, then by user host."""
    for env in networks[:20]:
        order = [n.RZA, n.OZA, n.RZB, n.OZB, n.CON, n.PAZ, n.ADM, n.OFF]
        expected = [user(zone, i) for zone in order for i in range(env.users[zone])]
        assert env.green_hosts[: env.green_count].tolist() == expected


def test_zone_sizes_are_uniform(networks):
    """1.2: 3..10 users and 1..6 servers, uniformly."""
    assert_uniform(networks["users"], range(3, 11))
    assert_uniform(networks["servers"], range(1, 7))


def test_hosts_fill_their_slots_from_the_front(networks):
    """1.2: servers in slots 0.., users in slots 6..; one user agent for each user host."""
    exists = networks["exists"].reshape(-1, 8, 16)
    assert (exists[:, :, :6] == (np.arange(6) < networks["servers"][:, :, None])).all()
    assert (exists[:, :, 6:] == (np.arange(10) < networks["users"][:, :, None])).all()
    assert (networks["green_count"] == networks["users"].sum(1)).all()


def test_every_host_runs_ssh_and_ot_runs_in_the_operational_zones_alone(networks):
    """1.3: no service at all where there is no host."""
    exists = networks["exists"].astype(bool)
    genuine = networks["genuine"]
    assert ((genuine >> s.SSHD & 1) == exists).all()
    operational = np.isin(np.arange(128) // 16, (n.OZA, n.OZB))
    assert ((genuine >> s.OTSERVICE & 1) == exists & operational).all()


def test_added_services_are_a_random_subset_of_random_size(networks):
    """1.3: none and all have probability 1/4 each, every other subset 1/12."""
    genuine = networks["genuine"][networks["exists"] == 1].astype(int)
    subsets = genuine >> s.APACHE2 & 7
    assert s.APACHE2 + 2 == s.MYSQLD + 1 == s.SMTP
    assert_shares(subsets, {k: 1 / 4 if k in (0, 7) else 1 / 12 for k in range(8)})


def test_services_begin_active_and_whole(networks):
    """1.3: active, reliability 100 percent, listening on their ports."""
    exists = networks["exists"] == 1
    assert (networks["active"] == networks["genuine"]).all()
    assert (networks["reliability"][exists] == 100).all() and not networks["worn"].any()
    bits = networks["genuine"][exists].astype(int)
    ports = {s.SSHD: 1, s.APACHE2: 2, s.MYSQLD: 8, s.SMTP: 16}  # 22, 80, 3390, 25
    assert (
        networks["ports"][exists]
        == sum((bits >> service & 1) * port for service, port in ports.items())
    ).all()


def test_a_new_process_id_is_the_largest_plus_one_to_nine():
    """1.3: uniform 1..9, after the set-up and after any later process."""
    bench = Bench(1000, seed=1)
    target = server(n.CON, 2)
    bench.session(0, server(n.CON))
    bench.remember(0, target, s.PORT_22)
    bench.red(0, n.EXP, target)
    bench.red(0, n.EXP, target)
    first, second = bench.state["session_pid"][:, 0, 1], bench.state["session_pid"][:, 0, 2]
    assert_uniform(first, range(1, 10))
    assert_uniform(second - first, range(1, 10))


def test_the_path_between_two_zones_does_not_matter():
    """1.4: a block on the way (RZA, between CON and OZA) stops nothing; only the end points
    count."""
    bench = Bench()
    bench.session(0, server(n.CON))
    bench.block(n.RZA, n.CON)
    bench.block(n.OZA, n.RZA)
    assert bench.red(0, n.ASD, server(n.OZA)) == 1
    bench.block(n.OZA, n.CON)
    assert bench.red(0, n.ASD, server(n.OZA)) == 0


REVEALED = {
    "CON": "RZA RZB PAZ", "RZA": "OZA CON", "OZA": "RZA", "RZB": "OZB CON", "OZB": "RZB",
    "PAZ": "ADM OFF CON", "ADM": "PAZ", "OFF": "PAZ",
}  # fmt: skip


@pytest.mark.parametrize("zone", range(8))
@pytest.mark.parametrize("root", [0, 1])
def test_root_on_the_first_server_reveals_other_first_servers(zone, root):
    """1.5: an escalation there, also a needless one, names the hosts of the table, and no
    others."""
    bench, r = Bench(), n.RED_OWNER[zone]
    bench.session(r, server(zone), root=root)
    bench.believe(r, server(zone), s.U)
    assert bench.red(r, n.PE, server(zone)) == 1
    bench.tick()
    told = {server(n.ZONES.index(name)) for name in REVEALED[n.ZONES[zone]].split()}
    assert set(np.flatnonzero(bench.env.belief[r]).tolist()) == told | {server(zone)}
    assert {bench.believes(r, host) for host in told} == {s.K}
    assert bench.env.named[r, list(told)].all()


def test_root_on_another_host_reveals_nothing():
    """1.5: not on a second server."""
    bench = Bench()
    bench.session(1, server(n.RZA, 1))
    bench.believe(1, server(n.RZA, 1), s.U)
    bench.red(1, n.PE, server(n.RZA, 1))
    bench.tick()
    assert np.flatnonzero(bench.env.belief[1]).tolist() == [server(n.RZA, 1)]


def test_red_begins_with_one_session_in_the_contractor_network(networks):
    """1.6: agent 0 alone, id 0, abstract, a plain user, on an existing host; the others sleep."""
    assert (networks["session_count"] == [1, 0, 0, 0, 0, 0]).all()
    assert (networks["awake"] == [1, 0, 0, 0, 0, 0]).all()
    assert (networks["session_id"][:, 0, 0] == 0).all()
    assert (
        networks["session_abstract"][:, 0, 0].all() and not networks["session_root"][:, 0, 0].any()
    )
    hosts = networks["session_host"][:, 0, 0]
    assert (hosts // 16 == n.CON).all() and (
        networks["exists"][np.arange(len(hosts)), hosts] == 1
    ).all()
    assert (networks["known_count"] == [1, 0, 0, 0, 0, 0]).all() and not networks["known_id"][
        :, 0, 0
    ].any()


def test_the_first_session_is_on_a_uniformly_random_host():
    """1.6: with all 16 hosts there, each has probability 1/16; and that is the host the agent knows
    by name."""
    vec = VectorRange(1500, seed=4, servers=(6, 6), users=(10, 10))
    vec.reset()
    hosts = vec.state["session_host"][:, 0, 0]
    assert_uniform(hosts, range(16 * n.CON, 128))
    assert (vec.state["named"][:, 0].argmax(1) == hosts).all() and (
        vec.state["named"].sum(2) == 1
    ).all()


def test_each_red_agent_knows_one_of_its_zones(networks):
    """1.6: trivial for one-zone agents; agent 5 knows one of ADM, OFF, PAZ, 1/3 each."""
    known = networks["zones_known"]
    assert (known[:, :5] == [1 << n.CON, 1 << n.RZA, 1 << n.OZA, 1 << n.RZB, 1 << n.OZB]).all()
    assert_uniform(known[:, 5], [1 << n.ADM, 1 << n.OFF, 1 << n.PAZ])


def test_blue_can_act_on_every_host_of_its_zones_from_the_start():
    """1.6: there is a blue session everywhere, so Analyse, Remove, Restore and DeployDecoy always
    find one."""
    bench = Bench()
    for defender, zone in (
        (0, n.RZA),
        (1, n.OZA),
        (2, n.RZB),
        (3, n.OZB),
        (4, n.ADM),
        (4, n.OFF),
        (4, n.PAZ),
    ):
        for host in (server(zone, 5), user(zone, 9)):
            bench.ticks(2, {defender: index(defender, n.DECOY, host)})
            assert bench.env.decoys[host] == 1


def test_red_first_sees_its_own_host_as_held():
    """1.6, 5.3: in its first decision agent 0 believes its host to be in state U and knows no
    other."""
    vec = VectorRange(200, seed=2)
    vec.reset()
    vec.step(np.tile([49, 49, 49, 49, 145], (200, 1)))
    hosts = vec.state["session_host"][:, 0, 0]
    assert (vec.state["belief"][np.arange(200), 0, hosts] == s.U).all()
    assert (vec.state["believed_count"][:, 0] == 1).all()
    assert_frequency(vec.state["red_kind"][:, 0] == n.PE, 0.5)
