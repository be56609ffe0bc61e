"""Rows of points: one dot a training, and no interval where there is only one."""

import numpy as np
import pytest

from course_lib.lessons.l13_rows import draw_rows, in_words, row_of


def test_a_row_has_its_dots_and_the_interval_over_them():
    row = row_of("team", [-10, -12, -14])
    assert row.dots == (-10, -12, -14) and row.found.mean == pytest.approx(-12)
    assert in_words(row) == "team -12.0 [-17.0, -7.0]"


def test_one_training_has_no_interval_and_an_open_dot():
    row = row_of("alone", [-1234.5])
    assert in_words(row) == "alone -1,234.5, one training"
    figure, alt = draw_rows([row], "score (points)", "One")
    dots, mean = figure.axes[0].lines
    assert mean.get_markerfacecolor() != dots.get_markerfacecolor()
    assert "one training" in alt


def test_rows_stand_from_top_to_bottom_with_their_lines():
    rows = [row_of("first", [-150, -170]), row_of("second", [-3000, -3100])]
    figure, alt = draw_rows(rows, "score (points)", "Two", {"rules": -107}, ticks=(-5000, -100))
    (ax,) = figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first on top
    assert any(np.allclose(line.get_xdata(), -107) for line in ax.lines)
    assert ax.get_xlim() == pytest.approx((-6000, -90))
    assert alt.endswith("A line stands at -107: rules.")
