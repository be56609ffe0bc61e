"""One loop against the clock for every speed benchmark."""

import itertools

import pytest

from course_lib.experiments.benchmarks import timing


def test_a_rate_is_what_was_done_over_the_time_it_took():
    hundredths = itertools.count()
    calls = []
    found = timing.rate(lambda: calls.append(1), 7, 0.5, clock=lambda: next(hundredths) / 100)
    assert len(calls) == 49, "one call between two looks at the clock, after the first"
    assert found == pytest.approx(49 * 7 / 0.50)


def test_repeats_give_median_and_range():
    seconds = iter([0, 0.5, 1, 2, 2.5, 10])  # one call within 1 s, one within 8 s
    found = timing.rates(lambda: None, 8, 1, repeats=2, clock=lambda: next(seconds))
    assert found == timing.Rates(median=pytest.approx((8 + 1) / 2), low=1, high=8)


def test_the_first_call_compiles_and_is_in_no_repeat():
    """A first call that takes 100 seconds leaves no trace in the rates of those that take one."""
    now = [0.0]

    def call():
        now[0] += 100 if now[0] == 0 else 1

    found = timing.rates(call, 8, 2, repeats=3, clock=lambda: now[0])
    assert found == timing.Rates(8, 8, 8)


def test_the_calls_that_warm_up_do_not_count(monkeypatch):
    looks = iter([0, 100, 100, 200, 200, 203, 203, 205, 205, 206])
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(looks))
    assert timing.seconds_a_call(lambda: None, repeats=3) == 2


def test_a_report_names_machine_and_versions():
    facts = timing.machine_facts()
    line = timing.measured_on(**facts)
    assert facts["machine"] in line and f"numpy {facts['versions']['numpy']}" in line
