"""The two-zone slice: rewards, views and the truth follow the range; bad input is one line."""

import numpy as np
import pytest

from course_lib.cyber_range.envs.two_zones import (
    OBSERVATION_NAMES,
    ORDERS_PER_EPISODE,
    TRUTH_NAMES,
    TwoZones,
)

LEVELS = slice(3, 6)


def play(world, orders_of, rounds=ORDERS_PER_EPISODE, seed=500_000):
    """Points (E,) and the last step of one episode."""
    obs, state = world.reset(seed)
    points = np.zeros(world.num_envs)
    for _ in range(rounds):
        obs, state, reward, terminated, truncated, info = world.step(orders_of(obs))
        points += info["points"]
    return points, (obs, state, reward, terminated, truncated, info)


def by_level(*orders):
    return lambda obs: np.array(orders)[obs[..., LEVELS].argmax(-1)]


def asleep(obs):
    return np.zeros(obs.shape[:2], int)


def test_acting_on_the_first_sign_beats_waiting_for_a_file_beats_sleep():
    world = TwoZones(16)
    early, _ = play(world, by_level(1, 3, 3))
    late, _ = play(world, by_level(1, 1, 3))
    never, _ = play(world, asleep)
    assert early.mean() > late.mean() + 20 > never.mean() + 500


def test_an_episode_ends_by_the_clock_and_the_next_begins():
    points, (obs, state, _, terminated, truncated, info) = play(TwoZones(3), asleep)
    assert truncated.all() and not terminated.any()
    assert info["final_state"][:, -1] == pytest.approx(1.0) and (state[:, -1] == 0).all()
    assert not np.array_equal(info["final_obs"], obs)


def test_the_same_episode_whoever_plays_beside_it():
    alone, _ = play(TwoZones(1), by_level(1, 3, 3), seed=7)
    beside, _ = play(TwoZones(3), by_level(1, 3, 3), seed=7)
    assert alone[0] == beside[0]


def test_the_state_holds_both_views_and_the_truth():
    world = TwoZones(8)
    _, (obs, state, *_) = play(world, asleep, rounds=60)
    assert obs.shape == (8, 2, len(OBSERVATION_NAMES)) and obs.dtype == np.float32
    assert state.shape == (8, 2 * len(OBSERVATION_NAMES) + len(TRUTH_NAMES))
    assert (state[:, : obs[0].size] == obs.reshape(8, -1)).all()
    held = world._range.state["host_sessions"].reshape(8, 8, 16)[:, 0] > 0
    assert state[:, 30] == pytest.approx(held.sum(axis=1) / 16) and state[:, 30].max() > 0
    assert (state[:, 31] <= state[:, 30]).all()  # held as root is held


def test_a_restore_costs_a_point_in_its_own_zone():
    first_zone_only = np.array([[3, 0]])
    world = TwoZones(1, paid="zone")
    world.reset(3)
    idle = TwoZones(1, paid="zone")
    idle.reset(3)
    reward = world.step(first_zone_only)[2][0]
    assert (reward - idle.step(np.zeros((1, 2), int))[2][0]).tolist() == [-1, 0]


def test_the_team_is_paid_the_sum_or_each_its_own():
    both, own = TwoZones(4, paid="team"), TwoZones(4, paid="zone")
    _, (_, _, team, _, _, info) = play(both, asleep, rounds=70)
    _, (_, _, zones, _, _, _) = play(own, asleep, rounds=70)
    assert (team[:, 0] == team[:, 1]).all() and zones.sum(axis=1) == pytest.approx(team[:, 0])
    assert info["points"] == pytest.approx(team[:, 0])


def test_only_the_named_episodes_are_played():
    world = TwoZones(4, seeds=[11, 12])
    world.reset()
    assert world._range.state["seed"].tolist() == [11, 12, 11, 12]
    world.reset()
    assert world._range.state["seed"].tolist() == [11, 12, 11, 12]
    free = TwoZones(2, seed=5)
    free.reset()
    free.reset()
    assert free._range.state["seed"].tolist() == [7, 8]


@pytest.mark.parametrize(
    "orders, says", [(np.zeros((2, 3), int), "shape"), (np.full((2, 2), 4), "0 to 3")]
)
def test_wrong_orders_are_refused(orders, says):
    world = TwoZones(2)
    world.reset(0)
    with pytest.raises(ValueError, match=says):
        world.step(orders)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="paid"):
        TwoZones(2, paid="both")
    with pytest.raises(ValueError, match="seeds"):
        TwoZones(2, seeds=[])
