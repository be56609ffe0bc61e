"""The vector interface: what Gymnasium's own vector of single environments shows, it shows too."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from course_lib.cyber_range import joint_env
from course_lib.cyber_range.envs.gym_vector import RangeVectorEnv

STEPS = 8
SIZE = 3


def actions_of(tick):
    """Allowed indices that change from tick to tick."""
    row = np.array([33, 49, 3, 49, 97 + tick])
    return np.tile(row, (SIZE, 1))


@pytest.mark.parametrize("observation", ["flat", "message"])
def test_it_shows_what_a_vector_of_single_environments_shows(observation):
    ours = RangeVectorEnv(SIZE, observation=observation, steps=STEPS)
    theirs = SyncVectorEnv(
        [lambda: joint_env(observation=observation, steps=STEPS)] * SIZE,
        autoreset_mode=AutoresetMode.SAME_STEP,
    )
    assert ours.metadata["autoreset_mode"] == theirs.metadata["autoreset_mode"]
    assert ours.single_observation_space == theirs.single_observation_space
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    shown, infos = ours.reset(seed=5)
    wanted, their_infos = theirs.reset(seed=5)
    for tick in range(STEPS - 1):
        np.testing.assert_array_equal(shown, wanted)
        for name in ("action_mask", "busy", "step", "_step"):
            np.testing.assert_array_equal(infos[name], their_infos[name])
        shown, *rest, infos = ours.step(actions_of(tick))
        wanted, *their_rest, their_infos = theirs.step(actions_of(tick))
        for mine, other in zip(rest, their_rest, strict=True):
            np.testing.assert_array_equal(mine, other)
    assert rest[2].all() and not rest[1].any(), "the end is a truncation"
    assert infos["_final_obs"].all()
    for e in range(SIZE):
        np.testing.assert_array_equal(infos["final_obs"][e], their_infos["final_obs"][e])
    assert (infos["step"] == 0).all(), "the next episode has begun in the same step"


def test_its_spaces_hold_what_it_shows_and_takes():
    env = RangeVectorEnv(SIZE, steps=STEPS)
    shown, infos = env.reset(seed=1)
    assert env.observation_space.contains(shown)
    env.action_space.seed(0)
    for _ in range(STEPS):
        shown, *_ = env.step(env.action_space.sample())
        assert env.observation_space.contains(shown)
    assert env.action_masks().shape == infos["action_mask"].shape == (SIZE, 570)


def test_seeds_repeat_and_a_reset_without_one_goes_on():
    env = RangeVectorEnv(SIZE, steps=STEPS)
    first = env.reset(seed=7)[0]
    new = env.range.state["seed"].copy()
    env.reset()
    assert (env.range.state["seed"] != new).all()
    np.testing.assert_array_equal(env.reset(seed=7)[0], first)
    env.reset(seed=[3, 1, 9])
    assert env.range.state["seed"].tolist() == [3, 1, 9]
    with pytest.raises(ValueError, match="seeds"):
        env.reset(seed=[3, 1])


def test_gymnasiums_own_wrapper_counts_the_episodes():
    env = RecordEpisodeStatistics(RangeVectorEnv(SIZE, steps=STEPS))
    env.reset(seed=0)
    for tick in range(STEPS - 1):
        *_, infos = env.step(actions_of(tick))
    assert infos["_episode"].all() and (infos["episode"]["l"] == STEPS - 1).all()
    assert isinstance(env, gym.vector.VectorEnv)
