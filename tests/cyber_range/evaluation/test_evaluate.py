"""The evaluation protocol: seeds, which rewards count, the report's arithmetic, resuming."""

import json

import numpy as np
import pytest

from course_lib import cyber_range
from course_lib.cyber_range.constants import (
    ASF,
    BLOCK,
    CON,
    DECOY,
    IMP,
    LWF,
    OZA,
    OZB,
    RESTORE,
    RIA,
    RZA,
    SLEEP,
)
from course_lib.cyber_range.engine.counters import STATISTICS
from course_lib.cyber_range.envs.parallel import parallel_env
from course_lib.cyber_range.envs.vector import VectorRange
from course_lib.cyber_range.envs.wrappers import ActionDelay
from course_lib.cyber_range.evaluation import evaluate as evaluation
from course_lib.cyber_range.evaluation.evaluate import evaluate
from course_lib.cyber_range.evaluation.report import Report, break_down, changed_options
from course_lib.cyber_range.policies import make_policy as make


class OneByOne:
    """A scripted policy without its batch method, as a learner's first policy would be."""

    defenders = "official"

    def __init__(self, name="expert"):
        self.inner = make(name)
        self.name, self.observation = name, self.inner.observation

    def reset(self, seed):
        self.inner.reset(seed)

    def act(self, observations, infos):
        return self.inner.act(observations, infos)


class Alone:
    """One agent of a submission, without the submission."""

    def get_action(self, observation, action_space):
        return 0


def unchanged(env):
    """A wrapper that changes nothing, in a place where a new process can find it."""
    return env


def delayed(env):
    return ActionDelay(env, ticks=3)


def counts():
    """Two episodes with counts that are easy to add up by hand."""
    stats = np.zeros(2, STATISTICS)
    stats["score"] = [-30.0, -10.0]
    stats["steps"] = 499
    stats["phase_reward"] = [[-1, -20, -9], [-3, -4, -3]]
    stats["penalties"][0, 1, OZA, LWF] = 2
    stats["penalties"][0, 2, OZB, RIA] = 1
    stats["penalties"][1, 0, CON, RIA] = 1
    stats["penalties"][1, 0, RZA, ASF] = 2
    stats["restore_cost"] = [4, 6]
    stats["red_attempts"][:, IMP] = [3, 5]
    stats["red_successes"][:, IMP] = [1, 0]
    stats["blue_actions"][:, 0, RESTORE] = [4, 5]
    stats["blue_actions"][:, 4, DECOY] = [7, 8]
    stats["clean_host_ticks"], stats["host_ticks"] = [900, 700], [1000, 1000]
    stats["recoveries"], stats["recovery_ticks"] = [3, 1], [30, 50]
    stats["recover_actions"], stats["recover_useful"] = [10, 10], [4, 1]
    stats["red_dropped"], stats["phished"] = [2, 4], [10, 30]
    return stats


def report(**changes):
    stats = counts()
    fields = {
        "policy": "p",
        "engine": "range",
        "defenders": "official",
        "steps": 500,
        "seed": 0,
        "options": {},
        "scores": stats["score"].copy(),
        "breakdown": break_down(stats, "official"),
        "statistics": stats,
    }
    return Report(**(fields | changes))


def test_break_down_by_hand():
    found = break_down(counts(), "official")
    assert found["phase"] == {"pre-planning": -2, "mission A": -12, "mission B": -6}
    assert found["event"] == {"LWF": -10, "ASF": -3, "RIA": -7.5, "Restore": -5}
    assert found["zone"] == {
        "RZA": -3,
        "OZA": -10,
        "RZB": 0,
        "OZB": -5,
        "ADM": 0,
        "OFF": 0,
        "PAZ": 0,
        "CON": -2.5,
    }
    assert found["penalties"][1][OZA][LWF] == 1 and np.shape(found["penalties"]) == (3, 8, 3)
    assert found["actions"]["Restore"] == 4.5 and found["actions"]["DeployDecoy"] == 7.5
    assert found["actions_by_defender"]["blue_agent_4"]["DeployDecoy"] == 7.5
    assert len(found["actions_by_defender"]) == 5
    assert found["red"]["Impact"] == [4, 0.5]
    assert (found["red_dropped"], found["phished"], found["overflow"]) == (3, 20, 0)
    assert found["operation"] == {
        "clean_share": 0.8,
        "recovery_ticks": 20.0,
        "recovery_precision": 0.25,
        "red_impacts": 1.0,
        "defended_impacts": 0.5,
    }


def test_mean_std_and_interval_by_hand():
    found = report()
    assert (found.mean, found.episodes) == (-20.0, 2)
    assert found.std == pytest.approx(200**0.5)
    half = 12.7062047 * 200**0.5 / 2**0.5
    assert found.interval == pytest.approx((-20 - half, -20 + half))


def test_nothing_to_divide_by_is_none():
    operation = break_down(np.zeros(1, STATISTICS), "per-zone")["operation"]
    assert operation["recovery_ticks"] is None and operation["clean_share"] is None
    assert (
        "mean time to recover - ticks"
        in report(breakdown=break_down(np.zeros(1, STATISTICS), "official")).summary()
    )


@pytest.mark.parametrize(
    "change, official",
    [
        ({}, True),
        ({"options": {"red": "finite-state"}}, True),
        ({"options": {"red": "aggressive"}}, False),
        ({"options": {"phishing_rate": 0.5}}, False),
        ({"defenders": "per-zone"}, False),
        ({"steps": 499}, False),
        ({"wrapped": True}, False),
    ],
)
def test_what_may_be_called_official(change, official):
    found = report(**change)
    assert found.official is official
    assert ("not an official score" in found.summary()) is not official
    assert found.to_dict()["official"] is official


def test_changed_options():
    options = {
        "phishing_rate": 0.01,
        "servers": (2, 2),
        "options": cyber_range.RangeOptions(users=(3, 3)),
    }
    assert set(changed_options(options)) == {"servers", "options"}


def test_overflow_is_a_failure():
    stats = counts()
    stats["overflow"][1] = 3
    bad = report(breakdown=break_down(stats, "official"))
    assert bad.official is False and "INVALID: 3" in bad.summary()


def test_report_as_json():
    found = report()
    table = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert table["scores"] == [-30, -10] and table["breakdown"] == found.breakdown
    assert (table["mean"], table["episodes"], table["official"]) == (-20, 2, True)
    assert table["interval"] == list(found.interval) and "statistics" not in table
    one = counts()[:1]
    single = report(scores=one["score"], statistics=one).to_dict()
    again = json.loads(json.dumps(single, allow_nan=False))
    assert again["interval"] == again["defended_interval"] == [None, None]


def test_the_defended_part_leaves_the_contractor_out():
    found = report()
    # Episode 0: two LWF in OZA and one RIA in OZB in their phases, four Restores; episode 1: two
    # ASF in RZA, six Restores, and an Impact on the contractor that does not count.
    zones = found.breakdown["zone"]
    own = sum(points for zone, points in zones.items() if zone != "CON")
    assert found.defended_mean == pytest.approx(own + found.breakdown["event"]["Restore"])
    assert found.defended_scores.tolist() == [-34.0, -12.0]
    assert found.defended_mean == -23 and found.defended_mean > sum(zones.values()) - 5
    low, high = found.defended_interval
    assert low < -23 < high
    table = found.to_dict()
    assert (table["defended_mean"], table["defended_scores"]) == (-23.0, [-34.0, -12.0])
    assert "defended part -23.0" in found.summary()


def test_the_defended_part_of_played_episodes():
    found = evaluate("sleep", episodes=3)
    penalties = found.statistics["penalties"].copy()
    penalties[:, :, CON] = 0
    without = found.statistics.copy()
    without["penalties"] = penalties
    points = break_down(without, "official")["event"]
    assert found.defended_mean == pytest.approx(sum(points.values()))
    assert found.mean < found.defended_mean < 0


def test_a_name_from_a_file_cannot_command_the_terminal():
    said = report(policy="mine\x1b[31m\nscore 0").summary()
    assert "\x1b" not in said and said.count("\n") == report().summary().count("\n")


def test_score_is_the_sum_of_all_rewards_but_the_last():
    steps, seed = 150, 30
    policy = make("random")
    vector = VectorRange(3, seed=seed, steps=steps)
    policy.reset(seed)
    obs, info = vector.reset()
    rewards = []
    for _ in range(steps - 1):
        obs, reward, _, truncated, info = vector.step(policy.act_batch(obs, info))
        rewards.append(reward)
    assert truncated.all() and np.any(rewards[-1])
    found = evaluate(policy, episodes=3, seed=seed, steps=steps)
    assert np.array_equal(found.scores, np.sum(rewards[:-1], axis=0))


def test_score_is_the_mean_over_agents_one_by_one():
    env = parallel_env(steps=80)
    policy = make("random")
    obs, infos = env.reset(seed=4)
    policy.reset(4)
    total, ticks = 0.0, 0
    while env.agents:
        obs, rewards, _, _, infos = env.step(policy.act(obs, infos))
        ticks += 1
        if ticks <= 78:
            total += np.mean(list(rewards.values()))
    assert ticks == 79
    assert evaluate(OneByOne("random"), episodes=1, seed=4, steps=80).scores.tolist() == [total]


def test_official_length():
    found = evaluate("sleep", episodes=2, seed=7)
    assert found.statistics["steps"].tolist() == [499, 499] and found.official
    assert (
        found.scores.tolist()
        == evaluate("sleep", episodes=2, seed=7, red="finite-state").scores.tolist()
    )


def test_episode_i_has_seed_plus_i_whatever_the_batch(monkeypatch):
    whole = evaluate("expert", episodes=7, seed=100, steps=200).scores
    monkeypatch.setattr(evaluation, "BATCH", 3)
    assert np.array_equal(evaluate("expert", episodes=7, seed=100, steps=200).scores, whole)
    assert np.array_equal(evaluate("expert", episodes=4, seed=102, steps=200).scores, whole[2:6])
    assert len(set(whole)) > 1


def test_one_by_one_and_processes_give_the_same_scores():
    batch = evaluate("expert", episodes=3, seed=8, steps=120)
    single = evaluate(OneByOne(), episodes=3, seed=8, steps=120)
    shared = evaluate("expert", episodes=3, seed=8, steps=120, wrap=unchanged, processes=2)
    assert np.array_equal(batch.scores, single.scores) and batch.breakdown == single.breakdown
    assert np.array_equal(batch.scores, shared.scores) and batch.breakdown == shared.breakdown
    assert shared.wrapped and not batch.wrapped


def test_wrapped_environment():
    found = evaluate("expert", episodes=2, seed=8, steps=120, wrap=delayed)
    assert found.wrapped and not found.official
    assert not np.array_equal(
        found.scores, evaluate("expert", episodes=2, seed=8, steps=120).scores
    )


def test_per_zone_defenders():
    found = evaluate("expert", episodes=2, steps=60, defenders="per-zone")
    assert found.defenders == "per-zone" and not found.official
    assert len(found.breakdown["actions_by_defender"]) == 7
    with pytest.raises(ValueError, match="made for official defenders"):
        evaluate(make("sleep"), defenders="per-zone")


def test_breakdown_agrees_with_the_score():
    found = evaluate("random", episodes=5, seed=3)
    lost = sum(found.breakdown["event"].values())
    assert lost == pytest.approx(sum(found.breakdown["phase"].values()))
    assert lost <= found.mean <= lost + 60, "the score leaves out the last of 499 rewards"
    charged = sum(found.breakdown["zone"].values()) + found.breakdown["event"]["Restore"]
    assert charged == pytest.approx(lost)
    assert found.breakdown["actions"]["BlockTraffic"] > 0
    sleeping = evaluate("sleep", episodes=1).statistics["blue_actions"][0]
    assert sleeping[:5, SLEEP].tolist() == [499] * 5 and sleeping[:, BLOCK].sum() == 0


@pytest.mark.parametrize(
    "change, message",
    [
        ({"engine": "cybrog"}, "engine='cybrog' is unknown; allowed: range, cyborg"),
        ({"episodes": 0}, "episodes=0 is not a whole number from 1 to 1000000"),
        ({"episodes": 2.5}, "episodes=2.5"),
        ({"episodes": 10**40}, "episodes=1000.* is not a whole number from 1 to 1000000"),
        ({"seed": -1}, "seed=-1 is not a whole number from 0 to 9223372036854775807"),
        ({"seed": 2**63}, "seed=9223372036854775808 is not a whole number from 0 to"),
        ({"seed": 2**63 - 1, "episodes": 2}, "seed=9223372036854775807 is not a whole number"),
        ({"processes": 0}, "processes=0"),
        ({"processes": 10**9}, "processes=1000000000"),
        ({"steps": "500"}, "steps='500' is not a whole number from 3 to 100000"),
        ({"steps": 2}, "steps=2 is not"),
        ({"defenders": "all"}, "defenders='all' is unknown; allowed: official, per-zone"),
        ({"policy": OneByOne}, r"OneByOne is a class, not a policy: pass OneByOne\(\)"),
        (
            {"policy": Alone()},
            "no 'observation'; put agents with get_action into a class with AGENTS",
        ),
        ({"policy": object()}, "object is not a policy: it has no 'observation'"),
        ({"policy": "nobody"}, "neither a file nor a scripted policy"),
        ({"red": "purple"}, "red='purple' is unknown"),
        ({"colour": 1}, "colour"),
    ],
)
def test_bad_questions(change, message):
    with pytest.raises(ValueError, match=message):
        evaluate(**({"policy": "sleep", "episodes": 1, "steps": 30} | change))


def test_wrong_number_of_ticks_is_an_error():
    with pytest.raises(RuntimeError, match="seed 3 ended after 499 ticks, not 500"):
        evaluation._complete(counts()[0], 3, 501)


def test_summary_names_what_matters():
    text = report().summary()
    for part in (
        "score -20.0",
        "defended part -23.0",
        "official protocol",
        "OZA -10.0",
        "Restore -5.0",
        "recovery precision 25.0 %",
    ):
        assert part in text
