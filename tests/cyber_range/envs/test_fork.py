"""Forks of the range: nothing is shared, nothing forgotten, and futures are what they say."""

import copy

import numpy as np
import pytest

from course_lib.cyber_range import make_policy
from course_lib.cyber_range.constants import ANALYSE, REMOVE, RESTORE
from course_lib.cyber_range.envs.parallel import parallel_env
from course_lib.cyber_range.envs.vector import SAVED, VectorRange
from course_lib.cyber_range.envs.wrappers import ActionDelay
from course_lib.cyber_range.futures import plan_fork

STEPS = 60


def played(ticks, num_envs=3, policy="expert", observation="message", seed=4, **options):
    """A range and its policy after so many ticks."""
    env = VectorRange(num_envs, seed=seed, observation=observation, **options)
    defender = make_policy(policy)
    defender.reset(seed)
    env.reset()
    play_on(env, defender, ticks)
    return env, defender


def play_on(env, defender, ticks, first=None):
    """Bytes of everything that is seen in so many ticks, and the rewards (ticks, E)."""
    seen, rewards = [], []
    obs, info = env.current()
    for tick in range(ticks):
        actions = defender.act_batch(obs, info)
        if tick == 0 and first is not None:
            where = np.zeros(actions.shape, bool)
            where[:, first[0]] = True
            actions = np.where(where, first[1], actions)
            defender.overrule(actions, where)
        obs, reward, _, truncated, info = env.step(actions)
        arrays = (actions, obs, reward, truncated, info["action_mask"], info["busy"], info["step"])
        seen.append(b"".join(array.tobytes() for array in arrays))
        rewards.append(reward)
    return seen, np.array(rewards)


def digest(env):
    """Everything a range holds, as bytes."""
    return [getattr(env, name).tobytes() for name in SAVED]


def action_of(defender, agent, action_class, slot=0):
    """Index of an action on a host of the agent's first zone."""
    return defender.layout.offset[action_class, defender.layout.zones[agent][0]] + slot


@pytest.mark.parametrize("observation", ["message", "flat"])
@pytest.mark.parametrize("ticks", [1, 23, STEPS - 2])
def test_a_fork_with_its_own_future_goes_on_as_the_original(observation, ticks):
    """Also over the end of the episode and into the next one."""
    policy = "expert" if observation == "message" else "random"
    env, defender = played(ticks, policy=policy, observation=observation, steps=STEPS)
    forked, beside = env.fork([0, 1, 2], futures="own"), defender.fork([0, 1, 2], futures="own")
    expected = play_on(env, defender, STEPS + 5)
    assert play_on(forked, beside, STEPS + 5)[0] == expected[0]
    assert digest(forked) == digest(env)


def test_one_row_goes_on_as_it_does_among_the_others():
    env, defender = played(30, num_envs=3, steps=STEPS)
    forked, beside = env.fork(2, futures="own"), defender.fork(2, futures="own")
    _, rewards = play_on(env, defender, 2 * STEPS)
    _, alone = play_on(forked, beside, 2 * STEPS)
    assert (alone[:, 0] == rewards[:, 2]).all()
    assert len(np.unique(rewards[:, 2])) > 1  # something happened


def test_nothing_is_shared_with_the_original():
    env, defender = played(40)
    held = digest(env), copy.deepcopy(vars(defender._beliefs))
    forked, beside = env.fork(1, copies=4), defender.fork(1, copies=4)
    for name in SAVED:
        assert not np.shares_memory(getattr(forked, name), getattr(env, name)), name
    before = digest(forked)
    play_on(forked, beside, 30)
    assert digest(forked) != before
    assert digest(env) == held[0]
    for name, array in vars(defender._beliefs).items():
        if name != "own":
            assert (array == held[1][name]).all(), name
    assert (defender._beliefs.own.host == held[1]["own"].host).all()


def test_the_original_plays_the_same_episode_whether_forked_or_not():
    env, defender = played(20)
    again, other = played(20)
    for tick in range(10):
        play_on(env.fork(0, 3, seed=tick), defender.fork(0, 3, seed=tick), 5)
        assert play_on(env, defender, 1)[0] == play_on(again, other, 1)[0]


def test_all_copies_begin_in_the_same_state_and_fresh_ones_part():
    env, defender = played(50)
    forked = env.fork(2, copies=8)
    for name in set(forked.state.dtype.names) - {"key", "draw_count"}:
        assert (forked.state[name] == env.state[name][2]).all(), name
    _, rewards = play_on(forked, defender.fork(2, copies=8), 60)
    assert len(np.unique(rewards.sum(axis=0))) > 4


def test_the_same_seed_gives_the_same_futures_and_another_one_others():
    env, _ = played(10)
    for futures in ("fresh", "common"):
        keys = [env.fork(1, 5, futures, seed=seed).state["key"].tolist() for seed in (3, 3, 8)]
        assert keys[0] == keys[1]
        assert not set(keys[0]) & set(keys[2])
        assert len(set(keys[0])) == 5


def test_common_futures_are_those_of_the_copy_and_fresh_ones_of_the_row_too():
    env, _ = played(10)
    common = env.fork([0, 2, 0], 4, "common", seed=1).state["key"].reshape(3, 4)
    assert (common == common[0]).all()
    fresh = env.fork([0, 2, 0], 4, "fresh", seed=1).state["key"]
    assert len(set(fresh.tolist())) == 12


def test_forks_of_two_moments_share_no_fresh_future():
    env, defender = played(10)
    before = set(env.fork(0, 20, seed=1).state["key"].tolist())
    play_on(env, defender, 1)
    assert not before & set(env.fork(0, 20, seed=1).state["key"].tolist())


def test_pairs_of_common_futures_tell_two_actions_apart_with_far_fewer_copies():
    """Variance of the paired difference, against that of the difference of independent copies."""
    env, defender = played(150, seed=11)
    free = env.current()[1]["busy"][0, 0] == 0
    assert free
    restore = action_of(defender, 0, RESTORE, slot=1)
    differences = {}
    for futures, seeds in (("common", (5, 5)), ("fresh", (5, 6))):
        sums = []
        for first, seed in zip((None, (0, restore)), seeds, strict=True):
            forked = env.fork(0, 64, futures, seed), defender.fork(0, 64, futures, seed)
            sums.append(play_on(*forked, 20, first)[1].sum(axis=0))
        differences[futures] = sums[1] - sums[0]
    assert differences["common"].std() > 0
    assert differences["common"].var() < differences["fresh"].var() / 50


def test_an_action_in_progress_goes_on_in_the_copies():
    """Analyse takes two ticks: forked after the first, it ends in the next one."""
    env, defender = played(5, policy="sleep", num_envs=1)
    sleep = defender.sleeping(1)
    begun = sleep.copy()
    slot = int(env.visible["exists"][0, 0].argmax())
    begun[0, 0] = action_of(defender, 0, ANALYSE, slot)
    _, _, _, _, info = env.step(begun)
    assert info["busy"][0, 0] == 1
    forked = env.fork(0, copies=3)
    assert (forked.current()[1]["busy"][:, 0] == 1).all()
    forked.step(np.repeat(sleep, 3, axis=0))
    assert (forked.state["blue_finished"][:, 0] == ANALYSE).all()


def test_a_fork_of_the_last_tick_ends_with_it_and_begins_other_episodes():
    env, defender = played(STEPS - 2, steps=STEPS, num_envs=1)
    forked, beside = env.fork(0, copies=3), defender.fork(0, copies=3)
    obs, info = forked.current()
    _, _, _, truncated, info = forked.step(beside.act_batch(obs, info))
    assert truncated.all()
    assert (info["step"] == 0).all()
    assert len(set(forked.episode_seeds.tolist())) == 3
    play_on(forked, beside, STEPS)


def test_a_fork_can_be_forked_and_reset():
    env, defender = played(20)
    common, beside = env.fork(0, 4, "common", seed=2), defender.fork(0, 4, "common", seed=2)
    play_on(common, beside, 3)
    twin, other = common.fork([0, 1, 2, 3], futures="own"), beside.fork([0, 1, 2, 3], 1, "own")
    assert play_on(common, beside, 20)[0] == play_on(twin, other, 20)[0]
    common.reset(seed=9)
    assert common.episode_seeds.tolist() == [9, 10, 11, 12]
    fresh = VectorRange(4, seed=9, observation="message")
    fresh.reset()
    assert digest(common) == digest(fresh)


def test_nonsense_is_refused_in_one_line():
    env, defender = played(3)
    nonsense = [
        ({"row": 3}, "row=3"),
        ({"row": -1}, "row=-1"),
        ({"row": True}, "row=True"),
        ({"row": 0.5}, "row=0.5"),
        ({"row": []}, "rows is empty"),
        ({"row": [0, 7]}, "row=7"),
        ({"row": 0, "copies": 0}, "copies=0"),
        ({"row": 0, "futures": "bright"}, "futures='bright' is unknown"),
        ({"row": 0, "seed": -1}, "seed=-1"),
    ]
    for arguments, message in nonsense:
        for forkable in (env, defender):
            with pytest.raises(ValueError, match=message) as error:
                forkable.fork(**arguments)
            assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="reset"):
        VectorRange(2).fork(0)
    with pytest.raises(ValueError, match="first tick"):
        make_policy("expert").fork(0)
    with pytest.raises(ValueError, match="cannot be saved"):
        env.fork(0).state_dict()


def test_a_policy_with_a_memory_must_say_how_to_copy_it():
    env, defender = played(2)

    class Forgetful(type(defender)):
        keep = type(defender).__mro__[2].keep  # that of the frame

    forgetful = Forgetful()
    forgetful.reset(0)
    forgetful.act_batch(*env.current())
    with pytest.raises(ValueError, match="no keep"):
        forgetful.fork(0)


@pytest.mark.parametrize("name", ["expert", "blind-restore", "decoy-roundrobin"])
def test_a_policy_recalls_what_was_really_done(name):
    """Overruled with the very actions of a twin, a policy goes on as the twin does."""
    env, defender = played(25, policy=name)
    obs, info = env.current()
    free = info["busy"] == 0
    overruled, told = defender.fork([0, 1, 2], 1, "own"), defender.fork([0, 1, 2], 1, "own")
    own = overruled.act_batch(obs, info)
    assert (told.act_batch(obs, info) == own).all()
    other = own.copy()
    for agent in range(env.num_defenders):
        slot = int(env.visible["exists"][0, defender.layout.zones[agent][0]].argmax())
        other[:, agent] = action_of(defender, agent, REMOVE, slot)
    overruled.overrule(np.where(free, other, own), free)
    overruled.overrule(own, free)  # and back again
    obs, _, _, _, info = env.step(own)
    assert (overruled.act_batch(obs, info) == told.act_batch(obs, info)).all()


def test_an_overruled_expert_knows_which_host_was_restored():
    env, defender = played(60, num_envs=1)
    obs, info = env.current()
    agent = int(np.flatnonzero(info["busy"][0] == 0)[0])
    zone = defender.layout.zones[agent][0]
    slot = int(env.visible["exists"][0, zone].argmax())
    actions = defender.act_batch(obs, info)
    where = np.zeros(actions.shape, bool)
    where[0, agent] = True
    actions[0, agent] = action_of(defender, agent, RESTORE, slot)
    defender.overrule(actions, where)
    for _ in range(7):  # a Restore takes five ticks
        obs, _, _, _, info = env.step(actions)
        actions = defender.act_batch(obs, info)
        if env.state["blue_finished"][0, agent] == RESTORE:
            break
    assert defender._beliefs.looked_at[0, zone, slot] == info["step"][0]


def test_a_delayed_environment_is_copied_with_what_is_under_way():
    """The PettingZoo face has no rows; a deep copy takes its wrappers along."""
    env = ActionDelay(parallel_env(steps=STEPS), ticks=2)
    env.reset(seed=3)
    for _ in range(20):
        env.step({agent: 5 for agent in env.agents})
    twin = copy.deepcopy(env)
    for _ in range(10):
        ours, theirs = (each.step({agent: 7 for agent in each.agents}) for each in (env, twin))
        assert ours[1] == theirs[1]
        for agent in env.agents:
            assert (ours[0][agent] == theirs[0][agent]).all()


def test_copies_come_row_by_row():
    plan = plan_fork(np.array([4, 1]), 3, "fresh", 0, num_envs=5)
    assert plan.rows.tolist() == [4, 4, 4, 1, 1, 1]
    assert plan.copy.tolist() == [0, 1, 2, 0, 1, 2]
