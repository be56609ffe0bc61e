"""Speed of the range: the clock sees no step that compiles, in no number of threads."""

import time

import pytest

from course_lib.experiments.benchmarks import range_speed, timing, training_speed
from course_lib.training.runs import RunSpec


class Clock:
    """Stands still but for what it is told."""

    def __init__(self):
        self.looks = []
        self.steps = 0

    def __call__(self):
        self.looks.append(self.steps)
        return float(self.steps)


@pytest.fixture
def clock(monkeypatch):
    """Every measurement reads this one; each step of the batch engine lasts a second of it."""
    clock = Clock()
    step = range_speed.VectorRange.step

    def counted(*arguments):
        clock.steps += 1
        return step(*arguments)

    monkeypatch.setattr(range_speed.VectorRange, "step", counted)
    return clock


@pytest.mark.parametrize("threads", [1, 2])
def test_the_engine_has_made_a_step_before_the_clock_is_read(monkeypatch, clock, threads):
    timed = range_speed.rates

    def timed_by_this(call, per_call, seconds):
        return timed(call, per_call, seconds, clock=clock)

    monkeypatch.setattr(range_speed, "rates", timed_by_this)
    found = range_speed.engine_rate(3, threads, seconds=2)
    assert clock.looks[0] == 1, "one step compiles, and no clock sees it"
    assert clock.steps == 1 + 2 * range_speed.REPEATS
    assert (found.low, found.median, found.high) == (3, 3, 3), "three environments, a second a step"


def test_an_episode_is_played_before_the_clock_is_read():
    class Env:
        def __init__(self):
            self.resets = 0
            self.steps = 0

        def reset(self, seed):
            self.resets += 1

        def step(self, action):
            self.steps += 1

    env = Env()
    looks = []

    def clock():
        looks.append(env.resets)
        return float(env.steps)

    found = range_speed.episode_rates(env, [1, 2, 3], 3, repeats=2, clock=clock)
    assert looks[0] == 1, "the first episode is in no repeat"
    assert env.resets == 1 + 2
    assert found == (1, 1, 1)


def test_the_plain_loop_of_a_team_has_made_a_step_before_the_clock_is_read(monkeypatch, clock):
    steps_before = []

    def rate(call, per_call, seconds):
        steps_before.append(clock.steps)
        return 1.0

    monkeypatch.setattr(training_speed, "rate", rate)
    training_speed.plain_loop_steps_per_second(RunSpec(), seconds=1)
    assert steps_before == [1]


def test_a_single_environment_is_measured_in_processor_time(monkeypatch):
    """What else the machine does would otherwise be taken for the environment."""
    clocks = []

    def episode_rates(env, plan, seconds, repeats, clock):
        clocks.append(clock)
        return timing.Rates(3.0, 2.0, 4.0)

    monkeypatch.setattr(range_speed, "episode_rates", episode_rates)
    found = range_speed.face_rate("range", seconds=1)
    assert clocks == [time.process_time]
    assert (found.what, found.median, found.low, found.high) == ("PettingZoo face", 3, 2, 4)
