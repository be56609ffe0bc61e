"""The defender that is told where red is: what it is told is true, and it is worth something."""

import numpy as np
import pytest

from course_lib.cyber_range import RESTORE, VectorRange, evaluate
from course_lib.cyber_range.constants import REMOVE, SLOTS
from course_lib.experiments import informed
from course_lib.experiments.study import claims


@pytest.fixture
def world():
    made = VectorRange(2, observation="message", steps=12)
    made.reset(seed=0)
    return made


def orders(player, world, **counts):
    """What it orders in a tick in which red has sessions on host 3 of zone OZA."""
    for name in ("host_sessions", "host_roots"):
        world.state[name][:] = 0
        world.state[name][0, SLOTS + 3] = counts.get(name, 0)
    player.reset(0)
    obs, info = world.current()
    tick = player.open_tick(obs, info)
    tick.exists[0, 1, 3] = True
    return player.advise(tick)


def test_a_session_is_removed_and_a_root_is_restored_without_any_sign(world):
    player = informed.Informed(world)
    removed = orders(player, world, host_sessions=1)
    assert removed.classes[0, 1] == REMOVE and removed.hosts[0, 1] == SLOTS + 3
    restored = orders(player, world, host_sessions=1, host_roots=1)
    assert restored.classes[0, 1] == RESTORE and restored.hosts[0, 1] == SLOTS + 3
    assert REMOVE not in orders(player, world).classes


def test_to_know_where_red_is_is_worth_points():
    seeds = {"seed": 5000, "episodes": 24}
    informed_scores = informed.scores(**seeds)
    assert informed_scores.mean() > evaluate("react-restore", **seeds).mean + 100
    again = informed.scores(2, 5000)
    assert np.array_equal(again, informed_scores[:2])


def test_the_sanity_check_reads_the_recorded_figure(monkeypatch):
    scores = {"score": np.array([-80.0, -82.0])}
    monkeypatch.setattr(claims, "read_run", lambda name: scores)
    assert "10 points from the -81" in claims.sanity_check()
