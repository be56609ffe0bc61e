"""A team that learns from the reward in many worlds, and a defender that cannot be foreseen."""

import functools

import numpy as np

from course_lib.cyber_range import VectorRange, evaluate, make_policy
from course_lib.experiments import attacker
from course_lib.experiments.lesson_runs import l14_mixture, l14_mixture_reward, l14_predictable
from course_lib.experiments.lesson_runs.l14_mixture_reward import MixtureTrainer
from course_lib.experiments.lesson_runs.l14_predictable import Rotating
from course_lib.learners.cross_entropy import CrossEntropyConfig
from course_lib.training.runs import RunSpec, build_defender
from course_lib.training.strong_config import StrongConfig


def test_every_batch_is_of_the_next_world(monkeypatch):
    worlds = ({"steps": 40}, {"steps": 40, "red": "idle"}, {"steps": 40, "phishing_rate": 0.75})
    defender = build_defender(RunSpec("three-layer", doctrine="none", config="strong", seed=1))
    trainer = MixtureTrainer(defender, StrongConfig(num_envs=2, iterations=4), 1, worlds)
    trainer.num_steps = 39
    played = []
    before = l14_mixture_reward.StrongTrainer._collect

    def watched(self):
        played.append((self.range.options.red, self.range.options.phishing_rate))
        return before(self)

    monkeypatch.setattr(l14_mixture_reward.StrongTrainer, "_collect", watched)
    for _ in trainer.run():
        pass
    expected = [("finite-state", 0.01), ("idle", 0.01), ("finite-state", 0.75)]
    assert played == [*expected, expected[0]]


def test_a_mixture_that_learns_from_the_reward_stands_beside_a_plain_team(monkeypatch):
    """Both begin with the same weights, and one row holds the points of both."""
    monkeypatch.setattr(l14_mixture_reward, "EPISODES", 2)
    monkeypatch.setattr(l14_mixture_reward, "WORLDS", {"official": {}})
    monkeypatch.setattr(l14_mixture, "evaluate", functools.partial(evaluate, steps=60))
    first_weights = []

    def untrained(mixture, seed, config):
        defender = build_defender(
            RunSpec("three-layer", doctrine="none", config="strong", seed=seed)
        )
        weights = next(iter(defender.team.parameters())).detach().numpy().copy()
        first_weights.append(weights)
        return defender

    monkeypatch.setattr(l14_mixture_reward, "paid_in", untrained)
    rows = l14_mixture_reward.mixture(0)
    assert np.array_equal(*first_weights)
    assert [row["episode"] for row in rows] == [868_000, 868_001]
    assert all(row["plain"] == row["mixture"] < 0 for row in rows)


def test_a_rotated_defender_plays_one_policy_an_episode():
    """In each episode exactly as that policy alone, and not the same one in all of them."""
    names = ("expert", "no decoys", "many decoys")
    settings = [l14_predictable.BLUES[name] for name in names]
    policies = [make_policy("expert", **one) for one in settings]
    alone = [make_policy("expert", **one) for one in settings]
    rotated = Rotating(policies)
    env = VectorRange(8, observation="message", seed=70, steps=90)
    for policy in (rotated, *alone):
        policy.reset(70)
    obs, info = env.reset()
    agrees = np.ones((3, 8), bool)
    for _ in range(89):
        tick = rotated.open_tick(obs, info)
        today = rotated.today(tick)
        actions = rotated.decide(tick)
        for place, policy in enumerate(alone):
            agrees[place] &= (policy.act_batch(obs, info) == actions).all(axis=1)
        obs, _, _, _, info = env.step(actions)
    assert agrees[today, np.arange(8)].all() and len(set(today.tolist())) > 1
    assert not agrees.all()


def test_everybody_of_a_pair_meets_both_attackers(monkeypatch):
    """In episodes of 60 ticks: who wins is not asked."""
    short = functools.partial(attacker.play_against, steps=60)
    monkeypatch.setattr(attacker, "play_against", short)
    budget = CrossEntropyConfig(population=2, elite=1, generations=1)
    monkeypatch.setattr(l14_predictable, "BUDGET", budget)
    monkeypatch.setattr(l14_predictable, "PAIRS", (("rotated", "fixed"),))
    for name, value in {"TRIES": 1, "JUDGED": 2}.items():
        monkeypatch.setattr(l14_predictable, name, value)
    rows = l14_predictable.predictable(0)
    met = {(row["blue"], row["red"]) for row in rows}
    reds = ("official", "best against fixed", "best against rotated")
    assert met == {(blue, red) for blue in ("fixed", "rotated") for red in reds}
    assert len(rows) == 12
