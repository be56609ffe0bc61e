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
