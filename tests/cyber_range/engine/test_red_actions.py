"""Section 4 of the rules: what red's actions need, do and leave to be seen."""

import pytest
from support.range_bench import Bench, assert_frequency, assert_uniform, server, user

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.engine import state as s

HOME, TARGET = server(n.RZA), server(n.RZA, 2)
ROW = (n.RZA, 2)
P22, P80, P443, P3390, P25 = s.PORT_22, s.PORT_80, s.PORT_443, s.PORT_3390, s.PORT_25


def bits(bench, host=TARGET):
    """Process and connection bit of the host in all environments."""
    visible = bench.vec.visible
    return visible["process"][:, host // 16, host % 16], visible["connection"][
        :, host // 16, host % 16
    ]


def attackers(envs=1, seed=0, abstract=1, **options):
    """Agent 1 with one session on HOME."""
    bench = Bench(envs, seed, **options)
    bench.session(1, HOME, abstract=abstract)
    return bench


def exploiters(ports, envs=1, seed=0, genuine=(), decoy=None, **options):
    """Agent 1 about to exploit TARGET, whose ports its session remembers; what runs there may
    differ."""
    bench = attackers(envs, seed, **options)
    bench.services(TARGET, *genuine)
    if decoy is not None:
        bench.decoy(TARGET, decoy)
    bench.remember(1, TARGET, ports)
    return bench


@pytest.mark.parametrize("kind", [n.DRS, n.DD])
@pytest.mark.parametrize("abstract", [0, 1])
def test_sweeps_and_deception_checks_succeed_from_any_session_and_leave_no_trace(kind, abstract):
    """4: they need a session, of any type, and cause no event."""
    bench = attackers(abstract=abstract)
    assert bench.red(1, kind, TARGET, zone=n.RZA) == 1
    assert not bench.visible.process.any() and not bench.visible.connection.any()


@pytest.mark.parametrize("kind", [n.ASD, n.SSD, n.EXP])
def test_scans_and_exploits_need_an_abstract_session(kind):
    """4, 5.4: from a plain session they fail, unseen."""
    bench = attackers(20, abstract=0, aggressive_detection=1.0, stealth_detection=1.0)
    bench.remember(1, TARGET, P22)
    assert (bench.red(1, kind, TARGET) == 0).all()
    assert (
        not bits(bench)[0].any()
        and not bits(bench)[1].any()
        and (bench.state["scan_count"][:, 1] == 1).all()
    )


@pytest.mark.parametrize("kind", [n.ASD, n.SSD])
def test_a_scan_remembers_all_listening_ports_with_decoys(kind):
    """4: the memory of the acting session for that host becomes what listens there now; the old
    entry is replaced."""
    bench = attackers()
    bench.services(TARGET, s.MYSQLD, s.SMTP)
    bench.remember(1, TARGET, P22 | P443)
    bench.remember(1, server(n.RZA, 1), P443)
    assert bench.red(1, kind, TARGET) == 1
    assert bench.env.scan_ports[1, :2].tolist() == [P22 | P3390 | P25, P443]
    bench.decoy(TARGET, s.DECOY_APACHE)
    bench.red(1, kind, TARGET)
    assert bench.env.scan_count[1] == 2 and bench.env.scan_ports[1, 0] == P22 | P3390 | P25 | P80


@pytest.mark.parametrize(("kind", "rate"), [(n.ASD, 0.75), (n.SSD, 0.25)])
def test_scans_are_detected_at_their_rates(kind, rate):
    """4, 12.6: connection bit with probability 0.75 or 0.25, no process bit."""
    bench = attackers(2000, seed=7)
    assert bench.red(1, kind, TARGET).all()
    process, connection = bits(bench)
    assert_frequency(connection, rate)
    assert not process.any() and not bench.vec.visible["caller_count"].any()


@pytest.mark.parametrize("kind", [n.ASD, n.SSD])
def test_a_decoy_always_notices_a_scan(kind):
    """4, 12.6: connection bit certain, and the event names the scanning host."""
    bench = attackers(200, aggressive_detection=0.0, stealth_detection=0.0)
    bench.decoy(TARGET, s.DECOY_HARAKA)
    bench.red(1, kind, TARGET)
    assert bits(bench)[1].all()
    assert (bench.vec.visible["caller_zone"][:, 0] == n.RZA).all()
    assert (bench.vec.visible["caller_host"][:, 0] == HOME).all()


def test_exploit_needs_a_scan_by_this_very_session():
    """4, 12.11: scan with one abstract session, exploit with the other: fails; with the first:
    works."""
    bench = attackers()
    bench.session(1, server(n.RZA, 1))
    bench.red(1, n.ASD, TARGET, session=0)
    assert bench.red(1, n.EXP, TARGET, session=1) == 0
    assert bench.red(1, n.EXP, TARGET, session=0) == 1


def test_exploit_makes_a_plain_user_session():
    """4: user-level, not abstract, with the next id; the exploit's file lies on the host."""
    bench = exploiters(P22)
    assert bench.red(1, n.EXP, TARGET) == 1
    assert bench.sessions(1, "host") == [HOME, TARGET] and bench.sessions(1) == [0, 1]
    assert bench.sessions(1, "root") == [0, 0] and bench.sessions(1, "abstract") == [1, 0]
    assert bench.env.files[TARGET] == s.CMD_FILE and bench.env.known_count[1] == 1


def test_escalation_turns_a_random_own_session_of_the_host_into_root():
    """4: uniform over the agent's sessions there; the escalation's file lies on the host."""
    bench = attackers(1000, seed=3)
    for _ in range(3):
        bench.session(1, TARGET, abstract=0)
    assert bench.red(1, n.PE, TARGET).all()
    roots = bench.state["session_root"][:, 1, :4]
    assert (roots.sum(1) == 1).all() and (bench.state["host_roots"][:, TARGET] == 1).all()
    assert_uniform(roots.argmax(1), [1, 2, 3])
    assert (bench.state["files"][:, TARGET] == s.ESCALATE_FILE).all()


def test_escalation_of_a_rooted_host_changes_nothing():
    """4: it succeeds, also from a plain session, and no further session becomes root."""
    bench = attackers(abstract=0)
    bench.session(1, TARGET, root=1)
    bench.session(1, TARGET)
    assert bench.red(1, n.PE, TARGET) == 1
    assert bench.sessions(1, "root") == [0, 1, 0]


def test_escalation_fails_from_a_plain_session_and_without_a_session_on_the_host():
    """4: the acting session must be abstract unless the host is rooted."""
    bench = attackers(abstract=0)
    bench.session(1, TARGET)
    assert bench.red(1, n.PE, TARGET, session=0) == 0
    assert bench.red(1, n.PE, server(n.RZA, 4), session=1) == 0
    assert bench.env.host_roots.sum() == 0


def test_impact_needs_root_and_a_running_ot_service():
    """4: it stops the OT service and nothing else; the second one fails."""
    bench = Bench()
    host = server(n.OZA)
    bench.services(host, s.APACHE2)
    bench.session(2, host)
    assert bench.red(2, n.IMP, host) == 0
    bench.red(2, n.PE, host)
    assert bench.red(2, n.IMP, host) == 1
    assert bench.env.active[host] == 1 << s.SSHD | 1 << s.APACHE2
    assert bench.red(2, n.IMP, host) == 0
    rza = attackers()
    rza.session(1, TARGET, root=1)
    assert rza.red(1, n.IMP, TARGET) == 0


def test_degrade_takes_20_points_from_every_running_service_down_to_zero():
    """4: needs root; a stopped OT service is left alone."""
    bench = Bench()
    host = server(n.OZA)
    bench.services(host, s.APACHE2)
    bench.session(2, host)
    assert bench.red(2, n.DEG, host) == 0 and (bench.env.reliability[host] == 100).all()
    bench.session(2, host, root=1)
    bench.red(2, n.IMP, host)
    for reliability in (80, 60, 40, 20, 0, 0):
        assert bench.red(2, n.DEG, host) == 1
        assert bench.env.reliability[host, [s.SSHD, s.APACHE2, s.OTSERVICE]].tolist() == [
            reliability
        ] * 2 + [100]
    assert not bench.visible.process.any() and not bench.visible.connection.any()


def test_withdraw_ends_own_sessions_on_the_host_but_spares_session_zero():
    """4: acting from elsewhere, root and user sessions go; id 0 elsewhere lives; a host with id 0
    alone fails."""
    bench = attackers()
    bench.session(1, TARGET, root=1)
    bench.session(1, TARGET, abstract=0)
    assert bench.red(1, n.WITHDRAW, TARGET, session=0) == 1
    assert bench.sessions(1, "host") == [HOME] and bench.env.host_sessions[TARGET] == 0
    sid = bench.session(1, TARGET)
    assert bench.red(1, n.WITHDRAW, HOME, session=sid) == 0
    assert bench.sessions(1, "host") == [HOME, TARGET]
    assert bench.red(1, n.WITHDRAW, server(n.RZA, 4)) == 0


def test_withdraw_by_session_zero_from_its_own_host_ends_everything_there():
    """4: all die, itself last; the agent goes on with a promoted session."""
    bench = attackers()
    bench.session(1, HOME, abstract=0)
    bench.session(1, TARGET)
    assert bench.red(1, n.WITHDRAW, HOME, session=0) == 1
    assert bench.sessions(1, "host") == [TARGET] and bench.sessions(1) == [0]


def test_withdraw_stops_where_the_acting_session_itself_dies():
    """4: exploited sessions first, then abstract ones up to the acting one; later ones live and the
    result is FALSE."""
    bench = Bench()
    bench.session(1, server(n.RZA, 4))
    acting = bench.session(1, TARGET)
    bench.session(1, TARGET)
    bench.session(1, TARGET, abstract=0)
    assert bench.red(1, n.WITHDRAW, TARGET, session=acting) == 0
    assert bench.sessions(1) == [0, 2]


# --- 4.1 which exploit
# ------------------------------------------------------------------------------------------------

SSH, HTTP, HTTPS, SQL = "SSH HTTP HTTPS SQL".split()
CHOICES = {
    P22: [SSH],
    P22 | P80: [SSH],
    P22 | P25: [SSH],
    P22 | P3390: [SSH],
    P22 | P25 | P3390: [SSH],
    P22 | P443: [SSH],
    P22 | P80 | P25: [SSH, HTTP],
    P22 | P80 | P3390: [SSH, HTTP],
    P22 | P80 | P25 | P3390: [SSH, HTTP, SQL],
    P22 | P80 | P443: [SSH, HTTP],
    P22 | P443 | P25: [SSH, HTTPS],
    P22 | P443 | P3390: [SSH, HTTPS],
    P22 | P80 | P443 | P25: [SSH, HTTP, HTTPS],
    P22 | P80 | P443 | P3390: [SSH, HTTP, HTTPS],
    P22 | P443 | P25 | P3390: [SSH, HTTPS, SQL],
    P22 | P80 | P443 | P25 | P3390: [SSH, HTTP, HTTPS, SQL],
}


def executed(bench):
    """Which exploit each environment ran, told by its traces: HTTP meets an apache decoy, HTTPS
    meets nothing."""
    success = bench.red(1, n.EXP, TARGET)
    connection = bits(bench)[1]
    names = {(1, 1): SSH, (1, 0): SQL, (0, 1): HTTP, (0, 0): HTTPS}
    return [names[pair] for pair in zip(success.tolist(), connection.tolist(), strict=True)]


@pytest.mark.parametrize("ports", CHOICES)
def test_the_best_exploit_is_discarded_and_the_rest_are_equally_likely(ports):
    """4.1, 12.5: each set of remembered ports has its choices; HarakaRCE is never run."""
    bench = exploiters(ports, 900, seed=ports, genuine=(s.MYSQLD, s.SMTP), decoy=s.DECOY_APACHE)
    assert_uniform(executed(bench), CHOICES[ports])


def test_undefended_exploits_succeed_five_times_in_six():
    """4.1: over the random services of genuine hosts, an exploit of a freshly scanned host has
    probability 5/6."""
    bench = attackers(2400, seed=8)
    for k in range(
        8
    ):  # eight equal parts of the batch, one for each subset; subsets weigh 1/4 or 1/12
        rows = slice(300 * k, 300 * (k + 1))
        genuine = 1 | k << s.APACHE2
        bench.state["genuine"][rows, TARGET] = bench.state["active"][rows, TARGET] = genuine
        bench.state["ports"][rows, TARGET] = (
            P22 | P80 * (k & 1) | P3390 * (k >> 1 & 1) | P25 * (k >> 2 & 1)
        )
    bench.red(1, n.ASD, TARGET)
    success = bench.red(1, n.EXP, TARGET).reshape(8, 300)
    for k, expected in enumerate([1, 1, 1, 1 / 2, 1, 1 / 2, 1, 2 / 3]):
        assert_frequency(success[k], expected)
    overall = success.mean(1) @ [3, 1, 1, 1, 1, 1, 1, 3] / 12
    assert abs(overall - 5 / 6) < 0.04


def test_ssh_exploit_shows_on_the_target_for_certain_and_on_the_source_often():
    """4.1, 12.6: target process and connection bit 1, id flagged; source connection bit with
    probability 0.95."""
    bench = exploiters(P22, 1500, seed=1)
    assert bench.red(1, n.EXP, TARGET).all()
    process, connection = bits(bench)
    assert process.all() and connection.all() and (bench.state["flag_count"] == 1).all()
    assert_frequency(bits(bench, HOME)[1], 0.95)
    assert not bits(bench, HOME)[0].any()


def test_an_exploit_from_the_contractor_network_is_seen_on_the_target_alone():
    """4.1: nobody watches CON; the visible state has no place for it."""
    bench = Bench(50)
    bench.session(0, server(n.CON))
    bench.remember(0, TARGET, P22)
    bench.red(0, n.EXP, TARGET)
    assert (bench.vec.visible["connection"].sum((1, 2)) == 1).all() and bits(bench)[1].all()
    bench.remember(0, server(n.CON, 1), P22)
    bench.red(0, n.EXP, server(n.CON, 1))
    assert not bench.vec.visible["connection"].any() and not bench.vec.visible["process"].any()
    assert (bench.state["flag_count"] == 1).all()


def test_sql_injection_shows_a_process_only():
    """4.1, 12.6: process bit and flagged id with probability 0.95, together; no connection
    event."""
    bench = exploiters(P22 | P80 | P25 | P3390, 3000, seed=2, genuine=(s.APACHE2, s.MYSQLD, s.SMTP))
    success = bench.red(1, n.EXP, TARGET) == 1
    process, connection = bits(bench)
    sql = success & (connection == 0)
    assert_frequency(sql, 1 / 3)
    assert_frequency(process[sql], 0.95)
    assert (bench.state["flag_count"][sql] == process[sql]).all()
    assert (bench.state["session_count"][sql, 1] == 2).all()


WEB = [(P22 | P80 | P25, HTTP), (P22 | P443 | P25, HTTPS)]


@pytest.mark.parametrize(("ports", "kind"), WEB)
@pytest.mark.parametrize("genuine", [(s.APACHE2,), ()])
def test_a_web_exploit_without_a_decoy_fails_without_a_trace(ports, kind, genuine):
    """4.1: genuine apache is not exploitable; after a Restore nothing listens there any more."""
    bench = exploiters(ports, 800, seed=4, genuine=genuine)
    success = bench.red(1, n.EXP, TARGET) == 1
    assert_frequency(success, 1 / 2)
    process, connection = bits(bench)
    assert (connection == success).all() and (process == success).all()
    assert not bench.vec.visible["caller_count"].any()


@pytest.mark.parametrize(
    ("ports", "decoy"),
    [
        (P22 | P80 | P25, s.DECOY_APACHE),
        (P22 | P80 | P25, s.DECOY_VSFTPD),
        (P22 | P443 | P25, s.DECOY_TOMCAT),
    ],
)
def test_a_web_exploit_on_a_decoy_fails_and_is_seen(ports, decoy):
    """4.1, 12.12: connection bit on the target, which names the source; no session."""
    bench = exploiters(ports, 800, seed=5, decoy=decoy)
    success = bench.red(1, n.EXP, TARGET) == 1
    assert_frequency(success, 1 / 2)
    process, connection = bits(bench)
    assert connection.all() and (process == success).all()
    assert (bench.vec.visible["caller_count"] == ~success).all()
    assert (bench.vec.visible["caller_host"][~success, 0] == HOME).all()
    assert ((bench.state["session_count"][:, 1] == 2) == success).all()


def test_genuine_apache_shields_a_vsftpd_decoy():
    """4.1, 12.12: the first process on port 80 is attacked, so the exploit fails silently."""
    bench = exploiters(P22 | P80 | P25, 400, genuine=(s.APACHE2,), decoy=s.DECOY_VSFTPD)
    success = bench.red(1, n.EXP, TARGET) == 1
    assert (bits(bench)[1] == success).all() and not bench.vec.visible["caller_count"].any()


@pytest.mark.parametrize(
    ("ports", "decoy"), [(P22 | P80 | P25, s.DECOY_TOMCAT), (P22 | P443 | P25, s.DECOY_VSFTPD)]
)
def test_a_decoy_on_another_port_is_not_touched(ports, decoy):
    """4.1: only the attacked port counts."""
    bench = exploiters(ports, 400, decoy=decoy)
    success = bench.red(1, n.EXP, TARGET) == 1
    assert (bits(bench)[1] == success).all() and 0 < success.sum() < 400


def test_decoys_deployed_after_the_scan_influence_nothing():
    """4.1: port memory is not refreshed by DeployDecoy."""
    bench = exploiters(P22, 200, decoy=s.DECOY_TOMCAT)
    bench.decoy(TARGET, s.DECOY_APACHE)
    assert bench.red(1, n.EXP, TARGET).all()


@pytest.mark.parametrize("decoy", [s.DECOY_APACHE, s.DECOY_TOMCAT, s.DECOY_HARAKA, s.DECOY_VSFTPD])
def test_the_first_decoy_of_a_bare_host_stops_no_exploit(decoy):
    """4.1: it becomes the discarded top option."""
    bench = attackers(200)
    bench.decoy(TARGET, decoy)
    bench.red(1, n.ASD, TARGET)
    assert bench.red(1, n.EXP, TARGET).all()


def test_events_fall_on_users_and_servers_alike():
    """8.1: slots 0..5 are servers, 6..15 users."""
    bench = attackers()
    bench.remember(1, user(n.RZA, 9), P22)
    bench.red(1, n.EXP, user(n.RZA, 9))
    assert bench.visible.process[n.RZA].tolist() == [0] * 15 + [1]
    stats = bench.stats[0]
    assert stats.process_bits[n.RZA].tolist() == [0, 1] and stats.connection_bits[n.RZA, 1] == 1
