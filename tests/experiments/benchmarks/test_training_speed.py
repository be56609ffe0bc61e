"""The limits of training: what is measured adds up, and the paper's cost follows from the samples'
times."""

from dataclasses import replace

import pytest

from course_lib.experiments.benchmarks import training_speed
from course_lib.experiments.benchmarks.rllib_speed import RllibSpeed
from course_lib.training.runs import RunSpec

TINY = {"num_envs": 2, "num_steps": 30, "epochs": 1, "minibatch_size": 256, "precision": "float32"}


@pytest.fixture(scope="module")
def speed():
    return training_speed.training_speed(RunSpec(training=TINY), iterations=1)


def test_the_wall_time_is_shared_among_the_parts(speed):
    assert set(speed.shares) == {"engine", "team", "update"}
    assert all(share > 0 for share in speed.shares.values())
    assert sum(speed.shares.values()) <= 1.0, "no second is counted twice"


def test_busy_ticks_carry_no_decision(speed):
    leaves = speed.decisions_by_level["leaves"]
    assert 1 < leaves < 5, "five agents, and an action takes two ticks or more"
    assert leaves + speed.decisions_by_level["inner"] == pytest.approx(speed.decisions_per_step)


def test_update_and_limit_are_both_measured(speed):
    # which is larger depends on the machine's load: the report says it, no test may
    assert speed.update_seconds > 0 and speed.limit_seconds > 0


def test_the_cost_of_the_paper_follows_from_its_samples():
    times = training_speed.SampleTimes(1, "float32", actor=10, critic=8, message_function=60)
    hours = training_speed.paper_hours(
        times, {"leaves": 2.0, "inner": 0.5}, steps=1_000_000, epochs=15
    )
    assert hours == pytest.approx(1e6 * 15 * (2.0 * 18 + 0.5 * 78) * 1e-6 / 3600)


def test_a_sample_is_a_pass_divided_by_its_batch(monkeypatch):
    monkeypatch.setattr(training_speed, "seconds_a_call", lambda call, repeats: 0.5)
    found = training_speed.sample_times("float32", batch=100)
    assert found.actor == found.critic == found.message_function == pytest.approx(5000)


def test_a_plain_loop_plays_without_learning():
    assert training_speed.plain_loop_steps_per_second(RunSpec(), seconds=0.05) > 0


def test_the_report_prints_every_figure(speed):
    times = training_speed.SampleTimes(1, "float32", actor=10.0, critic=8.0, message_function=60.0)
    report = training_speed.TrainingReport(
        times=[times],
        speeds=[speed],
        plain_loop=432.1,
        paper_hours=9.876,
        paper_precision="bfloat16",
        simulator=None,
        rllib=[],
        machine={"machine": "somewhere", "cores": 2, "date": "today"},
    )
    text = training_speed.as_text(report)
    assert "| float32 | 1 | 10.0 | 8.0 | 60.0 |" in text
    assert "432 steps/s" in text and "9.9 hours" in text
    assert "public simulator" not in text and "RLlib" not in text
    text = training_speed.as_text(replace(report, simulator=47.0))
    assert "public simulator alone, one process: 47 steps/s" in text
    rllib = RllibSpeed(
        "cyborg", version="1.2", runners=2, steps=900, steps_per_second=31.4, update_share=0.25
    )
    text = training_speed.as_text(replace(report, rllib=[rllib]))
    assert "2 runners) on the public simulator: 31 steps/s end to end" in text
    assert "25% of it outside sampling" in text
