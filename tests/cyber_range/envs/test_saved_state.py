"""A state that comes from a file: every genuine one is taken up; a forged one is refused in one
line, before compiled code follows its numbers."""

import ast
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from support import forged_states

from course_lib.cyber_range import VectorRange
from course_lib.cyber_range.envs import limits
from course_lib.cyber_range.red_variants import RED_VARIANTS

ROOT = pathlib.Path(__file__).resolve().parents[3]
TABLES = {"state": limits.STATE, "visible": limits.VISIBLE, "memory": limits.MEMORY}
NARROW = [
    (record, name, end)
    for record, table in TABLES.items()
    for name, (low, high) in table.items()
    for end, value in (("low", low), ("high", high))
    if value is not None
]
"""(record, field, which end) for every end that a table gives."""


def refused(world, saved):
    with pytest.raises(ValueError) as error:
        world.load_state_dict(saved)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture(scope="module")
def world():
    return forged_states.played(25, observation="message")


@pytest.mark.parametrize("red", RED_VARIANTS)
@pytest.mark.parametrize("defenders, observation", [("official", "message"), ("per-zone", "flat")])
def test_whatever_the_rules_leave_is_taken_up(red, defenders, observation):
    settings = {"defenders": defenders, "observation": observation, "red": red}
    world = forged_states.played(0, **settings)
    other = VectorRange(forged_states.ENVS, seed=3, steps=forged_states.STEPS, **settings)
    for _ in range(8):  # over the end of the first episode
        other.load_state_dict(world.state_dict())
        assert other.state.tobytes() == world.state.tobytes()
        forged_states.act(world, 9)


@pytest.mark.parametrize("record", TABLES)
def test_every_field_has_its_limits(world, record):
    fields = set(getattr(world, record).dtype.names) - {"reward"}  # a float: only finite
    assert set(TABLES[record]) == fields


@pytest.mark.parametrize("record, name, end", NARROW)
def test_a_number_beyond_its_limits_is_refused(world, record, name, end):
    saved = world.state_dict()
    values = saved[record][name]
    low, high = TABLES[record][name]
    beyond = low - 1 if end == "low" else high + 1
    kind = np.iinfo(values.dtype)
    if not kind.min <= beyond <= kind.max:
        return  # its type holds no such number
    values.reshape(len(values), -1)[1, -1] = beyond
    saved[record][name] = values
    before = world.state.tobytes()
    assert f"{record}: {name} is {beyond}, wanted" in refused(world, saved)
    assert world.state.tobytes() == before


@pytest.mark.parametrize("steps, ticks", [(60, 60), (60, 2**31 - 1)])
def test_an_episode_does_not_last_longer_than_its_range(world, steps, ticks):
    saved = world.state_dict()
    saved["state"]["tick"] = ticks
    assert "tick does not fit" in refused(world, saved)


def test_lists_say_what_is_counted_elsewhere(world):
    """One more host in the list of a red agent would be written behind the list's end."""
    r = int(world.state["believed_count"][0].argmax())

    def unknown(saved):
        saved["state"]["belief"][0, r, saved["state"]["believed"][0, r, 0]] = 0

    def twice(saved):
        saved["state"]["believed"][0, r, 1] = saved["state"]["believed"][0, r, 0]

    def no_session(saved):
        saved["state"]["session_count"][0] = 0

    def full_queue(saved):
        saved["memory"]["waiting"][0] = 112

    def far_target(saved):
        saved["state"]["blue_class"][0, 0] = 5
        saved["state"]["blue_left"][0, 0] = saved["visible"]["busy"][0, 0] = 1
        saved["state"]["blue_target"][0, 0] = 63

    def decoy(saved):
        saved["state"]["decoys"][0, 3] += 1

    def mask(saved):
        saved["masks"][0, 0] = True

    def message(saved):
        saved["message"][0, 0, 70] ^= 1

    says = {
        unknown: "believed",
        twice: "believed",
        no_session: "host_sessions",
        full_queue: "queue",
        far_target: "blue_target",
        decoy: "decoys",
        mask: "masks",
        message: "observation",
    }
    assert world.state["believed_count"][0, r] > 1
    for change, name in says.items():
        saved = world.state_dict()
        change(saved)
        assert f"{name} does not fit" in refused(world, saved), change.__name__


def test_forged_states_are_refused_or_play_within_their_arrays():
    """Without the compiler, every place in an array is looked at."""
    here = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": here}
    command = ["-m", "support.forged_states", "150"]
    ran = subprocess.run(
        [sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    counts = ast.literal_eval(ran.stdout)
    assert counts["refused"] > 50 and counts["played"] > 20
