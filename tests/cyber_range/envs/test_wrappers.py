"""Nuisance wrappers, on a tiny stand-in for the range."""

import gymnasium as gym
import numpy as np
import pytest
from pettingzoo import ParallelEnv
from pettingzoo.test import parallel_api_test
from pettingzoo.utils import BaseParallelWrapper

from course_lib.cyber_range.envs import wrappers as w
from course_lib.cyber_range.envs.gym_envs import JointDefender, SingleDefender
from course_lib.cyber_range.envs.parallel import parallel_env


class Echo(ParallelEnv):
    """Five official defenders; the observation of tick t is t everywhere, and actions and bits are
    kept."""

    metadata = {"name": "echo"}
    possible_agents = [f"blue_agent_{i}" for i in range(5)]
    message_filter = None

    def __init__(self, length=20):
        self.length = length
        self.sizes = dict(zip(self.possible_agents, [82, 82, 82, 82, 242], strict=True))
        self.spaces = {
            a: (gym.spaces.Discrete(n), gym.spaces.Box(0, 100, (3,), np.int64))
            for a, n in self.sizes.items()
        }
        self.agents = []

    def action_space(self, agent):
        return self.spaces[agent][0]

    def observation_space(self, agent):
        return self.spaces[agent][1]

    def reset(self, seed=None, options=None):
        self.agents, self.tick, self.done_actions, self.delivered = (
            list(self.possible_agents),
            0,
            [],
            [],
        )
        return self._show()

    def step(self, actions, team_bits=None):
        self.tick += 1
        self.done_actions.append(dict(actions))
        bits = np.array([(team_bits or {}).get(a, np.ones(8, int)) for a in self.possible_agents])
        self.delivered.append(bits if self.message_filter is None else self.message_filter(bits))
        observations, infos = self._show()
        over = dict.fromkeys(self.agents, self.tick >= self.length)
        reward, never = dict.fromkeys(self.agents, -1.0), dict.fromkeys(self.agents, False)
        self.agents = [] if self.tick >= self.length else self.agents
        return observations, reward, never, over, infos

    def _show(self):
        masks = {a: {"action_mask": np.ones(self.sizes[a], np.int8)} for a in self.agents}
        return {a: np.full(3, self.tick) for a in self.agents}, masks


def play(env, ticks=20, seed=0, action=3):
    """Same action for everybody; returns what agent 0 saw in each tick."""
    env.reset(seed=seed)
    return [env.step(dict.fromkeys(env.agents, action))[0]["blue_agent_0"][0] for _ in range(ticks)]


STACKS = {
    "delay": lambda env: w.ActionDelay(env, 2),
    "observation loss": lambda env: w.ObservationLoss(env, 0.3),
    "observation zeros": lambda env: w.ObservationLoss(env, 0.3, shows="zeros"),
    "message loss": lambda env: w.MessageLoss(env, 0.3),
    "tampering": lambda env: w.MessageTampering(env, 0.3),
    "actuators": lambda env: w.MissingActuators(env, range(0, 112, 3), announced=True),
    "all": lambda env: w.MessageLoss(w.ObservationLoss(w.ActionDelay(env, 1), 0.5), 0.5),
}


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("world", [Echo, lambda: parallel_env(steps=40)], ids=["stand-in", "range"])
@pytest.mark.filterwarnings("error")
def test_pettingzoo_api(name, world):
    parallel_api_test(STACKS[name](world()), num_cycles=50)


def test_on_the_range_lost_messages_are_what_the_others_read():
    def received(env):
        env.reset(seed=0)
        bits = {"blue_agent_1": np.array([1, 0, 1, 0, 1, 0, 1, 1])}
        return env.step({}, bits)[0]["blue_agent_0"][60:68].tolist()

    assert received(parallel_env(steps=30)) == [1, 0, 1, 0, 1, 0, 1, 1]
    assert received(w.MessageLoss(parallel_env(steps=30), 1)) == [0] * 8
    assert received(w.MessageTampering(parallel_env(steps=30), 1)) == [0, 1, 0, 1, 0, 1, 0, 0]


def test_on_the_range_a_missing_actuator_costs_nothing():
    def score(env):
        env.reset(seed=0)
        return sum(env.step({"blue_agent_0": 33})[1]["blue_agent_0"] for _ in range(20))

    sleeping, restoring = (
        score(w.MissingActuators(parallel_env(steps=30), [0])),
        score(parallel_env(steps=30)),
    )
    assert restoring <= sleeping - 20


@pytest.mark.parametrize("observation", ["flat", "message", "entities"])
def test_on_the_range_every_observation_can_be_lost(observation):
    env = w.ObservationLoss(parallel_env(steps=30, observation=observation), 1.0)
    first, _ = env.reset(seed=0)
    second = env.step({})[0]
    for agent in env.possible_agents:
        np.testing.assert_array_equal(first[agent], second[agent])
        assert env.observation_space(agent).contains(second[agent])


def test_a_delayed_action_arrives_exactly_that_many_ticks_later():
    echo = Echo()
    env = w.ActionDelay(echo, 3)
    env.reset(seed=0)
    for action in range(10):
        env.step(dict.fromkeys(env.agents, action))
    assert [done["blue_agent_0"] for done in echo.done_actions] == [49, 49, 49, 0, 1, 2, 3, 4, 5, 6]
    assert [done["blue_agent_4"] for done in echo.done_actions][:4] == [145, 145, 145, 0]
    env.reset()
    env.step(dict.fromkeys(env.agents, 7))
    assert echo.done_actions == [
        {a: 145 if a == "blue_agent_4" else 49 for a in env.possible_agents}
    ]


def test_a_delay_of_nothing_changes_nothing():
    echo = Echo()
    play(w.ActionDelay(echo, 0), 4, action=11)
    assert {done["blue_agent_2"] for done in echo.done_actions} == {11}


def test_a_wrong_action_is_refused_when_chosen_not_when_it_arrives():
    env = w.ActionDelay(Echo(), 2)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="blue_agent_0: action 82"):
        env.step({"blue_agent_0": 82})
    with pytest.raises(ValueError, match="no agent 'red'"):
        env.step({"red": 0})


def test_lost_observations_repeat_the_last_one_received():
    env = w.ObservationLoss(Echo(400), 0.25)
    seen, lost, last = [], [], 0
    env.reset(seed=1)
    for tick in range(1, 400):
        observations, _, _, _, infos = env.step(dict.fromkeys(env.agents, 0))
        lost.append(infos["blue_agent_0"]["observation_lost"])
        last = last if lost[-1] else tick
        seen.append(observations["blue_agent_0"][0] == last)
    assert all(seen) and np.mean(lost) == pytest.approx(0.25, abs=0.06)
    assert infos["blue_agent_0"]["action_mask"].all()


def test_lost_observations_can_be_zeros_and_certain_loss_loses_all():
    assert play(w.ObservationLoss(Echo(), 1, shows="zeros"), 5) == [0] * 5
    assert play(w.ObservationLoss(Echo(), 0), 5) == [1, 2, 3, 4, 5]
    env = w.ObservationLoss(Echo(), 1.0)
    observations, infos = env.reset(seed=0)
    assert not any(info["observation_lost"] for info in infos.values())


def test_agents_lose_independently():
    env = w.ObservationLoss(Echo(300), 0.5)
    env.reset(seed=0)
    both = []
    for _ in range(299):
        infos = env.step(dict.fromkeys(env.agents, 0))[4]
        both.append([infos[f"blue_agent_{i}"]["observation_lost"] for i in (0, 1)])
    assert np.mean(np.all(both, axis=1)) == pytest.approx(0.25, abs=0.08)


def test_the_seed_alone_decides_what_is_lost():
    first = play(w.ObservationLoss(Echo(), 0.5), seed=4)
    env = w.ObservationLoss(Echo(), 0.5)
    play(env, seed=9)
    assert play(env, seed=4) == first != play(env, seed=5)
    env.reset(seed=4)
    after = [play(env, seed=None), play(env, seed=None)]
    assert after[0] != after[1]


def test_stacked_wrappers_do_not_repeat_each_others_draws():
    echo = Echo(300)
    play(w.MessageLoss(w.MessageLoss(echo, 0.5), 0.5), 300)
    arrived = np.array(echo.delivered)[:, :, 0].mean()
    assert arrived == pytest.approx(0.25, abs=0.04)


def test_lost_messages_are_lost_as_a_whole():
    echo = Echo(300)
    play(w.MessageLoss(echo, 0.2), 300)
    delivered = np.array(echo.delivered)
    assert set(delivered.sum(axis=2).ravel()) == {0, 8}
    assert delivered.mean() == pytest.approx(0.8, abs=0.04)


def test_tampering_flips_single_bits_of_given_messages_too():
    echo = Echo(300)
    env = w.MessageTampering(echo, 0.1)
    env.reset(seed=0)
    for _ in range(300):
        env.step(dict.fromkeys(env.agents, 0), {"blue_agent_1": np.zeros(8, int)})
    delivered = np.array(echo.delivered)
    assert delivered[:, 1].mean() == pytest.approx(0.1, abs=0.03)
    assert delivered[:, 0].mean() == pytest.approx(0.9, abs=0.03)
    play(w.MessageTampering(Echo(), 0), 3)


def test_certain_tampering_turns_every_bit():
    echo = Echo()
    play(w.MessageTampering(echo, 1), 2)
    assert not np.any(echo.delivered)


def test_a_missing_actuator_makes_the_action_a_sleep():
    echo = Echo()
    env = w.MissingActuators(
        echo, ["operational_zone_a_subnet_server_host_2", 80 + 15]
    )  # OZA slot 2, OFF slot 15
    env.reset(seed=0)
    for action in (
        2,
        17 + 2,
        33 + 2,
        66 + 2,
        3,
    ):  # the four host actions on slot 2, then Analyse elsewhere
        env.step({"blue_agent_0": action, "blue_agent_1": action, "blue_agent_4": 97 + 16 + 15})
    assert [d["blue_agent_1"] for d in echo.done_actions] == [49, 49, 49, 49, 3]
    assert [d["blue_agent_0"] for d in echo.done_actions] == [2, 19, 35, 68, 3]
    assert {d["blue_agent_4"] for d in echo.done_actions} == {145}


@pytest.mark.parametrize(
    "wrap", [lambda e: w.ActionDelay(e, 1), lambda e: w.MissingActuators(e, [1])]
)
@pytest.mark.parametrize("actions", [None, [1, 2], {"blue_agent_0": None}, {"blue_agent_0": 3.0}])
def test_a_wrapper_refuses_what_is_no_action(wrap, actions):
    env = wrap(Echo())
    env.reset(seed=0)
    with pytest.raises(ValueError) as error:
        env.step(actions)
    assert "\n" not in str(error.value)


def test_a_delayed_agent_that_is_not_named_has_chosen_to_sleep():
    echo = Echo()
    env = w.ActionDelay(echo, 2)
    env.reset(seed=0)
    for actions in ({"blue_agent_0": 7}, {}, {}, {"blue_agent_0": 8}):
        env.step(actions)
    assert [done["blue_agent_0"] for done in echo.done_actions] == [49, 49, 7, 49]


def test_a_delayed_action_is_the_number_that_was_given_not_the_array_it_stood_in():
    echo, action = Echo(), np.array(3)
    env = w.ActionDelay(echo, 1)
    env.reset(seed=0)
    env.step({"blue_agent_0": action})
    action[()] = 60
    env.step({"blue_agent_0": action})
    assert echo.done_actions[-1]["blue_agent_0"] == 3


def test_what_a_reader_writes_into_an_observation_is_not_seen_again():
    env = w.ObservationLoss(Echo(), 1.0)
    observations, _ = env.reset(seed=0)
    observations["blue_agent_0"][:] = 99
    second = env.step({})[0]["blue_agent_0"]
    second[:] = 99
    assert second is not env.step({})[0]["blue_agent_0"]
    assert env.step({})[0]["blue_agent_0"].tolist() == [0, 0, 0]


def delivered_share(env, seed=1, ticks=200):
    """Share of team messages that arrive on the range, all of them being sent."""
    env.reset(seed=seed)
    sent = dict.fromkeys(env.possible_agents, np.ones(8, int))
    shares = []
    for _ in range(ticks):
        env.step({}, sent)
        shares.append(env.unwrapped.visible().told[:5].any(axis=-1).mean())
    return float(np.mean(shares))


def test_a_wrapper_leaves_the_environment_inside_as_it_was():
    """A cell that wraps may run again, and the bare environment delivers everything."""
    base = parallel_env()
    for _ in range(3):
        env = w.MessageLoss(base, 0.5)
    assert 0.4 < delivered_share(env) < 0.6
    assert base.message_filter is None and delivered_share(base) == 1
    assert delivered_share(w.MessageLoss(base, 1)) == 0 and delivered_share(base) == 1


@pytest.mark.parametrize("wrapper", [w.MessageLoss, w.MessageTampering])
def test_two_wrappers_of_one_environment_do_not_meet(wrapper):
    echo = Echo(300)
    all_lost, none_lost = wrapper(echo, 1), wrapper(echo, 0)
    play(all_lost, 3)
    assert not np.any(echo.delivered)
    play(none_lost, 3)
    assert np.all(echo.delivered)


NUISANCES = {
    **{name: STACKS[name] for name in STACKS if name != "all"},
    "single": lambda env: SingleDefender(env, "blue_agent_0"),
    "joint": JointDefender,
}
STAGES = ("built", "reset", "in the middle", "after a refusal", "at the end")


def drop_at(stage, env):
    """Use a wrapped environment of 12 ticks up to a stage, and let it go."""
    ticks = {"in the middle": 5, "at the end": 11}.get(stage, 0)
    quiet = {SingleDefender: 49, JointDefender: [49, 49, 49, 49, 145]}.get(type(env), {})
    if stage != "built":
        env.reset(seed=9)
    for _ in range(ticks):
        env.step(quiet)
    if stage == "after a refusal":
        with pytest.raises(ValueError):
            env.step({"blue_agent_0": 999})


def played_bare(env):
    """Observations, masks and rewards of the bare environment."""
    shown, _ = env.reset(seed=3)
    answers = [shown["blue_agent_0"].tolist()]
    for tick in range(11):
        bits = dict.fromkeys(env.possible_agents, np.ones(8, int))
        shown, reward, _, _, infos = env.step({"blue_agent_0": tick, "blue_agent_4": tick}, bits)
        mask = infos["blue_agent_4"]["action_mask"]
        answers.append((shown["blue_agent_0"].tolist(), mask.tolist(), reward["blue_agent_0"]))
    return answers


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", NUISANCES)
def test_a_wrapper_dropped_at_any_stage_leaves_nothing_behind(name, stage):
    """The environment inside plays as if it had never been wrapped."""
    base = parallel_env(steps=12)
    drop_at(stage, NUISANCES[name](base))
    assert played_bare(base) == played_bare(parallel_env(steps=12))


def test_a_step_that_fails_leaves_no_filter_behind():
    base = parallel_env(steps=10)
    env = w.MessageLoss(base, 1)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="out of range"):
        env.step({"blue_agent_0": 82})
    assert base.message_filter is None


def test_the_inner_wrapper_acts_first_also_through_a_wrapper_of_another_library():
    """Lost, then turned: every bit arrives as 1. The other way round nothing would."""
    bits = {"blue_agent_1": np.zeros(8, int)}
    for between in (lambda env: env, Passing):
        base = parallel_env(steps=10)
        env = w.MessageTampering(between(w.MessageLoss(base, 1)), 1)
        env.reset(seed=0)
        assert env.step({}, bits)[0]["blue_agent_0"][60:68].all()


class Passing(BaseParallelWrapper):
    """Somebody's wrapper that only hands on."""

    def step(self, actions, team_bits=None):
        return self.env.step(actions, team_bits)


def test_actions_without_a_host_are_never_missing():
    echo = Echo()
    env = w.MissingActuators(echo, range(128))
    env.reset(seed=0)
    for action in (16, 49, *range(50, 66)):  # Monitor, Sleep, the traffic actions
        env.step({"blue_agent_0": action})
        assert echo.done_actions[-1] == {"blue_agent_0": action}


def test_missing_actuators_are_announced_on_request():
    _, infos = w.MissingActuators(Echo(), [5], announced=True).reset(seed=0)
    assert np.flatnonzero(infos["blue_agent_0"]["action_mask"] == 0).tolist() == [5, 22, 38, 71]
    assert infos["blue_agent_1"]["action_mask"].all()
    _, infos = w.MissingActuators(Echo(), [5]).reset(seed=0)
    assert infos["blue_agent_0"]["action_mask"].all()


@pytest.mark.parametrize(
    "make, word",
    [
        (lambda e: w.ActionDelay(e, -1), "ticks"),
        (lambda e: w.ActionDelay(e, 1.5), "ticks"),
        (lambda e: w.ActionDelay(e, True), "ticks"),
        (lambda e: w.ObservationLoss(e, 1.2), "probability"),
        (lambda e: w.ObservationLoss(e, float("nan")), "probability"),
        (lambda e: w.ObservationLoss(e, 0.1, shows="noise"), "shows"),
        (lambda e: w.MessageLoss(e, -0.1), "probability"),
        (lambda e: w.MessageTampering(e, 2), "probability"),
        (lambda e: w.MissingActuators(e, [128]), "no host 128"),
        (lambda e: w.MissingActuators(e, "printer"), "no host 'printer'"),
        (lambda e: w.MissingActuators(e, 5), "hosts=5"),
        (lambda e: w.MissingActuators(e, [None]), "no host None"),
        (lambda e: w.MissingActuators(e, [2.5]), "no host 2.5"),
        (lambda e: w.ObservationLoss(e, "often"), "probability='often'"),
        (lambda e: w.ObservationLoss(e, None), "probability=None"),
        (lambda e: w.MessageLoss(e, True), "probability=True"),
        (lambda e: w.MessageTampering(e, [0.5]), "probability"),
        (lambda e: w.ObservationLoss(e, 0.1, shows=["last"]), "shows"),
        (lambda e: w.ActionDelay(e, "1"), "ticks='1'"),
        (lambda e: w.ActionDelay("env", 1), "env='env'.*parallel_env"),
        (lambda e: w.MessageLoss(None, 0.1), "env=None"),
        (lambda e: SingleDefender(7, "blue_agent_0"), "env=7"),
        (lambda e: JointDefender([]), "env="),
    ],
)
def test_nonsense_is_one_clear_line(make, word):
    with pytest.raises(ValueError, match=word) as error:
        make(Echo())
    assert "\n" not in str(error.value)


def test_other_environments_are_refused():
    other = Echo()
    other.spaces = {a: (gym.spaces.Discrete(4), space) for a, (_, space) in other.spaces.items()}
    with pytest.raises(ValueError, match="has 4 actions"):
        w.MissingActuators(other, [1])
    with pytest.raises(ValueError, match="no message_filter"):
        w.MessageLoss(ParallelEnv(), 0.1)
