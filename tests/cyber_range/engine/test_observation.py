"""Section 8 of the rules: observation vectors, team messages, action indices and masks."""

import numpy as np
import pytest
from support.range_bench import COMMANDS, Bench, index, server, user

from course_lib.cyber_range import action_label
from course_lib.cyber_range import constants as n
from course_lib.cyber_range.actions import defender_zones
from course_lib.cyber_range.engine import state as s
from course_lib.cyber_range.envs.parallel import parallel_env
from course_lib.cyber_range.envs.vector import VectorRange

ALPHABET = "ADM CON INT OFF OZA OZB PAZ RZA RZB".split()
HQ = "ADM OFF PAZ".split()
SEEN_FROM = [(d, d, 0, name) for d, name in enumerate("RZA OZA RZB OZB".split())]
SEEN_FROM += [(4, 4 + k, k, name) for k, name in enumerate(HQ)]
"""(defender, zone index, block, name) of each defended zone."""


def start(block):
    """First index of a block of the vector."""
    return 1 + 59 * block


# --- 8.1 the vector
# --------------------------------------------------------------------------------------------------


def test_lengths_are_92_and_210_and_the_batch_pads_with_zeros():
    """8.1, 12.1: 1 + 59 n + 32."""
    env = parallel_env()
    obs, _ = env.reset(seed=0)
    assert [len(obs[a]) for a in env.agents] == [92, 92, 92, 92, 210]
    assert all(vector.dtype == np.int64 for vector in obs.values())
    vec = VectorRange(3)
    batch, _ = vec.reset()
    for _ in range(20):
        batch, *_ = vec.step(np.tile([49] * 4 + [145], (3, 1)), np.ones((3, 5, 8), int))
    assert batch.shape == (3, 5, 210) and batch.dtype == np.int8 and not batch[:, :4, 92:].any()


def test_space_has_three_values_first_and_two_after():
    """8.1: MultiDiscrete, phase 0..2, then bits."""
    env = parallel_env()
    for agent, length in zip(env.possible_agents, [92] * 4 + [210], strict=True):
        assert env.observation_space(agent).nvec.tolist() == [3] + [2] * (length - 1)


@pytest.mark.parametrize(("defender", "zone", "block", "name"), SEEN_FROM)
def test_each_block_says_which_zone_it_is(defender, zone, block, name):
    """8.1: one-hot over the nine alphabetical names."""
    bench = Bench()
    bench.tick()
    hot = bench.obs[0, defender, start(block) : start(block) + 9]
    assert hot.tolist() == [int(other == name) for other in ALPHABET]


@pytest.mark.parametrize(("defender", "zone", "block", "name"), SEEN_FROM)
def test_blocked_bits_show_the_truth_towards_this_zone_at_once(defender, zone, block, name):
    """8.1, 12.4: set in the observation of the same step; entries 9..17 of the block."""
    for source in ALPHABET:
        if source == name:
            continue
        bench = Bench()
        bench.tick({defender: index(defender, n.BLOCK, zone=zone, source=source)})
        blocked = bench.obs[0, :, :]
        expected = np.zeros(9, int)
        expected[ALPHABET.index(source)] = 1
        assert blocked[defender, start(block) + 9 : start(block) + 18].tolist() == expected.tolist()
        everything = sum(blocked[d, start(b) + 9 : start(b) + 18].sum() for d, _, b, _ in SEEN_FROM)
        assert everything == 1


@pytest.mark.parametrize(("defender", "zone", "block", "name"), SEEN_FROM)
@pytest.mark.parametrize("slot", [0, 5, 6, 15])
def test_event_bits_stand_at_their_host(defender, zone, block, name, slot):
    """8.1: process bits at 27 + slot of the block, connection bits at 43 + slot; servers first."""
    r, host = n.RED_OWNER[zone], 16 * zone + slot
    bench = Bench(ssh_source_detection=0.0)
    bench.session(r, 16 * zone + 2)
    bench.remember(r, host, s.PORT_22)
    bench.red(r, n.EXP, host)
    first = start(block)
    process, connection = np.split(bench.obs[0, defender, first + 27 : first + 59], 2)
    expected = [int(k == slot) for k in range(16)]
    assert process.tolist() == connection.tolist() == expected
    bench.services(host, s.APACHE2, s.MYSQLD)
    bench.tick()
    assert not bench.obs[0, defender, first + 27 : first + 59].any()


def test_after_reset_there_are_no_events_blocks_or_messages():
    """8.1: only zone names and policy; phase 0."""
    vec = VectorRange(50, seed=1)
    obs, _ = vec.reset()
    assert not obs[:, :, 0].any() and not obs[:, :4, 60:].any() and not obs[:, 4, 178:].any()
    for defender, _, block, _ in SEEN_FROM:
        first = start(block)
        assert not obs[:, defender, first + 9 : first + 18].any()
        assert not obs[:, defender, first + 27 : first + 59].any()
        assert (obs[:, defender, first : first + 9].sum(1) == 1).all()


# --- 8.2 policy bits
# --------------------------------------------------------------------------------------------------

POLICY = {
    "ADM": ("100011000", "100011000", "100011000"),
    "OFF": ("000111000", "000111000", "000111000"),
    "PAZ": ("000011100", "000011100", "000011100"),
    "RZA": ("000001010", "011011011", "000001011"),
    "OZA": ("111111101", "111111111", "111111101"),
    "RZB": ("000010001", "000010011", "011011011"),
    "OZB": ("111111110", "111111110", "111111111"),
}


@pytest.mark.parametrize("phase", range(3))
def test_policy_bits(phase):
    """8.2: 1 = should not communicate; entries 18..26 of each block, by phase."""
    bench = Bench()
    bench.phase(phase)
    bench.tick()
    for defender, _, block, name in SEEN_FROM:
        bits = bench.obs[0, defender, start(block) + 18 : start(block) + 27]
        assert "".join(str(bit) for bit in bits) == POLICY[name][phase]
    assert (bench.obs[0, :, 0] == phase).all()


# --- 8.3 messages
# --------------------------------------------------------------------------------------------------


def test_messages_arrive_in_the_same_step_in_increasing_order_without_the_own_slot():
    """8.3, 12.10: four slots of eight bits, at 60 and at 178; they last one step."""
    bench = Bench()
    sent = np.random.default_rng(0).integers(0, 2, (1, 5, 8))
    bench.tick(messages=sent)
    for defender in range(5):
        at = 178 if defender == 4 else 60
        others = [d for d in range(5) if d != defender]
        assert bench.obs[0, defender, at : at + 32].tolist() == sent[0, others].ravel().tolist()
    bench.tick()
    assert not bench.obs[0, 4, 178:].any() and not bench.obs[0, 0, 60:92].any()


def test_messages_do_not_depend_on_being_busy():
    """8.3: a defender in the middle of a Restore still talks."""
    bench = Bench()
    bench.tick({0: index(0, n.RESTORE, server(n.RZA))})
    bench.tick(messages=np.ones((1, 5, 8), int))
    assert bench.obs[0, 1, 60:92].all() and bench.info["busy"][0, 0] == 3


# --- 8.4 action indices
# -----------------------------------------------------------------------------------------------


def expected_action(defender, action):
    """(command, target) of an index, from the table of section 8.4; target as the engine numbers
    it, -1 for none."""
    hq = defender == 4
    starts = sorted((pair[hq], command) for command, pair in COMMANDS.items())
    first, command = max(pair for pair in starts if pair[0] <= action)
    zones = (n.ADM, n.OFF, n.PAZ) if hq else (defender,)
    offset = action - first
    if command in (n.ALLOW, n.BLOCK):
        zone = zones[offset // 8]
        sources = [name for name in ALPHABET if name != n.ZONES[zone]]
        return command, 9 * zone + ALPHABET.index(sources[offset % 8])
    if command in (n.MONITOR, n.SLEEP):
        return command, -1
    return command, 16 * zones[offset // 16] + offset % 16


@pytest.mark.parametrize("defender", range(5))
def test_every_action_index_means_what_the_table_says(defender):
    """8.4, 12.1: Analyse, Monitor, Remove, Restore, Sleep, Allow, Block, Decoy; 82 and 242 of
    them."""
    size = 242 if defender == 4 else 82
    bench = Bench(size)
    bench.tick({defender: np.arange(size)})
    kinds, targets = (
        bench.state[f"blue_{name}"][:, defender].tolist() for name in ("class", "target")
    )
    assert list(zip(kinds, targets, strict=True)) == [
        expected_action(defender, action) for action in range(size)
    ]
    assert max(expected_action(defender, a)[1] for a in range(size)) < 112


def test_sizes_and_padding():
    """8.4: 82 and 242 actions; in the batch every index up to 241 is allowed, and the extra ones
    are Sleeps."""
    env = parallel_env()
    assert [int(env.action_space(a).n) for a in env.possible_agents] == [82] * 4 + [242]
    bench = Bench(160)
    bench.tick({0: np.arange(82, 242), 3: np.arange(82, 242)})
    assert (bench.state["blue_class"][:, [0, 3]] == n.SLEEP).all()


def test_per_zone_defenders_use_the_small_layout():
    """8.4 for the seven defenders of the paper: defender d has zone d and 82 actions."""
    bench = Bench(82, defenders="per-zone")
    bench.tick({d: np.arange(82) for d in range(7)})
    for defender, zone in enumerate((n.RZA, n.OZA, n.RZB, n.OZB, n.ADM, n.OFF, n.PAZ)):
        kinds, targets = (
            bench.state["blue_class"][:, defender],
            bench.state["blue_target"][:, defender],
        )
        assert kinds.tolist() == [expected_action(0, action)[0] for action in range(82)]
        assert targets[:16].tolist() == [16 * zone + slot for slot in range(16)]
        assert set(targets[50:66] // 9) == {zone}


def test_mask_is_false_for_absent_hosts_and_padding_only():
    """8.4: fixed at reset; traffic, Monitor and Sleep are always allowed."""
    vec = VectorRange(40, seed=3)
    _, info = vec.reset()
    exists = vec.state["exists"].astype(bool)
    for defender in range(5):
        size = 242 if defender == 4 else 82
        for action in range(242):
            expected = np.full(40, action < size)
            if action < size and expected_action(defender, action)[0] <= n.DECOY:
                expected = exists[:, expected_action(defender, action)[1]]
            assert (info["action_mask"][:, defender, action] == expected).all(), (defender, action)
    _, _, _, _, later = vec.step(np.tile([33] * 4 + [97], (40, 1)))
    assert (later["action_mask"] == info["action_mask"]).all()


def test_labels_say_what_an_index_means():
    """8.4: in the course's words; an index out of range is an error."""
    assert action_label("official", 0, 33) == "Restore RZA server_host_0"
    assert (
        action_label("official", 4, 48) == "Monitor" and action_label("official", 1, 49) == "Sleep"
    )
    assert action_label("official", 3, 58) == "BlockTraffic OZB <- ADM"
    assert action_label("official", 4, 241) == "DeployDecoy PAZ user_host_9"
    assert action_label("per-zone", 6, 50) == "AllowTraffic PAZ <- ADM"
    with pytest.raises(ValueError, match="82"):
        action_label("official", 0, 82)


def test_defenders_have_their_zones():
    """1.1, 8.1: HQ sees ADM, OFF, PAZ in this order."""
    assert defender_zones("official") == (
        (n.RZA,),
        (n.OZA,),
        (n.RZB,),
        (n.OZB,),
        (n.ADM, n.OFF, n.PAZ),
    )
    assert defender_zones("per-zone") == tuple((zone,) for zone in range(7))


def test_host_numbers_follow_the_names_of_the_simulator():
    """8.1: server_host_0..5, then user_host_0..9."""
    assert n.HOST_NUMBER["admin_network_subnet_user_host_3"] == user(n.ADM, 3) == 16 * 4 + 9
    assert (
        n.HOST_NUMBER["contractor_network_subnet_server_host_5"] == server(n.CON, 5)
        and len(n.HOST_NUMBER) == 128
    )
