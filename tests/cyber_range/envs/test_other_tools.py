"""What samplers, trainers and converters of other libraries do with the environments."""

import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import api_test, parallel_api_test
from pettingzoo.utils import parallel_to_aec

from course_lib.cyber_range.envs import wrappers
from course_lib.cyber_range.envs.gym_envs import joint_env, single_env
from course_lib.cyber_range.envs.parallel import OBSERVATIONS, parallel_env
from course_lib.cyber_range.policies import make_policy

RESTORE_OF_SERVER_0 = 33
NUMBERS = [
    np.array(33),
    np.int64(33),
    np.int8(33),
    np.uint16(33),
    np.array(33, np.int32),
    torch.tensor(33),
]
NO_ACTIONS = [
    33.0,
    np.float32(33),
    np.array(33.0),
    np.array([33]),
    [33],
    "33",
    None,
    np.True_,
    82,
    -1,
]


@pytest.mark.parametrize("action", NUMBERS, ids=repr)
def test_step_takes_every_kind_of_whole_number(action):
    """A Restore costs one point, whatever its index is written as."""
    env = parallel_env(steps=10)
    env.reset(seed=1)
    assert env.step({"blue_agent_0": action})[1]["blue_agent_0"] == -1
    single = single_env("RZA", steps=10)
    single.reset(seed=1)
    assert single.step(action)[1] == -1
    joint = joint_env(steps=10)
    joint.reset(seed=1)
    assert joint.step([action, 49, 49, 49, 145])[1] == -1


@pytest.mark.parametrize("kind", [list, tuple, np.array, lambda a: np.array(a, np.int16)])
def test_a_joint_step_takes_what_its_space_contains(kind):
    """A row of indices in any form."""
    env = joint_env(steps=10)
    env.reset(seed=1)
    assert env.step(kind([33, 33, 49, 49, 97]))[1] == -3


@pytest.mark.parametrize("action", [*NUMBERS, True, *NO_ACTIONS], ids=repr)
def test_step_takes_whatever_the_action_space_contains(action):
    """And what it refuses is one line that names the range, with nothing changed."""
    env = parallel_env(steps=10)
    env.reset(seed=0)
    if env.action_space("blue_agent_1").contains(action):
        env.step({"blue_agent_1": action})
        return
    if not isinstance(action, torch.Tensor):
        with pytest.raises(ValueError, match="blue_agent_1.*0..81"):
            env.step({"blue_agent_1": action})
        assert env.visible().step == 0


@pytest.mark.parametrize("actions", [None, [49] * 5, 3, "49", np.full(5, 49)])
def test_actions_come_by_agent(actions):
    """A dict, said in one line."""
    env = parallel_env(steps=10)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="give a dict"):
        env.step(actions)


@pytest.mark.parametrize("action", [None, 3, [49] * 4, [[49]] * 5, [49, 49, 49, 49, None], "12345"])
def test_a_joint_step_refuses_the_rest(action):
    """One line, for every wrong form."""
    env = joint_env(steps=10)
    env.reset(seed=0)
    with pytest.raises(ValueError) as error:
        env.step(action)
    assert "\n" not in str(error.value)


def test_nothing_is_taken_after_the_end():
    """Whatever form it has."""
    env = parallel_env(steps=3)
    env.reset(seed=0)
    env.step({})
    env.step({})
    for actions in ({}, {"blue_agent_0": np.array(1)}, None):
        with pytest.raises(ValueError, match="reset"):
            env.step(actions)


WRAPPED = {
    "bare": lambda env: env,
    "announced": lambda env: wrappers.MissingActuators(env, range(0, 90), announced=True),
    "lossy": lambda env: wrappers.ObservationLoss(wrappers.MessageLoss(env, 0.5), 0.5),
}


@pytest.mark.parametrize("pad_spaces", [False, True])
@pytest.mark.parametrize("defenders", ["official", "per-zone"])
@pytest.mark.parametrize("wrapped", WRAPPED)
def test_samplers_take_the_mask_and_give_an_allowed_action(wrapped, defenders, pad_spaces):
    """After the reset and after a step, for each agent."""
    env = WRAPPED[wrapped](parallel_env(defenders=defenders, steps=12, pad_spaces=pad_spaces))
    _, infos = env.reset(seed=0)
    for _ in range(2):
        for agent in env.agents:
            mask = infos[agent]["action_mask"]
            space = env.action_space(agent)
            assert mask.shape == (space.n,) and set(np.unique(mask)) == {0, 1}
            assert all(mask[space.sample(mask)] == 1 for _ in range(20))
        *_, infos = env.step({})


def test_the_mask_of_a_joint_environment_splits_into_those_of_its_space():
    """One row for trainers that want one, cut by the sizes for the sampler."""
    env = joint_env(steps=12)
    _, info = env.reset(seed=0)
    cuts = np.cumsum(env.action_space.nvec)[:-1]
    action = env.action_space.sample(tuple(np.split(info["action_mask"], cuts)))
    assert env.action_space.contains(action)
    env.step(action)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("pad_spaces", [False, True])
def test_the_turn_based_form_passes_the_test_of_pettingzoo(pad_spaces, capsys):
    """Which samples with the masks of the infos."""
    api_test(parallel_to_aec(parallel_env(steps=12, pad_spaces=pad_spaces)), num_cycles=30)


@pytest.mark.parametrize(
    "make",
    [
        lambda: single_env("RZA", steps=10),
        lambda: single_env("HQ", steps=10, observation="message"),
        lambda: single_env("OFF", steps=10, defenders="per-zone"),
        lambda: single_env("OZA", steps=10, pad_spaces=True),
        lambda: joint_env(steps=10),
        lambda: joint_env(steps=10, pad_spaces=True),
    ],
)
def test_masked_trainers_may_ask_for_the_masks(make):
    """The same as in the info, as bool, of the present tick; a copy."""
    env = make()
    with pytest.raises(ValueError, match="reset"):
        env.action_masks()
    _, info = env.reset(seed=0)
    for _ in range(2):
        masks = env.action_masks()
        assert masks.dtype == bool and np.array_equal(masks, info["action_mask"])
        masks[:] = False
        assert env.action_masks().any()
        *_, info = env.step(env.action_space.sample())


@pytest.mark.parametrize("observation", OBSERVATIONS)
@pytest.mark.parametrize("defenders", ["official", "per-zone"])
def test_padded_spaces_are_the_same_for_all_agents(observation, defenders):
    """And the observations lie in them."""
    env = parallel_env(observation=observation, defenders=defenders, steps=12, pad_spaces=True)
    spaces = {
        (str(env.observation_space(a)), str(env.action_space(a))) for a in env.possible_agents
    }
    assert len(spaces) == 1
    parallel_api_test(env, num_cycles=30)


@pytest.mark.parametrize("observation", ["flat", "message"])
def test_the_padding_is_zeros_behind_the_numbers_and_is_masked(observation):
    """The same world as without; an action of the padding is a Sleep."""
    bare = parallel_env(observation=observation, steps=60)
    padded = parallel_env(observation=observation, steps=60, pad_spaces=True)
    shown, infos = bare.reset(seed=3)
    wide, wide_infos = padded.reset(seed=3)
    for tick in range(40):
        for agent in bare.agents:
            entries, numbers = wide[agent].ravel(), shown[agent].ravel()
            assert (entries[: len(numbers)] == numbers).all()
            assert not entries[len(numbers) :].any()
            mask, wide_mask = infos[agent]["action_mask"], wide_infos[agent]["action_mask"]
            assert (wide_mask[: len(mask)] == mask).all() and not wide_mask[len(mask) :].any()
        actions = {"blue_agent_0": tick, "blue_agent_4": 2 * tick}
        shown, reward, _, _, infos = bare.step(actions)
        wide, same, _, _, wide_infos = padded.step(actions | {"blue_agent_1": 82 + tick})
        assert reward == same


def test_wrappers_and_gymnasium_know_a_padded_environment():
    """Which of its agents defends three zones is told by its number."""
    env = parallel_env(steps=12, pad_spaces=True)
    assert [wrappers.sleep_index(env, a) for a in env.possible_agents] == [49] * 4 + [145]
    assert wrappers.action_hosts(env, "blue_agent_1")[:17].tolist() == [*range(16, 32), -1]
    assert wrappers.action_hosts(env, "blue_agent_1")[82:].tolist() == [-1] * 160
    assert wrappers.action_hosts(env, "blue_agent_4")[:2].tolist() == [64, 65]
    check_env(single_env(steps=12, pad_spaces=True), skip_render_check=True)
    check_env(joint_env(steps=12, pad_spaces=True), skip_render_check=True)
    with pytest.raises(ValueError, match="pad_spaces='yes'"):
        parallel_env(pad_spaces="yes")


@pytest.mark.parametrize("name", ["random", "expert"])
def test_a_policy_plays_a_padded_environment_as_any_other(name):
    """It reads its own entries and leaves the padding alone."""
    scores = []
    for pad_spaces in (False, True):
        policy = make_policy(name)
        env = parallel_env(steps=60, observation=policy.observation, pad_spaces=pad_spaces)
        shown, infos = env.reset(seed=5)
        policy.reset(5)
        while env.agents:
            shown, _, _, _, infos = env.step(policy.act(shown, infos))
        scores.append(env.statistics().score)
    assert scores[0] == scores[1]


FILTERS = {
    "fewer rows": lambda bits: bits[:1],
    "fewer columns": lambda bits: bits[:, :2],
    "words": lambda bits: bits.astype(str),
    "not a number": lambda bits: np.full(bits.shape, np.nan),
    "halves": lambda bits: bits + 0.5,
    "large": lambda bits: bits + 2,
    "negative": lambda bits: bits.astype(int) - 1,
    "nothing": lambda bits: None,
    "ragged": lambda bits: [[1], [1, 0]],
    "flat": lambda bits: bits.ravel(),
}


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("observation", ["flat", "message"])
def test_what_a_message_filter_returns_is_looked_at(name, observation):
    """Before compiled code reads it; nothing happens in that tick."""
    env = parallel_env(steps=10, observation=observation)
    env.reset(seed=0)
    env.message_filter = FILTERS[name]
    with pytest.raises(ValueError, match="a message filter returns") as error:
        env.step({})
    assert "\n" not in str(error.value) and env.visible().step == 0
    env.message_filter = lambda bits: (1 - bits).astype(float)
    env.step({})
    assert env.visible().told[:5].all()
