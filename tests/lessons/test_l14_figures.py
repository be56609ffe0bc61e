"""The figures of lessons 14 and 14b show what their runs say, and no legend lies on a line."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_lib.lessons import l14_figures as figures
from course_lib.lessons import l14_recorded as recorded

DISTURBED = ("expert", "five rules", "taught", "settled")
MIXTURES = {"Taught": "l14-mixture", "Learned from the reward": "l14-mixture-reward"}
DRAWN = {
    "worlds": lambda: figures.draw_worlds(recorded.cross()),
    "mixture": lambda: figures.draw_mixtures(MIXTURES),
    "attrition": lambda: figures.draw_attrition(recorded.attrition()),
    "disturbed": lambda: figures.draw_disturbed(recorded.disturbed(), DISTURBED),
    "prices": figures.draw_prices,
    "frontier": figures.draw_frontier,
}


@pytest.fixture(autouse=True)
def closed():
    """Figures are closed after each test."""
    yield
    plt.close("all")


@pytest.mark.parametrize("name", DRAWN)
def test_the_legend_stands_below_all_axes(name):
    """Inside the axes that of the prices lay on its lines."""
    figure = DRAWN[name]()
    assert name in figures.ALT
    figure.canvas.draw()
    (legend,) = figure.legends
    top = legend.get_window_extent().y1
    for ax in figure.axes:
        assert ax.get_legend() is None
        assert top <= ax.get_tightbbox().y0 + 1


def test_a_mixture_is_drawn_at_its_difference():
    """Row by row from above, one mark for each training."""
    figure = figures.draw_mixtures(MIXTURES)
    for ax, run in zip(figure.axes, MIXTURES.values(), strict=True):
        gains = recorded.mixture_gains(run)
        names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
        assert names == list(gains) and ax.yaxis_inverted()
        for number, container in enumerate(ax.containers):
            drawn = container.lines[0].get_xdata()
            wanted = [found[number].difference for found in gains.values()]
            assert np.allclose(drawn, wanted)


def test_nobody_without_wires_has_a_mark_where_they_are_cut():
    figure = figures.draw_disturbed(recorded.disturbed(), DISTURBED)
    marks = [len(container.lines[0].get_xdata()) for container in figure.axes[0].containers]
    rows = len(recorded.disturbances(recorded.disturbed()))
    assert marks == [rows - 7, rows, rows, rows]


def test_more_restores_cost_less_in_the_frontier():
    figure = figures.draw_frontier()
    assert len(figure.axes[0].containers) == len(recorded.WAYS)
    for container in figure.axes[0].containers:
        height = container.lines[0].get_ydata()
        assert (np.diff(height) > 0).all()
