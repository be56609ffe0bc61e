"""Lesson 13's commander over one crew: the recorded run says what the text says."""

import numpy as np

from course_lib.lessons import l13_crew


def test_a_commander_gains_and_its_control_loses_the_gain():
    learned = l13_crew.gain(l13_crew.LEARNED)
    shuffled = l13_crew.gain(l13_crew.SHUFFLED)
    assert learned.low > 0
    assert l13_crew.gain(l13_crew.LEARNED, over=l13_crew.SHUFFLED).low > 0
    assert shuffled.mean < learned.mean / 2
    assert l13_crew.gain(l13_crew.LEARNED, over=l13_crew.HOLD_BACK).low > 0


def test_without_scarcity_there_is_nothing_to_command():
    for ticks in (1, 10):
        found = l13_crew.gain(l13_crew.RULE, crew_ticks=ticks)
        assert abs(found.mean) < 2
    assert l13_crew.gain(l13_crew.RULE, crew_ticks=50).low > 0


def test_tables_and_drawing_hold_the_recorded_figures():
    assert [row[0] for row in l13_crew.scarcity()] == ["1", "10", "25", "50"]
    figure, alt = l13_crew.drawing()
    drawn = [line.get_xdata().mean() for line in figure.axes[0].lines[::3]]
    means = [l13_crew.by_seed(arm).mean() for arm in reversed(l13_crew.ORDER)]
    np.testing.assert_allclose(drawn, means)
    assert all(f"{mean:+,.1f}" in alt for mean in means)
    assert "by lot" in alt  # *drawn* are actions, in this lesson


def test_every_seed_is_there():
    assert len(l13_crew.by_seed(l13_crew.RULE)) == 5
    assert l13_crew.by_seed("nobody of this name").size == 0
