"""The three observations: where each entry stands, what it is called, and the table of hosts."""

import numpy as np
import pytest

from course_lib.cyber_range import constants as n
from course_lib.cyber_range import observations as o
from course_lib.cyber_range.actions import action_layout
from course_lib.cyber_range.envs.parallel import parallel_env
from course_lib.cyber_range.observations import (
    ENTITY_COLUMNS,
    entity_rows,
    flat_names,
    message_names,
)
from course_lib.hierarchy import spaces

PLACES = {
    "this is zone ADM": 1,
    "this is zone RZB": 9,
    "blocked: from CON": 11,
    "policy forbids: INT": 21,
    "process event: server_host_0": 28,
    "connection event: user_host_9": 59,
    "host priority: server_host_5": 65,
}
"""Some entries of a message, written down from the description of the message."""


@pytest.mark.parametrize("name", PLACES)
def test_a_name_stands_where_its_entry_stands(name):
    """And the parts, which the code reads, begin where the names do."""
    names = message_names()
    assert len(names) == 76 and names.index(name) == PLACES[name]
    assert names[o.PHASE] == "mission phase"
    for part in o.MESSAGE_PARTS:
        assert list(names[part.entries]) == part.names(None)


def test_the_names_of_a_zone_say_which_one():
    """For each of the seven; without a zone they are those that the hierarchy shows."""
    assert message_names(2)[28] == "RZB process event: server_host_0"
    assert message_names(2)[9] == "this is zone RZB" and message_names(2)[0] == "mission phase"
    assert len({message_names(zone) for zone in range(7)}) == 7
    assert spaces.message_names is message_names


@pytest.mark.parametrize("defenders", ["official", "per-zone"])
def test_a_flat_vector_is_called_by_its_names(defenders):
    """What is set after a busy episode is named as the simulator's layout has it."""
    layout = action_layout(defenders)
    env = parallel_env(defenders=defenders)
    vectors, _ = env.reset(seed=1)
    for _ in range(40):
        vectors, *_ = env.step({})
    for d, agent in enumerate(layout.agents):
        names = flat_names(defenders, d)
        assert len(names) == len(vectors[agent])
        said = {name for name, value in zip(names, vectors[agent], strict=True) if value}
        for zone in layout.zones[d]:
            assert f"this is zone {n.ZONES[zone]}" in said
            shown = env.visible().connection[zone]
            for slot in range(n.SLOTS):
                name = f"{n.ZONES[zone]} connection event: {n.host_slot_name(slot)}"
                assert (name in said) == bool(shown[slot])
    assert flat_names()[60] == "blue_agent_1 says, bit 0"


@pytest.mark.parametrize("zone", [7, -1, 1.0, "RZA", True])
def test_there_are_no_names_for_anything_else(zone):
    """One line that says what there is."""
    with pytest.raises(ValueError, match="zone=.*0 to 6"):
        message_names(zone)
    if zone != 7:
        zone = 7 if zone is True else zone
    with pytest.raises(ValueError, match="defender="):
        flat_names("per-zone", zone)
    with pytest.raises(ValueError, match="defenders='all'"):
        flat_names("all")


def zone_message(position, **entries):
    message = np.zeros(76, int)
    message[1 + position] = 1
    for place, value in entries.items():
        message[int(place[1:])] = value
    return message


def test_entity_table_has_one_row_per_existing_host():
    # ADM (alphabetical 0): phase 2, traffic from CON blocked, process on slot 1, priority 3 on slot
    # 7
    adm = zone_message(0, _0=2, _11=1, _29=1, _67=3)
    off = zone_message(3, _44=1)
    exists = np.zeros((2, 16), int)
    exists[0, [0, 1, 7]] = 1
    exists[1, [0, 6]] = 1
    table = entity_rows(np.stack([adm, off]), exists)
    assert table.shape == (5, len(ENTITY_COLUMNS)) == (5, 33) and table.dtype == np.float32
    column = {name: table[:, i].tolist() for i, name in enumerate(ENTITY_COLUMNS)}
    assert column["zone_ADM"] == [1, 1, 1, 0, 0] and column["zone_OFF"] == [0, 0, 0, 1, 1]
    assert column["slot"] == [0, 1, 7, 0, 6] and column["server"] == [1, 1, 0, 1, 0]
    assert column["process"] == [0, 1, 0, 0, 0] and column["connection"] == [0, 0, 0, 1, 0]
    assert column["priority"] == [0, 0, 3, 0, 0] and column["phase"] == [2, 2, 2, 0, 0]
    assert column["blocked_CON"] == [1, 1, 1, 0, 0] and column["policy_CON"] == [0] * 5


def test_entity_table_of_one_zone_and_of_none():
    message = zone_message(7)[None]
    assert entity_rows(message, np.ones((1, 16))).shape == (16, 33)
    assert entity_rows(message, np.zeros((1, 16))).shape == (0, 33)
