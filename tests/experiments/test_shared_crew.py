"""One repair crew for seven zones: it goes where the commander sends it, and nowhere else."""

import numpy as np
import pytest

from course_lib.cyber_range import VectorRange, make_policy
from course_lib.cyber_range.evaluation.report import defended_part
from course_lib.experiments.shared_crew import (
    FEATURES,
    Commander,
    CrewExpert,
    CrossEntropyConfig,
    Requests,
    drawn,
    first_zone,
    learn_commander,
    only_root,
    play,
    root_then_price,
)

SEEDS = np.arange(8) + 5_950_000


def requests(told, asked=(0, 1, 2)) -> Requests:
    """Of one network: the zones ``asked`` tell what ``told`` says."""
    entries = np.zeros((1, 7, len(FEATURES)))
    asking = np.zeros((1, 7), bool)
    for zone, features in zip(asked, told, strict=True):
        asking[0, zone] = True
        for name, value in features.items():
            entries[0, zone, FEATURES.index(name)] = value
    return Requests(asking, entries)


def rng():
    return np.random.default_rng(0)


def test_a_rule_goes_to_root_first_and_there_to_the_dearest():
    told = [
        {"price of a host": 1.0},
        {"red is root": 1},
        {"red is root": 1, "price of a host": 0.5},
    ]
    assert root_then_price(requests(told), rng())[0, :3].argmax() == 2
    assert only_root(requests(told), rng())[0, 0] == 0
    assert first_zone(requests(told), rng())[0].argmax() == 0


def test_a_commander_goes_by_its_weights_and_shuffled_it_does_not_know_who_spoke():
    told = [{"price of a host": 0.1}, {"price of a host": 0.9}, {"price of a host": 0.2}]
    weights = np.zeros(len(FEATURES))
    weights[FEATURES.index("price of a host")] = 1.0
    asked = requests(told)
    assert Commander(weights)(asked, rng())[0, :3].argmax() == 1
    draws = rng()
    shuffled = Commander(weights, shuffled=True)
    chosen = [shuffled(asked, draws)[0, :3].argmax() for _ in range(300)]
    counts = np.bincount(chosen, minlength=3)
    assert counts.min() > 60
    # a request that nobody made is not dealt out either
    assert np.allclose(shuffled(asked, draws)[0, 3:], 0, atol=1e-2)


def test_the_crew_is_away_between_two_restores():
    world = VectorRange(len(SEEDS), "official", 0, "message")
    policy = CrewExpert(drawn, crew_ticks=25)
    policy.reset(0)
    obs, info = world.reset(seeds=SEEDS)
    begun = np.zeros((499, len(SEEDS)), bool)
    for tick in range(499):
        before = world.statistics["restore_cost"].copy()
        obs, _, _, _, info = world.step(policy.act_batch(obs, info))
        now = info["final_statistics"] if tick == 498 else world.statistics
        added = now["restore_cost"] - before
        assert added.max() <= 1
        begun[tick] = added > 0
    for row in begun.T:
        assert np.diff(np.flatnonzero(row)).min() >= 25
    assert begun.sum() == policy.restores > 0


def test_a_crew_that_is_always_back_is_no_scarcity():
    world = VectorRange(len(SEEDS), "official", 0, "message")
    expert = make_policy("expert")
    expert.reset(0)
    obs, info = world.reset(seeds=SEEDS)
    while "final_statistics" not in info:
        obs, _, _, _, info = world.step(expert.act_batch(obs, info))
    alone = defended_part(info["final_statistics"])
    assert play(drawn, SEEDS, 1).mean() == pytest.approx(alone.mean(), abs=6)
    assert play(drawn, SEEDS, 50).mean() < alone.mean() - 200


def test_nobody_goes_where_no_request_is_worth_it():
    stays = Commander(np.zeros(len(FEATURES)) - 1.0)
    policy = CrewExpert(stays)
    policy.reset(0)
    world = VectorRange(2, "official", 0, "message", steps=120)
    obs, info = world.reset(seeds=SEEDS[:2])
    while "final_statistics" not in info:
        obs, _, _, _, info = world.step(policy.act_batch(obs, info))
    assert policy.restores == 0
    assert not info["final_statistics"]["restore_cost"].any()


def test_a_search_beats_its_own_beginning_and_repeats_itself():
    config = CrossEntropyConfig(population=8, elite=2, generations=3)
    found = learn_commander(config, episodes=8, seed=1)
    assert found[-1].mean_score > found[0].mean_score
    again = learn_commander(config, episodes=8, seed=1)
    np.testing.assert_array_equal(found[-1].mean, again[-1].mean)
