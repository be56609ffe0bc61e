"""The river played at once agrees with its exact values; returns add up what is to come."""

import numpy as np
import pytest
import torch

from course_lib import games
from course_lib.games import Fleet
from course_lib.learners import PPO, entity_policy, planning
from course_lib.lessons import l02_river


def test_expected_points_are_those_of_the_plan_for_a_policy_without_chance():
    river = games.river_swim()
    push = np.tile([0.0, 1.0], (6, 1))
    policy = np.ones((20, 6), dtype=int)
    exact = planning.policy_values(river.transitions, river.rewards, policy)[0, 0]
    assert l02_river.expected_points(river, push) == pytest.approx(exact)


def test_played_episodes_have_the_expected_points_in_the_mean():
    river = games.river_swim()
    chance = l02_river.chances(np.tile([0.0, 2.0], (6, 1)))
    _, _, to_come = l02_river.play_river(river, chance, 20_000, np.random.default_rng(1))
    assert to_come[0].mean() == pytest.approx(l02_river.expected_points(river, chance), abs=0.05)


def test_what_is_to_come_falls_by_what_was_paid():
    river = games.river_swim()
    half = np.full((6, 2), 0.5)
    stages, actions, to_come = l02_river.play_river(river, half, 50, np.random.default_rng(2))
    paid = river.rewards[stages, actions]
    assert np.allclose(to_come[:-1] - to_come[1:], paid[:-1]) and np.allclose(to_come[-1], paid[-1])


def test_chances_sum_to_one_and_follow_the_scores():
    chance = l02_river.chances(np.array([[0.0, 0.0], [0.0, np.log(3)], [1000.0, 0.0]]))
    assert np.allclose(chance, [[0.5, 0.5], [0.25, 0.75], [1, 0]])


def test_six_hosts_share_their_attention_and_hosts_that_look_alike_are_heard_alike():
    policy = PPO(Fleet(2, hosts=4), policy=entity_policy(width=8, heads=1)).policy
    shares = l02_river.listening(policy)
    assert shares.shape == (6, 6) and np.allclose(shares.sum(axis=1), 1)
    alarmed = ["alarm" in name for name in l02_river.SIX_HOSTS]
    with torch.no_grad():
        policy.read[-1].weight.zero_()
        policy.read[-1].bias.zero_()
    even = l02_river.listening(policy)
    assert np.allclose(even, 1 / 6), "hosts that all look alike are heard alike"
    assert sum(alarmed) == 2 and l02_river.SIX_HOSTS[0] == "5, alarm"


def test_a_moving_mean_is_shorter_by_its_window():
    means = l02_river.moving_mean([[1, 2, 3, 6], [0, 0, 0, 4]], 2)
    assert means.tolist() == [[1.5, 2.5, 4.5], [0, 0, 2]]


def test_seeds_are_shown_as_a_mean_with_its_interval():
    assert l02_river.points([-2.0, -3.0, -4.0]) == "-3.0 [-5.5, -0.5]"
    assert l02_river.points([0.0, -0.0]) == "0.0 [0.0, 0.0]"


def test_a_row_of_the_table_counts_rows_and_says_what_was_new():
    fleet = {"rows": [40, 50], "new": [0.5, 0.7], "table": [-9, -9], "network": [-1, -1]}
    study = {"fleets": {"2": fleet | {"rule": -0.5, "chance": -35.53}}}
    (row,) = l02_river.table_rows(study)
    assert len(row) == len(l02_river.TABLE_HEADER)
    assert row[:4] == ("2", "2,187", "45", "60 %") and row[-2:] == ("-0.5", "-35.5")


def test_the_figure_of_sizes_draws_losses_at_their_place_and_leaves_out_what_does_not_fit():
    scores = {"set": dict.fromkeys(l02_river.PLACES, [-2.0, -4.0]), "vector": {"8": [-20.0, -40]}}
    level = dict.fromkeys(l02_river.PLACES, -2.0)
    study = {"scores": scores, "references": {"rule": level, "chance": level}}
    (ax,) = l02_river.draw_sizes(study).axes
    by_name = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    assert by_name["set"].lines[0].get_ydata().tolist() == [3] * 6
    assert by_name["vector"].lines[0].get_ydata().tolist() == [30]
    assert by_name["vector"].lines[0].get_xdata().round().tolist() == [1]


def test_the_figure_of_regret_has_the_line_of_losing_everything():
    (ax,) = l02_river.draw_regret({"a": np.arange(1.0, 101), "b": np.ones(50)}, best=2.0).axes
    everything = ax.lines[-1]
    assert everything.get_xdata().tolist() == [10, 100]
    assert everything.get_ydata().tolist() == [20, 200]
    assert ax.lines[0].get_ydata()[-1] == 100 and ax.lines[1].get_xdata()[-1] == 50
