"""The PettingZoo face: interface tests, agreement with the batch engine, clear errors."""

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test, parallel_seed_test
from support.range_bench import index, server

from course_lib.cyber_range import constants as n
from course_lib.cyber_range.actions import action_layout
from course_lib.cyber_range.engine.visible import VISIBLE
from course_lib.cyber_range.envs.parallel import OBSERVATIONS, parallel_env
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.observations import entity_rows
from course_lib.cyber_range.options import RangeOptions

DEFENDERS = {"official": 5, "per-zone": 7}


@pytest.mark.parametrize("observation", OBSERVATIONS)
@pytest.mark.parametrize("defenders", DEFENDERS)
def test_pettingzoo_api(observation, defenders):
    """PettingZoo's own test, over several short episodes."""
    parallel_api_test(
        parallel_env(observation=observation, defenders=defenders, steps=12), num_cycles=60
    )


@pytest.mark.parametrize("observation", OBSERVATIONS)
@pytest.mark.parametrize("defenders", DEFENDERS)
def test_pettingzoo_seed(observation, defenders):
    """PettingZoo's own test: equal seeds, equal episodes."""
    parallel_seed_test(
        lambda: parallel_env(observation=observation, defenders=defenders, steps=40), num_cycles=30
    )


@pytest.mark.parametrize("observation", OBSERVATIONS)
@pytest.mark.parametrize("defenders", DEFENDERS)
def test_observations_lie_in_their_spaces(observation, defenders):
    """At the reset and after ticks with decoys, alerts and messages."""
    env = parallel_env(observation=observation, defenders=defenders, steps=60)
    obs, _ = env.reset(seed=3)
    while env.agents:
        for agent in env.agents:
            assert env.observation_space(agent).contains(obs[agent]), agent
        for agent in env.agents:
            env.action_space(agent).seed(int(env.visible().step))
        obs, *_ = env.step({agent: env.action_space(agent).sample() for agent in env.agents})


def as_dict(observation, rows, agents):
    """One environment of the batch observation, agent by agent, as the PettingZoo face shows it."""
    if observation == "flat":
        lengths = [92] * 4 + [210] if len(agents) == 5 else [108] * 7
        return {a: row[:k] for a, row, k in zip(agents, rows, lengths, strict=True)}
    groups = [[0], [1], [2], [3], [4, 5, 6]] if len(agents) == 5 else [[z] for z in range(7)]
    return {a: rows[g] if len(g) > 1 else rows[g[0]] for a, g in zip(agents, groups, strict=True)}


@pytest.mark.parametrize("observation", ["flat", "message"])
@pytest.mark.parametrize("defenders", DEFENDERS)
def test_same_seed_and_actions_give_the_same_trajectory_as_the_batch(observation, defenders):
    """Observations, reward, masks, busy and step agree, to the last tick and beyond the end."""
    steps, batch = 150, 3
    vec = VectorRange(batch, defenders=defenders, seed=70, observation=observation, steps=steps)
    envs = [
        parallel_env(defenders=defenders, observation=observation, steps=steps)
        for _ in range(batch)
    ]
    expected, info = vec.reset()
    views = [env.reset(seed=70 + e) for e, env in enumerate(envs)]
    agents = envs[0].possible_agents
    sizes = [int(envs[0].action_space(a).n) for a in agents]
    rng = np.random.default_rng(0)
    for tick in range(steps):
        for e, (obs, infos) in enumerate(views):
            for d, (agent, row) in enumerate(as_dict(observation, expected[e], agents).items()):
                assert obs[agent].shape == row.shape and (obs[agent] == row).all(), (tick, agent)
                assert infos[agent]["busy"] == info["busy"][e, d] and infos[agent]["step"] == tick
                assert (infos[agent]["action_mask"] == info["action_mask"][e, d, : sizes[d]]).all()
        if tick == steps - 1:
            break
        actions = np.stack([rng.integers(0, size, batch) for size in sizes], 1)
        expected, reward, _, truncated, info = vec.step(actions)
        orders = [dict(zip(agents, row, strict=True)) for row in actions.tolist()]
        results = [env.step(order) for env, order in zip(envs, orders, strict=True)]
        views = [(result[0], result[4]) for result in results]
        for e, (_, rewards, ended, cut, _) in enumerate(results):
            assert set(rewards.values()) == {float(reward[e])} and not any(ended.values())
            assert set(cut.values()) == {bool(truncated[e])}
        if truncated.any():
            final = info["final_statistics"]
            assert final["score"].tolist() == [env.statistics().score for env in envs]
            assert (final["priority"] == [env.statistics().priority for env in envs]).all()
            expected, info = info["final_obs"], {**info, "busy": info["busy"]}
            info["action_mask"] = np.stack([env.backend.masks() for env in envs])
            info["busy"] = np.stack([env.visible().busy[: len(agents)] for env in envs])
    assert all(env.agents == [] for env in envs)


def test_an_episode_ends_by_truncation_and_empties_the_agents():
    """After steps - 1 ticks; the official length is 499."""
    env = parallel_env(steps=12)
    env.reset(seed=0)
    for tick in range(1, 12):
        assert env.agents == [f"blue_agent_{d}" for d in range(5)]
        _, rewards, terminated, truncated, _ = env.step({})
        assert all(value == (tick == 11) for value in truncated.values()) and not any(
            terminated.values()
        )
        assert len(set(rewards.values())) == 1 and len(rewards) == 5
    assert env.agents == []
    assert parallel_env().backend.steps - 1 == 499


def test_a_missing_agent_sleeps():
    """The same as submitting Sleep."""
    runs = []
    for actions in ({}, {"blue_agent_0": 49, "blue_agent_4": 145}):
        env = parallel_env(steps=60)
        env.reset(seed=4)
        runs.append([[v.tolist() for v in env.step(actions)[0].values()] for _ in range(50)])
    assert runs[0] == runs[1]


def test_a_masked_action_is_a_sleep_and_costs_nothing():
    """As in the public simulator: not even a masked Restore."""
    env = parallel_env(servers=(1, 1))
    _, infos = env.reset(seed=0)
    hosts = {0: server(n.RZA, 3), 4: server(n.OFF, 5)}
    masked = {f"blue_agent_{d}": index(d, n.RESTORE, host) for d, host in hosts.items()}
    for agent, action in masked.items():
        assert not infos[agent]["action_mask"][action]
    _, rewards, _, _, infos = env.step(masked)
    assert rewards["blue_agent_0"] == 0 and not any(info["busy"] for info in infos.values())
    assert env.statistics().restore_cost == 0


def test_reset_without_a_seed_goes_on_from_the_last_seed():
    """A repeatable sequence of different episodes."""
    runs = []
    for _ in range(2):
        env = parallel_env()
        env.reset(seed=9)
        runs.append([int(env.reset() and env.backend._vector.episode_seeds[0]) for _ in range(3)])
    assert runs[0] == runs[1] and len(set(runs[0])) == 3


def test_message_filter_sees_what_is_sent_and_decides_what_arrives():
    """The door through which wrappers lose or tamper with team messages; bits of (D, 8)."""
    env = parallel_env()
    env.reset(seed=0)
    sent = {"blue_agent_2": np.ones(8, int)}
    obs, *_ = env.step({}, sent)
    assert obs["blue_agent_0"][60:].tolist() == [0] * 8 + [1] * 8 + [0] * 16
    seen = []
    env.message_filter = lambda bits: seen.append(bits.copy()) or 0 * bits
    obs, *_ = env.step({}, sent)
    assert not obs["blue_agent_0"][60:].any() and seen[0][2].all() and seen[0].shape == (5, 8)


def test_visible_state_is_a_copy_and_truth_is_complete():
    """Nobody can change the state through what the face hands out."""
    env = parallel_env()
    env.reset(seed=1)
    for _ in range(30):
        env.step({"blue_agent_0": 58})
    visible = env.visible()
    assert visible.dtype == VISIBLE and visible.step == 30
    visible.blocked[:] = 0
    truth = env.truth()
    assert (
        env.visible().blocked[n.RZA, 0] == 1 == truth["blocked"][n.RZA, 0] and truth["step"] == 30
    )
    assert truth["level"].shape == (128,) and truth["level"][16 * n.CON :].max() >= 1
    assert not truth["level"][~truth["exists"]].any() and truth["blue_started"].shape == (5,)


def test_truth_tells_what_happened_in_the_tick():
    """What finished and what was accepted, by defender; red's due actions, by agent."""
    env = parallel_env()
    env.reset(seed=1)
    for tick in range(5):
        env.step({"blue_agent_1": 33})
        truth = env.truth()
        assert truth["blue_started"][1] == (n.RESTORE if tick == 0 else -1)
        assert truth["blue_class"][1] == (n.RESTORE if tick == 4 else n.SLEEP)
        assert truth["blue_host"][1] == (server(n.OZA) if tick == 4 else -1)
    assert truth["red_kind"].shape == (6,) and set(truth["red_success"].tolist()) <= {-1, 0, 1}


# --- errors
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"engine": "gazebo"}, "engine.*range, cyborg"), ({"observation": "pixels"}, (
            "observation.*flat"
        )),
        ({"defenders": "three"}, "defenders.*official"), ({"red": "green"}, "red.*finite-state"),
        ({"steps": 0}, "steps"), ({"phishing": 0.5}, "phishing.*phishing_rate"),
    ],
)  # fmt: skip
def test_a_bad_option_is_an_error_that_says_what_is_allowed(arguments, message):
    """One clear line."""
    with pytest.raises(ValueError, match=message):
        parallel_env(**arguments)


@pytest.mark.parametrize("action", [82, -1, 3.0, None, "Sleep", np.True_, np.array([3]), 2**70])
def test_an_action_out_of_range_is_an_error_that_names_agent_and_range(action):
    """Nothing happens in that tick."""
    env = parallel_env()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="blue_agent_1.*0..81"):
        env.step({"blue_agent_1": action})
    assert env.visible().step == 0


def test_an_unknown_agent_is_an_error():
    """It lists those that exist."""
    env = parallel_env()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="blue_agent_5.*blue_agent_4"):
        env.step({"blue_agent_5": 0})


def test_stepping_before_the_reset_or_after_the_end_is_an_error():
    """Both say what to call."""
    env = parallel_env(steps=4)
    with pytest.raises(ValueError, match="reset"):
        env.step({})
    env.reset(seed=0)
    for _ in range(3):
        env.step({})
    with pytest.raises(ValueError, match="over.*reset"):
        env.step({})
    env.reset()
    env.step({})


@pytest.mark.parametrize("seed", [-1, 1.5, "0", True, float("nan"), 2**63, np.uint64(2**64 - 1)])
def test_a_bad_seed_is_an_error(seed):
    """A whole number from 0 to 2**63 - 1."""
    with pytest.raises(ValueError, match="seed"):
        parallel_env().reset(seed=seed)


@pytest.mark.parametrize(
    "messages",
    [
        {"blue_agent_0": [1] * 7},
        {"blue_agent_0": [2] * 8},
        {"blue_agent_9": [0] * 8},
        {"blue_agent_0": 1},
    ],
)
def test_a_malformed_message_is_an_error(messages):
    """Eight bits of an agent that exists."""
    env = parallel_env()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="8 bits"):
        env.step({}, messages)


@pytest.mark.parametrize("defenders", ["official", "per-zone"])
def test_each_defender_sees_the_hosts_of_its_own_zones_and_no_others(defenders):
    env = parallel_env(observation="entities", defenders=defenders)
    env.reset(seed=3)
    layout = action_layout(defenders)
    for tick in range(30):
        shown, *_ = env.step(dict.fromkeys(env.agents, tick))
        messages, exists = env.zone_messages(), env.visible().exists
        for zones, agent in zip(layout.zones, layout.agents, strict=True):
            wanted = entity_rows(messages[zones], exists[zones])
            assert np.array_equal(shown[agent], wanted) and shown[agent].dtype == np.float32


@pytest.mark.parametrize("observation", ["flat", "message", "entities"])
def test_whoever_keeps_or_changes_an_answer_changes_nothing(observation):
    env, other = parallel_env(observation=observation), parallel_env(observation=observation)
    kept, infos = env.reset(seed=5)
    other.reset(seed=5)
    before = {agent: seen.copy() for agent, seen in kept.items()}
    for tick in range(20):
        shown, *_, told = env.step(dict.fromkeys(env.agents, 50 + tick % 3))
        wanted, *_, wanted_told = other.step(dict.fromkeys(other.agents, 50 + tick % 3))
        for agent in env.agents:
            assert np.array_equal(shown[agent], wanted[agent])
            mask = told[agent]["action_mask"]
            assert np.array_equal(mask, wanted_told[agent]["action_mask"])
            shown[agent][...] = 9
            mask[...] = 0
    for agent, seen in kept.items():
        assert np.array_equal(seen, before[agent])


@pytest.mark.parametrize("observation", ["message", "entities"])
def test_own_messages_need_the_flat_observation(observation):
    """The message protocol uses the bits itself."""
    env = parallel_env(observation=observation)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="flat"):
        env.step({}, {"blue_agent_0": [0] * 8})


def test_options_reach_the_engine():
    """Keywords of RangeOptions, by name."""
    env = parallel_env(red="stealthy", steps=30, phishing_rate=0.2, servers=(2, 2))
    assert env.backend.options == RangeOptions(
        red="stealthy", steps=30, phishing_rate=0.2, servers=(2, 2)
    )
    env.reset(seed=0)
    assert env.visible().exists[:, :6].sum(1).tolist() == [2] * 7
