"""What lesson 13 counts while it trains."""

from types import SimpleNamespace

import pytest

from course_lib.lessons import l13_live

RECORD = SimpleNamespace(
    steps=100,
    decisions_by_group={"leaves": 200, "commands 2": 30, "commands 3": 10},
    groups={"leaves": SimpleNamespace(kl=0.0)},
    score=-12.3,
)


def test_decisions_are_counted_a_tick_and_agent():
    assert l13_live.decided(RECORD) == pytest.approx(0.4)  # 200 of 500 agent-ticks
    assert l13_live.inner_decisions(RECORD) == pytest.approx(0.2)
    assert l13_live.agreement(RECORD) == 1


def test_watching_trains_as_long_as_it_is_told(monkeypatch):
    shown = []
    monkeypatch.setattr(l13_live, "display", shown.append)
    records = l13_live.watch(SimpleNamespace(step=lambda: RECORD), 3)
    assert records == [RECORD] * 3
    (bar,) = shown
    assert bar.value == 3 and bar.description == "-12"


def test_the_configurations_are_told_beside_each_other():
    rows = {name: values for name, *values in l13_live.configuration_rows()}
    assert rows["epochs"] == ["15", "4", "4"]
    assert rows["total_steps"][0] == "6,553,600"
