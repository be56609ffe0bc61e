"""The runs of lesson 07 are what they say: the same budget for all, and episodes of their own."""

import dataclasses

import numpy as np

from course_lib.experiments.lesson_runs import l07


def test_two_seeds_share_no_episode_and_nobody_trains_on_the_held_out_ones():
    played = l07.STEPS // (99 * l07.NUM_ENVS) + 2
    longest = played * l07.NUM_ENVS
    assert longest < 100_000
    assert 100_000 * (l07.RUNS["l07-methods"].seeds - 1) + longest < l07.HELD_OUT_SEED


def test_every_method_makes_a_learner_of_its_seed():
    for name, make in l07.METHODS.items():
        learner = make(3)
        assert learner.config.seed == 3 and learner.steps == 0, name


def test_the_variants_differ_in_one_setting():
    plain = dataclasses.asdict(l07.METHODS["MAPPO"](0).config)
    for name, changed in {
        "IPPO": "critic",
        "MAPPO, raw values": "normalise_values",
        "MAPPO, noisy values": "value_noise",
    }.items():
        other = dataclasses.asdict(l07.METHODS[name](0).config)
        assert [key for key in plain if plain[key] != other[key]] == [changed]


def test_a_critic_that_knows_the_returns_explains_them(monkeypatch):
    world = l07.TwoZones(4, seeds=[1, 2])
    learner = l07.METHODS["MAPPO"](0)
    _, explained = l07.judge(learner, world)
    assert explained < 0.5  # it has not learned anything
    monkeypatch.setattr(
        l07, "team_advantages", lambda rollout, values, *_, **__: (values, values + 1)
    )
    _, shifted = l07.judge(learner, world)
    assert np.isclose(shifted, 1.0)  # off by a constant: the variance is explained
