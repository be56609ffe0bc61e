"""Speed of a team: what is measured is the real pass, and the parts of a tick add up."""

import cProfile
import time

import pytest

from course_lib.experiments.benchmarks import team_speed
from course_lib.hierarchy import Doctrine, Unit


@pytest.fixture(scope="module")
def played():
    return team_speed.play("two-layer", environments=4, seconds=0.05)


def test_the_time_of_a_tick_is_shared_among_its_parts(played):
    assert set(played.shares) == {*team_speed.PARTS, team_speed.REST}
    assert sum(played.shares.values()) == pytest.approx(1)
    assert all(share > 0 for share in played.shares.values()), "no part is counted twice"
    assert played.steps_per_second > 0


def test_nothing_is_overwritten_to_be_measured(played):
    assert Unit.decide is team_speed.PARTS["policy"]
    assert Doctrine.consult is team_speed.PARTS["doctrine"]


def test_shares_are_of_the_whole_time(monkeypatch):
    def busy():
        ending = time.process_time() + 0.02
        while time.process_time() < ending:
            pass

    monkeypatch.setattr(team_speed, "PARTS", {"busy": busy})
    profile = cProfile.Profile(time.process_time)
    profile.runcall(busy)
    assert team_speed.shares(profile)["busy"] == pytest.approx(1, abs=0.05)


def test_a_batched_pass_is_the_loop_over_environments():
    batched = team_speed.pass_rate("two-layer", 3, "batched", seconds=0.001)
    loop = team_speed.pass_rate("two-layer", 3, "loop", seconds=0.001)
    assert batched.units == loop.units == 8 and batched.low <= batched.median <= batched.high


def test_the_report_has_a_row_for_everything(played):
    passes = []
    for structure in team_speed.STRUCTURES:
        for how, speed in (("batched", 8000.0), ("loop", 1000.0)):
            passes.append(
                team_speed.Pass(structure, 2, 8, team_speed.LOOPED, how, speed, 900.0, 9000.0)
            )
    report = team_speed.TeamReport("today", "somewhere", 2, {"numpy": "2"}, passes, [played])
    text = team_speed.as_text(report)
    assert "| two-layer | 2 | 8 | 64 | batched | 8,000 | 900 to 9,000 |" in text
    assert "8 times as fast as a loop" in text
    assert f"| two-layer | 4 | {played.steps_per_second:,.0f} |" in text
