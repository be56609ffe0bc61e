"""Table learners on the two-zone slice: the world they see, and what the recorded run holds."""

import numpy as np
import pytest

from course_lib.cyber_range import TwoZones
from course_lib.experiments.lesson_runs import RUNS, l06, read_run
from course_lib.experiments.lesson_runs.l06 import SliceByLevel, points_of, rule_policy, trained
from course_lib.lessons import l06_longer


def test_a_state_is_both_levels_and_the_reward_is_the_slices():
    world = SliceByLevel(seed=3)
    state = world.begin(2, None)
    twin = TwoZones(2, seed=3)
    obs, _ = twin.reset()
    assert state.tolist() == [0, 0]
    for _ in range(30):
        orders = np.array([[0, 2], [3, 1]])
        rewards, points, following, ended, fresh = world.step(state, orders @ (4, 1), 0, None)
        obs, _, twin_rewards, *_ = twin.step(orders)
        levels = obs[:, :, 3:6].argmax(axis=2)
        assert following.tolist() == (3 * levels[:, 0] + levels[:, 1]).tolist() == fresh.tolist()
        assert (rewards == twin_rewards).all() and (points == rewards[:, 0]).all()
        assert not ended.any()
    assert len(set(following.tolist())) > 1, "something happened"


def test_training_depends_on_its_seed_alone_and_teams_differ():
    first, again, other = (
        trained(l06.METHODS["independent"], seed, episodes=2, teams=4) for seed in (0, 0, 1)
    )
    assert first.shape == (4, 2, 9) and (first == again).all() and not (first == other).all()
    assert len({team.tobytes() for team in first}) > 1


def test_the_rule_loses_less_than_sleep_and_the_judging_episodes_are_the_same():
    rule, asleep = points_of(rule_policy(4), 1), points_of(np.zeros((4, 2, 9), int), 1)
    assert (rule == points_of(rule_policy(4), 1)).all() and (rule > asleep).all()


@pytest.mark.parametrize("name", l06.METHODS)
def test_the_record_is_whole(name):
    points = l06_longer.longer_training()[name]
    record = read_run("l06-longer")
    assert len(points) == RUNS["l06-longer"].seeds * l06.TEAMS and np.isfinite(points).all()
    assert sorted(set(record["seed"])) == [0, 1, 2]
    assert (points < 0).all()
