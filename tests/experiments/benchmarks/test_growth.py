"""The arithmetic of larger networks, against sums by hand."""

import pytest

from course_lib.experiments.benchmarks.growth import StepCost, bill, measured_cost, table_rows

COST = StepCost(collecting=0.001, updating=0.003)


def test_one_core_pays_for_everything_in_turn():
    found = bill(7, 1, COST, steps=3_600_000, price=2.0)
    assert found.hours_one_learner == pytest.approx(4.0)
    assert found.hours_spread == pytest.approx(4.0)
    assert found.price == pytest.approx(8.0)


def test_one_learner_is_the_limit_however_many_cores_there_are():
    found = bill(7, 1000, COST, steps=3_600_000, price=1.0)
    assert 3.0 < found.hours_one_learner < 3.01
    assert found.hours_spread == pytest.approx(0.004)
    assert found.price == pytest.approx(found.hours_one_learner * 1000)


def test_ten_times_the_zones_cost_ten_times_the_hours():
    small, large = bill(7, 16, COST), bill(70, 16, COST)
    assert large.hours_one_learner == pytest.approx(10 * small.hours_one_learner)


def test_the_table_stands_on_the_measured_cost():
    cost = measured_cost()
    assert cost.total == pytest.approx(1 / 5364.745481801142)
    rows = table_rows()
    assert len(rows) == 9 and rows[0][:2] == ("7", "1")
    assert float(rows[0][2]) == pytest.approx(1_500_000 * cost.total / 3600, rel=0.05)
