"""The 76-entry message: every rule alone, on records written by hand."""

import numpy as np
import pytest

from course_lib.cyber_range.constants import (
    ADM,
    ALPHABET,
    CON,
    MESSAGE_LENGTH,
    OFF,
    OFFICIAL_OWNER,
    OZA,
    PAZ,
    RZA,
    RZB,
    SLOTS,
    ZONES,
    AnalyseResult,
)
from course_lib.cyber_range.engine.message import (
    BLOCKED_AT,
    CONNECTION_AT,
    DEFENDED_HOSTS,
    MEMORY,
    POLICY_AT,
    PRIORITY_AT,
    PROCESS_AT,
    forget,
    remember,
    write_messages,
)
from course_lib.cyber_range.engine.visible import VISIBLE

OFFICIAL = OFFICIAL_OWNER[:7].copy()
PER_ZONE = np.arange(7)
HQ = 4


class Tape:
    """Plays hand-made ticks to one memory: keyword arguments say what the defenders see in the
    tick."""

    def __init__(self, owner=OFFICIAL):
        self.owner = owner
        self.memory = np.zeros(1, MEMORY)[0]
        self.visible = None

    def tick(self, callers=(), told=(), exists=None, **fields):
        visible = np.zeros(1, VISIBLE)[0]
        visible.exists[:] = 1
        for name, cells in fields.items():
            for (zone, slot), value in cells.items():
                visible[name][zone, slot] = value
        for i, (zone, host) in enumerate(callers):
            visible.caller_zone[i], visible.caller_host[i] = zone, host
        visible.caller_count = len(callers)
        for sender, bits in dict(told).items():
            visible.told[sender] = bits
        for zone, slot in exists or ():
            visible.exists[zone, slot] = 0
        self.visible = visible
        remember(self.memory, visible, self.owner)
        return self

    def message(self, zone):
        out = np.full((7, MESSAGE_LENGTH), -1, np.int8)
        write_messages(self.memory, self.visible, out)
        assert out.min() >= 0 and out.max() <= 3
        return out[zone]

    def process(self, zone, slot):
        return int(self.message(zone)[PROCESS_AT + slot])

    def connection(self, zone, slot):
        return int(self.message(zone)[CONNECTION_AT + slot])

    def priority(self, zone, slot):
        return int(self.message(zone)[PRIORITY_AT + slot])

    def tell(self, defender):
        return "".join(str(bit) for bit in self.memory.tell[defender])


def host(zone, slot):
    return SLOTS * zone + slot


def bits(text):
    return np.array([int(letter) for letter in text.replace(" ", "")], np.uint8)


def test_layout_has_76_entries_in_the_order_of_the_fact_sheet():
    tape = Tape().tick()
    tape.visible.phase = 2
    tape.visible.blocked[RZB, ALPHABET.index("CON")] = 1
    tape.visible.policy[RZB, ALPHABET.index("OZB")] = 1
    message = tape.message(RZB)
    expected = np.zeros(76, int)
    expected[0] = 2
    expected[1 + ALPHABET.index("RZB")] = 1
    expected[10 + ALPHABET.index("CON")] = 1
    expected[19 + ALPHABET.index("OZB")] = 1
    assert message.tolist() == expected.tolist()
    assert (BLOCKED_AT, POLICY_AT, PROCESS_AT, CONNECTION_AT, PRIORITY_AT) == (10, 19, 28, 44, 60)


@pytest.mark.parametrize("zone", range(7))
def test_one_hot_names_the_zone_alphabetically(zone):
    one_hot = Tape().tick().message(zone)[1:10]
    assert one_hot.sum() == 1 and ALPHABET[int(one_hot.argmax())] == ZONES[zone]


def test_event_bits_are_remembered_and_added_to():
    tape = Tape().tick(process={(OZA, 3): 1}).tick(connection={(OZA, 5): 1}).tick()
    assert (tape.process(OZA, 3), tape.connection(OZA, 5)) == (1, 1)
    assert (tape.process(OZA, 5), tape.connection(OZA, 3)) == (0, 0)
    assert tape.message(RZA)[PROCESS_AT:].sum() == 0


def test_own_cleaning_forgets_that_host_alone():
    seen = {(RZA, 1): 1, (RZA, 2): 1}
    tape = Tape().tick(
        process=seen,
        connection=seen,
        analysed={(RZA, 1): AnalyseResult.USER_FILE, (RZA, 2): AnalyseResult.ROOT_FILE},
    )
    tape.tick(cleaned={(RZA, 1): 1})
    assert (tape.process(RZA, 1), tape.connection(RZA, 1), tape.priority(RZA, 1)) == (0, 0, 0)
    assert (tape.process(RZA, 2), tape.connection(RZA, 2), tape.priority(RZA, 2)) == (1, 1, 1)


def test_an_event_in_the_tick_of_the_cleaning_stays_visible():
    tape = Tape().tick(process={(RZA, 1): 1}).tick(cleaned={(RZA, 1): 1}, connection={(RZA, 1): 1})
    assert (tape.process(RZA, 1), tape.connection(RZA, 1)) == (0, 1)


@pytest.mark.parametrize(
    ("found", "priority"),
    [(AnalyseResult.ROOT_FILE, 1), (AnalyseResult.USER_FILE, 2), (AnalyseResult.NO_FILES, 0)],
)
def test_analysis_sets_the_priority(found, priority):
    assert Tape().tick(analysed={(PAZ, 7): found}).tick().priority(PAZ, 7) == priority


def test_an_analysis_without_files_changes_nothing():
    tape = (
        Tape()
        .tick(analysed={(PAZ, 7): AnalyseResult.USER_FILE})
        .tick(analysed={(PAZ, 7): AnalyseResult.NO_FILES})
    )
    assert tape.priority(PAZ, 7) == 2
    tape = (
        Tape().tick(callers=[(RZA, host(RZA, 9))]).tick(analysed={(RZA, 9): AnalyseResult.NO_FILES})
    )
    assert tape.priority(RZA, 9) == 3


def test_a_root_file_found_later_replaces_a_user_file():
    tape = (
        Tape()
        .tick(analysed={(PAZ, 7): AnalyseResult.USER_FILE})
        .tick(analysed={(PAZ, 7): AnalyseResult.ROOT_FILE})
    )
    assert tape.priority(PAZ, 7) == 1


def test_a_caller_in_an_own_zone_is_marked_at_once_and_told_to_nobody():
    tape = Tape().tick(callers=[(RZA, host(RZA, 9))])
    assert tape.priority(RZA, 9) == 3
    assert tape.tell(0) == "00000000"


def test_a_caller_in_another_zone_of_the_hq_defender_is_an_own_one():
    tape = Tape().tick(callers=[(PAZ, host(ADM, 6))])
    assert tape.priority(ADM, 6) == 3
    assert tape.tell(HQ) == "00000000"


def test_the_same_caller_is_foreign_where_each_zone_has_its_own_defender():
    tape = Tape(PER_ZONE).tick(callers=[(PAZ, host(ADM, 6))])
    assert tape.priority(ADM, 6) == 0
    assert tape.tell(PAZ) == "0001" + "0110"


@pytest.mark.parametrize("file", [AnalyseResult.USER_FILE, AnalyseResult.ROOT_FILE])
def test_a_file_overrides_a_decoy_touch_in_either_order(file):
    number = {AnalyseResult.USER_FILE: 2, AnalyseResult.ROOT_FILE: 1}[file]
    first_touch = Tape().tick(callers=[(RZA, host(RZA, 4))]).tick(analysed={(RZA, 4): file})
    first_file = Tape().tick(analysed={(RZA, 4): file}).tick(callers=[(RZA, host(RZA, 4))])
    together = Tape().tick(analysed={(RZA, 4): file}, callers=[(RZA, host(RZA, 4))])
    assert [tape.priority(RZA, 4) for tape in (first_touch, first_file, together)] == [number] * 3


def test_all_callers_of_a_tick_are_marked_not_only_the_first():
    tape = Tape().tick(callers=[(RZA, host(RZA, 4)), (RZA, host(RZA, 2)), (RZA, host(RZA, 11))])
    assert [tape.priority(RZA, slot) for slot in (2, 4, 11)] == [3, 3, 3]


def test_a_foreign_caller_is_told_with_the_next_message_and_then_marked():
    tape = Tape().tick(callers=[(RZA, host(OFF, 13))])
    assert tape.tell(0) == "0100" + "1101"  # OFF is the fourth name, slot 13
    assert tape.priority(OFF, 13) == 0
    tape.tick(told={0: tape.memory.tell[0].copy()})
    assert tape.priority(OFF, 13) == 3
    assert tape.tell(0) == "00000000"


@pytest.mark.parametrize("zone", range(7))
def test_zone_numbers_in_the_team_message_are_alphabetical_from_one(zone):
    sender = RZA if OFFICIAL[zone] != 0 else RZB
    tape = Tape().tick(callers=[(sender, host(zone, 5))])
    assert tape.tell(OFFICIAL[sender]) == f"{ALPHABET.index(ZONES[zone]) + 1:04b}" + "0101"
    tape.tick(told={OFFICIAL[sender]: tape.memory.tell[OFFICIAL[sender]].copy()})
    assert tape.priority(zone, 5) == 3


def test_one_host_per_tick_the_rest_waits_in_order():
    callers = [(RZA, host(PAZ, 8)), (RZA, host(OZA, 0)), (RZA, host(PAZ, 8)), (RZA, host(ADM, 1))]
    tape = Tape().tick(callers=callers)
    sent = [tape.tell(0)]
    for _ in range(3):
        tape.tick()
        sent.append(tape.tell(0))
    assert sent == ["0111" + "1000", "0101" + "0000", "0001" + "0001", "00000000"]


def test_a_host_that_was_told_may_be_told_again():
    tape = Tape().tick(callers=[(RZA, host(PAZ, 8))]).tick().tick(callers=[(RZA, host(PAZ, 8))])
    assert tape.tell(0) == "0111" + "1000"


def test_the_queue_holds_every_foreign_host():
    tape = Tape(PER_ZONE)
    for zone in range(1, 7):
        tape.tick(callers=[(RZA, host(zone, slot)) for slot in range(SLOTS)])
    left = 6 * SLOTS - 6
    assert tape.memory.waiting[0] == left < DEFENDED_HOSTS
    for _ in range(left):
        assert tape.tell(0) != "00000000"
        tape.tick()
    tape.tick()
    assert tape.tell(0) == "00000000"


def test_callers_in_the_contractor_network_are_nobodys():
    tape = Tape().tick(callers=[(RZA, host(CON, 3))])
    assert tape.tell(0) == "00000000"
    assert tape.memory.priority.sum() == 0


def test_the_zones_of_hq_share_one_message():
    tape = Tape().tick(callers=[(ADM, host(RZA, 1)), (OFF, host(RZB, 2)), (PAZ, host(OZA, 3))])
    sent = []
    for _ in range(3):
        sent.append(tape.tell(HQ))
        tape.tick()
    assert sent == ["1000" + "0001", "1001" + "0010", "0101" + "0011"]
    assert tape.tell(HQ) == "00000000"


def test_a_told_host_is_not_marked_over_a_file():
    tape = (
        Tape().tick(analysed={(PAZ, 8): AnalyseResult.ROOT_FILE}).tick(told={0: bits("0111 1000")})
    )
    assert tape.priority(PAZ, 8) == 1


def test_a_host_told_in_the_tick_of_its_cleaning_is_clean():
    """The word is about an earlier tick, the cleaning is newer."""
    assert Tape().tick(told={0: bits("0111 1000")}, cleaned={(PAZ, 8): 1}).priority(PAZ, 8) == 0


def test_a_decoy_touched_in_the_tick_of_the_cleaning_still_counts():
    tape = Tape().tick(callers=[(RZA, host(RZA, 4))], cleaned={(RZA, 4): 1})
    assert tape.priority(RZA, 4) == 3


@pytest.mark.parametrize("text", ["0000 1000", "0010 0001", "0011 0001", "1010 0001", "1111 1111"])
def test_a_message_that_names_no_defended_zone_is_ignored(text):
    tape = Tape().tick(told={0: bits(text)})
    assert tape.memory.priority.sum() == 0


def test_a_message_about_an_absent_host_or_an_own_zone_is_ignored():
    assert Tape().tick(told={0: bits("0111 1000")}, exists=[(PAZ, 8)]).memory.priority.sum() == 0
    assert Tape().tick(told={HQ: bits("0111 1000")}).memory.priority.sum() == 0


def test_being_busy_hides_nothing():
    tape = Tape().tick(process={(RZA, 1): 1})
    before = tape.message(RZA).copy()
    tape.tick(connection={(RZA, 2): 1})
    tape.visible.busy[0] = 3
    before[CONNECTION_AT + 2] = 1
    assert tape.message(RZA).tolist() == before.tolist()


def test_forget_empties_everything():
    tape = Tape().tick(
        process={(RZA, 1): 1},
        connection={(RZA, 1): 1},
        analysed={(RZA, 1): AnalyseResult.ROOT_FILE},
        callers=[(RZA, host(PAZ, 8)), (RZA, host(PAZ, 9))],
    )
    assert tape.memory.waiting[0] == 1
    forget(tape.memory)
    tape.tick()
    assert tape.message(RZA)[PROCESS_AT:].sum() == 0
    assert tape.tell(0) == "00000000"


def test_compiled_and_plain_functions_agree():
    """Random records through the compiled functions and the source of the three outer ones."""
    if not hasattr(remember, "py_func"):
        pytest.skip("numba is switched off, so there is only one version")
    rng = np.random.default_rng(7)
    fast, slow = np.zeros(1, MEMORY)[0], np.zeros(1, MEMORY)[0]
    out = np.zeros((2, 7, MESSAGE_LENGTH), np.int8)
    for _ in range(60):
        visible = random_visible(rng, fast.tell)
        remember(fast, visible, OFFICIAL)
        remember.py_func(slow, visible, OFFICIAL)
        write_messages(fast, visible, out[0])
        write_messages.py_func(slow, visible, out[1])
        assert fast.tobytes() == slow.tobytes()
        assert np.array_equal(out[0], out[1])
    assert fast.priority.any() and fast.tell.any() and fast.waiting.any()


def random_visible(rng, tell):
    visible = np.zeros(1, VISIBLE)[0]
    visible.phase = rng.integers(3)
    visible.exists[:] = rng.random((7, SLOTS)) < 0.7
    for name, rate in (("process", 0.02), ("connection", 0.02), ("cleaned", 0.01)):
        visible[name][:] = rng.random((7, SLOTS)) < rate
    visible.analysed[:] = np.where(rng.random((7, SLOTS)) < 0.02, rng.integers(1, 4, (7, SLOTS)), 0)
    visible.caller_count = rng.integers(0, 13)
    visible.caller_zone[:12] = rng.integers(0, 7, 12)
    visible.caller_host[:12] = rng.integers(0, 8 * SLOTS, 12)
    visible.told[:5] = tell[:5]
    return visible
