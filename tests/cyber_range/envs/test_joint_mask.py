"""The joint defender's flat mask is taken by its own action space, as Gymnasium's tuple of masks
is."""

import gymnasium
import numpy as np
import pytest

from course_lib import cyber_range


@pytest.fixture
def env():
    made = cyber_range.joint_env(steps=10)
    made.reset(seed=0)
    return made


def allowed_of_each(env):
    """The mask of each defender, in order."""
    return np.split(env.action_masks(), np.cumsum(env.action_space.nvec)[:-1])


def test_a_draw_under_the_flat_mask_is_allowed_for_every_defender(env):
    env.action_space.seed(1)
    for _ in range(20):
        drawn = env.action_space.sample(env.action_masks())
        assert all(mask[one] for mask, one in zip(allowed_of_each(env), drawn, strict=True))
    env.step(drawn)


def test_gymnasiums_own_form_draws_the_same(env):
    masks = tuple(mask.astype(np.int8) for mask in allowed_of_each(env))
    env.action_space.seed(1)
    first = env.action_space.sample(masks)
    env.action_space.seed(1)
    assert np.array_equal(first, env.action_space.sample(env.action_masks()))


def test_it_is_the_space_of_several_choices_that_trainers_know(env):
    same = gymnasium.spaces.MultiDiscrete(env.action_space.nvec)
    assert env.action_space == same and isinstance(env.action_space, type(same))
    assert env.action_space.contains(env.action_space.sample())
