"""The two Gymnasium faces on the real range."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from course_lib.cyber_range.envs import wrappers
from course_lib.cyber_range.envs.gym_envs import (
    JointDefender,
    SingleDefender,
    joint_env,
    single_env,
)
from course_lib.cyber_range.envs.parallel import parallel_env


class Restorer:
    """Restores host 0 of each zone every tick, and keeps what it was given."""

    defenders, observation = "official", "flat"

    def __init__(self):
        self.seeds, self.asked = [], 0

    def reset(self, seed):
        self.seeds.append(seed)

    def act(self, observations, infos):
        self.asked += 1
        return {
            agent: 33 if len(infos[agent]["action_mask"]) == 82 else 97 for agent in observations
        }


CASES = [
    {},
    {"zone": "HQ"},
    {"zone": "OZB", "observation": "message"},
    {"zone": "HQ", "observation": "message"},
    {"zone": "PAZ", "defenders": "per-zone"},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gymnasium_accepts_one_defender(case):
    check_env(single_env(steps=30, **case), skip_render_check=True)


@pytest.mark.parametrize("observation, length", [("flat", 578), ("message", 532)])
def test_gymnasium_accepts_the_joint_face(observation, length):
    env = joint_env(steps=30, observation=observation)
    check_env(env, skip_render_check=True)
    assert env.observation_space.shape == (length,)
    assert env.action_space.nvec.tolist() == [82, 82, 82, 82, 242]
    _, info = env.reset(seed=0)
    assert info["action_mask"].shape == (570,) and info["busy"].shape == (5,)


def returns(env, seed, action):
    env.reset(seed=seed)
    total, ticks, over = 0.0, 0, False
    while not over:
        _, reward, terminated, over, _ = env.step(action)
        total, ticks = total + reward, ticks + 1
        assert not terminated
    return total, ticks


def test_an_episode_is_truncated_after_steps_minus_one_ticks():
    assert returns(single_env(steps=40), 0, 49)[1] == 39
    assert returns(joint_env(steps=40), 0, [49, 49, 49, 49, 145])[1] == 39


def test_both_faces_show_the_same_world_as_the_parallel_one():
    actions = dict(zip([f"blue_agent_{i}" for i in range(5)], [3, 49, 49, 49, 145], strict=True))
    env, single, joint = parallel_env(steps=40), single_env(steps=40), joint_env(steps=40)
    obs, _ = env.reset(seed=3)
    first, _ = single.reset(seed=3)
    together, _ = joint.reset(seed=3)
    for _ in range(39):
        np.testing.assert_array_equal(first, obs["blue_agent_0"])
        np.testing.assert_array_equal(together, np.concatenate(list(obs.values())))
        obs, rewards, *_ = env.step(actions)
        first, reward, *_ = single.step(3)
        together, joint_reward, *_ = joint.step([3, 49, 49, 49, 145])
        assert reward == joint_reward == rewards["blue_agent_0"]


def test_the_others_follow_their_script_and_the_learner_its_own():
    script = Restorer()
    env = single_env(others=script, steps=40)
    alone, _ = returns(single_env(steps=40), 7, 49)
    defended, ticks = returns(env, 7, 49)
    assert script.seeds == [7] and script.asked == ticks
    assert (
        defended <= alone - 100
    )  # every submitted Restore costs a point: four defenders, 39 ticks
    env.reset()
    assert len(script.seeds) == 2


def test_a_wrapped_environment_has_the_faces_too():
    env = SingleDefender(
        wrappers.ObservationLoss(parallel_env(steps=30), 1.0, shows="zeros"), "blue_agent_1"
    )
    env.reset(seed=0)
    observation, _, _, _, info = env.step(49)
    assert not observation.any() and info["observation_lost"]
    JointDefender(wrappers.ActionDelay(parallel_env(steps=30), 1)).reset(seed=0)


def test_nonsense_is_one_clear_line():
    with pytest.raises(ValueError, match="zone='PAZ' is unknown.*RZA, OZA, RZB, OZB, HQ"):
        single_env(zone="PAZ")
    with pytest.raises(ValueError, match="zone='HQ' is unknown"):
        single_env(zone="HQ", defenders="per-zone")
    with pytest.raises(ValueError, match="observation 'message'"):
        single_env(others=Restorer(), observation="message")
    with pytest.raises(ValueError, match="fixed length"):
        joint_env(observation="entities")
    with pytest.raises(ValueError, match="no agent 'x'"):
        SingleDefender(parallel_env(), "x")
    joint = joint_env(steps=30)
    joint.reset(seed=0)
    with pytest.raises(ValueError, match="5 indices"):
        joint.step([49])
    with pytest.raises(ValueError, match="out of range"):
        joint.step([82, 0, 0, 0, 0])


def test_a_step_after_the_end_is_refused():
    for env, action in ((single_env(steps=20), 49), (joint_env(steps=20), [49, 49, 49, 49, 145])):
        with pytest.raises(ValueError, match="call reset"):
            env.step(action)
        returns(env, 0, action)
        with pytest.raises(ValueError, match="call reset"):
            env.step(action)
