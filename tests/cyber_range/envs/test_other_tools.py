"""What samplers, trainers and converters of other libraries do with the environments."""

import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import api_test, parallel_api_test
from pettingzoo.utils import parallel_to_aec

from course_lib.cyber_range.envs import wrappers
from course_lib.cyber_range.envs.gym_envs import (
    JointDefender,
    SingleDefender,
    joint_env,
    single_env,
)
from course_lib.cyber_range.envs.gym_vector import RangeVectorEnv
from course_lib.cyber_range.envs.parallel import OBSERVATIONS, parallel_env
from course_lib.cyber_range.envs.two_zones import TwoZones
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.policies import POLICIES, make_policy

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


ROWS = {
    "list": list,
    "tuple": tuple,
    "small": lambda a: np.array(a, np.uint8),
    "unsigned": lambda a: np.array(a, np.uint64),
    "tensor": torch.tensor,
    "columns first": np.asfortranarray,
    "every other": lambda a: np.repeat(np.array(a), 2, axis=1)[:, ::2],
    "truths": lambda a: np.array(a, bool),
    "fractions": lambda a: np.array(a) + 0.5,
    "objects": lambda a: np.array(a, object),
}


@pytest.mark.parametrize("kind", ROWS)
def test_a_batch_takes_whatever_its_space_contains(kind):
    """And every batch takes whole numbers of any width, laid out in any way."""
    env = RangeVectorEnv(2, steps=10)
    env.reset(seed=1)
    actions = ROWS[kind]([[49, 49, 49, 49, 145]] * 2)
    plain = VectorRange(2, steps=10)
    plain.reset(1)
    zones = TwoZones(2)
    zones.reset(1)
    if kind in ("truths", "fractions", "objects"):
        assert not env.action_space.contains(actions)
        for refuses in (env, plain):
            with pytest.raises(ValueError, match="wanted integers"):
                refuses.step(actions)
        return
    assert np.array_equal(env.step(actions)[1], plain.step(actions)[1])
    zones.step(ROWS[kind]([[1, 2], [3, 0]]))


@pytest.mark.parametrize("action", [np.array([True] * 5), np.full(5, 33.5), np.array([None] * 5)])
def test_a_joint_space_holds_only_what_a_step_takes(action):
    """Gymnasium's own space counts True and False as 1 and 0."""
    env = joint_env(steps=10)
    env.reset(seed=1)
    assert not env.action_space.contains(action)
    with pytest.raises(ValueError, match="whole numbers"):
        env.step(action)
    assert env.action_space.contains([np.array(33)] * 5)


class NothingAllowed(wrappers.NuisanceWrapper):
    """A reader's own wrapper, with a mistake: it closes every action of one agent."""

    def __init__(self, env, closed):
        super().__init__(env)
        self.closed = closed

    def reset(self, seed=None, options=None):
        observations, infos = super().reset(seed, options)
        mask = infos[self.closed]["action_mask"]
        infos[self.closed]["action_mask"] = np.zeros_like(mask)
        return observations, infos


@pytest.mark.parametrize("closed", ["blue_agent_0", "blue_agent_4"])
def test_a_wrapper_that_allows_nothing_is_found_out_by_whoever_asks_for_the_mask(closed):
    """Instead of a forbidden action that is chosen in silence."""
    env = NothingAllowed(parallel_env(steps=12), closed)
    single, joint = SingleDefender(env, closed), JointDefender(env)
    for asked in (single, joint):
        _, info = asked.reset(seed=0)
        with pytest.raises(ValueError, match=f"action_mask of {closed} allows no action"):
            asked.action_masks()
    with pytest.raises(ValueError, match=f"defender {closed[-1]} allows no action"):
        joint.action_space.sample(info["action_mask"])


@pytest.mark.parametrize("name", POLICIES)
def test_a_scripted_policy_does_not_choose_where_nothing_is_allowed(name):
    """It would have chosen what is forbidden."""
    policy = make_policy(name)
    env = NothingAllowed(parallel_env(steps=12, observation=policy.observation), "blue_agent_2")
    shown, infos = env.reset(seed=0)
    policy.reset(0)
    with pytest.raises(ValueError, match="action_mask of blue_agent_2 allows no action"):
        policy.act(shown, infos)


def kept_apart(value):
    """A deep copy of what an environment answered."""
    if isinstance(value, dict):
        return {name: kept_apart(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [kept_apart(part) for part in value]
    return np.array(value)


def is_same(one, other):
    """Whether two copies agree in every part."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(is_same(one[n], other[n]) for n in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return np.array_equal(one, other)


FACES = {
    **{
        f"parallel {kind}": lambda kind=kind: parallel_env(observation=kind)
        for kind in OBSERVATIONS
    },
    "padded": lambda: parallel_env(pad_spaces=True),
    "per zone": lambda: parallel_env(defenders="per-zone", observation="message"),
    "lossy": lambda: WRAPPED["lossy"](parallel_env()),
    "announced": lambda: WRAPPED["announced"](parallel_env()),
    "late": lambda: wrappers.ActionDelay(parallel_env(), 2),
    "single": single_env,
    "joint": joint_env,
    "batch flat": lambda: RangeVectorEnv(2, observation="flat"),
    "batch message": lambda: RangeVectorEnv(2),
    "engine": lambda: VectorRange(2, observation="message"),
    "two zones": lambda: TwoZones(2),
}


def sleeping_answers(env, ticks):
    """What a face answers to defenders who do one thing after the other, in two episodes with
    other hosts and so with other masks."""
    spaces = {RangeVectorEnv: (2, 5), VectorRange: (2, 5), TwoZones: (2, 2), JointDefender: (5,)}
    for seed in (2, 3):
        yield env.reset(seed=seed)
        for tick in range(ticks):
            if type(env) in spaces:
                actions = np.full(spaces[type(env)], tick % 4)
            else:
                actions = tick % 4 if isinstance(env, SingleDefender) else {"blue_agent_0": tick}
            yield env.step(actions)
            if isinstance(env, RangeVectorEnv | SingleDefender | JointDefender):
                yield env.action_masks()


@pytest.mark.parametrize("face", FACES)
def test_whoever_keeps_an_answer_keeps_what_it_said(face):
    """No face writes into observations, masks, rewards or ends that it handed out before."""
    kept, as_it_was = [], []
    for answer in sleeping_answers(FACES[face](), 40):
        kept.append(answer)
        as_it_was.append(kept_apart(answer))
    assert is_same(kept_apart(kept), as_it_was)


def spoil(answer):
    """Write into every array of an answer."""
    if isinstance(answer, np.ndarray):
        answer.fill(1)
    elif isinstance(answer, dict):
        spoil(list(answer.values()))
    elif isinstance(answer, list | tuple):
        for part in answer:
            spoil(part)


@pytest.mark.parametrize("face", FACES)
def test_whoever_writes_into_an_answer_changes_nothing_that_follows(face):
    """A learner may scale observations and mend masks where they lie."""
    untouched = (kept_apart(answer) for answer in sleeping_answers(FACES[face](), 12))
    for answer, wanted in zip(sleeping_answers(FACES[face](), 12), untouched, strict=True):
        assert is_same(kept_apart(answer), wanted)
        spoil(answer)
