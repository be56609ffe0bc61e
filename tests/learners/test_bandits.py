"""Bandits: their scores in closed form, and what each loses on a problem with known means."""

import numpy as np
import pytest

from course_lib.learners.bandits import (
    Bandit,
    EpsilonGreedy,
    LinUcb,
    ThompsonBernoulli,
    Ucb1,
    play,
    ucb1_index,
)
from course_lib.learners.planning import growth_exponent

MEANS = np.array([0.2, 0.5, 0.7])


def coins(arms, rng):
    return (rng.random(len(arms)) < MEANS[arms]).astype(float)


# --- scores in closed form
# -------------------------------------------------------------------------------------


def test_ucb1_index_by_hand():
    assert ucb1_index(np.array([0.5, 0.5]), np.array([10, 40]), 100) == pytest.approx(
        [1.459705, 0.979853]
    )


def test_ucb1_follows_its_index_once_every_arm_was_tried():
    bandit = Ucb1(arms=3)
    rng = np.random.default_rng(0)
    tried = []
    for _ in range(3):
        tried.append(int(bandit.choose(rng)[0]))
        bandit.update(np.array(tried[-1:]), np.array([0.0]))
    assert sorted(tried) == [0, 1, 2]
    bandit.counts[:], bandit.sums[:] = [[50, 10, 40]], [[30, 5, 20]]
    assert bandit.scores(rng)[0] == pytest.approx(
        ucb1_index(np.array([0.6, 0.5, 0.5]), np.array([50, 10, 40]), 100)
    )
    assert bandit.choose(rng).tolist() == [1]


def test_a_readers_own_index_decides():
    bandit = Ucb1(arms=2, index=lambda means, counts, time: -means)
    bandit.counts[:], bandit.sums[:] = [[5, 5]], [[4, 1]]
    assert bandit.choose(np.random.default_rng(0)).tolist() == [1]


def test_epsilon_greedy_explores_as_often_as_it_says():
    bandit = EpsilonGreedy(arms=4, runs=20_000, epsilon=0.2)
    bandit.counts[:], bandit.sums[:] = 1, [0, 0, 1, 0]
    away = (bandit.choose(np.random.default_rng(0)) != 2).mean()
    assert away == pytest.approx(0.2 * 3 / 4, abs=0.01)


def test_thompson_draws_come_from_the_posterior():
    rng = np.random.default_rng(0)
    coin = ThompsonBernoulli(arms=2, runs=40_000)
    coin.counts[:], coin.sums[:] = [8, 2], [6, 1]
    draws = coin.scores(rng)
    assert draws.mean(axis=0) == pytest.approx([7 / 10, 2 / 4], abs=0.005)
    assert draws.var(axis=0) == pytest.approx([7 * 3 / (100 * 11), 4 / (16 * 5)], rel=0.05)


def test_ties_are_broken_at_random():
    arms = EpsilonGreedy(arms=3, runs=3000, epsilon=0.0).choose(np.random.default_rng(1))
    assert np.bincount(arms) == pytest.approx([1000] * 3, rel=0.1)


def test_linucb_is_ridge_regression_plus_its_standard_error():
    rng = np.random.default_rng(0)
    bandit = LinUcb(features=3, actions=2, width=0.5, ridge=2.0)
    seen, paid = rng.normal(size=(30, 3)), rng.normal(size=30)
    for context, reward in zip(seen, paid, strict=True):
        bandit.update(context, 1, reward)
    inverse = np.linalg.inv(seen.T @ seen + 2 * np.eye(3))
    assert bandit.weights[1] == pytest.approx(inverse @ seen.T @ paid)
    assert (bandit.weights[0] == 0).all()
    new = rng.normal(size=3)
    expected = [
        0.5 * np.sqrt(new @ new / 2),
        new @ bandit.weights[1] + 0.5 * np.sqrt(new @ inverse @ new),
    ]
    assert bandit.scores(new) == pytest.approx(expected)


def test_linucb_forgets_at_the_stated_rate():
    bandit = LinUcb(features=1, actions=2, ridge=1.0, memory=0.5)
    one = np.ones(1)
    for reward in (8.0, 0.0):
        bandit.update(one, 0, reward)
    assert bandit.weights[0] == pytest.approx([0.5 * 8 / (0.5 + 1 + 1)])
    bandit.update(one, 1, 1.0)
    assert bandit.weights[:, 0] == pytest.approx([0.25 * 8 / (0.75 + 1), 1 / 2])


# --- what they lose
# --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bandit", "pull"),
    [
        (Ucb1, coins),
        (ThompsonBernoulli, coins),
    ],
    ids=["ucb1", "thompson"],
)
def test_optimists_and_samplers_stop_losing(bandit, pull):
    record = play(bandit(3, 40), pull, steps=4000, seed=1)
    regret = record.regret(MEANS).mean(axis=0)
    assert growth_exponent(regret) < 0.5
    assert (record.arms[:, -1000:] == 2).mean() > 0.85


def test_epsilon_greedy_loses_a_share_for_ever():
    regret = (
        play(EpsilonGreedy(3, 40, epsilon=0.1), coins, steps=4000, seed=1)
        .regret(MEANS)
        .mean(axis=0)
    )
    assert growth_exponent(regret) > 0.8
    later = (regret[-1] - regret[2000]) / (len(regret) - 2001)
    assert later == pytest.approx(0.1 * (0.5 + 0.2) / 3, rel=0.25)


def test_ucb1_stays_below_its_bound():
    """Theorem 1 of Auer et al. (2002)."""
    regret = play(Ucb1(3, 40), coins, steps=4000, seed=2).regret(MEANS).mean(axis=0)
    gaps = MEANS.max() - MEANS[:2]
    assert 10 < regret[-1] < (8 * np.log(4000) / gaps).sum() + (1 + np.pi**2 / 3) * gaps.sum()


def test_linucb_learns_which_action_suits_which_situation():
    rng, bandit = np.random.default_rng(3), LinUcb(features=2, actions=2)
    right = 0
    for step in range(600):
        kind = rng.integers(2)
        action = bandit.choose(np.eye(2)[kind])
        right += (action == kind) * (step >= 100)
        bandit.update(np.eye(2)[kind], action, float(action == kind) + 0.3 * rng.normal())
    assert right > 450


def test_equal_seeds_play_equally_and_others_do_not():
    one, same, other = (play(Ucb1(3, 5), coins, steps=50, seed=seed).arms for seed in (7, 7, 8))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_regret_counts_means_not_luck():
    record = play(Ucb1(3, 2), coins, steps=4, seed=0)
    assert record.regret(MEANS)[:, -1] == pytest.approx((0.7 - MEANS[record.arms]).sum(axis=1))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Ucb1(1), "arms=1"),
        (lambda: EpsilonGreedy(2, epsilon=1.5), "epsilon=1.5"),
        (lambda: play(Ucb1(2), lambda arms, rng: np.full(1, np.nan), steps=9), "reward .* finite"),
        (lambda: LinUcb(2, 2).update(np.ones(2), -1, 1.0), "action=-1"),
        (lambda: LinUcb(2, 2).update(np.ones(2), 2, 1.0), "action=2"),
        (lambda: LinUcb(2, 2).update(np.ones(3), 0, 1.0), r"context .* \(2,\)"),
        (lambda: LinUcb(2, 2).update(np.array([1.0, np.nan]), 0, 1.0), "context .* finite"),
        (lambda: LinUcb(2, 2).update(np.ones(2), 0, np.inf), "reward=inf"),
        (lambda: LinUcb(2, 2, memory=0), "memory=0"),
        (lambda: play(Ucb1(2), coins, steps=0), "steps=0"),
    ],
)
def test_nonsense_is_one_clear_line(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_the_base_class_is_no_bandit():
    with pytest.raises(TypeError, match="use EpsilonGreedy"):
        Bandit(2).choose(np.random.default_rng(0))
