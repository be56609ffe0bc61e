"""Pictures of lesson 13: what they draw is what is recorded."""

import numpy as np
import pytest

from course_lib.experiments.study.fresh_episodes import fresh_gain, recorded_fresh
from course_lib.experiments.study.recipe_figures import difference
from course_lib.experiments.study.recipe_report import means_over_seeds
from course_lib.experiments.study.recipes import recorded_seeds
from course_lib.lessons import l13_pictures
from course_lib.lessons.l13_diagnosis import Looks


def test_the_groups_name_every_unit_once():
    drawn = l13_pictures.draw_groups()._repr_html_()
    for name in ("commander", "restricted", "operational", "headquarters", "RZA", "PAZ"):
        assert drawn.count(f">{name}</text>") == 1


def test_looks_that_are_more_than_the_axis_are_counted_in_its_last_bar():
    few = Looks(np.array([0, 0, 1, 40]), 0.5, 0.5, -100)
    many = Looks(np.full(4, 3), 0.1, 0.0, -50)
    figure, alt = l13_pictures.draw_looks({"few": few, "many": many}, most=5)
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == [50, 25, 0, 0, 0, 25]
    assert "few: 10.2 looks a host, 50 % of hosts never, 75 % at most twice" in alt


def test_controls_are_set_beside_the_whole_recipe():
    figure, alt = l13_pictures.draw_controls({"short-horizon": "horizon"}, "short", "Half")
    found = difference("short-horizon", "short", "greedy")
    mean = figure.axes[1].lines[-2]
    assert mean.get_xdata() == pytest.approx(found.mean)
    assert f"horizon {found.mean:+,.1f} [{found.low:+,.1f}" in alt


def test_both_plays_of_every_training_are_drawn():
    names = ["three-layer-reward", "three-layer-strong"]
    figure, alt = l13_pictures.draw_two_plays(names)
    trainings = sum(len(recorded_seeds(name)) for name in names)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(labels) == trainings and labels[0] == "reward, training 0"
    drawn = means_over_seeds("three-layer-reward", "sampled", "defended")
    assert f"reward 0: {drawn[0]:.0f}, " in alt


def test_decoys_and_running_scores_name_all_trainings():
    names = ["three-layer-reward", "three-layer-strong"]
    _, alt = l13_pictures.draw_decoys(names)
    assert alt.count("% greedy") == 10
    _, alt = l13_pictures.draw_running(names)
    assert alt.count(" ends at ") == 2


def test_the_first_recipe_stands_left_of_its_rules():
    figure, alt = l13_pictures.draw_end()
    dots = figure.axes[0].lines[0].get_xdata()
    assert len(dots) == 5 and max(dots) < -107
    assert "five rules, no network" in alt


def test_fresh_episodes_show_every_training_and_both_intervals():
    name = "three-layer-taught-paid"
    over_episodes, over_trainings = fresh_gain(name)
    _, alt = l13_pictures.draw_fresh(name)
    assert f"mean, over episodes {over_episodes.mean:+.1f} [{over_episodes.low:+.1f}" in alt
    assert f"mean, over trainings {over_trainings.mean:+.1f} [{over_trainings.low:+.1f}" in alt
    assert all(f"training {seed} " in alt for seed in recorded_fresh(name))
