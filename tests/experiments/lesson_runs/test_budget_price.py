"""Learners that know a budget: the price of dual ascent, and the expert that knows what is left."""

import numpy as np
import pytest

from course_lib.cyber_range import VectorRange, evaluate, make_policy
from course_lib.cyber_range.constants import RESTORE, SLEEP
from course_lib.cyber_range.policies.bounds import BoundedPolicy, Bounds
from course_lib.experiments.lesson_runs import budget_price
from course_lib.experiments.lesson_runs.budget_price import PacedExpert, dual_ascent, priced


@pytest.fixture
def played(monkeypatch):
    """An evaluation that spends 20 Restores less the price, and notes its seeds."""
    seeds = []

    class Report:
        defended_scores = np.array([-1.0, -3.0])

    def evaluated(price, episodes, seed):
        seeds.append((seed, episodes))
        report = Report()
        report.spent = np.array([20.0 - price] * episodes)
        return report

    monkeypatch.setattr(budget_price, "evaluate", evaluated)
    monkeypatch.setattr(budget_price, "restores", lambda report: report.spent)
    return seeds


def test_the_price_rises_while_too_much_is_spent_and_every_round_plays_new_episodes(played):
    done = dual_ascent(lambda price: price, 15, 100, rounds=3, episodes=2, step=0.1)
    assert [one.price for one in done] == [0.0, 0.5, 0.5 + 0.1 * 4.5 * 1.5]
    assert done[0].restores == 20 and done[0].defended == -2 and done[1].next_price == done[2].price
    assert played == [(100, 2), (102, 2), (104, 2)]


def test_the_price_never_falls_below_nothing(played):
    done = dual_ascent(lambda price: price, 30, 100, rounds=2, episodes=2, step=0.1)
    assert [one.next_price for one in done] == [0.0, 0.0]


def test_without_a_price_everybody_is_the_expert():
    plain = evaluate("expert", episodes=2, seed=40).scores.tolist()
    assert evaluate(priced(0.0), episodes=2, seed=40).scores.tolist() == plain
    paced = PacedExpert(0.0, 1000)
    assert evaluate(paced, episodes=2, seed=40).scores.tolist() == plain


def played_ticks(policy, inside, ticks=400):
    """(T, E) what the expert inside believes to have spent, and (T, E) Restores really begun."""
    env = VectorRange(3, observation="message", seed=50)
    policy.reset(50)
    obs, info = env.reset()
    believed, begun = [], []
    for _ in range(ticks):
        actions = policy.act_batch(obs, info)
        classes, _ = policy.layout.targets(actions)
        restores = (classes == RESTORE) & (np.asarray(info["busy"]) == 0)
        begun.append(restores.sum(axis=1))
        believed.append(inside._spent.copy())
        obs, _, _, _, info = env.step(actions)
    return np.array(believed), np.cumsum(begun, axis=0)


def test_it_knows_what_it_has_spent_also_where_a_screen_refuses():
    inside = PacedExpert(0.0, 4)
    screen = BoundedPolicy(inside, Bounds(blocks=True, restores=2))
    believed, begun = played_ticks(screen, inside)
    assert np.array_equal(believed, begun) and begun[-1].max() == 2
    assert screen.refused["downtime spent"] > 0


def test_the_price_follows_what_is_left():
    """In step: the price itself. Half the budget gone at the beginning: twice. Nothing left, or
    less: as for half a Restore."""
    policy = PacedExpert(3.0, 10)
    env = VectorRange(3, observation="message", seed=50)
    policy.reset(50)
    obs, info = env.reset()
    tick = policy.open_tick(obs, info)
    policy._spent[:] = [0, 5, 12]
    assert policy.price_now(tick).tolist() == [3.0, 6.0, 60.0]
    late = type(tick)(**{**vars(tick), "step": np.full(3, 250)})
    assert policy.price_now(late).tolist() == [1.5, 3.0, 30.0]


def test_a_fork_counts_for_itself():
    policy = PacedExpert(0.0, 10)
    env = VectorRange(2, observation="message", seed=50)
    policy.reset(50)
    obs, info = env.reset()
    policy.act_batch(obs, info)
    forked = policy.fork(1, copies=2)
    forked._spent += 7
    assert policy._spent.tolist() == [0, 0] and forked._spent.tolist() == [7, 7]


def test_a_thrifty_expert_restores_less():
    plain = evaluate("expert", episodes=3, seed=60)
    dear = evaluate(PacedExpert(20.0, 10), episodes=3, seed=60)
    spent = [budget_price.restores(report).mean() for report in (plain, dear)]
    assert spent[1] < spent[0] and SLEEP != RESTORE
    assert make_policy("expert").config.worth == 6.0


def test_without_a_screen_it_can_overspend_and_so_a_price_is_learned():
    """One that keeps its budget by itself would learn no price, and be the screen."""

    def paced(price):
        return PacedExpert(price, 4)

    first, second = dual_ascent(paced, 4, 70, rounds=2, episodes=2, step=0.15)
    assert first.restores > 8 and second.price > 1 and second.restores < first.restores
